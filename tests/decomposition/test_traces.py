"""Traces both ways: what each kind says, and what any text is read as."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.dataset import (
    Dataset,
    Lookalikes,
    Narration,
    ProblemRules,
    Template,
    Wording,
)
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredTrace
from artifact.decomposition.parse import NoTrace, Trace, parse, standing_for
from artifact.decomposition.traces import (
    KINDS,
    kinds_for_corruption,
    misleading,
    points_to,
    render,
)

HARBOURS = Problem(
    id="harbours",
    dataset="invented",
    category="before",
    context=(
        "Ottla Brisk ran the harbour of Nemmer in 1903.",
        "Ottla Brisk ran the harbour of Nemmer in 1903 and left it.",
        "Jory Pell ran the harbour of Sand O'Dell in 1911.",
        "Mirel Tosk ran the harbour of Nemmer in 1920.",
    ),
    question="Who ran the harbour of Sand O'Dell?",
    answers=("Jory Pell",),
    support=(2,),
    meta={"group": "harbours"},
)
BREWERIES = replace(
    HARBOURS,
    id="breweries",
    category="after",
    context=("Anselm Rook brewed at Tarn in 1850.", "Lise Orme brewed at Tarn in 1851."),
    answers=("Lise Orme",),
    support=(1,),
    meta={"group": "breweries"},
)


def _label_of(text: str) -> str | None:
    found = re.search(r"The order is: (\w+)\.", text)
    return found[1] if found else None


def _cited(text: str) -> str | None:
    _, sentence, cited = text.partition("The facts are: ")
    return cited if sentence else None


def _corrupt(problem: Problem, label: str, rng: Random) -> str:
    others = [f for f in problem.context if f not in problem.supporting_facts]
    return TEMPLATE.trace(label, [rng.choice(others)])


TEMPLATE = Template(
    user_turn=lambda problem: problem.question,
    trace=lambda label, facts: f"The order is: {label}.\nThe facts are: {list(facts)}",
    answer=lambda answers: str(list(answers)),
    label_of=_label_of,
    cited_facts=_cited,
    parse_answer=lambda text: frozenset({text}),
)
FOLDING = replace(TEMPLATE, fold_case=True)


def _names(problem: Problem, facts: Sequence[str]) -> tuple[str, ...] | None:
    return tuple(fact.partition(" ran")[0] for fact in facts) or None


def _one_without_answer(problem: Problem, rng: Random) -> tuple[str, ...] | None:
    others = [f for f in problem.context if f not in problem.supporting_facts]
    return (rng.choice(others),) if others else None


def _unused(*_: Any) -> Any:
    raise AssertionError("not part of rendering")


INVENTED = Dataset(
    name="invented",
    title="Invented",
    labels=("before", "after", "never"),
    template=TEMPLATE,
    rules=ProblemRules(
        solve=_unused,
        check=_unused,
        groups_of=lambda problem: (str(problem.meta["group"]), problem.context[-1]),
    ),
    lookalikes=Lookalikes(_unused),
    wording=Wording(
        corrupt_trace=_corrupt,
        anchored_trace=lambda problem: "Anchor. " + TEMPLATE.trace("before", ()),
        narrate=lambda problem: Narration("Hmm, by rule.", "Summed up.", "Explained.", made="rule"),
        answer_from=_names,
        misleading_facts=_one_without_answer,
    ),
)


def _wording(**changes: Any) -> Dataset:
    return replace(INVENTED, wording=replace(INVENTED.wording, **changes))


def _parsed(text: str, template: Template = TEMPLATE) -> Trace:
    trace = parse(text, template, HARBOURS.context)
    assert isinstance(trace, Trace)
    return trace


def _quoted(*sentences: str) -> tuple[int, ...]:
    return _parsed(f"<think>{' '.join(sentences)}</think>").quoted


# Rendering


def test_correct_and_vanilla_follow_the_template() -> None:
    trace = f"The order is: before.\nThe facts are: {[HARBOURS.context[2]]}"
    answer = "['Jory Pell']"
    assert render(INVENTED, HARBOURS, "vanilla") == answer
    correct = render(INVENTED, HARBOURS, "correct")
    assert correct == f"<think>{trace}</think> <answer>{answer}</answer>"


@pytest.mark.parametrize(
    ("corrupt", "label_wrong", "facts_wrong"),
    [("both", True, True), ("label", True, False), ("facts", False, True)],
)
def test_an_incorrect_trace_is_wrong_where_asked(
    corrupt: Any, label_wrong: bool, facts_wrong: bool
) -> None:
    for seed in range(20):
        turn = render(INVENTED, HARBOURS, "incorrect", rng=Random(seed), corrupt=corrupt)
        trace = _parsed(turn)
        assert (trace.label != HARBOURS.category) == label_wrong
        assert trace.label in INVENTED.labels
        assert (HARBOURS.support[0] not in trace.quoted) == facts_wrong
        assert trace.answer_text == "['Jory Pell']"


def test_the_wrong_label_is_drawn_from_all_others() -> None:
    drawn = {
        _parsed(render(INVENTED, HARBOURS, "incorrect", rng=Random(seed))).label
        for seed in range(40)
    }
    assert drawn == {"after", "never"}


def test_an_irrelevant_trace_is_another_problems_correct_one() -> None:
    turn = render(INVENTED, HARBOURS, "irrelevant", others=[HARBOURS, BREWERIES])
    other = render(INVENTED, BREWERIES, "correct")
    assert turn.partition("</think>")[0] == other.partition("</think>")[0]
    assert turn.endswith("<answer>['Jory Pell']</answer>")


@pytest.mark.parametrize(
    "others",
    [
        [],
        [HARBOURS],
        [replace(BREWERIES, meta={"group": "harbours"})],
        [replace(BREWERIES, context=(*BREWERIES.context, HARBOURS.context[-1]))],
        [replace(BREWERIES, context=HARBOURS.context[:2])],
    ],
    ids=["none", "itself", "same group", "another same group", "its fact is in this context"],
)
def test_no_irrelevant_trace_without_an_unrelated_problem(others: Sequence[Problem]) -> None:
    with pytest.raises(InputError, match="'harbours' an irrelevant trace"):
        render(INVENTED, HARBOURS, "irrelevant", others=others)


def test_filler_is_one_mark_without_content_until_tokens_are_counted() -> None:
    filler = _parsed(render(INVENTED, HARBOURS, "filler"))
    assert filler.text == "..."
    assert (filler.label, filler.quoted) == (None, ())


def test_anchored_is_the_datasets_own_or_an_error() -> None:
    assert render(INVENTED, HARBOURS, "anchored").startswith("<think>Anchor. The order is")
    for offer in (None, lambda problem: None):
        without = _wording(anchored_trace=offer)
        with pytest.raises(InputError, match="no anchored trace for 'harbours'"):
            render(without, HARBOURS, "anchored")


@pytest.mark.parametrize(
    ("kind", "ruled", "recorded"),
    [
        ("verbose", "Hmm, by rule.", "Okay, by R1."),
        ("summary", "Summed up.", "In short."),
        ("explanation", "Explained.", "Because."),
    ],
)
def test_a_free_text_is_the_one_given_or_the_datasets_own(
    kind: str, ruled: str, recorded: str
) -> None:
    given = Narration("Okay, by R1.", "In short.", "Because.", made="r1")
    answer = "</think> <answer>['Jory Pell']</answer>"
    assert render(INVENTED, HARBOURS, kind) == f"<think>{ruled}{answer}"
    assert render(INVENTED, HARBOURS, kind, narration=given) == f"<think>{recorded}{answer}"
    for offer in (None, lambda problem: None):
        without = _wording(narrate=offer)
        assert render(without, HARBOURS, kind, narration=given) == f"<think>{recorded}{answer}"
        with pytest.raises(InputError, match=f"invented has no {kind} text for 'harbours'"):
            render(without, HARBOURS, kind)


def test_facts_cannot_be_corrupted_without_a_rule() -> None:
    without = _wording(corrupt_trace=None)
    with pytest.raises(InputError, match="invented has no rule"):
        render(without, HARBOURS, "incorrect")
    assert _parsed(render(without, HARBOURS, "incorrect", corrupt="label")).quoted == (2,)


@pytest.mark.parametrize("kind", KINDS)
def test_a_trace_does_not_depend_on_what_was_drawn_before(kind: str) -> None:
    others = [HARBOURS, BREWERIES]
    first = render(INVENTED, HARBOURS, kind, others=others)
    render(INVENTED, BREWERIES, kind, others=others)
    assert render(INVENTED, HARBOURS, kind, others=others) == first


@pytest.mark.parametrize("p", [0.0, 0.25, 0.5, 1.0])
def test_a_dose_is_met_exactly(p: float) -> None:
    kinds = kinds_for_corruption(40, p, seed=7)
    assert len(kinds) == 40
    assert kinds.count("incorrect") == 40 * p
    assert set(kinds) <= {"correct", "incorrect"}


def test_doses_are_nested_and_seeded() -> None:
    low, high = (kinds_for_corruption(50, p, seed=1) for p in (0.2, 0.6))
    doses = zip(low, high, strict=True)
    assert all(more == "incorrect" for less, more in doses if less == "incorrect")
    assert kinds_for_corruption(50, 0.2, seed=2) != low


@pytest.mark.parametrize("p", [-0.1, 1.01, float("nan")])
def test_a_dose_outside_0_to_1_is_refused(p: float) -> None:
    with pytest.raises(InputError, match="is out of range"):
        kinds_for_corruption(10, p, seed=0)


# Misleading


def test_only_the_facts_of_a_misleading_trace_mislead() -> None:
    for seed in range(20):
        made = misleading(INVENTED, HARBOURS, Random(seed))
        assert made is not None
        trace = _parsed(f"<think>{made.trace}</think>")
        assert trace.label == HARBOURS.category
        assert trace.quoted != HARBOURS.support
        assert made.trace == TEMPLATE.trace("before", [HARBOURS.context[trace.quoted[0]]])
        assert made.points_to == points_to(INVENTED, HARBOURS, made.trace) != HARBOURS.answers


def test_a_misleading_trace_is_fixed_by_the_problem() -> None:
    made = misleading(INVENTED, HARBOURS)
    misleading(INVENTED, BREWERIES)
    assert misleading(INVENTED, HARBOURS) == made
    ids = [replace(HARBOURS, id=f"harbours {number}") for number in range(20)]
    assert len({misleading(INVENTED, problem) for problem in ids}) == 3


def test_no_misleading_trace_without_facts_that_mislead() -> None:
    alone = replace(HARBOURS, context=HARBOURS.context[2:3], support=(0,))
    assert misleading(INVENTED, alone) is None


def test_what_facts_point_to_is_the_datasets_to_say() -> None:
    mute = _wording(answer_from=None)
    for asked in (lambda: misleading(mute, HARBOURS), lambda: points_to(mute, HARBOURS, TRACE)):
        with pytest.raises(InputError, match="invented does not say what facts point to"):
            asked()
    with pytest.raises(InputError, match="invented has no rule for misleading facts"):
        misleading(_wording(misleading_facts=None), HARBOURS)


TRACE = "The order is: after.\nThe facts are: ['Mirel Tosk ran the harbour of Nemmer in 1920.']"
_NEMMER, _NEMMER_LEFT, _SAND, _TOSK = HARBOURS.context


@pytest.mark.parametrize(
    ("cited", "answers"),
    [
        ([_SAND], ("Jory Pell",)),
        ([_TOSK, _SAND], ("Mirel Tosk", "Jory Pell")),
        ([_SAND, _TOSK, _SAND], ("Jory Pell", "Mirel Tosk", "Jory Pell")),
        ([_NEMMER_LEFT, _NEMMER], ("Ottla Brisk", "Ottla Brisk")),
        (["Ivo Brandt ran the harbour of Nemmer in 1999.", _TOSK], ("Mirel Tosk",)),
        (["Ivo Brandt ran the harbour of Nemmer in 1999."], None),
        ([], None),
    ],
    ids=[
        "one",
        "order cited",
        "repeat",
        "fact within a fact",
        "beside invented",
        "invented",
        "none",
    ],
)
def test_cited_facts_point_in_the_order_cited(
    cited: Sequence[str], answers: tuple[str, ...] | None
) -> None:
    trace = TEMPLATE.trace("after", cited)
    for text in (trace, f"<think>{trace}</think> <answer>['{_SAND}']</answer>"):
        assert points_to(INVENTED, HARBOURS, text) == answers


@pytest.mark.parametrize(
    "text",
    ["", _SAND, f"<think>{_SAND}</think>", f"<answer>{[_SAND]}</answer>", "</think> x"],
)
def test_without_a_fact_list_nothing_is_pointed_to(text: str) -> None:
    assert points_to(INVENTED, HARBOURS, text) is None


def test_facts_told_before_the_list_are_not_among_those_relied_on() -> None:
    anchored = f"<think>{_TOSK} {TEMPLATE.trace('after', [_SAND])}</think>"
    assert points_to(INVENTED, HARBOURS, anchored) == ("Jory Pell",)


def test_a_lower_cased_citation_points_as_the_context_words_it() -> None:
    folding = replace(INVENTED, template=FOLDING)
    text = TEMPLATE.trace("after", [_TOSK.lower()])
    assert points_to(folding, HARBOURS, text) == ("Mirel Tosk",)
    assert points_to(INVENTED, HARBOURS, text) is None


@pytest.mark.parametrize("name", ["babi", "cotempqa"])
def test_traces_of_lookalikes_point_where_they_should(name: str) -> None:
    dataset = datasets.get(name)
    for problem in dataset.lookalikes.generate(150, 4):
        for kind in ("correct", "anchored"):
            answers = points_to(dataset, problem, render(dataset, problem, kind))
            assert set(answers or ()) == set(problem.answers)
        made = misleading(dataset, problem)
        if made is not None:
            turn = f"<think>{made.trace}</think>"
            assert points_to(dataset, problem, turn) == made.points_to
            assert set(made.points_to).isdisjoint(problem.answers)


@given(st.text())
def test_any_text_may_be_asked_what_it_points_to(text: str) -> None:
    assert points_to(INVENTED, HARBOURS, text) is None


# Reading back


@given(st.sets(st.integers(0, 3)), st.sampled_from(INVENTED.labels))
def test_what_is_rendered_is_read_back(facts: set[int], label: str) -> None:
    problem = replace(HARBOURS, category=label, support=tuple(sorted(facts)))
    trace = _parsed(render(INVENTED, problem, "correct"))
    assert trace.label == label
    assert set(trace.quoted) == facts
    assert (trace.hallucinated, trace.closed) == ((), True)


# The look-alikes and the release


@pytest.mark.parametrize("kind", ["correct", "incorrect", "irrelevant"])
@pytest.mark.parametrize("name", datasets.names())
def test_look_alike_traces_are_read_back(name: str, kind: str) -> None:
    dataset = datasets.get(name)
    problems = dataset.lookalikes.generate(60, 11)
    for problem in problems:
        turn = render(dataset, problem, kind, others=problems)
        trace = parse(turn, dataset.template, problem.context)
        assert isinstance(trace, Trace)
        gold = standing_for(problem.support, problem.context, dataset.template)
        if kind == "correct":
            assert (trace.label, set(trace.quoted)) == (problem.category, gold)
        else:
            assert gold.isdisjoint(trace.quoted)
        assert trace.answer_text == dataset.template.answer(problem.answers)


def test_an_anchored_look_alike_quotes_what_the_solver_needs() -> None:
    dataset = datasets.get("cotempqa")
    for problem in dataset.lookalikes.generate(60, 11):
        trace = parse(render(dataset, problem, "anchored"), dataset.template, problem.context)
        derived = dataset.rules.solve(problem)
        assert isinstance(trace, Trace)
        assert trace.label == problem.category
        assert set(trace.quoted) == {*problem.support, *derived.anchor}
        assert trace.hallucinated == ()


STORED = [("cotempqa", 2271), ("babi", 376)]
"""Rows of the SFT files that are public."""


@pytest.mark.parametrize(("name", "rows"), STORED)
def test_every_stored_correct_trace_is_rendered_byte_for_byte(
    release: Path, name: str, rows: int
) -> None:
    dataset = datasets.get(name)
    assert dataset.release is not None
    stored = dataset.release.read_stored_traces(release, "correct", Intake())
    assert len(stored) == rows
    unlike = [s.where for s in stored if render(dataset, s.problem, "correct") != s.text]
    assert unlike == []


def broken_invariants(stored: StoredTrace) -> list[str]:
    """What keeps a stored incorrect trace from being one: empty if all holds."""
    dataset = datasets.get(stored.problem.dataset)
    template, problem = dataset.template, stored.problem
    trace = parse(stored.text, template, problem.context)
    if isinstance(trace, NoTrace):
        return [f"no trace: {trace.reason}"]
    gold = standing_for(problem.support, problem.context, template)
    broken = {
        "the label is no label of the dataset": trace.label not in dataset.labels,
        "the label is right": trace.label == problem.category,
        "a gold fact is quoted": not gold.isdisjoint(trace.quoted),
        "a text is cited that is no context fact": bool(trace.hallucinated),
        "the answer is not the gold answer": trace.answer_text != template.answer(problem.answers),
    }
    return [invariant for invariant, found in broken.items() if found]


@pytest.mark.parametrize(("name", "rows"), STORED)
def test_every_stored_incorrect_trace_keeps_the_invariants(
    release: Path, name: str, rows: int
) -> None:
    dataset = datasets.get(name)
    assert dataset.release is not None
    stored = dataset.release.read_stored_traces(release, "incorrect", Intake())
    assert len(stored) == rows
    broken = {s.where: found for s in stored if (found := broken_invariants(s))}
    assert broken == {}


@pytest.mark.parametrize("name", [name for name, _ in STORED])
def test_a_stored_correct_trace_breaks_them(release: Path, name: str) -> None:
    dataset = datasets.get(name)
    assert dataset.release is not None
    found = broken_invariants(dataset.release.read_stored_traces(release, "correct", Intake())[0])
    assert found == ["the label is right", "a gold fact is quoted"]
