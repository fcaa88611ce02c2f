"""SIMULATED studies within subjects: marked, reproducible, and with the effect that was chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.study.instrument.ratings import GROUPS
from artifact.study.instrument.ratings_file import read_ratings
from artifact.study.simulation.within_study import MEAN, simulate_within


def test_everyone_rates_every_trace_type_and_every_row_says_it_is_simulated(tmp_path: Path) -> None:
    file = tmp_path / "ratings.csv"
    count = simulate_within(file, people=8, problems=5, seed=1)
    assert file.read_text(encoding="utf-8").startswith("# SIMULATED: no person gave these ratings")
    ratings = read_ratings(file, within=True)
    frame = ratings.frame
    assert len(frame) == count == 8 * 5 * 10
    assert (frame.groupby("participant")["group"].nunique() == len(GROUPS)).all()
    assert frame["simulated"].all()
    assert frame["participant"].str.startswith("SIMULATED").all()
    assert ratings.missing == ()


def test_ratings_differ_as_chosen_and_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "ratings.csv"
    simulate_within(file, people=400, problems=8, seed=2, effects={"summary": -1.0})
    frame = read_ratings(file, within=True).frame
    load = frame["dimension"] == "cognitive_load"
    means = frame[~load].groupby("group")["score"].mean()
    assert means["summary"] == pytest.approx(MEAN - 1, abs=0.12)
    assert means.drop("summary").tolist() == pytest.approx([MEAN] * 3, abs=0.12)
    assert frame[load].groupby("group")["score"].mean().tolist() == pytest.approx(
        [MEAN] * 4, abs=0.12
    )


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a", "b", "c")]
    for file, seed in zip(files, (1, 1, 2), strict=True):
        simulate_within(file, people=4, problems=4, seed=seed)
    first, second, other = (file.read_bytes() for file in files)
    assert first == second != other


@pytest.mark.parametrize(("people", "problems"), [(0, 8), (8, 3)])
def test_too_few_are_refused(tmp_path: Path, people: int, problems: int) -> None:
    with pytest.raises(InputError, match="everyone must rate every trace type"):
        simulate_within(tmp_path / "ratings.csv", people=people, problems=problems)
