"""What the paper's release stores of a dataset, as records, and how it scores an answer itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from artifact.datasets.problem import Problem

VARIANTS = {"": "vanilla", "reasoning-facts": "correct", "reasoning-facts-perturbed": "incorrect"}
"""What follows ``-sft-adapter`` in a file name, and the variant it stands for."""

R1_VARIANTS = {
    "reasoning-r1-set-vanilla": "r1-set-vanilla",
    "reasoning-r1-set-custom-traces": "r1-set-correct",
    "reasoning-r1-set-incorrect-traces": "r1-set-incorrect",
    "reasoning-r1-set-swapped": "r1-set-swapped",
    "reasoning-r1-traces": "verbose",
    "reasoning-summarized-r1-traces": "summary",
    "reasoning-r1-explanations": "explanation",
}
"""The same for later upstream commits: models trained and tested on the problems that R1 solved.
Any other suffix is itself the name of a variant."""

PROMPTING = "prompting"
"""The variant of a model that was prompted and not trained."""


@dataclass(frozen=True, slots=True)
class StoredTrace:
    """An assistant turn that the release stores for SFT, with the problem it belongs to.

    Attributes:
        problem: the problem of the row.
        text: the whole assistant turn.
        where: file and 1-based data row, for messages.
    """

    problem: Problem
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """A generation that the release stores, aligned with its own problem.

    Attributes:
        problem: the problem that the model was asked, with its gold fields.
        prediction: the generation as stored, untouched.
        gold: the gold answers as stored beside the generation.
        where: file and 1-based line, for messages.
    """

    problem: Problem
    prediction: str
    gold: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class StoredOutputs:
    """All stored generations of one model and variant that are on disk.

    Attributes:
        outputs: in file order, categories in the dataset's label order.
        missing: one line for each file that is expected but absent.
    """

    outputs: tuple[StoredOutput, ...]
    missing: tuple[str, ...] = ()


class StoredRun(NamedTuple):
    """A model and the variant that it was trained on, as the release's file names give them."""

    model: str
    variant: str


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file of figures that the release stores.

    Attributes:
        path: the file.
        run: whose figures they are.
        category: the one category they cover, or None if they cover all.
        outputs: the generations they were made from, or None where those are not on disk.
    """

    path: Path
    run: StoredRun
    category: str | None = None
    outputs: Path | None = None


@dataclass(frozen=True, slots=True)
class AnswerScore:
    """How the release scores the answer of one output.

    Attributes:
        right: whether the answers found are the gold ones, its "acc".
        f1, precision, recall: in [0, 1], over whole answers.
    """

    right: bool
    f1: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class GoldRow:
    """A row of the table in which the release looks for the gold steps of an output.

    Attributes:
        answer: the answer column as text; the release takes the first row in which it holds the
            output's gold answer.
        category: the label that the release reads in the row.
        facts: the context facts of the row, each of which the release counts as gold.
        question: the question column as text.
    """

    answer: str
    category: str
    facts: tuple[str, ...]
    question: str

    def is_of(self, problem: Problem) -> bool:
        """Whether it is the row of `problem`: its facts are, and it asks the same."""
        return self.facts == problem.context and problem.question in self.question


class ScoreAnswer(Protocol):
    """Scores the answer of one output as the release does."""

    def __call__(
        self, output: StoredOutput, *, flag_fixed: bool = False, ties_reversed: bool = False
    ) -> AnswerScore:
        """Score `output`.

        Args:
            output: a generation with the gold answers stored beside it.
            flag_fixed: turn round the one flag that the release has inverted, where it has one.
            ties_reversed: walk candidates of one length in the reverse of the fixed order.
        """


@dataclass(frozen=True, slots=True)
class ReleasedRules:
    """How the release itself scores a dataset, faults and all.

    Attributes:
        score_answer: the score of one answer.
        gold_table: ``(root, category) -> file`` in which the release looks for gold steps.
        read_gold_table: file -> its rows, in file order.
        class_part: trace -> the part of it that must hold the label.
        list_stored: root -> the runs whose generations are on disk.
        read_file: one file of generations, in file order and not aligned with any problem set.
        result_files: root -> the stored files of answer scores.
        matrix_files: root -> the stored confusion matrices.
        strict_scorer: which of our scorers reads its answers strictly: "flag_fixed" where the
            release has a flag to mend, else "exact_set".
    """

    score_answer: ScoreAnswer
    gold_table: Callable[[Path, str], Path]
    read_gold_table: Callable[[Path], tuple[GoldRow, ...]]
    class_part: Callable[[str], str]
    list_stored: Callable[[Path], tuple[StoredRun, ...]]
    read_file: Callable[[Path], tuple[StoredOutput, ...]]
    result_files: Callable[[Path], tuple[ResultFile, ...]]
    matrix_files: Callable[[Path], tuple[ResultFile, ...]]
    strict_scorer: Literal["flag_fixed", "exact_set"] = "exact_set"
