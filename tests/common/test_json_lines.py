"""A torn last line goes, whole lines stay, and what is appended is on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from artifact.common.errors import InputError
from artifact.common.json_lines import JsonLines, read_whole_lines


class Line(BaseModel):
    id: str
    text: str


RECORDS = [
    Line(id=f"p-{i}", text=text) for i, text in enumerate(["mill", "two\nlines", "Zürich ☂", ""])
]


def content(*records: dict[str, Any] | Line) -> bytes:
    objects = [it.model_dump() if isinstance(it, Line) else it for it in records]
    return b"".join(json.dumps(it, ensure_ascii=False).encode() + b"\n" for it in objects)


@given(cut=st.integers(0, len(content(*RECORDS))), batch=st.integers(1, 4))
def test_wherever_a_file_was_torn_it_is_finished_to_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, cut: int, batch: int
) -> None:
    path = tmp_path_factory.mktemp("torn") / "x.jsonl"
    path.write_bytes(content(*RECORDS)[:cut])
    done = read_whole_lines(path, Line)
    assert done == RECORDS[: len(done)]
    lines = JsonLines(path)
    assert lines.records == [it.model_dump() for it in done]
    for start in range(len(done), len(RECORDS), batch):
        lines.append(*RECORDS[start : start + batch])
    assert path.read_bytes() == content(*RECORDS)
    assert lines.records == [it.model_dump() for it in RECORDS]


def test_reading_leaves_a_torn_line_to_its_writer(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content(RECORDS[0]) + b'{"id": "to')
    assert read_whole_lines(path, Line) == RECORDS[:1]
    assert path.read_bytes().endswith(b'{"id": "to')


def test_a_line_is_on_disk_when_append_returns(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.jsonl"
    lines = JsonLines(path)
    lines.append({"id": "one"})
    assert path.read_bytes() == content({"id": "one"})


def test_no_file_has_no_lines(tmp_path: Path) -> None:
    assert read_whole_lines(tmp_path / "nowhere", Line) == []


@pytest.mark.parametrize(
    ("line", "message"), [("nonsense", "is not valid JSON"), ("{}", "field 'id'")]
)
def test_a_damaged_line_is_named(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content(*RECORDS[:2]) + f"{line}\n".encode())
    with pytest.raises(InputError) as caught:
        read_whole_lines(path, Line)
    assert str(caught.value).startswith(f"{path}, line 3")
    assert message in str(caught.value)


def test_a_whole_line_that_is_no_object_stops_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content(RECORDS[0]) + b"[]\n")
    with pytest.raises(InputError, match="line 2: holds list"):
        JsonLines(path)


def test_lines_are_replaced_and_more_can_follow(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    lines = JsonLines(path)
    lines.append(*reversed(RECORDS[:2]))
    lines.replace([it.model_dump() for it in RECORDS[:2]])
    lines.append({"id": "three"})
    assert path.read_bytes() == content(*RECORDS[:2], {"id": "three"})
