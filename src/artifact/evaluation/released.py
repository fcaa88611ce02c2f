"""Scoring as the release does it, faults and all: answers, steps and its confusion matrices.

The rules of each dataset are in its own folder; here they are applied to outputs and summed up
in the release's own way. Source: upstream repository sbhambr1/Trace_Check_QA,
``scripts/*_config.py`` (answers) and ``scripts/*_confusion_matrix*.py`` (steps).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.release_records import AnswerScore, GoldRow, ReleasedRules, StoredOutput
from artifact.evaluation.statistics.association import Table
from artifact.evaluation.steps import Steps


@dataclass(frozen=True, slots=True)
class AnswerSummary:
    """Mean scores of several answers in percent, rounded to one decimal as the release does.

    Attributes:
        acc: answers that are right.
        f1, p, r: over whole answers.
        avg: mean of `acc` and `f1` before rounding.
    """

    acc: float
    f1: float
    p: float
    r: float
    avg: float


@dataclass(frozen=True, slots=True)
class Matrices:
    """The release's three confusion matrices: answer by label, by facts, by both.

    Attributes:
        answers_right: over all outputs, those without a trace included.
        unevaluated: outputs without a trace, which the matrices leave out.
    """

    classification: Table
    retrieval: Table
    trace: Table
    answers_right: int
    unevaluated: int

    def as_stored(self) -> dict[str, float]:
        """The counts by the release's names, ``outer.inner`` as `read_figures` gives them."""
        labels, facts = self.classification, self.retrieval
        figures: dict[str, float] = {
            "accuracies.unevaluated": self.unevaluated,
            "accuracies.category_accuracy": labels.right_ok + labels.wrong_ok,
            "accuracies.fact_accuracy": facts.right_ok + facts.wrong_ok,
            "accuracies.answer_accuracy": self.answers_right,
        }
        tables = (("category", labels), ("fact", facts), ("trace", self.trace))
        for number, (step, table) in enumerate(tables, start=1):
            figures |= {
                f"matrix{number}.correct_answer_correct_{step}": table.right_ok,
                f"matrix{number}.correct_answer_incorrect_{step}": table.right_not,
                f"matrix{number}.incorrect_answer_correct_{step}": table.wrong_ok,
                f"matrix{number}.incorrect_answer_incorrect_{step}": table.wrong_not,
            }
        return figures


def rules_of(dataset: Dataset | str) -> ReleasedRules:
    """The release's rules for `dataset`.

    Raises:
        InputError: if they are not known, because no stored generations exist to check them on.
    """
    dataset = datasets.get(dataset) if isinstance(dataset, str) else dataset
    if dataset.release is None:
        raise InputError(
            f"how the release scores {dataset.name} is not known: it stores no generations",
            field="semantics",
            cure="choose strict",
        )
    return dataset.release.scoring


def answer_right(dataset: Dataset | str, output: StoredOutput, *, flag_fixed: bool = False) -> bool:
    """Whether the release scores the answer of `output` as right.

    Args:
        dataset: whose rules apply.
        output: a generation with its gold answers.
        flag_fixed: correct the one flag that the release has inverted, and nothing else.
    """
    return rules_of(dataset).score_answer(output, flag_fixed=flag_fixed).right


def score_answers(
    dataset: Dataset | str,
    outputs: Iterable[StoredOutput],
    *,
    flag_fixed: bool = False,
    ties_reversed: bool = False,
) -> tuple[AnswerScore, ...]:
    """The release's score of each answer, in order.

    Args:
        dataset: whose rules apply.
        outputs: generations with their gold answers.
        flag_fixed: correct the one flag that the release has inverted, and nothing else.
        ties_reversed: try candidates of equal length in the reverse order.
    """
    score = rules_of(dataset).score_answer
    return tuple(
        score(output, flag_fixed=flag_fixed, ties_reversed=ties_reversed) for output in outputs
    )


def summarise_answers(scores: Sequence[AnswerScore]) -> AnswerSummary:
    """The five figures that the release stores for a file of at least one generation."""
    n = len(scores)
    right = f1 = precision = recall = 0.0
    for score in scores:  # added one by one: sum() compensates, which can change the last decimal
        right += score.right
        f1 += score.f1
        precision += score.precision
        recall += score.recall
    return AnswerSummary(
        acc=round(right * 100 / n, 1),
        f1=round(f1 * 100 / n, 1),
        p=round(precision * 100 / n, 1),
        r=round(recall * 100 / n, 1),
        avg=round((right + f1) * 50 / n, 1),
    )


def step_results(
    dataset: Dataset | str, root: Path, outputs: Iterable[StoredOutput]
) -> list[Steps | None]:
    """The steps of each output, in order; None where the release skips it.

    Args:
        dataset: whose rules apply.
        root: folder of the release, for the tables in which it looks for gold steps.
        outputs: generations in file order: one that finds no gold row is scored against the row
            of the output before it.

    Raises:
        InputError: if a table is missing or cannot be read; if there is no row to score an output
            against, where the release's script would stop.
    """
    tables = GoldTables(rules_of(dataset), root)
    return [released_steps(output, tables) for output in outputs]


def released_steps(output: StoredOutput, tables: GoldTables) -> Steps | None:
    """The steps of one output against the gold row that `tables` give; None if skipped.

    The trace is what comes before ``</think>``, or the whole text. Its facts are right if any
    context fact of the row is quoted.
    """
    trace = trace_of(output.prediction)
    if trace is None:
        return None
    row = tables.row_for(output)
    return Steps(
        class_right=row.category in tables.rules.class_part(trace),
        retrieval={"any_context": any(fact in trace for fact in row.facts)},
    )


def trace_of(prediction: str) -> str | None:
    """What the release takes as the trace of a generation; None if it skips the generation."""
    trace = prediction.split("</think>")[0]
    return trace if trace and "think" in prediction else None


class GoldTables:
    """Finds the row that the release takes as an output's gold steps.

    That is the first row of the category's table whose answer column contains the output's first
    gold answer, not the row of the output's own problem; where there is none, the row found last in
    that table is kept.

    Args:
        rules: of the dataset.
        root: folder of the release; each table is read when it is first asked for.
    """

    def __init__(self, rules: ReleasedRules, root: Path) -> None:
        self.rules = rules
        self._root = root
        self._tables: dict[str, Path] = {}
        self._rows: dict[Path, Sequence[GoldRow]] = {}
        self._found: dict[tuple[Path, str], GoldRow | None] = {}
        self._last: dict[Path, GoldRow] = {}

    def row_for(self, output: StoredOutput) -> GoldRow:
        """The row for the next output.

        Raises:
            InputError: if the table is missing or can't be read, or there is no such row.
        """
        category, answer = output.problem.category, output.gold[0]
        if category not in self._tables:
            self._tables[category] = self.rules.gold_table(self._root, category)
        table = self._tables[category]
        if table not in self._rows:
            self._rows[table] = self.rules.read_gold_table(table)
        if (table, answer) not in self._found:
            holding = (row for row in self._rows[table] if answer in row.answer)
            self._found[table, answer] = next(holding, None)
        found = self._found[table, answer] or self._last.get(table)
        if found is None:
            raise InputError(
                "no gold row holds the answer, and no output before it found one",
                path=output.where,
                field="gold",
            )
        self._last[table] = found
        return found


def matrices(rights: Sequence[bool], steps: Sequence[Steps | None]) -> Matrices:
    """The release's confusion matrices.

    Args:
        rights: whether each answer is right.
        steps: the steps of the same outputs.
    """
    pairs = [(right, step) for right, step in zip(rights, steps, strict=True) if step]
    return Matrices(
        classification=Table.of((right, step.class_right) for right, step in pairs),
        retrieval=Table.of((right, step.any_context) for right, step in pairs),
        trace=Table.of((right, step.ok_any) for right, step in pairs),
        answers_right=sum(rights),
        unevaluated=len(steps) - len(pairs),
    )
