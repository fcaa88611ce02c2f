"""From any text back to the trace in it: its label, the facts it quotes, and its answer.

`parse` is total: whatever a model wrote, it gives a `Trace` or says why there is none. Where the
trace starts and ends is defined in `parse`; the case of tags is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from artifact.common.characters import ZERO_WIDTH
from artifact.datasets.dataset import Template

SHORTEST_CITATION = 13
"""Characters from which a cited text that is not a context fact counts as hallucinated; anything
shorter is punctuation or connecting words."""

THINK, END_THINK, ANSWER = "<think>", "</think>", "<answer>"

_HEAD = re.compile(rf"\s*(?:assistant\b)?(?:[\s{ZERO_WIDTH}]|</?think>)*", re.IGNORECASE)
"""What may stand before a trace: the chat template's role line, blanks, and tags around nothing
but blanks, as reasoning models and prompts open and close them by themselves."""

_CLOSE = re.compile(END_THINK, re.IGNORECASE)
_OPEN_ANSWER = re.compile(ANSWER, re.IGNORECASE)
_TO_LAST_OPEN = re.compile(
    rf".*<think>(?!(?:[\s{ZERO_WIDTH}]|<think>)*\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile("</?think>", re.IGNORECASE)

_ANSWER_BLOCK = re.compile(
    r"(?:<answer>\s*)+(.*?)(?:</answer>|</?think>|\Z)", re.DOTALL | re.IGNORECASE
)

_MATCHED = "\0"

_BETWEEN_CITATIONS = re.compile(r"\0+|\n|['\"]\s*,\s*['\"]")

_LIST_MARKS = " \t\r[]'\",."


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace read from a text.

    Attributes:
        text: the trace as it stands.
        label: the label that its template sentence states, or None without that sentence.
        quoted: ascending indices of the context facts quoted verbatim. Repeats of a sentence
            can't be told apart in a text: the first of them stands for all.
        hallucinated: texts cited in the fact list that are not context facts (without case where
            the dataset compares facts so).
        closed: whether ``</think>`` ends it.
        answer_text: the text in ``<answer>`` after the trace, or None without that tag.
    """

    text: str
    label: str | None
    quoted: tuple[int, ...]
    hallucinated: tuple[str, ...]
    closed: bool
    answer_text: str | None


@dataclass(frozen=True, slots=True)
class NoTrace:
    """A text without a trace: why, and the text in ``<answer>`` if that tag is there."""

    reason: str
    answer_text: str | None


def parse(text: str, template: Template, context: Sequence[str]) -> Trace | NoTrace:
    """The trace in `text`, for any string.

    The trace ends at the first ``</think>`` that has something other than blanks and empty tags
    before it. It starts after the last ``<think>`` before that which is not itself followed by
    blanks alone, or else at the start; so a tag that the prompt opened, blocks left empty, and a
    model that goes on after its answer are read right. Where there is no such ``</think>`` but the
    template sentence is there, the trace runs to ``<answer>`` or the end.
    """
    span = _span(text)
    trace, answer = text[span.start : span.end], answer_text(text)
    label = template.label_of(trace)
    if not span.closed and label is None:
        if _CLOSE.search(text):
            return NoTrace("nothing precedes </think>", answer)
        return NoTrace("found neither </think> nor the template sentence", answer)
    forms = _forms(tuple(context), template)
    untagged, comparable = _TAG.sub("\n", trace), _comparable(trace, template)
    quoted, marked = _match(comparable, forms)
    cited = _comparable(template.cited_facts(untagged) or "", template)
    unmatched = _tail_marked(comparable, marked, cited)
    if unmatched is None:
        _, unmatched = _match(cited, forms)
    return Trace(
        trace, label, tuple(sorted(set(quoted))), _long_pieces(unmatched), span.closed, answer
    )


@lru_cache(maxsize=64)
def answer_text(text: str) -> str | None:
    """The text in the first ``<answer>`` after the place of a trace, to ``</answer>``, the next
    tag of a trace, or the end; None without that tag."""
    block = _ANSWER_BLOCK.search(text, _span(text).end)
    return block.group(1) if block else None


def text_after_trace(text: str) -> str:
    """What a text without ``<answer>`` says: what follows the trace, or all of it where nothing
    does; without role line and tags."""
    span = _span(text)
    following = _TAG.sub("", text[span.end :]) if span.closed else ""
    return following if following.strip() else _TAG.sub("", text[span.start :])


def quoted_in_order(text: str, context: Sequence[str], template: Template) -> tuple[int, ...]:
    """Indices of the facts that `text` quotes, in its order and as often as it quotes them."""
    return _match(_comparable(text, template), _forms(tuple(context), template))[0]


def standing_for(
    indices: Iterable[int], context: Sequence[str], template: Template
) -> frozenset[int]:
    """The facts at `indices`, each by the first index of its text, as `Trace.quoted` has them."""
    forms = _forms(tuple(context), template)
    return frozenset(forms.get(_comparable(context[index], template), index) for index in indices)


class _Span(NamedTuple):
    """Where a trace is, if there is one."""

    start: int
    end: int
    closed: bool


@lru_cache(maxsize=64)
def _span(text: str) -> _Span:
    head = _HEAD.match(text)
    start = head.end() if head else 0
    closing = _CLOSE.search(text, start)
    ending = closing or _OPEN_ANSWER.search(text, start)
    end = ending.start() if ending else len(text)
    if opened := _TO_LAST_OPEN.match(text, start, end):
        start = opened.end()
    return _Span(start, end, closed=closing is not None)


def _comparable(text: str, template: Template) -> str:
    """`text` without the backslashes that quotes carry in a printed list, and without case where
    the dataset compares facts so."""
    if "\\" in text:
        text = text.replace("\\'", "'").replace('\\"', '"')
    return text.casefold() if template.fold_case else text


@lru_cache(maxsize=4096)
def _forms(context: tuple[str, ...], template: Template) -> Mapping[str, int]:
    """Every wording of each fact -> its first index, longest wording first.

    A prompt that prints the facts as a Python list shows some characters escaped (a no-break
    space as ``\\xa0``), so what the model saw counts as verbatim too.
    """
    forms: dict[str, int] = {}
    for index, fact in enumerate(context):
        printed = repr(fact)[1:-1]
        for form in (fact,) if printed == fact else (fact, printed):
            if form.strip():
                forms.setdefault(_comparable(form, template), index)
    return {form: forms[form] for form in sorted(forms, key=len, reverse=True)}


def _match(text: str, forms: Mapping[str, int]) -> tuple[tuple[int, ...], str]:
    """The index of each fact in `text`, in order and as often as it occurs there, and `text` with
    the facts masked.

    Longest first, and what is matched is taken out, so a fact within a fact counts once.
    """
    found: dict[int, int] = {}
    for form, index in forms.items():
        at = text.find(form) if form in text else -1  # most are not, and `in` says so sooner
        while at >= 0:
            found[at] = index
            text = text[:at] + _MATCHED * len(form) + text[at + len(form) :]
            at = text.find(form, at + len(form))
    return tuple(found[at] for at in sorted(found)), text


def _tail_marked(text: str, marked: str, tail: str) -> str | None:
    """`tail` as `_match` marks it, cut from the already marked `text`, if it ends `text` and no
    fact crosses its boundaries; else None."""
    end = len(text.rstrip())
    start = end - len(tail)
    if not text.endswith(tail, 0, end) or _MATCHED * 2 in marked[start - 1 : start + 1]:
        return None
    return None if _MATCHED * 2 in marked[end - 1 : end + 1] else marked[start:end]


def _long_pieces(unmatched: str) -> tuple[str, ...]:
    pieces: Iterable[str] = (p.strip(_LIST_MARKS) for p in _BETWEEN_CITATIONS.split(unmatched))
    return tuple(dict.fromkeys(p for p in pieces if len(p) >= SHORTEST_CITATION))
