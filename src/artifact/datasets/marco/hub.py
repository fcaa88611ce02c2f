"""MARCO as its makers and the hub store it: the records of microsoft/ms_marco v2.1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from artifact.common.documents import json_value
from artifact.common.errors import InputError
from artifact.common.files import json_lines, located
from artifact.common.intake import Intake
from artifact.datasets.dataset import Hub
from artifact.datasets.marco.release.problems import build_problem
from artifact.datasets.problem import Problem

HUB_SPLITS = {"train": "train", "validation": "test"}
"""Side of the hub's splits: the release tests on the validation split, the test split is blind."""


def read_hub(
    rows: Iterable[Mapping[str, Any]], split: str, intake: Intake, where: str
) -> list[Problem]:
    """Problems from records of microsoft/ms_marco v2.1, as `datasets` yields them.

    Args:
        rows: ``{query, query_id, query_type, answers, passages: {is_selected, passage_text}}``;
            ``wellFormedAnswers`` and ``url`` are not used, because the release does not.
        split: the hub's name of the split.
        intake: what becomes of a bad record.
        where: names the rows in messages.
    """
    return _problems(enumerate(rows, start=1), HUB_SPLITS.get(split, split), intake, where)


def read_original(path: Path, content: bytes, intake: Intake) -> list[Problem] | None:
    """Problems of one of MARCO's own files, as ``dev_v2.1.json.gz``.

    Such a file is one object that maps each field to an object of the records' values; copies hold
    one record per line. The name gives the side: train, or test for dev and validation files.

    Args:
        path: names the file.
        content: what is in it, unpacked.
        intake: what becomes of a bad record. The row given counts records from 1.

    Returns:
        None if the file holds no such records.

    Raises:
        InputError: for a bad record, unless `intake` skips it.
    """
    if b'"query_id"' not in content:
        return None
    rows = _columns(content) or _lines(content, path, intake)
    if rows is None:
        return None
    sides = {"train": "train", "dev": "test", "valid": "test"}
    side = next((side for word, side in sides.items() if word in path.name.lower()), None)
    return _problems(((n, _as_hub_row(row)) for n, row in rows), side, intake, str(path))


def _as_hub_row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record as the hub has it: the passages by field, the type in capitals."""
    passages, kind = row.get("passages"), row.get("query_type")
    found = dict(row)
    if isinstance(passages, list) and all(isinstance(each, Mapping) for each in passages):
        names = ("passage_text", "is_selected")
        found["passages"] = {name: [each.get(name) for each in passages] for name in names}
    if isinstance(kind, str):
        found["query_type"] = kind.upper()
    return found


def _columns(content: bytes) -> Iterator[tuple[int, Mapping[str, Any]]] | None:
    """The numbered records of a file that is one object; None if it isn't."""
    try:
        columns = json_value(content)
    except InputError:
        return None
    if not isinstance(columns, dict) or not isinstance(columns.get("query"), dict):
        return None
    fields = {name: column for name, column in columns.items() if isinstance(column, dict)}
    return (
        (number, {name: column[key] for name, column in fields.items() if key in column})
        for number, key in enumerate(columns["query"], start=1)
    )


def _lines(
    content: bytes, path: Path, intake: Intake
) -> Iterator[tuple[int, Mapping[str, Any]]] | None:
    """The numbered records of a file of JSON lines; None if its first line isn't one of MARCO's."""
    _, first = next(json_lines(content, path, Intake(skip_bad=True)), (0, {}))
    return json_lines(content, path, intake) if {"query", "query_id"} <= first.keys() else None


def _problems(
    rows: Iterable[tuple[int, Mapping[str, Any]]], side: str | None, intake: Intake, where: str
) -> list[Problem]:
    problems = []
    for number, row in rows:
        try:
            problems.append(_hub_problem(row, side))
        except InputError as error:
            intake.reject(located(error, path=where, row=number))
    return problems


def _hub_problem(row: Mapping[str, Any], side: str | None) -> Problem:
    passages = _field(row, "passages", Mapping)
    texts = _texts(passages, "passage_text", within="passages.")
    selected = _field(passages, "is_selected", Sequence, within="passages.")
    marked = [index for index, flag in enumerate(selected) if flag == 1]
    return build_problem(
        identity=f"query-{_field(row, 'query_id', int)}",
        category=_field(row, "query_type", str),
        passages=texts,
        question=_field(row, "query", str),
        answers=_texts(row, "answers"),
        meta={
            **({"split": side} if side else {}),
            "selected_passage": marked[0] if marked else None,
        },
    )


def _field(row: Mapping[str, Any], name: str, kind: type, *, within: str = "") -> Any:
    if name not in row:
        raise InputError("is missing", field=within + name)
    if not isinstance(row[name], kind) or isinstance(row[name], bool):
        fault = f"is {type(row[name]).__name__}, not {kind.__name__.lower()}"
        raise InputError(fault, field=within + name)
    return row[name]


def _texts(row: Mapping[str, Any], name: str, *, within: str = "") -> list[str]:
    value = _field(row, name, list, within=within)
    if not all(isinstance(item, str) for item in value):
        raise InputError("is not a list of texts", field=within + name)
    return list(value)


HUB = Hub(
    repository="microsoft/ms_marco",
    revision="a47ee7aae8d7d466ba15f9f0bfac3b3681087b3a",
    read=read_hub,
    config="v2.1",
    splits=("train[:5000]", "validation[:1000]"),
)
