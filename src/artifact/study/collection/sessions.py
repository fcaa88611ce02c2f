"""The sessions collected, as records: from the database, or from files that the page saved.

A page without a server saves each session itself, as a file or in JATOS. Such a file holds one
session as JSON, or one per line as JATOS exports its result data, and must pass the same checks
as the server's requests.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from artifact.common.documents import json_value
from artifact.common.errors import InputError
from artifact.common.files import located, read_text_bytes, record_of
from artifact.common.intake import Intake
from artifact.study.collection.database import damaged, open_database, stored_manifest
from artifact.study.collection.messages import (
    Answer,
    UnprocessableError,
    check_answer,
    required_trials,
)
from artifact.study.instrument.manifest import Manifest, read_manifest

State = Literal["finished", "unfinished", "left"]
"""`unfinished`: neither finished nor left. The answers of people who left are erased."""

SUFFIXES = (".json", ".jsonl", ".txt")
"""Suffixes of the files that the page or JATOS saves."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to one trial.

    Attributes:
        values: item id to point, text or consent.
        seconds: how long the trial was on the screen.
        times_away, seconds_away: how often and how long it was left; None where not counted.
    """

    values: Mapping[str, bool | int | str]
    seconds: float
    times_away: int | None = None
    seconds_away: float | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """Someone who enrolled.

    Attributes:
        name: pseudonym, 16 hex digits.
        group: the group assigned.
        state: how far they got.
        code: completion code, if they finished.
        problems: ids of all problems, in the order shown.
        answers: their answers by trial.
    """

    name: str
    group: str
    state: State
    code: str | None
    problems: tuple[str, ...]
    answers: Mapping[str, StoredAnswer]


@dataclass(frozen=True, slots=True)
class Sessions:
    """All that was collected; participants are sorted by name."""

    manifest: Manifest
    participants: tuple[Participant, ...]


def read_database(database: Path) -> Sessions:
    """A consistent snapshot of the database, which may be in use; errors as `read_sessions`."""
    with closing(open_database(database)) as connection:
        return read_sessions(connection, database)


def read_sessions(connection: sqlite3.Connection, database: Path) -> Sessions:
    """Everything in an open database, each record checked as it was when it was stored.

    Raises:
        InputError: it was written by another version of this software, or it is damaged.
    """
    try:
        connection.execute("BEGIN")
        try:
            manifest = stored_manifest(connection, database)
            return Sessions(manifest, tuple(_stored_people(connection, manifest)))
        finally:
            connection.execute("ROLLBACK")
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise damaged(database, " ".join(str(error).split())) from error
    except InputError as fault:
        if fault.path is not None:
            raise
        raise damaged(database, str(fault)) from fault


def _stored_people(connection: sqlite3.Connection, manifest: Manifest) -> Iterator[Participant]:
    answers: dict[str, list[dict[str, object]]] = {}
    names = ("kind", "trial", "answers", "seconds", "times_away", "seconds_away")
    for name, *row in connection.execute(
        f"SELECT participant, {', '.join(names)} FROM answers ORDER BY participant, trial"
    ):
        fields = dict(zip(names, row, strict=True))
        answers.setdefault(name, []).append(fields | {"answers": json_value(fields["answers"])})
    for name, group, state, code, problems in connection.execute(
        "SELECT participant, study_group, state, code, problems FROM participants"
        " ORDER BY participant"
    ):
        given = {"version": manifest.version, "participant": name, "group": group, "code": code}
        given |= {"problems": json_value(problems), "answers": answers.pop(name, [])}
        session = record_of(json.dumps(given), SavedSession)
        _check_session(session, manifest)
        if state == "finished" and not _is_whole(session, manifest):
            raise InputError(f"{name} has finished, but answers are missing")
        yield Participant(name, group, state, code, tuple(session.problems), _answers(session))
    if answers:
        raise InputError(f"{min(answers)} has answers, but never enrolled")


class SavedSession(BaseModel):
    """One session as the page writes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: str
    participant: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    group: str
    problems: list[str]
    answers: list[Answer]
    code: str | None


def read_saved_sessions(page: Path, folder: Path, intake: Intake | None = None) -> Sessions:
    """The sessions in the files of `folder` and its subfolders, as JATOS exports them.

    If a participant's session was saved several times along the way, the fullest one counts.

    Args:
        page: the folder of the page that saved them.
        folder: holds the files, named ``*.json``, ``*.jsonl`` or ``*.txt``.
        intake: what happens to a bad session; None stops at the first.

    Raises:
        InputError: there is no such file; one holds something other than sessions of this page, or
            two of one participant that contradict each other, unless `intake` skips it. The
            message names the file, the line in it, and the field.
    """
    intake = intake or Intake()
    manifest = read_manifest(page)
    people: dict[str, Participant] = {}
    for path, line, text in _session_texts(folder):
        try:
            person = _participant(text, manifest)
            people[person.name] = _fullest(people.get(person.name, person), person)
        except InputError as error:
            intake.reject(located(error, path=path, line=line))
    if not people:
        raise intake.nothing_left("sessions", folder)
    return Sessions(manifest, tuple(people[name] for name in sorted(people)))


def _session_texts(folder: Path) -> Iterator[tuple[Path, int, str]]:
    """File, line and JSON text of each session."""
    if not folder.is_dir():
        raise InputError("no such folder", path=folder)
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not _is_beside(path)
    )
    if not files:
        raise InputError(f"holds no file named *{', *'.join(SUFFIXES)}", path=folder)
    for path in files:
        text = read_text_bytes(path).decode("utf-8", errors="replace")
        if path.suffix.lower() == ".json":
            yield path, 1, text
            continue
        for line, session in enumerate(text.split("\n"), start=1):
            if session.strip():
                yield path, line, session


def _is_beside(path: Path) -> bool:
    """Whether a file only accompanies the sessions: JATOS's list, what a Mac adds to archives."""
    return path.name == "metadata.json" or path.name.startswith(".")


def _fullest(first: Participant, second: Participant) -> Participant:
    """Of one participant's two sessions, the one that continues the other.

    Raises:
        InputError: if neither does.
    """
    more = max(first, second, key=lambda person: (len(person.answers), person.code is not None))
    less = second if more is first else first
    same_plan = (less.group, less.problems) == (more.group, more.problems)
    goes_on = less.answers.items() <= more.answers.items() and less.code in (None, more.code)
    if not (same_plan and goes_on):
        raise InputError("contradicts an earlier session of this participant")
    return more


def _participant(text: str, manifest: Manifest) -> Participant:
    try:
        session = record_of(text, SavedSession)
    except InputError as fault:
        raise InputError(f"is not a session: {fault.problem}", field=fault.field) from None
    _check_session(session, manifest)
    finished = _is_whole(session, manifest)
    return Participant(
        name=session.participant,
        group=session.group,
        state="finished" if finished else "unfinished",
        code=session.code if finished else None,
        problems=tuple(session.problems),
        answers=_answers(session),
    )


def _is_whole(session: SavedSession, manifest: Manifest) -> bool:
    """Whether someone has finished: all that must be answered is, and there is a code."""
    answered = {answer.trial for answer in session.answers}
    return session.code is not None and required_trials(manifest, session.group) <= answered


def _answers(session: SavedSession) -> dict[str, StoredAnswer]:
    """By trial, with item ids sorted, as the database keeps them."""
    return {
        answer.trial: StoredAnswer(
            dict(sorted(answer.answers.items())),
            answer.seconds,
            answer.times_away,
            answer.seconds_away,
        )
        for answer in session.answers
    }


def _check_session(session: SavedSession, manifest: Manifest) -> None:
    if session.version != manifest.version:
        raise InputError("is from another version of the page", field="version")
    if session.group not in manifest.groups:
        raise InputError("is not a group of the page", field="group")
    if sorted(session.problems) != sorted(shown.id for shown in manifest.problems):
        raise InputError("are not those of the page", field="problems")
    answered: set[str] = set()
    for number, answer in enumerate(session.answers):
        field = f"answers.{number}"
        try:
            check_answer(answer, manifest, session.group)
        except UnprocessableError as refusal:
            raise InputError(str(refusal), field=field) from None
        if answer.trial in answered:
            raise InputError(f"answers '{answer.trial}' a second time", field=field)
        answered.add(answer.trial)
