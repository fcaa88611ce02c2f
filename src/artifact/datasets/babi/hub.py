"""bAbI as its makers and the hub store it: stories; the paper uses the first question of each.

A story asks several questions as it goes on; the release keeps the first one of each story, over
the facts told before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifact.common.errors import InputError
from artifact.common.files import located
from artifact.common.intake import Intake
from artifact.datasets.babi.labels import BY_NUMBER, TASKS, Task
from artifact.datasets.babi.release.problems import checked_problem
from artifact.datasets.dataset import Hub, HubFile
from artifact.datasets.problem import Problem

HUB_FILES = tuple(
    HubFile(
        archive="data/tasks_1-20_v1-2.tar.gz",
        member=f"tasks_1-20_v1-2/en/qa{task.number}_{task.label}_{split}.txt",
        split=split,
    )
    for task in TASKS
    for split in ("train", "test")
)
"""The stories of the hub's configurations ``en-qa1``, ``en-qa2`` and so on: the release's counts of
training problems per task are those of ``en`` and not of ``en-10k``."""

_TASK = re.compile(r"(?<![A-Za-z])qa(\d+)")
_LINE = re.compile(r"(?P<id>\d+) (?P<text>[^\t]+)(?:\t(?P<answer>[^\t]*)\t(?P<support>[\d ]+))?")
_STORY = re.compile(rb"\s*1 [^\s\d]")
_FACT, _QUESTION = 0, 1


def read_hub(
    rows: Iterable[Mapping[str, Any]], split: str, intake: Intake, where: str
) -> list[Problem]:
    """Problems from the hub's stories, the first question of each.

    Args:
        rows: stories ``{"story": {id, type, text, supporting_ids, answer}}``, each field a list
            with an entry per line (type 0 is a fact, 1 a question), as the repository's loading
            script makes them; or the lines ``{"text": line}`` of the files that it reads.
        split: the hub's name of the split.
        intake: what becomes of a bad story.
        where: the configuration ("en-qa1") or file ("qa1_single-supporting-fact_train.txt") that
            the rows come from. It names the task, which the records do not.

    Raises:
        InputError: if `where` names no task of the paper or the rows are of neither form; for a
            bad story, unless `intake` skips it. The row given is that of the story's first line.
    """
    task = _task_named(where)
    problems = []
    for number, (row, story) in enumerate(_stories(rows, where), start=1):
        try:
            lines = _told(story) if isinstance(story, list) else _recorded(story)
            identity = f"qa{task.number}-{split}-{number}"
            problems.append(_first_question(lines, task, identity, {"split": split, "row": row}))
        except InputError as error:
            intake.reject(located(error, path=where, row=row))
    return problems


def read_original(path: Path, content: bytes, intake: Intake) -> list[Problem] | None:
    """Problems of one of bAbI's own files, as ``qa1_single-supporting-fact_train.txt``.

    Its name gives the task, and the side: train, or else test (bAbI's ``valid`` is not a side
    in the paper, and is held out too).

    Args:
        path: names the file.
        content: what is in it.
        intake: what becomes of a bad story.

    Returns:
        None if the file doesn't start as a story does.

    Raises:
        InputError: if it is not UTF-8, or as `read_hub`.
    """
    if not _STORY.match(content):
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 at byte {error.start + 1}", path=path) from error
    split = "train" if "train" in path.stem.lower() else "test"
    return read_hub(({"text": line} for line in text.split("\n")), split, intake, str(path))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a story: a fact, or a question with its answer and the ids of its support."""

    id: str
    text: str
    is_question: bool
    answer: str
    support: tuple[str, ...]


def _task_named(where: str) -> Task:
    numbers = [int(number) for number in _TASK.findall(where)]
    if not numbers or numbers[-1] not in BY_NUMBER:
        known = ", ".join(f"qa{number}" for number in BY_NUMBER)
        cure = f"it uses {known}: name the file or configuration after its task"
        raise InputError("names no task of the paper", path=where, cure=cure)
    return BY_NUMBER[numbers[-1]]


def _stories(rows: Iterable[Mapping[str, Any]], where: str) -> Iterator[tuple[int, Any]]:
    """Each story with its 1-based first row: a record, or the list of its lines.

    In files of lines a story ends where the numbers start again from 1.
    """
    first, lines = 0, list[str]()
    for row, record in enumerate(rows, start=1):
        if "story" in record:
            yield row, record["story"]
            continue
        line = record.get("text")
        if not isinstance(line, str):
            raise InputError("is neither a story nor a line of one", path=where, row=row)
        if line.startswith("1 ") and lines:
            yield first, lines
            lines = []
        first = first if lines else row
        if line.strip():
            lines.append(line)
    if lines:
        yield first, lines


def _told(lines: Sequence[str]) -> list[_Line]:
    """Lines as bAbI's files word them: ``3 Question? <tab> answer <tab> 1 2`` or ``1 Fact.``"""
    read = []
    for line in lines:
        found = _LINE.fullmatch(line.rstrip())
        if found is None:
            raise InputError("is neither '1 Fact.' nor a question with answer and support")
        read.append(
            _Line(
                id=found["id"],
                text=found["text"].strip(),
                is_question=found["answer"] is not None,
                answer=(found["answer"] or "").strip(),
                support=tuple((found["support"] or "").split()),
            )
        )
    return read


def _recorded(story: object) -> list[_Line]:
    """Lines as the hub's records hold them."""
    ids = _column(story, "id", str)
    columns = [
        _column(story, name, kind, len(ids))
        for name, kind in (("text", str), ("type", int), ("answer", str), ("supporting_ids", list))
    ]
    unknown = sorted(set(columns[1]) - {_FACT, _QUESTION})
    if unknown:
        raise InputError(f"{unknown[0]} is neither fact (0) nor question (1)", field="type")
    return [
        _Line(identity, text.strip(), kind == _QUESTION, answer.strip(), tuple(support))
        for identity, text, kind, answer, support in zip(ids, *columns, strict=True)
    ]


def _column(story: object, name: str, kind: type, length: int | None = None) -> list[Any]:
    """One field of a story, checked: a list of `kind` with an entry per line."""
    values = story.get(name) if isinstance(story, Mapping) else None
    if not isinstance(values, list) or not all(isinstance(value, kind) for value in values):
        raise InputError(f"is not a list of {kind.__name__}", field=name)
    if length is not None and len(values) != length:
        raise InputError(f"has {len(values)} entries for {length} lines", field=name)
    return values


def _first_question(
    lines: Sequence[_Line], task: Task, identity: str, meta: Mapping[str, str | int]
) -> Problem:
    at = next((index for index, line in enumerate(lines) if line.is_question), None)
    if at is None:
        raise InputError("asks no question", field="story")
    facts, question = lines[:at], lines[at]
    if not facts:
        raise InputError("asks before any fact is given", field="story")
    places = {line.id: index for index, line in enumerate(facts)}
    if len(places) < len(facts):
        raise InputError("two lines share an id", field="id")
    unknown = [identity for identity in question.support if identity not in places]
    if unknown:
        raise InputError(
            f"names line {unknown[0]}, which is not an earlier fact", field="supporting_ids"
        )
    return checked_problem(
        identity=identity,
        label=task.label,
        context=[line.text for line in facts],
        question=question.text,
        answer=question.answer,
        support=sorted(places[identity] for identity in question.support),
        meta=meta,
    )


HUB = Hub(
    repository="facebook/babi_qa",
    revision="35110b6921dd859e4440fa0f39481959f09abc2d",
    read=read_hub,
    files=HUB_FILES,
)
