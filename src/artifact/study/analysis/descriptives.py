"""What one group said: its participants' means, its points, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from artifact.study.analysis.undefined import UndefinedError
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

    Participants who left an item out on every problem are not in it.
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
