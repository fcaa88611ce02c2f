"""Stored generations in the release's format, each with the problem of its own line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.datasets.marco.release.outputs import FILES, read_outputs
from artifact.datasets.release_records import StoredRun

RECORD: dict[str, Any] = {
    "input": "the chat with the prompt",
    "prediction": "assistant\n<think>t</think> <answer>Ida Holm</answer>",
    "gold": "['Ida Holm', 'by Ida Holm']",
    "question": "who built the mill",
    "query_type": "PERSON",
    "passage": "['Herons nest there.', 'The mill was built by Ida Holm.']",
    "reasoning": "the label sentence",
    "answer_passage": "['Ida Holm', 'by Ida Holm']",
}
TRAINED = "Marcoqa/evaluation_outputs"
PROMPTED = "marcoqa/evaluation_outputs/default"


def write(root: Path, name: str, *lines: dict[str, Any] | str) -> Path:
    path = root / "marcoqa" / "results" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("variant", "name"),
    [
        ("vanilla", f"{TRAINED}/Brio-1B-sft-adapter_default.json"),
        ("correct", f"{TRAINED}/Brio-1B-sft-adapter-reasoning-facts_default.json"),
        ("incorrect", f"{TRAINED}/Brio-1B-sft-adapter-reasoning-facts-perturbed_default.json"),
        ("prompting", f"{PROMPTED}/brio-ai_Brio-1B_default_test.csv"),
    ],
)
def test_a_line_carries_prediction_and_problem(tmp_path: Path, variant: str, name: str) -> None:
    other = RECORD | {"question": "who sold the mill", "passage": ["The mill is not sold."]}
    other |= {"gold": "['No Answer Present.']"}
    path = write(tmp_path, name, other, RECORD)
    assert FILES.list_stored(tmp_path) == (StoredRun("Brio-1B", variant),)
    unanswerable, output = read_outputs(tmp_path, "Brio-1B", variant).outputs
    assert output.where == f"{path}, line 2"
    assert output.prediction == RECORD["prediction"]
    assert output.gold == (RECORD["gold"],)
    assert output.problem.answers == ("Ida Holm",)
    assert output.problem.support == (1,)
    assert output.problem.category == "PERSON"
    assert output.problem.meta["split"] == "test"
    assert unanswerable.problem.answers == ("No Answer Present.",)
    assert unanswerable.problem.support == ()
    assert unanswerable.problem.id != output.problem.id


def test_an_absent_run_is_named_with_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"generations of Brio-1B \(correct\); no model has any"):
        read_outputs(tmp_path, "Brio-1B", "correct")
    write(tmp_path, f"{TRAINED}/Brio-1B-sft-adapter_default.json", RECORD)
    with pytest.raises(InputError, match=r"\(correct\); there are Brio-1B \(vanilla\)"):
        read_outputs(tmp_path, "Brio-1B", "correct")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (json.dumps(RECORD)[:-4], "line 2: is not valid JSON"),
        (RECORD | {"prediction": None}, "line 2, field 'prediction': should be a valid str"),
        (RECORD | {"passage": "['open"}, "line 2, field 'passage': should be a valid list"),
        (RECORD | {"passage": []}, "line 2, field 'passage': is empty"),
        ({"prediction": "x"}, "line 2, field 'gold': is missing"),
        (RECORD | {"gold": "[]"}, "line 2, field 'answers': is empty"),
        (RECORD | {"query_type": "WHO"}, "line 2, field 'query_type': is 'WHO'"),
        (RECORD | {"gold": "['Per Brand']"}, "line 2, field 'question': question and facts fit"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: dict[str, Any] | str, message: str) -> None:
    write(tmp_path, f"{TRAINED}/Brio-1B-sft-adapter_default.json", RECORD, line)
    with pytest.raises(InputError, match=message):
        read_outputs(tmp_path, "Brio-1B", "vanilla")


def test_figures_are_listed_with_the_generations_behind_them(tmp_path: Path) -> None:
    name = "Brio-1B-sft-adapter-reasoning-facts_default"
    outputs = write(tmp_path, f"{TRAINED}/{name}.json", RECORD)
    write(tmp_path, f"Marcoqa/evaluation_results/{name}.json", {"acc": 1.0})
    write(tmp_path, "Marcoqa/evaluation_results/Brio-1B-sft-adapter_default.json", {"acc": 0.0})
    write(tmp_path, f"Marcoqa/confusion_matrix/{name}_confusion_matrix.json", {"matrix1": {}})
    assert [(file.run.variant, file.outputs) for file in FILES.result_files(tmp_path)] == [
        ("correct", outputs),
        ("vanilla", None),
    ]
    assert [file.run for file in FILES.matrix_files(tmp_path)] == [StoredRun("Brio-1B", "correct")]


def test_the_release_at_hand_has_figures_and_no_generations(release: Path) -> None:
    assert FILES.list_stored(release) == ()
    runs = {file.run for file in FILES.result_files(release)}
    assert {StoredRun("Qwen3-1.7B", variant) for variant in ("vanilla", "correct")} <= runs
    matrices = {file.run for file in FILES.matrix_files(release)}
    assert {StoredRun("Qwen3-1.7B", variant) for variant in ("correct", "incorrect")} <= matrices
