"""How scoring and decomposition grow with what they are given: what ``benchmarks/scale.py`` stored.

Scoring an output reads it alone, so its cost should not depend on how many there are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from artifact import datasets
from artifact.book.tables import show
from artifact.common.files import read_record, write_atomically
from artifact.common.provenance import Provenance
from artifact.workflow.results import Scalar, Table

STORED = Path(__file__).with_suffix(".json")
PAGE = "scale.md"
Work = Literal["scored strictly", "scored as released", "decomposed"]
WORKS: tuple[Work, ...] = ("scored strictly", "scored as released", "decomposed")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Leg(_Record):
    """One piece of work in a process of its own.

    Attributes:
        dataset: its name.
        work: what was done. Scored strictly gives an answer by every rule and strict steps; scored
            as released gives the same answers, and steps against the rows that the release finds.
        texts: "stored" in the release, "stored, repeated" as often as it takes to have many,
            "generated" with a look-alike problem of its own each, or
            "generated, shared" to a thousand look-alike problems, as many runs answer the same.
        n: outputs or problems.
        cpu_seconds: of the processor. Scoring: without imports, and without making or reading the
            texts. Decomposition: of the whole command, imports and generator included.
        peak_bytes: resident memory of the process at its most, texts and imports included.
    """

    dataset: str
    work: Work
    texts: Literal["stored", "stored, repeated", "generated", "generated, shared"]
    n: int
    cpu_seconds: float
    peak_bytes: int


class ScaleRun(_Record):
    """All legs of one run of the benchmark."""

    command: str
    provenance: Provenance
    load: float
    legs: tuple[Leg, ...]


def read_run(path: Path = STORED) -> ScaleRun | None:
    """The stored run; None where none was made.

    Raises:
        InputError: if a field is not as it should be.
    """
    return read_record(path, ScaleRun) if path.is_file() else None


def store_run(run: ScaleRun, path: Path = STORED) -> None:
    """Keep `run`, replacing an earlier one."""
    write_atomically(path, run.model_dump_json(indent=1) + "\n")


def write_page(folder: Path) -> None:
    """Write ``scale.md``, which the book's page on speed includes."""
    write_atomically(folder / PAGE, as_markdown(read_run()))


def as_markdown(run: ScaleRun | None) -> str:
    """The stored run in one table, and the command that makes it again."""
    if run is None:
        return "No run is stored; `python benchmarks/scale.py --store` makes one.\n"
    hardware = run.provenance.hardware
    caption = (
        f"Scoring and decomposition on one core of {hardware.cpu}; load of the machine's "
        f"{hardware.cores} cores when it ended: {run.load:.1f}"
    )
    return f"{show(as_table(run), caption=caption).markup}\n\n```bash\n{run.command}\n```\n"


def as_table(run: ScaleRun) -> Table:
    """A row for each leg."""
    order = {name: at for at, name in enumerate(datasets.names())}
    legs = sorted(
        run.legs,
        key=lambda leg: (WORKS.index(leg.work), order[leg.dataset], leg.texts, leg.n),
    )
    repeated = any(leg.texts == "stored, repeated" for leg in legs)
    rows: list[list[Scalar]] = [
        [
            leg.work,
            datasets.get(leg.dataset).title,
            leg.texts,
            leg.n,
            f"{leg.cpu_seconds:.1f}",
            f"{1000 * leg.cpu_seconds / leg.n:.3f}",
            f"{leg.peak_bytes / 1e6:.0f}",
        ]
        for leg in legs
    ]
    return Table(
        columns=["work", "dataset", "texts", "n", "processor s", "ms each", "peak, MB"],
        rows=rows,
        evidence="own run",
        note=(
            "Scoring: without imports, and without making or reading the texts. Decomposition: the "
            "whole command, generator and imports included. Generated texts answer a problem each, "
            "shared ones 1,000 problems in turn, and stored ones are several models' answers to "
            "the same problems, each of which is then read only once"
            + ("; repeated ones are all of these, again and again" if repeated else "")
            + ". Shared and stored texts are scored three times; the median is given."
        ),
    )
