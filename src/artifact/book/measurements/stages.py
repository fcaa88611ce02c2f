"""Where the memory of one run goes, stage by stage: what ``benchmarks/run_stages.py`` stored."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from artifact.book.measurements.kept_runs import KeptRuns, MeasuredRun, keep, read_kept
from artifact.book.tables import show
from artifact.common.files import write_atomically
from artifact.common.provenance import Provenance
from artifact.workflow.results import Scalar, Table

STORED = Path(__file__).with_suffix(".json")
PAGE = "stages.md"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Record):
    """One stage of a run.

    Attributes:
        cpu_seconds: of the processor, of this process.
        held_bytes, peak_bytes: resident memory at the stage's end, and at most within it.
    """

    name: str
    cpu_seconds: float
    held_bytes: int
    peak_bytes: int


class StagedRun(MeasuredRun):
    """One run in a process of its own.

    Attributes:
        tokens: of one forward pass, at most; None reads a batch at once.
        stages: in the order in which they ended.
    """

    command: str
    model: str
    variant: str
    tokens: int | None
    dtype: str
    provenance: Provenance
    stages: tuple[Stage, ...]

    @property
    def setting(self) -> tuple[str, str, int, str]:
        """What distinguishes it from other runs."""
        return self.dtype, self.variant, self.tokens or 0, self.model


def read_runs(path: Path = STORED) -> tuple[StagedRun, ...]:
    """The stored runs; none where none was made.

    Raises:
        InputError: if a field is not as it should be.
    """
    return read_kept(path, KeptRuns[StagedRun])


def store_run(run: StagedRun, path: Path = STORED) -> None:
    """Keep `run`, replacing an earlier one of the same setting."""
    keep(run, path, KeptRuns[StagedRun])


def write_page(folder: Path) -> None:
    """Write ``stages.md``, which the book's page on speed includes."""
    write_atomically(folder / PAGE, as_markdown(read_runs()))


def as_markdown(runs: tuple[StagedRun, ...]) -> str:
    """The stored runs in one table, and the commands that make them again."""
    if not runs:
        return "No run is stored; `python benchmarks/run_stages.py --store` makes one.\n"
    hardware = runs[-1].provenance.hardware
    traces = " and ".join(dict.fromkeys(run.variant for run in runs))
    caption = (
        f"One run of {runs[-1].model} on {traces} traces in one process: {hardware.cpu}, "
        f"{hardware.cores} cores"
    )
    commands = "\n".join(run.command for run in runs)
    return f"{show(as_table(runs), caption=caption).markup}\n\n```bash\n{commands}\n```\n"


def as_table(runs: tuple[StagedRun, ...]) -> Table:
    """A row for each stage of each run."""
    rows: list[list[Scalar]] = [
        [
            stage.name,
            run.dtype,
            f"{stage.held_bytes / 1e9:.2f}",
            f"{stage.peak_bytes / 1e9:.2f}",
            f"{stage.cpu_seconds:.0f}",
            "a batch" if run.tokens is None else f"{run.tokens} tokens",
        ]
        for run in runs
        for stage in run.stages
    ]
    return Table(
        columns=[
            "up to and including",
            "numbers",
            "held, GB",
            "peak, GB",
            "processor s",
            "read at once",
        ],
        rows=rows,
        evidence="own run",
        note="Held: resident memory when the stage ends; peak: the most within the stage.",
    )
