"""The published and released accuracies as tables, percent."""

from __future__ import annotations

from artifact.book.sections.sft_variants.compute import model_order
from artifact.claims.published import (
    macro_accuracies,
    over_seeds,
    published,
    released_results,
)
from artifact.workflow.results import Table


def all_tables() -> dict[str, Table]:
    """The tables that the section shows, by key."""
    return {
        "published": published_table(),
        "runs": runs_table(r1_subset=False),
        "seeds": seeds_table(),
        "r1_subset": runs_table(r1_subset=True),
        "other_datasets": other_datasets_table(),
    }


def published_table() -> Table:
    """The paper's CoTemp QA table as printed, percent."""
    table = published().cotemp_table
    return Table(
        columns=["model", "variant", "final answer", "classification", "retrieval"],
        rows=[[r.model, r.variant, r.final, r.classification, r.retrieval] for r in table.rows],
        evidence="published",
        note=f"Source: {table.source}. Percent, unweighted mean over the four categories.",
    )


def runs_table(*, r1_subset: bool) -> Table:
    """Every run with its macro accuracy and interval, percent."""
    runs = sorted(
        macro_accuracies(r1_subset=r1_subset),
        key=lambda run: (model_order(run.model), run.variant, run.run),
    )
    sizes = published().cotemp_test_sizes
    return Table(
        columns=["model", "variant", "run", "n", "macro accuracy", "95 % low", "95 % high"],
        rows=[[r.model, r.variant, r.run, r.n, r.accuracy, *r.interval] for r in runs],
        evidence="published",
        note=f"Result files of the public release. Test sizes: {sizes.source}. The interval is "
        "over problems and says nothing about another training run.",
    )


def seeds_table() -> Table:
    """Mean and standard deviation over the three seeds, percent."""
    rows = over_seeds(macro_accuracies(r1_subset=False))
    return Table(
        columns=["model", "variant", "seeds", "mean", "sd"],
        rows=[[row.model, row.variant, row.seeds, row.mean, row.sd] for row in rows],
        evidence="published",
        note="Result files of the public release with a seed in their name.",
    )


def other_datasets_table() -> Table:
    """Accuracy files of bAbI and MARCO, percent, as released."""
    rows = [row for row in released_results() if row.dataset in ("bAbI", "MARCO")]
    return Table(
        columns=["dataset", "model", "released variant", "accuracy", "F1"],
        rows=[[row.dataset, row.model, row.variant, row.acc, row.f1] for row in rows],
        evidence="published",
        note="Result files of the public release, one run each.",
    )
