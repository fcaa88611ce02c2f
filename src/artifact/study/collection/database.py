"""The database file: its schema, and how it is made and opened.

Participants are known by keyed hashes only, no time of day is stored, and rows are ordered by
those hashes, so that the file does not tell who came when. Every commit is on the disk when it
returns (write-ahead log, ``synchronous=FULL``), and deleted data are overwritten.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from pydantic import ValidationError

from artifact.common.errors import InputError
from artifact.study.collection.pseudonyms import key_path, make_key
from artifact.study.instrument.manifest import Manifest

_APPLICATION_ID = 0x7374_7564  # so that no other program's database is taken for a study

_SCHEMA = f"""
PRAGMA application_id = {_APPLICATION_ID};
CREATE TABLE study (manifest TEXT NOT NULL) STRICT;
CREATE TABLE participants (
    participant TEXT PRIMARY KEY,
    kept_token TEXT NOT NULL,
    study_group TEXT NOT NULL,
    problems TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('unfinished', 'finished', 'left')),
    code TEXT,
    pid TEXT UNIQUE,
    study TEXT,
    session TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE answers (
    participant TEXT NOT NULL REFERENCES participants,
    trial TEXT NOT NULL,
    kind TEXT NOT NULL,
    answers TEXT NOT NULL,
    seconds REAL NOT NULL,
    times_away INTEGER,
    seconds_away REAL,
    PRIMARY KEY (participant, trial)
) STRICT, WITHOUT ROWID;
"""


def make_database(path: Path, manifest: Manifest) -> None:
    """Make an empty database for the study and, if there is none yet, its key.

    The file is readable by its owner only and appears whole or not at all.

    Raises:
        InputError: it cannot be written, or the write-ahead log of a lost database lies there.
    """
    if path.with_name(f"{path.name}-wal").exists():
        cure = "restore the database, or move its -wal file away"
        raise InputError("is missing, but its last answers are not", path=path, cure=cure)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not key_path(path).exists():
            make_key(key_path(path))
        # SQLite gives its log the mode of the database.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(part)) as connection:
            connection.executescript(_SCHEMA)
            connection.execute("INSERT INTO study VALUES (?)", (manifest.model_dump_json(),))
            connection.commit()
        part.replace(path)
    except (OSError, sqlite3.Error) as error:  # SQLite itself reports a full disk
        with suppress(OSError):  # its folder may not exist
            part.unlink()
        said = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot be made ({said})", path=path) from None


def open_database(path: Path) -> sqlite3.Connection:
    """A connection to the database of a study, without transactions of its own.

    Raises:
        InputError: there is no such file, it is something else, or it is damaged: a study continues
            only in a database whose every page can be read.
    """
    if not path.exists():
        raise InputError("no such file", path=path)
    with ExitStack() as unless_usable:
        try:
            connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=rw",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            unless_usable.callback(connection.close)
            if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
                raise InputError("is not a database of a study", path=path)
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
            if faults != ["ok"]:
                raise damaged(path, " ".join(faults[0].split()))
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA foreign_keys = ON")
            _complete(connection)
        except sqlite3.DatabaseError as error:
            if (
                type(error) is sqlite3.DatabaseError
            ):  # malformed, or not a database; else locked or full
                raise damaged(path, str(error)) from None
            raise InputError(f"cannot be opened ({error})", path=path) from None
        unless_usable.pop_all()
    return connection


def _complete(connection: sqlite3.Connection) -> None:
    """Add the columns for times away to a database from before they were counted."""
    present = {row[1] for row in connection.execute("PRAGMA table_info(answers)")}
    for name, kind in (("times_away", "INTEGER"), ("seconds_away", "REAL")):
        if present and name not in present:
            connection.execute(f"ALTER TABLE answers ADD COLUMN {name} {kind}")


def damaged(path: Path, fault: str) -> InputError:
    """Says that the database at `path` is not what was stored."""
    return InputError(
        f"is damaged ({fault})",
        path=path,
        cure="restore it from a backup, or save what is left with `sqlite3 FILE .recover`",
    )


def stored_manifest(connection: sqlite3.Connection, path: Path) -> Manifest:
    """What the participants in the database at `path` were asked.

    Raises:
        InputError: it was written by another version of this software, or there is not exactly one.
    """
    try:
        found = connection.execute("SELECT manifest FROM study").fetchall()
        if len(found) != 1:
            raise damaged(path, f"{len(found)} records of the study where there should be one")
        return Manifest.model_validate_json(found[0][0])
    except (sqlite3.Error, ValidationError):
        raise InputError("was written by another version of the software", path=path) from None
