"""How the release names and stores its generations and figures, whatever the dataset.

A file name says the model and, after ``-sft-adapter``, what the model was trained on; files of
prompted models carry the organisation instead. Generations are JSON lines even where the name
ends in ``.csv``; a file of figures is one JSON object.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, Strict, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import first_fault, located, read_json_lines, read_record
from artifact.common.intake import Intake
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import (
    PROMPTING,
    R1_VARIANTS,
    VARIANTS,
    ResultFile,
    StoredRun,
    StoredTrace,
)

SFT_FOLDERS = {
    "vanilla": "sft_dataset_chat_template",
    "correct": "sft_dataset_reasoning_with_facts_chat_template",
    "incorrect": "sft_dataset_reasoning_facts_perturbed_chat_template",
}
"""The folder of each variant's conversations, beside the problems."""

Record = TypeVar("Record", bound=BaseModel)

_TRAINED = re.compile(
    r"(?P<model>.+?)-sft-adapter(?:-(?P<suffix>[a-z].*?))?(?:-(?P<seed>[0-9]+))?_default"
)
_PROMPTED = re.compile(r"[^_]+_(?P<model>.+)_default_[^_]+")
_MATRIX = "_confusion_matrix"
_Figure = Annotated[float, Strict()]


def run_of(path: Path) -> StoredRun | None:
    """The run that a file is named after, or None if it is named after none.

    A run of later upstream commits that was repeated with a seed is called ``MODEL@SEED``.
    """
    stem = path.stem.removesuffix(_MATRIX)
    if trained := _TRAINED.fullmatch(stem):
        model = f"{trained['model']}@{trained['seed']}" if trained["seed"] else trained["model"]
        suffix = trained["suffix"] or ""
        return StoredRun(model, (VARIANTS | R1_VARIANTS).get(suffix, suffix))
    if prompted := _PROMPTED.fullmatch(stem):
        return StoredRun(prompted["model"], PROMPTING)
    return None


def is_later(run: StoredRun) -> bool:
    """Whether a run is stored in later upstream commits alone: with a seed, or on the R1 subset."""
    return "@" in run.model or run.variant in R1_VARIANTS.values()


def reading_order(run: StoredRun) -> tuple[str, int, str]:
    """Sort key: by model, then variants in the paper's order, prompting, the R1 subset, others."""
    order = [*VARIANTS.values(), PROMPTING, *R1_VARIANTS.values()]
    return run.model, order.index(run.variant) if run.variant in order else len(order), run.variant


def result_folders(root: Path, branches: Iterable[str], name: str, kind: str) -> list[Path]:
    """The folders ``<branch>/results/<name>/<kind>`` that exist, `name` in whatever case.

    Raises:
        InputError: if `root` is not a folder.
    """
    if not os.path.isdir(root):
        raise InputError("no such folder", path=root, cure="name the folder of the release")
    found = []
    for branch in branches:
        results = root / branch / "results"
        folders = sorted(results.iterdir()) if results.is_dir() else []
        found += [folder / kind for folder in folders if folder.name.casefold() == name]
    return [folder for folder in found if folder.is_dir()]


class StoredRow(NamedTuple):
    """A row of a table of the release and the problem that it holds; rows are counted from 1."""

    problem: Problem
    cells: Mapping[str, str]
    path: Path
    number: int


def traces_in(rows: Iterable[StoredRow], intake: Intake) -> list[StoredTrace]:
    """What the assistant says in each row's ``messages``.

    Raises:
        InputError: for a cell that is not a conversation of two turns, unless `intake` skips it.
    """
    traces = []
    for row in rows:
        try:
            text = assistant_turn(row.cells["messages"])
        except InputError as error:
            intake.reject(located(error, path=row.path, row=row.number))
            continue
        traces.append(StoredTrace(row.problem, text, f"{row.path}, row {row.number}"))
    return traces


class StoredFile(NamedTuple):
    """A file by the run it is named after; its category is None where it covers all of them."""

    run: StoredRun
    category: str | None
    path: Path


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """Where the release keeps a dataset's generations and figures.

    Attributes:
        title: the dataset in messages.
        name: its folder below ``results``, in whatever case.
        branch: the branch that holds everything.
        files_in: folder -> the files of generations or of figures in it.
        earlier: branches that hold figures of earlier runs and nothing else.
        later: folders below the release's root that hold later commits, from which only the later
            runs are read (`is_later`); a file in several of them is read from the first.
    """

    title: str
    name: str
    branch: str
    files_in: Callable[[Path], Iterable[StoredFile]]
    earlier: tuple[str, ...] = ()
    later: tuple[str, ...] = ()

    def list_stored(self, root: Path) -> tuple[StoredRun, ...]:
        """The runs whose generations are on disk, by model, in the order of the variants."""
        return tuple(sorted({file.run for file in self._outputs(root)}, key=reading_order))

    def outputs_of(self, root: Path, model: str, variant: str) -> dict[str | None, Path]:
        """The files of a run's generations by category.

        Args:
            root: folder of the release's branch folders.
            model: as in the file names, without organisation; MODEL@SEED for a seeded run.
            variant: vanilla, correct, incorrect, prompting, one of the R1 subset, or another
                suffix of upstream's.

        Raises:
            InputError: if there is none, with what there is.
        """
        run = StoredRun(model, variant)
        paths: dict[str | None, Path] = {}
        for file in self._outputs(root):
            if file.run == run:
                paths.setdefault(file.category, file.path)
        if not paths:
            raise self._no_outputs(root, run)
        return paths

    def result_files(self, root: Path) -> tuple[ResultFile, ...]:
        """The stored files of answer scores."""
        branches = (self.branch, *self.earlier)
        return tuple(
            ResultFile(file.path, file.run, file.category, outputs_behind(file.path, folder))
            for folder, file in self._files(root, "evaluation_results", branches)
        )

    def matrix_files(self, root: Path) -> tuple[ResultFile, ...]:
        """The stored confusion matrices, each over all categories."""
        return tuple(
            ResultFile(path, run)
            for folder in result_folders(root, (self.branch,), self.name, "confusion_matrix")
            for path in sorted(folder.glob("*.json"))
            if (run := run_of(path))
        )

    def _outputs(self, root: Path) -> list[StoredFile]:
        return [file for _, file in self._files(root, "evaluation_outputs", (self.branch,))]

    def _files(
        self, root: Path, kind: str, branches: Sequence[str]
    ) -> Iterator[tuple[Path, StoredFile]]:
        """Each file with its folder: all of the branches, then the later runs."""
        for folder in result_folders(root, branches, self.name, kind):
            for file in self.files_in(folder):
                yield folder, file
        met: set[tuple[StoredRun, str | None]] = set()
        for folder in result_folders(root, self.later, self.name, kind):
            for file in self.files_in(folder):
                if is_later(file.run) and (file.run, file.category) not in met:
                    met.add((file.run, file.category))
                    yield folder, file

    def _no_outputs(self, root: Path, run: StoredRun) -> InputError:
        models: dict[str, list[str]] = {}
        for other in self.list_stored(root):
            models.setdefault(other.model, []).append(other.variant)
        there = "; ".join(f"{model} ({', '.join(names)})" for model, names in models.items())
        return InputError(
            f"no stored {self.title} generations of {run.model} ({run.variant})",
            path=root,
            field="variant" if run.model in models else "model",
            cure=f"there are {there}" if there else "no model has any",
        )


def files_of_whole_runs(folder: Path) -> Iterator[StoredFile]:
    """The files of a folder that keeps one per run; prompted ones in ``default``."""
    for path in sorted([*folder.glob("*.json"), *folder.glob("default/*.csv")]):
        if run := run_of(path):
            yield StoredFile(run, None, path)


def outputs_behind(result: Path, folder: Path) -> Path | None:
    """The generations that a file of answer scores in `folder` was made from, if on disk."""
    outputs = folder.with_name("evaluation_outputs") / result.relative_to(folder)
    return outputs if outputs.is_file() else None


def read_records(path: Path, shape: type[Record]) -> Iterator[tuple[int, Record]]:
    """Each line's 1-based number and its record.

    Raises:
        InputError: as `artifact.common.files.read_json_lines`; for a field that is missing or of
            the wrong type; if there is no record at all.
    """
    line = 0
    for line, value in read_json_lines(path, Intake()):
        try:
            yield line, shape.model_validate(value)
        except ValidationError as error:
            raise located(first_fault(error), path=path, line=line) from error
    if not line:
        raise InputError("holds no generations", path=path)


def read_figures(path: Path) -> dict[str, float]:
    """The numbers of a stored file of figures; a nested one is called ``outer.inner``.

    Raises:
        InputError: if the file is missing, not one JSON object, or holds anything but numbers.
    """
    value = read_record(path, dict[str, _Figure | dict[str, _Figure]])
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
            return "question and facts match no test problem"
        elif not self._unasked[prompt]:
            return "question and facts occur more often than among the test problems"
        elif gold not in self._golds[prompt]:
            return "the gold answer is not the problem's"
        if len(self._golds[prompt]) > 1:
            return "question and facts fit problems with different gold answers"
        self._unasked[prompt] -= 1
        return None


class Names:
    """Gives each problem of one reading an id that depends on its content alone."""

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()

    def name(self, category: str, *content: str) -> str:
        """An id; a problem that recurs gets a number at the end."""
        digest = hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]
        name = f"{category}-{digest}"
        self._met[name] += 1
        return name if self._met[name] == 1 else f"{name}-{self._met[name]}"


Item = TypeVar("Item")


_PLAIN = r"'[^'\\\x00-\x1f\ud800-\udfff]*'"
_PLAIN_LIST = re.compile(rf"\[{_PLAIN}(?:, {_PLAIN})*\]")
"""A list of texts as Python usually prints it, without escapes: the fast path."""


def python_list(text: str) -> list[Any] | None:
    """The Python list that `text` spells out, or None if it spells out anything else."""
    if _PLAIN_LIST.fullmatch(text):
        return text[2:-2].split("', '")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of "\S" and the like in a model's text
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def list_in(cell: str, field: str, kind: type[Item]) -> list[Item]:
    """The Python list of `kind` that a cell spells out.

    Raises:
        InputError: if it spells out anything else; names `field`.
    """
    items = python_list(cell)
    if items is None:
        raise InputError("is not a Python list", field=field)
    if not all(isinstance(item, kind) for item in items):
        raise InputError(f"is not a Python list of {kind.__name__}", field=field)
    return items


def assistant_turn(cell: str) -> str:
    """What the assistant says in a cell of the column ``messages``.

    Raises:
        InputError: if the cell is not a turn of the user and one of the assistant.
    """
    match python_list(cell):
        case [{"role": "user"}, {"role": "assistant", "content": str(text)}]:
            return text
    raise InputError("is not a user turn and an assistant turn", field="messages")


def _listed(cell: object) -> object:
    listed = python_list(cell) if isinstance(cell, str) else None
    return cell if listed is None else listed


SPELLED_OUT = BeforeValidator(_listed)
"""Lets a list field of a pydantic record be given as the text of a Python list; anything
else is left to the field's own validation."""
