"""An evaluation as lines for a terminal; shares in percent, a dash where there is none."""

from __future__ import annotations

from artifact.evaluation.evaluation import Evaluation, Metrics


def as_text(evaluation: Evaluation) -> str:
    """The record's main figures, then its notes."""
    answer, steps, trace = evaluation.answer, evaluation.retrieval, evaluation.trace
    table, tests = evaluation.table, evaluation.independence
    lines = [
        f"{evaluation.dataset} {evaluation.model} {evaluation.variant}, steps scored as "
        f"{evaluation.semantics}: n = {evaluation.n}",
        f"  answer          released {_pc(answer.released_micro)} "
        f"(macro {_pc(answer.released_macro)}), flag corrected {_pc(answer.flag_fixed_micro)}, "
        f"exact set {_pc(answer.exact_set_micro)}{_others(answer)}",
        f"  classification  {_pc(evaluation.classification.micro)} "
        f"(macro {_pc(evaluation.classification.macro)})",
        f"  retrieval       any context {_pc(steps.any_context)}, any gold {_pc(steps.any_gold)}, "
        f"all gold {_pc(steps.recall_all)}, exact {_pc(steps.exact)}, "
        f"precision {_pc(steps.precision)}{_others(steps)}",
        f"  trace           right (exact) {_pc(trace.ok_exact)}, right (any) {_pc(trace.ok_any)}, "
        f"no trace {_pc(trace.no_trace)}",
    ]
    if table.right_ok is not None:
        lines.append(
            f"  answer, trace   right, right {table.right_ok}; right, wrong {table.right_not}; "
            f"wrong, right {table.wrong_ok}; wrong, wrong {table.wrong_not}"
        )
    if tests.chi2 is not None:
        reading = "" if tests.testable else " (not to be read: an expected count is below 5)"
        lines.append(
            f"  association     chi2 {tests.chi2:.1f}{reading}, phi {tests.phi:.2f}, answer "
            f"right where the trace is right {_pc(tests.p_right_given_ok)}, where it is wrong "
            f"{_pc(tests.p_right_given_not)}"
        )
    lines += [
        f"  {label:24} n {row.n:5}  released {_pc(row.released)}  flag "
        f"corrected {_pc(row.flag_fixed)}  trace right {_pc(row.trace_ok)}"
        for label, row in answer.by_category.items()
    ]
    return "\n".join(lines + [f"  note on {name}: {why}" for name, why in _distinct(evaluation)])


def _distinct(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Each reason once, under the first name that has it."""
    first: dict[str, str] = {}
    for name, why in evaluation.notes.items():
        first.setdefault(why, name)
    return [(name, why) for why, name in first.items()]


def _others(part: Metrics) -> str:
    """Metrics that were added to those above, by their names."""
    return "".join(
        f", {name.replace('_', ' ')} {_pc(share)}" for name, share in part.others.items()
    )


def _pc(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
