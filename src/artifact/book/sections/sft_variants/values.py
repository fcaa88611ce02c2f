"""The published and released figures that the section's prose shows, by key."""

from __future__ import annotations

from artifact.book.sections.sft_variants.compute import key_of, seed_differences
from artifact.claims.published import macro_accuracies, over_seeds, published
from artifact.workflow.results import Value


def all_values() -> dict[str, Value]:
    """The figures that the section's prose shows, by key."""
    shown = {
        f"{key_of(row.model)}.{row.variant}.seed_mean": Value(
            value=row.mean / 100, unit="share", evidence="published", n=row.seeds
        )
        for row in over_seeds(macro_accuracies(r1_subset=False))
    }
    for row in published().cotemp_table.rows:
        shown[f"{key_of(row.model)}.{row.variant}.published"] = Value(
            value=row.final / 100, unit="share", evidence="published"
        )
    for run in macro_accuracies(r1_subset=True):
        if not run.run.endswith("earlier files"):
            low, high = run.interval
            shown[f"{key_of(run.model)}.{run.variant}.r1_subset"] = Value(
                value=run.accuracy / 100,
                unit="share",
                evidence="published",
                n=run.n,
                interval=(low / 100, high / 100),
            )
    return shown | seed_differences()
