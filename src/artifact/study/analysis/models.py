"""Regression models of single ratings, clustered by participant.

`proportional_odds` treats ratings as ordinal; `mixed_model` treats them as numbers and serves as
a check. Both compare each group with a reference group, and both count people, not ratings: the
first by a covariance clustered by participant, the second by a random intercept per participant.
Both treat the problems shown as fixed, so they generalise to other people and not to other
problems.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.regression.mixed_linear_model import MixedLM

from artifact.study.analysis.findings import UndefinedError

Floats = npt.NDArray[np.float64]

LARGEST_LOG_ODDS = 12.0
"""Beyond it (odds of 160,000 to 1) the groups' ratings do not overlap and the estimate diverges,
though the algorithm may stop on the way."""


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


Model = tuple[Callable[..., ModelFit], str]
"""A function of ratings and groups, and the unit of its contrasts."""


def proportional_odds(
    ratings: pd.DataFrame, groups: Sequence[str], *, confidence: float = 0.95
) -> ModelFit:
    """Cumulative logit model (statsmodels OrderedModel) with errors clustered by participant.

    The covariance is `participant_covariance`: the plain sandwich is too small for few
    participants. p values and limits are of t and F with participants minus groups degrees of
    freedom, since a group is a property of the participant.

    Args:
        ratings: columns participant, group and score, one row per rating.
        groups: the groups compared, the reference first.
        confidence: level of the intervals.

    Raises:
        UndefinedError: a group has fewer than two participants or ones that do not differ, all
            ratings are equal, all of a group lie at one end or overlap with no other (infinite
            odds), or the fit does not converge.
    """
    ratings = _of_groups(ratings, groups)
    score = ratings["score"].to_numpy()
    if np.ptp(score) == 0:
        raise UndefinedError("all ratings are equal")
    for group in groups:
        own = set(score[ratings["group"] == group])
        if own in ({score.min()}, {score.max()}):
            raise UndefinedError(f"all ratings of '{group}' lie at one end: its odds are infinite")
    model = OrderedModel(
        pd.Series(pd.Categorical(score, ordered=True)), _indicators(ratings, groups), distr="logit"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is checked below
        fit = model.fit(method="bfgs", gtol=1e-8, maxiter=1000, disp=False, skip_hessian=True)
    compared = len(groups) - 1
    estimates = np.asarray(fit.params)[:compared]
    if np.abs(estimates).max() > LARGEST_LOG_ODDS:
        raise UndefinedError("the groups' ratings overlap too little: odds are infinite")
    if not fit.mle_retvals["converged"]:
        raise UndefinedError("the fit does not converge")
    thresholds = model.transform_threshold_params(np.asarray(fit.params))
    covariance = participant_covariance(ratings, groups, estimates, thresholds)
    df = float(ratings["participant"].nunique() - len(groups))
    return inference(estimates, covariance[:compared, :compared], groups, df, confidence)


def participant_covariance(
    ratings: pd.DataFrame, groups: Sequence[str], estimates: Floats, thresholds: Floats
) -> Floats:
    """Mancl & DeRouen's covariance (2001, Biometrics 57) of a cumulative logit model.

    With s_i the score and B_i the expected information of participant i's ratings and A the sum
    of the B_i, it is A^-1 (sum u_i u_i') A^-1, where u_i = (I - B_i A^-1)^-1 s_i corrects for
    the participant's leverage on the fit. This is the paper's correction of the residuals,
    carried from the ratings to the parameters, where it needs small matrices only. (statsmodels
    has it for generalised estimating equations, with matrices as large as the number of a
    participant's ratings.)

    Args:
        ratings: columns participant, group and score, of the groups compared.
        groups: the groups compared, the reference first.
        estimates: log odds of the groups but the reference.
        thresholds: of the points used, between minus and plus infinity.

    Returns:
        The covariance of the estimates, then of the inner thresholds.
    """
    exog = np.eye(len(groups))[:, 1:]
    below = special.expit(thresholds - (exog @ estimates)[:, None])  # groups x (points + 1)
    chances, density = np.diff(below), below * (1 - below)
    by_estimate = -exog[:, None, :] * np.diff(density)[..., None]
    inner = density[:, None, 1:-1]
    points = chances.shape[1]
    by_threshold = inner * (np.eye(points)[:, :-1] - np.eye(points)[:, 1:])
    slopes = np.concatenate([by_estimate, by_threshold], axis=2)  # groups x points x parameters

    people, person = np.unique(ratings["participant"], return_inverse=True)
    point = np.unique(ratings["score"], return_inverse=True)[1]
    group = pd.Categorical(ratings["group"], categories=list(groups)).codes
    counts = np.zeros((len(people), *chances.shape))
    np.add.at(counts, (person, group, point), 1)
    scores = np.einsum("igk,gkp->ip", counts, slopes / chances[..., None])
    each = np.einsum("gkp,gkq,gk->gpq", slopes, slopes, 1 / chances)
    information = np.einsum("ig,gpq->ipq", counts.sum(axis=2), each)
    inverse = np.linalg.inv(information.sum(axis=0))
    released = np.linalg.solve(np.eye(len(inverse)) - information @ inverse, scores[..., None])
    return np.asarray(inverse @ (released[..., 0].T @ released[..., 0]) @ inverse)


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
    estimates, covariance = fit_random_intercept(ratings, groups)
    df = float(ratings["participant"].nunique() - len(groups))
    return inference(estimates, covariance, groups, df, confidence)


def fit_random_intercept(ratings: pd.DataFrame, groups: Sequence[str]) -> tuple[Floats, Floats]:
    """Differences from the reference with their covariance; people are random intercepts.

    Raises:
        UndefinedError: no participant's ratings vary, or the fit does not converge.
    """
    if (ratings.groupby("participant")["score"].nunique() == 1).all():
        raise UndefinedError("no participant's ratings vary")
    exog = np.column_stack([np.ones(len(ratings)), _indicators(ratings, groups)])
    people = pd.factorize(ratings["participant"])[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance of zero between people is legitimate
        model = MixedLM(ratings["score"].to_numpy(float), exog, people)
        # Only one variance is estimated; the gradient methods stop short where it is small.
        fit = model.fit(method="powell", xtol=1e-10, ftol=1e-12)
    if not fit.converged:
        raise UndefinedError("the fit does not converge")
    own = slice(1, len(groups))
    return np.asarray(fit.fe_params)[own], np.asarray(fit.cov_params())[own, own]


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


def inference(
    estimates: Floats, covariance: Floats, groups: Sequence[str], df: float, confidence: float
) -> ModelFit:
    """Wald tests with the t and F distributions of `df` degrees of freedom.

    Raises:
        UndefinedError: the participants do not differ, so that there are no errors.
    """
    spread = np.linalg.eigvalsh(covariance)
    if not spread.min() > 1e-12 * max(1.0, spread.max()):
        raise UndefinedError("the participants of a group do not differ: no errors to judge by")
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
