"""A file of ratings small enough to work out by hand, with every figure worked out here.

Four groups of three people rate one problem on two items of understandability; "muddled" is
reversed, so its points count as 6 minus the point. (Points as chosen, then the mean.)

    decomposed   5 1 -> 5.0    5 2 -> 4.5    4 2 -> 4.0     mean and median 4.5
    verbose      1 5 -> 1.0    2 5 -> 1.5    2 4 -> 2.0                     1.5
    summary      3 3 -> 3.0    4 3 -> 3.5    4 2 -> 4.0                     3.5
    explanation  2 4 -> 2.0    3 4 -> 2.5    3 3 -> 3.0                     2.5

Kruskal-Wallis. Ranks of the twelve means: 1, 1.5 -> 1, 2; the two 2.0 -> 3.5; 2.5 -> 5; the two
3.0 -> 6.5; 3.5 -> 8; the two 4.0 -> 9.5; 4.5, 5 -> 11, 12. Rank sums: decomposed 32.5, verbose
6.5, summary 24, explanation 15. H = 12 / (12 * 13) * (32.5^2 + 6.5^2 + 24^2 + 15^2) / 3 - 3 * 13
= 1899.5 / 39 - 39; three ties of two: divided by 1 - 3 * 6 / (12^3 - 12) = 1 - 18 / 1716.

Dunn, decomposed - verbose: (32.5 - 6.5) / 3 over the root of (12 * 13 / 12 - 18 / (12 * 11)) *
(1 / 3 + 1 / 3); it is the smallest of six p values, so Holm multiplies it by six.

Cliff's delta: decomposed is above verbose and explanation in all nine pairs: 1. Against summary
it is above in eight and level in one: 8 / 9; the same for summary - explanation and, below, for
verbose - explanation.

Equivalence, decomposed - summary: difference 1, each variance 0.25, so the standard error is
sqrt(0.5 / 3) on 4 degrees of freedom; the test against the margin of 0.5 from above has
t = (1 - 0.5) / sqrt(0.5 / 3) and p = P(T < t).

Alpha, each group alike: items of variance 1/3 and 1/3, sum of variance 1: 2 * (1 - 2/3) = 2/3.
F on 2 and 2 degrees of freedom has its 97.5 % point at 39: limits 1 - 39/3 and 1 - 1/(3 * 39).

Bootstrap of three people: one sample in 27 is three times the lowest, more than 2.5 %, so the
limits are the lowest and the highest.

Linear mixed model: with two ratings each, the analysis of variance of the means. Between: 3 *
(1.5^2 + 1.5^2 + 0.5^2 + 0.5^2) / 3 = 5; within 0.25; F = 20 on 3 and 8. A contrast has the
standard error sqrt(2 * 0.25 / 3).

Proportional odds: only neighbouring groups share a point, so the odds are infinite: no figure.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from artifact.claims.published import published
from artifact.common.errors import InputError
from artifact.study.analysis import analysis
from artifact.study.analysis.analysis import analyse
from artifact.study.analysis.findings import StudyAnalysis
from artifact.study.instrument.ratings import GROUPS, Rating
from artifact.study.instrument.ratings_file import write_ratings
from artifact.study.simulation.synthetic_ratings import simulate_ratings

POINTS = {
    "decomposed": [(5, 1), (5, 2), (4, 2)],
    "verbose": [(1, 5), (2, 5), (2, 4)],
    "summary": [(3, 3), (4, 3), (4, 2)],
    "explanation": [(2, 4), (3, 4), (3, 3)],
}


def hand_rows() -> list[Rating]:
    rows = []
    for group, people in POINTS.items():
        for number, (clear, muddled) in enumerate(people):
            row = Rating(
                participant=f"{group[0]}{number}",
                group=group,
                problem="q1",
                item="clear",
                dimension="understandability",
                reversed=False,
                rating=clear,
                checks_passed=1.0,
                duration=60.0,
                simulated=False,
            )
            rows += [row, replace(row, item="muddled", reversed=True, rating=muddled)]
    return rows


def analysed(tmp_path: Path, rows: list[Rating]) -> StudyAnalysis:
    path = tmp_path / "ratings.csv"
    write_ratings(rows, path)
    return analyse(path, resamples=999)


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> StudyAnalysis:
    """The analysis of the file."""
    return analysed(tmp_path_factory.mktemp("by_hand"), hand_rows())


@pytest.fixture
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the models, which take seconds to see that odds of separated groups diverge."""
    monkeypatch.setattr(analysis, "MODELS", {})


def test_groups(by_hand: StudyAnalysis) -> None:
    measure = by_hand.everyone.measure("understandability")
    assert [group.group for group in measure.groups] == list(GROUPS)
    for group, centre in zip(measure.groups, (4.5, 1.5, 3.5, 2.5), strict=True):
        assert (group.participants, group.ratings, group.items) == (3, 6, 2)
        for estimate in (group.median, group.mean):
            assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
                (centre, centre - 0.5, centre + 0.5)
            )
        assert group.alpha.value == pytest.approx(2 / 3)
        assert (group.alpha.low, group.alpha.high) == pytest.approx((1 - 39 / 3, 1 - 1 / 117))
    assert measure.group("decomposed").distribution == (0, 0, 0, 3, 3)
    assert measure.group("verbose").distribution == (3, 3, 0, 0, 0)


def test_kruskal_wallis(by_hand: StudyAnalysis) -> None:
    found = by_hand.everyone.measure("understandability").omnibus
    h = (1899.5 / 39 - 39) / (1 - 18 / 1716)
    assert found.statistic == pytest.approx(h)
    assert found.df == (3,)
    assert found.p == pytest.approx(stats.chi2.sf(h, 3))


def test_dunn_and_holm(by_hand: StudyAnalysis) -> None:
    pair = by_hand.everyone.measure("understandability").pairs[0]
    assert (pair.first, pair.second) == ("decomposed", "verbose")
    z = (26 / 3) / np.sqrt((13 - 18 / 132) * 2 / 3)
    assert pair.p == pytest.approx(2 * stats.norm.sf(z))
    assert pair.p_holm == pytest.approx(6 * 2 * stats.norm.sf(z))


def test_cliffs_delta(by_hand: StudyAnalysis) -> None:
    pairs = by_hand.everyone.measure("understandability").pairs
    assert [pair.effect.value for pair in pairs] == pytest.approx([1, 8 / 9, 1, -1, -8 / 9, 8 / 9])
    z = stats.norm.ppf(0.975)
    apart = pairs[0].effect
    assert (apart.low, apart.high) == pytest.approx(((3 - z**2) / (3 + z**2), 1))


def test_equivalence(by_hand: StudyAnalysis) -> None:
    found = by_hand.everyone.measure("understandability").pairs[1].equivalence
    error = np.sqrt(0.5 / 3)
    assert found.margin == 0.5
    assert found.p == pytest.approx(stats.t.cdf(0.5 / error, 4))
    assert found.equivalent is False
    reach = stats.t.ppf(0.95, 4) * error
    assert found.difference.value == pytest.approx(1)
    assert (found.difference.low, found.difference.high) == pytest.approx((1 - reach, 1 + reach))


def test_models(by_hand: StudyAnalysis) -> None:
    odds, mixed = by_hand.everyone.measure("understandability").models
    assert odds.test.p is None
    assert odds.test.because
    assert odds.contrasts == ()
    assert mixed.test.statistic == pytest.approx(20)
    assert mixed.test.df == (3, 8)
    assert mixed.test.p == pytest.approx(stats.f.sf(20, 3, 8))
    assert [(c.group, c.reference) for c in mixed.contrasts] == [
        ("decomposed", "verbose"),
        ("summary", "verbose"),
        ("explanation", "verbose"),
    ]
    reach = stats.t.ppf(0.975, 8) * np.sqrt(0.5 / 3)
    first = mixed.contrasts[0]
    assert first.estimate.value == pytest.approx(3)
    assert first.estimate.low == pytest.approx(3 - reach)
    assert first.p == pytest.approx(2 * stats.t.sf(3 / np.sqrt(0.5 / 3), 8))


def test_interpretability_is_all_trace_items_together(by_hand: StudyAnalysis) -> None:
    # Only one of its dimensions was rated here, so the two measures are the same.
    whole, part = by_hand.everyone.measures
    assert (whole.measure, part.measure) == ("interpretability", "understandability")
    assert whole.omnibus == part.omnibus
    with pytest.raises(KeyError):
        by_hand.everyone.measure("cognitive_load")


def test_exclusions_are_counted_and_both_analyses_are_given(by_hand: StudyAnalysis) -> None:
    # One page each: who chose 3 on the plain and 3 on the reversed item drew a straight line,
    # which is all of that person's pages. That is one person of summary, one of explanation.
    counts = {rule.rule: rule.left_out for rule in by_hand.rules}
    nobody = dict.fromkeys(GROUPS, 0)
    assert counts["straight_lining"] == nobody | {"summary": 1, "explanation": 1}
    assert counts["checks_failed"] == counts["too_fast"] == counts["incomplete"] == nobody
    assert by_hand.left_out == counts["straight_lining"]
    assert by_hand.everyone.participants == dict.fromkeys(GROUPS, 3)
    assert by_hand.kept.participants == {
        "decomposed": 3,
        "verbose": 3,
        "summary": 2,
        "explanation": 2,
    }
    assert by_hand.kept.measure("understandability").group("summary").mean.value == 3.75


@pytest.mark.usefixtures("no_models")
def test_without_exclusions_the_two_analyses_are_one(tmp_path: Path) -> None:
    found = analysed(tmp_path, [row for row in hand_rows() if row.participant not in {"s0", "e2"}])
    assert found.kept == found.everyone
    assert sum(found.left_out.values()) == 0


@pytest.mark.usefixtures("no_models")
def test_missing_answers_are_counted_by_group(tmp_path: Path) -> None:
    found = analysed(tmp_path, hand_rows()[:-1])
    assert found.meta.missing_answers == dict.fromkeys(GROUPS, 0) | {"explanation": 1}


def test_the_record_is_json_and_comes_back(by_hand: StudyAnalysis) -> None:
    text = by_hand.model_dump_json()
    assert "NaN" not in text
    assert StudyAnalysis.model_validate_json(text) == by_hand


def test_collected_ratings_are_not_marked(by_hand: StudyAnalysis) -> None:
    assert by_hand.meta.mark is None
    assert "SIMULATED" not in by_hand.model_dump_json()


def test_every_record_of_simulated_ratings_is_marked(tmp_path: Path) -> None:
    simulate_ratings(published().study.traces, tmp_path / "ratings.csv", problems=2)
    found = analyse(tmp_path / "ratings.csv", resamples=99)
    assert found.meta.mark == "SIMULATED"
    flags = []

    def collect(part: object) -> None:
        if isinstance(part, dict):
            flags.extend(value for key, value in part.items() if key == "simulated")
            for value in part.values():
                collect(value)
        elif isinstance(part, list):
            for value in part:
                collect(value)

    collect(json.loads(found.model_dump_json()))
    assert len(flags) > 50
    assert all(flags)


def test_one_person_and_one_group_are_no_failure(tmp_path: Path) -> None:
    found = analysed(tmp_path, hand_rows()[:2])
    measure = found.everyone.measure("understandability")
    assert measure.omnibus.because == "a comparison needs two groups or more"
    assert measure.group("decomposed").alpha.because == "alpha needs two participants or more"
    assert measure.group("decomposed").mean.because == "an interval needs two participants or more"
    assert measure.pairs == ()


@pytest.mark.usefixtures("no_models")
def test_if_all_are_left_out_the_analysis_of_those_kept_is_empty(tmp_path: Path) -> None:
    found = analysed(tmp_path, [replace(row, checks_passed=0) for row in hand_rows()])
    assert found.kept.participants == {}
    assert found.kept.measures == ()
    assert len(found.everyone.measures) == 2


@pytest.mark.usefixtures("no_models")
def test_who_sees_the_answer_only_is_in_the_measures_that_they_rated(tmp_path: Path) -> None:
    effort = replace(hand_rows()[0], item="effort", dimension="cognitive_load", reversed=False)
    load = [
        replace(effort, participant=participant, group=group, rating=point)
        for participant, group, point in (
            ("d0", "decomposed", 2),
            ("x0", "answer_only", 4),
            ("x1", "answer_only", 3),
        )
    ]
    found = analysed(tmp_path, hand_rows() + load)
    groups = {m.measure: [g.group for g in m.groups] for m in found.everyone.measures}
    assert groups["cognitive_load"] == ["decomposed", "answer_only"]
    assert groups["understandability"] == list(GROUPS)


def test_a_faulty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        analyse(tmp_path / "ratings.csv")
