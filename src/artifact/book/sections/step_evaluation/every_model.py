"""Every model of the release in two tables: what the claims count can be found here, row by row.

The section and its other tables are about one model; these show the committed numbers of all,
whichever model was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from artifact import datasets
from artifact.book.sections.common import GIVEN_RIGHT, LIMITS, TESTS, given_right, tests
from artifact.claims.snapshot import ModelComparison, load_snapshot
from artifact.common.p_values import p_text
from artifact.evaluation.answers import SCORERS
from artifact.evaluation.reproduction import answer_by_trace
from artifact.evaluation.statistics.association import Independence, associate
from artifact.evaluation.statistics.association import Table as Counts
from artifact.evaluation.statistics.paired import MARGIN
from artifact.evaluation.statistics.proportions import share
from artifact.workflow.results import Evidence, Scalar, Table

EVIDENCE: Evidence = "committed release figures"


def models_table() -> Table:
    """Answer by trace of every stored run that has traces, and of every stored matrix; percent."""
    snapshot = load_snapshot()
    rows: list[list[Scalar]] = []
    for e in snapshot.evaluations:
        if e.table.right_ok is not None:
            scoring = "strict" if e.semantics == "strict" else "as released"
            counts = Counts(*(int(count or 0) for count in e.table.model_dump().values()))
            rows.append(_row(e.dataset, e.model, e.variant, scoring, counts, e.independence))
    for each in snapshot.reproductions:
        if each.kind == "matrix":
            counts = answer_by_trace(each.stored)
            of = (each.dataset, each.run.model, each.run.variant)
            rows.append(_row(*of, "stored matrix", counts, associate(counts).figures))
    return Table(
        columns=[
            *("dataset", "model", "trained on", "scoring", "n"),
            *("trace and answer right", *LIMITS, *GIVEN_RIGHT, *TESTS),
        ],
        rows=sorted(rows, key=lambda row: [str(cell) for cell in row[:4]]),
        evidence=EVIDENCE,
        note="Percent, Wilson intervals. Trace right: as released and in the stored matrices, both "
        "steps right; strict, label right and exactly the gold facts quoted. Fisher's exact p: "
        "where an expected count is below 5, so that chi² is not to be relied on. Stored matrices "
        "are the release's own; those of CoTemp QA are of other generations. Outputs available "
        "only in part (n below that of the model's other rows) are shown but not counted.",
    )


def _row(
    dataset: str, model: str, variant: str, scoring: str, counts: Counts, figures: Independence
) -> list[Scalar]:
    joint = share(counts.right_ok, counts.n)
    ok = counts.right_ok + counts.wrong_ok
    return [
        *(datasets.get(dataset).title, model, variant, scoring, counts.n),
        *(100 * joint.value, *(100 * limit for limit in joint.interval)),
        *(*given_right(counts.right_ok, ok), *tests(figures)),
    ]


EQUIVALENCE = f"p, equal within {100 * MARGIN:.0f} points"
COMPARED = (
    *("variants", "answers scored by", "n", "difference", "95 % interval"),
    *("p", "p (Holm)", EQUIVALENCE),
)
PAIRED = (
    "Same problems, paired: McNemar's p, percentile bootstrap over problems, Holm over the "
    "comparisons of one model by one scorer, two one-sided tests of equivalence. One training run "
    "a variant."
)


def differences_table() -> Table:
    """Every pair of variants of every model, by each rule for answers; percentage points."""
    found = sorted(load_snapshot().comparisons, key=lambda it: (it.dataset, it.model))
    about = ([datasets.get(it.dataset).title, it.model] for it in found)
    return Table(
        columns=["dataset", "model", *COMPARED],
        rows=[[*of, *cells] for of, cells in zip(about, comparison_rows(found), strict=True)],
        evidence=EVIDENCE,
        note=PAIRED,
    )


def comparison_rows(comparisons: Iterable[ModelComparison]) -> Iterator[list[Scalar]]:
    """The cells of `COMPARED`."""
    for each in comparisons:
        c = each.contrast
        low, high = (100 * limit for limit in c.interval)
        yield [
            *(f"{c.first} - {c.second}", SCORERS[each.scorer].title, c.n, 100 * c.difference),
            *(f"[{low:+.1f}, {high:+.1f}]", *map(p_text, (c.p, c.p_holm, c.p_equivalence))),
        ]
