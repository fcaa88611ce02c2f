"""How the release names and stores its generations and figures, whatever the dataset.

A file name says the model and, after ``-sft-adapter``, what the model was trained on; files of
prompted models carry the organisation instead. Generations are JSON lines even where the name
ends in ``.csv``; a file of figures is one JSON object.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from artifact.datasets.base import ResultFile, StoredRun
from artifact.errors import InputError
from artifact.files import read_bytes, read_json_lines
from artifact.problems import Intake

VARIANTS = {"": "vanilla", "reasoning-facts": "correct", "reasoning-facts-perturbed": "incorrect"}
"""What follows ``-sft-adapter`` in a file name, and the variant it stands for. Other suffixes of
later upstream commits are variants by their own name."""

PROMPTING = "prompting"
"""The variant of a model that was prompted and not trained."""

Record = TypeVar("Record", bound=BaseModel)

_TRAINED = re.compile(
    r"(?P<model>.+?)-sft-adapter(?:-(?P<suffix>[a-z].*?))?(?:-(?P<seed>[0-9]+))?_default"
)
_PROMPTED = re.compile(r"[^_]+_(?P<model>.+)_default_[^_]+")
_MATRIX = "_confusion_matrix"
_FIGURES = TypeAdapter(dict[str, float | dict[str, float]])


def run_of(path: Path) -> StoredRun | None:
    """The run that a file is named after, or None if it is named after none.

    A run of later upstream commits that was repeated with a seed is called ``MODEL@SEED``.
    """
    stem = path.stem.removesuffix(_MATRIX)
    if trained := _TRAINED.fullmatch(stem):
        model = f"{trained['model']}@{trained['seed']}" if trained["seed"] else trained["model"]
        suffix = trained["suffix"] or ""
        return StoredRun(model, VARIANTS.get(suffix, suffix))
    if prompted := _PROMPTED.fullmatch(stem):
        return StoredRun(prompted["model"], PROMPTING)
    return None


def reading_order(run: StoredRun) -> tuple[str, int, str]:
    """Sort key: by model, then variants in the paper's order, prompting and others last."""
    order = [*VARIANTS.values(), PROMPTING]
    return run.model, order.index(run.variant) if run.variant in order else len(order), run.variant


def result_folders(root: Path, branches: Iterable[str], name: str, kind: str) -> list[Path]:
    """The folders ``<branch>/results/<name>/<kind>`` that exist, `name` in whatever case.

    Raises:
        InputError: if `root` is no folder.
    """
    if not root.is_dir():
        raise InputError("no such folder", path=root, cure="name the folder of the release")
    found = []
    for branch in branches:
        results = root / branch / "results"
        folders = sorted(results.iterdir()) if results.is_dir() else []
        found += [folder / kind for folder in folders if folder.name.casefold() == name]
    return [folder for folder in found if folder.is_dir()]


def matrix_files(root: Path, branches: Iterable[str], name: str) -> tuple[ResultFile, ...]:
    """The stored confusion matrices."""
    return tuple(
        ResultFile(path, run)
        for folder in result_folders(root, branches, name, "confusion_matrix")
        for path in sorted(folder.glob("*.json"))
        if (run := run_of(path))
    )


def outputs_behind(result: Path, folder: Path) -> Path | None:
    """The generations that a file of answer scores in `folder` was made from, if on disk."""
    outputs = folder.with_name("evaluation_outputs") / result.relative_to(folder)
    return outputs if outputs.is_file() else None


def no_outputs(root: Path, title: str, run: StoredRun, stored: Sequence[StoredRun]) -> InputError:
    """The error that there is nothing to read for `run`, with what there is."""
    models: dict[str, list[str]] = {}
    for other in stored:
        models.setdefault(other.model, []).append(other.variant)
    there = "; ".join(f"{model} ({', '.join(names)})" for model, names in models.items())
    return InputError(
        f"no stored {title} generations of {run.model} ({run.variant})",
        path=root,
        field="model",
        cure=f"there are {there}" if there else "there are none of any model",
    )


def read_records(path: Path, shape: type[Record]) -> Iterator[tuple[int, Record]]:
    """Each line's 1-based number and its record.

    Raises:
        InputError: as `artifact.files.read_json_lines`; for a field that is missing or of the
            wrong type; if there is no record at all.
    """
    line = 0
    for line, value in read_json_lines(path, Intake()):
        try:
            yield line, shape.model_validate(value)
        except ValidationError as error:
            raise _located(error, path, line) from error
    if not line:
        raise InputError("holds no generations", path=path)


def read_figures(path: Path) -> dict[str, float]:
    """The numbers of a stored file of figures; a nested one is called ``outer.inner``.

    Raises:
        InputError: if the file is missing, not one JSON object, or holds anything but numbers.
    """
    try:
        value = _FIGURES.validate_json(read_bytes(path), strict=True)
    except ValidationError as error:
        raise _located(error, path) from error
    figures: dict[str, float] = {}
    for name, entry in value.items():
        if isinstance(entry, dict):
            figures |= {f"{name}.{inner}": number for inner, number in entry.items()}
        else:
            figures[name] = entry
    return figures


class Alignment:
    """Checks that each output of a file belongs to one problem and to no other.

    Args:
        rows: prompt and gold answers, as text, of every problem that may have been asked; None
            where that is not known, so that only the outputs themselves can contradict.
    """

    def __init__(self, rows: Iterable[tuple[str, str]] | None = None) -> None:
        self._open = rows is None
        self._golds: dict[str, set[str]] = {}
        self._unasked: Counter[str] = Counter()
        for prompt, gold in rows or ():
            self._golds.setdefault(prompt, set()).add(gold)
            self._unasked[prompt] += 1

    def fault(self, prompt: str, gold: str) -> str | None:
        """Why the next output does not belong to just one problem; None if it does."""
        if self._open:
            self._golds.setdefault(prompt, set()).add(gold)
        elif prompt not in self._golds:
            return "question and facts are those of no test problem"
        elif not self._unasked[prompt]:
            return "question and facts come more often than the test problems have them"
        elif gold not in self._golds[prompt]:
            return "the gold answer is not the one of the test problem"
        if len(self._golds[prompt]) > 1:
            return "question and facts fit problems with different gold answers"
        self._unasked[prompt] -= 1
        return None


class Names:
    """Gives each problem of one reading an id that hangs on its content alone."""

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()

    def name(self, category: str, *content: str) -> str:
        """An id; a problem that is met again gets a number at the end."""
        digest = hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]
        name = f"{category}-{digest}"
        self._met[name] += 1
        return name if self._met[name] == 1 else f"{name}-{self._met[name]}"


def _located(error: ValidationError, path: Path, line: int | None = None) -> InputError:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or None
    return InputError(first["msg"], path=path, line=line, field=field)
