"""Files of problems, one's own and the makers': every fault is one line, or is counted."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets import problem_files
from artifact.datasets.problem import Problem, content_hash
from artifact.datasets.sources import check, convert, load

RECORD: dict[str, Any] = {
    "id": "first",
    "dataset": "marco",
    "category": "PERSON",
    "context": ["Herons nest there.", "The mill was built by Ida Holm."],
    "question": "who built the mill",
    "answers": ["Ida Holm"],
    "support": [1],
    "meta": {"split": "train"},
}
LINE = json.dumps(RECORD).encode()
OTHER = json.dumps(RECORD | {"id": "other"}).encode()


def write(path: Path, *records: dict[str, Any] | str) -> Path:
    lines = [line if isinstance(line, str) else json.dumps(line) for line in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", datasets.names())
def test_written_problems_read_back_the_same(name: str, tmp_path: Path) -> None:
    problems = load("lookalike", name, n=40, seed=1).problems
    path = tmp_path / "problems.jsonl"
    problem_files.write(problems, path)
    loaded = load(f"file:{path}", name)
    assert loaded.problems == problems
    assert loaded.sha256 == content_hash(problems)
    assert loaded.left_out == ()


def test_writing_problems_leaves_no_half_file(tmp_path: Path) -> None:
    path = write(tmp_path / "problems.jsonl", RECORD)
    before = path.read_bytes()

    def failing() -> Iterator[Problem]:
        yield load(f"file:{path}", "marco").problems[0]
        raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError):
        problem_files.write(failing(), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def without(name: str) -> dict[str, Any]:
    return {field: value for field, value in RECORD.items() if field != name}


BAD_RECORDS = [
    (json.dumps(RECORD)[:-9], "line 2: is not valid JSON"),
    ("[]", "line 2: holds list, not an object"),
    *((without(name), f"line 2, field '{name}': is missing") for name in list(RECORD)[:-1]),
    (RECORD | {"id": " "}, "line 2, field 'id': is blank"),
    (RECORD | {"id": 7}, "line 2, field 'id': should be a valid string"),
    (RECORD | {"context": "Herons"}, "line 2, field 'context': should be a valid list"),
    (RECORD | {"context": []}, "line 2, field 'context': is empty"),
    (RECORD | {"context": ["a", None]}, "line 2, field 'context.1': should be a valid str"),
    (RECORD | {"answers": []}, "line 2, field 'answers': is empty"),
    (RECORD | {"answers": [""]}, "line 2, field 'answers.0': is blank"),
    (RECORD | {"answers": ["Per Brand"]}, "line 2, field 'answers': no word of the answer"),
    (RECORD | {"support": [2]}, r"line 2, field 'support': names facts \[2\] of 2"),
    (RECORD | {"support": [-1]}, "line 2, field 'support.0': should be greater than"),
    (RECORD | {"support": [True]}, "line 2, field 'support.0': should be a valid integer"),
    (RECORD | {"support": ["1"]}, "line 2, field 'support.0': should be a valid integer"),
    (RECORD | {"dataset": "babi"}, "line 2, field 'dataset': is 'babi', not 'marco'"),
    (RECORD | {"category": "WHO"}, "line 2, field 'category': is 'WHO'; expected one of DESCR"),
    (RECORD | {"meta": {"depth": [1]}}, "line 2, field 'meta.depth"),
    (RECORD | {"meta": {"split": "dev"}}, "line 2, field 'meta.split': is 'dev'; expected one"),
    (RECORD | {"suport": [1]}, "line 2, field 'suport': Extra inputs are not permitted"),
    (RECORD, "line 2, field 'id': repeats the id of line 1"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_RECORDS)
def test_a_bad_record_stops_with_its_place_or_is_left_out(
    tmp_path: Path, bad: dict[str, Any] | str, message: str
) -> None:
    path = write(tmp_path / "problems.jsonl", RECORD, bad, RECORD | {"id": "last"})
    with pytest.raises(InputError, match=rf"problems\.jsonl, {message}") as caught:
        load(f"file:{path}", "marco")
    assert "\n" not in str(caught.value)

    loaded = load(f"file:{path}", "marco", skip_bad=True)
    assert [p.id for p in loaded.problems] == ["first", "last"]
    assert [left_out.reason for left_out in loaded.left_out] == [str(caught.value)]


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "problems.jsonl"
    path.write_bytes(json.dumps(RECORD).encode() + b'\n{"id": "\xe6"}\n')
    with pytest.raises(InputError, match="line 2: is not UTF-8"):
        load(f"file:{path}", "marco")


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + LINE + b"\n" + OTHER + b"\n",
        codecs.BOM_UTF8 + LINE + b"\n" + codecs.BOM_UTF8 + OTHER,  # joined files
        LINE + b"\r\n\r\n" + OTHER + b"\r\n",
        gzip.compress(LINE + b"\n" + OTHER, mtime=0),
        gzip.compress(codecs.BOM_UTF8 + LINE + b"\n", mtime=0) + gzip.compress(OTHER, mtime=0),
    ],
    ids=["mark", "marks", "CRLF", "gzip", "joined gzip"],
)
def test_files_as_editors_and_packers_leave_them_are_read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "problems.jsonl"
    path.write_bytes(content)
    assert [problem.id for problem in load(f"file:{path}", "marco").problems] == ["first", "other"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LINE.decode().encode("utf-16"), "is UTF-16, not UTF-8; save it as UTF-8"),
        (gzip.compress(LINE, mtime=0)[:-9], "is not a complete gzip file"),
        (b"PK\x03\x04 and more", "is an archive; unpack it and name a file in it"),
        (gzip.compress(b"a.txt".ljust(257, b"\0") + b"ustar", mtime=0), "is an archive; unpack it"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n",
            "is a Git LFS pointer, not the file itself; run `git lfs pull` there",
        ),
        (json.dumps([RECORD], indent=1).encode(), "line 1: is not valid JSON .* on each line"),
        (json.dumps([RECORD]).encode(), "line 1: holds list, not an object; write one JSON"),
        (b"", "holds no problems"),
    ],
)
def test_what_is_no_file_of_problems_is_refused_with_a_cure(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "problems.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"problems\.jsonl.*{message}") as caught:
        load(f"file:{path}", "marco")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (1, r"holds no usable problems: 1 left out \(\S+, line 1, field 'id': is blank\)$"),
        (3, r"3 left out \(.*line 1, .*; .*line 2, .*; .*line 3, field 'id': is blank\)$"),
        (40, r"40 left out \(.*line 1, .*; .*line 3, field 'id': is blank; and 37 more\)$"),
    ],
)
def test_where_every_record_is_bad_the_count_and_the_first_reasons_are_told(
    bad: int, message: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "problems.jsonl", *[RECORD | {"id": " "}] * bad)
    with pytest.raises(InputError, match=message):
        load(f"file:{path}", "marco", skip_bad=True)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.jsonl: no such file"):
        load(f"file:{tmp_path / 'gone.jsonl'}", "marco", skip_bad=True)


def test_the_meta_field_may_be_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "problems.jsonl", without("meta"))
    loaded = load(f"file:{path}", "marco")
    assert dict(loaded.problems[0].meta) == {}
    assert loaded.split_rule == "grouped"


# What the rules can't read.

ANNA = "Anna Berg works for Mill Bank from March, 1950 to 1960."
COTEMPQA: dict[str, Any] = {
    "id": "one",
    "dataset": "cotempqa",
    "category": "during",
    "context": [ANNA, "Anna Berg attended North School in 1955."],
    "question": (
        "While Anna Berg was working for Mill Bank, which school did Anna Berg attend at the same "
        "time?"
    ),
    "answers": ["North School"],
    "support": [1],
}


@pytest.mark.parametrize(
    "sentence",
    [
        "Anna Berg works for Mill Bank since 1950.",
        "Anna Berg works for Mill Bank from 1950 to present.",
        "Anna Berg works for Mill Bank from 3 March 1950 to 1960.",
        "Anna Berg works for Mill Bank from 1950-03-01 to 1960-01-01.",
        "Anna Berg works for Mill Bank from März, 1950 to 1960.",
        "Anna Berg works at Mill Bank from 1950 to 1960.",
        "Anna Berg works for Mill Bank from 1950 to 1960",
    ],
)
def test_facts_and_dates_outside_the_grammar_are_counted(sentence: str, tmp_path: Path) -> None:
    record = COTEMPQA | {"context": [*COTEMPQA["context"], sentence]}
    report = check(f"file:{write(tmp_path / 'own.jsonl', record)}", "cotempqa")
    assert report.unread == {"facts": (sentence,), "questions": ()}
    assert f"1 facts not worded as CoTemp QA words them: '{sentence}'\n" in report.as_text()


def test_many_sentences_outside_the_grammar_are_counted_and_three_quoted(tmp_path: Path) -> None:
    odd = [f"Anna Berg met {name}." for name in "ABCDE"]
    records = [
        COTEMPQA | {"context": [*COTEMPQA["context"], *odd]},
        COTEMPQA | {"id": "two", "question": "Where was Anna Berg in 1955?"},
    ]
    text = check(f"file:{write(tmp_path / 'own.jsonl', *records)}", "cotempqa").as_text()
    assert (
        "5 facts not worded as CoTemp QA words them: 'Anna Berg met A.', 'Anna Berg met B.', "
        "'Anna Berg met C.', …\n"
    ) in text
    assert "1 questions not worded as CoTemp QA words them: 'Where was Anna Berg in 1955?'" in text


def test_nothing_is_said_where_all_can_be_read_or_the_text_is_free(tmp_path: Path) -> None:
    for record in (COTEMPQA, RECORD):
        path = write(tmp_path / "own.jsonl", record)
        assert "not worded" not in check(f"file:{path}", record["dataset"]).as_text()


# Files as the makers publish them.

MARCO_ROWS: list[dict[str, Any]] = [
    {
        "answers": ["Ida Holm"],
        "passages": [
            {"is_selected": 0, "passage_text": "Herons nest there.", "url": "https://a.example"},
            {
                "is_selected": 1,
                "passage_text": "The mill was built by Ida Holm.",
                "url": "https://b.example",
            },
        ],
        "query": f"who built mill {number}",
        "query_id": number,
        "query_type": "PERSON",
        "wellFormedAnswers": "[]",
    }
    for number in (7, 8)
]
MARCO_COLUMNS = {
    name: {str(number): row[name] for number, row in enumerate(MARCO_ROWS)}
    for name in MARCO_ROWS[0]
}
HUB_ROWS = [
    row
    | {
        "passages": {
            name: [passage[name] for passage in row["passages"]]
            for name in ("is_selected", "passage_text", "url")
        }
    }
    for row in MARCO_ROWS
]


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.mark.parametrize(
    ("name", "content", "side"),
    [
        ("train_v2.1.json.gz", gzip.compress(json.dumps(MARCO_COLUMNS).encode(), mtime=0), "train"),
        ("dev_v2.1.json", json.dumps(MARCO_COLUMNS).encode(), "test"),
        ("dev_v2.1.json", json.dumps(MARCO_COLUMNS, indent=1).encode(), "test"),
        ("marco.jsonl", as_lines(MARCO_ROWS), None),
        ("validation.jsonl", as_lines(HUB_ROWS), "test"),
        ("v1.jsonl", as_lines([row | {"query_type": "person"} for row in MARCO_ROWS]), None),
    ],
)
def test_marcos_own_files_are_read(
    name: str, content: bytes, side: str | None, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    loaded = load(f"file:{tmp_path / name}", "marco")
    assert [problem.id for problem in loaded.problems] == ["query-7", "query-8"]
    problem = loaded.problems[0]
    assert (problem.question, problem.answers, problem.support) == (
        "who built mill 7",
        ("Ida Holm",),
        (1,),
    )
    assert problem.meta.get("split") == side
    assert problem.meta["selected_passage"] == 1


def test_a_record_without_answers_as_in_marcos_blind_file_is_named(tmp_path: Path) -> None:
    blind = {name: column for name, column in MARCO_COLUMNS.items() if name != "answers"}
    path = tmp_path / "eval_v2.1_public.json"
    path.write_text(json.dumps(blind))
    with pytest.raises(InputError, match=r"public\.json, row 1, field 'answers': is missing"):
        load(f"file:{path}", "marco")
    with pytest.raises(InputError, match="holds no usable problems: 2 left out"):
        load(f"file:{path}", "marco", skip_bad=True)


STORY = (
    "1 Ulla went to the pier.\n2 Bex went to the loft.\n3 Where is Ulla? \tpier\t1\n"
    "4 Ulla went to the dock.\n5 Where is Ulla? \tdock\t4\n"
)


@pytest.mark.parametrize(
    ("name", "content", "side"),
    [
        ("qa1_single-supporting-fact_train.txt", STORY.encode(), "train"),
        ("qa1_single-supporting-fact_test.txt", STORY.replace("\n", "\r\n").encode(), "test"),
        ("qa1_valid.txt", codecs.BOM_UTF8 + STORY.encode(), "test"),
        ("qa1_train.txt.gz", gzip.compress(STORY.encode(), mtime=0), "train"),
    ],
)
def test_babis_own_files_are_read(name: str, content: bytes, side: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    (problem,) = load(f"file:{tmp_path / name}", "babi").problems
    assert problem.category == "single-supporting-fact"
    assert (problem.context, problem.question, problem.answers) == (
        ("Ulla went to the pier.", "Bex went to the loft."),
        "Where is Ulla?",
        ("pier",),
    )
    assert problem.meta["split"] == side


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "stories.txt",
            STORY,
            r"stories\.txt: names no task of the paper; it uses qa1, qa2, .* name",
        ),
        ("qa3_train.txt", STORY, r"qa3_train\.txt: names no task of the paper"),
        (
            "qa1_train.txt",
            STORY.replace("\t", " "),
            r"qa1_train\.txt, row 1, field 'story': asks no",
        ),
        ("qa1_train.txt", STORY.replace("pier\t1", "pier\t9"), "row 1, field 'supporting_ids'"),
    ],
)
def test_a_fault_of_babis_own_file_is_named(
    name: str, content: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        load(f"file:{tmp_path / name}", "babi")


COTEMPQA_ROW = {
    "index": 0,
    "triple_element": "S1_R2_O2",
    "question": COTEMPQA["question"],
    "facts": COTEMPQA["context"],
    "answer": COTEMPQA["answers"],
}


@pytest.mark.parametrize(
    ("name", "rows", "categories"),
    [
        ("during.json", [COTEMPQA_ROW, COTEMPQA_ROW | {"index": 1}], ["during", "during"]),
        ("cotempqa_equal.jsonl", [COTEMPQA_ROW], ["equal"]),
        ("all.jsonl", [COTEMPQA_ROW] * 4, ["during", "equal", "mix", "overlap"]),
    ],
)
def test_cotempqas_own_files_are_read(
    name: str, rows: list[dict[str, Any]], categories: list[str], tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(codecs.BOM_UTF8 + as_lines(rows))
    loaded = load(f"file:{tmp_path / name}", "cotempqa")
    assert [problem.category for problem in loaded.problems] == categories
    assert loaded.problems[0].support == (1,)


# Conversion.


@pytest.mark.parametrize("name", datasets.names())
def test_a_converted_source_reads_back_the_same(name: str, tmp_path: Path) -> None:
    written = convert("lookalike", name, tmp_path / "own.jsonl", n=30, seed=2)
    loaded = load("lookalike", name, n=30, seed=2)
    assert written.source == f"file:{tmp_path / 'own.jsonl'}"
    assert (written.problems, written.sha256) == (loaded.problems, loaded.sha256)
    again = convert(written.source, name, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "own.jsonl").read_bytes()
    assert again.sha256 == loaded.sha256


def test_the_makers_own_file_is_converted_with_its_side(tmp_path: Path) -> None:
    (tmp_path / "dev_v2.1.json").write_text(json.dumps(MARCO_COLUMNS))
    written = convert(f"file:{tmp_path / 'dev_v2.1.json'}", "marco", tmp_path / "own.jsonl")
    assert [problem.meta["split"] for problem in written.problems] == ["test", "test"]


def test_what_would_not_read_back_is_named_or_left_out_and_no_file_is_half_written(
    tmp_path: Path,
) -> None:
    rows = [MARCO_ROWS[0], MARCO_ROWS[1] | {"answers": ["Per Brand"]}]
    (tmp_path / "raw.jsonl").write_bytes(as_lines(rows))
    source, out = f"file:{tmp_path / 'raw.jsonl'}", tmp_path / "own.jsonl"
    message = r"raw\.jsonl, field 'answers': query-8: no word of the answer .*; --skip-bad leaves"
    with pytest.raises(InputError, match=message):
        convert(source, "marco", out)
    assert not out.exists()

    written = convert(source, "marco", out, skip_bad=True)
    assert [problem.id for problem in written.problems] == ["query-7"]
    assert len(written.left_out) == 1
    with pytest.raises(InputError, match="holds no usable problems: 1 left out"):
        convert(f"file:{write(tmp_path / 'raw2.jsonl', rows[1])}", "marco", out, skip_bad=True)
