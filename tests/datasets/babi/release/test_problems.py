"""The release's files, whole and broken."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.babi.release.problems import (
    FOLDER,
    checked_problem,
    read_release,
    read_stored_traces,
)
from artifact.datasets.problem import counts_by_category
from artifact.datasets.release_files import SFT_FOLDERS

COLUMNS = [
    "passages",
    "query",
    "question",
    "query_type",
    "reasoning",
    "answer_passage",
    "answer",
    "messages",
]
MESSAGES = [{"content": "?", "role": "user"}, {"content": "pier", "role": "assistant"}]
ROW = {
    "passages": str(["Ulla went to the pier.", "Bex went to the loft."]),
    "query": "?",
    "question": "Where is Ulla?",
    "query_type": "single-supporting-fact",
    "reasoning": "?",
    "answer_passage": str(["Ulla went to the pier."]),
    "answer": "pier",
    "messages": str(MESSAGES),
}


def write(path: Path, rows: list[dict[str, str]], columns: list[str] = COLUMNS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def prompting(root: Path, split: str) -> Path:
    return root / FOLDER / f"{split}_dataset_for_prompting.csv"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A release of one training row and one test row."""
    for split in ("train", "test"):
        write(prompting(tmp_path, split), [ROW])
    return tmp_path


def test_rows_become_problems(root):
    train, test = read_release(root, Intake())
    assert (train.id, test.id) == ("train-1", "test-1")
    assert train.category == "single-supporting-fact"
    assert train.context == ("Ulla went to the pier.", "Bex went to the loft.")
    assert (train.answers, train.support) == (("pier",), (0,))
    assert dict(test.meta) == {"split": "test", "row": 1}


def test_a_list_answer_has_members(root):
    row = ROW | {
        "passages": str(["Ulla got the jug there.", "Ulla got the jar there."]),
        "question": "What is Ulla carrying?",
        "query_type": "lists-sets",
        "answer_passage": str(["Ulla got the jug there.", "Ulla got the jar there."]),
        "answer": "jug,jar",
    }
    write(prompting(root, "train"), [row])
    assert read_release(root, Intake())[0].answers == ("jug", "jar")


@pytest.mark.parametrize(
    ("label", "question", "context", "gold", "support"),
    [
        pytest.param(
            "two-supporting-facts",
            "Where is the jug?",
            ["Ulla went to the pier.", "Ulla got the jug there.", "Ulla went to the pier."],
            ["Ulla got the jug there.", "Ulla went to the pier."],
            (1, 2),
            id="the later of two events",
        ),
        pytest.param(
            "two-supporting-facts",
            "Where is the jug?",
            [
                "Ulla went to the pier.",
                "Ulla left the jug.",
                "Bex went to the loft.",
                "Ulla went to the pier.",
            ],
            ["Ulla went to the pier.", "Ulla left the jug."],
            (0, 1),
            id="but not later than what is quoted after it",
        ),
        pytest.param(
            "two-supporting-facts",
            "Where is the jug?",
            ["Ulla went to the pier.", "Ulla got the jug there."],
            ["Ulla got the jug there.", "Ulla went to the pier."],
            (1, 0),
            id="quoted in another order than told",
        ),
        pytest.param(
            "size-reasoning",
            "Does the jug fit in the jar?",
            ["The jug fits inside the jar.", "The jug fits inside the jar."],
            ["The jug fits inside the jar."],
            (0,),
            id="the first of two sayings of what always holds",
        ),
    ],
)
def test_repeated_sentences_find_their_places(root, label, question, context, gold, support):
    row = ROW | {
        "passages": str(context),
        "question": question,
        "query_type": label,
        "answer_passage": str(gold),
        "answer": "yes" if label == "size-reasoning" else "pier",
    }
    write(prompting(root, "train"), [row])
    problem = read_release(root, Intake())[0]
    assert problem.support == support
    assert list(problem.supporting_facts) == gold


BAD_ROWS = [
    ({"answer": ""}, "answer", "is empty"),
    ({"answer": "pier,"}, "answer", "is empty or holds an empty member"),
    ({"answer": "attic"}, "answer", "nothing in the context can make 'attic' the answer"),
    ({"question": " "}, "question", "is empty"),
    ({"passages": "[]"}, "passages", "is empty"),
    ({"passages": "['Ulla went to the"}, "passages", "is not a Python list"),
    ({"passages": "[1, 2]"}, "passages", "is not a Python list of str"),
    ({"passages": "'Ulla'"}, "passages", "is not a Python list"),
    ({"answer_passage": str(["It rains."])}, "answer_passage", "is not in the context"),
    ({"query_type": "single"}, "query_type", "'single' is not a task"),
]


@pytest.mark.parametrize(("change", "field", "fault"), BAD_ROWS)
def test_a_bad_row_is_named_by_file_row_and_field(root, change, field, fault):
    path = write(prompting(root, "train"), [ROW, ROW | change])
    with pytest.raises(InputError, match=fault) as caught:
        read_release(root, Intake())
    error = caught.value
    assert (error.path, error.row, error.field) == (path, 2, field)


@pytest.mark.parametrize(("change", "field", "fault"), BAD_ROWS)
def test_a_bad_row_can_be_left_out_but_is_listed(root, change, field, fault):
    write(prompting(root, "train"), [ROW, ROW | change, ROW])
    intake = Intake(skip_bad=True)
    problems = read_release(root, intake)
    assert [problem.id for problem in problems] == ["train-1", "train-3", "test-1"]
    (left_out,) = intake.left_out
    assert "row 2" in left_out.reason
    assert fault in left_out.reason


def test_a_missing_column_is_named(root):
    columns = [column for column in COLUMNS if column != "answer_passage"]
    path = write(prompting(root, "test"), [ROW], columns)
    with pytest.raises(InputError) as caught:
        read_release(root, Intake())
    assert (caught.value.path, caught.value.field) == (path, "answer_passage")
    intake = Intake(skip_bad=True)
    assert [problem.id for problem in read_release(root, intake)] == ["train-1"]
    assert [out.reason for out in intake.left_out] == [str(caught.value)]


def test_a_truncated_file_is_named(root):
    path = prompting(root, "train")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError) as caught:
        read_release(root, Intake())
    assert (caught.value.path, caught.value.row) == (path, 1)


def test_a_file_that_is_not_utf8_is_named(root):
    path = prompting(root, "train")
    path.write_bytes(path.read_bytes().replace(b"Ulla", b"\xdflla"))
    with pytest.raises(InputError, match="is not UTF-8") as caught:
        read_release(root, Intake())
    assert caught.value.path == path


def test_a_missing_file_is_named(root):
    prompting(root, "test").unlink()
    with pytest.raises(InputError, match="no such file") as caught:
        read_release(root, Intake())
    assert caught.value.path == prompting(root, "test")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="no such folder") as caught:
        read_release(tmp_path, Intake())
    assert caught.value.path == tmp_path / FOLDER
    assert "babiqa" in caught.value.cure


def test_a_problem_needs_an_answer_that_its_context_can_make():
    with pytest.raises(InputError, match="'attic'"):
        checked_problem(
            identity="x",
            label="single-supporting-fact",
            context=["Ulla went to the pier."],
            question="Where is Ulla?",
            answer="attic",
            support=[0],
            meta={},
        )


def test_stored_traces_of_the_files_on_disk(tmp_path):
    write(tmp_path / FOLDER / SFT_FOLDERS["correct"] / "test.csv", [ROW])
    (stored,) = read_stored_traces(tmp_path, "correct", Intake())
    assert stored.text == "pier"
    assert stored.problem.id == "test-1"
    assert stored.where.endswith("test.csv, row 1")


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        ("[{'content': 'cut", "is not a user turn and an assistant turn"),
        (str(MESSAGES[:1]), "is not a user turn and an assistant turn"),
        (str([MESSAGES[0], {"role": "assistant"}]), "is not a user turn and an assistant turn"),
    ],
)
def test_bad_conversations_are_named(tmp_path, messages, fault):
    path = write(
        tmp_path / FOLDER / SFT_FOLDERS["correct"] / "train.csv", [ROW | {"messages": messages}]
    )
    with pytest.raises(InputError, match=fault) as caught:
        read_stored_traces(tmp_path, "correct", Intake())
    assert (caught.value.path, caught.value.row, caught.value.field) == (path, 1, "messages")
    intake = Intake(skip_bad=True)
    assert read_stored_traces(tmp_path, "correct", intake) == []
    assert [out.reason for out in intake.left_out] == [str(caught.value)]


def test_no_stored_traces_are_an_error(tmp_path):
    with pytest.raises(InputError, match="holds neither"):
        read_stored_traces(tmp_path, "incorrect", Intake())
    intake = Intake(skip_bad=True)
    assert read_stored_traces(tmp_path, "incorrect", intake) == []
    assert len(intake.left_out) == 1
    with pytest.raises(InputError, match="none is called 'verbose'"):
        read_stored_traces(tmp_path, "verbose", Intake())


def test_the_release_is_read_whole(release):
    problems = read_release(release, Intake())
    splits = [problem.meta["split"] for problem in problems]
    assert (splits.count("train"), splits.count("test")) == (3773, 376)
    assert len({problem.id for problem in problems}) == len(problems)
    counts = counts_by_category(problems)
    assert counts["two-arg-relations"] == counts["basic-induction"] == 1100
    assert sum(counts.values()) == 4149


def test_stored_conversations_belong_to_the_prompting_rows(release):
    by_id = {problem.id: problem for problem in read_release(release, Intake())}
    for variant in SFT_FOLDERS:
        for stored in read_stored_traces(release, variant, Intake()):
            assert by_id[stored.problem.id] == stored.problem
