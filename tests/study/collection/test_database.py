"""The database file: whole or not at all, private, durable, and never another program's."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from artifact.book.measurements.reliability import Tried
from artifact.common.errors import InputError
from artifact.study.collection.database import make_database, open_database, stored_manifest
from artifact.study.collection.pseudonyms import key_path, read_key
from artifact.study.collection.sessions import read_database
from artifact.study.instrument.manifest import Manifest, read_manifest

from ...test_faults import TRIED, damaged, refusal


@pytest.fixture
def manifest(built_page: Callable[..., Path]) -> Manifest:
    return read_manifest(built_page())


@pytest.fixture
def database(tmp_path: Path, manifest: Manifest) -> Path:
    path = tmp_path / "deep" / "study.db"
    make_database(path, manifest)
    return path


def test_it_is_private_and_keeps_what_was_asked(database: Path, manifest: Manifest) -> None:
    with closing(open_database(database)) as rows:
        assert stored_manifest(rows, database) == manifest
        files = sorted(database.parent.iterdir())
        assert [path.name.removeprefix("study.db") for path in files] == [
            "",
            "-shm",
            "-wal",
            ".key",
        ]
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_every_commit_is_on_the_disk_and_what_is_deleted_is_overwritten(database: Path) -> None:
    with closing(open_database(database)) as rows:
        settings = {
            name: rows.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    full = 2
    assert settings == {
        "journal_mode": "wal",
        "synchronous": full,
        "secure_delete": 1,
        "foreign_keys": 1,
    }


def test_a_key_that_is_there_is_kept(tmp_path: Path, manifest: Manifest) -> None:
    path = tmp_path / "study.db"
    make_database(path, manifest)
    key = read_key(key_path(path))
    path.unlink()
    make_database(path, manifest)
    assert read_key(key_path(path)) == key


def test_answers_of_a_database_that_is_gone_are_not_mixed_in(
    tmp_path: Path, manifest: Manifest
) -> None:
    (tmp_path / "study.db-wal").write_bytes(b"")
    with pytest.raises(InputError, match="is missing, but its last answers are not"):
        make_database(tmp_path / "study.db", manifest)
    assert not (tmp_path / "study.db").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, manifest: Manifest) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(InputError, match=r"study\.db: cannot be made"):
        make_database(tmp_path / "file" / "study.db", manifest)


@pytest.mark.parametrize("content", [None, b"", b"no database at all, but long enough to see"])
def test_what_is_no_database_of_a_study_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"(no such file|is not a database of a study|is damaged)"):
        open_database(path)
    assert content is None or path.read_bytes() == content


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as rows:
        rows.execute("CREATE TABLE study (manifest TEXT)")
    before = path.read_bytes()
    with pytest.raises(InputError, match="is not a database of a study"):
        open_database(path)
    assert path.read_bytes() == before


def test_a_database_of_another_version_is_said_to_be_one(database: Path) -> None:
    with closing(open_database(database)) as rows:
        rows.execute("UPDATE study SET manifest = '{}'")
        with pytest.raises(InputError, match="another version of the software"):
            stored_manifest(rows, database)


@pytest.mark.parametrize("place", [0.3, 0.6, 0.9])
def test_a_damaged_database_is_neither_read_nor_collected_in(database: Path, place: float) -> None:
    with closing(open_database(database)) as rows:
        rows.executemany(
            "INSERT INTO participants VALUES (?, '', 'verbose', '[]', 'left', NULL, ?, NULL, NULL)",
            [(f"{number:064x}", f"{number:064x}") for number in range(200)],
        )
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(database.read_bytes())
    start = int(place * len(content)) // 4096 * 4096
    content[start : start + 4096] = b"\xff" * 4096
    database.write_bytes(content)
    with pytest.raises(InputError, match=r"study\.db: is damaged \(.+\); restore it from a backup"):
        open_database(database)


def test_a_disk_that_is_full_at_the_start_is_one_line_and_leaves_nothing(
    tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def executescript(self, _text: str) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        def close(self) -> None:
            pass

    monkeypatch.setattr(sqlite3, "connect", lambda path: Full())
    with pytest.raises(InputError, match=r"cannot be made \(database or disk is full\)"):
        make_database(tmp_path / "study.db", manifest)
    assert not list(tmp_path.glob("*.part"))
    assert not (tmp_path / "study.db").exists()


def test_whatever_is_damaged_is_read_or_refused_in_one_line(
    database: Path, tally: dict[str, Tried]
) -> None:
    content = database.read_bytes()
    refused = 0
    for number in range(TRIED):
        database.write_bytes(damaged(content, random.Random(number)))
        refused += bool(refusal(read_database, database))
    assert refused
    tally["file: database of a study"] = Tried(tried=TRIED, refused=refused, read=TRIED - refused)


def test_a_database_from_before_times_away_were_counted_gets_their_columns(
    tmp_path: Path, built_page: Callable[..., Path]
) -> None:
    path, manifest = tmp_path / "study.db", read_manifest(built_page())
    make_database(path, manifest)
    with closing(sqlite3.connect(path)) as connection:
        for name in ("times_away", "seconds_away"):
            connection.execute(f"ALTER TABLE answers DROP COLUMN {name}")
    for _ in range(2):
        with closing(open_database(path)) as connection:
            columns = [row[1] for row in connection.execute("PRAGMA table_info(answers)")]
            assert columns[-2:] == ["times_away", "seconds_away"]
