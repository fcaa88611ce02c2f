"""The store: who has a place in the study, and what they answered.

Each method that a request calls is one transaction and returns after its commit: what is
acknowledged survives a crash, and repeating a call changes nothing.
"""

from __future__ import annotations

import hmac
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom

from artifact.common.errors import InputError
from artifact.study.collection.database import make_database, open_database, stored_manifest
from artifact.study.collection.messages import (
    Answer,
    ConflictError,
    Enrolment,
    LeftError,
    UnfinishedError,
    UnknownTokenError,
    check_answer,
    required_trials,
)
from artifact.study.collection.pseudonyms import Pseudonyms, key_path, read_key
from artifact.study.collection.sessions import read_sessions
from artifact.study.instrument.design import next_group
from artifact.study.instrument.manifest import CONSENT, Manifest


@dataclass(frozen=True, slots=True)
class Place:
    """A participant's place in the study.

    Attributes:
        token: proves that later requests are the participant's.
        group: the group assigned.
        problems: ids of all problems, in this participant's order.
        new: whether the place was given by this call.
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

    def __init__(
        self,
        database: Path,
        manifest: Manifest,
        *,
        rng: Random | None = None,
        code: str | None = None,
    ) -> None:
        """Open `database`, or make it and its key; groups and orders are drawn with `rng`.

        Whoever finishes gets the completion code `code`, or one of their own if it is None.

        Raises:
            InputError: the file is not a database of a study, is damaged, holds answers to another
                version of the page, or its key is missing.
        """
        self._manifest = manifest
        self._code = code
        self._rng = rng or SystemRandom()
        self._lock = threading.Lock()
        if not database.exists():
            make_database(database, manifest)
        self._names = Pseudonyms(read_key(key_path(database)))
        with ExitStack() as unless_usable:
            self._connection = unless_usable.enter_context(closing(open_database(database)))
            if stored_manifest(self._connection, database) != manifest:
                raise InputError(
                    "holds answers to another version of the page",
                    path=database,
                    cure="name another database, or serve the page that it was made with",
                )
            read_sessions(self._connection, database)  # what can't be exported isn't added to
            unless_usable.pop_all()

    def close(self) -> None:
        """Close the file; whatever was acknowledged is in it."""
        with self._lock:
            self._connection.close()

    def enrol(self, arrival: Enrolment) -> Place:
        """Give the arrival a place in the smallest group, or find the place it has.

        Raises:
            ConflictError: the platform's id has a place under another secret, or the secret was
                used with other ids of the platform.
            LeftError: this participant has left; a place is given once.
        """
        token = self._names.token(arrival.secret)
        ids = self._platform_ids(arrival)
        with self._transaction() as connection:
            known = connection.execute(
                "SELECT study_group, problems, state, pid, study, session FROM participants"
                " WHERE participant = ?",
                (self._names.participant(arrival.secret),),
            ).fetchone()
            if known is None:
                return self._place(connection, arrival, ids)
            group, problems, state, *stored = known
            if any(new not in (None, old) for new, old in zip(ids, stored, strict=True)):
                raise ConflictError("enrolled with other ids of the platform")
            if state == "left":
                raise LeftError("has left the study")
            return Place(token, group, tuple(json.loads(problems)), new=False)

    def record(self, token: str, answer: Answer) -> None:
        """Store the answer; the same answer again changes nothing.

        Raises:
            UnknownTokenError, LeftError: the token is nobody's, or its owner has left.
            UnprocessableError: the participant was not asked for this answer.
            ConflictError: the trial has another answer, consent is missing, or the participant
                has finished.
        """
        content = (
            answer.kind,
            json.dumps(answer.answers, sort_keys=True),
            answer.seconds,
            answer.times_away,
            answer.seconds_away,
        )
        with self._transaction() as connection:
            person = self._present(connection, token)
            check_answer(answer, self._manifest, person.group)
            stored = connection.execute(
                "SELECT kind, answers, seconds, times_away, seconds_away FROM answers"
                " WHERE participant = ? AND trial = ?",
                (person.participant, answer.trial),
            ).fetchone()
            if stored == content:
                return
            if stored is not None:
                raise ConflictError("the trial has another answer")
            if person.state == "finished":
                raise ConflictError("the participant has finished")
            if answer.trial != CONSENT and CONSENT not in _answered(connection, person):
                raise ConflictError("consent comes first")
            connection.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
                (person.participant, answer.trial, *content),
            )

    def finish(self, token: str) -> str:
        """Mark the participant as finished and give the completion code, the same every time.

        Raises:
            UnknownTokenError, LeftError: the token is nobody's, or its owner has left.
            UnfinishedError: answers are missing.
        """
        with self._transaction() as connection:
            person = self._present(connection, token)
            if person.state == "unfinished":
                missing = required_trials(self._manifest, person.group) - _answered(
                    connection, person
                )
                if missing:
                    raise UnfinishedError(tuple(sorted(missing)))
                connection.execute(
                    "UPDATE participants SET state = 'finished', code = ? WHERE participant = ?",
                    (self._code or secrets.token_hex(5).upper(), person.participant),
                )
            query = "SELECT code FROM participants WHERE participant = ?"
            return str(connection.execute(query, (person.participant,)).fetchone()[0])

    def leave(self, token: str) -> None:
        """Withdraw the participant: free the place and erase the answers.

        The hashes stay, so that nobody can take part again in another group.

        Raises:
            UnknownTokenError: the token is nobody's.
            ConflictError: the participant has finished.
        """
        with self._transaction() as connection:
            person = self._person(connection, token)
            if person.state == "finished":
                raise ConflictError("the participant has finished")
            key = (person.participant,)
            connection.execute("UPDATE participants SET state = 'left' WHERE participant = ?", key)
            connection.execute("DELETE FROM answers WHERE participant = ?", key)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # The connection's own context commits, or rolls back what raised. IMMEDIATE, because
        # nobody else may give a place between the count and the insert.
        with self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    def _person(self, connection: sqlite3.Connection, token: str) -> _Person:
        """The token's owner: found by the pseudonym in it, proved by the rest."""
        participant = token.partition(".")[0]
        found = connection.execute(
            "SELECT kept_token, study_group, state FROM participants WHERE participant = ?",
            (participant,),
        ).fetchone()
        if found is None or not hmac.compare_digest(found[0], self._names.token_hash(token)):
            raise UnknownTokenError("no such token")
        return _Person(participant, found[1], found[2])

    def _present(self, connection: sqlite3.Connection, token: str) -> _Person:
        person = self._person(connection, token)
        if person.state == "left":
            raise LeftError("has left the study")
        return person

    def _place(
        self, connection: sqlite3.Connection, arrival: Enrolment, ids: tuple[str | None, ...]
    ) -> Place:
        counts = dict.fromkeys(self._manifest.groups, 0)
        counts |= connection.execute(
            "SELECT study_group, count(*) FROM participants WHERE state != 'left'"
            " GROUP BY study_group"
        )
        group = next_group(counts, self._rng)
        problems = [shown.id for shown in self._manifest.problems]
        self._rng.shuffle(problems)
        token = self._names.token(arrival.secret)
        name = self._names.participant(arrival.secret)
        token_hash = self._names.token_hash(token)
        try:
            connection.execute(
                "INSERT INTO participants VALUES (?, ?, ?, ?, 'unfinished', NULL, ?, ?, ?)",
                (name, token_hash, group, json.dumps(problems), *ids),
            )
        except sqlite3.IntegrityError:
            raise ConflictError("this person already has a place") from None
        return Place(token, group, tuple(problems), new=True)

    def _platform_ids(self, arrival: Enrolment) -> tuple[str | None, ...]:
        """Keyed hashes of pid, study and session, where given."""
        given = (("pid", arrival.pid), ("study", arrival.study), ("session", arrival.session))
        return tuple(value and self._names.hash(use, value) for use, value in given)


def _answered(connection: sqlite3.Connection, person: _Person) -> frozenset[str]:
    query = "SELECT trial FROM answers WHERE participant = ?"
    return frozenset(trial for (trial,) in connection.execute(query, (person.participant,)))
