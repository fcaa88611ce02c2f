"""Outputs with a known truth: a scripted answerer that shows what a scoring rule measures.

It answers look-alike problems at step rates that are set beforehand, in the wording of the
release, so each output's label, facts and answer are known to be right or wrong. A scorer that
does not recover these rates measures something else. No model is involved: everything made
from it is SIMULATED and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import fmean

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import GoldRow, ReleasedRules, StoredOutput
from artifact.evaluation.released import GoldTables
from artifact.evaluation.scoring import score_output, share, steps_of
from artifact.evaluation.statistics.association import Table, associate

MARK = "SIMULATED"


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates at which the answerer does each of these; all in [0, 1].

    Attributes:
        label: states the right label.
        facts: quotes the gold facts and nothing else, otherwise irrelevant facts.
        answer_if_ok: answers right when label and facts are right.
        answer_if_not: answers right otherwise.
        untagged: leaves out the ``<answer>`` tags; such an answer counts as wrong.
    """

    label: float = 0.7
    facts: float = 0.6
    answer_if_ok: float = 0.8
    answer_if_not: float = 0.5
    untagged: float = 0.05


@dataclass(frozen=True, slots=True)
class SimulatedOutput:
    """One output with its truth.

    Attributes:
        output: in the shape of a stored generation; its `where` carries the SIMULATED mark.
        label_right, facts_exact, answer_right: what the answerer did.
    """

    output: StoredOutput
    label_right: bool
    facts_exact: bool
    answer_right: bool

    @property
    def ok(self) -> bool:
        """Label and facts both right."""
        return self.label_right and self.facts_exact


def simulate(
    dataset: Dataset, problems: Sequence[Problem], rates: Rates, *, seed: int
) -> list[SimulatedOutput]:
    """One output per problem, in order; equal arguments give equal outputs."""
    rng = Random(f"{MARK} {seed}")
    return [_answer(dataset, problem, problems, rates, rng) for problem in problems]


def _answer(
    dataset: Dataset, problem: Problem, others: Sequence[Problem], rates: Rates, rng: Random
) -> SimulatedOutput:
    label_right, facts_exact = rng.random() < rates.label, rng.random() < rates.facts
    ok = label_right and facts_exact
    answer_right = rng.random() < (rates.answer_if_ok if ok else rates.answer_if_not)
    label = (
        problem.category
        if label_right
        else rng.choice([other for other in dataset.labels if other != problem.category])
    )
    if facts_exact or dataset.wording.corrupt_trace is None:
        trace, facts_exact = dataset.template.trace(label, problem.supporting_facts), True
    else:
        trace = dataset.wording.corrupt_trace(problem, label, rng)
    answers = problem.answers if answer_right else wrong_answers(dataset, problem, others, rng)
    answer = dataset.template.answer(answers)
    tagged = rng.random() >= rates.untagged
    return SimulatedOutput(
        output=StoredOutput(
            problem=problem,
            prediction=f"<think>{trace}</think> "
            + (f"<answer>{answer}</answer>" if tagged else answer),
            gold=problem.answers,
            where=f"{MARK} {problem.id}",
        ),
        label_right=label_right,
        facts_exact=facts_exact,
        answer_right=answer_right and tagged,
    )


def wrong_answers(
    dataset: Dataset, problem: Problem, others: Sequence[Problem], rng: Random
) -> tuple[str, ...]:
    """Answers that a reader who skips a step could give: a shortcut's, else another problem's.

    Raises:
        InputError: if no other problem has another answer.
    """
    gold = set(problem.answers)
    tempting = [rule(problem, others) for rule in dataset.rules.shortcuts.values()]
    wrong = sorted({tuple(answers) for answers in tempting if answers and set(answers) != gold})
    if wrong:
        return rng.choice(wrong)
    of_others = [other.answers for other in others if set(other.answers) != gold]
    if not of_others:
        raise InputError(
            "all problems have one answer, so none is wrong",
            field="n",
            cure="simulate more problems",
        )
    return rng.choice(of_others)


@dataclass(frozen=True, slots=True)
class Measured:
    """One quantity: what it is, and what each scoring makes of it.

    Attributes:
        quantity: in words.
        truth: by construction.
        strict: by strict scoring.
        released: by the release's scoring; None where the release does not score the dataset, or
            finds all traces right or none, so that it has no difference between them.
    """

    quantity: str
    truth: float
    strict: float
    released: float | None


def calibrate(dataset: Dataset, simulated: Sequence[SimulatedOutput]) -> list[Measured]:
    """Compare both scorings with the truth of `simulated`, which is not empty.

    Raises:
        InputError: if all traces are right, or none, by the truth or by strict scoring.
    """
    strict = [score_output(dataset, each.output, "correct") for each in simulated]
    steps = steps_of(strict)
    answers = [bool(row.answer["exact_set"]) for row in strict]
    release = dataset.release
    tables = _gold_tables(release.scoring, simulated) if release else None
    released = [
        score_output(dataset, each.output, "correct", gold_tables=tables)
        for each in (simulated if tables else ())
    ]
    found = steps_of(released)  # every simulated output has a trace
    right = [row.right for row in released]
    return [
        Measured(
            "answer right",
            fmean(each.answer_right for each in simulated),
            fmean(answers),
            share(right),
        ),
        Measured(
            "classification right",
            fmean(each.label_right for each in simulated),
            fmean(each.class_right for each in steps),
            share(each.class_right for each in found),
        ),
        Measured(
            "retrieval right",
            fmean(each.facts_exact for each in simulated),
            fmean(bool(each.retrieval["exact"]) for each in steps),
            share(each.any_context for each in found),
        ),
        Measured(
            "right answers: right trace minus wrong trace",
            _gap(Table.of((each.answer_right, each.ok) for each in simulated)),
            _gap(Table.of(zip(answers, (bool(each.ok_exact) for each in steps), strict=True))),
            associate(
                Table.of(zip(right, (each.ok_any for each in found), strict=True))
            ).figures.difference,
        ),
    ]


def _gold_tables(rules: ReleasedRules, simulated: Sequence[SimulatedOutput]) -> GoldTables:
    """The release's gold tables, with rows of the look-alikes themselves."""
    rows: dict[Path, list[GoldRow]] = {}
    for problem in (each.output.problem for each in simulated):
        label = rules.class_part(problem.category)  # some labels are compared in lower case
        row = GoldRow(str(list(problem.answers)), label, problem.context, problem.question)
        rows.setdefault(rules.gold_table(Path(), problem.category), []).append(row)
    return GoldTables(replace(rules, read_gold_table=lambda table: tuple(rows[table])), Path())


def _gap(table: Table) -> float:
    difference = associate(table).figures.difference
    if difference is None:
        raise InputError("all traces are right, or none", field="n", cure="simulate more problems")
    return difference
