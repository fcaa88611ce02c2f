"""Options and output that several commands share; what they list comes from the code."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from artifact import datasets
from artifact.common.bounds import MOST_FACTOR, MOST_PROBLEMS, MOST_SEED
from artifact.common.errors import InputError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from artifact.common.intake import LeftOut


def one_of(names: Iterable[str]) -> str:
    """The names that an option takes, as its help lists them: "a, b or c."."""
    *others, last = names
    return f"{', '.join(others)} or {last}." if others else f"{last}."


SOURCES = "lookalike[:SIZE] | release:DIR | hub[:REVISION] | file:PATH"


DatasetOption = Annotated[str, typer.Option("--dataset", help=one_of(datasets.names()))]


def warn_if_altered(source: str | None) -> str | None:
    """The source as it is, after naming each file that is not as pinned, if it is a release."""
    from artifact.datasets.sources import Source

    if source and source.startswith("release:") and (parsed := Source.parse(source)).path:
        warn_of_altered(parsed.path)
    return source


SourceOption = Annotated[str, typer.Option("--source", help=SOURCES, callback=warn_if_altered)]


SourceArgument = Annotated[str, typer.Argument(help=SOURCES, callback=warn_if_altered)]


NumberOption = Annotated[
    int, typer.Option("--n", min=1, max=MOST_PROBLEMS, help="Number of look-alike problems.")
]


SeedOption = Annotated[
    int, typer.Option("--seed", min=0, max=MOST_SEED, help="Seed for everything drawn at random.")
]


SplitOption = Annotated[
    Literal["release", "grouped"] | None,
    typer.Option("--split", help="How train and test are split; by default as in the source."),
]


SkipBadOption = Annotated[
    bool, typer.Option("--skip-bad", help="Leave bad records out and list them.")
]


def writable(path: Path | None) -> Path | None:
    """The path as it is, if a file may be written there: checked before hours of computing."""
    if path is None:
        return None
    if path.is_dir():
        raise InputError("is a folder, not a file", path=path, cure="name a file in it")
    above = next(it for it in path.absolute().parents if it.exists())
    if not above.is_dir():
        raise InputError(f"cannot be written ({above} is not a folder)", path=path)
    return path


MEASURE: dict[str, Any] = {"min": 0, "max": MOST_FACTOR}
"""Bounds of an option that measures something."""


JsonOption = Annotated[
    Path | None,
    typer.Option("--json", help="Also write the result to this file.", callback=writable),
]


def list_left_out(title: str, records: Sequence[LeftOut]) -> None:
    """Print how many records were left out, and why each was."""
    if records:
        print(f"{title}: {len(records)}")
        for left_out in records:
            print(f"  {left_out.reason}")


def warn_of_altered(release: Path) -> None:
    """Name, on standard error, each file of a release's copy that is not as pinned."""
    from artifact.common.fetch.release import altered

    for line in altered(release):
        print(f"artifact: warning: {release}: {line}", file=sys.stderr)


def refuse_to_overwrite(out: Path | None, *needed: Path | None) -> None:
    """Refuse an output in the place of a file that the command reads, or writes as well."""
    if out is not None and out.resolve() in {it.resolve() for it in needed if it is not None}:
        raise InputError(
            "is also used by this command and would be overwritten",
            path=out,
            cure="name another file",
        )


def write_json(record: BaseModel, path: Path | None) -> None:
    """Write `record` to `path`, where one was given."""
    from artifact.common.files import write_atomically

    if path is not None:
        write_atomically(path, record.model_dump_json(indent=2) + "\n")
