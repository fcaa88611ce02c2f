"""The files of a lesson: whole lines only, one writer, and what they were made with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact.common.errors import CheckError, InputError
from artifact.decomposition.teacher.completion import Answer
from artifact.decomposition.teacher.records import Header, TeacherRecords

HEADER = Header(
    dataset="cotempqa",
    source="lookalike",
    source_sha256="a" * 64,
    model="teacher",
    endpoint="127.0.0.1",
    summary_model="other",
    summary_endpoint="127.0.0.1",
    prompts_sha256={"traces": "b" * 64, "summaries": "c" * 64},
    kinds=("traces", "summaries"),
    max_tokens=None,
    keep_wrong=False,
)
ANSWER = Answer(trace="Hm.", text="Here.", cut=False, tokens_in=3, tokens_out=2)


def test_answers_are_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with TeacherRecords(path, HEADER) as ledger:
        ledger.note("one", "traces", ANSWER)
    with TeacherRecords(path, HEADER) as ledger:
        assert ledger.answers == {("one", "traces"): ANSWER}


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with (
        TeacherRecords(path, HEADER),
        pytest.raises(CheckError, match="is being written by another command"),
        TeacherRecords(path, HEADER),
    ):
        pass
    with TeacherRecords(path, HEADER):
        pass


OTHER = {"prompts_sha256": {"traces": "d" * 64, "summaries": "d" * 64}}
"""Another value of a header's field; of the fields that are not here, a text."""


def changed(field: str) -> Header:
    return HEADER.model_copy(update={field: OTHER.get(field, "something else")})


@pytest.mark.parametrize("field", sorted(set(Header.model_fields) - {"source"}))
def test_what_it_was_made_with_must_stay(tmp_path: Path, field: str) -> None:
    path = tmp_path / "x.jsonl"
    with TeacherRecords(path, HEADER) as ledger:
        ledger.note("one", "traces", ANSWER)
        ledger.note("one", "summaries", ANSWER)
    with (
        pytest.raises(InputError, match=f"field '{field}': was made with"),
        TeacherRecords(path, changed(field)),
    ):
        pass


@pytest.mark.parametrize("field", ["summary_model", "summary_endpoint", "prompts_sha256"])
def test_what_no_text_was_made_with_may_change(tmp_path: Path, field: str) -> None:
    """The prompt that the endpoint refuses is mended, and what was paid for goes on."""
    path, mended = tmp_path / "x.jsonl", changed(field)
    if field == "prompts_sha256":
        mended = HEADER.model_copy(update={field: HEADER.prompts_sha256 | {"summaries": "d" * 64}})
    with TeacherRecords(path, HEADER) as ledger:
        ledger.note("one", "traces", ANSWER)
    with TeacherRecords(path, mended) as ledger:
        assert ledger.answers == {("one", "traces"): ANSWER}
        ledger.note("one", "summaries", ANSWER)
    with pytest.raises(InputError, match=f"field '{field}'"), TeacherRecords(path, HEADER):
        pass


def test_texts_in_the_records_bind_as_answers_do(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with TeacherRecords(path, HEADER) as ledger:
        ledger.records.append({"id": "one", "prediction": "Here.", "r1_trace_summary": "Short."})
    with (
        pytest.raises(InputError, match="field 'summary_model'"),
        TeacherRecords(path, changed("summary_model")),
    ):
        pass


def test_the_wording_of_the_source_may_change(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with TeacherRecords(path, HEADER) as ledger:
        ledger.note("one", "traces", ANSWER)
    with TeacherRecords(path, HEADER.model_copy(update={"source": "file:same.jsonl"})):
        pass


EARLIER = json.dumps(HEADER.model_dump() | {"prompts_sha256": "ab" * 32})
"""A header from when the prompts had one hash together."""

FURTHER = json.dumps(HEADER.model_dump() | {"seed": 0})


@pytest.mark.parametrize("suffix", ["", ".answers"])
def test_content_without_a_header_is_not_touched(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "x.jsonl"
    somebody_elses = path.with_name(path.name + suffix)
    somebody_elses.write_bytes(b"half a line")
    with (
        pytest.raises(InputError, match=r"x\.jsonl\.meta\.json, which"),
        TeacherRecords(path, HEADER),
    ):
        pass
    assert somebody_elses.read_bytes() == b"half a line"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.jsonl.meta.json", "{}", "field 'dataset'"),
        ("x.jsonl.meta.json", "{}", "choose another --out; x.jsonl can be trained on as it is"),
        ("x.jsonl.meta.json", "[]", "does not match the format of this version"),
        ("x.jsonl.meta.json", "", "does not match the format of this version"),
        (
            "x.jsonl.meta.json",
            EARLIER,
            "field 'prompts_sha256': does not match the format of this version",
        ),
        ("x.jsonl.meta.json", FURTHER, "field 'seed': does not match the format of this version"),
        ("x.jsonl.answers", '{"id": "one"}\n', "line 1, field 'kind'"),
    ],
)
def test_files_that_were_tampered_with(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / "x.jsonl"
    with TeacherRecords(path, HEADER) as ledger:
        ledger.note("one", "traces", ANSWER)
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised, TeacherRecords(path, HEADER):
        pass
    assert str(raised.value).startswith(str(tmp_path / name))
    assert said in str(raised.value)
