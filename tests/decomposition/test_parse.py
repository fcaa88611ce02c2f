"""Any text gives a trace, or the reason why it holds none."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact import datasets
from artifact.datasets.dataset import Template
from artifact.datasets.problem import Problem
from artifact.decomposition.parse import (
    SHORTEST_CITATION,
    NoTrace,
    Trace,
    parse,
    standing_for,
    text_after_trace,
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


def _label_of(text: str) -> str | None:
    found = re.search(r"The order is: (\w+)\.", text)
    return found[1] if found else None


def _cited(text: str) -> str | None:
    _, sentence, cited = text.partition("The facts are: ")
    return cited if sentence else None


TEMPLATE = Template(
    user_turn=lambda problem: problem.question,
    trace=lambda label, facts: f"The order is: {label}.\nThe facts are: {list(facts)}",
    answer=lambda answers: str(list(answers)),
    label_of=_label_of,
    cited_facts=_cited,
    parse_answer=lambda text: frozenset({text}),
)
FOLDING = replace(TEMPLATE, fold_case=True)


def _parsed(text: str, template: Template = TEMPLATE) -> Trace:
    trace = parse(text, template, HARBOURS.context)
    assert isinstance(trace, Trace)
    return trace


def _quoted(*sentences: str) -> tuple[int, ...]:
    return _parsed(f"<think>{' '.join(sentences)}</think>").quoted


TRACE = "The order is: after.\nThe facts are: ['Mirel Tosk ran the harbour of Nemmer in 1920.']"


@pytest.mark.parametrize(
    ("text", "closed", "answer"),
    [
        (f"<think>{TRACE}</think> <answer>X</answer>", True, "X"),
        (f"assistant\n<think>\n{TRACE}\n</think>\n\n <answer>X</answer>", True, "X"),
        (f"{TRACE}</think><answer>X</answer>", True, "X"),
        (f"<think>{TRACE} <answer>X</answer>", False, "X"),
        (f"<think>{TRACE}", False, None),
        (TRACE, False, None),
        (f"<think>{TRACE}</think> X", True, None),
        (f"<think>{TRACE}</think> <answer>X", True, "X"),
        (f"<think>{TRACE}</think> <answer>X</answer> <answer>Y</answer>", True, "X"),
        (f"<think>{TRACE}</think> no </think> <answer>X</answer>", True, "X"),
        (f"<think><answer>Y</answer> {TRACE}</think> <answer>X</answer>", True, "X"),
        (f"{TRACE}</think> <answer>X</answer>\n<think>Wait</think> <answer>Y</answer>", True, "X"),
        (f"{TRACE}</think> <answer>X</answer> <think>", True, "X"),
        (f"<think>\n\n</think>\n\n<think>{TRACE}</think> <answer>X</answer>", True, "X"),
        (
            f"<think></think><think> \n</think>\n<think>{TRACE}</think> <answer>X</answer>",
            True,
            "X",
        ),
        (f"assistant\n<think>\n\n</think>\n\n{TRACE}</think> <answer>X</answer>", True, "X"),
        (f"</think>\n<think>{TRACE}</think> <answer>X</answer>", True, "X"),
        (f"<think>\u200b\xa0</think><think>{TRACE}</think> <answer>X</answer>", True, "X"),
        (f"<think><think>{TRACE}</think></think> <answer>X</answer>", True, "X"),
        (f"<think>So.\n<think>{TRACE}</think> <answer>X</answer>", True, "X"),
        (f"{TRACE}<think> </think> <answer>X</answer>", True, "X"),
        (f"<think>{TRACE}</think> <answer>X</answer> Hence X. <think>{TRACE}", True, "X"),
        (f"<THINK>{TRACE}</THINK> <Answer>X</Answer>", True, "X"),
        (f"<think>{TRACE}</think> <answer>X<think>Wait", True, "X"),
        (f"<think>{TRACE}</think> <answer>X</think>", True, "X"),
        (f"<think>{TRACE}</think> <answer><answer>X</answer></answer>", True, "X"),
        (f"<think>\n\n</think>\n\n{TRACE} <answer>X</answer>", False, "X"),
        (f"<think>\n\n</think>\n\n<think>{TRACE}\n<answer>X</answer>", False, "X"),
    ],
    ids=[
        "whole",
        "role line and blanks",
        "no open tag",
        "no close tag",
        "cut off",
        "no tag at all",
        "no answer tag",
        "answer cut off",
        "two answers",
        "two close tags",
        "answer tag within the trace",
        "thinks again after its answer",
        "opens a tag after its answer",
        "empty block before",
        "two empty blocks before",
        "empty block, then no open tag",
        "stray close tag before",
        "block of signs without width",
        "opened twice, closed twice",
        "opened again after a word",
        "empty block instead of the close tag",
        "goes on at length",
        "capitals",
        "answer runs into another block",
        "answer ends in a stray tag",
        "answer opened twice",
        "empty block, no close tag",
        "empty block, opened, no close tag",
    ],
)
def test_where_a_trace_ends(text: str, closed: bool, answer: str | None) -> None:
    trace = _parsed(text)
    assert (trace.label, trace.quoted, trace.hallucinated) == ("after", (3,), ())
    assert TRACE in trace.text
    assert trace.text.count(TRACE) == 1
    assert (trace.closed, trace.answer_text) == (closed, answer)


@pytest.mark.parametrize(
    ("text", "reason", "answer"),
    [
        ("", "found neither", None),
        ("Jory Pell", "found neither", None),
        ("<think>It was later. <answer>X</answer>", "found neither", "X"),
        ("<answer>X</answer>", "found neither", "X"),
        (f"<answer>{TRACE}</answer>", "found neither", TRACE),
        ("\n</think>\n\n['X']", "nothing precedes", None),
        ("<think> \n</think> <answer>X</answer>", "nothing precedes", "X"),
        ("<think>\n</think>\n<think>\n</think> <answer>X</answer>", "nothing precedes", "X"),
        ("<answer>X</answer> <think>", "found neither", "X"),
        ("assistant\n<think>\n\n</think>\n\n['X']", "nothing precedes", None),
    ],
)
def test_what_is_no_trace(text: str, reason: str, answer: str | None) -> None:
    result = parse(text, TEMPLATE, HARBOURS.context)
    assert isinstance(result, NoTrace)
    assert result.reason.startswith(reason)
    assert result.answer_text == answer


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("X", "X"),
        ("assistant\n<think>\n\n</think>\n\nX", "X"),
        ("assistant\n<think>\n\nX", "X"),
        ("<think>So it is Y, or X.</think>\n\nX", "\n\nX"),
        ("So it is X.</think>X", "X"),
        ("X</think>", "X"),
        ("X\n<think>\n</think>", "X\n\n"),
        ("<think>X</think>\n<think>", "X\n"),
    ],
)
def test_what_follows_a_trace(text: str, following: str) -> None:
    assert text_after_trace(text) == following


def test_a_trace_needs_no_template_sentence_if_it_is_closed() -> None:
    trace = _parsed("<think>Well: Mirel Tosk ran the harbour of Nemmer in 1920.</think>")
    assert (trace.label, trace.quoted, trace.hallucinated) == (None, (3,), ())


def test_a_fact_within_a_fact_counts_once() -> None:
    context = ("It rained in Orm.", "Some say: It rained in Orm. All day.")
    long = parse(f"<think>{context[1]}</think>", TEMPLATE, context)
    both = parse(f"<think>{context[1]} {context[0]}</think>", TEMPLATE, context)
    assert isinstance(long, Trace)
    assert isinstance(both, Trace)
    assert (long.quoted, both.quoted) == ((1,), (0, 1))


def test_quoting_is_verbatim() -> None:
    fact = HARBOURS.context[3]
    assert _quoted(fact) == (3,)
    assert _quoted(fact.rstrip(".")) == ()
    assert _quoted(fact.lower()) == ()
    assert _quoted(fact, HARBOURS.context[0], fact) == (0, 3)


def test_case_is_folded_where_the_dataset_folds_it() -> None:
    assert _parsed(f"<think>{HARBOURS.context[3].lower()}</think>", FOLDING).quoted == (3,)


@pytest.mark.parametrize(
    "cited",
    [
        "Jory Pell ran the harbour of Sand O'Dell in 1911.",
        "['Jory Pell ran the harbour of Sand O\\'Dell in 1911.']",
        '["Jory Pell ran the harbour of Sand O\'Dell in 1911."]',
        "['Jory Pell ran the harbour of Sand O'Dell in 1911.']",
    ],
    ids=["bare", "escaped", "other quotes", "broken quotes"],
)
def test_any_way_of_printing_a_quote_is_read(cited: str) -> None:
    trace = _parsed(f"<think>The order is: after.\nThe facts are: {cited}</think>")
    assert (trace.quoted, trace.hallucinated) == ((2,), ())


def test_a_fact_is_known_by_the_escapes_that_the_prompt_shows() -> None:
    context = ("Ilse\xa0Varn kept bees.",)
    for shown in (context[0], "Ilse\\xa0Varn kept bees."):
        trace = parse(f"<think>{shown}</think>", TEMPLATE, context)
        assert isinstance(trace, Trace)
        assert trace.quoted == (0,)


def test_repeats_stand_for_one_another() -> None:
    context = ("A door shut.", "A bell rang.", "A door shut.", "a Door shut.")
    trace = parse("<think>A door shut.</think>", TEMPLATE, context)
    assert isinstance(trace, Trace)
    assert trace.quoted == (0,)
    assert standing_for([2], context, TEMPLATE) == {0}
    assert standing_for([1, 3], context, TEMPLATE) == {1, 3}
    assert standing_for([1, 3], context, FOLDING) == {0, 1}


@pytest.mark.parametrize(
    ("cited", "hallucinated"),
    [
        (f"['{HARBOURS.context[3]}']", ()),
        ("[]", ()),
        ("['Jory Pell left.', 'Mirel Tosk']", ("Jory Pell left",)),
        (
            f"['{HARBOURS.context[3]}', 'Ann Lo ran the mill in 1900.']",
            ("Ann Lo ran the mill in 1900",),
        ),
        (f"['{HARBOURS.context[3]}', \"{HARBOURS.context[2]}\"]", ()),
        (f"{HARBOURS.context[3]} {HARBOURS.context[0]}", ()),
        ("Nobody ran it in 1904, nor later.", ("Nobody ran it in 1904, nor later",)),
        ("x" * (SHORTEST_CITATION - 1), ()),
        ("x" * SHORTEST_CITATION, ("x" * SHORTEST_CITATION,)),
    ],
)
def test_cited_texts_that_the_context_does_not_have(
    cited: str, hallucinated: tuple[str, ...]
) -> None:
    trace = _parsed(f"<think>The order is: after.\nThe facts are: {cited}</think>")
    assert trace.hallucinated == hallucinated


def test_a_fact_that_reaches_into_the_list_is_not_cited_there() -> None:
    text = "<think>The order is: after.\nThe facts are: Jory Pell ran the mill</think>"
    facts = ["The facts are: Jory Pell", *HARBOURS.context]
    trace = parse(text, TEMPLATE, facts)
    assert isinstance(trace, Trace)
    assert (trace.quoted, trace.hallucinated) == ((0,), ("Jory Pell ran the mill",))


def test_a_cited_fact_that_ends_in_blanks_is_found_with_them_alone() -> None:
    fact, text = "Jory Pell ran the mill  ", "<think>The facts are: Jory Pell ran the mill"
    for blanks, hallucinated in (("", ("Jory Pell ran the mill",)), ("  ", ())):
        trace = parse(f"{text}{blanks}</think>", TEMPLATE, [fact])
        assert isinstance(trace, Trace)
        assert (trace.quoted, trace.hallucinated) == ((0,) if blanks else (), hallucinated)


def test_only_the_fact_list_cites() -> None:
    trace = _parsed("<think>Somebody ran every harbour. The order is: after.</think>")
    assert trace.hallucinated == ()


PIECES = (
    "<think>",
    "</think>",
    "<answer>",
    "</answer>",
    TRACE,
    *HARBOURS.context,
    "\0",
    "['",
    "\\'",
)
texts = st.one_of(
    st.text(),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join),
)


@given(texts, st.lists(st.text(), min_size=1, max_size=4), st.booleans())
def test_parse_is_total(text: str, context: list[str], fold_case: bool) -> None:
    template = FOLDING if fold_case else TEMPLATE
    for facts in (context, HARBOURS.context):
        result = parse(text, template, facts)
        if isinstance(result, Trace):
            assert result.text in text
            assert list(result.quoted) == sorted(set(result.quoted))
            assert all(0 <= index < len(facts) for index in result.quoted)
        else:
            assert result.reason


@pytest.mark.parametrize("name", datasets.names())
@given(text=texts)
def test_parse_is_total_for_every_dataset(name: str, text: str) -> None:
    parse(text, datasets.get(name).template, HARBOURS.context)
