"""What a trace is: the assistant turn of each variant, and the way back from any text.

The answer is always right; the variants differ in what stands between ``<think>`` and
``</think>``. How a dataset words a trace, and which facts mislead in it, is its own folder's
business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import Literal, NamedTuple, get_args

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.dataset import AnswerFrom, Dataset, Narration, StoredTrace, Template
from artifact.datasets.problem import Problem

Told = Literal["verbose", "summary", "explanation"]
Kind = Literal["vanilla", "correct", "incorrect", "irrelevant", "filler", "anchored", Told]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Variants of the assistant turn.

vanilla: the answer alone. correct, incorrect: the release's own. Controls: irrelevant (another
problem's correct trace), filler (as many tokens, no content), anchored (correct, after what the
question starts from and how the facts lead to the answer). Free text: verbose (thought aloud),
summary, explanation.
"""

Corrupt = Literal["label", "facts", "both"]
"""What is wrong in an incorrect trace; the release corrupts both."""

FILLER = "..."

SHORTEST_CITATION = 13
"""Characters from which a cited text that is no context fact counts as hallucinated; what is
shorter is punctuation and connecting words."""

_THINK, _END_THINK, _ANSWER = "<think>", "</think>", "<answer>"
_ANSWER_BLOCK = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.DOTALL)
_MATCHED = "\0"
_BETWEEN_CITATIONS = re.compile(r"\0|\n|['\"]\s*,\s*['\"]")
_LIST_MARKS = " \t\r[]'\",."


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace read from a text.

    Attributes:
        text: the trace as it stands.
        label: the label that its template sentence states, or None without that sentence.
        quoted: ascending indices of the context facts quoted verbatim. Repeats of a sentence
            can't be told apart in a text: the first of them stands for all.
        hallucinated: texts cited in the fact list that are no context fact (without case where
            the dataset compares facts so).
        closed: whether ``</think>`` ends it.
        answer_text: what stands in ``<answer>`` after the trace, or None without that tag.
    """

    text: str
    label: str | None
    quoted: tuple[int, ...]
    hallucinated: tuple[str, ...]
    closed: bool
    answer_text: str | None


@dataclass(frozen=True, slots=True)
class NoTrace:
    """A text without a trace: why, and what stands in ``<answer>`` if that tag is there."""

    reason: str
    answer_text: str | None


@dataclass(frozen=True, slots=True)
class Misleading:
    """A trace of which only the facts mislead.

    Attributes:
        trace: what stands between ``<think>`` and ``</think>``: the right label, worded as in a
            correct trace, over facts of the context that are not the supporting ones.
        points_to: what these facts give as answers; none of them is gold.
    """

    trace: str
    points_to: tuple[str, ...]


def render(
    dataset: Dataset,
    problem: Problem,
    kind: Kind,
    *,
    rng: Random | None = None,
    corrupt: Corrupt = "both",
    others: Sequence[Problem] = (),
    narration: Narration | None = None,
) -> str:
    """The assistant turn of `problem`.

    Args:
        dataset: the problem's dataset.
        problem: gives label, facts and answers.
        kind: one of `KINDS`.
        rng: where something is drawn; None draws by the problem's id, so that its trace does not
            depend on its neighbours.
        corrupt: what is wrong in an incorrect trace.
        others: problems whose traces may be used for an irrelevant one.
        narration: the free texts that came with the problem in a file; None has the dataset's
            rule write them.

    Raises:
        InputError: if this dataset or this problem has no such trace.
    """
    template = dataset.template
    answer = template.answer(problem.answers)
    if kind == "vanilla":
        return answer
    rng = rng or Random(f"{kind} {problem.id}")
    if kind == "correct":
        trace = _correct(dataset, problem)
    elif kind == "incorrect":
        trace = _incorrect(dataset, problem, corrupt, rng)
    elif kind == "irrelevant":
        trace = _correct(dataset, unrelated(dataset, problem, others, rng))
    elif kind == "filler":
        trace = " ".join([FILLER] * len(_correct(dataset, problem).split()))
    elif kind == "anchored":
        trace = _anchored(dataset, problem)
    else:
        trace = _told(dataset, problem, kind, narration)
    return f"{_THINK}{trace}{_END_THINK} {_ANSWER}{answer}</answer>"


def misleading(dataset: Dataset, problem: Problem, rng: Random | None = None) -> Misleading | None:
    """A trace of `problem` whose facts point to answers that are not gold.

    Args:
        dataset: the problem's dataset.
        problem: gives the label and the facts to choose from.
        rng: chooses the facts; None draws by the problem's id, as `render` does.

    Returns:
        None where the context has no such facts.

    Raises:
        InputError: if the dataset does not say what facts point to.
    """
    answer_from = _answer_from(dataset)
    if dataset.misleading_facts is None:
        raise InputError(f"{dataset.name} has no rule for misleading facts", field="dataset")
    facts = dataset.misleading_facts(problem, rng or Random(f"misleading {problem.id}"))
    answers = answer_from(problem, facts) if facts else None
    if not facts or not answers:
        return None
    return Misleading(dataset.template.trace(problem.category, facts), answers)


def points_to(dataset: Dataset, problem: Problem, trace_text: str) -> tuple[str, ...] | None:
    """The answers that the context facts cited in a trace give, taken in the order cited.

    Args:
        dataset: the problem's dataset.
        problem: gives question and context.
        trace_text: any text that `parse` reads, with or without the answer after it.

    Returns:
        None where there is no trace, no fact list in it, or where the facts listed give no
        answer. Cited texts that are no context fact are passed over. In free text, which visits
        facts also to put them aside, nothing tells which ones it rests on.

    Raises:
        InputError: if the dataset does not say what facts point to.
    """
    answer_from = _answer_from(dataset)
    trace = parse(trace_text, dataset.template, problem.context)
    cited = dataset.template.cited_facts(trace.text) if isinstance(trace, Trace) else None
    if cited is None:
        return None
    forms = _forms(problem.context, dataset.template)
    places, _ = _match(_comparable(cited, dataset.template), forms)
    return answer_from(problem, tuple(problem.context[index] for index in places))


def unrelated(
    dataset: Dataset, problem: Problem, others: Sequence[Problem], rng: Random
) -> Problem:
    """A problem that shares no group, and whose gold facts are not in this problem's context.

    Raises:
        InputError: if none of `others` is so.
    """
    groups, context = frozenset(dataset.groups_of(problem)), frozenset(problem.context)
    start = rng.randrange(len(others)) if others else 0
    for other in chain(others[start:], others[:start]):
        apart = groups.isdisjoint(dataset.groups_of(other))
        if apart and context.isdisjoint(other.supporting_facts):
            return other
    raise InputError(
        f"no other problem can lend '{problem.id}' an irrelevant trace",
        field="others",
        cure="give problems of other groups",
    )


def kinds_for_corruption(n: int, p: float, seed: int) -> tuple[Kind, ...]:
    """Kinds of `n` training traces of which the share `p` is incorrect and the rest correct.

    Doses are nested: what is incorrect at one `p` is so at every higher one of the same seed.

    Raises:
        InputError: if `p` is not in [0, 1].
    """
    if not 0 <= p <= 1:
        raise InputError(f"{p} is no share", field="corruption", cure="give one from 0 to 1")
    corrupted = frozenset(Random(seed).sample(range(n), n)[: round(n * p)])
    return tuple("incorrect" if index in corrupted else "correct" for index in range(n))


def parse(text: str, template: Template, context: Sequence[str]) -> Trace | NoTrace:
    """The trace in `text`, for any string.

    The trace stands between ``<think>`` and ``</think>``. A missing open tag is tolerated. Where
    the close tag is missing but the template sentence is there, the trace runs to ``<answer>`` or
    the end.
    """
    span = _span(text)
    trace, answer = text[span.start : span.end], answer_text(text)
    label = template.label_of(trace)
    if not span.closed and label is None:
        return NoTrace("neither </think> nor the template sentence is there", answer)
    if not trace.strip():
        return NoTrace("nothing stands before </think>", answer)
    forms = _forms(context, template)
    quoted, _ = _match(_comparable(trace, template), forms)
    _, unmatched = _match(_comparable(template.cited_facts(trace) or "", template), forms)
    return Trace(
        trace, label, tuple(sorted(set(quoted))), _long_pieces(unmatched), span.closed, answer
    )


def answer_text(text: str) -> str | None:
    """What stands in the first ``<answer>`` after the place of a trace, to ``</answer>`` or the
    end; None without that tag."""
    block = _ANSWER_BLOCK.search(text, _span(text).end)
    return block.group(1) if block else None


def standing_for(
    indices: Iterable[int], context: Sequence[str], template: Template
) -> frozenset[int]:
    """The facts at `indices`, each by the first index of its text, as `Trace.quoted` has them."""
    first: dict[str, int] = {}
    for index, fact in enumerate(context):
        first.setdefault(_comparable(fact, template), index)
    return frozenset(first[_comparable(context[index], template)] for index in indices)


def incorrect_invariants(stored: StoredTrace) -> list[str]:
    """What keeps a stored incorrect trace from being one: empty if all holds.

    The label is another one of the dataset's, no gold fact is quoted, nothing is cited that the
    context does not say, and the answer is right.
    """
    dataset = datasets.get(stored.problem.dataset)
    template, problem = dataset.template, stored.problem
    trace = parse(stored.text, template, problem.context)
    if isinstance(trace, NoTrace):
        return [f"no trace: {trace.reason}"]
    gold = standing_for(problem.support, problem.context, template)
    violations = {
        "the label is no label of the dataset": trace.label not in dataset.labels,
        "the label is right": trace.label == problem.category,
        "a gold fact is quoted": not gold.isdisjoint(trace.quoted),
        "a text is cited that is no context fact": bool(trace.hallucinated),
        "the answer is not the gold answer": trace.answer_text != template.answer(problem.answers),
    }
    return [violation for violation, found in violations.items() if found]


class _Span(NamedTuple):
    """Where a trace stands if there is one."""

    start: int
    end: int
    closed: bool


def _span(text: str) -> _Span:
    opened = text.find(_THINK)
    start = opened + len(_THINK) if opened >= 0 else 0
    if (closing := text.find(_END_THINK, start)) >= 0:
        return _Span(start, closing, closed=True)
    answering = text.find(_ANSWER, start)
    return _Span(start, answering if answering >= 0 else len(text), closed=False)


def _answer_from(dataset: Dataset) -> AnswerFrom:
    if dataset.answer_from is None:
        raise InputError(f"{dataset.name} does not say what facts point to", field="dataset")
    return dataset.answer_from


def _correct(dataset: Dataset, problem: Problem) -> str:
    return dataset.template.trace(problem.category, problem.supporting_facts)


def _incorrect(dataset: Dataset, problem: Problem, corrupt: Corrupt, rng: Random) -> str:
    label = problem.category
    if corrupt != "facts":
        label = rng.choice([other for other in dataset.labels if other != problem.category])
    if corrupt == "label":
        return dataset.template.trace(label, problem.supporting_facts)
    if dataset.corrupt_trace is None:
        raise InputError(f"{dataset.name} has no rule for facts beside the point", field="corrupt")
    return dataset.corrupt_trace(problem, label, rng)


def _anchored(dataset: Dataset, problem: Problem) -> str:
    trace = dataset.anchored_trace(problem) if dataset.anchored_trace else None
    if trace is None:
        raise InputError(
            f"{dataset.name} has no anchored trace for '{problem.id}'",
            field="variant",
            cure="choose another variant, or leave this problem out",
        )
    return trace


def _told(dataset: Dataset, problem: Problem, kind: Told, narration: Narration | None) -> str:
    if narration is None and dataset.narrate is not None:
        narration = dataset.narrate(problem)
    if narration is None:
        raise InputError(
            f"{dataset.name} has no {kind} text for '{problem.id}'",
            field="variant",
            cure="choose another variant, or leave this problem out",
        )
    if kind == "verbose":
        return narration.verbose
    return narration.summary if kind == "summary" else narration.explanation


def _comparable(text: str, template: Template) -> str:
    """`text` without the backslashes that quotes carry in a printed list, and without case where
    the dataset compares facts so."""
    text = text.replace("\\'", "'").replace('\\"', '"')
    return text.casefold() if template.fold_case else text


def _forms(context: Sequence[str], template: Template) -> Mapping[str, int]:
    """Every wording of each fact -> its first index, longest wording first.

    A prompt that prints the facts as a Python list shows some characters escaped (a no-break
    space as ``\\xa0``), so what the model saw counts as verbatim too.
    """
    forms: dict[str, int] = {}
    for index, fact in enumerate(context):
        for form in (fact, repr(fact)[1:-1]):
            if form.strip():
                forms.setdefault(_comparable(form, template), index)
    return dict(sorted(forms.items(), key=lambda item: (-len(item[0]), item[1])))


def _match(text: str, forms: Mapping[str, int]) -> tuple[tuple[int, ...], str]:
    """The index of each fact in `text`, in order and as often as it stands there, and `text` with
    marks in their places.

    Longest first, and what is matched is taken out, so a fact within a fact counts once.
    """
    found: dict[int, int] = {}
    for form, index in forms.items():
        at = text.find(form)
        while at >= 0:
            found[at] = index
            text = text[:at] + _MATCHED * len(form) + text[at + len(form) :]
            at = text.find(form, at + len(form))
    return tuple(found[at] for at in sorted(found)), text


def _long_pieces(unmatched: str) -> tuple[str, ...]:
    pieces: Iterable[str] = (p.strip(_LIST_MARKS) for p in _BETWEEN_CITATIONS.split(unmatched))
    return tuple(dict.fromkeys(p for p in pieces if len(p) >= SHORTEST_CITATION))
