"""Each fault of the released scoring on one invented example, through the scoring code itself.

An example contains nothing but what the fault needs, so that a reader can check it by eye. All
persons, places and offices are invented.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from artifact import datasets
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import AnswerScore, GoldRow, StoredOutput
from artifact.evaluation.released import (
    GoldTables,
    answer_right,
    matrices,
    released_steps,
    rules_of,
    summarise_answers,
)
from artifact.evaluation.statistics.association import Table, associate
from artifact.evaluation.steps import Steps

QUESTION = (
    "While Runa Tolv was working for Vellby Mill, "
    "which position did Runa Tolv hold during the same time period?"
)
ANCHOR = "Runa Tolv works for Vellby Mill from 1901 to 1904."
GOLD = "Runa Tolv holds the position of harbour warden of Osk from 1902 to 1903."
OTHER = "Runa Tolv holds the position of reeve of Tamm from 1920 to 1925."
ANSWER = "harbour warden of Osk"

CHI2_THRESHOLD = 3.841
"""The paper's threshold: chi-squared with one degree of freedom, at the 5 % level."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a fault looks like on an example.

    Attributes:
        went_in: what was scored, in words or as text.
        came_out: what the released scoring says.
        would_be_right: what it ought to say.
        shown: whether the fault shows, that is, the two differ as described.
    """

    went_in: str
    came_out: str
    would_be_right: str
    shown: bool


def wrong_gold_row() -> Example:
    """F1: the output is compared with another row that shares the answer."""
    earlier = GoldRow(
        answer=f"['{ANSWER}']",
        category="during",
        facts=(f"Odd Brasken holds the position of {ANSWER} from 1850 to 1860.",),
        question="While Odd Brasken was working for Tamm Quarry, which position …?",
    )
    own = GoldRow(f"['{ANSWER}']", "during", invented_problem().context, QUESTION)
    prediction = _traced("during", GOLD)
    looked_up = _steps("cotempqa", invented_output(prediction), earlier, own)
    against_own = _steps("cotempqa", invented_output(prediction), own)
    return Example(
        went_in=f"{prediction} | two rows of the table have the answer '{ANSWER}', the first is "
        "of another person's problem, the second the problem's own",
        came_out=f"facts {say_right(looked_up.any_context)}: held against the first row",
        would_be_right=f"facts {say_right(against_own.any_context)}: the problem's own gold "
        "fact is quoted",
        shown=against_own.any_context and not looked_up.any_context,
    )


def every_fact_gold() -> Example:
    """F2: any context fact counts as a gold fact."""
    own = GoldRow(f"['{ANSWER}']", "during", invented_problem().context, QUESTION)
    prediction = _traced("during", OTHER)
    steps = _steps("cotempqa", invented_output(prediction), own)
    return Example(
        went_in=f"{prediction} | the one fact quoted names another office, held at another time",
        came_out=f"facts {say_right(steps.any_context)}",
        would_be_right=f"facts {say_right(GOLD in prediction)}: the gold fact is '{GOLD}'",
        shown=steps.any_context and GOLD not in prediction,
    )


def inverted_flag() -> Example:
    """F3: wrong extra answers go unnoticed."""
    output = invented_output(
        "<answer>['harbour warden of Osk', 'reeve of Tamm', 'Vellby Mill']</answer>"
    )
    released = answer_right("cotempqa", output)
    fixed = answer_right("cotempqa", output, flag_fixed=True)
    return Example(
        went_in=f"{output.prediction} | gold: ['{ANSWER}']; the question asks for an object, and "
        "the objects of all facts are given",
        came_out=f"answer {say_right(released)}",
        would_be_right=f"answer {say_right(fixed)}: two of the three are wrong, which the same "
        "rule notices once the flag is corrected",
        shown=released and not fixed,
    )


def trace_scored_as_answer() -> Example:
    """F4: without ``<answer>`` the trace is searched for the answer."""
    output = invented_output(_traced("during", GOLD).partition(" <answer>")[0])
    right = answer_right("cotempqa", output)
    return Example(
        went_in=f"{output.prediction} | gold: ['{ANSWER}']; the output ends without an answer",
        came_out=f"answer {say_right(right)}: it occurs in the fact quoted",
        would_be_right="answer wrong: none is given",
        shown=right,
    )


def joint_share() -> Example:
    """F5: a joint share read as a conditional one."""
    cells = ((28, True, True), (32, True, False), (2, False, True), (38, False, False))
    rights = [right for count, right, _ in cells for _ in range(count)]
    steps = [Steps(ok, {"any_context": ok}) for count, _, ok in cells for _ in range(count)]
    table = matrices(rights, steps).trace
    joint = table.right_ok / table.n
    given_ok = table.right_ok / (table.right_ok + table.wrong_ok)
    return Example(
        went_in=f"{table.n} outputs: {table.right_ok + table.wrong_ok} traces right, with "
        f"{table.right_ok} right answers; {table.right_not + table.wrong_not} traces wrong, with "
        f"{table.right_not}",
        came_out=f"{100 * joint:.0f} % of all outputs have trace and answer right",
        would_be_right=f"{100 * given_ok:.0f} % of the outputs with a right trace have a right "
        "answer: that is how often right traces led to right answers",
        shown=joint < given_ok,
    )


def lower_cased_facts() -> Example:
    """F6: bAbI's incorrect traces are lower-cased, the check is case-sensitive."""
    fact = "Sella went to the loft."
    row = GoldRow(
        "loft", "single-supporting-fact", (fact, "Bram took the lamp."), "Where is Sella?"
    )
    trace = (
        "<think>The category of the question represents what is being asked in that question. "
        "The category of the question asked is: counting.\n"
        "I need to use the following text to answer the question: ['{}']</think> "
        "<answer>loft</answer>"
    )
    lowered, cased = (
        _steps("babi", _spatial_output(trace.format(text), fact), row)
        for text in (fact.lower(), fact)
    )
    return Example(
        went_in=f"{trace.format(fact.lower())} | as incorrect traces are worded in training",
        came_out=f"facts {say_right(lowered.any_context)}, whichever fact is quoted",
        would_be_right=f"facts {say_right(cased.any_context)} for this fact, as in its own case",
        shown=cased.any_context and not lowered.any_context,
    )


def unequal_categories() -> Example:
    """F7: the mean over categories of unequal size reverses the order of two models."""
    sizes = (10, 90)
    rights = {"A": (10, 45), "B": (5, 63)}
    macro, micro = {}, {}
    for model, counts in rights.items():
        parts = [_scores(right, n) for right, n in zip(counts, sizes, strict=True)]
        macro[model] = sum(summarise_answers(part).acc for part in parts) / len(parts)
        micro[model] = summarise_answers([score for part in parts for score in part]).acc
    return Example(
        went_in="a category of 10 problems and one of 90; model A has 10 and 45 right, B 5 and 63",
        came_out=f"mean of the categories: A {macro['A']:.1f} %, B {macro['B']:.1f} %",
        would_be_right=f"share of the problems: A {micro['A']:.1f} %, B {micro['B']:.1f} %; both "
        "should be reported",
        shown=macro["A"] > macro["B"] and micro["A"] < micro["B"],
    )


def seen_in_training() -> Example:
    """F8: an answer that is looked up, not derived."""
    seen, asked = _spatial("Sella went to the loft."), _spatial("Sella went to the loft.")
    answer_of = {(seen.question, seen.context): seen.answers[0]}
    looked_up = answer_of[asked.question, asked.context]
    output = StoredOutput(asked, looked_up, asked.answers, "invented")
    right = answer_right("babi", output)
    return Example(
        went_in="one story and question, in the training rows and in the test rows; the answer is "
        "looked up in the training rows",
        came_out=f"answer {say_right(right)}",
        would_be_right="not counted: nothing was derived",
        shown=right,
    )


def label_without_answer() -> Example:
    """F9: the label follows from the dates alone."""
    problem = invented_problem()
    rules = datasets.get("cotempqa").rules.category_shortcuts
    labels = {name: rule(problem, ()) for name, rule in rules.items()}
    got = sorted(name for name, label in labels.items() if label == (problem.category,))
    return Example(
        went_in=" ".join((*problem.context, problem.question)),
        came_out=f"label right by rules that look for no answer: {', '.join(got)}",
        would_be_right="read beside such rules, which take no step towards the answer",
        shown=bool(got),
    )


def missing_anchor() -> Example:
    """F10: nothing follows from the facts that a correct trace quotes."""
    dataset, problem = datasets.get("cotempqa"), invented_problem()
    trace = dataset.template.trace(problem.category, problem.supporting_facts)
    quoted = Problem(
        id="quoted",
        dataset=problem.dataset,
        category=problem.category,
        context=problem.supporting_facts,
        question=problem.question,
        answers=problem.answers,
        support=(0,),
    )
    derived = dataset.rules.solve(quoted)
    return Example(
        went_in=f"{problem.question} | {trace}",
        came_out=f"a correct trace; from the facts it quotes: {derived.failure}",
        would_be_right=f"the trace quotes '{ANCHOR}' too, without which the times cannot be "
        "compared",
        shown=ANCHOR not in trace and not derived.answers,
    )


def association_with_sign_turned() -> Example:
    """F14: a matrix beyond the threshold, in which right traces go with wrong answers."""
    table = Table(right_ok=10, right_not=40, wrong_ok=90, wrong_not=60)
    figures = associate(table).figures
    chi2, gap = figures.chi2 or 0.0, figures.difference or 0.0
    return Example(
        went_in=f"{table.n} outputs: {table.right_ok} of 100 answers right after a right trace, "
        f"{table.right_not} of 100 after a wrong one",
        came_out=f"chi-squared {chi2:.1f}, published as below {CHI2_THRESHOLD}: nearly independent",
        would_be_right=f"above {CHI2_THRESHOLD} the two are associated at the 5 % level, here with "
        "the sign reversed; a value below it shows nothing, not even independence",
        shown=chi2 > CHI2_THRESHOLD and gap < 0,
    )


def invented_problem() -> Problem:
    """A problem of CoTemp QA with three facts: the event's, the gold one and another."""
    return Problem(
        id="invented",
        dataset="cotempqa",
        category="during",
        context=(ANCHOR, GOLD, OTHER),
        question=QUESTION,
        answers=(ANSWER,),
        support=(1,),
        meta={"triple_element": "S1_R2_O2"},
    )


def _spatial(fact: str) -> Problem:
    return Problem(
        id="invented",
        dataset="babi",
        category="single-supporting-fact",
        context=(fact,),
        question="Where is Sella?",
        answers=("loft",),
        support=(0,),
    )


def _traced(label: str, fact: str) -> str:
    template = datasets.get("cotempqa").template
    trace, answer = template.trace(label, [fact]), template.answer([ANSWER])
    return f"<think>{trace}</think> <answer>{answer}</answer>"


def invented_output(prediction: str) -> StoredOutput:
    """`prediction` as an output that answers the invented problem."""
    return StoredOutput(invented_problem(), prediction, (ANSWER,), "invented")


def _spatial_output(prediction: str, fact: str) -> StoredOutput:
    return StoredOutput(_spatial(fact), prediction, ("loft",), "invented")


def _steps(dataset: str, output: StoredOutput, *rows: GoldRow) -> Steps:
    rules = replace(rules_of(dataset), read_gold_table=lambda table: rows)
    steps = released_steps(output, GoldTables(rules, Path()))
    assert steps is not None  # every example here has a trace
    return steps


def _scores(right: int, n: int) -> list[AnswerScore]:
    return [AnswerScore(i < right, *[float(i < right)] * 3) for i in range(n)]


def say_right(right: bool) -> str:
    """The verdict in a word."""
    return "right" if right else "wrong"
