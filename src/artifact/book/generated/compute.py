"""What the reference runs cost, from their own records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from artifact.common.files import write_atomically
from artifact.evaluation.scored_runs import ScoredRun


def write_page(runs: Sequence[ScoredRun], folder: Path) -> None:
    """Write ``compute.md``, which the checklist includes."""
    write_atomically(folder / "compute.md", compute_markdown(runs))


def compute_markdown(runs: Sequence[ScoredRun]) -> str:
    """Hours, memory and machines of `runs`; of a run that was resumed, of its last process."""
    records = [run.record for run in runs]
    if not records:
        return "There are no reference runs.\n"
    training = [it.training for it in records if it.training is not None]
    hours = sum(it.seconds for it in training) / 3600
    answering = sum(it.generation.seconds for it in records if it.generation) / 3600
    peak = max((it.peak_bytes for it in training), default=0) / 2**30
    machines = sorted(
        {f"{it.provenance.hardware.cpu}, {it.provenance.hardware.cores} cores" for it in records}
    )
    return (
        f"{len(records)} runs: {hours:.1f} hours of training and {answering:.1f} hours of "
        f"answering, according to their records (forcing traces is not recorded), at most "
        f"{peak:.1f} GiB of memory for one. Machine: {'; '.join(machines)}.\n"
    )
