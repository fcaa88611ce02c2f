"""The release's CSV layout and the hub's records, on small invented files in those formats."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.marco.release.problems import read_release, read_stored_traces
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
