"""What came after forced traces, as tables: answers, effects of the trace alone, margins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from artifact.book.sections.common import LIMITS
from artifact.book.sections.sft_variants.cells import (
    CONTRAST_COLUMNS,
    OVER_RUNS,
    POOLED,
    contrast_cells,
    difference_in_words,
    percent_cells,
)
from artifact.book.sections.sft_variants.compute import Experiment, Forcing, evidence_of
from artifact.evaluation.forced_traces import BASELINE
from artifact.evaluation.statistics.proportions import Interval
from artifact.sft.forced_traces import IN_WORDS
from artifact.workflow.results import Scalar, Table

A_TRACE = ("forced trace", "runs", "n")


def forced_table(experiment: Experiment) -> Table:
    """Right answers after each forced trace."""
    rows: list[list[Scalar]] = [
        [*about, IN_WORDS[trace], mean.runs, mean.n, *percent_cells(mean)]
        for about, forcing in _models(experiment)
        for trace, mean in forcing.means.items()
    ]
    return _table(experiment, (*A_TRACE, "right", *LIMITS), rows, f"Percent. {POOLED}")


def effects_table(experiment: Experiment, *, to_own: bool) -> Table:
    """Differences that the trace alone made: same weights, same problems; percentage points.

    Args:
        to_own: each trace against the model's own, or the pairs of `CONTRASTS`.
    """
    rows = [
        [*about, *contrast_cells(it, IN_WORDS)]
        for about, forcing in _models(experiment)
        for it in forcing.effects
        if (it.second == BASELINE) == to_own
    ]
    columns = ["traces" if column == "kinds" else column for column in CONTRAST_COLUMNS]
    return _table(
        experiment,
        columns,
        rows,
        f"{POOLED} p as above, Holm over all pairs of traces of one kind of model. {OVER_RUNS}",
    )


def use_table(experiment: Experiment) -> Table:
    """Pairs of traces as a share of how much a model uses its own."""
    rows: list[list[Scalar]] = [
        [
            *about,
            difference_in_words(it, IN_WORDS),
            it.n,
            100 * it.use,
            100 * it.difference,
            it.ratio,
            it.interval and _limits(it.interval),
        ]
        for about, forcing in _models(experiment)
        for it in forcing.normalised
    ]
    return _table(
        experiment,
        ("traces", "n", "use of own trace", "points", "share of use", "95 % interval"),
        rows,
        "Use: accuracy after the model's own trace minus that after an empty one, percentage "
        "points; share of use: the difference of the two traces divided by it, where the interval "
        "of the use lies above 0 (cf. Bentham et al. 2024).",
    )


def early_table(experiment: Experiment) -> Table:
    """How soon in its own trace a model has its answer."""
    rows: list[list[Scalar]] = [
        [*about, area.runs, area.n, area.value, *area.interval]
        for about, forcing in _models(experiment)
        if forcing.early
        for area in (forcing.early.area_over_curve,)
    ]
    return _table(
        experiment,
        ("runs", "n", "area over curve", *LIMITS),
        rows,
        "Area over the curve of early answering: 0 where no part of the trace matters to the "
        "answer, at most 0.875 (Lanham et al. 2023).",
    )


def margins_table(experiment: Experiment) -> Table:
    """How much likelier the gold answer is than the same wrong one after each trace."""
    rows: list[list[Scalar]] = [
        [
            *about,
            IN_WORDS[trace],
            it.runs,
            it.n,
            it.value,
            _limits(it.interval),
            100 * it.gold_likelier,
        ]
        for about, forcing in _models(experiment)
        for trace, it in forcing.margins.items()
    ]
    return _table(
        experiment,
        (*A_TRACE, "margin (nats)", "95 % interval", "gold likelier"),
        rows,
        "Log-probability of the gold answer minus that of a wrong one, the same after every "
        "trace: the candidate that misleading facts point to, else another problem's answer. One "
        "forward pass, no generation; percent of problems in which gold is the likelier.",
    )


def following_table(experiment: Experiment) -> Table:
    """Where forced facts point to another candidate: how often the answer goes there."""
    rows: list[list[Scalar]] = [
        [*about, IN_WORDS[trace], mean.runs, mean.n, *percent_cells(mean)]
        for about, forcing in _models(experiment)
        for trace, mean in forcing.followed.items()
    ]
    return _table(
        experiment,
        (*A_TRACE, "answers that follow", *LIMITS),
        rows,
        f"Percent of the problems whose forced trace points to another candidate. {POOLED}",
    )


def _models(experiment: Experiment) -> Iterator[tuple[list[Scalar], Forcing]]:
    """Each kind of model on which traces were forced, after the cells that say which it is."""
    for group in experiment.groups:
        for kind, forcing in group.forced.items():
            yield [*experiment.about(group), kind], forcing


def _table(
    experiment: Experiment, columns: Sequence[str], rows: list[list[Scalar]], note: str
) -> Table:
    return Table(
        columns=["made", "problems", "trained on", *columns],
        rows=rows,
        evidence=evidence_of(group for group in experiment.groups if group.forced),
        note=note,
    )


def _limits(interval: Interval) -> str:
    return f"[{interval.low:+.1f}, {interval.high:+.1f}]"
