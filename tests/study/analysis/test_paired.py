"""Comparisons within people: worked by hand, against other formulas, and on studies of known truth.

Three people, three trace types, worked by hand. Scores a: 5, 4, 5; b: 3, 3, 4; c: 4, 1, 3. Ranks
within people: a 3, 3, 3; b 1, 2, 2; c 2, 1, 1; sums 9, 5, 4. Friedman: 12 / (3 * 3 * 4) *
(81 + 25 + 16) - 3 * 3 * 4 = 122 / 3 - 36 = 14 / 3.

Differences b - c: -1, 2, 1. Ranks of their sizes: 1.5, 3, 1.5; up 4.5, down 1.5: (4.5 - 1.5) / 6.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.anova import AnovaRM

from artifact.common.errors import InputError
from artifact.study.analysis import paired
from artifact.study.analysis.analysis import analyse
from artifact.study.analysis.findings import StudyAnalysis, UndefinedError
from artifact.study.instrument.ratings import GROUPS
from artifact.study.instrument.ratings_file import read_ratings
from artifact.study.simulation.within_study import simulate_within

BY_HAND = {
    "a": np.array([5.0, 4.0, 5.0]),
    "b": np.array([3.0, 3.0, 4.0]),
    "c": np.array([4.0, 1.0, 3.0]),
}


def test_friedman_by_hand() -> None:
    found = paired.friedman(BY_HAND)
    assert found.statistic == pytest.approx(14 / 3)
    assert found.df == (2,)
    assert found.p == pytest.approx(stats.chi2.sf(14 / 3, 2))


def test_rank_biserial_by_hand_and_mirrored() -> None:
    found = paired.rank_biserial(BY_HAND["b"], BY_HAND["c"])
    assert found.value == pytest.approx(0.5)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert paired.rank_biserial(BY_HAND["c"], BY_HAND["b"]).value == pytest.approx(-0.5)
    assert paired.rank_biserial(BY_HAND["a"], BY_HAND["b"]).value == 1


def test_signed_ranks_are_scipys_and_holm_multiplies_the_smallest() -> None:
    rng = np.random.default_rng(3)
    people = rng.normal(size=30)
    groups = {
        name: people + rng.normal(shift, 1, 30)
        for name, shift in zip("abc", (0, 1, 0), strict=True)
    }
    found = paired.signed_ranks(groups)
    alone = {
        pair: stats.wilcoxon(groups[pair[0]], groups[pair[1]], zero_method="pratt").pvalue
        for pair in found
    }
    assert {pair: test.p for pair, test in found.items()} == pytest.approx(alone)
    smallest = min(alone, key=alone.__getitem__)
    assert found[smallest].p_holm == pytest.approx(3 * alone[smallest])


def test_equivalence_is_the_t_interval_of_the_differences() -> None:
    rng = np.random.default_rng(4)
    first = rng.normal(3, 1, 40)
    second = first + rng.normal(0.1, 0.3, 40)
    found = paired.equivalence(first, second)
    d = first - second
    reach = stats.t.ppf(0.95, 39) * d.std(ddof=1) / np.sqrt(40)
    assert (found.low, found.high) == pytest.approx((d.mean() - reach, d.mean() + reach))
    assert found.p < 0.05
    # the people's own levels cancel: as two groups the same ratings prove nothing
    assert np.std(first) > 3 * np.std(d)


def long(groups: dict[str, np.ndarray]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"participant": f"p{n}", "group": group, "problem": "q", "score": score}
            for group, scores in groups.items()
            for n, score in enumerate(scores)
        ]
    )


def test_the_mixed_model_is_the_analysis_of_variance_with_repeated_measures() -> None:
    rng = np.random.default_rng(5)
    people = rng.normal(3, 0.5, 24)
    ratings = long({g: people + rng.normal(0.2 * n, 0.5, 24) for n, g in enumerate(GROUPS)})
    found = paired.mixed_model(ratings, GROUPS)
    anova = AnovaRM(ratings, "score", "participant", within=["group"]).fit().anova_table.iloc[0]
    assert found.statistic == pytest.approx(anova["F Value"], rel=1e-4)
    assert found.df == (anova["Num DF"], anova["Den DF"])
    assert found.p == pytest.approx(anova["Pr > F"], rel=1e-3)


def test_what_problems_add_is_taken_out() -> None:
    # Two problems, one of them a point easier; who saw b saw it with the easy one.
    rows = [
        {"participant": f"p{n}", "group": group, "problem": problem, "score": 3.0 + n % 3 + easy}
        for n in range(6)
        for turn in range(2)
        for problem, easy in [("hard", 0.0), ("easy", 1.0)]
        for group in [("a", "b")[(n // 3 + turn) % 2]]
        if (problem == "easy") == (turn == 1)
    ]
    cells = paired.adjusted_means(pd.DataFrame(rows), ("a", "b"))
    wide = cells.pivot(index="participant", columns="group", values="score")
    assert (wide["a"] - wide["b"]).tolist() == pytest.approx([0] * 6, abs=1e-9)


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ({"a": BY_HAND["a"], "b": BY_HAND["b"]}, "needs three trace types"),
        ({"a": BY_HAND["a"]}, "two groups or more"),
        ({name: scores[:1] for name, scores in BY_HAND.items()}, "two participants"),
        (dict.fromkeys("abc", BY_HAND["a"]), "scored all trace types alike"),
    ],
)
def test_what_is_not_defined_says_why(groups: dict[str, np.ndarray], said: str) -> None:
    with pytest.raises(UndefinedError, match=said):
        paired.friedman(groups)


def test_who_tells_nothing_apart_is_no_failure() -> None:
    same = dict.fromkeys("ab", BY_HAND["a"])
    assert paired.signed_ranks(same)["a", "b"].p == 1
    with pytest.raises(UndefinedError, match="scored the two alike"):
        paired.rank_biserial(same["a"], same["b"])
    with pytest.raises(UndefinedError, match="differs by the same"):
        paired.equivalence(same["a"], same["b"] + 1)


def simulated(folder: Path, **choices: object) -> Path:
    file = folder / "ratings.csv"
    simulate_within(file, **choices)  # type: ignore[arg-type]
    return file


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> StudyAnalysis:
    """A SIMULATED study in which decomposed traces are rated half a point better."""
    file = simulated(tmp_path_factory.mktemp("known"), people=60, problems=8, seed=7)
    return analyse(file, design="within", resamples=99)


def test_a_known_effect_is_found_where_it_is(known: StudyAnalysis) -> None:
    measure = known.kept.measure("interpretability")
    assert measure.omnibus.p < 0.001
    found = {pair.second: pair for pair in measure.pairs if pair.first == "decomposed"}
    assert set(found) == set(GROUPS[1:])
    for pair in found.values():
        assert pair.p_holm < 0.05
        assert pair.effect.value > 0.3
        assert pair.equivalence.difference.value == pytest.approx(0.5, abs=0.2)
    others = [pair for pair in measure.pairs if pair.first != "decomposed"]
    assert all(pair.p_holm > 0.05 for pair in others)
    assert all(pair.equivalence.equivalent for pair in others)
    (mixed,) = measure.models
    assert mixed.test.p < 0.001
    contrast = next(c for c in mixed.contrasts if c.group == "decomposed")
    assert contrast.estimate.low < 0.5 < contrast.estimate.high


def test_where_there_is_no_effect_none_is_found(known: StudyAnalysis) -> None:
    load = known.kept.measure("cognitive_load")
    assert load.omnibus.p > 0.05
    assert all(pair.p_holm > 0.05 for pair in load.pairs)
    assert load.models[0].test.p > 0.05


def test_the_record_says_which_design_and_whose_ratings(known: StudyAnalysis) -> None:
    assert (known.meta.design, known.meta.mark) == ("within", "SIMULATED")
    assert known.meta.procedure.omnibus == "Friedman"
    assert known.everyone.people == 60
    assert known.everyone.participants == dict.fromkeys(GROUPS, 60)
    assert known.rules[0].people_not_judged == 60
    assert StudyAnalysis.model_validate_json(known.model_dump_json()) == known


def test_tests_err_as_often_as_they_may(tmp_path: Path) -> None:
    """In 100 SIMULATED studies without effect: 5 % of them, give or take three standard errors."""
    wrong = {"friedman": 0, "holm": 0}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        people, problems = 24, 8
        arms = (np.arange(people)[:, None] + np.arange(problems)) % len(GROUPS)
        own = rng.normal(0, 0.7, people)[:, None] + rng.normal(0, 0.4, problems)
        taste = np.take_along_axis(rng.normal(0, 0.3, (people, len(GROUPS))), arms, axis=1)
        score = np.clip(np.rint(3.5 + own + taste + rng.normal(0, 0.6, arms.shape)), 1, 5)
        ratings = pd.DataFrame(
            {
                "participant": np.repeat([f"p{n}" for n in range(people)], problems),
                "problem": np.tile([f"q{n}" for n in range(problems)], people),
                "group": np.array(GROUPS)[arms.ravel()],
                "score": score.ravel(),
            }
        )
        means = paired.complete_means(ratings, GROUPS)
        wrong["friedman"] += paired.friedman(means).p < 0.05
        wrong["holm"] += min(t.p_holm for t in paired.signed_ranks(means).values()) < 0.05
    most = 100 * 0.05 + 3 * np.sqrt(100 * 0.05 * 0.95)
    assert all(count <= most for count in wrong.values()), wrong
    assert wrong["friedman"] >= 1, wrong


def test_who_was_not_shown_everything_is_in_no_comparison_and_counted(tmp_path: Path) -> None:
    file = simulated(tmp_path, people=8, problems=4, seed=1)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    gone = [n for n, line in enumerate(lines) if "-001," in line and "problem-02" in line]
    file.write_text("".join(line for n, line in enumerate(lines) if n not in gone))
    ratings = read_ratings(file, within=True)
    assert {gap.group for gap in ratings.missing} == {"not reached"}
    assert len(ratings.missing) == len(gone) == 10
    found = analyse(file, design="within", resamples=99)
    assert found.meta.missing_answers["not reached"] == 10
    assert found.kept.people == 7
    means = paired.complete_means(ratings.frame, GROUPS)
    assert {len(scores) for scores in means.values()} == {7}


def test_ratings_of_the_other_design_are_refused_with_the_way_out(tmp_path: Path) -> None:
    file = simulated(tmp_path, people=4, problems=4, seed=1)
    with pytest.raises(InputError, match=r"contradicts the participant's .* --design within"):
        analyse(file)
