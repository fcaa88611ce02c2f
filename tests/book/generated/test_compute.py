"""What the runs cost is the sum of what their records say."""

from __future__ import annotations

from artifact.book.generated.compute import compute_markdown
from artifact.evaluation.scored_runs import reference_runs


def test_hours_memory_and_machine_are_those_of_the_records() -> None:
    runs = reference_runs()[:3]
    said = compute_markdown(runs)
    hours = sum(run.record.training.seconds for run in runs if run.record.training) / 3600
    assert said.startswith(f"3 runs: {hours:.1f} hours of training")
    assert runs[0].record.provenance.hardware.cpu in said
    assert compute_markdown([]) == "There are no reference runs.\n"
