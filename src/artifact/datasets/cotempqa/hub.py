"""CoTempQA as its makers store it, a file for each category, and as the hub joins the four."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from artifact.common.errors import InputError
from artifact.common.files import json_lines
from artifact.common.intake import Intake
from artifact.datasets.cotempqa.labels import LABELS
from artifact.datasets.cotempqa.release.problems import Place, line_records, usable_problems
from artifact.datasets.dataset import Hub
from artifact.datasets.problem import Problem
from artifact.datasets.splits import release_split

HUB_FILES = ("during", "equal", "mix", "overlap")
"""Order of the hub's files, and thus of its rows; each file's ``index`` restarts at 0."""


def read_hub(
    rows: Iterable[Mapping[str, Any]], split: str, intake: Intake, where: str
) -> list[Problem]:
    """Problems from the rows of Warrieryes/CotempQA, as `datasets` yields them.

    The hub has no column for the category: it joins the files of `HUB_FILES` into one split, and a
    row whose ``index`` is 0 or below the one before starts the next file. ``meta['split']`` is the
    release's split, which was drawn from these rows.

    Args:
        rows: ``{index, triple_element, question, facts, answer}``, all files in their order.
        split: the hub's name of the split, for messages.
        intake: what becomes of a record that can't be used.
        where: names the rows in messages.

    Raises:
        InputError: if the rows are not those of four files.
    """
    files = _hub_files(rows)
    if len(files) != len(HUB_FILES):
        raise InputError(
            f"split '{split}' holds {len(files)} runs of 'index' from its start",
            path=where,
            field="index",
            cure=f"give the rows of {', '.join(HUB_FILES)} in this order",
        )
    problems = []
    for category, numbered in zip(HUB_FILES, files, strict=True):
        in_test = release_split(len(numbered))
        records = (
            (row, "test" if position in in_test else "train", Place(where, row=number))
            for position, (number, row) in enumerate(numbered)
        )
        problems += usable_problems(records, category, intake)
    return problems


def read_original(path: Path, content: bytes, intake: Intake) -> list[Problem] | None:
    """Problems of one of CoTempQA's own files, as ``during.json``, or of all four joined.

    The name gives the category; a file without one is read as rows of the hub's.

    Args:
        path: names the file.
        content: what is in it.
        intake: what becomes of a record that can't be used.

    Returns:
        None if the first line is not a record of CoTempQA's.

    Raises:
        InputError: as `read_hub`; for a bad record, unless `intake` skips it.
    """
    _, first = next(json_lines(content, path, Intake(skip_bad=True)), (0, {}))
    if not {"index", "triple_element", "facts"} <= first.keys():
        return None
    words = re.split(r"[^a-z]+", path.stem.lower())
    named = [label for label in LABELS if label in words]
    if len(named) == 1:
        return usable_problems(line_records(content, path, intake), named[0], intake)
    records = (record for _, record in json_lines(content, path, intake))
    return read_hub(records, path.stem, intake, str(path))


def _hub_files(rows: Iterable[Mapping[str, Any]]) -> list[list[tuple[int, Mapping[str, Any]]]]:
    """The rows with their numbers from 1, cut where ``index`` restarts."""
    files: list[list[tuple[int, Mapping[str, Any]]]] = []
    last = 0
    for number, row in enumerate(rows, start=1):
        index = row.get("index")
        if not isinstance(index, int):
            index = last + 1  # a bad record, to be rejected where it stands
        if not files or index == 0 or index < last:
            files.append([])
        files[-1].append((number, row))
        last = index
    return files


HUB = Hub(
    repository="Warrieryes/CotempQA",
    # The hub's own Parquet copy of main (its two commits end at 9f49aba), a full hash being needed.
    revision="fe56b79e766d7e6dac3d39dfdf115ac0b51748ca",
    read=read_hub,
    splits=("train",),
)
