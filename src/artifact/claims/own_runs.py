"""Tiers C and D: what our own runs say about a claim.

The runs are those that come with the repository. They are of a small model on look-alikes, so none
of their figures settles a claim about the paper's models; a run of one of those models on the
paper's data would, and goes the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import get_args

from artifact import datasets
from artifact.claims.evidence import Evidence, Tier
from artifact.common.paths import ROOT
from artifact.datasets.sources import Source
from artifact.decomposition.traces import Told
from artifact.evaluation.scored_runs import Rerun, in_order
from artifact.evaluation.statistics import pooled
from artifact.evaluation.statistics.paired import Share, share
from artifact.evaluation.statistics.pooled import Contrast, Mean
from artifact.sft.forced_traces import FORCED, Forced
from artifact.sft.models import registry
from artifact.sft.spec import Spec

CRITICAL_CHI2 = 3.841
"""5 % point of chi-squared at 1 degree of freedom, the paper's threshold."""

SECTION_COMMAND = "artifact run --section sft_variants"
TOLD = get_args(Told)
RULE_MADE = "rule-made, not R1's"
"""What traces of these kinds are where problems do not come with R1's own."""

INTERVENED: tuple[tuple[Forced, Forced], ...] = (("correct", "misleading"), ("correct", "other"))
"""Pairs of forced traces whose difference says whether the answer depends on the trace."""


def right_given_trace_right(runs: Sequence[Rerun]) -> list[Evidence]:
    """C1, tier C, a figure a run: holds if most answers after a right trace are wrong."""
    found = []
    for run in _of_kind(runs, "correct"):
        table = run.evaluation.table
        right = table.right_ok or 0
        if ok := right + (table.wrong_ok or 0):
            given = share(right, ok)
            what = "share of right answers where the trace is right"
            found.append(_figure("C", [run], f"{_one(run)}: {what}", given,
                                 holds=given.interval.high < 0.5))  # fmt: skip
    return found


def independent(runs: Sequence[Rerun]) -> list[Evidence]:
    """C3, tier C, a figure a run: holds below the paper's threshold of chi-squared, or where a
    count is too small for it, where Fisher's exact p is 5 % or more."""
    found = []
    for run in _of_kind(runs, "correct"):
        figures = run.evaluation.independence
        if figures.chi2 is None:
            continue
        exact = not figures.testable and figures.fisher_p is not None
        value = (figures.fisher_p if exact else figures.chi2) or 0.0
        test = "Fisher's p" if exact else "chi-squared"
        found.append(
            Evidence(
                tier="C",
                what=f"{_one(run)}: answer right by trace right, {test}",
                value=value,
                unit="p" if exact else "chi2",
                n=run.evaluation.n,
                interval=None,
                holds=value >= 0.05 if exact else value < CRITICAL_CHI2,
                settles=_settles(run),
                command=_evaluate(run),
            )
        )
    return found


def against(
    runs: Sequence[Rerun], pairs: Sequence[tuple[str, str]], *, claim: str
) -> list[Evidence]:
    """Tier C, a figure a pair and dataset: accuracy of the first kind minus the second's.

    Args:
        pairs: kinds of trace.
        claim: "not worse" holds if the second kind is not shown to be worse than the first (the
            interval reaches 0); "better" holds if the first is shown to be better (it lies above).
    """
    found = []
    for group in _groups(runs):
        kinds = {kind: _of_kind(group, kind) for pair in pairs for kind in pair}
        rights = {kind: [run.rights for run in them] for kind, them in kinds.items()}
        for it in pooled.contrasts(rights, pairs):
            told = f"accuracy, {_named(it.first)} minus {_named(it.second)}"
            shown = it.interval.low > 0
            both = [*kinds[it.first], *kinds[it.second]]
            found.append(_figure("C", both, f"{_many(both)}: {told}", it,
                                 holds=shown if claim == "better" else not shown))  # fmt: skip
    return found


def forced(runs: Sequence[Rerun]) -> list[Evidence]:
    """C3, tier D, of models trained on correct traces: holds if accuracy is not shown to differ
    between two forced traces, and if most answers do not go where a misleading trace points."""
    found = []
    for group in _groups(runs):
        asked = [run for run in _of_kind(group, "correct") if run.forced]
        if not asked:
            continue
        rights = {
            str(trace): [_rights(run, trace) for run in asked if trace in run.forced]
            for trace in FORCED
        }
        for it in pooled.contrasts(rights, INTERVENED):
            told = f"accuracy after a forced {it.first} trace minus {_AFTER[it.second]}"
            found.append(_figure("D", asked, f"{_many(asked)}: {told}", it,
                                 holds=it.interval.low <= 0 <= it.interval.high))  # fmt: skip
        followed = pooled.mean([_followed(run) for run in asked])
        if followed is not None:
            told = "answers that go where a misleading trace points"
            found.append(_figure("D", asked, f"{_many(asked)}: {told}", followed,
                                 holds=followed.interval.high < 0.5))  # fmt: skip
    return found


_AFTER: Mapping[str, str] = {
    "misleading": "after a misleading one",
    "other": "after another problem's",
}


def _rights(run: Rerun, trace: Forced) -> dict[str, bool]:
    return {name: it.right for name, it in run.forced[trace].items()}


def _followed(run: Rerun) -> dict[str, bool]:
    answers = run.forced.get("misleading", {}).items()
    return {name: it.followed for name, it in answers if it.followed is not None}


def _of_kind(runs: Sequence[Rerun], kind: str) -> list[Rerun]:
    return [run for run in runs if run.kind == kind]


def _groups(runs: Sequence[Rerun]) -> Iterator[list[Rerun]]:
    """Runs that differ in kind of trace and seed alone."""
    ordered = sorted(in_order(runs), key=lambda run: run.spec.setting.model_dump_json())
    for _, group in groupby(ordered, key=lambda run: run.spec.setting):
        yield list(group)


def _figure(
    tier: Tier, runs: Sequence[Rerun], what: str, found: Share | Mean | Contrast, *, holds: bool
) -> Evidence:
    difference = isinstance(found, Contrast)
    return Evidence(
        tier=tier,
        what=what,
        value=found.difference if isinstance(found, Contrast) else found.value,
        unit="points" if difference else "share",
        n=found.n,
        interval=(found.interval.low, found.interval.high),
        holds=holds,
        settles=all(_settles(run) for run in runs),
        command=_evaluate(runs[0]) if len(runs) == 1 and not difference else SECTION_COMMAND,
    )


def _settles(run: Rerun) -> bool:
    """Whether it is one of the paper's models on the paper's data, traces included."""
    of_paper = registry.entry(run.spec.model).kind == "hub" and run.kind not in TOLD
    return of_paper and Source.parse(run.spec.source).kind in ("hub", "release")


def _evaluate(run: Rerun) -> str:
    folder = run.run.folder
    shown = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    return f"artifact evaluate --run {shown.as_posix()}"


def _one(run: Rerun) -> str:
    return f"{_setting(run.spec)}, seed {run.spec.seed}"


def _many(runs: Sequence[Rerun]) -> str:
    seeds = ", ".join(str(seed) for seed in sorted({run.spec.seed for run in runs}))
    return f"{_setting(runs[0].spec)}, seed{'s' if ',' in seeds else ''} {seeds}"


def _setting(spec: Spec) -> str:
    look_alikes = " look-alikes" if spec.source == "lookalike" else ""
    return (
        f"{spec.model} on {datasets.get(spec.dataset).title}{look_alikes}, recipe {spec.recipe}, "
        f"{spec.train or 'all'} trained on"
    )


def _named(kind: str) -> str:
    return f"{kind} ({RULE_MADE})" if kind in TOLD else kind
