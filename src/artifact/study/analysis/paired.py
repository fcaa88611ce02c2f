"""Comparisons within people: everyone rated every trace type, so each is their own control.

The counterparts of `comparisons` and `models` for the within-subjects design. All take one score
per person and trace type, the people in the same order; those who have not rated all are left out.
People differ in how they use a scale, and here that difference cancels: the same number of people
detects a smaller effect. Order does not cancel: each person's order of problems is drawn at
random, and effects of having seen other trace types before are not modelled.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from artifact.common.p_values import holm
from artifact.study.analysis.comparisons import (
    LEVEL,
    MARGIN,
    Equivalence,
    Omnibus,
    PairTest,
    RankEffect,
    Scores,
)
from artifact.study.analysis.findings import UndefinedError
from artifact.study.analysis.models import Floats, ModelFit, fit_random_intercept, inference

RESAMPLES = 2_000
"""Bootstrap resamples for the interval of the rank-biserial correlation."""


def complete_means(ratings: pd.DataFrame, groups: Sequence[str]) -> dict[str, Scores]:
    """By group, the mean score of each person who rated in all groups, people in one order."""
    table = ratings.pivot_table(index="participant", columns="group", values="score")
    whole = table.reindex(columns=list(groups)).dropna().sort_index()
    return {group: whole[group].to_numpy(float) for group in groups}


def friedman(groups: Mapping[str, Scores]) -> Omnibus:
    """Friedman's test, corrected for ties (scipy).

    Raises:
        UndefinedError: fewer than three groups or two people, or nobody tells the groups apart.
    """
    _need_people(groups)
    if len(groups) < 3:
        raise UndefinedError("Friedman's test needs three trace types; see the pair")
    table = np.column_stack(list(groups.values()))
    if (np.ptp(table, axis=1) == 0).all():
        raise UndefinedError("everyone scored all trace types alike")
    outcome = stats.friedmanchisquare(*table.T)
    return Omnibus(float(outcome.statistic), (len(groups) - 1,), float(outcome.pvalue))


def signed_ranks(groups: Mapping[str, Scores]) -> dict[tuple[str, str], PairTest]:
    """Wilcoxon's signed-rank test of every pair (scipy), without and with Holm's correction.

    Differences of zero keep their ranks and count for neither side (Pratt 1959). A pair that
    nobody tells apart has p = 1.

    Raises:
        UndefinedError: fewer than two groups or people.
    """
    _need_people(groups)
    pairs = list(combinations(groups, 2))
    alone = [_signed_rank_p(groups[first] - groups[second]) for first, second in pairs]
    return {
        pair: PairTest(p, corrected)
        for pair, p, corrected in zip(pairs, alone, holm(alone), strict=True)
    }


def _signed_rank_p(differences: Scores) -> float:
    if not differences.any():
        return 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few people or many ties: the normal approximation
        return float(stats.wilcoxon(differences, zero_method="pratt").pvalue)


def rank_biserial(first: Scores, second: Scores, *, confidence: float = 0.95) -> RankEffect:
    """The matched-pairs rank-biserial correlation: how one-sided the signed ranks are, -1 to 1.

    Sum of the ranks of positive differences minus that of negative ones, over both together
    (Kerby 2014, Compr. Psychol. 3; zeros as in `signed_ranks`), with a percentile interval from
    resampling people with a fixed seed.

    Raises:
        UndefinedError: fewer than two people, or nobody tells the two apart.
    """
    differences = first - second
    if len(differences) < 2:
        raise UndefinedError("the correlation needs two participants or more")
    if not differences.any():
        raise UndefinedError("everyone scored the two alike")
    rng = np.random.default_rng(0)
    drawn = differences[rng.integers(0, len(differences), (RESAMPLES, len(differences)))]
    resampled = _one_sidedness(drawn)
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return RankEffect(
        float(_one_sidedness(differences[None])[0]), float(resampled.var()), float(low), float(high)
    )


def _one_sidedness(differences: Floats) -> Floats:
    """Of each row; 0 where all differences are zero."""
    ranks = stats.rankdata(np.abs(differences), axis=1)
    up, down = ((ranks * (sign * differences > 0)).sum(axis=1) for sign in (1, -1))
    return np.asarray((up - down) / np.maximum(up + down, 1))


def equivalence(first: Scores, second: Scores, *, margin: float = MARGIN) -> Equivalence:
    """Two one-sided t tests on each person's difference (statsmodels).

    Raises:
        UndefinedError: fewer than two people, or all differ by the same.
    """
    differences = first - second
    if len(differences) < 2:
        raise UndefinedError("equivalence needs two participants or more")
    if np.isclose(np.ptp(differences), 0):
        raise UndefinedError("everyone differs by the same")
    of_differences = DescrStatsW(differences)
    p = of_differences.ttost_mean(-margin, margin)[0]
    low, high = of_differences.tconfint_mean(alpha=2 * LEVEL)
    return Equivalence(margin, float(differences.mean()), float(low), float(high), float(p))


def mixed_model(
    ratings: pd.DataFrame, groups: Sequence[str], *, confidence: float = 0.95
) -> ModelFit:
    """Linear model with a random intercept per person, of one mean per person and trace type.

    One mean, because one person's ratings of one trace type are correlated: ten of them must not
    count as ten people. Problem effects are removed first, since each person sees a trace type
    with only some of the problems. The t and F tests have (people - 1) times (groups - 1)
    degrees of freedom; the F test is that of an analysis of variance with repeated measures.

    Args:
        ratings: columns participant, group, problem and score, one row per rating.
        groups: the groups compared, the reference first.
        confidence: level of the intervals.

    Raises:
        UndefinedError: fewer than two groups or people, no person's means vary, or the fit does
            not converge.
    """
    cells = adjusted_means(ratings, groups)
    people = cells["participant"].nunique()
    if len(groups) < 2 or people < 2:
        raise UndefinedError("a comparison needs two trace types and two participants or more")
    estimates, covariance = fit_random_intercept(cells, groups)
    df = float((people - 1) * (len(groups) - 1))
    return inference(estimates, covariance, groups, df, confidence)


def adjusted_means(ratings: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """The mean score of each person and trace type, with problem effects removed.

    People who have not rated all trace types are left out. Problem effects are estimated jointly
    with those of people and trace types; where the three cannot be separated (each problem was
    seen with one trace type only), nothing is removed.

    Returns:
        Columns participant, group and score.
    """
    own = ratings[ratings["group"].isin(list(groups))]
    seen = own.groupby("participant")["group"].nunique()
    own = own[own["participant"].isin(seen.index[seen == len(groups)])]
    pages = own.groupby(["participant", "group", "problem"], as_index=False)["score"].mean()
    columns = [
        (pages[name] == value).to_numpy(float)
        for name in ("problem", "group", "participant")
        for value in sorted(set(pages[name]))[1:]
    ]
    design = np.column_stack([np.ones(len(pages)), *columns])
    problems = pages["problem"].nunique() - 1
    score = pages["score"].to_numpy(float)
    if problems > 0 and np.linalg.matrix_rank(design) == design.shape[1]:
        effects = np.linalg.lstsq(design, score, rcond=None)[0][1 : problems + 1]
        added = design[:, 1 : problems + 1] @ effects
        pages["score"] = score - (added - added.mean())
    cells: pd.DataFrame = pages.groupby(["participant", "group"], as_index=False)["score"].mean()
    return cells


def _need_people(groups: Mapping[str, Scores]) -> None:
    if len(groups) < 2:
        raise UndefinedError("a comparison needs two groups or more")
    if min(map(len, groups.values())) < 2:
        raise UndefinedError("a comparison needs two participants who rated all trace types")
