"""`runner tag`: change the tags and the note of a sweep."""

from collections.abc import Sequence

from runner.commands.answers import print_json, sweep_as_json
from runner.display import console
from runner.display.facts import labels, print_facts
from runner.errors import BadInput, ExitCode
from runner.matrix.slug import SLUG_IN_WORDS, is_slug
from runner.signals import interruptible
from runner.store.labels import label
from runner.store.location import resolve, writable
from runner.store.read import Reader


def run(
    reference: str, add: Sequence[str], store: str, *, remove: Sequence[str], note: str | None, as_json: bool
) -> ExitCode:
    """Change the labels of the sweep with that number, name or tag, and print them."""
    _refuse_unfit(add, remove)
    path = resolve(store)
    with Reader(path) as reader:
        sweep_id = reader.sweep(reference)["id"]
    if add or remove or note is not None:
        with interruptible() as interrupt:
            label(writable(path), sweep_id, add=add, remove=remove, note=note, interrupt=interrupt)
    with Reader(path) as reader:
        row, tags = reader.sweep(str(sweep_id)), reader.tags(sweep_id)
    if as_json:
        print_json(sweep_as_json({**row, "tags": tags}))
        return ExitCode.OK
    facts = labels(row, tags)
    print_facts(console.results(), facts)
    if not facts:
        console.messages().print(f"Sweep {sweep_id} has no tags and no note.")
    return ExitCode.OK


def _refuse_unfit(add: Sequence[str], remove: Sequence[str]) -> None:
    problems = [f"{tag!r}: expected {SLUG_IN_WORDS}." for tag in dict.fromkeys([*add, *remove]) if not is_slug(tag)]
    problems += [f"{tag!r}: given both to be added and to be removed." for tag in dict.fromkeys(add) if tag in remove]
    if problems:
        raise BadInput("\n".join(f"tag {problem}" for problem in problems))
