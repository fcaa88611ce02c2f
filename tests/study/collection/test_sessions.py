"""Sessions as records: from a database in use, or from files, checked as the server does."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.study.collection.export import export
from artifact.study.collection.messages import Answer, Enrolment
from artifact.study.collection.sessions import StoredAnswer, read_database, read_saved_sessions
from artifact.study.collection.store import Store
from artifact.study.instrument.design import Origin, Study, plan_study
from artifact.study.instrument.items import load_items
from artifact.study.instrument.manifest import read_manifest
from artifact.study.instrument.ratings import GROUPS
from artifact.study.instrument.ratings_file import read_ratings
from artifact.study.instrument.stimuli import Stimulus

ITEMS = [item.id for item in load_items().items]


def a_stimulus(number: int) -> Stimulus:
    return Stimulus(
        id=f"p-{number}",
        category="during",
        question="Who also worked for Dunmere Press?",
        context=("Ivo Brandt works for Dunmere Press in 1950.",),
        answers=("Ivo Brandt",),
        traces={group: f"{group} {number}" for group in GROUPS},
        made="rule",
    )


STUDY: Study = plan_study(
    [a_stimulus(0), a_stimulus(1), a_stimulus(2)],
    load_items(),
    Origin(dataset="cotempqa", source="lookalike", seed=0),
)
SESSION: dict[str, Any] = {
    "version": STUDY.version,
    "participant": "0123456789abcdef",
    "group": "summary",
    "problems": ["p-1", "p-0"],
    "answers": [
        {"trial": "consent", "kind": "consent", "answers": {"consent": True}, "seconds": 9},
        {"trial": "p-1", "kind": "problem", "answers": dict.fromkeys(ITEMS, 5), "seconds": 40.5},
        {"trial": "check_1", "kind": "check", "answers": {"check_1": 4}, "seconds": 40.5},
        {"trial": "p-0", "kind": "problem", "answers": dict.fromkeys(ITEMS, 2), "seconds": 30},
        {"trial": "check_2", "kind": "check", "answers": {"check_2": 3}, "seconds": 30},
        {"trial": "comment", "kind": "comment", "answers": {"comment": "Fine."}, "seconds": 3},
    ],
    "code": "ABCDEF0123",
}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "study.json").write_text(STUDY.model_dump_json(), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "sessions"
    made.mkdir()
    return made


def save(path: Path, *sessions: dict[str, Any], indent: int | None = None) -> None:
    lines = [json.dumps(session, indent=indent) for session in sessions]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_files_and_lines_are_exported_like_the_servers(
    page: Path, folder: Path, tmp_path: Path
) -> None:
    save(folder / "study-1.json", SESSION, indent=1)
    others = [SESSION | {"participant": f"{number:016x}"} for number in range(3)]
    save(folder / "jatos_results.txt", *others)
    report = export(read_saved_sessions(page, folder), tmp_path / "out")
    assert (report.ratings, report.comments) == (4 * 2 * len(ITEMS), 4)
    frame = read_ratings(tmp_path / "out" / "ratings.csv").frame
    assert set(frame["group"]) == {"summary"}
    assert set(frame.loc[frame["problem"] == "p-1", "rating"]) == {5}
    assert set(frame["checks_passed"]) == {0.5}
    assert set(frame["duration"]) == {40.5, 30.0}


def test_the_same_session_twice_counts_once(page: Path, folder: Path) -> None:
    save(folder / "a.json", SESSION)
    save(folder / "b.jsonl", SESSION)
    assert len(read_saved_sessions(page, folder).participants) == 1


def partial(answers: int) -> dict[str, Any]:
    """The session as it was saved on the way."""
    return SESSION | {"answers": SESSION["answers"][:answers], "code": None}


@pytest.mark.parametrize(
    ("sessions", "answered", "state"),
    [
        ([partial(3), SESSION], 6, "finished"),
        ([SESSION, partial(3)], 6, "finished"),
        ([partial(1), partial(4), partial(2)], 4, "unfinished"),
        ([partial(6), SESSION], 6, "finished"),
        ([partial(0), SESSION, SESSION], 6, "finished"),
    ],
)
def test_a_person_saved_on_the_way_and_at_the_end_is_one_person(
    page: Path, folder: Path, sessions: list[dict[str, Any]], answered: int, state: str
) -> None:
    for number, session in enumerate(sessions):
        save(folder / f"{number}.json", session)
    (person,) = read_saved_sessions(page, folder).participants
    assert (len(person.answers), person.state) == (answered, state)


CHANGED = SESSION["answers"][1] | {"answers": dict.fromkeys(ITEMS, 1)}


@pytest.mark.parametrize(
    "second",
    [
        partial(2) | {"answers": [SESSION["answers"][0], CHANGED]},
        partial(3) | {"group": "verbose"},
        partial(3) | {"problems": ["p-0", "p-1"]},
        SESSION | {"code": "0123456789"},
    ],
)
def test_of_sessions_that_contradict_each_other_the_second_is_refused_or_left_out(
    page: Path, folder: Path, second: dict[str, Any]
) -> None:
    save(folder / "a.jsonl", SESSION, second)
    with pytest.raises(InputError, match=r"a\.jsonl, line 2: contradicts an earlier session"):
        read_saved_sessions(page, folder)
    intake = Intake(skip_bad=True)
    (person,) = read_saved_sessions(page, folder, intake).participants
    assert (person.state, person.code) == ("finished", SESSION["code"])
    assert len(intake.left_out) == 1


@pytest.mark.parametrize(
    "name",
    [
        "study_result_7/comp-result_9/data.txt",
        "jatos/study_result_7/comp-result_9/data.txt",
        "deep/er/session.json",
        "DATA.TXT",
        "a/b.JSONL",
    ],
)
def test_nested_folders_are_searched_and_what_only_accompanies_is_not_read(
    page: Path, folder: Path, name: str
) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    save(folder / name, SESSION)
    (folder / name).write_bytes(codecs.BOM_UTF8 + (folder / name).read_bytes())
    (folder / "metadata.json").write_text('{"data": []}')
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._data.txt").write_bytes(b"\x00\x05\x16\x07")
    (folder / "empty.txt").touch()
    (folder / "files.txt").mkdir()
    assert len(read_saved_sessions(page, folder).participants) == 1


def test_bad_sessions_are_left_out_and_counted(page: Path, folder: Path) -> None:
    save(folder / "a.jsonl", SESSION, SESSION | {"version": "0" * 64}, {"participant": "x"})
    (folder / "b.json").write_text('{"version": "')
    intake = Intake(skip_bad=True)
    assert len(read_saved_sessions(page, folder, intake).participants) == 1
    assert [left_out.reason.partition(":")[0] for left_out in intake.left_out] == [
        f"{folder / 'a.jsonl'}, line 2, field 'version'",
        f"{folder / 'a.jsonl'}, line 3, field 'version'",
        f"{folder / 'b.json'}, line 1",
    ]
    (folder / "a.jsonl").unlink()
    with pytest.raises(InputError, match="holds no usable sessions: 1 left out"):
        read_saved_sessions(page, folder, Intake(skip_bad=True))


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.update(code=None),
        lambda session: session["answers"].pop(3),
    ],
)
def test_a_session_without_its_end_is_unfinished(
    page: Path, folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    session = deepcopy(SESSION)
    change(session)
    save(folder / "a.json", session)
    (person,) = read_saved_sessions(page, folder).participants
    assert (person.state, person.code) == ("unfinished", None)


FAULTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "version": (lambda s: s.update(version="0" * 64), "field 'version': is from another version"),
    "group": (lambda s: s.update(group="p-0"), "field 'group': is not a group"),
    "problems": (lambda s: s.update(problems=["p-1"]), "field 'problems': are not those"),
    "name": (lambda s: s.update(participant="Orla Fenn"), "field 'participant': is not a session"),
    "unknown field": (lambda s: s.update(address="x"), "field 'address': is not a session"),
    "point": (lambda s: s["answers"][1]["answers"].update(effort=6), "field 'answers.1': a point"),
    "item": (lambda s: s["answers"][1]["answers"].pop("effort"), "field 'answers.1': not the"),
    "trial": (lambda s: s["answers"][2].update(trial="check_9"), "field 'answers.2': no such"),
    "twice": (lambda s: s["answers"].append(s["answers"][0]), "answers 'consent' a second time"),
}


@pytest.mark.parametrize(("change", "said"), FAULTS.values(), ids=FAULTS)
def test_what_the_server_would_refuse_is_refused(
    page: Path, folder: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    session = deepcopy(SESSION)
    change(session)
    save(folder / "a.jsonl", SESSION, session)
    with pytest.raises(InputError) as caught:
        read_saved_sessions(page, folder)
    assert f"{folder / 'a.jsonl'}, line 2, " in str(caught.value)
    assert said in str(caught.value)


def test_two_sessions_under_one_name(page: Path, folder: Path) -> None:
    save(folder / "a.jsonl", SESSION, SESSION | {"group": "verbose"})
    with pytest.raises(InputError, match="line 2: contradicts an earlier session"):
        read_saved_sessions(page, folder)


def test_a_file_that_is_no_json(page: Path, folder: Path) -> None:
    (folder / "a.json").write_bytes(b"\xffnothing")
    with pytest.raises(InputError, match="is not a session"):
        read_saved_sessions(page, folder)


def test_a_folder_without_sessions(page: Path, folder: Path) -> None:
    with pytest.raises(InputError, match=r"holds no file named \*\.json, \*\.jsonl, \*\.txt"):
        read_saved_sessions(page, folder)
    with pytest.raises(InputError, match="no such folder"):
        read_saved_sessions(page, folder / "none")


CONSENT = Answer(trial="consent", kind="consent", answers={"consent": True}, seconds=2.5)
COMMENT = Answer(trial="comment", kind="comment", answers={"comment": "ünï 🙂"}, seconds=0.1)


def test_what_was_stored_is_read_while_collection_goes_on(
    tmp_path: Path, built_page: Callable[..., Path]
) -> None:
    manifest = read_manifest(built_page())
    with closing(Store(tmp_path / "study.db", manifest)) as store:
        place = store.enrol(Enrolment(secret="a" * 32))
        store.record(place.token, CONSENT)
        store.record(place.token, COMMENT)
        first = read_database(tmp_path / "study.db")
        store.enrol(Enrolment(secret="b" * 32))
        second = read_database(tmp_path / "study.db")
    (person,) = first.participants
    assert first.manifest == manifest
    assert (person.group, person.problems) == (place.group, place.problems)
    assert (person.state, person.code) == ("unfinished", None)
    assert person.answers == {
        "comment": StoredAnswer({"comment": "ünï 🙂"}, 0.1),
        "consent": StoredAnswer({"consent": True}, 2.5),
    }
    assert person in second.participants
    names = [someone.name for someone in second.participants]
    assert names == sorted(names)
    assert len(names) == 2


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_database(tmp_path / "study.db")
