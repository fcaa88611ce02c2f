"""The table of what is to be done, before anything starts: runs by model and dataset.

A grid of a hundred runs takes days on a GPU: whoever starts it is told what it takes, and what
these figures rest on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from artifact.sft.spec import Spec
from artifact.workflow import costs
from artifact.workflow.run_jobs import Job

HEADER = ("model", "dataset", "to do", "done", "h per run", "hours", "GPU hours", "memory", "disk")


@dataclass(frozen=True, slots=True)
class Row:
    """Runs of one model on one dataset.

    Attributes:
        todo, there: runs to be made, in whole or in part, and complete runs.
        longest_hours, hours: of the longest of them, and of all, one after the other.
        gpu_hours: those of `hours` that need a GPU.
        memory_mb: main memory of a job.
        disk_mb: what they leave, plus what one of them keeps while it trains.
        weights_mb: the model's weights, which its runs share.
        basis: what the hours rest on.
    """

    model: str
    dataset: str
    todo: int
    there: int
    longest_hours: float
    hours: float
    gpu_hours: float
    memory_mb: int
    disk_mb: float
    weights_mb: float
    basis: str

    @property
    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        times = (self.longest_hours, self.hours, self.gpu_hours)
        return (
            *(self.model, self.dataset, str(self.todo), str(self.there)),
            *(f"{hours:.2f}" if hours < 10 else f"{hours:.0f}" for hours in times),
            *(_size(self.memory_mb), _size(self.disk_mb)),
        )


def rows(wanted: Iterable[Spec], jobs: Sequence[Job], forced_on: int | None) -> list[Row]:
    """Runs by model and dataset, in the order of `wanted`.

    Args:
        wanted: every run that is to be there in the end.
        jobs: those that are still to be done.
        forced_on: on how many test problems traces are forced where they are; None for all.
    """
    todo = {job.spec: job for job in jobs}
    groups: dict[tuple[str, str], list[Spec]] = {}
    for spec in dict.fromkeys(wanted):
        groups.setdefault((spec.model, spec.dataset), []).append(spec)
    return [
        _row(specs, [todo[it] for it in specs if it in todo], forced_on)
        for specs in groups.values()
    ]


def _row(specs: Sequence[Spec], jobs: Sequence[Job], forced_on: int | None) -> Row:
    first = specs[0]
    hours = [
        costs.seconds(job.spec, trains=job.trains, forced=forced_on if job.forces else 0) / 3600
        for job in jobs
    ]
    made = [job.spec for job in jobs if job.trains]
    return Row(
        model=first.model_title,
        dataset=first.dataset,
        todo=len(jobs),
        there=len(specs) - len(jobs),
        longest_hours=max(hours, default=0),
        hours=sum(hours),
        gpu_hours=sum(hours) if costs.device_of(first) == "cuda" else 0,
        memory_mb=costs.memory_mb(first) if jobs else 0,
        disk_mb=sum(map(costs.adapter_mb, made)) + max(map(costs.training_mb, made), default=0),
        weights_mb=costs.weights_mb(first.model) if made else 0,
        basis=costs.rates_of(first).basis,
    )


def table(found: Sequence[Row]) -> list[str]:
    """Lines of the table, and what they rest on; empty if nothing is to be done."""
    if not any(row.todo for row in found):
        return []
    shown = [HEADER, *(row.cells for row in found)]
    if len(found) > 1:
        shown.append(_total(found).cells)
    widths = [max(len(cells[place]) for cells in shown) for place in range(len(HEADER))]
    lines = [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for cells in shown
    ]
    pending = [row for row in found if row.todo]
    weights = sum({row.model: row.weights_mb for row in pending}.values())
    bases: dict[str, dict[str, None]] = {}
    for row in pending:
        bases.setdefault(row.basis, {})[row.model] = None
    said = "; ".join(f"with {basis} for {', '.join(models)}" for basis, models in bases.items())
    return [
        *lines,
        f"hours are estimated from parameters and tokens, {said}",
        f"weights take another {_size(weights)} of disk",
    ]


def _total(found: Sequence[Row]) -> Row:
    """All rows as one."""
    return Row(
        model="all",
        dataset="",
        todo=sum(row.todo for row in found),
        there=sum(row.there for row in found),
        longest_hours=max(row.longest_hours for row in found),
        hours=sum(row.hours for row in found),
        gpu_hours=sum(row.gpu_hours for row in found),
        memory_mb=max(row.memory_mb for row in found),
        disk_mb=sum(row.disk_mb for row in found),
        weights_mb=0,
        basis="",
    )


def _size(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 100 else f"{megabytes:.0f} MB"
