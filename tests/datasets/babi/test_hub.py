"""Stories in the hub's record format and in the files behind it."""

from __future__ import annotations

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.babi.hub import HUB_FILES, read_hub
from artifact.datasets.babi.labels import TASKS

STORY = {
    "id": ["1", "2", "3", "4", "5"],
    "type": [0, 0, 1, 0, 1],
    "text": [
        "Ulla went to the pier.",
        "Bex went to the loft.",
        "Where is Ulla?",
        "Ulla went to the dock.",
        "Where is Ulla?",
    ],
    "supporting_ids": [[], [], ["1"], [], ["4"]],
    "answer": ["", "", "pier", "", "dock"],
}
LINES = [
    "1 Ulla went to the pier.",
    "2 Bex went to the loft.",
    "3 Where is Ulla? \tpier\t1",
    "4 Ulla went to the dock.",
    "5 Where is Ulla? \tdock\t4",
]


def lines(*texts: str) -> list[dict[str, str]]:
    return [{"text": text} for text in texts]


def test_a_story_gives_its_first_question():
    (problem,) = read_hub([{"story": STORY}], "train", Intake(), "en-qa1")
    assert problem.category == "single-supporting-fact"
    assert problem.context == ("Ulla went to the pier.", "Bex went to the loft.")
    assert (problem.question, problem.answers, problem.support) == (
        "Where is Ulla?",
        ("pier",),
        (0,),
    )
    assert dict(problem.meta) == {"split": "train", "row": 1}


def test_lines_of_a_file_give_the_same_problems_as_records():
    records = read_hub([{"story": STORY}, {"story": STORY}], "test", Intake(), "en-qa1")
    told = read_hub(
        lines(*LINES, *LINES, ""), "test", Intake(), "en/qa1_single-supporting-fact_test.txt"
    )
    assert told == records
    assert [problem.id for problem in told] == ["qa1-test-1", "qa1-test-2"]
    assert [problem.meta["row"] for problem in told] == [1, 6]


def test_facts_told_after_a_blank_line_or_a_question_keep_their_numbers():
    story = [
        "1 Ulla went to the pier.",
        "",
        "2 Ulla went to the loft.",
        "3 Where is Ulla?\tloft\t2",
    ]
    (problem,) = read_hub(lines(*story), "train", Intake(), "qa1")
    assert problem.support == (1,)


def test_support_is_given_in_story_order_and_answers_as_members():
    story = [
        "1 Ulla got the jug there.",
        "2 Ulla got the jar there.",
        "3 What is Ulla carrying?\tjug,jar\t2 1",
    ]
    (problem,) = read_hub(lines(*story), "train", Intake(), "en-qa8")
    assert (problem.answers, problem.support) == (("jug", "jar"), (0, 1))


@pytest.mark.parametrize(
    ("where", "label"),
    [
        ("en-qa18", "size-reasoning"),
        ("facebook/babi_qa en-10k-qa2 train", "two-supporting-facts"),
        ("tasks_1-20_v1-2/en/qa4_two-arg-relations_train.txt", "two-arg-relations"),
    ],
)
def test_the_task_is_named_by_where_the_rows_come_from(where, label):
    story = {
        "id": ["1", "2"],
        "type": [0, 1],
        "text": ["Ulla went to the pier.", "Where is Ulla?"],
        "supporting_ids": [[], ["1"]],
        "answer": ["", "pier"],
    }
    assert read_hub([{"story": story}], "train", Intake(), where)[0].category == label


@pytest.mark.parametrize("where", ["en", "en-qa3", "babi_qa"])
def test_a_task_that_the_paper_does_not_use_is_an_error(where):
    with pytest.raises(InputError, match="names no task of the paper"):
        read_hub([{"story": STORY}], "train", Intake(), where)


BAD_STORIES = [
    ({"type": None}, "type", "is not a list of int"),
    ({"type": [0, 0, 2, 0, 1]}, "type", "2 is neither fact"),
    ({"text": STORY["text"][:3]}, "text", "has 3 entries for 5 lines"),
    ({"text": "Ulla went to the pier."}, "text", "is not a list of str"),
    ({"answer": ["", "", 1, "", ""]}, "answer", "is not a list of str"),
    ({"answer": [""] * 5}, "answer", "is empty"),
    ({"answer": ["", "", "attic", "", ""]}, "answer", "nothing in the context"),
    ({"id": ["1", "1", "3", "4", "5"]}, "id", "two lines share an id"),
    ({"supporting_ids": [[], [], ["4"], [], []]}, "supporting_ids", "names line 4"),
    ({"type": [0] * 5}, "story", "asks no question"),
    ({"type": [1] * 5}, "story", "asks before any fact is given"),
]


@pytest.mark.parametrize(("change", "field", "fault"), BAD_STORIES)
def test_a_bad_story_is_named_by_row_and_field(change, field, fault):
    rows = [{"story": STORY}, {"story": STORY | change}]
    with pytest.raises(InputError, match=fault) as caught:
        read_hub(rows, "train", Intake(), "en-qa1")
    assert (caught.value.path, caught.value.row, caught.value.field) == ("en-qa1", 2, field)


def test_a_bad_story_can_be_left_out_but_is_listed():
    intake = Intake(skip_bad=True)
    rows = [{"story": STORY | {"type": [0] * 5}}, {"story": "?"}, {"story": STORY}]
    (problem,) = read_hub(rows, "train", intake, "en-qa1")
    assert problem.id == "qa1-train-3"
    assert ["row 1" in intake.left_out[0].reason, "row 2" in intake.left_out[1].reason] == [
        True
    ] * 2


@pytest.mark.parametrize(
    "line", ["Ulla went to the pier.", "2 Where is Ulla?\tpier", "2 Where is Ulla?\tpier\tUlla"]
)
def test_a_broken_line_is_named_by_its_story(line):
    with pytest.raises(InputError, match="nor a question with answer") as caught:
        read_hub(lines(*LINES, LINES[0], line), "train", Intake(), "qa1_x_train.txt")
    assert caught.value.row == 6


def test_rows_of_another_form_are_an_error():
    with pytest.raises(InputError, match="is neither a story nor a line of one"):
        read_hub([{"question": "?"}], "train", Intake(skip_bad=True), "en-qa1")


def test_no_rows_give_no_problems():
    assert read_hub([], "train", Intake(), "en-qa1") == []


def test_two_files_per_task():
    assert len(HUB_FILES) == 2 * len(TASKS)
    members = {file.member for file in HUB_FILES}
    assert "tasks_1-20_v1-2/en/qa12_conjunction_test.txt" in members
