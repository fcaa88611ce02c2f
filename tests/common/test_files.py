"""Every fault of a file is one line that names the file, the place and what is wrong there."""

from __future__ import annotations

import codecs
import csv
import errno
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError, model_validator

from artifact.common import files
from artifact.common.errors import InputError
from artifact.common.files import (
    GZIP,
    LFS_POINTER,
    ZIP,
    first_fault,
    read_csv_rows,
    read_json_lines,
    read_yaml,
    write_atomically,
)
from artifact.common.intake import Intake

BAD_LINES = [
    (b'{"id": "a", "co', r"records\.jsonl, line 2: is not valid JSON \(Unterminated string"),
    (b'{"id": "a"', r"line 2: is not valid JSON \(Expecting ',' delimiter"),
    (b'{"id": "\xff"}', "line 2: is not UTF-8 at byte 9"),
    (b'{"id": "\\ud800"}', "line 2: contains a lone surrogate"),
    (b'["a"]', "line 2: holds list, not an object"),
    (b'{"id": NaN}', r"line 2: is not valid JSON \(NaN is not a JSON number\)"),
    (b"[" * 100_000, "line 2: is nested deeper"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_LINES)
def test_a_bad_json_line_is_named(tmp_path: Path, bad: bytes, message: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(b'{"id": "first"}\n' + bad + b'\n\r\n{"id": "last"}')
    with pytest.raises(InputError, match=message):
        list(read_json_lines(path, Intake()))

    intake = Intake(skip_bad=True)
    assert list(read_json_lines(path, intake)) == [(1, {"id": "first"}), (4, {"id": "last"})]
    assert len(intake.left_out) == 1
    assert "line 2" in intake.left_out[0].reason
    assert "\n" not in intake.left_out[0].reason


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_never_ends_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "pipe" if kind == "pipe" else Path("/dev/zero")
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(InputError, match="is not a regular file; write its output to a file"):
        files.read_bytes(path)


def test_an_error_that_is_located_keeps_its_line() -> None:
    inner = InputError("is not YAML", line=3)
    assert str(files.located(inner, path="texts.yml")) == "texts.yml, line 3: is not YAML"


json_objects = st.dictionaries(
    st.text(st.characters(codec="utf-8")),
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(st.characters(codec="utf-8"))),
)


@given(st.lists(json_objects, max_size=5), st.booleans())
def test_json_lines_read_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, object]], ascii_only: bool
) -> None:
    path = tmp_path_factory.mktemp("json") / "records.jsonl"
    write_atomically(path, "".join(json.dumps(r, ensure_ascii=ascii_only) + "\n" for r in records))
    assert [record for _, record in read_json_lines(path, Intake())] == records


@given(st.binary(max_size=80))
def test_any_bytes_give_records_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "records.jsonl"
    path.write_bytes(content)
    intake = Intake(skip_bad=True)
    wide = not json.detect_encoding(content[:4]).startswith("utf-8")
    if wide or content.startswith((GZIP, ZIP, LFS_POINTER)):
        with pytest.raises(InputError, match=r"gzip|archive|LFS|UTF-16|UTF-32"):
            list(read_json_lines(path, intake))
        return
    lines = [line for line in content.split(b"\n") if line.removeprefix(codecs.BOM_UTF8).strip()]
    assert len(list(read_json_lines(path, intake))) + len(intake.left_out) == len(lines)


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False), (50_000, False)])
def test_what_a_gzipped_file_unpacks_to_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, fits: bool
) -> None:
    monkeypatch.setattr(files, "MOST_UNPACKED", 1000)
    path = tmp_path / "records.jsonl.gz"
    half = size // 2  # of two members, as joined files have
    path.write_bytes(gzip.compress(b" " * half) + gzip.compress(b" " * (size - half)))
    if fits:
        assert len(files.read_text_bytes(path)) == size
    else:
        with pytest.raises(InputError, match="unpacks to more than"):
            files.read_text_bytes(path)


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_a_byte_order_mark_is_part_of_no_file(mark: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(mark + b"name,age\r\nAda,7\r\n")
    assert list(read_csv_rows(path, ["name"], Intake())) == [(1, {"name": "Ada", "age": "7"})]
    path.write_bytes(mark + b"name: Ada\n")
    assert read_yaml(path) == {"name": "Ada"}


@pytest.mark.parametrize("read", [read_yaml, lambda path: list(read_csv_rows(path, [], Intake()))])
def test_a_pointer_of_git_lfs_is_told_from_the_file(read: Callable[[Path], Any], tmp_path: Path):
    path = tmp_path / "file"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with pytest.raises(InputError, match=r"is a Git LFS pointer, .*; run `git lfs pull` there"):
        read(path)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.jsonl: no such file"):
        list(read_json_lines(tmp_path / "gone.jsonl", Intake(skip_bad=True)))
    with pytest.raises(InputError, match="is a folder, not a file"):
        list(read_json_lines(tmp_path, Intake(skip_bad=True)))
    with pytest.raises(InputError, match="cannot be read"):
        list(read_json_lines(tmp_path / ("a" * 300), Intake(skip_bad=True)))


def test_csv_rows_are_numbered_and_keep_line_breaks_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes('name,note\r\nIda,"two\nlines"\n\nOle,line\u2028separator\n\r\n'.encode())
    assert list(read_csv_rows(path, ["note"], Intake())) == [
        (1, {"name": "Ida", "note": "two\nlines"}),
        (2, {"name": "Ole", "note": "line\u2028separator"}),
    ]


def test_a_cell_longer_than_the_csv_default_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("note\n" + "x" * 200_000 + "\n", encoding="utf-8")
    assert len(next(read_csv_rows(path, ["note"], Intake()))[1]["note"]) == 200_000


CSV_FAULTS = [
    (None, r"rows\.csv: no such file"),
    (b"name\nIda\n", "rows.csv, field 'note': column is missing"),
    (b"", "rows.csv, field 'note': column is missing"),
    (
        b'name,"note\nIda,ok\n',
        r"rows\.csv, line 1: is not CSV \(unexpected end of data\); a quote is ",
    ),
]


@pytest.mark.parametrize(("content", "message"), CSV_FAULTS)
def test_a_fault_of_a_whole_csv_file_costs_all_its_rows(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "rows.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        list(read_csv_rows(path, ["note"], Intake()))
    intake = Intake(skip_bad=True)
    assert list(read_csv_rows(path, ["note"], intake)) == []
    assert [out.reason for out in intake.left_out] == [str(caught.value)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"Ida", "row 2: has 1 cells where the header has 2"),
        (b"Ida,ok,more", "row 2: has 3 cells where the header has 2"),
        (b"Ida,\xe6", "row 2, field 'note': is not UTF-8"),
        (b"\xed\xa0\x80,ok", "row 2, field 'name': is not UTF-8"),
    ],
)
def test_a_bad_row_is_rejected_alone(tmp_path: Path, row: bytes, message: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"name,note\nPer,first\n" + row + b"\nOle,last\n")
    with pytest.raises(InputError) as caught:
        list(read_csv_rows(path, ["note"], Intake()))
    assert str(caught.value) == f"{path}, {message}"
    intake = Intake(skip_bad=True)
    assert [cells["note"] for _, cells in read_csv_rows(path, ["note"], intake)] == [
        "first",
        "last",
    ]
    assert [out.reason for out in intake.left_out] == [str(caught.value)]


@pytest.mark.parametrize(
    "tail", ['Ole,"open', 'Ole,"open\nPer,lost\n', 'Ole,"ok" more\nPer,lost\n']
)
def test_a_row_that_breaks_off_is_the_last_that_can_be_read(tmp_path: Path, tail: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"name,note\nIda,ok\n{tail}", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"rows\.csv, row 2: is not CSV \(.*\), so nothing is read"
    ):
        list(read_csv_rows(path, ["note"], Intake()))
    intake = Intake(skip_bad=True)
    assert [number for number, _ in read_csv_rows(path, ["note"], intake)] == [1]
    assert len(intake.left_out) == 1


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(st.lists(st.tuples(cells, cells), max_size=6))
def test_csv_rows_read_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("name", "note"), *rows])
    read = read_csv_rows(path, ["note"], Intake())
    assert [tuple(row.values()) for _, row in read] == rows


@given(st.binary(max_size=80))
def test_any_bytes_after_a_header_give_rows_of_text_or_reasons(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    path.write_bytes(b"name,note\n" + content)
    intake = Intake(skip_bad=True)
    rows = list(read_csv_rows(path, ["note"], intake))
    assert all("".join(row.values()).encode("utf-8") is not None for _, row in rows)
    assert all("\n" not in out.reason for out in intake.left_out)
    assert rows or intake.left_out or not content.strip()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    write_atomically(path, "old\n")
    for text in ("new\n\ud800", iter(["new\n"] * 9000 + ["\ud800"])):
        with pytest.raises(UnicodeEncodeError):
            write_atomically(path, text)
    assert path.read_text(encoding="utf-8") == "old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.txt"]


class Tide(BaseModel):
    hours: list[int] = Field(min_length=1)

    @model_validator(mode="after")
    def both_tides(self) -> Tide:
        if len(self.hours) < 2:
            raise ValueError("has too few hours")
        return self


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"hours": [1, "x"]}, "field 'hours.1': should be a valid integer"),
        (
            {"hours": ["7e0"]},
            "field 'hours.0': should be a valid integer, not \"7e0\"; '7e0' is text, ",
        ),
        ({"hours": ["1e9999999"]}, "field 'hours.0': should be a valid integer"),
        ({}, "field 'hours': is missing"),
        ({"hours": [3]}, "has too few hours"),
        ({"hours": []}, "field 'hours': is empty"),
    ],
)
def test_a_record_that_is_not_as_it_should_be_is_told_by_its_first_fault(
    record: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Tide.model_validate(record, strict=True)
    assert str(first_fault(caught.value)).startswith(message)


def test_a_disk_that_is_full_is_named_with_the_file_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "file.json"
    write_atomically(path, "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError) as caught:
        write_atomically(path, "new")
    said = f"{path}: cannot be written (No space left on device); free space there"
    assert str(caught.value) == said
    assert [it.read_text() for it in tmp_path.iterdir()] == ["old"]


def test_a_place_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"a\.json: cannot be written \((Not a dir|File)"):
        write_atomically(tmp_path / "file" / "a.json", "new")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write in a folder that is read-only")
def test_a_folder_that_is_read_only_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match=r"a\.json: cannot be written \(Permission denied\)"):
        write_atomically(tmp_path / "a.json", "new")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("path", ["", ".", "/"])
def test_a_path_that_names_no_file_is_not_written(path: str) -> None:
    with pytest.raises(InputError, match="names no file"):
        write_atomically(Path(path), "new")
