"""Stored generations in the release's format, each with the problem of its own line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact.datasets.marco.outputs import read_outputs
from artifact.errors import InputError

RECORD = {
    "input": "the chat with the prompt",
    "prediction": "assistant\n<think>t</think> <answer>Ida Holm</answer>",
    "gold": "['Ida Holm', 'by Ida Holm']",
    "question": "who built the mill",
    "query_type": "PERSON",
    "passage": "['Herons nest there.', 'The mill was built by Ida Holm.']",
    "reasoning": "the label sentence",
    "answer_passage": "['Ida Holm', 'by Ida Holm']",
}


def write_outputs(root: Path, name: str, *lines: str) -> Path:
    folder = root / "marcoqa" / "results" / "Marcoqa" / "evaluation_outputs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("variant", "name"),
    [
        ("vanilla", "Brio-1B-sft-adapter_default.json"),
        ("correct", "Brio-1B-sft-adapter-reasoning-facts_default.json"),
        ("incorrect", "Brio-1B-sft-adapter-reasoning-facts-perturbed_default.json"),
    ],
)
def test_a_line_carries_prediction_and_problem(tmp_path: Path, variant: str, name: str) -> None:
    path = write_outputs(tmp_path, name, json.dumps(RECORD), json.dumps(RECORD))
    stored = read_outputs(tmp_path, "Brio-1B", variant)
    assert stored.missing == ()
    assert [output.problem.id for output in stored.outputs] == ["test-1", "test-2"]
    output = stored.outputs[1]
    assert output.where == f"{path}, line 2"
    assert output.prediction == RECORD["prediction"]
    assert output.gold == ("Ida Holm", "by Ida Holm")
    assert output.problem.answers == ("Ida Holm",)
    assert output.problem.support == (1,)
    assert output.problem.category == "PERSON"
    assert output.problem.meta["split"] == "test"


def test_an_absent_file_is_listed_as_missing(tmp_path: Path) -> None:
    stored = read_outputs(tmp_path, "Brio-1B", "correct")
    assert stored.outputs == ()
    (line,) = stored.missing
    assert "Brio-1B-sft-adapter-reasoning-facts_default.json: no such file" in line


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (json.dumps(RECORD)[:-4], "line 1: is not whole JSON"),
        (json.dumps(RECORD | {"prediction": None}), "line 1, field 'prediction': is NoneType"),
        (json.dumps(RECORD | {"passage": "['open"}), "line 1, field 'passage': is not a Python"),
        (json.dumps({"question": "who"}), "line 1, field 'gold': is missing"),
        (json.dumps(RECORD | {"gold": ""}), "line 1, field 'answers': is empty"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    write_outputs(tmp_path, "Brio-1B-sft-adapter_default.json", line)
    with pytest.raises(InputError, match=message):
        read_outputs(tmp_path, "Brio-1B", "vanilla")


def test_an_unknown_variant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no variant 'verbose' is stored"):
        read_outputs(tmp_path, "Brio-1B", "verbose")
