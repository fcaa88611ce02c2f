"""What the book costs from a fresh clone: the figures that ``benchmarks/book_cost.py`` stored.

Wall time says how long a reader waits, and is longer on a busy machine; processor seconds of the
whole process tree say what it costs wherever it runs.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from artifact.book.measurements.kept_runs import KeptRuns, MeasuredRun, keep, read_kept
from artifact.book.tables import show
from artifact.common.files import write_atomically
from artifact.common.provenance import Provenance
from artifact.workflow.results import Scalar, Table

STORED = Path(__file__).with_suffix(".json")
PAGE = "cost.md"

MINUTES, MINUTES_BF16, GB, AGAIN_SECONDS, PARAMETER_SECONDS = 8, 5, 3, 15, 40
"""Upper limits for the default profile: minutes from a fresh clone to the book with the install, in
float32 and in bfloat16; GB of memory and of disk; seconds of a second `make book`, and of a section
that trains nothing with another parameter."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Record):
    """The processes of one kind.

    Attributes:
        cpu_seconds: total over all of them, as last seen before they ended.
        peak_bytes: the largest proportional set size (PSS) of any of them.
    """

    kind: str
    processes: int
    cpu_seconds: float
    peak_bytes: int


class Leg(_Record):
    """One command and all that it started.

    Attributes:
        seconds: on the clock.
        cpu_seconds: of the processor, user and system, of the whole process tree.
        peak_bytes: of the whole process tree at one time (PSS).
        load: load average over the last minute (processes wanting a core), before and after.
        parts: by kind of process, the costliest first.
    """

    name: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    load: tuple[float, float]
    parts: tuple[Part, ...]


class Cost(_Record):
    """One commit from a fresh clone.

    Attributes:
        avx2: whether it was in float32 on a processor without AVX-512, or as on one.
        disk_bytes: of the clone at the end, environment, models and book included.
    """

    commit: str
    profile: str
    avx2: bool
    disk_bytes: int
    legs: tuple[Leg, ...]

    def leg(self, name: str) -> Leg:
        """The leg of that name."""
        return next(leg for leg in self.legs if leg.name == name)


class CostRun(MeasuredRun):
    """All of one run of the benchmark; the last commit is the one that is judged."""

    command: str
    provenance: Provenance
    costs: tuple[Cost, ...]

    @property
    def setting(self) -> tuple[bool]:
        """Whether all of it was in float32, as on a processor without bfloat16."""
        return (all(cost.avx2 for cost in self.costs),)


def read_runs(path: Path = STORED) -> tuple[CostRun, ...]:
    """The stored runs, the one entirely in float32 last; empty if none was made.

    Raises:
        InputError: if a field is not as it should be.
    """
    return read_kept(path, KeptRuns[CostRun])


def store_run(run: CostRun, path: Path = STORED) -> None:
    """Keep `run` in place of an earlier one on that kind of processor."""
    keep(run, path, KeptRuns[CostRun])


def expected(profile: str, runs: tuple[CostRun, ...] | None = None) -> str:
    """What the profile took from a fresh clone when it was measured; "" where it was not."""
    of_profile = [run for run in runs or read_runs() if run.costs[-1].profile == profile]
    if not of_profile:
        return ""
    run = of_profile[-1]
    last, machine = run.costs[-1], run.provenance.hardware
    legs = [last.leg("install"), last.leg("book")]
    return (
        f"from a fresh clone this took {sum(leg.seconds for leg in legs) / 60:.0f} minutes, "
        f"{max(leg.peak_bytes for leg in legs) / 1e9:.1f} GB of memory and "
        f"{last.disk_bytes / 1e9:.1f} GB of disk on {machine.cores} cores ({machine.cpu}, "
        f"{_how(last)}); what already exists is not rebuilt"
    )


def _how(cost: Cost) -> str:
    return "float32, AVX2 alone" if cost.avx2 else "native"


def write_page(folder: Path) -> None:
    """Write ``cost.md``, which the book's page on speed includes."""
    write_atomically(folder / PAGE, as_markdown(read_runs()))


def as_markdown(runs: tuple[CostRun, ...]) -> str:
    """Each stored run: its figures, the costliest kinds of process, and the command."""
    if not runs:
        return "No run is stored; `python benchmarks/book_cost.py --store` makes one.\n"
    return "\n\n".join(map(_told, runs)) + "\n"


def _told(run: CostRun) -> str:
    last, machine = run.costs[-1], run.provenance.hardware
    here = f"{machine.cpu}, {machine.cores} cores"
    where = f"{here}, {_how(last)}"
    return "\n\n".join(
        [
            show(
                as_table(run), caption=f"From a fresh clone, profile {last.profile}: {here}"
            ).markup,
            show(by_kind(run), caption=f"make book, by kind of process: {where}").markup,
            f"```bash\n{run.command}\n```",
        ]
    )


def as_table(run: CostRun) -> Table:
    """Each figure, a column for each commit and processor, and the limits for the last commit.

    The last commit meets a limit if it does so on every processor it was measured on.
    """
    rows: list[list[Scalar]] = []
    costs = run.costs
    judged = [cost.commit == costs[-1].commit for cost in costs]

    def row(
        what: str, figures: list[float], asked: list[float] | None = None, digits: int = 0
    ) -> None:
        told = [f"{figure:.{digits}f}" for figure in figures]
        if asked is None:
            rows.append([what, *told, None, None])
            return
        limits = {f"{limit:g}": None for limit, last in zip(asked, judged, strict=True) if last}
        met = all(
            figure <= limit
            for figure, limit, last in zip(figures, asked, judged, strict=True)
            if last
        )
        rows.append([what, *told, f"at most {' and '.join(limits)}", met])

    both = [[cost.leg("install"), cost.leg("book")] for cost in costs]
    row(
        "Minutes, install and book",
        [sum(it.seconds for it in legs) / 60 for legs in both],
        [MINUTES if cost.avx2 else MINUTES_BF16 for cost in costs],
        1,
    )
    row(
        "Processor minutes, both",
        [sum(it.cpu_seconds for it in legs) / 60 for legs in both],
        digits=1,
    )
    for name, asked in (
        ("install", None),
        ("book", None),
        ("nothing changed", AGAIN_SECONDS),
        ("one parameter", PARAMETER_SECONDS),
    ):
        legs = [cost.leg(name) for cost in costs]
        limits = None if asked is None else [float(asked)] * len(costs)
        row(f"Seconds, {name}", [leg.seconds for leg in legs], limits)
        row(f"Processor seconds, {name}", [leg.cpu_seconds for leg in legs])
        row(f"Load, {name}", [sum(leg.load) / 2 for leg in legs], digits=1)
    peaks = [max(leg.peak_bytes for leg in cost.legs) / 1e9 for cost in costs]
    row("Peak memory of all processes, GB", peaks, [float(GB)] * len(costs), 2)
    row("Disk, GB", [cost.disk_bytes / 1e9 for cost in costs], [float(GB)] * len(costs), 2)
    columns = [
        "what",
        *(f"{cost.commit}, {_how(cost)}" for cost in costs),
        "target",
        "met by the last",
    ]
    return Table(columns=columns, rows=rows, evidence="lookalike")


def by_kind(run: CostRun) -> Table:
    """Where the processor seconds of `make book` go, in the last commit."""
    last = run.costs[-1].leg("book")
    rows: list[list[Scalar]] = [
        [part.kind, part.processes, part.cpu_seconds, part.peak_bytes / 1e6] for part in last.parts
    ]
    columns = ["kind", "processes", "processor seconds", "largest, MB"]
    return Table(columns=columns, rows=rows, evidence="lookalike")
