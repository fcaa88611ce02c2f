"""The export: what was answered, in the analysis' own layout, of those who finished."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from artifact.common.errors import CheckError, InputError
from artifact.study.collection import export as export_module
from artifact.study.collection.export import export
from artifact.study.collection.messages import Answer, Enrolment
from artifact.study.collection.sessions import read_database
from artifact.study.collection.store import Store
from artifact.study.instrument.answer_files import (
    COMPREHENSION_CSV,
    DEMOGRAPHICS_CSV,
    read_guesses,
    read_personal_answers,
)
from artifact.study.instrument.items import load_items
from artifact.study.instrument.manifest import Manifest, read_manifest
from artifact.study.instrument.ratings import ANSWER_ONLY
from artifact.study.instrument.ratings_file import read_ratings


class People:
    """Participants who answer by rule: every item of the n-th person's problem gets one point."""

    def __init__(self, store: Store, manifest: Manifest) -> None:
        self.store, self.manifest, self.came = store, manifest, 0

    def arrive(self) -> tuple[str, str]:
        """Token and group of someone new who has consented."""
        self.came += 1
        place = self.store.enrol(Enrolment(secret=f"{self.came:032x}", pid=f"pid{self.came}"))
        self.send(place.token, "consent", "consent", {"consent": True})
        return place.token, place.group

    def send(self, token: str, kind: Any, trial: str, answers: dict[str, Any]) -> None:
        """Answer one trial in ten and a half seconds."""
        answer = Answer(trial=trial, kind=kind, answers=answers, seconds=10.5)
        if self.manifest.time_away and kind == "problem":
            answer = answer.model_copy(update={"times_away": 2, "seconds_away": 1.5})
        self.store.record(token, answer)

    def rate(self, token: str, group: str, *, point: int) -> None:
        """All problems and checks, each with the same point; away twice from each problem."""
        for shown in self.manifest.problems:
            points: dict[str, Any] = {i.id: point for i in self.manifest.asked(group, shown.id)}
            self.send(token, "problem", shown.id, points)
        for trial in self.manifest.guessed(group):
            self.send(token, "comprehension", trial, {"1": True, str(point): True})
        for check in self.manifest.questionnaire.checks:
            self.send(token, "check", check.id, {check.id: point})

    def finish(
        self, *, point: int = 3, comment: str | None = None, about: dict[str, Any] | None = None
    ) -> str:
        """A whole session; its completion code."""
        token, group = self.arrive()
        self.rate(token, group, point=point)
        if about is not None:
            self.send(token, "demographics", "demographics", about)
        if comment is not None:
            self.send(token, "comment", "comment", {"comment": comment})
        return self.store.finish(token)


@pytest.fixture
def people(tmp_path: Path, built_page: Callable[..., Path]) -> Iterator[Callable[..., People]]:
    """Opens the study's database, with the manifest changed as given."""
    stores: list[Store] = []

    def open_study(**changes: Any) -> People:
        manifest = read_manifest(built_page(**changes))
        stores.append(Store(tmp_path / "study.db", manifest))
        return People(stores[-1], manifest)

    yield open_study
    for store in stores:
        store.close()


def cells(path: Path) -> list[dict[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_ratings_are_what_was_answered(tmp_path: Path, people: Callable[..., People]) -> None:
    some = people(arms=["verbose", ANSWER_ONLY])
    some.finish(point=4)
    some.finish(point=1)
    report = export(read_database(tmp_path / "study.db"), tmp_path / "out")
    frame = read_ratings(tmp_path / "out" / "ratings.csv").frame
    assert len(frame) == report.ratings == 4 * 10 + 4 * 4
    assert set(frame["duration"]) == {10.5}
    assert not frame["simulated"].any()
    assert {len(rows) for _, rows in frame.groupby("group")} == {40, 16}
    assert not frame[frame["group"] == ANSWER_ONLY]["item"].str.contains("faith").any()
    by_person = frame.groupby("participant").agg({"rating": set, "checks_passed": set})
    # The checks ask for a 4 and for a 1, so both people pass one of two.
    assert sorted(map(str, by_person["rating"])) == ["{1}", "{4}"]
    assert list(by_person["checks_passed"]) == [{0.5}, {0.5}]


def test_only_those_who_finished_are_exported_and_all_are_counted(
    tmp_path: Path, people: Callable[..., People]
) -> None:
    some = people(arms=["verbose"], per_group=3)
    code = some.finish()
    token, group = some.arrive()
    some.rate(token, group, point=2)
    some.arrive()
    some.store.leave(some.arrive()[0])
    report = export(read_database(tmp_path / "study.db"), tmp_path / "out")
    assert report.states == {"verbose": {"finished": 1, "unfinished": 2, "left": 1}}
    assert report.ratings == 40
    assert cells(tmp_path / "out" / "completion_codes.csv") == [{"code": code}]
    progress = [
        (row["state"], row["trials_answered"], row["problems_answered"], row["seconds"])
        for row in cells(tmp_path / "out" / "participants.csv")
    ]
    assert sorted(progress) == [
        ("finished", "7", "4", "73.5"),
        ("left", "0", "0", "0"),
        ("unfinished", "1", "0", "10.5"),
        ("unfinished", "7", "4", "73.5"),
    ]


def test_the_report_is_a_table(tmp_path: Path, people: Callable[..., People]) -> None:
    some = people(arms=["verbose"])
    some.finish(comment="Clear enough.")
    some.store.leave(some.arrive()[0])
    head, columns, line = (
        export(read_database(tmp_path / "study.db"), tmp_path / "out").as_text().splitlines()
    )
    assert "ratings 40, comments 1 (possibly personal)" in head
    assert columns.split() == ["group", "finished", "wanted", "unfinished", "left"]
    assert line.split() == ["verbose", "1", "25", "0", "1"]


@pytest.mark.parametrize(
    ("written", "exported"),
    [
        ('I am Ann, "hello",\nsecond line', 'I am Ann, "hello",\nsecond line'),
        ("  =HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_comments_are_marked_and_never_run(
    tmp_path: Path, people: Callable[..., People], written: str, exported: str
) -> None:
    people(arms=["verbose"]).finish(comment=written)
    export(read_database(tmp_path / "study.db"), tmp_path / "out")
    path = tmp_path / "out" / "comments_possibly_personal.csv"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# POSSIBLY PERSONAL")
    (row,) = csv.DictReader(text.splitlines(keepends=True)[2:])
    assert (row["group"], row["comment"]) == ("verbose", exported)


def test_an_empty_comment_is_none(tmp_path: Path, people: Callable[..., People]) -> None:
    people().finish(comment=" \n")
    assert export(read_database(tmp_path / "study.db"), tmp_path / "out").comments == 0


def test_nothing_of_the_platform_is_exported(tmp_path: Path, people: Callable[..., People]) -> None:
    some = people()
    some.finish(comment="x")
    export(read_database(tmp_path / "study.db"), tmp_path / "out")
    files = list((tmp_path / "out").iterdir())
    assert len(files) == 6
    with_hash = some.store._names.hash("pid", "pid1")
    for path in files:
        assert "pid1" not in path.read_text(encoding="utf-8")
        assert with_hash not in path.read_text(encoding="utf-8")
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_within_subjects_the_group_is_what_was_seen(
    tmp_path: Path, people: Callable[..., People]
) -> None:
    some = people(design="within", arms=["verbose", "summary"])
    some.finish()
    export(read_database(tmp_path / "study.db"), tmp_path / "out")
    rows = cells(tmp_path / "out" / "ratings_within_subjects.csv")
    assert len(rows) == 40
    seen = {row["problem"]: row["group"] for row in rows}
    (first,) = cells(tmp_path / "out" / "participants.csv")
    assert seen["q0"] == seen["q2"] == first["group"] != seen["q1"] == seen["q3"]
    assert not (tmp_path / "out" / "ratings.csv").exists()


def test_a_study_that_nobody_finished_has_counts_and_no_ratings(
    tmp_path: Path, people: Callable[..., People]
) -> None:
    people().arrive()
    report = export(read_database(tmp_path / "study.db"), tmp_path / "out")
    assert (report.ratings, sum(by["unfinished"] for by in report.states.values())) == (0, 1)
    assert cells(tmp_path / "out" / "ratings.csv") == []


def test_ratings_that_read_back_differently_are_not_passed_on(
    tmp_path: Path, people: Callable[..., People], monkeypatch: pytest.MonkeyPatch
) -> None:
    people().finish()
    whole = export_module.write_ratings
    monkeypatch.setattr(export_module, "write_ratings", lambda rows, path: whole(rows[1:], path))
    with pytest.raises(CheckError, match="read back"):
        export(read_database(tmp_path / "study.db"), tmp_path / "out")


def test_no_database_no_export(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        export(read_database(tmp_path / "study.db"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_people_said_of_themselves_has_a_file_of_its_own(
    tmp_path: Path, people: Callable[..., People]
) -> None:
    some = people(arms=["verbose"])
    some.finish(about={"age": 2, "gender": 5})
    some.finish()
    export(read_database(tmp_path / "study.db"), tmp_path / "out")
    rows = read_personal_answers(tmp_path / "out" / DEMOGRAPHICS_CSV)
    assert len(rows) == 2 * 4
    given = {row.question: (row.option, row.answer) for row in rows if row.option}
    assert given == {"age": (2, "25 to 34"), "gender": (5, "prefer not to say")}
    assert {row.answer for row in rows if not row.option} == {""}
    codebook = (tmp_path / "out" / "codebook.md").read_text(encoding="utf-8")
    assert "| age | 2 | 25 to 34 | How old are you? |" in codebook
    assert "| gender | 5 | prefer not to say |" in codebook


def test_a_study_that_asks_nothing_about_people_exports_no_file_of_it(
    tmp_path: Path, people: Callable[..., People]
) -> None:
    asked = load_items().model_dump(mode="json", exclude={"demographics", "comprehension"})
    people(questionnaire=asked).finish()
    export(read_database(tmp_path / "study.db"), tmp_path / "out")
    assert not (tmp_path / "out" / DEMOGRAPHICS_CSV).exists()
    assert "about the participant" not in (tmp_path / "out" / "codebook.md").read_text("utf-8")


def test_guesses_are_exported_with_the_trace_type_seen_and_whether_they_are_right(
    tmp_path: Path, people: Callable[..., People], guessing: dict[str, Any]
) -> None:
    some = people(arms=["verbose", ANSWER_ONLY], **guessing)
    for point in (3, 2, 3, 2):  # in each pair one person sees traces
        some.finish(point=point)
    export(read_database(tmp_path / "study.db"), tmp_path / "out")
    rows = read_guesses(tmp_path / "out" / COMPREHENSION_CSV)
    assert len(rows) == 2 * 4
    assert {(row.group, row.choices, row.seconds, row.simulated) for row in rows} == {
        ("verbose", 3, 10.5, False)
    }
    assert {(row.chosen, row.right) for row in rows} <= {("Ada; Cleo", True), ("Ada; Ben", False)}
    codebook = (tmp_path / "out" / "codebook.md").read_text(encoding="utf-8")
    assert "What will it answer?" in codebook
    assert "| q3 | Cleo | yes |" in codebook


def test_times_away_stand_beside_the_ratings(tmp_path: Path, people: Callable[..., People]) -> None:
    people(time_away=True).finish()
    export(read_database(tmp_path / "study.db"), tmp_path / "out")
    frame = read_ratings(tmp_path / "out" / "ratings.csv").frame
    assert set(frame["times_away"]) == {2}
    assert set(frame["seconds_away"]) == {1.5}
