"""Who took part: counts of what people said of themselves, and of time away, told in the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.study.analysis import people
from artifact.study.analysis.analysis import analyse
from artifact.study.analysis.exclusions import Rules
from artifact.study.analysis.report import as_text
from artifact.study.instrument.answer_files import PersonalAnswer, write_personal_answers
from artifact.study.instrument.ratings import Rating, as_ratings
from artifact.study.instrument.ratings_file import write_ratings

AWAY = {"p1": (0, 0.0), "p2": (2, 30.5), "p3": (1, 4.0), "p4": (0, 0.0)}


def rows(*, counted: bool = True) -> list[Rating]:
    """Two people in each of two groups, two pages each, the same time away from both."""
    return [
        Rating(
            person,
            "verbose" if person in ("p1", "p2") else "summary",
            page,
            "clear",
            "faithfulness",
            False,
            point,
            1.0,
            30.0,
            False,
            *(AWAY[person] if counted else (None, None)),
        )
        for person, point in zip(AWAY, (1, 2, 4, 5), strict=True)
        for page in ("q1", "q2")
    ]


def test_time_away_is_counted_by_page_and_by_person() -> None:
    verbose, summary = people.time_away(as_ratings(rows()))
    assert (verbose.group, verbose.participants, verbose.participants_away) == ("verbose", 2, 1)
    assert (verbose.pages, verbose.pages_away, verbose.times) == (4, 2, 4)
    assert (verbose.seconds, verbose.longest) == (61.0, 61.0)
    assert (summary.group, summary.times, summary.seconds) == ("summary", 2, 8.0)


def test_a_file_that_records_none_gives_none() -> None:
    assert people.time_away(as_ratings(rows(counted=False))) == ()


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Ratings, and what their people said of themselves."""
    ratings, about = tmp_path / "ratings.csv", tmp_path / "about.csv"
    write_ratings(rows(), ratings)
    said = {"p1": (1, "under 25"), "p2": (2, "25 to 34"), "p3": (2, "25 to 34"), "p4": (None, "")}
    write_personal_answers(
        [
            PersonalAnswer(participant=name, question="age", option=option, answer=answer)
            for name, (option, answer) in said.items()
        ],
        about,
    )
    return ratings, about


def test_answers_are_counted_with_and_without_those_left_out(files: tuple[Path, Path]) -> None:
    ratings, about = files
    limit = Rules(max_seconds_away=60)
    found = analyse(ratings, resamples=99, demographics=about, rules=limit)
    assert [(it.answer, it.kept, it.everyone) for it in found.demographics] == [
        ("under 25", 1, 1),
        ("25 to 34", 1, 2),
        ("", 1, 1),
    ]
    text = as_text(found)
    assert "What participants said about themselves" in text
    assert "age       25 to 34     1     2" in text
    assert "age       (no answer)  1     1" in text
    assert "Time away from the page (everyone)" in text
    assert "verbose  1 of 2" in text
    assert "long_away        60         1" in text


def test_what_is_off_is_not_in_the_report(files: tuple[Path, Path]) -> None:
    write_ratings(rows(counted=False), files[0])
    text = as_text(analyse(files[0], resamples=99))
    assert "away" not in text
    assert "themselves" not in text


def test_answers_of_another_study_are_refused(files: tuple[Path, Path]) -> None:
    ratings, about = files
    write_ratings(rows()[:6], ratings)
    with pytest.raises(InputError, match="'p4' gave no ratings; give the files of one export"):
        analyse(ratings, resamples=99, demographics=about)
