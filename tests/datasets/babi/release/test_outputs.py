"""bAbI's stored generations: found by name, read with their problems, checked against them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.release.outputs import FILES, gold_table, read_file, read_outputs

CORRECT = "Norn-2-sft-adapter-reasoning-facts_default.json"
STORY = ["Sella went to the loft.", "Bram took the lamp there.", "Sella went to the loft."]


def _line(person: str = "Sella", **changes: object) -> dict[str, object]:
    return {
        "input": "not used",
        "prediction": "<think>x</think>",
        "gold": "loft",
        "question": f"Where is {person}?",
        "query_type": "single-supporting-fact",
        "passage": str(STORY),
        "reasoning": "not used",
        "answer_passage": str(STORY[2:]),
    } | changes


def _outputs(
    root: Path, name: str, *lines: dict[str, object] | str, folder: str = "Babiqa", sub: str = ""
) -> Path:
    path = root / "babiqa" / "results" / folder / "evaluation_outputs" / sub / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{line}\n" for line in text))
    return path


def _ask(root: Path, *lines: dict[str, object]) -> None:
    path = gold_table(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["query_type", "question", "passages", "answer"])
        for line in lines:
            writer.writerow([line[n] for n in ("query_type", "question", "passage", "gold")])


def test_an_output_comes_with_the_problem_that_was_asked(tmp_path: Path) -> None:
    path = _outputs(tmp_path, CORRECT, _line())
    _ask(tmp_path, _line())
    (output,) = read_outputs(tmp_path, "Norn-2", "correct").outputs
    problem = output.problem
    assert (problem.dataset, problem.category) == ("babi", "single-supporting-fact")
    assert problem.context == tuple(STORY)
    assert problem.supporting_facts == (STORY[2],)
    assert problem.answers == ("loft",)
    assert (output.gold, output.where) == (("loft",), f"{path}, line 1")


def test_a_list_answer_is_several_answers_and_one_stored_gold(tmp_path: Path) -> None:
    story = ["Sella took the lamp there.", "Sella took the jug there."]
    line = _line(
        gold="lamp,jug",
        question="What is Sella carrying?",
        query_type="lists-sets",
        passage=str(story),
        answer_passage=str(story),
    )
    (output,) = read_file(_outputs(tmp_path, CORRECT, line))
    assert (output.problem.answers, output.gold) == (("lamp", "jug"), ("lamp,jug",))
    assert output.problem.support == (0, 1)


def test_trained_and_prompted_runs_are_found_in_either_folder(tmp_path: Path) -> None:
    _outputs(tmp_path, CORRECT, _line())
    _outputs(tmp_path, "Aal-sft-adapter_default.json", _line(), folder="babiqa")
    _outputs(tmp_path, "orgal_Norn-2_default_test.csv", _line(), folder="babiqa", sub="default")
    assert FILES.list_stored(tmp_path) == (
        ("Aal", "vanilla"),
        ("Norn-2", "correct"),
        ("Norn-2", "prompting"),
    )
    assert len(read_outputs(tmp_path, "Norn-2", "prompting").outputs) == 1


def test_a_run_that_is_not_there_is_told_what_is(tmp_path: Path) -> None:
    _outputs(tmp_path, CORRECT, _line())
    with pytest.raises(InputError, match=r"of Mist \(vanilla\); there are Norn-2 \(correct\)"):
        read_outputs(tmp_path, "Mist", "vanilla")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"prediction": "', "line 2: is not valid JSON"),
        (_line("Bram", prediction=None), "line 2, field 'prediction'"),
        (_line("Bram", gold=""), "line 2, field 'gold'"),
        (_line("Bram", passage="[]"), "line 2, field 'passage'"),
        (_line("Bram", passage="no list"), "line 2, field 'passage'"),
        (_line("Bram", query_type="riddles"), "line 2, field 'query_type': 'riddles' is not"),
        (_line("Bram", answer_passage="['Nil.']"), "line 2, field 'answer_passage'"),
        (_line("Bram", gold="cellar"), "line 2, field 'answer'"),
        (
            _line("Runa"),
            "line 2, field 'question': question and facts match no test problem",
        ),
        (_line(), "line 2, field 'question': question and facts occur more often"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(
    tmp_path: Path, line: dict[str, object] | str, message: str
) -> None:
    path = _outputs(tmp_path, CORRECT, _line(), line)
    _ask(tmp_path, _line(), _line("Bram"))
    with pytest.raises(InputError, match=message) as caught:
        read_outputs(tmp_path, "Norn-2", "correct")
    assert str(path) in str(caught.value)


def test_a_problem_that_the_test_table_repeats_may_be_asked_as_often(tmp_path: Path) -> None:
    _outputs(tmp_path, CORRECT, _line(), _line())
    _ask(tmp_path, _line(), _line())
    first, again = read_outputs(tmp_path, "Norn-2", "correct").outputs
    assert again.problem.id == f"{first.problem.id}-2"


def test_every_stored_run_of_the_release_can_be_read(release: Path) -> None:
    runs = FILES.list_stored(release)
    assert ("Llama-3.2-1B-Instruct", "correct") in runs
    for run in runs:
        stored = read_outputs(release, *run)
        assert len(stored.outputs) == 376
        assert not stored.missing
        assert set(Counter(o.problem.category for o in stored.outputs)) == set(LABELS)


def test_the_releases_result_files_and_matrices_are_found(release: Path) -> None:
    assert any(file.outputs for file in FILES.result_files(release))
    assert {file.run.variant for file in FILES.matrix_files(release)} == {"correct", "incorrect"}
