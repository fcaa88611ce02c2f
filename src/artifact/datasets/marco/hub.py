"""MARCO as the hub stores it: the records of microsoft/ms_marco v2.1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from artifact.common.errors import InputError
from artifact.common.files import located
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
    problems = []
    for number, row in enumerate(rows, start=1):
        try:
            problems.append(_hub_problem(row, HUB_SPLITS.get(split, split)))
        except InputError as error:
            intake.reject(located(error, path=where, row=number))
    return problems


def _hub_problem(row: Mapping[str, Any], side: str) -> Problem:
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
        meta={"split": side, "selected_passage": marked[0] if marked else None},
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
