"""Guesses from traces: shares with honest limits, a model by trace type, and files that fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_estimating_equations import GEE
from statsmodels.stats.proportion import proportion_confint

from artifact.common.errors import InputError
from artifact.study.analysis.analysis import analyse
from artifact.study.analysis.guessing import effective_answers, share_right
from artifact.study.analysis.models import proportional_odds
from artifact.study.analysis.report import as_text
from artifact.study.instrument.answer_files import read_guesses, write_guesses
from artifact.study.instrument.ratings import GROUPS
from artifact.study.simulation.simulated_guesses import RIGHT, simulate_guesses
from artifact.study.simulation.within_study import simulate_within


def guesses(*people: list[int]) -> pd.DataFrame:
    """One person for each list of 0 and 1, three choices each time."""
    rows = [
        (f"p{number}", "verbose", score, 3, True)
        for number, scores in enumerate(people)
        for score in scores
    ]
    columns = ["participant", "group", "score", "choices", "simulated"]
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize(
    ("people", "effective"),
    [
        ([[1, 1], [1, 1], [1, 1]], 3),  # all right: as many as people
        ([[0] * 9] * 4, 4),
        ([[1, 0], [0, 1], [1, 0]], 6),  # people who do not differ: every answer counts
        ([[1, 0, 1]], None),
    ],
)
def test_answers_that_tell_as_much_at_the_ends(people: list[list[int]], effective: float) -> None:
    assert effective_answers(guesses(*people)) == effective


def test_people_who_are_always_right_or_never_count_once_at_most() -> None:
    half = guesses(*[[1] * 10] * 20, *[[0] * 10] * 20)
    effective = effective_answers(half)
    assert effective is not None
    # the variance between 40 people is 1/4 over 39, and few people have wider t quantiles
    assert 36 < effective < 39
    found = share_right("verbose", half, 0.95)
    assert (found.right, found.answers, found.participants) == (200, 400, 40)
    limits = proportion_confint(effective / 2, effective, method="wilson")
    assert (found.share.low, found.share.high) == pytest.approx(limits)
    assert found.by_chance == pytest.approx(1 / 7)


def test_the_limits_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(300):
        chances = rng.beta(2, 1, 25)
        found = share_right(
            "verbose", guesses(*rng.binomial(1, chances, (10, 25)).T.tolist()), 0.95
        )
        assert found.share.low is not None
        assert found.share.high is not None
        held += found.share.low <= 2 / 3 <= found.share.high
    assert 0.91 < held / 300 < 0.99


def test_with_two_outcomes_the_model_is_a_logistic_one() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        [
            (f"{group}{person}", group, int(rng.random() < chance))
            for group, chance in (("a", 0.5), ("b", 0.75))
            for person in range(30)
            for _ in range(6)
        ],
        columns=["participant", "group", "score"],
    )
    (contrast,) = proportional_odds(frame, ["a", "b"]).contrasts
    exog = np.column_stack([np.ones(len(frame)), frame["group"] == "b"]).astype(float)
    people = pd.factorize(frame["participant"])[0]
    fit = GEE(frame["score"], exog, people, family=Binomial()).fit(cov_type="bias_reduced")
    assert contrast.estimate == pytest.approx(fit.params.iloc[1], abs=1e-4)
    assert contrast.standard_error == pytest.approx(fit.bse.iloc[1], rel=1e-3)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """SIMULATED ratings within subjects, and guesses beside them."""
    ratings, guessed = tmp_path / "ratings.csv", tmp_path / "guesses.csv"
    simulate_within(ratings, people=40, problems=8, seed=1)
    assert simulate_guesses(ratings, guessed, seed=1, within=True) == 40 * 8
    return ratings, guessed


def test_simulated_guesses_are_marked_analysed_and_differ_nowhere(files: tuple[Path, Path]) -> None:
    ratings, guessed = files
    assert guessed.read_text(encoding="utf-8").startswith("# SIMULATED: no person guessed")
    found = analyse(ratings, resamples=99, design="within", comprehension=guessed)
    told = found.kept.comprehension
    assert told is not None
    assert [it.group for it in told.groups] == list(GROUPS)
    assert all(it.simulated and it.answers == 80 for it in told.groups)
    assert all(abs(it.right / it.answers - RIGHT) < 0.15 for it in told.groups)
    assert told.model.test.p is not None
    assert [contrast.reference for contrast in told.model.contrasts] == ["verbose"] * 3
    text = as_text(found)
    assert "SIMULATED: comprehension (after exclusions)" in text
    assert "logistic (log odds of a right guess)" in text
    lines = text[text.index("comprehension") :].splitlines()
    assert all(line.startswith("SIMULATED") for line in lines[1:6])


def test_without_guesses_the_report_says_nothing_of_them(files: tuple[Path, Path]) -> None:
    found = analyse(files[0], resamples=99, design="within")
    assert found.kept.comprehension is None
    assert "comprehension" not in as_text(found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"participant": "nobody"}, "'nobody' rated no trace of this type"),
        ({"simulated": False}, "one of ratings and guesses is simulated"),
    ],
)
def test_guesses_of_another_study_are_refused(
    files: tuple[Path, Path], change: dict[str, object], said: str
) -> None:
    ratings, guessed = files
    first, *rest = read_guesses(guessed)
    write_guesses([first.model_copy(update=change), *rest], guessed)
    with pytest.raises(InputError, match=f"row 1: {said}.*give the files of one export"):
        analyse(ratings, resamples=99, design="within", comprehension=guessed)
