"""Words of a set that a user has typed: checked, and where one is wrong, with the nearest right one."""

from collections.abc import Collection, Iterable

from runner.errors import BadInput


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most similar to `word`, if one is."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message

    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(word.casefold(), by_folded, n=1)
    return by_folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str], before: str = " ") -> str:
    """Return the question whether the nearest word was meant, after `before`; empty if none is near."""
    meant = nearest(word, known)
    return f"{before}did you mean {meant}?" if meant else ""


def one_of(place: str, word: str, known: Collection[str]) -> str:
    """Return `word` if it is known. Raises BadInput."""
    if word not in known:
        meant = did_you_mean(word, known, "; ") or "."
        raise BadInput(f"{place} {word}: expected {', '.join(known)}{meant}")
    return word


def some_of(place: str, text: str, known: Collection[str]) -> list[str]:
    """Return the words of a text with commas, each once; one or more, all known. Raises BadInput."""
    words = list(dict.fromkeys(filter(None, (word.strip() for word in text.split(",")))))
    unknown = [word for word in words if word not in known]
    if unknown or not words:
        meant = did_you_mean(unknown[0], known, "; ") if unknown else ""
        expected = f"expected one or more of {', '.join(known)}, with commas between them"
        raise BadInput(f"{place} {text}: {expected}{meant or '.'}")
    return words
