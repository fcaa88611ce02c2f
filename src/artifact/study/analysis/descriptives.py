"""One group's ratings of one measure: participant means, distribution, intervals, reliability."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from artifact.study.analysis.findings import UndefinedError
from artifact.study.instrument.items import POINTS

Floats = npt.NDArray[np.float64]


def participant_means(ratings: pd.DataFrame) -> Floats:
    """Each participant's mean score, by participant.

    Args:
        ratings: columns participant and score, one row per rating.
    """
    return ratings.groupby("participant")["score"].mean().sort_index().to_numpy(float)


def item_scores(ratings: pd.DataFrame) -> Floats:
    """Participants x items: the mean score of an item over the problems.

    Participants who never answered one of the items are left out.
    """
    table = ratings.pivot_table(index="participant", columns="item", values="score")
    return table.dropna().to_numpy(float)


def point_counts(ratings: pd.DataFrame) -> tuple[int, ...]:
    """How often each point was given, 1 first."""
    counts = np.bincount(ratings["score"].to_numpy(int), minlength=POINTS + 1)
    return tuple(int(count) for count in counts[1:])


def bootstrap_interval(
    values: Floats,
    statistic: Callable[..., Floats],
    *,
    seed: Sequence[int],
    resamples: int,
    confidence: float,
) -> tuple[float, float]:
    """Percentile interval from resampling participants with all their ratings (scipy).

    Args:
        values: one value per participant.
        statistic: takes an array and `axis`, such as numpy.median.

    Raises:
        UndefinedError: fewer than two participants.
    """
    if len(values) < 2:
        raise UndefinedError("an interval needs two participants or more")
    outcome = stats.bootstrap(
        (values,),
        statistic,
        n_resamples=resamples,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    low, high = outcome.confidence_interval
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Alpha:
    """Cronbach's alpha of `items` items over `people` participants, with its interval."""

    alpha: float
    low: float
    high: float
    people: int
    items: int


def cronbach_alpha(scores: Floats, *, confidence: float = 0.95) -> Alpha:
    """Alpha with Feldt's exact interval.

    alpha = k / (k - 1) * (1 - sum of the items' variances / variance of the sum)
    (Cronbach 1951, Psychometrika 16); the interval is `feldt_interval`.

    Args:
        scores: people x items, reversed items re-coded, no gaps.
        confidence: of the interval.

    Raises:
        UndefinedError: fewer than two people or items, or every person has the same sum.
    """
    people, items = scores.shape
    if items < 2:
        raise UndefinedError("alpha needs two items or more")
    if people < 2:
        raise UndefinedError("alpha needs two participants or more")
    variance_of_sum = scores.sum(axis=1).var(ddof=1)
    if np.isclose(variance_of_sum, 0):
        raise UndefinedError("all participants have the same score")
    alpha = items / (items - 1) * (1 - scores.var(axis=0, ddof=1).sum() / variance_of_sum)
    low, high = feldt_interval(float(alpha), people, items, confidence=confidence)
    return Alpha(float(alpha), low, high, people, items)


def feldt_interval(
    alpha: float, people: int, items: int, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Limits of alpha: (1 - population alpha) / (1 - alpha) follows F(n - 1, (n - 1)(k - 1)).

    Feldt (1965), Psychometrika 30; formulas 6 and 7 of Feldt, Woodruff & Salih (1987),
    Applied Psychological Measurement 11. Exact for normal scores with parallel errors.
    """
    ratio = stats.f(people - 1, (people - 1) * (items - 1))
    tail = (1 - confidence) / 2
    return 1 - (1 - alpha) * float(ratio.ppf(1 - tail)), 1 - (1 - alpha) * float(ratio.ppf(tail))
