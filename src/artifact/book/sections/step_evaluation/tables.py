"""The step evaluation as tables: as released, strictly, and the scorers themselves; percent."""

from __future__ import annotations

from unicodedata import combining

from artifact import datasets
from artifact.book.sections.common import caption, percent
from artifact.book.sections.own_outputs import scores_table
from artifact.book.sections.step_evaluation import every_model
from artifact.book.sections.step_evaluation.compute import TRACED, VARIANTS, StepEvaluation
from artifact.claims.published import COTEMP, CotempRow, published
from artifact.common.p_values import p_text
from artifact.decomposition.wrapping import WRAPPINGS, unwrap
from artifact.evaluation.answers import SCORERS
from artifact.evaluation.evaluation import SEMANTICS, Evaluation
from artifact.evaluation.faults.reach import CHI2, DIFFERENCE
from artifact.workflow.results import Scalar, Table


def all_tables(report: StepEvaluation) -> dict[str, Table]:
    """Every table of the section, by key."""
    return {
        "released": released_table(report),
        "beside": beside_table(report),
        "reproduction": reproduction_table(report),
        "unequal": unequal_table(report),
        "association": association_table(report),
        "scorers": scorer_table(report),
        "wrappings": wrapping_table(),
        "comparisons": comparison_table(report),
        "models": every_model.models_table(),
        "differences": every_model.differences_table(),
        "label": label_table(report),
        "calibration": calibration_table(report),
        "probes": probe_table(report),
        "probe_counts": probe_counts_table(report),
    }


def caption_of(report: StepEvaluation, text: str, *, whole: bool = False) -> str:
    """`text` with model and evidence; `whole` where it covers all stored runs."""
    about = "all stored runs" if whole else f"{report.model} on {report.dataset.title}"
    ns = {e.n for e in report.evaluations("strict", VARIANTS)}
    n = ns.pop() if len(ns) == 1 and not whole else None
    return caption(f"{text}; {about}", report.evidence, n=n)


def beside_caption(report: StepEvaluation) -> str:
    """Caption of `beside_table`, which says whose outputs are in it."""
    if report.own is None:
        return caption_of(report, "Outputs under both scorings")
    return caption_of(report, "Outputs of the reader's file, below those of the release")


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
                percent(e.answer.released_macro),
                printed.final if printed else None,
                percent(e.classification.macro),
                printed.classification if printed else None,
                percent(e.retrieval.any_context),
                printed.retrieval if printed else None,
            ]
        )
    return Table(
        columns=[
            "variant",
            "n",
            "answer",
            "answer (paper)",
            "classification",
            "classification (paper)",
            "retrieval",
            "retrieval (paper)",
        ],
        rows=rows,
        evidence=report.evidence,
        note="Percent. Answer and classification: mean over categories; retrieval: over outputs. "
        "The paper's columns come from other generations of the same models.",
    )


def _printed(evaluation: Evaluation) -> CotempRow | None:
    if evaluation.dataset != COTEMP:
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
        rows=[
            [datasets.get(dataset).title, kind, *counts]
            for (dataset, kind), counts in sorted(rows.items())
        ],
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


def association_table(report: StepEvaluation) -> Table:
    """The table of answer by trace and its tests under both semantics."""
    rows: list[list[Scalar]] = []
    for semantics in ("released", "strict"):
        for e in report.evaluations(semantics, TRACED):
            t, i = e.table, e.independence
            rows.append(
                [
                    e.variant,
                    semantics,
                    t.right_ok,
                    t.right_not,
                    t.wrong_ok,
                    t.wrong_not,
                    i.chi2,
                    i.phi,
                    percent(i.p_right_given_ok),
                    percent(i.p_right_given_not),
                    i.testable,
                ]
            )
    return Table(
        columns=[
            "variant",
            "scoring",
            "right, trace right",
            "right, trace wrong",
            "wrong, trace right",
            "wrong, trace wrong",
            "chi²",
            "phi",
            "right given trace right",
            "right given trace wrong",
            "testable",
        ],
        rows=rows,
        evidence=report.evidence,
        note="Testable: every expected count is at least 5. Trace right: as released, both steps "
        "right; strict, label right and exactly the gold facts quoted.",
    )


def beside_table(report: StepEvaluation) -> Table:
    """The release's outputs, and those of the reader's file, under both scorings; percent."""
    stored = [e for how in SEMANTICS for e in report.evaluations(how, VARIANTS)]
    own = report.own
    return scores_table(
        [*stored, *(own.evaluations if own else ())],
        "file" if own else report.evidence,
        own.note if own else "",
    )


# Strictly


def scorer_table(report: StepEvaluation) -> Table:
    """Answer accuracy by variant under three scorers, percent over outputs."""
    rows: list[list[Scalar]] = [
        [e.variant, e.n, *(_micro(e, scorer) for scorer in SCORERS)]
        for e in report.evaluations("strict", VARIANTS)
    ]
    titles = [scorer.title for scorer in SCORERS.values()]
    return Table(columns=["variant", "n", *titles], rows=rows, evidence=report.evidence)


def wrapping_table() -> Table:
    """What an answer may be wrapped in under strict scoring, each with an example."""
    rows: list[list[Scalar]] = [
        [wrapping.name, _visible(wrapping.example), unwrap(wrapping.example)]
        for wrapping in WRAPPINGS
    ]
    return Table(
        columns=["wrapped in", "in the output", "read as"],
        rows=rows,
        evidence="lookalike",
        note="Nested in any order; invisible characters are given by their code. "
        "Several answers are read one by one if each is wrapped, or is on a line of its own "
        "after a bullet or a number.",
    )


def _visible(text: str) -> str:
    """`text` in one line, with the codes of signs that can't be seen or told apart."""
    return "".join(
        sign if sign == " " or (sign.isprintable() and not combining(sign)) else ascii(sign)[1:-1]
        for sign in text
    )


def _micro(e: Evaluation, scorer: str) -> Scalar:
    """A scorer's figure in percent, or why there is none."""
    figure = e.answer.micro(scorer)
    return e.notes[f"answer.{scorer}_micro"] if figure is None else 100 * figure


def comparison_table(report: StepEvaluation) -> Table:
    """Paired comparisons of the variants; differences in percentage points."""
    of_model = (report.dataset.name, report.model)
    found = (it for it in report.figures.comparisons if (it.dataset, it.model) == of_model)
    return Table(
        columns=list(every_model.COMPARED),
        rows=list(every_model.comparison_rows(found)),
        evidence=report.evidence,
        note=every_model.PAIRED,
    )


def label_table(report: StepEvaluation) -> Table:
    """Answer right against classification right alone, strictly."""
    rows: list[list[Scalar]] = [
        [
            a.variant,
            a.figures.phi,
            percent(a.figures.p_right_given_ok),
            percent(a.figures.p_right_given_not),
            p_text(a.figures.cmh_p),
        ]
        for a in report.figures.label_associations
        if (a.dataset, a.model) == (report.dataset.name, report.model)
    ]
    return Table(
        columns=["variant", "phi", "right given label right", "right given label wrong", "CMH p"],
        rows=rows,
        evidence=report.evidence,
        note="Cochran-Mantel-Haenszel across categories.",
    )


# The scorers themselves


def calibration_table(report: StepEvaluation) -> Table:
    """SIMULATED: what each scoring makes of a known truth, percent."""
    return Table(
        columns=["quantity", "truth", "strict", "as released"],
        rows=[
            [m.quantity, 100 * m.truth, 100 * m.strict, percent(m.released)]
            for m in report.calibration
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


def _counted(what: str, value: float) -> str:
    if what.endswith(CHI2):
        return f"{value:.2f}"
    if DIFFERENCE in what:
        return f"{100 * value:+.1f} points"
    return f"{value:,}" if isinstance(value, int) else f"{100 * value:.1f} %"


def probe_counts_table(report: StepEvaluation) -> Table:
    """How far each fault reaches on the release."""
    rows: list[list[Scalar]] = []
    for probe, counts in report.figures.probe_counts.items():
        for what, value in counts.items():
            rows.append([probe, what, _counted(what, value)])
    return Table(
        columns=["fault", "counted on the release", "value"], rows=rows, evidence=report.evidence
    )
