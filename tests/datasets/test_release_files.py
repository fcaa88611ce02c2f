"""File names, folders and lines of the release's generations and figures."""

from __future__ import annotations

import ast
import json
import re
import warnings
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.problem import Problem
from artifact.datasets.release_files import (
    SPELLED_OUT,
    Alignment,
    Names,
    StoredFile,
    StoredFiles,
    StoredRow,
    assistant_turn,
    files_of_whole_runs,
    list_in,
    outputs_behind,
    python_list,
    read_figures,
    read_records,
    reading_order,
    result_folders,
    run_of,
    traces_in,
)
from artifact.datasets.release_records import ResultFile, StoredRun, StoredTrace


class Line(BaseModel):
    model_config = ConfigDict(strict=True)

    prediction: str
    gold: Annotated[list[str], Field(min_length=1)]


@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("Norn-2-sft-adapter_default.json", ("Norn-2", "vanilla")),
        ("Norn-2-sft-adapter-reasoning-facts_default.json", ("Norn-2", "correct")),
        ("Norn-2-sft-adapter-reasoning-facts-perturbed_default.json", ("Norn-2", "incorrect")),
        ("Norn-2-sft-adapter-121_default.json", ("Norn-2@121", "vanilla")),
        ("Norn-2-sft-adapter-reasoning-facts-122_default.json", ("Norn-2@122", "correct")),
        ("Norn-2-sft-adapter-reasoning-r1-traces_default.json", ("Norn-2", "verbose")),
        ("Norn-2-sft-adapter-reasoning-summarized-r1-traces_default.json", ("Norn-2", "summary")),
        ("Norn-2-sft-adapter-reasoning-r1-explanations_default.json", ("Norn-2", "explanation")),
        ("Norn-2-sft-adapter-reasoning-r1-set-vanilla_default.json", ("Norn-2", "r1-set-vanilla")),
        (
            "Norn-2-sft-adapter-reasoning-r1-set-custom-traces_default.json",
            ("Norn-2", "r1-set-correct"),
        ),
        (
            "Norn-2-sft-adapter-reasoning-r1-set-incorrect-traces_default.json",
            ("Norn-2", "r1-set-incorrect"),
        ),
        ("Norn-2-sft-adapter-reasoning-r1-set-swapped_default.json", ("Norn-2", "r1-set-swapped")),
        ("Norn-2-sft-adapter-reasoning-aloud_default.json", ("Norn-2", "reasoning-aloud")),
        ("orgal_Norn-2-Instruct_default_equal.json", ("Norn-2-Instruct", "prompting")),
        ("orgal_Norn-2_default_test.csv", ("Norn-2", "prompting")),
        ("Norn-2-sft-adapter_default_confusion_matrix.json", ("Norn-2", "vanilla")),
        ("Norn-2-sft-adapter_few_shot.json", None),
        ("Norn-2-sft-adapter_default_during.json", None),
        ("notes.json", None),
    ],
)
def test_a_file_name_says_the_run(name: str, run: tuple[str, str] | None) -> None:
    assert run_of(Path(name)) == (run and StoredRun(*run))


@given(st.text())
def test_any_name_has_a_run_or_none(name: str) -> None:
    run = run_of(Path(f"{name}x.json"))
    assert run is None or (run.model and run.variant)


def test_runs_are_ordered_by_model_then_as_in_the_paper() -> None:
    variants = ["prompting", "incorrect", "aloud", "vanilla", "verbose", "correct"]
    runs = [StoredRun("Norn-2", variant) for variant in variants] + [StoredRun("Aal", "correct")]
    assert [run.variant for run in sorted(runs, key=reading_order)] == [
        "correct",
        "vanilla",
        "correct",
        "incorrect",
        "prompting",
        "verbose",
        "aloud",
    ]


def test_result_folders_are_found_in_either_case_and_per_branch(tmp_path: Path) -> None:
    for folder in ("one/results/Babiqa", "one/results/babiqa", "two/results/BABIQA"):
        (tmp_path / folder / "evaluation_outputs").mkdir(parents=True, exist_ok=True)
    (tmp_path / "two" / "results" / "Babiqa_old" / "evaluation_outputs").mkdir(parents=True)
    found = result_folders(tmp_path, ("one", "two", "three"), "babiqa", "evaluation_outputs")
    assert {folder.parent.parent.parent.name for folder in found} == {"one", "two"}
    assert len(found) == len({folder.resolve() for folder in found}) == 3


def test_a_missing_root_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: no such folder; name the folder"):
        result_folders(tmp_path / "nowhere", ("one",), "babiqa", "evaluation_outputs")


def test_rows_give_what_the_assistant_says_with_their_place(tmp_path: Path) -> None:
    told = Problem("p", "invented", "a", ("It rains.",), "What falls?", ("rain",), ())
    turns = str([{"role": "user"}, {"role": "assistant", "content": "rain"}])
    path = tmp_path / "table.csv"
    rows = [
        StoredRow(told, {"messages": turns}, path, 1),
        StoredRow(told, {"messages": "[cut"}, path, 2),
        StoredRow(told, {"messages": turns}, path, 3),
    ]
    fault = f"{path}, row 2, field 'messages': is not a user turn and an assistant turn"
    with pytest.raises(InputError, match=re.escape(fault)):
        traces_in(rows, Intake())
    intake = Intake(skip_bad=True)
    assert traces_in(rows, intake) == [
        StoredTrace(told, "rain", f"{path}, row 1"),
        StoredTrace(told, "rain", f"{path}, row 3"),
    ]
    assert [out.reason for out in intake.left_out] == [fault]


FILES = StoredFiles(
    "Invented QA", name="babiqa", branch="one", files_in=files_of_whole_runs, earlier=("two",)
)
TRAINED = "Norn-2-sft-adapter-reasoning-facts_default.json"
PROMPTED = "default/orgal_Norn-2_default_test.csv"


def _store(root: Path, branch: str, kind: str, *names: str) -> list[Path]:
    folder = root / branch / "results" / "Babiqa" / kind
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    return [folder / name for name in names]


def test_a_folder_of_whole_runs_holds_trained_and_prompted_ones(tmp_path: Path) -> None:
    trained, prompted, _, _ = _store(
        tmp_path, "one", "evaluation_outputs", TRAINED, PROMPTED, "readme.json", "default/notes.csv"
    )
    assert set(files_of_whole_runs(trained.parent)) == {
        StoredFile(StoredRun("Norn-2", "correct"), None, trained),
        StoredFile(StoredRun("Norn-2", "prompting"), None, prompted),
    }


def test_runs_are_those_with_generations_on_the_branch_itself(tmp_path: Path) -> None:
    trained, _ = _store(tmp_path, "one", "evaluation_outputs", TRAINED, PROMPTED)
    _store(tmp_path, "two", "evaluation_outputs", "Aal-sft-adapter_default.json")
    assert FILES.list_stored(tmp_path) == (("Norn-2", "correct"), ("Norn-2", "prompting"))
    assert FILES.outputs_of(tmp_path, "Norn-2", "correct") == {None: trained}


def test_figures_know_their_generations_and_earlier_ones_have_none(tmp_path: Path) -> None:
    outputs, _ = _store(tmp_path, "one", "evaluation_outputs", TRAINED, PROMPTED)
    (figures,) = _store(tmp_path, "one", "evaluation_results", TRAINED)
    (earlier,) = _store(tmp_path, "two", "evaluation_results", TRAINED)
    run = StoredRun("Norn-2", "correct")
    assert FILES.result_files(tmp_path) == (
        ResultFile(figures, run, None, outputs),
        ResultFile(earlier, run, None, None),
    )


def test_matrices_are_files_of_all_categories(tmp_path: Path) -> None:
    name = TRAINED.replace(".json", "_confusion_matrix.json")
    path, _ = _store(tmp_path, "one", "confusion_matrix", name, "readme.json")
    _store(tmp_path, "two", "confusion_matrix", name)
    assert FILES.matrix_files(tmp_path) == (ResultFile(path, StoredRun("Norn-2", "correct")),)


def test_an_unknown_model_is_told_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        FILES.outputs_of(tmp_path, "Mist", "correct")
    message = f"{tmp_path}, field 'model': no stored Invented QA generations of Mist (correct); "
    assert str(caught.value) == message + "no model has any"
    other = "Norn-2-sft-adapter_default.json"
    _store(tmp_path, "one", "evaluation_outputs", TRAINED, other, "Aal-sft-adapter-x_default.json")
    with pytest.raises(InputError) as caught:
        FILES.outputs_of(tmp_path, "Mist", "correct")
    assert str(caught.value) == message + "there are Aal (x); Norn-2 (vanilla, correct)"


def test_generations_stand_beside_their_figures(tmp_path: Path) -> None:
    folder = tmp_path / "evaluation_results"
    outputs = tmp_path / "evaluation_outputs" / "equal" / "run.json"
    assert outputs_behind(folder / "equal" / "run.json", folder) is None
    outputs.parent.mkdir(parents=True)
    outputs.write_text("")
    assert outputs_behind(folder / "equal" / "run.json", folder) == outputs


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"prediction": "a", "gold": ["a"]}\n{"prediction": 3, "gold": ["a"]}\n', "line 2, field"),
        ('{"gold": ["a"]}\n', "line 1, field 'prediction': is missing"),
        ('{"prediction": "a", "gold": []}\n', "line 1, field 'gold'"),
        ('{"prediction": "a", "gold": ["a", 1]}\n', r"field 'gold\.1'"),
        ('{"prediction": "a", "go', "line 1: is not valid JSON"),
        ("", "holds no generations"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        list(read_records(path, Line))
    assert str(path) in str(caught.value)


def test_records_come_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    line = json.dumps({"prediction": "a", "gold": ["b"], "input": "not used"})
    path.write_text(f"{line}\n\n{line}\n")
    assert [(number, record.gold) for number, record in read_records(path, Line)] == [
        (1, ["b"]),
        (3, ["b"]),
    ]


def test_nested_figures_are_named_by_both_levels(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text('{"acc": 12.5, "matrix1": {"right": 3.0, "wrong": 4}}')
    assert read_figures(path) == {"acc": 12.5, "matrix1.right": 3.0, "matrix1.wrong": 4.0}


@pytest.mark.parametrize("text", ['{"acc": "high"}', "[1, 2]", '{"acc": 1.0', '{"acc": null}'])
def test_what_is_no_figures_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "figures.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"figures\.json"):
        read_figures(path)


@pytest.mark.parametrize(
    ("rows", "asked", "fault"),
    [
        ([("p", "a")], [("p", "a")], None),
        ([("p", "a"), ("p", "a")], [("p", "a"), ("p", "a")], None),
        ([("p", "a")], [("q", "a")], "match no test problem"),
        ([("p", "a")], [("p", "a"), ("p", "a")], "more often"),
        ([("p", "a")], [("p", "b")], "gold answer is not"),
        ([("p", "a"), ("p", "b")], [("p", "a")], "different gold answers"),
        (None, [("p", "a"), ("p", "a")], None),
        (None, [("p", "a"), ("p", "b")], "different gold answers"),
    ],
)
def test_each_output_belongs_to_one_problem(
    rows: list[tuple[str, str]] | None, asked: list[tuple[str, str]], fault: str | None
) -> None:
    alignment = Alignment(rows)
    *before, last = [alignment.fault(prompt, gold) for prompt, gold in asked]
    assert not any(before)
    assert last is None if fault is None else fault in (last or "")


def test_names_hang_on_content_and_tell_repeats_apart() -> None:
    names = Names()
    first, other, again = (
        names.name("equal", "q", "f"),
        names.name("equal", "q"),
        names.name("equal", "q", "f"),
    )
    assert first != other
    assert again == f"{first}-2"
    assert Names().name("equal", "q", "f") == first


TURNS: list[dict[str, Any]] = [
    {"content": "Who ran the mill?", "role": "user"},
    {"content": "<think>It's told.</think> <answer>Ida</answer>", "role": "assistant"},
]


@given(st.lists(st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text()))))
def test_any_printed_list_is_read_back(items: list[Any]) -> None:
    assert python_list(str(items)) == items


@given(st.text())
def test_any_text_is_a_list_or_none(text: str) -> None:
    assert isinstance(python_list(text), list | None)


@given(st.text(alphabet="[]', ab\\\"\n\x00\ud800é", max_size=14).map("['{}']".format))
def test_the_quick_way_to_a_python_list_gives_what_python_reads(text: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        expected = None
    assert python_list(text) == (expected if isinstance(expected, list) else None)


@pytest.mark.parametrize(
    "text", ["", "['cut", "'a'", "('a',)", "{'a': 1}", "[open('x')]", "[" * 10_000, "\0", " ['a']x"]
)
def test_what_spells_out_no_list_is_none(text: str) -> None:
    assert python_list(text) is None


def test_a_backslash_that_python_would_warn_of_is_kept_and_nothing_is_said() -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert python_list(r"['\Some']") == [r"\Some"]
    assert said == []


def test_a_cell_gives_its_list_or_names_the_field() -> None:
    assert list_in("['a', \"b's\"]", "facts", str) == ["a", "b's"]
    assert list_in("[]", "facts", dict) == []
    with pytest.raises(InputError, match=r"^field 'facts': is not a Python list$"):
        list_in("a text", "facts", str)
    with pytest.raises(InputError, match=r"^field 'facts': is not a Python list of str$"):
        list_in("['a', 1]", "facts", str)


def test_a_conversation_gives_what_the_assistant_says() -> None:
    assert assistant_turn(str(TURNS)) == TURNS[1]["content"]


@pytest.mark.parametrize(
    "turns",
    [
        "[{'content': 'cut",
        [],
        ["a", "b"],
        TURNS[:1],
        TURNS[::-1],
        [*TURNS, TURNS[0]],
        [TURNS[0], {"role": "assistant"}],
        [TURNS[0], {"role": "assistant", "content": None}],
    ],
)
def test_what_is_no_conversation_of_two_turns_is_refused(turns: object) -> None:
    with pytest.raises(InputError, match="field 'messages': is not a user turn and an assistant"):
        assistant_turn(str(turns))


class Row(BaseModel):
    model_config = ConfigDict(strict=True)

    facts: Annotated[list[str], SPELLED_OUT]


@pytest.mark.parametrize("given", [["a", "b"], "['a', 'b']"])
def test_a_record_takes_a_list_as_it_is_or_spelled_out(given: object) -> None:
    assert Row.model_validate({"facts": given}).facts == ["a", "b"]


@pytest.mark.parametrize("given", ["a, b", "('a', 'b')", "['a', 1]", None, 7])
def test_a_record_takes_nothing_else(given: object) -> None:
    with pytest.raises(ValidationError):
        Row.model_validate({"facts": given})
