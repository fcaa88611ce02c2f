"""What was collected: the database as records, for the export and for nothing on the network."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from artifact.study.collection.database import open_database, stored_manifest
from artifact.study.instrument.manifest import Manifest

State = Literal["finished", "unfinished", "left"]
"""`unfinished` neither finished nor left; who left has no answers any more."""


@dataclass(frozen=True, slots=True)
class Given:
    """One stored answer: item id to point, text or consent, and the time the trial took."""

    answers: Mapping[str, bool | int | str]
    seconds: float


@dataclass(frozen=True, slots=True)
class Participant:
    """Someone who came.

    Attributes:
        name: the database's name for them, 16 hex digits.
        group: the group assigned.
        state: how far they got.
        code: completion code, if they finished.
        problems: ids of all problems, in the order shown.
        given: their answers by trial.
    """

    name: str
    group: str
    state: State
    code: str | None
    problems: tuple[str, ...]
    given: Mapping[str, Given]


@dataclass(frozen=True, slots=True)
class Collected:
    """All that a database holds; participants sorted by name."""

    manifest: Manifest
    participants: tuple[Participant, ...]


def read_collected(database: Path) -> Collected:
    """One consistent view of the database, which may be in use.

    Raises:
        InputError: `database` is no database of a study.
    """
    with closing(open_database(database)) as rows:
        rows.execute("PRAGMA query_only = ON")
        rows.execute("BEGIN")
        manifest = stored_manifest(rows, database)
        given = _given(rows)
        people = rows.execute(
            "SELECT participant, study_group, state, code, problems FROM participants"
            " ORDER BY participant"
        )
        participants = tuple(
            Participant(name, group, state, code, tuple(json.loads(problems)), given.get(name, {}))
            for name, group, state, code, problems in people
        )
        return Collected(manifest, participants)


def _given(rows: sqlite3.Connection) -> dict[str, dict[str, Given]]:
    given: dict[str, dict[str, Given]] = {}
    for name, trial, answers, seconds in rows.execute(
        "SELECT participant, trial, answers, seconds FROM answers ORDER BY participant, trial"
    ):
        given.setdefault(name, {})[trial] = Given(json.loads(answers), seconds)
    return given
