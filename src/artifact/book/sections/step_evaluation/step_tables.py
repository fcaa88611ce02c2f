"""The step evaluation as tables and points: as released, strictly, and the scorers themselves."""

from __future__ import annotations

from artifact.book.figures.style import Point
from artifact.book.sections.common import caption
from artifact.book.sections.step_evaluation.section import TRACED, VARIANTS, StepEvaluation
from artifact.claims.published import CotempRow, published
from artifact.evaluation.answers import SCORERS
from artifact.evaluation.evaluation import Evaluation
from artifact.evaluation.statistics.proportions import share
from artifact.workflow.results import Scalar, Table

STRICT_STEPS = {
    "classification": "classification",
    "any_context": "retrieval: any context fact",
    "any_gold": "retrieval: any gold fact",
    "recall_all": "retrieval: all gold facts",
    "exact": "retrieval: exactly the gold facts",
}

# As released


def released_table(report: StepEvaluation) -> Table:
    """Answers and steps as the release scores them, beside the published figures; percent."""
    rows: list[list[Scalar]] = []
    for e in report.evaluations("released", VARIANTS):
        printed = _printed(e)
        rows.append(
            [
                e.variant,
                e.n,
                _pc(e.answer.released_macro),
                printed.final if printed else None,
                _pc(e.classification.macro),
                printed.classification if printed else None,
                _pc(e.retrieval.any_context),
                printed.retrieval if printed else None,
            ]
        )
    return Table(
        columns=[
            "variant", "n", "answer", "answer (paper)", "classification", "classification (paper)",
            "retrieval", "retrieval (paper)",
        ],
        rows=rows,
        evidence=report.evidence,
        note="Percent. Answer and classification: mean over categories; retrieval: over outputs. "
        "The paper's columns come from other generations of the same models.",
    )  # fmt: skip


def _printed(evaluation: Evaluation) -> CotempRow | None:
    if evaluation.dataset != "cotempqa":
        return None
    return published().cotemp_table.row(evaluation.model, evaluation.variant)


def reproduction_table(report: StepEvaluation) -> Table:
    """How many stored files of figures come out the same here, and why the others do not."""
    rows: dict[tuple[str, str], list[int]] = {}
    for r in report.figures.reproductions:
        row = rows.setdefault((r.dataset, r.kind), [0, 0, 0])
        row[0 if r.equal else 1 if r.equal is False else 2] += 1
    return Table(
        columns=["dataset", "files of", "equal", "not equal", "outputs not stored"],
        rows=[[dataset, kind, *counts] for (dataset, kind), counts in sorted(rows.items())],
        evidence=report.evidence,
    )


def unequal_table(report: StepEvaluation) -> Table:
    """The stored files that do not come out the same, with the reason."""
    rows: list[list[Scalar]] = [
        [f"{r.run.model} {r.run.variant}", r.category or "all", r.kind, r.reason]
        for r in report.figures.reproductions
        if r.equal is False
    ]
    return Table(columns=["run", "category", "file of", "why"], rows=rows, evidence=report.evidence)


def category_points(report: StepEvaluation) -> list[Point]:
    """Answer accuracy by category and variant, as released, with Wilson intervals."""
    return [
        Point(label, e.variant, row.released, *share(round(row.released * row.n), row.n).interval)
        for label in report.dataset.labels
        for e in report.evaluations("released", VARIANTS)
        if (row := e.answer.by_category.get(label)) is not None and row.released is not None
    ]


def association_table(report: StepEvaluation) -> Table:
    """The answer x trace table and its tests under both semantics."""
    rows: list[list[Scalar]] = []
    for semantics in ("released", "strict"):
        for e in report.evaluations(semantics, TRACED):
            t, i = e.table, e.independence
            rows.append([e.variant, semantics, t.right_ok, t.right_not, t.wrong_ok, t.wrong_not,
                         i.chi2, i.phi, _pc(i.p_right_given_ok), _pc(i.p_right_given_not),
                         i.testable])  # fmt: skip
    return Table(
        columns=["variant", "scoring", "right, ok", "right, not", "wrong, ok", "wrong, not",
                 "chi²", "phi", "right given ok", "right given not", "testable"],
        rows=rows,
        evidence=report.evidence,
        note="Testable: every expected count is at least 5. Trace ok: as released, both steps "
        "right; strict, label right and exactly the gold facts quoted.",
    )  # fmt: skip


def mosaic_tables(report: StepEvaluation, variant: str) -> dict[str, tuple[int, ...]]:
    """Counts of the answer x trace table by semantics, for `figures.answer_trace_mosaic`."""
    tables = {}
    for semantics in ("released", "strict"):
        e = report.evaluation(variant, semantics)
        if e is not None and e.table.right_ok is not None:
            tables[semantics] = tuple(e.table.model_dump().values())
    return tables


# Strictly


def step_points(report: StepEvaluation) -> list[Point]:
    """Strict step accuracies of the variants with traces, with Wilson intervals."""
    points = []
    for field, step in STRICT_STEPS.items():
        for e in report.evaluations("strict", TRACED):
            steps = e.retrieval.model_dump() | {"classification": e.classification.micro}
            if (value := steps[field]) is not None:
                interval = share(round(value * e.n), e.n).interval
                points.append(Point(step, e.variant, value, *interval))
    return points


def label_shortcuts(report: StepEvaluation) -> dict[str, float]:
    """What rules that see no trace reach on the classification step, over the same release."""
    audit = report.figures.audit_of(report.dataset.name)
    rules = audit.category_baselines if audit else {}
    return {f"label by {name}": shares["overall"] for name, shares in rules.items()}


def scorer_table(report: StepEvaluation) -> Table:
    """Answer accuracy by variant under three scorers, percent over outputs."""
    rows: list[list[Scalar]] = [
        [e.variant, e.n, *(_micro(e, scorer) for scorer in SCORERS)]
        for e in report.evaluations("strict", VARIANTS)
    ]
    titles = [scorer.title for scorer in SCORERS.values()]
    return Table(columns=["variant", "n", *titles], rows=rows, evidence=report.evidence)


def _micro(e: Evaluation, scorer: str) -> Scalar:
    """A scorer's figure in percent, or why there is none."""
    figure = e.answer.micro(scorer)
    return e.notes[f"answer.{scorer}_micro"] if figure is None else 100 * figure


def comparison_table(report: StepEvaluation) -> Table:
    """Paired comparisons of the variants; differences in percentage points."""
    rows: list[list[Scalar]] = []
    for each in report.figures.comparisons:
        c = each.contrast
        if (each.dataset, each.model) == (report.dataset.name, report.model):
            low, high = (100 * limit for limit in c.interval)
            rows.append(
                [
                    f"{c.first} - {c.second}",
                    SCORERS[each.scorer].title,
                    c.n,
                    100 * c.difference,
                    f"[{low:+.1f}, {high:+.1f}]",
                    _p(c.p),
                    _p(c.p_holm),
                ]
            )
    return Table(
        columns=[
            "variants",
            "answers scored by",
            "n",
            "difference",
            "95 % interval",
            "p",
            "p (Holm)",
        ],
        rows=rows,
        evidence=report.evidence,
        note="Same problems, paired: McNemar's p, percentile bootstrap over problems, Holm over "
        "the comparisons by one scorer. One training run a variant.",
    )


def label_table(report: StepEvaluation) -> Table:
    """Answer right against classification right alone, strictly."""
    rows: list[list[Scalar]] = [
        [a.variant, a.figures.phi, _pc(a.figures.p_right_given_ok),
         _pc(a.figures.p_right_given_not), _p(a.figures.cmh_p)]
        for a in report.figures.label_associations
        if (a.dataset, a.model) == (report.dataset.name, report.model)
    ]  # fmt: skip
    return Table(
        columns=["variant", "phi", "right given label right", "right given label wrong", "CMH p"],
        rows=rows,
        evidence=report.evidence,
        note="Cochran-Mantel-Haenszel across categories.",
    )


# The scorers themselves


def calibration_rows(report: StepEvaluation) -> dict[str, tuple[float, float]]:
    """SIMULATED: quantity -> (as released, truth), where the release scores the dataset."""
    return {m.quantity: (m.released, m.truth) for m in report.calibration if m.released is not None}


def calibration_table(report: StepEvaluation) -> Table:
    """SIMULATED: what each scoring makes of a known truth, percent."""
    return Table(
        columns=["quantity", "truth", "strict", "as released"],
        rows=[
            [m.quantity, 100 * m.truth, 100 * m.strict, _pc(m.released)] for m in report.calibration
        ],
        evidence="simulated",
        note=f"SIMULATED outputs of a scripted answerer on {report.simulated_on}; no model.",
    )


def probe_table(report: StepEvaluation) -> Table:
    """The faults, each on its invented example."""
    return Table(
        columns=["fault", "what", "goes in", "comes out", "would be right"],
        rows=[[p.id, p.title, p.went_in, p.came_out, p.would_be_right] for p in report.probes],
        evidence="lookalike",
        note="Invented examples, run through the scoring code in this build.",
    )


def probe_counts_table(report: StepEvaluation) -> Table:
    """How far each fault reaches on the release."""
    rows: list[list[Scalar]] = []
    for probe, counts in report.figures.probe_counts.items():
        for what, value in counts.items():
            counted = isinstance(value, int)
            rows.append([probe, what, f"{value:,}" if counted else f"{100 * value:.1f} %"])
    return Table(columns=["fault", "counted on the release", "value"], rows=rows,
                 evidence=report.evidence)  # fmt: skip


def all_tables(report: StepEvaluation) -> dict[str, Table]:
    """Every table of the section, by key."""
    return {
        "released": released_table(report),
        "reproduction": reproduction_table(report),
        "unequal": unequal_table(report),
        "association": association_table(report),
        "scorers": scorer_table(report),
        "comparisons": comparison_table(report),
        "label": label_table(report),
        "calibration": calibration_table(report),
        "probes": probe_table(report),
        "probe_counts": probe_counts_table(report),
    }


def _pc(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _p(value: float | None) -> str | None:
    if value is None:
        return None
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def caption_of(report: StepEvaluation, text: str, *, whole: bool = False) -> str:
    """`text` with model and evidence; `whole` where it covers all stored runs."""
    about = "all stored runs" if whole else f"{report.model} on {report.dataset.title}"
    ns = {e.n for e in report.evaluations("strict", VARIANTS)}
    n = ns.pop() if len(ns) == 1 and not whole else None
    return caption(f"{text}; {about}", report.evidence, n=n)
