"""How each claim is judged: the figures that speak for or against it, and when it holds on them.

A claim's rule is a function listed in `RULES`; its docstring says in words when a figure holds.
The margin of 5 points was named beforehand. The rest was not blind: most figures were known when
the rules were written, and C2's second condition was added after its intervals had been seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from artifact.claims import read_by_eye, run_evidence
from artifact.claims.evidence import Cell, Evidence, Speaks, Tier, cells
from artifact.claims.published import COTEMP, MacroAccuracy, macro_accuracies
from artifact.claims.read_by_eye import Read
from artifact.claims.run_evidence import CLAIMS_COMMAND, CRITICAL_CHI2, association_figure
from artifact.claims.snapshot import ModelComparison, Snapshot
from artifact.datasets.release_records import R1_VARIANTS
from artifact.evaluation.answers import SCORERS
from artifact.evaluation.evaluation import Evaluation, Semantics
from artifact.evaluation.released import rules_of
from artifact.evaluation.reproduction import answer_by_trace
from artifact.evaluation.scored_runs import ScoredRun
from artifact.evaluation.statistics.association import Table, associate
from artifact.evaluation.statistics.paired import MARGIN, Contrast
from artifact.evaluation.statistics.proportions import Share, share

RELEASE_COMMAND = f"{CLAIMS_COMMAND} --release data/release"
"""Scores the release's outputs; without its option the flags that were read by eye are counted
anew, and what the release's result files print is read."""

PRINTED_MODEL: Cell = ("Qwen3-1.7B", COTEMP)
"""The model whose figure "28 %" is: its joint share is nearest to it, as released (27.2 %) and in
the stored matrix (27.5 %); that of the two other models is 19.6 and 47.2 %."""
PRINTED_SHARE = 0.28


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that a rule may look at: the release's figures, and our own runs."""

    snapshot: Snapshot
    runs: Sequence[ScoredRun]


Judged = tuple[list[Evidence], str]


class Rule(NamedTuple):
    """How a claim is judged.

    Attributes:
        judge: gives its evidence, and what is to be said about it.
        speaks: of all models, or of some.
        first: the model whose figure it is, on its dataset.
        not_testable: the part of the claim that can't be tested here, and without which the whole
            can't be called reproduced or not.
    """

    judge: Callable[[Findings], Judged]
    speaks: Speaks = "of all"
    first: Cell | None = None
    not_testable: str | None = None


def _c1(findings: Findings) -> Judged:
    """CoTemp QA, whose table has the printed figure; first Qwen3-1.7B, whose figure it is.

    As released it holds if the interval of the joint share (trace right and answer right, of all
    outputs) contains 28 %. Strictly it holds if most answers after a right trace are wrong: that is
    what a reader takes "correct traces led to correct solutions only for 28 %" to say.
    """
    joint, given = [], []
    for e in _runs(findings.snapshot, "correct", "released", COTEMP):
        found = share(e.table.right_ok or 0, _table(e).n)
        agrees = found.interval.low <= PRINTED_SHARE <= found.interval.high
        joint.append(_of_run(e, "A", "outputs with trace and answer right", found, holds=agrees))
    for e in _runs(findings.snapshot, "correct", "strict", COTEMP):
        right = e.table.right_ok or 0
        if ok := right + (e.table.wrong_ok or 0):
            found = share(right, ok)
            holds = found.interval.high < 0.5
            given.append(
                _of_run(e, "B", "right answers where the trace is right", found, holds=holds)
            )
    most = sum(e.value > 0.5 for e in given)
    return [*joint, *given, *run_evidence.right_given_trace_right(findings.runs)], (
        "The printed number is the share of all outputs in which trace and answer are both right, "
        f"as released, of {PRINTED_MODEL[0]}. Where the trace is right, most answers are right for "
        f"{most} of {len(given)} models."
    )


def _c2(findings: Findings) -> Judged:
    """Holds for a model if its incorrect-trace answers are neither shown to be worse than vanilla
    ones nor possibly worse by more than 5 points: the paired interval of vanilla minus incorrect
    reaches 0 and ends below the margin. It fails if the interval lies above 0, and is inconclusive
    otherwise.
    """
    evidence = []
    tiers: tuple[Tier, ...] = ("A", "B")
    for tier in tiers:
        for each in findings.snapshot.comparisons:
            scorer = "released" if tier == "A" else rules_of(each.dataset).strict_scorer
            pair = (each.contrast.first, each.contrast.second)
            wanted = each.scorer == scorer and pair == ("vanilla", "incorrect")
            if wanted and not _is_seed(each.model):
                evidence += _not_worse(each, tier)
    released, strict = cells(evidence, ("A",)), cells(evidence, ("B",))
    worse = sum(e.holds is False for e in evidence if e.tier == "B" and e.decides)
    pair = ("vanilla", "incorrect")
    return [*evidence, *run_evidence.against(findings.runs, [pair], claim="not worse")], (
        f"Models trained on incorrect traces are as good as vanilla ones, to within {_MARGIN}, in "
        f"{sum(released.values())} of {len(released)} cases as released and in "
        f"{sum(strict.values())} of {len(strict)} when wrong extra answers count; in {worse} they "
        "are then shown to be worse."
    )


def _not_worse(each: ModelComparison, tier: Tier) -> list[Evidence]:
    """The difference, which decides, and the equivalence test beside it."""
    c = each.contrast
    what = f"accuracy ({SCORERS[each.scorer].title}), vanilla minus incorrect"
    difference = Evidence(
        tier=tier,
        model=each.model,
        dataset=each.dataset,
        what=what,
        value=c.difference,
        unit="points",
        n=c.n,
        interval=(c.interval.low, c.interval.high),
        holds=run_evidence.not_worse(c.interval),
        command=RELEASE_COMMAND,
    )
    test = difference.model_copy(
        update={
            "what": f"{what}: equivalence within {_MARGIN}",
            "value": c.p_equivalence,
            "unit": "p",
            "interval": None,
            "holds": c.p_equivalence < 0.05,
            "decides": False,
        }
    )
    return [difference, test]


_MARGIN = f"{100 * MARGIN:.0f} points"


def _c3(findings: Findings) -> Judged:
    """Holds where chi-squared of answer right by trace right stays below the paper's threshold, or
    where a count is too small for it, where Fisher's exact p is 5 % or more. Under intervention it
    holds where a forced trace is not shown to move the answer.

    The release's own matrices come first; one decides where the outputs behind it are not stored.
    """
    stored = _stored_matrices(findings.snapshot)
    recomputed = _associations(findings.snapshot, "A", "released")
    strict = _associations(findings.snapshot, "B", "strict")
    above = sum(not e.holds for e in stored)
    associated = sum(not held for held in cells(strict, ("B",)).values())
    ours = [
        *run_evidence.independent(findings.runs),
        *run_evidence.after_forced_traces(findings.runs),
    ]
    return [*stored, *recomputed, *strict, *ours], (
        f"Of the release's {len(stored)} own matrices of correct-trace models, {above} exceed the "
        "paper's threshold. The release looks up gold steps in a row that shares an answer, which "
        "blurs the table. Scored against its own problem, a right trace goes with a right answer "
        f"for {associated} of {len(cells(strict, ('B',)))} models. Most of that is built in, since "
        "gold facts contain the answer; only an intervention on the trace can speak about cause."
    )


def _stored_matrices(snapshot: Snapshot) -> list[Evidence]:
    """The matrices answer by trace of correct-trace models, as the release stores them."""
    recomputed = cells(_associations(snapshot, "A", "released"), ("A",))
    found = []
    for each in snapshot.reproductions:
        if each.kind != "matrix" or each.run.variant != "correct":
            continue
        table = answer_by_trace(each.stored)
        i = associate(table).figures
        turned = ", right less often where the trace is right" if (i.phi or 0) < 0 else ""
        found.append(
            Evidence(
                tier=None,
                model=each.run.model,
                dataset=each.dataset,
                what=f"stored matrix, answer right by trace right, chi-squared{turned}",
                value=i.chi2 or 0.0,
                unit="chi2",
                n=table.n,
                interval=None,
                holds=(i.chi2 or 0.0) < CRITICAL_CHI2,
                decides=(each.run.model, each.dataset) not in recomputed,
                command=RELEASE_COMMAND,
            )
        )
    return sorted(found, key=lambda e: (e.dataset, e.model))


def _associations(snapshot: Snapshot, tier: Tier, semantics: Semantics) -> list[Evidence]:
    return [
        association_figure(
            e.independence,
            tier=tier,
            model=e.model,
            dataset=e.dataset,
            n=e.n,
            decides=True,
            command=_evaluate_command(e),
        )
        for e in _runs(snapshot, "correct", semantics)
        if e.independence.chi2 is not None
    ]


def _c4(findings: Findings) -> Judged:
    """Result files: holds for a model if R1 traces have the highest macro accuracy of all kinds.
    Outputs read by eye: if R1 traces give the most answers that are exactly gold, of the kinds
    that were read; where the outputs were fetched, the same of all of them, scored by code, which
    then decides. Our own runs: if rule-made verbose traces are shown to be better.
    """
    files = []
    for model, accuracies in _r1_subset().items():
        verbose = accuracies["verbose"]
        files.append(
            Evidence(
                tier=None,
                model=model,
                dataset=COTEMP,
                what="R1 subset, result files: macro accuracy with R1 traces",
                value=verbose.accuracy / 100,
                n=verbose.n,
                interval=(verbose.interval[0] / 100, verbose.interval[1] / 100),
                holds=verbose.accuracy == max(run.accuracy for run in accuracies.values()),
                command=CLAIMS_COMMAND,
            )
        )
    read = [row for model in read_by_eye.models() for row in _read_of(model)]
    pairs = [("verbose", "vanilla"), ("verbose", "correct")]
    none_begun = min(read_by_eye.reads("verbose"), key=lambda it: it.begun.value)
    scored = _r1_recomputed(findings.snapshot)
    ours = run_evidence.against(findings.runs, pairs, claim="better")
    return [*files, *scored, *read, *ours], _agreement_text(findings.snapshot) + (
        f"In the released result files R1 traces are best for {sum(bool(e.holds) for e in files)} "
        f"of {len(files)} models. Two of the four categories of the outputs behind them were read "
        "by eye: many stop at 500 tokens without an answer "
        f"({none_begun.model}: {none_begun.begun.right} of {none_begun.begun.n} begin one), and "
        "the released scoring then searches the unfinished trace, which mentions most names of "
        "the context. Of Qwen3-8B the outputs behind the earlier of two result files were read, "
        "while its accuracy above is the later one's. What these models would answer with room to "
        "finish is not known. The verbose traces of look-alikes are written by a rule, so no run "
        "of ours tests R1's."
    )


def _r1_recomputed(snapshot: Snapshot) -> list[Evidence]:
    """The share of answers that are exactly gold with R1 traces, where later commits' outputs of
    all categories were fetched for that model and another kind of trace on the same problems."""
    found = []
    for verbose in _runs_of(snapshot, "verbose"):
        others = [
            e
            for variant in R1_VARIANTS.values()
            if variant != "verbose"
            for e in _runs_of(snapshot, variant)
            if e.model == verbose.model and e.n == verbose.n
        ]
        if others:
            exact = share(round(verbose.answer.exact_set_micro * verbose.n), verbose.n)
            best = max(e.answer.exact_set_micro for e in others)
            what = f"R1 traces, answers exactly gold, of {len(others) + 1} kinds"
            holds = verbose.answer.exact_set_micro > best
            found.append(_of_run(verbose, "B", what, exact, holds=holds))
    return found


def _runs_of(snapshot: Snapshot, variant: str) -> list[Evaluation]:
    return [
        e
        for e in snapshot.evaluations
        if (e.dataset, e.variant, e.semantics) == (COTEMP, variant, "strict")
        and "n" not in e.notes
        and not _is_seed(e.model)
    ]


def _agreement_text(snapshot: Snapshot) -> str:
    """How far the flags read by eye agree with code, where the outputs were fetched."""
    if not snapshot.agreements:
        return ""
    rows = sum(each.n for each in snapshot.agreements)
    apart = sum(len(each.differing["strict_right"]) for each in snapshot.agreements)
    return f"Scored by code, {rows - apart} of {rows} outputs agree with what was read by eye. "


def _read_of(model: str) -> list[Evidence]:
    """What reading a model's outputs gives: the share that decides, and what is shown beside it."""
    kinds = read_by_eye.reads_of(model)
    verbose = kinds["verbose"]
    best = len(kinds) > 1 and verbose.exact.value > max(
        other.exact.value for kind, other in kinds.items() if kind != "verbose"
    )
    rows = [
        _of_reading(
            verbose,
            f"R1 traces, answers exactly gold (as released {100 * verbose.released:.1f} %)",
            verbose.exact,
            holds=best if len(kinds) > 1 else None,
            decides=len(kinds) > 1,
        ),
        _of_reading(verbose, "R1 traces, outputs that begin an answer", verbose.begun),
    ]
    for kind, other in kinds.items():
        if kind == "verbose":
            continue
        released = f"as released {100 * other.released:.1f} %"
        rows.append(_of_reading(other, f"{kind}, answers exactly gold ({released})", other.exact))
        rows.append(_of_pair(model, read_by_eye.paired(model, "verbose", kind)))
    return rows


def _of_reading(
    read: Read, what: str, found: Share, *, holds: bool | None = None, decides: bool = False
) -> Evidence:
    return Evidence(
        tier="R",
        model=read.model,
        dataset=COTEMP,
        what=f"{what}, read by eye in {read.categories}",
        value=found.value,
        n=found.n,
        interval=(found.interval.low, found.interval.high),
        holds=holds,
        decides=decides,
        command=CLAIMS_COMMAND,
    )


def _of_pair(model: str, c: Contrast) -> Evidence:
    return Evidence(
        tier="R",
        model=model,
        dataset=COTEMP,
        what=f"answers exactly gold, R1 traces minus {c.second}, read by eye on the same problems",
        value=c.difference,
        unit="points",
        n=c.n,
        interval=(c.interval.low, c.interval.high),
        holds=c.interval.low > 0,
        decides=False,
        command=CLAIMS_COMMAND,
    )


def _c5(_: Findings) -> Judged:
    return [], "Ratings, their spread and the item wording are not public."


def _c6(findings: Findings) -> Judged:
    """The second half, accuracy, by result files: holds for a model if decomposed traces are worse
    than R1 traces by more than the margin. Our own runs: if another trace type of the study is
    shown to be more accurate than decomposed (correct) traces.
    """
    files = decomposed_minus_r1()
    pairs = [(kind, "correct") for kind in ("verbose", "summary", "explanation")]
    return [*files, *run_evidence.against(findings.runs, pairs, claim="better")], (
        "Ratings are not public. In the result files decomposed traces are worse than R1 traces by "
        f"more than {_MARGIN} for {sum(bool(e.holds) for e in files)} of {len(files)} models, but "
        "their training data pair questions with conversations of other problems, and the "
        "R1 numbers are what C4 says of them."
    )


def decomposed_minus_r1() -> list[Evidence]:
    """By result files, model by model: macro accuracy with decomposed traces minus R1's."""
    files = []
    for model, accuracies in _r1_subset().items():
        decomposed, verbose = accuracies["correct"], accuracies["verbose"]
        difference = (decomposed.accuracy - verbose.accuracy) / 100
        half = ((_half(decomposed) ** 2 + _half(verbose) ** 2) ** 0.5) / 100
        files.append(
            Evidence(
                tier=None,
                model=model,
                dataset=COTEMP,
                what="R1 subset, result files: macro accuracy, decomposed minus R1 traces",
                value=difference,
                unit="points",
                n=verbose.n,
                interval=(difference - half, difference + half),
                holds=difference + half < -MARGIN,
                command=CLAIMS_COMMAND,
            )
        )
    return files


def _c7(_: Findings) -> Judged:
    return [], "It rests on C3 to C6."


RATINGS = "Ratings are not public."

RULES: Mapping[str, Rule] = {
    "C1": Rule(_c1, first=PRINTED_MODEL),
    "C2": Rule(_c2, speaks="of some"),
    "C3": Rule(_c3),
    "C4": Rule(_c4),
    "C5": Rule(_c5),
    "C6": Rule(_c6, not_testable=RATINGS),
    "C7": Rule(_c7),
}


def _r1_subset() -> dict[str, dict[str, MacroAccuracy]]:
    """Model -> kind of trace -> macro accuracy on the R1 subset, by the later of two files."""
    found: dict[str, dict[str, MacroAccuracy]] = {}
    for run in macro_accuracies(r1_subset=True):
        if not run.run.endswith("earlier files"):
            found.setdefault(run.model, {})[run.variant] = run
    return dict(sorted(found.items()))


def _half(run: MacroAccuracy) -> float:
    """Half the width of its interval, in percent."""
    return (run.interval[1] - run.interval[0]) / 2


def _is_seed(model: str) -> bool:
    """Whether `model` names a repetition with a seed (``MODEL@SEED``), not a further model."""
    return "@" in model


def _table(e: Evaluation) -> Table:
    t = e.table
    return Table(t.right_ok or 0, t.right_not or 0, t.wrong_ok or 0, t.wrong_not or 0)


def _runs(
    snapshot: Snapshot, variant: str, semantics: Semantics, dataset: str | None = None
) -> list[Evaluation]:
    """Runs with all categories, whose tables mean what the paper's mean."""
    return [
        e
        for e in snapshot.evaluations
        if (e.variant, e.semantics) == (variant, semantics)
        and dataset in (None, e.dataset)
        and not _is_seed(e.model)
        and e.table.right_ok is not None
        and "n" not in e.notes
    ]


def _of_run(e: Evaluation, tier: Tier, what: str, found: Share, *, holds: bool) -> Evidence:
    return Evidence(
        tier=tier,
        model=e.model,
        dataset=e.dataset,
        what=what,
        value=found.value,
        n=found.n,
        interval=(found.interval.low, found.interval.high),
        holds=holds,
        command=_evaluate_command(e),
    )


def _evaluate_command(e: Evaluation) -> str:
    return (
        f"artifact evaluate --dataset {e.dataset} --release data/release --model {e.model} "
        f"--variant {e.variant} --semantics {e.semantics}"
    )
