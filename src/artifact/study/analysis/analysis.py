"""From a file of ratings to every figure of the study.

The order is fixed: read and check the ratings, apply the exclusion rules, then analyse the
participants kept and, beside them, everyone. Tests of pairs are corrected for their number
within a measure (Holm); measures are not corrected for each other, and each equivalence test
stands for a claim of its own.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.study.analysis import comparisons, descriptives, guessing, models, paired, people
from artifact.study.analysis.comparisons import PairTest, Scores
from artifact.study.analysis.exclusions import Exclusions, Rules, apply_rules
from artifact.study.analysis.findings import (
    INTERPRETABILITY_SCORE,
    MEASURES,
    Comprehension,
    ContrastFindings,
    EquivalenceFindings,
    Estimate,
    GroupFindings,
    MeasureFindings,
    Meta,
    ModelFindings,
    PairFindings,
    RuleCount,
    Sample,
    StudyAnalysis,
    TestResult,
    UndefinedError,
)
from artifact.study.instrument.items import INTERPRETABILITY
from artifact.study.instrument.ratings import GROUPS, MARK, NOT_REACHED, Design, Ratings
from artifact.study.instrument.ratings_file import read_ratings

REFERENCE = "verbose"
"""The group that the models compare the others with: the paper's R1 traces."""

MODELS: Mapping[str, models.Model] = {
    "proportional odds": (models.proportional_odds, "log odds of a higher rating"),
    "linear mixed": (models.mixed_model, "scale points"),
}
WITHIN_MODELS: Mapping[str, models.Model] = {"linear mixed": (paired.mixed_model, "scale points")}


@dataclass(frozen=True, slots=True)
class _Tools:
    """The tests of one design: of people in groups, or of the same people under each trace type."""

    omnibus: Callable[[Mapping[str, Scores]], comparisons.Omnibus]
    pairs: Callable[[Mapping[str, Scores]], Mapping[tuple[str, str], PairTest]]
    effect: Callable[..., comparisons.RankEffect]
    equivalence: Callable[[Scores, Scores], comparisons.Equivalence]


TOOLS: Mapping[Design, _Tools] = {
    "between": _Tools(
        comparisons.kruskal_wallis,
        comparisons.dunn,
        comparisons.cliffs_delta,
        comparisons.equivalence,
    ),
    "within": _Tools(
        paired.friedman, paired.signed_ranks, paired.rank_biserial, paired.equivalence
    ),
}


@dataclass(frozen=True, slots=True)
class _Settings:
    seed: int
    resamples: int
    confidence: float
    simulated: bool
    design: Design

    @property
    def tools(self) -> _Tools:
        return TOOLS[self.design]

    @property
    def models(self) -> Mapping[str, models.Model]:
        return WITHIN_MODELS if self.design == "within" else MODELS


def analyse(
    ratings_csv: Path,
    *,
    seed: int = 20260401,
    resamples: int = 4_999,
    confidence: float = 0.95,
    rules: Rules | None = None,
    intake: Intake | None = None,
    design: Design = "between",
    demographics: Path | None = None,
    comprehension: Path | None = None,
) -> StudyAnalysis:
    """Analyse a file of ratings (layout: `artifact.study.instrument.ratings_file`).

    Args:
        ratings_csv: the file.
        seed: of the bootstrap; the same file and seed give the same figures.
        resamples: number of bootstrap resamples.
        confidence: level of all intervals except those of the equivalence tests (90 %).
        rules: thresholds of the exclusion rules.
        intake: what happens to a row that can't be used; None stops at the first.
        design: "within" where each person rated several trace types.
        demographics: what the participants said about themselves, to be counted
            (`artifact.study.instrument.answer_files`).
        comprehension: the answers that they expected, likewise.

    Raises:
        InputError: a file cannot be used, the message naming row and column; or its people rated
            one trace type each where the design says several.
    """
    rules, intake = rules or Rules(), intake or Intake()
    ratings = read_ratings(ratings_csv, intake, within=design == "within")
    if design == "within":
        _check_within(ratings, ratings_csv)
    settings = _Settings(seed, resamples, confidence, ratings.simulated, design)
    exclusions = apply_rules(ratings, rules)
    guesses = guessing.guesses_of(ratings, comprehension)
    everyone = _sample(ratings, guesses, settings)
    kept = everyone
    if exclusions.broken:
        kept = _sample(ratings.without(exclusions.broken), guesses, settings)
    return StudyAnalysis(
        meta=_meta(ratings, ratings_csv, settings, intake),
        rules=_rule_counts(ratings, rules, exclusions),
        left_out=_by_group(ratings, exclusions.broken),
        kept=kept,
        everyone=everyone,
        time_away=people.time_away(ratings),
        demographics=people.personal_counts(ratings, exclusions.broken, demographics),
    )


def _check_within(ratings: Ratings, path: Path) -> None:
    seen = ratings.frame.groupby("participant")["group"].nunique()
    if len(ratings.groups) > 1 and seen.max() == 1:
        cure = "use --design between, or -p design=between"
        raise InputError("everyone rated a single trace type", path=path, field="group", cure=cure)


def _meta(ratings: Ratings, path: Path, settings: _Settings, intake: Intake) -> Meta:
    missing = Counter(gap.group for gap in ratings.missing)
    return Meta(
        simulated=settings.simulated,
        mark=MARK if settings.simulated else None,
        design=settings.design,
        source=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        seed=settings.seed,
        resamples=settings.resamples,
        confidence=settings.confidence,
        problems=ratings.frame["problem"].nunique(),
        items=ratings.frame["item"].nunique(),
        missing_answers={group: missing[group] for group in ratings.groups}
        | ({NOT_REACHED: missing[NOT_REACHED]} if missing[NOT_REACHED] else {}),
        unusable_rows=tuple(left_out.reason for left_out in intake.left_out),
    )


def _rule_counts(ratings: Ratings, rules: Rules, found: Exclusions) -> tuple[RuleCount, ...]:
    return tuple(
        RuleCount(
            simulated=ratings.simulated,
            rule=rule,
            threshold=threshold,
            left_out=_by_group(
                ratings, [p for p, broken in found.broken.items() if rule in broken]
            ),
            not_judged=_by_group(ratings, found.not_judged[rule]),
            people_left_out=sum(rule in broken for broken in found.broken.values()),
            people_not_judged=len(found.not_judged[rule]),
        )
        for rule, threshold in rules.applied.items()
    )


def _by_group(ratings: Ratings, participants: Iterable[str]) -> dict[str, int]:
    seats = ratings.frame[["participant", "group"]].drop_duplicates()
    counts = Counter(seats["group"][seats["participant"].isin(set(participants))])
    return {group: counts[group] for group in ratings.groups}


def _sample(ratings: Ratings, guesses: pd.DataFrame, settings: _Settings) -> Sample:
    frame = ratings.frame
    guesses = guesses[guesses["participant"].isin(set(frame["participant"]))]
    sizes = frame.groupby("group")["participant"].nunique()
    parts = {measure: frame[frame["dimension"].isin(_dimensions(measure))] for measure in MEASURES}
    return Sample(
        simulated=settings.simulated,
        participants={group: int(sizes[group]) for group in ratings.groups},
        people=frame["participant"].nunique(),
        measures=tuple(
            _measure(name, part, [g for g in ratings.groups if g in set(part["group"])], settings)
            for name, part in parts.items()
            if not part.empty
        ),
        comprehension=None if guesses.empty else _comprehension(guesses, settings),
    )


def _comprehension(guesses: pd.DataFrame, settings: _Settings) -> Comprehension:
    groups = [group for group in GROUPS if group in set(guesses["group"])]
    return Comprehension(
        simulated=settings.simulated,
        groups=tuple(
            guessing.share_right(group, guesses[guesses["group"] == group], settings.confidence)
            for group in groups
        ),
        model=_model("logistic", guessing.MODEL, guesses, _reference_first(groups), settings),
    )


def _reference_first(groups: Sequence[str]) -> list[str]:
    reference = REFERENCE if REFERENCE in groups else groups[0]
    return [reference, *(group for group in groups if group != reference)]


def _dimensions(measure: str) -> tuple[str, ...]:
    return INTERPRETABILITY if measure == INTERPRETABILITY_SCORE else (measure,)


def _measure(
    name: str, ratings: pd.DataFrame, groups: Sequence[str], settings: _Settings
) -> MeasureFindings:
    by_group = {group: ratings[ratings["group"] == group] for group in groups}
    means = {group: descriptives.participant_means(part) for group, part in by_group.items()}
    compared = paired.complete_means(ratings, groups) if settings.design == "within" else means
    ordered = _reference_first(groups)
    return MeasureFindings(
        simulated=settings.simulated,
        measure=name,
        groups=tuple(
            _group(group, part, means[group], (MEASURES.index(name), order), settings)
            for order, (group, part) in enumerate(by_group.items())
        ),
        omnibus=_test(lambda: settings.tools.omnibus(compared)),
        pairs=_pairs(compared, settings),
        models=tuple(
            _model(model, how, ratings, ordered, settings) for model, how in settings.models.items()
        ),
    )


def _group(
    group: str, ratings: pd.DataFrame, means: Scores, place: tuple[int, int], settings: _Settings
) -> GroupFindings:
    def interval(statistic: Callable[..., Scores]) -> tuple[float, float]:
        return descriptives.bootstrap_interval(
            means,
            statistic,
            seed=(settings.seed, *place),
            resamples=settings.resamples,
            confidence=settings.confidence,
        )

    def alpha() -> Estimate:
        scores = descriptives.item_scores(ratings)
        found = descriptives.cronbach_alpha(scores, confidence=settings.confidence)
        return Estimate(value=found.alpha, low=found.low, high=found.high)

    return GroupFindings(
        simulated=settings.simulated,
        group=group,
        participants=len(means),
        ratings=len(ratings),
        median=_with_limits(float(np.median(means)), lambda: interval(np.median)),
        mean=_with_limits(float(means.mean()), lambda: interval(np.mean)),
        distribution=descriptives.point_counts(ratings),
        items=ratings["item"].nunique(),
        alpha=_estimate(alpha),
    )


def _pairs(means: Mapping[str, Scores], settings: _Settings) -> tuple[PairFindings, ...]:
    try:
        tests = settings.tools.pairs(means)
    except UndefinedError:
        tests = {}  # the reason is given with the omnibus test, which needs the same
    return tuple(
        PairFindings(
            simulated=settings.simulated,
            first=first,
            second=second,
            p=tests[first, second].p if tests else None,
            p_holm=tests[first, second].p_holm if tests else None,
            effect=_effect(means[first], means[second], settings),
            equivalence=_equivalence(means[first], means[second], settings),
        )
        for first, second in combinations(means, 2)
    )


def _effect(first: Scores, second: Scores, settings: _Settings) -> Estimate:
    def compute() -> Estimate:
        found = settings.tools.effect(first, second, confidence=settings.confidence)
        return Estimate(value=found.value, low=found.low, high=found.high)

    return _estimate(compute)


def _equivalence(first: Scores, second: Scores, settings: _Settings) -> EquivalenceFindings:
    try:
        found = settings.tools.equivalence(first, second)
    except UndefinedError as reason:
        return EquivalenceFindings(
            margin=comparisons.MARGIN, difference=Estimate(), because=str(reason)
        )
    return EquivalenceFindings(
        margin=found.margin,
        difference=Estimate(value=found.difference, low=found.low, high=found.high),
        p=found.p,
        equivalent=found.p < comparisons.LEVEL,
    )


def _model(
    name: str,
    how: models.Model,
    ratings: pd.DataFrame,
    groups: Sequence[str],
    settings: _Settings,
) -> ModelFindings:
    fit_model, unit = how
    try:
        fit = fit_model(ratings, groups, confidence=settings.confidence)
    except UndefinedError as reason:
        return ModelFindings(
            simulated=settings.simulated,
            model=name,
            unit=unit,
            test=TestResult(because=str(reason)),
            contrasts=(),
        )
    return ModelFindings(
        simulated=settings.simulated,
        model=name,
        unit=unit,
        test=TestResult(statistic=fit.statistic, df=fit.df, p=fit.p),
        contrasts=tuple(
            ContrastFindings(
                simulated=settings.simulated,
                group=contrast.group,
                reference=contrast.reference,
                estimate=Estimate(value=contrast.estimate, low=contrast.low, high=contrast.high),
                p=contrast.p,
            )
            for contrast in fit.contrasts
        ),
    )


def _test(compute: Callable[[], comparisons.Omnibus]) -> TestResult:
    try:
        found = compute()
    except UndefinedError as reason:
        return TestResult(because=str(reason))
    return TestResult(statistic=found.statistic, df=found.df, p=found.p)


def _estimate(compute: Callable[[], Estimate]) -> Estimate:
    try:
        return compute()
    except UndefinedError as reason:
        return Estimate(because=str(reason))


def _with_limits(value: float, limits: Callable[[], tuple[float, float]]) -> Estimate:
    """A value that is always defined, with limits that may be undefined."""
    try:
        low, high = limits()
    except UndefinedError as reason:
        return Estimate(value=value, because=str(reason))
    return Estimate(value=value, low=low, high=high)
