"""Evidence of tiers C and D: what models trained with this repository say about a claim.

The runs are the reference runs, which are of a small model, most of them on look-alikes, so none of
their figures decides a claim about the paper's models; and runs made here of one of those models on
the paper's data, which do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from artifact.claims.evidence import Evidence, Tier
from artifact.common.paths import ROOT
from artifact.datasets.sources import Source
from artifact.decomposition.traces import KINDS
from artifact.evaluation.scored_runs import ScoredRun, by_setting, of_paper
from artifact.evaluation.statistics import pooled
from artifact.evaluation.statistics.association import Independence
from artifact.evaluation.statistics.paired import MARGIN, Contrast
from artifact.evaluation.statistics.pooled import Mean
from artifact.evaluation.statistics.proportions import Interval, Share, share
from artifact.sft.forced_traces import FORCED, Forced
from artifact.sft.spec import DEFAULT_RECIPE

CRITICAL_CHI2 = 3.841
"""5 % point of chi-squared at 1 degree of freedom, the paper's threshold."""

CLAIMS_COMMAND = "artifact claims"
"""The command for a number that no single run gives; the ledger adds its row."""
OVER_RUNS = " (interval over problems and runs)"
"""Ends the words for a difference whose interval accounts for several training runs."""
RULE_MADE = "rule-made, not R1's"
"""Marks narrated kinds of trace, since the problems do not come with R1's own."""

INTERVENED: tuple[tuple[Forced, Forced], ...] = (("correct", "misleading"), ("correct", "other"))
"""Pairs of forced traces whose difference says whether the answer depends on the trace."""


def right_given_trace_right(runs: Sequence[ScoredRun]) -> list[Evidence]:
    """C1, tier C, one figure per run: holds if most answers after a right trace are wrong."""
    found = []
    for run in _of_kind(runs, "correct"):
        table = run.evaluation.table
        right = table.right_ok or 0
        if ok := right + (table.wrong_ok or 0):
            given = share(right, ok)
            what = "share of right answers where the trace is right"
            holds = given.interval.high < 0.5
            found.append(_figure("C", [run], f"{_one(run)}: {what}", given, holds=holds))
    return found


def independent(runs: Sequence[ScoredRun]) -> list[Evidence]:
    """C3, tier C, one figure per run: answer right by trace right, see `association_figure`."""
    return [
        association_figure(
            run.evaluation.independence,
            tier="C",
            model=run.spec.model_title,
            dataset=run.spec.dataset,
            run=_one(run),
            n=run.evaluation.n,
            decides=of_paper(run.spec),
            command=_evaluate(run),
        )
        for run in _of_kind(runs, "correct")
        if run.evaluation.independence.chi2 is not None
    ]


def association_figure(
    figures: Independence,
    *,
    tier: Tier,
    model: str,
    dataset: str,
    n: int,
    decides: bool,
    command: str,
    run: str = "",
) -> Evidence:
    """Answer right by trace right: holds below the paper's threshold of chi-squared, or where a
    count is too small for it, where Fisher's exact p is 5 % or more.

    Args:
        run: what is to be said about a run made here, in words.
    """
    exact = not figures.testable and figures.fisher_p is not None
    value = (figures.fisher_p if exact else figures.chi2) or 0.0
    test = "Fisher's p" if exact else "chi-squared"
    return Evidence(
        tier=tier,
        model=model,
        dataset=dataset,
        what=f"{run}{': ' if run else ''}answer right by trace right, {test}",
        value=value,
        unit="p" if exact else "chi2",
        n=n,
        interval=None,
        holds=value >= 0.05 if exact else value < CRITICAL_CHI2,
        decides=decides,
        command=command,
    )


def against(
    runs: Sequence[ScoredRun], pairs: Sequence[tuple[str, str]], *, claim: str
) -> list[Evidence]:
    """Tier C, one figure per pair and dataset: accuracy of the first kind minus the second's.

    Args:
        pairs: kinds of trace.
        claim: "not worse" is judged as for the release's models (`not_worse`); "better" holds if
            the first kind is shown to be better (the interval lies above 0).
    """
    found = []
    for group in by_setting(runs):
        kinds = {kind: _of_kind(group, kind) for pair in pairs for kind in pair}
        rights = {kind: [run.rights for run in of_kind] for kind, of_kind in kinds.items()}
        for contrast in pooled.contrasts(rights, pairs):
            what = f"accuracy, {_named(contrast.first)} minus {_named(contrast.second)}"
            interval = contrast.judged
            holds = interval.low > 0 if claim == "better" else not_worse(interval)
            both = [*kinds[contrast.first], *kinds[contrast.second]]
            found.append(_figure("C", both, f"{_many(both)}: {what}", contrast, holds=holds))
    return found


def not_worse(interval: Interval) -> bool | None:
    """Whether a kind of trace is not worse than vanilla, by the interval of vanilla minus it: no
    if that lies above 0; yes if it reaches 0 and ends below the margin; else it is inconclusive."""
    return False if interval.low > 0 else True if interval.high < MARGIN else None


def after_forced_traces(runs: Sequence[ScoredRun]) -> list[Evidence]:
    """C3, tier D, of models trained on correct traces: holds if accuracy is not shown to differ
    between two forced traces, and if most answers do not go where a misleading trace points."""
    found = []
    for group in by_setting(runs):
        asked = [run for run in _of_kind(group, "correct") if run.forced]
        rights = {
            str(trace): [run.rights_after(trace) for run in asked if trace in run.forced]
            for trace in FORCED
        }
        for contrast in pooled.contrasts(rights, INTERVENED, same_runs=True):
            what = f"{_AFTER[contrast.first]} minus {_AFTER[contrast.second]}"
            holds = contrast.judged.low <= 0 <= contrast.judged.high
            what = f"{_many(asked)}, trained on correct traces: accuracy {what}"
            found.append(_figure("D", asked, what, contrast, holds=holds))
        followed = pooled.mean([run.followed("misleading") for run in asked])
        if followed is not None:
            what = f"{_many(asked)}, trained on correct traces: answers that go where a misleading"
            what += " trace points"
            holds = followed.interval.high < 0.5
            found.append(_figure("D", asked, what, followed, holds=holds))
    return found


_AFTER: Mapping[str, str] = {
    "correct": "after a forced correct trace",
    "misleading": "after a misleading one",
    "other": "after another problem's",
}


def _of_kind(runs: Sequence[ScoredRun], kind: str) -> list[ScoredRun]:
    return [run for run in runs if run.kind == kind]


def _figure(
    tier: Tier,
    runs: Sequence[ScoredRun],
    what: str,
    found: Share | Mean | Contrast,
    *,
    holds: bool | None,
) -> Evidence:
    difference = isinstance(found, Contrast)
    over = OVER_RUNS if isinstance(found, Contrast) and found.over_runs else ""
    interval = found.judged if isinstance(found, Contrast) else found.interval
    return Evidence(
        tier=tier,
        model=runs[0].spec.model_title,
        dataset=runs[0].spec.dataset,
        what=f"{what}{over}",
        value=found.difference if isinstance(found, Contrast) else found.value,
        unit="points" if difference else "share",
        n=found.n,
        interval=(interval.low, interval.high),
        holds=holds,
        decides=all(of_paper(run.spec) for run in runs),
        command=CLAIMS_COMMAND
        if len(runs) > 1 or difference or tier == "D"
        else _evaluate(runs[0]),
    )


def _evaluate(run: ScoredRun) -> str:
    folder = run.run.folder
    shown = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    return f"artifact evaluate --run {shown.as_posix()}"


def _one(run: ScoredRun) -> str:
    return f"{setting(run)}, seed {run.spec.seed}"


def _many(runs: Sequence[ScoredRun]) -> str:
    seeds = ", ".join(str(seed) for seed in sorted({run.spec.seed for run in runs}))
    return f"{setting(runs[0])}, seed{'s' if ',' in seeds else ''} {seeds}"


def setting(run: ScoredRun) -> str:
    """What runs that differ in kind of trace and seed have in common, in words; the recipe is named
    if it is not the default one."""
    spec = run.spec
    source = Source.parse(spec.source)
    if source.kind == "lookalike":
        problems = f"look-alikes of size {source.place}" if source.place else "look-alikes"
    else:
        problems = "the release's problems" if source.kind == "release" else source.kind
    made = "made here, " if run.made == "here" else ""
    passes = f" for {spec.optimisation.epochs} epochs" if spec.optimisation.epochs > 1 else ""
    recipe = "" if spec.recipe == DEFAULT_RECIPE else f", recipe {spec.recipe}"
    trained = f"{spec.train:,}" if spec.train else "all"
    return f"{made}{problems}{recipe}, {trained} training problems{passes}"


def _named(kind: str) -> str:
    return f"{kind} ({RULE_MADE})" if KINDS[kind].narrated else kind
