"""The release's CSV layout and the hub's records, on small invented files in those formats."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.marco import DATASET
from artifact.datasets.marco.read import read_hub, read_release, read_stored_traces
from artifact.datasets.problem import Problem
from artifact.datasets.release_files import SFT_FOLDERS

PASSAGES = ["Herons nest there.", "The mill was built by Ida Holm.", "Ida Holm's mill stands."]
CELLS = {
    "answers": "Ida Holm",
    "passages": repr(PASSAGES),
    "query": "the prompt",
    "question": "who built the mill",
    "query_type": "PERSON",
    "reasoning": "the label sentence",
    "answer_passage": PASSAGES[2],
    "messages": repr(
        [{"content": "the prompt", "role": "user"}, {"content": "Ida Holm", "role": "assistant"}]
    ),
}


def write_release(
    root: Path,
    *,
    train: list[dict[str, str]],
    test: list[dict[str, str]],
    variant: str = "vanilla",
) -> Path:
    folder = root / "marcoqa" / "data" / "marcoqa" / SFT_FOLDERS[variant]
    folder.mkdir(parents=True)
    for name, rows in (("train", train), ("test", test)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(CELLS))
            writer.writeheader()
            writer.writerows(CELLS | row for row in rows)
    return folder


def test_release_rows_become_problems_with_their_side(tmp_path: Path) -> None:
    write_release(
        tmp_path,
        train=[{}, {"answers": "No Answer Present.", "answer_passage": "No Answer Present."}],
        test=[{"answers": "['Ida Holm', 'by Ida Holm']", "answer_passage": "['Ida Holm']"}],
    )
    first, unanswerable, tested = read_release(tmp_path, Intake())
    assert first == Problem(
        id="train-1",
        dataset="marco",
        category="PERSON",
        context=tuple(PASSAGES),
        question="who built the mill",
        answers=("Ida Holm",),
        support=(2,),
    )
    assert first.meta == {"split": "train", "other_wordings": 0}
    assert unanswerable.answers == ("No Answer Present.",)
    assert unanswerable.support == ()
    assert (tested.id, tested.answers, tested.support) == ("test-1", ("Ida Holm",), (1,))
    assert tested.meta == {"split": "test", "other_wordings": 1}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"passages": "['unfinished"}, r"field 'passages': is not a Python list$"),
        ({"passages": "[1, 2]"}, "field 'passages': is not a Python list of str"),
        ({"passages": "[]"}, "field 'context': is empty"),
        ({"answers": ""}, "field 'answers': is empty"),
        ({"answers": "[]"}, "field 'answers': is empty"),
        ({"question": " "}, "field 'question': is empty"),
        ({"query_type": "COLOUR"}, "field 'query_type': is 'COLOUR'; expected one of DESCRIPTION"),
    ],
)
def test_a_bad_release_row_is_named_or_left_out(
    tmp_path: Path, cells: dict[str, str], message: str
) -> None:
    write_release(tmp_path, train=[{}, cells], test=[{}])
    with pytest.raises(InputError, match=r"train\.csv, row 2, " + message):
        read_release(tmp_path, Intake())
    intake = Intake(skip_bad=True)
    assert [problem.id for problem in read_release(tmp_path, intake)] == ["train-1", "test-1"]
    assert len(intake.left_out) == 1


def test_the_public_release_without_problems_names_the_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"template/train\.csv: no such file; the public"):
        read_release(tmp_path, Intake(skip_bad=True))


def test_the_release_at_hand_has_no_marco_problems(release: Path) -> None:
    with pytest.raises(InputError, match=r"marcoqa/.*train\.csv: no such file"):
        read_release(release, Intake())


@pytest.mark.parametrize("variant", ["vanilla", "correct", "incorrect"])
def test_stored_traces_are_the_assistant_turns(tmp_path: Path, variant: str) -> None:
    folder = write_release(tmp_path, train=[{}], test=[{}], variant=variant)
    traces = read_stored_traces(tmp_path, variant, Intake())
    assert [trace.text for trace in traces] == ["Ida Holm", "Ida Holm"]
    assert traces[0].problem.id == "train-1"
    assert traces[1].where == f"{folder / 'test.csv'}, row 1"


def test_stored_traces_of_a_broken_conversation_name_the_row(tmp_path: Path) -> None:
    write_release(tmp_path, train=[{"messages": "[{'content': 'alone'}]"}], test=[])
    with pytest.raises(InputError, match=r"train\.csv, row 1, field 'messages': is not a user"):
        read_stored_traces(tmp_path, "vanilla", Intake())


def test_an_unknown_variant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no variant 'verbose' is stored; choose one of vanilla"):
        read_stored_traces(tmp_path, "verbose", Intake())


HUB_RECORD: dict[str, Any] = {
    "query": "who built the mill",
    "query_id": 712,
    "query_type": "PERSON",
    "answers": ["by Ida Holm", "Ida Holm"],
    "wellFormedAnswers": "[]",
    "passages": {
        "is_selected": [0, 0, 1],
        "passage_text": PASSAGES,
        "url": ["https://example.org/1", "https://example.org/2", "https://example.org/3"],
    },
}


def test_hub_records_become_problems() -> None:
    (problem,) = read_hub([HUB_RECORD], "validation", Intake(), "microsoft/ms_marco")
    assert problem == Problem(
        id="query-712",
        dataset="marco",
        category="PERSON",
        context=tuple(PASSAGES),
        question="who built the mill",
        answers=("by Ida Holm",),
        support=(1,),
    )
    assert problem.meta == {"split": "test", "selected_passage": 2, "other_wordings": 1}


def test_the_hub_record_of_an_unanswerable_query_has_no_support() -> None:
    passages = HUB_RECORD["passages"] | {"is_selected": [0, 0, 0]}
    record = HUB_RECORD | {"answers": ["No Answer Present."], "passages": passages}
    (problem,) = read_hub([record], "train", Intake(), "microsoft/ms_marco")
    assert problem.support == ()
    assert problem.meta["selected_passage"] is None
    assert DATASET.check(problem) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query": None}, "field 'query': is NoneType, not str"),
        ({"query_id": True}, "field 'query_id': is bool, not int"),
        ({"query_type": "numeric"}, "field 'query_type': is 'numeric'"),
        ({"answers": []}, "field 'answers': is empty"),
        ({"answers": "Ida Holm"}, "field 'answers': is str, not list"),
        ({"answers": [1]}, "field 'answers': is not a list of texts"),
        ({"passages": []}, "field 'passages': is list, not mapping"),
        ({"passages": {"is_selected": []}}, "field 'passages.passage_text': is missing"),
        ({"passages": {"passage_text": PASSAGES}}, "field 'passages.is_selected': is missing"),
    ],
)
def test_a_bad_hub_record_is_named_or_left_out(change: dict[str, Any], message: str) -> None:
    rows = [HUB_RECORD, HUB_RECORD | change]
    with pytest.raises(InputError, match=f"hub file, row 2, {message}"):
        read_hub(rows, "train", Intake(), "hub file")
    intake = Intake(skip_bad=True)
    assert len(read_hub(rows, "train", intake, "hub file")) == 1
    assert len(intake.left_out) == 1


def test_a_hub_record_without_a_query_is_named() -> None:
    record = {name: value for name, value in HUB_RECORD.items() if name != "query"}
    with pytest.raises(InputError, match="row 1, field 'query': is missing"):
        read_hub([record], "train", Intake(), "hub file")
