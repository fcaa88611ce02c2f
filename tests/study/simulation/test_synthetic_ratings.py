"""Synthetic ratings: they agree with what is public, hold nothing else, and say what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.claims.published import published
from artifact.common.errors import InputError
from artifact.study.instrument.items import INTERPRETABILITY
from artifact.study.instrument.ratings import Ratings
from artifact.study.instrument.ratings_file import read_ratings
from artifact.study.simulation.synthetic_ratings import simulate_ratings

TRACES = published().study.traces


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulated") / "ratings.csv"
    simulate_ratings(TRACES, path)
    return path


@pytest.fixture(scope="module")
def ratings(file: Path) -> Ratings:
    return read_ratings(file)


def test_a_mean_that_equals_the_median_is_not_taken_for_a_mean() -> None:
    means = {rating.trace: rating.interpretability_mean for rating in published().study.traces}
    assert means == {"decomposed": None, "verbose": 3.39, "summary": None, "explanation": None}


def test_published_figures_are_met(ratings: Ratings) -> None:
    frame = ratings.frame
    trace = frame[frame["dimension"].isin(INTERPRETABILITY)]
    means = trace.groupby(["group", "participant"])["score"].mean()
    medians = means.groupby("group").median().to_dict()
    published_medians = {
        "decomposed": 4.86,
        "verbose": 3.31,
        "summary": 4.53,
        "explanation": 4.29,
    }
    # Sixty ratings a person: means step by 1/60, so a median may lie half of that away.
    assert medians == pytest.approx(published_medians, abs=0.005 + 1 / 120)
    assert means["verbose"].mean() == pytest.approx(3.39, abs=0.005)
    load = frame[frame["dimension"] == "cognitive_load"]
    assert load["score"].mean() == pytest.approx(4.59, abs=0.005)


def test_what_is_not_public_is_left_out(ratings: Ratings) -> None:
    frame = ratings.frame
    assert set(frame.loc[frame["dimension"] == "cognitive_load", "group"]) == {"verbose"}
    assert frame[["checks_passed", "duration"]].isna().all(axis=None)
    assert ratings.missing == ()


def test_dimensions_do_not_differ_beyond_chance(ratings: Ratings) -> None:
    trace = ratings.frame[ratings.frame["dimension"].isin(INTERPRETABILITY)]
    means = trace.groupby(["group", "dimension"])["score"].mean().unstack()
    # 500 ratings a cell with a standard deviation below 1.5: four standard errors are 0.27.
    assert (means.max(axis=1) - means.min(axis=1)).max() < 0.27


def test_cognitive_load_does_not_go_with_interpretability(ratings: Ratings) -> None:
    verbose = ratings.frame[ratings.frame["group"] == "verbose"]
    load = verbose["dimension"] == "cognitive_load"
    means = verbose.groupby(["participant", load])["score"].mean().unstack()
    # 25 people: three standard errors of a correlation of 0 are 0.6.
    assert abs(means.corr().iloc[0, 1]) < 0.6


def test_the_design_is_the_published_one(ratings: Ratings) -> None:
    people = ratings.frame.groupby("group")["participant"].nunique()
    assert people.to_dict() == dict.fromkeys(
        ("decomposed", "verbose", "summary", "explanation"), published().study.per_group
    )


def test_every_copied_line_says_simulated(file: Path, ratings: Ratings) -> None:
    remarks = [line for line in file.read_text("utf-8").splitlines() if line.startswith("#")]
    assert remarks[0] == "# SIMULATED: no person gave these ratings."
    rows = file.read_text("utf-8").splitlines()[len(remarks) + 1 :]
    assert all(row.startswith("SIMULATED-") and row.endswith(",true") for row in rows)
    assert ratings.simulated
    assert ratings.frame["problem"].str.startswith("SIMULATED-").all()


def test_the_head_names_figures_assumptions_and_gaps(file: Path) -> None:
    head = "\n".join(line for line in file.read_text("utf-8").splitlines() if line.startswith("#"))
    for said in ("4.86", "3.31", "3.39", "4.59", "ASSUMED", "10 problems", "seed 20260401"):
        assert said in head
    assert "left out: cognitive load of decomposed, summary, explanation" in head


def test_the_seed_decides(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "again", "other")]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        simulate_ratings(TRACES, path, problems=3, seed=seed)
    one, again, other = (path.read_bytes() for path in paths)
    assert one == again != other


@pytest.mark.parametrize(("per_group", "problems"), [(25, 4), (26, 10), (40, 2)])
def test_other_designs_meet_the_figures_too(tmp_path: Path, per_group: int, problems: int) -> None:
    made = simulate_ratings(TRACES, tmp_path / "r.csv", per_group=per_group, problems=problems)
    assert made.frame["participant"].nunique() == 4 * per_group


@pytest.mark.parametrize(("per_group", "problems"), [(0, 10), (5, 0)])
def test_no_people_or_no_problems_is_refused(tmp_path: Path, per_group: int, problems: int) -> None:
    with pytest.raises(InputError, match="at least one participant and one problem"):
        simulate_ratings(TRACES, tmp_path / "r.csv", per_group=per_group, problems=problems)


def test_too_few_people_to_have_a_mean_beside_a_median(tmp_path: Path) -> None:
    # One person's mean is the median too: 3.39 and 3.31 cannot both hold.
    with pytest.raises(InputError, match="'verbose' cannot be met by so few people"):
        simulate_ratings(TRACES, tmp_path / "r.csv", per_group=1)
    assert not (tmp_path / "r.csv").exists()
