"""The models of single ratings against published output, other estimators and closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.genmod.generalized_estimating_equations import OrdinalGEE
from statsmodels.miscmodels.ordinal_model import OrderedModel

from artifact.study.analysis.findings import UndefinedError
from artifact.study.analysis.models import mixed_model, proportional_odds

# Bitterness of wine (Randall 1989), shipped with R's ordinal package: nine judges, eight bottles.
WINE = """
cold no   2 1 2 3 2 3 1 2 1
cold no   3 2 3 2 3 2 1 2 2
cold yes  3 1 3 3 4 3 2 2 3
cold yes  4 3 2 2 3 2 2 3 2
warm no   4 2 5 3 3 2 2 3 3
warm no   4 3 5 2 3 4 3 3 2
warm yes  5 5 4 5 3 5 2 3 4
warm yes  5 4 4 3 3 4 3 4 4
"""


def wine() -> pd.DataFrame:
    rows = []
    for line in WINE.strip().splitlines():
        temperature, contact, *ratings = line.split()
        group = f"{temperature} {contact}"
        rows += [(f"judge {j}", group, int(rating)) for j, rating in enumerate(ratings)]
    return pd.DataFrame(rows, columns=["participant", "group", "score"])


def study(*, per_group: int, ratings: int, seed: int, effect: float = 0.0) -> pd.DataFrame:
    """Three groups; a person's ratings share a deviation, and group "c" lies higher."""
    rng = np.random.default_rng(seed)
    rows = []
    for group in "abc":
        for person in range(per_group):
            own = rng.normal() + (effect if group == "c" else 0)
            latent = own + rng.logistic(size=ratings)
            points = 1 + np.searchsorted([-2, -0.7, 0.5, 2], latent)
            rows += [(f"{group}{person}", group, int(point)) for point in points]
    return pd.DataFrame(rows, columns=["participant", "group", "score"])


def test_log_odds_of_a_published_example() -> None:
    # R, ordinal::clm(rating ~ temp * contact, data = wine) prints tempwarm 2.3212, contactyes
    # 1.3475, tempwarm:contactyes 0.3595; as groups, warm and yes is the sum of the three.
    fit = proportional_odds(wine(), ["cold no", "warm no", "cold yes", "warm yes"])
    found = [contrast.estimate for contrast in fit.contrasts]
    expected = [2.3212, 1.3475, 2.3212 + 1.3475 + 0.3595]
    assert found == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("ratings", [wine(), study(per_group=9, ratings=5, seed=1, effect=1)])
def test_estimates_and_errors_are_those_of_generalised_estimating_equations(
    ratings: pd.DataFrame,
) -> None:
    # statsmodels solves the same equations through other matrices, as large as the ratings.
    groups = sorted(set(ratings["group"]))
    exog = np.column_stack([ratings["group"] == group for group in groups[1:]]).astype(float)
    people = pd.factorize(ratings["participant"])[0]
    other = OrdinalGEE(ratings["score"].to_numpy(), exog, people).fit(
        cov_type="bias_reduced", ctol=1e-10
    )
    contrasts = proportional_odds(ratings, groups).contrasts
    last = len(contrasts)
    found = [contrast.estimate for contrast in contrasts]
    assert found == pytest.approx(other.params[-last:], abs=1e-5)
    errors = [contrast.standard_error for contrast in contrasts]
    assert errors == pytest.approx(other.bse[-last:], abs=1e-5)


def test_errors_exceed_those_of_the_plain_sandwich() -> None:
    ratings = study(per_group=12, ratings=6, seed=4, effect=1)
    exog = np.column_stack([ratings["group"] == group for group in "bc"]).astype(float)
    score = pd.Series(pd.Categorical(ratings["score"], ordered=True))
    plain = OrderedModel(score, exog, distr="logit").fit(
        method="newton", disp=False, cov_type="cluster", cov_kwds={"groups": ratings["participant"]}
    )
    errors = [contrast.standard_error for contrast in proportional_odds(ratings, "abc").contrasts]
    ratio = errors / np.asarray(plain.bse[:2])
    assert (ratio > 1).all()
    assert (ratio < 1.1).all()


def test_two_points_and_two_groups_have_a_closed_form() -> None:
    # Log odds ratio of the higher point. Each person's residuals sum to r = 4 (p_i - p); with n
    # people the leverage of each is 1 / n, so Mancl & DeRouen count r / (1 - 1 / n), and the
    # variance of a group's logit is sum (p_i - p)^2 / (n p (1 - p))^2 * (n / (n - 1))^2.
    shares = {"a": [1, 2, 2, 3, 0], "b": [3, 4, 2, 3, 4]}
    rows = [
        (f"{group}{person}", group, 4 if answer < high else 2)
        for group, highs in shares.items()
        for person, high in enumerate(highs)
        for answer in range(4)
    ]
    fit = proportional_odds(
        pd.DataFrame(rows, columns=["participant", "group", "score"]), ["a", "b"]
    )
    odds, variance = [], 0.0
    for highs in shares.values():
        own = np.array(highs) / 4
        p, n = own.mean(), len(own)
        odds.append(np.log(p / (1 - p)))
        variance += ((own - p) ** 2).sum() / (n * p * (1 - p)) ** 2 * (n / (n - 1)) ** 2
    contrast = fit.contrasts[0]
    assert contrast.estimate == pytest.approx(odds[1] - odds[0], abs=1e-6)
    assert contrast.standard_error == pytest.approx(np.sqrt(variance), abs=1e-6)
    t = (odds[1] - odds[0]) / np.sqrt(variance)
    assert contrast.p == pytest.approx(2 * stats.t.sf(t, 8), abs=1e-6)
    assert (fit.statistic, fit.df, fit.p) == (
        pytest.approx(t**2, abs=1e-5),
        (1, 8),
        pytest.approx(contrast.p),
    )
    reach = stats.t.ppf(0.975, 8) * np.sqrt(variance)
    assert contrast.high - contrast.low == pytest.approx(2 * reach, abs=1e-6)


def test_answers_of_one_person_do_not_count_as_people() -> None:
    # Each answer given four times over tells nothing new: the log odds and their errors stay.
    once = study(per_group=8, ratings=5, seed=2)
    often = pd.concat([once] * 4, ignore_index=True)
    fits = proportional_odds(once, "abc"), proportional_odds(often, "abc")
    for one, other in zip(fits[0].contrasts, fits[1].contrasts, strict=True):
        assert other.estimate == pytest.approx(one.estimate, abs=1e-5)
        assert other.standard_error == pytest.approx(one.standard_error, rel=1e-6)


def test_the_mixed_model_of_equal_numbers_is_an_analysis_of_variance_of_means() -> None:
    ratings = study(per_group=9, ratings=6, seed=8, effect=0.8)
    means = ratings.groupby(["group", "participant"])["score"].mean()
    by_group = [means[group].to_numpy() for group in "abc"]
    variance = stats.f_oneway(*by_group)
    fit = mixed_model(ratings, "abc")
    assert fit.statistic == pytest.approx(variance.statistic, rel=1e-6)
    assert fit.df == (2, 24)
    assert fit.p == pytest.approx(variance.pvalue, rel=1e-6)
    pooled = np.mean([group.var(ddof=1) for group in by_group])
    for contrast, group in zip(fit.contrasts, by_group[1:], strict=True):
        assert contrast.estimate == pytest.approx(group.mean() - by_group[0].mean(), abs=1e-9)
        assert contrast.standard_error == pytest.approx(np.sqrt(2 * pooled / 9), rel=1e-6)


def test_the_reference_is_the_first_group_named() -> None:
    ratings = study(per_group=6, ratings=4, seed=1, effect=1)
    for model in (proportional_odds, mixed_model):
        forth, back = model(ratings, "ac"), model(ratings, "ca")
        assert [c.group for c in back.contrasts] == ["a"]
        assert forth.contrasts[0].estimate == pytest.approx(-back.contrasts[0].estimate, abs=1e-4)


def table(**groups: list[list[int]]) -> pd.DataFrame:
    rows = [
        (f"{group}{person}", group, point)
        for group, people in groups.items()
        for person, points in enumerate(people)
        for point in points
    ]
    return pd.DataFrame(rows, columns=["participant", "group", "score"])


NOT_DEFINED = {
    "one person": (proportional_odds, table(a=[[1, 2]], b=[[2, 1], [1, 1]]), "two participants"),
    "one group": (mixed_model, table(a=[[1, 2], [2, 3]]), "two groups"),
    "all equal": (proportional_odds, table(a=[[3], [3]], b=[[3], [3]]), "all ratings are equal"),
    "one end": (
        proportional_odds,
        table(a=[[5, 5], [5, 5]], b=[[1, 4], [2, 5]]),
        "all ratings of 'a' lie at one end",
    ),
    "apart": (
        proportional_odds,
        table(a=[[1, 2], [2, 1], [1, 1]], b=[[2, 3], [3, 3], [3, 2]]),
        "no unique solution|overlap too little",
    ),
    "all of a group alike": (
        proportional_odds,
        table(a=[[1, 2], [2, 1]], b=[[1, 1, 1, 2], [2, 1, 1, 1]]),
        "do not differ",
    ),
    "nobody varies": (mixed_model, table(a=[[1, 1], [2, 2]], b=[[3, 3], [4, 4]]), "vary"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("model", "ratings", "why"), NOT_DEFINED.values(), ids=NOT_DEFINED)
def test_what_a_model_cannot_tell_says_why(model, ratings, why) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UndefinedError, match=why):
        model(ratings, sorted(set(ratings["group"])))


def test_people_who_do_not_differ_leave_a_model_that_holds() -> None:
    # No variance between people: the random intercept's variance lies at its limit of 0.
    ratings = table(a=[[1, 2, 3], [3, 2, 1], [2, 1, 3]], b=[[2, 3, 4], [4, 3, 2], [3, 2, 4]])
    fit = mixed_model(ratings, "ab")
    assert fit.contrasts[0].estimate == pytest.approx(1, abs=1e-6)
    assert 0 < fit.p < 0.2
