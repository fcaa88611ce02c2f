"""Models of the single ratings that respect who gave them.

`proportional_odds` takes ratings as ordered points and nothing more; `mixed_model` takes them as
numbers and serves as a check. Both compare each group with a reference group and both count
people, not ratings: the first through a covariance that sums over a participant's ratings, the
second through a random intercept of the participant. Each treats the problems shown as given,
so their answer is about other people and not about other problems.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.genmod.generalized_estimating_equations import OrdinalGEE
from statsmodels.regression.mixed_linear_model import MixedLM

from artifact.study.undefined import UndefinedError

Floats = npt.NDArray[np.float64]

LARGEST_LOG_ODDS = 12.0
"""Beyond it (one in 160,000) the groups' ratings do not overlap and the estimate runs off to
infinity, though the algorithm may stop on the way."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """One group against the reference: log odds of a higher rating, or scale points."""

    group: str
    reference: str
    estimate: float
    standard_error: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class ModelFit:
    """A fitted model: an F test of "no group differs" and each group against the reference."""

    statistic: float
    df: tuple[float, float]
    p: float
    contrasts: tuple[Contrast, ...]


def proportional_odds(
    ratings: pd.DataFrame, groups: Sequence[str], *, confidence: float = 0.95
) -> ModelFit:
    """Cumulative logit model by generalised estimating equations, clustered by participant.

    With working independence the estimates are those of maximum likelihood (statsmodels
    OrderedModel). The covariance is Mancl & DeRouen's (2001, Biometrics 57): the plain sandwich
    is too small for few participants. p values and limits are of t and F with participants
    minus groups degrees of freedom, since a group is a property of the participant.

    Args:
        ratings: columns participant, group and score, one row per rating.
        groups: the groups compared, the reference first.
        confidence: of the limits.

    Raises:
        UndefinedError: a group has fewer than two participants, all ratings are equal, all of
            a group lie at one end (infinite odds), or the fit does not converge.
    """
    ratings = _of_groups(ratings, groups)
    score = ratings["score"].to_numpy()
    if np.ptp(score) == 0:
        raise UndefinedError("all ratings are equal")
    for group in groups:
        own = set(score[ratings["group"] == group])
        if own in ({score.min()}, {score.max()}):
            raise UndefinedError(f"all ratings of '{group}' lie at one end: its odds are infinite")
    people = pd.factorize(ratings["participant"])[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is checked below
        try:
            model = OrdinalGEE(score, _indicators(ratings, groups), people)
            fit = model.fit(cov_type="bias_reduced")
        except np.linalg.LinAlgError:
            raise UndefinedError("the model has no unique solution for these ratings") from None
    last = len(groups) - 1
    estimates = np.asarray(fit.params)[-last:]
    if not fit.converged:
        raise UndefinedError("the fit does not converge")
    if np.abs(estimates).max() > LARGEST_LOG_ODDS:
        raise UndefinedError("the groups' ratings overlap too little: odds are infinite")
    return _inference(
        estimates,
        np.asarray(fit.cov_params())[-last:, -last:],
        groups,
        people.max() + 1,
        confidence,
    )


def mixed_model(
    ratings: pd.DataFrame, groups: Sequence[str], *, confidence: float = 0.95
) -> ModelFit:
    """Linear model with a random intercept per participant, by restricted likelihood.

    Arguments and degrees of freedom as in `proportional_odds`. Where every participant has
    equally many ratings, the F test is that of an analysis of variance of participant means.

    Raises:
        UndefinedError: a group has fewer than two participants, no participant's ratings vary,
            or the fit does not converge.
    """
    ratings = _of_groups(ratings, groups)
    if (ratings.groupby("participant")["score"].nunique() == 1).all():
        raise UndefinedError("no participant's ratings vary")
    exog = np.column_stack([np.ones(len(ratings)), _indicators(ratings, groups)])
    people = pd.factorize(ratings["participant"])[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance of zero between people is no fault
        model = MixedLM(ratings["score"].to_numpy(float), exog, people)
        # Only one variance is sought; the gradient methods stop short where it is small.
        fit = model.fit(method="powell", xtol=1e-10, ftol=1e-12)
    if not fit.converged:
        raise UndefinedError("the fit does not converge")
    own = slice(1, len(groups))
    return _inference(
        np.asarray(fit.fe_params)[own],
        np.asarray(fit.cov_params())[own, own],
        groups,
        people.max() + 1,
        confidence,
    )


def _of_groups(ratings: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """The ratings of the groups compared."""
    if len(groups) < 2:
        raise UndefinedError("a comparison needs two groups or more")
    compared = ratings[ratings["group"].isin(list(groups))]
    if compared.groupby("group")["participant"].nunique().min() < 2:
        raise UndefinedError("the model needs two participants or more in each group")
    return compared


def _indicators(ratings: pd.DataFrame, groups: Sequence[str]) -> Floats:
    """One column per group but the reference: 1 where the rating is of that group."""
    return np.column_stack([(ratings["group"] == group).to_numpy(float) for group in groups[1:]])


def _inference(
    estimates: Floats, covariance: Floats, groups: Sequence[str], people: int, confidence: float
) -> ModelFit:
    """Wald tests with the t and F distributions of people minus groups degrees of freedom."""
    df = float(people - len(groups))
    statistic = float(estimates @ np.linalg.solve(covariance, estimates)) / len(estimates)
    critical = float(stats.t.ppf((1 + confidence) / 2, df))
    contrasts = []
    for group, estimate, variance in zip(groups[1:], estimates, np.diag(covariance), strict=True):
        error = float(np.sqrt(variance))
        contrasts.append(
            Contrast(
                group=group,
                reference=groups[0],
                estimate=float(estimate),
                standard_error=error,
                low=float(estimate) - critical * error,
                high=float(estimate) + critical * error,
                p=float(2 * stats.t.sf(abs(estimate) / error, df)),
            )
        )
    return ModelFit(
        statistic,
        (float(len(estimates)), df),
        float(stats.f.sf(statistic, len(estimates), df)),
        tuple(contrasts),
    )
