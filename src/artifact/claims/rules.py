"""How each claim is judged: the figures that speak for or against it, and when it holds on them.

A claim's rule is a function listed in `RULES`; its docstring says in words when a figure holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from artifact.claims import run_evidence
from artifact.claims.evidence import Evidence, Quantifier, Tier
from artifact.claims.published import macro_accuracies
from artifact.claims.run_evidence import association_figure
from artifact.claims.snapshot import ModelComparison, Snapshot
from artifact.evaluation.evaluation import Evaluation, Semantics
from artifact.evaluation.released import rules_of
from artifact.evaluation.scored_runs import ScoredRun
from artifact.evaluation.statistics.proportions import Share, share

COMPARE_COMMAND = "artifact claims --release DIR"


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a rule may look at: the release's figures, and our own runs."""

    snapshot: Snapshot
    runs: Sequence[ScoredRun]


Judged = tuple[list[Evidence], str]


class Rule(NamedTuple):
    """How a claim is judged: its evidence, and whether one figure is enough."""

    judge: Callable[[Findings], Judged]
    holds_if: Quantifier = all


def _c1(findings: Findings) -> Judged:
    """CoTemp QA, whose table the printed figure is of. As released it holds if the joint share's
    interval holds 28 %; strictly if most answers after a right trace are wrong."""
    evidence = []
    for e in _runs(findings.snapshot, "correct", "released", "cotempqa"):
        joint = share(e.table.right_ok or 0, sum(c or 0 for c in e.table.model_dump().values()))
        what = "share of all outputs with trace and answer right"
        agrees = joint.interval.low <= PRINTED_SHARE <= joint.interval.high
        evidence.append(_of_run(e, "A", what, joint, holds=agrees))
    strict = []
    for e in _runs(findings.snapshot, "correct", "strict", "cotempqa"):
        right = e.table.right_ok or 0
        if ok := right + (e.table.wrong_ok or 0):
            given = share(right, ok)
            what = "share of right answers where the trace is right"
            strict.append(_of_run(e, "B", what, given, holds=given.interval.high < 0.5))
    most = sum(e.value > 0.5 for e in strict)
    return [*evidence, *strict, *run_evidence.right_given_trace_right(findings.runs)], (
        "The printed figure is the share of all outputs in which trace and answer are both right. "
        f"Where the trace is right, most answers are right for {most} of {len(strict)} models."
    )


PRINTED_SHARE = 0.28


def _c2(findings: Findings) -> Judged:
    """Holds for a model if its incorrect-trace answers are not shown to be worse than vanilla
    ones: the paired interval of vanilla minus incorrect reaches 0. For our own runs the same, and
    against correct traces too."""
    tiers: tuple[Tier, ...] = ("A", "B")
    evidence = [
        _of_comparison(each, tier)
        for tier in tiers
        for each in findings.snapshot.comparisons
        if each.scorer == ("released" if tier == "A" else rules_of(each.dataset).strict_scorer)
        and (each.contrast.first, each.contrast.second) == ("vanilla", "incorrect")
    ]
    level = {tier: [e for e in evidence if e.tier == tier and e.holds] for tier in ("A", "B")}
    models = len(evidence) // 2
    pairs = [("vanilla", "incorrect"), ("correct", "incorrect")]
    return [*evidence, *run_evidence.against(findings.runs, pairs, claim="not worse")], (
        f"Of {models} stored incorrect-trace models, {len(level['A'])} are not shown to be worse "
        f"than vanilla when scored as released, and {len(level['B'])} when extra answers count."
    )


def _c3(findings: Findings) -> Judged:
    """Holds where chi-squared of answer right by trace right stays below the paper's threshold, or
    where a count is too small for it, where Fisher's exact p is 5 % or more. Under intervention it
    holds where a forced trace is not shown to move the answer."""
    tiers: tuple[tuple[Tier, Semantics], ...] = (("A", "released"), ("B", "strict"))
    evidence = [
        _of_association(e, tier)
        for tier, semantics in tiers
        for e in _runs(findings.snapshot, "correct", semantics)
        if e.independence.chi2 is not None
    ]
    strict = [e for e in evidence if e.tier == "B"]
    associated = sum(not e.holds for e in strict)
    associations = run_evidence.independent(findings.runs)
    interventions = run_evidence.after_forced_traces(findings.runs)
    return [*evidence, *associations, *interventions], (
        "The release looks up gold steps in a row that shares an answer, which blurs the table. "
        "Scored against its own problem, a right trace goes with a right answer for "
        f"{associated} of {len(strict)} models. Most of that is built in, since gold facts contain "
        "the answer; only an intervention on the trace could speak about cause."
    )


def _c4(findings: Findings) -> Judged:
    """Result files: holds for a model if R1 traces have the highest macro accuracy. Our own runs:
    if rule-made verbose traces are shown to be better than the other kind."""
    evidence = []
    runs = [r for r in macro_accuracies(r1_subset=True) if not r.run.endswith("earlier files")]
    for model in sorted({run.model for run in runs}):
        by_variant = {run.variant: run for run in runs if run.model == model}
        verbose = by_variant["verbose"]
        evidence.append(
            Evidence(
                tier=None,
                what=f"{model} on cotempqa, R1 subset: macro accuracy with R1 traces",
                value=verbose.accuracy / 100,
                n=verbose.n,
                interval=(verbose.interval[0] / 100, verbose.interval[1] / 100),
                holds=verbose.accuracy == max(run.accuracy for run in by_variant.values()),
                command="artifact run --section sft_variants",
            )
        )
    best = sum(e.holds for e in evidence)
    pairs = [("verbose", "vanilla"), ("verbose", "correct")]
    return [*evidence, *run_evidence.against(findings.runs, pairs, claim="better")], (
        "No outputs of these runs are stored, so nothing can be recomputed. In the released result "
        f"files R1 traces are best for {best} of {len(evidence)} models. The verbose traces of "
        "look-alikes are written by a rule, so no run of ours tests R1's."
    )


def _c5(_: Findings) -> Judged:
    return [], "Ratings, their spread and the item wording are not public."


def _c6(findings: Findings) -> Judged:
    """Our own runs speak of its second half: holds where another trace type of the study is shown
    to be more accurate than decomposed (correct) traces."""
    pairs = [(kind, "correct") for kind in ("verbose", "summary", "explanation")]
    return run_evidence.against(findings.runs, pairs, claim="better"), (
        "Ratings are not public. The accuracies of decomposed traces on the R1 subset are result "
        "files only, from training data that look broken."
    )


def _c7(_: Findings) -> Judged:
    return [], "A recommendation: it rests on C3 to C6."


RULES: Mapping[str, Rule] = {
    "C1": Rule(_c1),
    "C2": Rule(_c2, holds_if=any),
    "C3": Rule(_c3),
    "C4": Rule(_c4),
    "C5": Rule(_c5),
    "C6": Rule(_c6),
    "C7": Rule(_c7),
}


def _runs(
    snapshot: Snapshot, variant: str, semantics: Semantics, dataset: str | None = None
) -> list[Evaluation]:
    """Runs with all categories, whose tables mean what the paper's mean."""
    return [
        e
        for e in snapshot.evaluations
        if (e.variant, e.semantics) == (variant, semantics)
        and dataset in (None, e.dataset)
        and e.table.right_ok is not None
        and "n" not in e.notes
    ]


def _of_run(e: Evaluation, tier: Tier, what: str, found: Share, *, holds: bool) -> Evidence:
    return Evidence(
        tier=tier,
        what=f"{e.model} on {e.dataset}: {what}",
        value=found.value,
        n=found.n,
        interval=(found.interval.low, found.interval.high),
        holds=holds,
        command=_evaluate_command(e),
    )


def _of_association(e: Evaluation, tier: Tier) -> Evidence:
    return association_figure(
        e.independence,
        tier=tier,
        what=f"{e.model} on {e.dataset}",
        n=e.n,
        settles=True,
        command=_evaluate_command(e),
    )


def _of_comparison(each: ModelComparison, tier: Tier) -> Evidence:
    c = each.contrast
    return Evidence(
        tier=tier,
        what=f"{each.model} on {each.dataset}: "
        f"accuracy, {c.first} minus {c.second} ({each.scorer})",
        value=c.difference,
        unit="points",
        n=c.n,
        interval=(c.interval.low, c.interval.high),
        holds=c.interval.low <= 0,
        command=COMPARE_COMMAND,
    )


def _evaluate_command(e: Evaluation) -> str:
    return (
        f"artifact evaluate --dataset {e.dataset} --release DIR --model {e.model} "
        f"--variant {e.variant} --semantics {e.semantics}"
    )
