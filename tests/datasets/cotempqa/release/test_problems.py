"""The release's files and the hub's records, whole and broken; the release's split."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.cotempqa.hub import HUB_FILES
from artifact.datasets.cotempqa.labels import LABELS
from artifact.datasets.cotempqa.release.problems import (
    BRANCH_FOLDER,
    COLUMNS,
    answer_facts,
    read_release,
    read_stored_traces,
)
from artifact.datasets.cotempqa.solve import check
from artifact.datasets.cotempqa.template import TEMPLATE
from artifact.datasets.problem import Problem, counts_by_category
from artifact.datasets.release_files import SFT_FOLDERS
from artifact.datasets.splits import release_split

from ..conftest import record, without


def write_lines(root: Path, category: str, *lines: dict | str | bytes) -> Path:
    path = root / BRANCH_FOLDER / f"{category}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line))
        for line in lines
    ]
    path.write_bytes(b"\n".join(x if isinstance(x, bytes) else x.encode() for x in raw) + b"\n")
    return path


def prompt_of(values: dict) -> str:
    told = Problem("p", "cotempqa", "mix", tuple(values["facts"]), values["question"], ("x",), ())
    return TEMPLATE.user_turn(told)


def row_of(values: dict, turn: str = "<think>…</think>", **changes) -> dict:
    prompt = prompt_of(values)
    messages = [
        {"content": prompt, "role": "user"},
        {"content": turn, "role": "assistant"},
    ]
    return {
        "index": str(values["index"]),
        "triple_element": values["triple_element"],
        "facts": str(values["facts"]),
        "question": prompt,
        "answer": str(values["answer"]),
        "messages": str(messages),
    } | changes


def write_table(root: Path, variant: str, name: str, *rows: dict, columns=COLUMNS) -> Path:
    path = root / BRANCH_FOLDER / SFT_FOLDERS[variant] / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small release: five problems in each of three categories, conversations of during."""
    for category in ("equal", "overlap", "mix"):
        write_lines(tmp_path, category, *(record(index) for index in range(5)))
    for variant in ("correct", "incorrect"):
        write_table(tmp_path, variant, "during_test", row_of(record(7)), row_of(record(2)))
    return tmp_path


def test_the_release_is_read_category_by_category(root):
    problems = read_release(root, Intake())
    assert [p.id for p in problems] == [
        *(f"equal-{index}" for index in range(5)),
        *("during-7", "during-2"),
        *(f"{category}-{index}" for category in ("overlap", "mix") for index in range(5)),
    ]
    first = problems[0]
    assert (first.category, first.question) == ("equal", record(0)["question"])
    assert (first.context, first.answers) == (tuple(record(0)["facts"]), ("Lake Mills",))
    assert first.support == (1,)
    assert dict(first.meta) == {
        "split": "train",
        "triple_element": "S1_R1_O2",
        "index": 0,
    }


def test_lines_are_split_as_the_release_splits_rows(root):
    problems = [p for p in read_release(root, Intake()) if p.category == "equal"]
    tested = {position for position, p in enumerate(problems) if p.meta["split"] == "test"}
    assert tested == release_split(5)
    assert len(tested) == 1


def test_a_bad_line_keeps_its_place_in_the_split(root):
    whole = {p.id: p.meta["split"] for p in read_release(root, Intake())}
    lines = [record(0), '{"index": 1', record(2), record(3), record(4)]
    write_lines(root, "equal", *lines)
    kept = {p.id: p.meta["split"] for p in read_release(root, Intake(skip_bad=True))}
    assert kept == {name: split for name, split in whole.items() if name != "equal-1"}


def test_conversations_say_their_split_by_their_file(root):
    write_table(root, "correct", "during_train", row_of(record(0)))
    splits = {p.id: p.meta["split"] for p in read_release(root, Intake()) if "during" in p.id}
    assert splits == {"during-0": "train", "during-7": "test", "during-2": "test"}


def test_json_lines_go_before_conversations(root):
    write_lines(root, "during", *(record(index) for index in range(10)))
    during = [p for p in read_release(root, Intake()) if p.category == "during"]
    assert [p.meta["index"] for p in during] == list(range(10))


def test_conversations_number_rows_as_the_hub_does(root):
    (root / BRANCH_FOLDER / "mix.json").unlink()
    write_table(root, "correct", "mix_test", row_of(record(3532 + 4)))
    assert "mix-4" in {p.id for p in read_release(root, Intake())}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"index": 1, "question": "Whi', "line 2: is not valid JSON"),
        (b'{"index": 1, "question": "\xff"}', "line 2: is not UTF-8"),
        ("[1]", "line 2: holds list, not an object"),
        (without(record(1), "facts"), "line 2, field 'facts': is missing"),
        (record(1, facts="a text"), "line 2, field 'facts': should be a valid list"),
        (record(1, facts=["a", 2]), "line 2, field 'facts.1': should be a valid string"),
        (record(1, facts=[]), "line 2, field 'facts': is empty"),
        (record(1, index="1"), "line 2, field 'index': should be a valid integer"),
        (record(1, index=True), "line 2, field 'index': should be a valid integer"),
        (record(1, answer=[]), "line 2, field 'answer': is empty"),
        (record(1, answer=[""]), "line 2, field 'answer.0': is empty"),
        (record(1, triple_element="S9"), "line 2, field 'triple_element': should be"),
        (record(0), "line 2, field 'index': repeats the index of "),
        (record(1, answer=["Far Mills"]), "line 2, field 'answer': no fact names 'Far Mills'"),
    ],
)
def test_a_bad_line_is_named_or_skipped_with_its_reason(root, line, message):
    path = write_lines(root, "overlap", record(0), line, record(2))
    with pytest.raises(InputError) as caught:
        read_release(root, Intake())
    assert str(caught.value).startswith(f"{path}, {message}")
    assert "\n" not in str(caught.value)

    intake = Intake(skip_bad=True)
    kept = [p.id for p in read_release(root, intake) if p.category == "overlap"]
    assert kept == ["overlap-0", "overlap-2"]
    assert [out.reason for out in intake.left_out] == [str(caught.value)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"facts": "['Mira"}, "row 1, field 'facts': is not a Python list"),
        ({"answer": "[]"}, "row 1, field 'answer': is empty"),
        ({"index": "x"}, "row 1, field 'index': should be a valid integer"),
        ({"question": "Who?"}, "row 1, field 'question': is not worded as the release words"),
        ({"answer": "['Far Mills']"}, "row 1, field 'answer': no fact names 'Far Mills'"),
    ],
)
def test_a_bad_conversation_is_named_or_skipped_with_its_reason(root, changes, message):
    path = write_table(
        root, "correct", "during_test", row_of(record(7), **changes), row_of(record(2))
    )
    with pytest.raises(InputError) as caught:
        read_release(root, Intake())
    assert str(caught.value).startswith(f"{path}, {message}")

    intake = Intake(skip_bad=True)
    assert "during-2" in {p.id for p in read_release(root, intake)}
    assert [out.reason for out in intake.left_out] == [str(caught.value)]


@pytest.mark.parametrize("skip_bad", [False, True])
def test_without_the_branch_folder_nothing_is_read(tmp_path, skip_bad):
    with pytest.raises(InputError, match="main/data/cotempqa: no such folder; name the folder"):
        read_release(tmp_path, Intake(skip_bad=skip_bad))


def test_a_category_without_any_file_is_an_error_that_can_be_skipped(root):
    (root / BRANCH_FOLDER / "mix.json").unlink()
    with pytest.raises(InputError, match=r"mix\.json: no such file; bring mix\.json, or mix_test"):
        read_release(root, Intake())
    intake = Intake(skip_bad=True)
    assert set(counts_by_category(read_release(root, intake))) == {"equal", "during", "overlap"}
    assert len(intake.left_out) == 1


@pytest.mark.parametrize("column", ["facts", "triple_element", "answer"])
def test_a_missing_column_is_named_or_costs_the_table(root, column):
    columns = [name for name in COLUMNS if name != column]
    path = write_table(root, "correct", "during_test", row_of(record(2)), columns=columns)
    fault = f"{path}, field '{column}': column is missing"
    with pytest.raises(InputError) as caught:
        read_release(root, Intake())
    assert str(caught.value) == fault
    intake = Intake(skip_bad=True)
    assert set(counts_by_category(read_release(root, intake))) == {"equal", "overlap", "mix"}
    assert [out.reason for out in intake.left_out] == [fault]


def test_stored_traces_stand_with_their_problems(root):
    path = write_table(
        root, "incorrect", "during_test", row_of(record(2), "one"), row_of(record(7), "two")
    )
    write_table(root, "incorrect", "equal_train", row_of(record(3), "three"))
    stored = read_stored_traces(root, "incorrect", Intake())
    assert [(s.problem.id, s.text) for s in stored] == [
        ("equal-3", "three"),
        ("during-2", "one"),
        ("during-7", "two"),
    ]
    assert stored[1].where == f"{path}, row 1"


@pytest.mark.parametrize("variant", ["vanilla", "verbose"])
def test_other_variants_are_not_stored_with_facts(root, variant):
    with pytest.raises(InputError, match="choose one of correct, incorrect"):
        read_stored_traces(root, variant, Intake())


def test_no_stored_traces_is_an_error(root):
    (root / BRANCH_FOLDER / SFT_FOLDERS["incorrect"] / "during_test.csv").unlink()
    with pytest.raises(InputError, match="no stored traces of variant 'incorrect'"):
        read_stored_traces(root, "incorrect", Intake())
    intake = Intake(skip_bad=True)
    assert read_stored_traces(root, "incorrect", intake) == []
    assert len(intake.left_out) == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (row_of(record(9)), "row 1, field 'question': question and facts match no problem"),
        (row_of(record(2), messages="["), "row 1, field 'messages': is not a user turn and"),
        (row_of(record(2), messages="[{}]"), "row 1, field 'messages': is not a user turn and"),
    ],
)
def test_a_stored_trace_that_cannot_be_used_is_named(root, row, message):
    path = write_table(root, "incorrect", "during_test", row, row_of(record(7), "good"))
    with pytest.raises(InputError) as caught:
        read_stored_traces(root, "incorrect", Intake())
    assert str(caught.value).startswith(f"{path}, {message}")
    intake = Intake(skip_bad=True)
    assert [stored.text for stored in read_stored_traces(root, "incorrect", intake)] == ["good"]
    assert [out.reason for out in intake.left_out] == [str(caught.value)]


def test_a_problem_that_was_left_out_costs_its_stored_trace_too(root):
    write_lines(root, "equal", record(0, answer=["Far Mills"]), record(1))
    write_table(root, "correct", "equal_train", row_of(record(0)), row_of(record(1), "kept"))
    intake = Intake(skip_bad=True)
    stored = read_stored_traces(root, "correct", intake)
    assert [s.text for s in stored if s.problem.category == "equal"] == ["kept"]
    (left_out,) = intake.left_out
    assert "row 1, field 'question': question and facts match no problem" in left_out.reason


def test_gold_facts_are_those_that_hold_an_answer_as_text():
    context = ("A works for Lakeside in 1990.", "A works for Hill in 1990.", "B is B in 1990.")
    assert answer_facts(context, ["Lake", "B"]) == (0, 2)
    assert answer_facts(context, ["Far"]) == ()


def test_the_release_has_its_counts_and_passes_its_own_check(release):
    problems = read_release(release, Intake())
    counts = counts_by_category(problems)
    assert (counts["equal"], counts["mix"], counts["overlap"]) == (436, 563, 653)
    tested = counts_by_category(p for p in problems if p.meta["split"] == "test")
    assert tested == {"during": 619, "equal": 87, "mix": 113, "overlap": 131}
    assert len({p.id for p in problems}) == len(problems)
    assert {check(p) for p in problems} == {None}


def test_the_split_rule_gives_the_rows_of_the_conversations(release):
    folder = release / BRANCH_FOLDER
    sizes = dict(zip(LABELS, (436, 3096, 653, 563), strict=True))
    first_row = 0
    for category in HUB_FILES:
        in_test = release_split(sizes[category])
        for split in ("train", "test"):
            path = folder / SFT_FOLDERS["vanilla"] / f"{category}_{split}.csv"
            if path.is_file():
                with path.open(encoding="utf-8", newline="") as rows:
                    stored = {int(row["index"]) - first_row for row in csv.DictReader(rows)}
                everything = set(range(sizes[category]))
                assert stored == (in_test if split == "test" else everything - in_test), path
        first_row += sizes[category]


def test_json_lines_and_conversations_hold_the_same_problems(release, tmp_path):
    """What is read of a category does not depend on which of its files are there."""
    folder = tmp_path / BRANCH_FOLDER
    folder.parent.mkdir(parents=True)
    folder.mkdir()
    (folder / SFT_FOLDERS["correct"]).symlink_to(release / BRANCH_FOLDER / SFT_FOLDERS["correct"])
    from_lines = {p.id: p for p in read_release(release, Intake())}
    from_tables = {p.id: p for p in read_release(tmp_path, Intake())}
    assert from_tables.keys() <= from_lines.keys()
    assert len(from_tables) >= 2271
    for name, told in from_tables.items():
        assert told == from_lines[name]
        assert told.meta == from_lines[name].meta
