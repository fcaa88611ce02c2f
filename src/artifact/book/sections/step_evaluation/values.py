"""The figures that the step evaluation's prose shows, by key."""

from __future__ import annotations

from artifact.book.sections.step_evaluation.compute import VARIANTS, StepEvaluation
from artifact.evaluation.answers import SCORERS
from artifact.evaluation.evaluation import Evaluation
from artifact.evaluation.statistics.proportions import share
from artifact.workflow.results import Evidence, Value


def all_values(report: StepEvaluation) -> dict[str, Value]:
    """The figures that the section's prose shows, by key."""
    shown: dict[str, Value] = {
        "model": Value(value=report.model, unit="text", evidence=report.evidence),
        "dataset": Value(value=report.dataset.title, unit="text", evidence=report.evidence),
    }
    for semantics in ("released", "strict"):
        for e in report.evaluations(semantics, VARIANTS):
            shown |= _values_of(e, report.evidence)
    said = {
        "order": _order(report),
        "order.turns": _turns(report),
        "columns.released": _columns(report.evaluation("correct", "released")),
        "columns.strict": _columns(report.evaluation("correct", "strict")),
    }
    for name, words in said.items():
        shown[name] = Value(value=words, unit="text", evidence=report.evidence)
    done = [r for r in report.figures.reproductions if r.equal is not None]
    shown["reproduced"] = Value(
        value=sum(bool(r.equal) for r in done), unit="count", evidence=report.evidence, n=len(done)
    )
    return shown


def _ordered(report: StepEvaluation) -> dict[str, list[tuple[float, str]]]:
    """Title of a rule for answers -> share of right answers and variant, the best first."""
    evaluations = report.evaluations("strict", VARIANTS)
    return {
        rule.title: sorted(
            (
                (right, e.variant)
                for e in evaluations
                if (right := e.answer.micro(scorer)) is not None
            ),
            key=lambda it: -it[0],
        )
        for scorer, rule in SCORERS.items()
    }


def _order(report: StepEvaluation) -> str:
    return "; ".join(
        f"{title}: {', '.join(f'{variant} {_pc(right)}' for right, variant in them)}"
        for title, them in _ordered(report).items()
        if them
    )


def _turns(report: StepEvaluation) -> str:
    orders = {tuple(variant for _, variant in them) for them in _ordered(report).values() if them}
    if len(orders) < 2:
        return "is the same by each rule"
    first = {order[0] for order in orders}
    return "depends on the rule" + (
        f", but {first.pop()} comes first under each" if len(first) < 2 else ""
    )


def _columns(evaluation: Evaluation | None) -> str:
    """How often the answer is right, by whether the trace is."""
    if evaluation is None or evaluation.table.right_ok is None:
        return "not stored for this model"
    found = evaluation.independence
    return (
        f"{_pc(found.p_right_given_ok)} of the answers are right where the trace is, "
        f"{_pc(found.p_right_given_not)} where it is not"
    )


def _pc(fraction: float | None) -> str:
    return "none" if fraction is None else f"{100 * fraction:.1f} %"


def _values_of(e: Evaluation, evidence: Evidence) -> dict[str, Value]:
    prefix, i, t = f"{e.variant}.{e.semantics}", e.independence, e.table
    figures: dict[str, Value | None] = {
        "answer": _share(e.answer.released_micro, e.n, evidence),
        "flag_fixed": _share(e.answer.flag_fixed_micro, e.n, evidence),
        "classification": _share(e.classification.micro, e.n, evidence),
        "any_context": _share(e.retrieval.any_context, e.n, evidence),
        "any_gold": _share(e.retrieval.any_gold, e.n, evidence),
        "exact": _share(e.retrieval.exact, e.n, evidence),
        "no_trace": _share(e.trace.no_trace, e.n, evidence),
        "chi2": _number(i.chi2, e.n, evidence),
        "phi": _number(i.phi, e.n, evidence),
    }
    if t.right_ok is not None and t.right_not is not None:
        ok, not_ok = t.right_ok + (t.wrong_ok or 0), t.right_not + (t.wrong_not or 0)
        figures |= {
            "given_ok": _share(i.p_right_given_ok, ok, evidence),
            "given_not": _share(i.p_right_given_not, not_ok, evidence),
            "joint": _share(t.right_ok / (ok + not_ok), ok + not_ok, evidence),
        }
    if i.difference is not None and i.difference_ci is not None:
        figures["difference"] = Value(
            value=i.difference,
            unit="points",
            evidence=evidence,
            n=e.n,
            interval=(i.difference_ci.low, i.difference_ci.high),
        )
    return {f"{prefix}.{name}": value for name, value in figures.items() if value is not None}


def _share(value: float | None, n: int, evidence: Evidence) -> Value | None:
    if value is None:
        return None
    low, high = share(round(value * n), n).interval
    return Value(value=value, unit="share", evidence=evidence, n=n, interval=(low, high))


def _number(value: float | None, n: int, evidence: Evidence) -> Value | None:
    return None if value is None else Value(value=value, unit="number", evidence=evidence, n=n)
