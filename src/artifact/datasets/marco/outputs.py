"""MARCO generations that the release stores, each with its own problem.

Every line carries passages, question, type and gold answers beside the prediction, so the problem
is read from the line itself and no other file is needed. The public repository left out most of
these files for their size; those absent are listed as missing.
"""

from __future__ import annotations

from pathlib import Path

from artifact.datasets.base import StoredOutput, StoredOutputs
from artifact.datasets.marco.read import build_problem, literal_list, stored_answers
from artifact.errors import InputError
from artifact.files import located, read_json_lines
from artifact.problems import Intake

SUFFIXES = {"vanilla": "", "correct": "-reasoning-facts", "incorrect": "-reasoning-facts-perturbed"}


def read_outputs(root: Path, model: str, variant: str) -> StoredOutputs:
    """Stored generations of one model and variant (vanilla, correct, incorrect).

    Raises:
        InputError: if the variant is unknown, or a line cannot be used; names file and line.
    """
    if variant not in SUFFIXES:
        raise InputError(
            f"no variant '{variant}' is stored",
            field="variant",
            cure=f"choose one of {', '.join(SUFFIXES)}",
        )
    folder = root / "marcoqa" / "results" / "Marcoqa" / "evaluation_outputs"
    path = folder / f"{model}-sft-adapter{SUFFIXES[variant]}_default.json"
    if not path.exists():
        return StoredOutputs(outputs=(), missing=(f"{path}: no such file",))
    outputs = []
    for number, record in read_json_lines(path, Intake()):
        try:
            outputs.append(_output(record, number, f"{path}, line {number}"))
        except InputError as error:
            raise located(error, path=path, line=number) from error
    return StoredOutputs(outputs=tuple(outputs))


def _output(record: dict[str, object], number: int, where: str) -> StoredOutput:
    gold = stored_answers(_text(record, "gold"))
    problem = build_problem(
        identity=f"test-{number}",
        category=_text(record, "query_type"),
        passages=literal_list(_text(record, "passage"), "passage", str),
        question=_text(record, "question"),
        answers=gold,
        meta={"split": "test"},
    )
    prediction = _text(record, "prediction")
    return StoredOutput(problem=problem, prediction=prediction, gold=gold, where=where)


def _text(record: dict[str, object], name: str) -> str:
    if name not in record:
        raise InputError("is missing", field=name)
    value = record[name]
    if not isinstance(value, str):
        raise InputError(f"is {type(value).__name__}, not str", field=name)
    return value
