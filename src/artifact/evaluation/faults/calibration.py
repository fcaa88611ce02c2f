"""Outputs with a known truth: a scripted answerer that shows what a scoring rule measures.

It answers look-alike problems at step rates that are set beforehand, in the wording of the
release, so each output's label, facts and answer are known to be right or wrong. A scorer that
does not find these rates back measures something else. No model is involved: everything made
from it is SIMULATED and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import GoldRow, StoredOutput
from artifact.evaluation.answers import score_answer
from artifact.evaluation.released import GoldLookup, StepResult, answer_right, rules_of, step_result
from artifact.evaluation.statistics.association import Independence, Table, associate
from artifact.evaluation.steps import strict_steps

MARK = "SIMULATED"


@dataclass(frozen=True, slots=True)
class Rates:
    """What the answerer is told to do; all in [0, 1].

    Attributes:
        label: states the right label.
        facts: quotes the gold facts and nothing else, otherwise facts beside the point.
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
        output: in the shape of a stored generation; its `where` bears the mark.
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
    """Hold both scorings against the truth of `simulated`, which is not empty."""
    strict = [
        strict_steps(each.output.prediction, each.output.problem, dataset.template)
        for each in simulated
    ]
    answers = [score_answer(dataset, each.output, "correct").exact_set for each in simulated]
    released = _released(dataset, simulated) if dataset.release else None
    truth_table = Table.of((each.answer_right, each.ok) for each in simulated)
    strict_table = Table.of(zip(answers, (steps.ok_exact for steps in strict), strict=True))
    rows: list[tuple[str, Sequence[bool], Sequence[bool], Callable[[_Released], bool]]] = [
        ("answer right", [each.answer_right for each in simulated], answers, lambda r: r.answer),
        (
            "classification right",
            [each.label_right for each in simulated],
            [steps.class_right for steps in strict],
            lambda r: r.steps.class_right,
        ),
        (
            "retrieval right",
            [each.facts_exact for each in simulated],
            [steps.exact for steps in strict],
            lambda r: r.steps.retrieval_right,
        ),
    ]
    measured = [
        Measured(name, fmean(truth), fmean(found), fmean(map(of, released)) if released else None)
        for name, truth, found, of in rows
    ]
    released_table = Table.of((r.answer, r.steps.trace_right) for r in released or ())
    return [
        *measured,
        Measured(
            "P(right | trace ok) - P(right | not ok)",
            _gap(associate(truth_table).figures),
            _gap(associate(strict_table).figures),
            associate(released_table).figures.difference,
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Released:
    answer: bool
    steps: StepResult


def _released(dataset: Dataset, simulated: Sequence[SimulatedOutput]) -> list[_Released]:
    """The release's scores, its gold rows taken from the look-alikes themselves."""
    rules = rules_of(dataset)

    def table_of(each: SimulatedOutput) -> Path:
        return rules.gold_table(Path(), each.output.problem.category)

    rows: dict[Path, list[GoldRow]] = {}
    for each in simulated:
        problem = each.output.problem
        label = rules.class_part(problem.category)  # MARCO's labels are compared in lower case
        row = GoldRow(str(list(problem.answers)), label, problem.context, problem.question)
        rows.setdefault(table_of(each), []).append(row)
    lookups = {table: GoldLookup(found) for table, found in rows.items()}
    scored = []
    for each in simulated:
        steps = step_result(rules, each.output, lookups[table_of(each)])
        assert steps is not None  # every simulated output has a trace
        scored.append(_Released(answer_right(dataset, each.output), steps))
    return scored


def _gap(figures: Independence) -> float:
    if figures.difference is None:
        raise InputError("all traces are right, or none", field="n", cure="simulate more problems")
    return figures.difference
