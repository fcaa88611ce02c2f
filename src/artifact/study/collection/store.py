"""The store: who has a place in the study, and what they answered.

Each method that a request calls is one transaction and returns after its commit, so what is
acknowledged outlives a crash, and the same call again changes nothing.
"""

from __future__ import annotations

import hmac
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom

from artifact.common.errors import InputError
from artifact.study.collection.database import make_database, open_database, stored_manifest
from artifact.study.collection.messages import Answer, Enrolment
from artifact.study.collection.pseudonyms import Pseudonyms, key_path, read_key
from artifact.study.collection.refusals import (
    ConflictError,
    LeftError,
    UnfinishedError,
    UnknownTokenError,
)
from artifact.study.instrument.design import next_group
from artifact.study.instrument.manifest import CONSENT, Manifest
from artifact.study.instrument.trials import check_fit, required


@dataclass(frozen=True, slots=True)
class Place:
    """A participant's place in the study.

    Attributes:
        token: proves that later requests are the participant's.
        group: the group assigned.
        problems: ids of all problems, in this participant's order.
        new: the place was given just now, not before.
    """

    token: str
    group: str
    problems: tuple[str, ...]
    new: bool


@dataclass(frozen=True, slots=True)
class _Person:
    participant: str
    group: str
    state: str


class Store:
    """One study's database, open for answers. Safe to share between threads."""

    def __init__(self, database: Path, manifest: Manifest, *, rng: Random | None = None) -> None:
        """Open `database`, or make it and its key; groups and orders are drawn with `rng`.

        Raises:
            InputError: the file is no database of a study, holds answers to another version of
                the page, or its key is missing.
        """
        self._manifest = manifest
        self._rng = rng or SystemRandom()
        self._lock = threading.Lock()
        if not database.exists():
            make_database(database, manifest)
        self._names = Pseudonyms(read_key(key_path(database)))
        self._rows = open_database(database)
        if stored_manifest(self._rows, database) != manifest:
            self._rows.close()
            raise InputError(
                "holds answers to another version of the page",
                path=database,
                cure="name another database, or serve the page that it was made with",
            )

    def close(self) -> None:
        """Close the file; whatever was acknowledged is in it."""
        with self._lock:
            self._rows.close()

    def enrol(self, arrival: Enrolment) -> Place:
        """Give the arrival a place in the smallest group, or find the place it has.

        Raises:
            ConflictError: the platform's id has a place under another secret, or the secret was
                used with other ids of the platform.
            LeftError: this participant has left; a place is given once.
        """
        token = self._names.token(arrival.secret)
        ids = self._platform_ids(arrival)
        with self._transaction() as rows:
            known = rows.execute(
                "SELECT study_group, problems, state, pid, study, session FROM participants"
                " WHERE participant = ?",
                (self._names.participant(arrival.secret),),
            ).fetchone()
            if known is None:
                return self._place(rows, arrival, ids)
            group, problems, state, *stored = known
            if any(told not in (None, kept) for told, kept in zip(ids, stored, strict=True)):
                raise ConflictError("enrolled with other ids of the platform")
            if state == "left":
                raise LeftError("has left the study")
            return Place(token, group, tuple(json.loads(problems)), new=False)

    def record(self, token: str, answer: Answer) -> None:
        """Store the answer; the same answer again changes nothing.

        Raises:
            UnknownTokenError, LeftError: as they say.
            MisfitError: the answer is to nothing that was asked.
            ConflictError: the trial was answered otherwise, consent is missing, or the
                participant has finished.
        """
        content = (answer.kind, json.dumps(answer.answers, sort_keys=True), answer.seconds)
        with self._transaction() as rows:
            person = self._present(rows, token)
            check_fit(answer, self._manifest, person.group)
            stored = rows.execute(
                "SELECT kind, answers, seconds FROM answers WHERE participant = ? AND trial = ?",
                (person.participant, answer.trial),
            ).fetchone()
            if stored == content:
                return
            if stored is not None:
                raise ConflictError("the trial was answered otherwise")
            if person.state == "finished":
                raise ConflictError("the participant has finished")
            if answer.trial != CONSENT and CONSENT not in _answered(rows, person):
                raise ConflictError("consent comes first")
            rows.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?, ?)",
                (person.participant, answer.trial, *content),
            )

    def finish(self, token: str) -> str:
        """Mark the participant as finished and give the completion code, the same every time.

        Raises:
            UnknownTokenError, LeftError: as they say.
            UnfinishedError: answers are missing.
        """
        with self._transaction() as rows:
            person = self._present(rows, token)
            if person.state == "unfinished":
                missing = required(self._manifest) - _answered(rows, person)
                if missing:
                    raise UnfinishedError(tuple(sorted(missing)))
                rows.execute(
                    "UPDATE participants SET state = 'finished', code = ? WHERE participant = ?",
                    (secrets.token_hex(5).upper(), person.participant),
                )
            query = "SELECT code FROM participants WHERE participant = ?"
            return str(rows.execute(query, (person.participant,)).fetchone()[0])

    def leave(self, token: str) -> None:
        """Free the participant's place and erase the answers given: who leaves, withdraws.

        The hashes stay, so that nobody takes part a second time in another group.

        Raises:
            UnknownTokenError: as it says.
            ConflictError: the participant has finished.
        """
        with self._transaction() as rows:
            person = self._person(rows, token)
            if person.state == "finished":
                raise ConflictError("the participant has finished")
            key = (person.participant,)
            rows.execute("UPDATE participants SET state = 'left' WHERE participant = ?", key)
            rows.execute("DELETE FROM answers WHERE participant = ?", key)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # The connection's own context commits, or rolls back what raised. IMMEDIATE, because
        # nobody else may give a place between the count and the insert.
        with self._lock, self._rows as rows:
            rows.execute("BEGIN IMMEDIATE")
            yield rows

    def _person(self, rows: sqlite3.Connection, token: str) -> _Person:
        """The token's owner: found by the name in it, proved by the rest."""
        participant = token.partition(".")[0]
        found = rows.execute(
            "SELECT kept_token, study_group, state FROM participants WHERE participant = ?",
            (participant,),
        ).fetchone()
        if found is None or not hmac.compare_digest(found[0], self._names.kept(token)):
            raise UnknownTokenError("no such token")
        return _Person(participant, found[1], found[2])

    def _present(self, rows: sqlite3.Connection, token: str) -> _Person:
        person = self._person(rows, token)
        if person.state == "left":
            raise LeftError("has left the study")
        return person

    def _place(
        self, rows: sqlite3.Connection, arrival: Enrolment, ids: tuple[str | None, ...]
    ) -> Place:
        counts = dict.fromkeys(self._manifest.groups, 0)
        counts |= rows.execute(
            "SELECT study_group, count(*) FROM participants WHERE state != 'left'"
            " GROUP BY study_group"
        )
        group = next_group(counts, self._rng)
        problems = [shown.id for shown in self._manifest.problems]
        self._rng.shuffle(problems)
        token = self._names.token(arrival.secret)
        name, kept = self._names.participant(arrival.secret), self._names.kept(token)
        try:
            rows.execute(
                "INSERT INTO participants VALUES (?, ?, ?, ?, 'unfinished', NULL, ?, ?, ?)",
                (name, kept, group, json.dumps(problems), *ids),
            )
        except sqlite3.IntegrityError:
            raise ConflictError("this person has a place already") from None
        return Place(token, group, tuple(problems), new=True)

    def _platform_ids(self, arrival: Enrolment) -> tuple[str | None, ...]:
        """What is kept of pid, study and session."""
        given = (("pid", arrival.pid), ("study", arrival.study), ("session", arrival.session))
        return tuple(value and self._names.of(use, value) for use, value in given)


def _answered(rows: sqlite3.Connection, person: _Person) -> frozenset[str]:
    query = "SELECT trial FROM answers WHERE participant = ?"
    return frozenset(trial for (trial,) in rows.execute(query, (person.participant,)))
