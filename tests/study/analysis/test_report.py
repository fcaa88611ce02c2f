"""The text of an analysis: what it holds, and the mark on every line of simulated ratings."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.claims.published import published
from artifact.study.analysis.analysis import analyse
from artifact.study.analysis.findings import StudyAnalysis
from artifact.study.analysis.report import as_text
from artifact.study.instrument.ratings import Rating
from artifact.study.instrument.ratings_file import write_ratings
from artifact.study.simulation.synthetic_ratings import simulate_ratings


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> StudyAnalysis:
    path = tmp_path_factory.mktemp("report") / "ratings.csv"
    simulate_ratings(published().study.traces, path, problems=2)
    return analyse(path, resamples=99)


def test_every_line_of_a_simulated_report_is_marked(simulated: StudyAnalysis) -> None:
    head, *tables = as_text(simulated).strip().split("\n\n")
    assert head.startswith("SIMULATED: no person gave these ratings.")
    assert len(tables) > 15
    for table in tables:
        assert all(line.startswith("SIMULATED") for line in table.splitlines())


def test_figures_stand_under_their_names(simulated: StudyAnalysis) -> None:
    text = as_text(simulated)
    group = simulated.kept.measure("interpretability").group("verbose")
    row = f"verbose      25  {group.median.value:.2f} [{group.median.low:.2f}, "
    assert row in text
    assert "cognitive_load (after exclusions): does any group differ?" in text
    assert "none: a comparison needs two groups or more" in text
    assert "p equivalent within 0.5" in text
    assert "Nobody was left out" in text


def test_collected_ratings_carry_no_mark_and_both_samples_are_shown(tmp_path: Path) -> None:
    rows = [
        Rating(
            f"{group}{person}",
            group,
            "q1",
            "clear",
            "faithfulness",
            False,
            point,
            checks,
            30,
            False,
        )
        for group, points in (("summary", (4, 5, 3)), ("verbose", (1, 2, 2)))
        for person, point in enumerate(points)
        for checks in [0.0 if (group, person) == ("summary", 2) else 1.0]
    ]
    write_ratings(rows, tmp_path / "ratings.csv")
    text = as_text(analyse(tmp_path / "ratings.csv", resamples=99))
    assert "SIMULATED" not in text
    assert "faithfulness (after exclusions)" in text
    assert "faithfulness (everyone)" in text
    assert "checks_failed    0.5        0        1" in text
    assert "took part                   3        3" in text
