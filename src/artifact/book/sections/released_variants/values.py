"""The published and released figures that the section's prose shows, by key."""

from __future__ import annotations

from artifact.book.sections.released_variants.compute import key_of, seed_differences
from artifact.claims import read_by_eye
from artifact.claims.published import macro_accuracies, over_seeds, published
from artifact.evaluation.statistics.proportions import share
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
    return shown | seed_differences() | _read_values()


def _read_values() -> dict[str, Value]:
    """What reading the outputs by eye gives, by ``read.<model>.<kind>.<figure>``."""
    files = read_by_eye.files_read()
    n, doubtful = sum(it.n for it in files), sum(len(it.doubtful_rows) for it in files)
    values = {
        "read.outputs": Value(value=n, unit="count", evidence="read by eye"),
        "read.doubtful": Value(value=doubtful, unit="count", evidence="read by eye", n=n),
    }
    for model in read_by_eye.models():
        for kind, read in read_by_eye.reads_of(model).items():
            prefix = f"read.{key_of(model)}.{kind}"
            for name, found in (("exact", read.exact), ("begun", read.begun)):
                values[f"{prefix}.{name}"] = Value(
                    value=found.value,
                    unit="share",
                    evidence="read by eye",
                    n=found.n,
                    interval=(found.interval.low, found.interval.high),
                )
            untagged = sum(flags.right_untagged for file in read.files for flags in file.flags)
            with_untagged = share(read.exact.right + untagged, read.n)
            values[f"{prefix}.exact_or_untagged"] = Value(
                value=with_untagged.value, unit="share", evidence="read by eye", n=read.n
            )
            values[f"{prefix}.released"] = Value(
                value=read.released, unit="share", evidence="read by eye", n=read.n
            )
    mix = next(it for it in files if (it.model, it.category) == (LEAST_REACHED, "mix"))
    values["read.least.n"] = Value(value=mix.n, unit="count", evidence="read by eye")
    values["read.least.begun"] = Value(value=mix.begun, unit="count", evidence="read by eye")
    values["read.least.released"] = Value(
        value=mix.released, unit="share", evidence="read by eye", n=mix.n
    )
    return values


LEAST_REACHED = "Qwen3-8B"
"""The model whose R1-trace outputs in category mix never reach an answer."""
