"""What the models trained on R1's traces really wrote: flags of outputs that a person read.

The outputs are in later commits of the release's repository and can't be copied here. One
reader went through them one by one and noted, output by output, whether a trace and an answer
are opened and closed, whether the text breaks off, and whether the answer given is exactly the
gold set. ``read_by_eye.csv`` holds these flags and no text; it was made by::

    python -m artifact.claims.read_by_eye FLAGS.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, ValidationError

from artifact import datasets
from artifact.claims.published import VARIANT_NAMES, released_results
from artifact.common.errors import InputError
from artifact.common.files import (
    RESTORE,
    first_fault,
    located,
    read_csv_rows,
    write_atomically,
)
from artifact.common.intake import Intake
from artifact.datasets.release_files import run_of
from artifact.datasets.release_records import StoredOutput, StoredRun
from artifact.decomposition.parse import ANSWER, END_THINK, THINK
from artifact.evaluation.answers import exact_set
from artifact.evaluation.released import rules_of
from artifact.evaluation.statistics.paired import Contrast, contrasts
from artifact.evaluation.statistics.proportions import Share, share

FILE = Path(__file__).with_name("read_by_eye.csv")

DATASET = "cotempqa"
"""Whose outputs were read."""

R1_NAMES = {"vanilla": "r1-set-vanilla"}
"""Variants that other outputs of the release have too, under their names in the R1 subset."""

READ_CATEGORIES = ("equal", "mix")
"""The categories of CoTemp QA that were read; during and overlap were not."""


class Flags(BaseModel):
    """One output, as it was read.

    Attributes:
        model, variant, category: of the file; the variant in this book's words.
        commit: of the release's repository at which the file was read.
        row: 1-based line of the output in its file.
        think_open, think_closed: whether ``<think>`` and ``</think>`` are there.
        answer_open, answer_closed: whether ``<answer>`` and ``</answer>`` are there.
        ends_mid_sentence: whether the text breaks off.
        new_turn: whether the model goes on to write a further user turn.
        all_gold_mentioned: whether every gold answer occurs somewhere in the text.
        strict_right: whether the answer given is exactly the gold set. Without ``<answer>`` it is
            wrong, except in vanilla outputs, whose whole text is the answer.
        right_untagged: whether a text without any tag ends in exactly the gold set; it is not
            counted as `strict_right`.
        doubtful: whether another reader might differ.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    variant: str
    category: str
    commit: str
    row: int
    think_open: bool
    think_closed: bool
    answer_open: bool
    answer_closed: bool
    ends_mid_sentence: bool
    new_turn: bool
    all_gold_mentioned: bool
    strict_right: bool
    right_untagged: bool
    doubtful: bool


@dataclass(frozen=True, slots=True)
class FileRead:
    """The outputs of one file, every one of which was read.

    Attributes:
        model, variant, category, commit: as in `Flags`.
        released: share of right answers that the release's own file of figures gives, in [0, 1].
        flags: in the order of the file.
    """

    model: str
    variant: str
    category: str
    commit: str
    released: float
    flags: tuple[Flags, ...]

    @property
    def n(self) -> int:
        """Outputs in the file."""
        return len(self.flags)

    @property
    def begun(self) -> int:
        """Outputs in which an answer is begun: ``<answer>`` is there, or no trace is asked for."""
        if self.variant == "vanilla":
            return self.n
        return sum(it.answer_open for it in self.flags)

    @property
    def closed(self) -> int:
        """Outputs in which an answer is begun and ended."""
        if self.variant == "vanilla":
            return self.n
        return sum(it.answer_closed for it in self.flags)

    @property
    def exact(self) -> int:
        """Outputs whose answer is exactly the gold set."""
        return sum(it.strict_right for it in self.flags)

    @property
    def mentioned(self) -> int:
        """Outputs that mention every gold answer somewhere."""
        return sum(it.all_gold_mentioned for it in self.flags)

    @property
    def doubtful_rows(self) -> tuple[int, ...]:
        """Rows on which another reader might differ."""
        return tuple(it.row for it in self.flags if it.doubtful)


@cache
def files_read() -> tuple[FileRead, ...]:
    """Every file that was read, by model, variant and category.

    Raises:
        InputError: if the table is damaged, or rows are missing.
    """
    try:
        return _files_read()
    except InputError as error:
        raise located(error, path=FILE, row=error.row, cure=RESTORE) from error


def _files_read() -> tuple[FileRead, ...]:
    flags = list(_rows())
    files: dict[tuple[str, str, str, str], list[Flags]] = {}
    for one in flags:
        files.setdefault((one.model, one.variant, one.category, one.commit), []).append(one)
    if not files:
        raise InputError("holds no flags")
    longest = {name[2]: max(len(files[it]) for it in files if it[2] == name[2]) for name in files}
    for (model, variant, category, _), rows in files.items():
        if [it.row for it in rows] != list(range(1, longest[category] + 1)):
            raise InputError(f"rows of {model}, {variant}, {category} are missing or duplicated")
    return tuple(
        FileRead(*name, released=_released_accuracy(*name), flags=tuple(rows))
        for name, rows in sorted(files.items())
    )


def _rows() -> Iterator[Flags]:
    for number, cells in read_csv_rows(FILE, list(Flags.model_fields), Intake()):
        try:
            yield Flags.model_validate(cells)
        except ValidationError as error:
            raise located(first_fault(error), path=FILE, row=number) from error


@dataclass(frozen=True, slots=True)
class Read:
    """All that was read of one model trained on one kind of trace.

    Attributes:
        model, variant: as in `Flags`.
        files: one per category.
    """

    model: str
    variant: str
    files: tuple[FileRead, ...]

    @property
    def n(self) -> int:
        """Outputs read."""
        return sum(file.n for file in self.files)

    @property
    def categories(self) -> str:
        """The categories read, in words."""
        return " and ".join(file.category for file in self.files)

    @property
    def released(self) -> float:
        """Share of right answers over these outputs by the release's own figures."""
        return sum(round(file.released * file.n) for file in self.files) / self.n

    @property
    def begun(self) -> Share:
        """Outputs in which an answer is begun."""
        return share(sum(file.begun for file in self.files), self.n)

    @property
    def closed(self) -> Share:
        """Outputs in which an answer is begun and ended."""
        return share(sum(file.closed for file in self.files), self.n)

    @property
    def exact(self) -> Share:
        """Outputs whose answer is exactly the gold set."""
        return share(sum(file.exact for file in self.files), self.n)

    @property
    def right(self) -> dict[str, bool]:
        """Problem (category and row) -> whether the answer is exactly the gold set."""
        return {
            f"{file.category} {flags.row}": flags.strict_right
            for file in self.files
            for flags in file.flags
        }


def models() -> list[str]:
    """Models whose outputs were read, sorted."""
    return sorted({file.model for file in files_read()})


def reads_of(model: str) -> dict[str, Read]:
    """What was read of `model`, by kind of trace."""
    found: dict[str, list[FileRead]] = {}
    for file in files_read():
        if file.model == model:
            found.setdefault(file.variant, []).append(file)
    return {variant: Read(model, variant, tuple(files)) for variant, files in found.items()}


def reads(variant: str) -> list[Read]:
    """What was read of each model trained on `variant`."""
    return [read for model in models() if (read := reads_of(model).get(variant))]


def paired(model: str, first: str, second: str) -> Contrast:
    """Answers that are exactly gold: one kind of trace against another, on the same problems.

    The rows of a category's files are the same problems in the same order, whatever the kind.
    """
    of_kind = reads_of(model)
    shares = {kind: of_kind[kind].right for kind in (first, second)}
    (contrast,) = contrasts(shares, [(first, second)])
    return contrast


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the flags of one file that a person set agree with those that code sets.

    Attributes:
        model, variant, category, commit: as in `Flags`.
        n: outputs of the file.
        by_eye, by_code: flag -> outputs in which it is set.
        differing: flag -> rows in which the two differ; empty if they agree in all.
        doubtful: rows that the person marked as doubtful.
    """

    model: str
    variant: str
    category: str
    commit: str
    n: int
    by_eye: Mapping[str, int]
    by_code: Mapping[str, int]
    differing: Mapping[str, tuple[int, ...]]
    doubtful: tuple[int, ...]


FLAGS_BY_CODE: Mapping[str, Callable[[StoredOutput, str], bool]] = MappingProxyType(
    {
        "think_open": lambda output, variant: THINK in output.prediction,
        "think_closed": lambda output, variant: END_THINK in output.prediction,
        "answer_open": lambda output, variant: ANSWER in output.prediction,
        "answer_closed": lambda output, variant: "</answer>" in output.prediction,
        "all_gold_mentioned": lambda output, variant: all(
            gold.casefold() in output.prediction.casefold() for gold in output.gold
        ),
        "strict_right": lambda output, variant: exact_set(
            datasets.get(output.problem.dataset), output, variant
        ),
    }
)
"""Flag -> the rule that sets it by code, from an output and its variant."""


def agreement(outputs: Sequence[StoredOutput], read: FileRead) -> Agreement:
    """Compare what was read by eye with the same outputs read by code.

    Args:
        outputs: of the file that was read, in its order.
        read: its flags.

    Raises:
        InputError: if there are not as many outputs as were read.
    """
    if len(outputs) != read.n:
        fault = f"{len(outputs)} outputs of {read.model} ({read.variant}), of which {read.n} were"
        raise InputError(f"{fault} read by eye", field="outputs")
    pairs = [
        (flags.row, getattr(flags, name), rule(output, read.variant), name)
        for flags, output in zip(read.flags, outputs, strict=True)
        for name, rule in FLAGS_BY_CODE.items()
    ]
    return Agreement(
        model=read.model,
        variant=read.variant,
        category=read.category,
        commit=read.commit,
        n=read.n,
        by_eye={name: sum(eye for _, eye, _, of in pairs if of == name) for name in FLAGS_BY_CODE},
        by_code={
            name: sum(code for _, _, code, of in pairs if of == name) for name in FLAGS_BY_CODE
        },
        differing={
            name: tuple(row for row, eye, code, of in pairs if of == name and eye != code)
            for name in FLAGS_BY_CODE
        },
        doubtful=read.doubtful_rows,
    )


def agreements(root: Path) -> tuple[Agreement, ...]:
    """The agreement of each file that was read and that a fetched release holds at its commit.

    Args:
        root: folder of the release, with later runs (``data fetch release --with r1``).

    Raises:
        InputError: if a file can't be read, or holds other outputs than were read.
    """
    read_file = rules_of(DATASET).read_file
    return tuple(
        agreement(read_file(path), read)
        for read in files_read()
        for path in sorted(
            (root / "r1" / read.commit).glob(f"results/*/evaluation_outputs/{read.category}/*.json")
        )
        if run_of(path) == StoredRun(read.model, R1_NAMES.get(read.variant, read.variant))
    )


def _released_accuracy(model: str, variant: str, category: str, commit: str) -> float:
    """What the release's file of figures gives for these outputs, at their commit if it is there
    (a few figures are stored at another commit than their outputs)."""
    rows = [
        row
        for row in released_results()
        if (row.model, row.category) == (model, category)
        and "r1" in row.variant
        and VARIANT_NAMES.get(row.variant) == variant
    ]
    if not rows:
        raise InputError(f"there is no released number of {model}, {variant}, {category}")
    same_commit = [row for row in rows if row.commit.startswith(commit[:8])]
    return round((same_commit or rows)[0].acc / 100, 3)


def write_table(flags: Iterable[Flags], path: Path = FILE) -> None:
    """Write flags as a table that `files_read` reads."""
    lines = [",".join(Flags.model_fields)]
    for one in flags:
        values = one.model_dump().values()
        lines.append(",".join(str(int(v)) if isinstance(v, bool) else str(v) for v in values))
    write_atomically(path, "\n".join(lines) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Rewrite the table of flags from the reader's own file (JSON lines)."""
    parser = argparse.ArgumentParser(
        "python -m artifact.claims.read_by_eye", description=main.__doc__
    )
    parser.add_argument("flags", type=Path, help="JSON lines, one per output read")
    given = parser.parse_args(arguments)
    rows = [json.loads(line) for line in given.flags.read_text(encoding="utf-8").splitlines()]
    flags = [
        Flags.model_validate(row | {"variant": VARIANT_NAMES[f"reasoning-{row['variant']}"]})
        for row in rows
    ]
    write_table(sorted(flags, key=lambda it: (it.model, it.variant, it.category, it.row)))


if __name__ == "__main__":
    main()
