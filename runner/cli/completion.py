"""What a shell offers for a word that is not complete yet: sweeps, tags, and words of a set."""

from collections.abc import Callable, Iterable

import typer

from runner.store.location import DEFAULT


def sweeps(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the numbers, names and tags of the store that the command line names."""
    from runner.store.names import SWEEPS, TAGS, names

    return _beginning(names(_store(ctx), SWEEPS, TAGS), incomplete)


def tags(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the tags of the store that the command line names."""
    from runner.store.names import TAGS, names

    return _beginning(names(_store(ctx), TAGS), incomplete)


def one_of(known: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Return what offers the words of `known`, which is only called, and may import much, when they are wanted."""
    return lambda incomplete: _beginning(known(), incomplete)


def some_of(known: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Return the same for several words with commas between them: it offers those that are not there yet."""

    def offered(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        left = [word for word in known() if word not in before.split(",")]
        return [f"{before}{comma}{word}" for word in _beginning(left, last)]

    return offered


def _beginning(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def _store(ctx: typer.Context) -> str:
    return str(ctx.params.get("store") or DEFAULT)
