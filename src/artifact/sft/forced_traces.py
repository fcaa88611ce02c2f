"""Traces that can be forced on a model, and what came after each: no torch needed.

Every kind is an intervention on the trace alone: prompt and weights stay as they are, so whatever
changes in the answer is due to the trace. `artifact.sft.forcing` has a model answer after them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from artifact.common.errors import InputError
from artifact.common.json_lines import read_whole_lines
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.decomposition import traces
from artifact.decomposition.parse import Trace, parse
from artifact.sft.run_folder import INTERVENTIONS, Run

Forced = Literal[
    "own",
    "correct",
    "anchored",
    "incorrect",
    "label_only",
    "facts_only",
    "misleading",
    "reordered",
    "masked",
    "mistake",
    "other",
    "filler",
    "early_75",
    "early_50",
    "early_25",
    "none",
]
FORCED: tuple[Forced, ...] = get_args(Forced)
"""Kinds of forced traces.

own: what the model wrote itself. correct, anchored, incorrect, filler: as in training.
label_only: correct, but for the wrong label of the incorrect one. facts_only: the right label over
the facts of the incorrect one. misleading: the right label over facts of this context that point
to another candidate. reordered: correct, with its facts in another order. masked: correct, with
the answer's string masked in the facts. mistake: its own up to the middle one of the facts it
quotes, replaced by another fact of the context; the model continues from there. other:
another problem's correct trace. early_75, early_50, early_25: the first 75, 50 and 25 % of the
tokens of its own. none: an empty one, which is also 0 % of its own.
"""

IN_WORDS: Mapping[str, str] = {
    "own": "its own, whole",
    "correct": "correct",
    "anchored": "correct, with its starting fact",
    "incorrect": "incorrect",
    "label_only": "wrong label, right facts",
    "facts_only": "right label, wrong facts",
    "misleading": "misleading",
    "reordered": "correct, facts in another order",
    "masked": "correct, but the answer masked",
    "mistake": "its own with a wrong fact, continued",
    "other": "another problem's",
    "filler": "dots",
    "early_75": "its own, first 75 %",
    "early_50": "its own, first 50 %",
    "early_25": "its own, first 25 %",
    "none": "empty",
}
"""What tables, figures and the explorer call them: whose trace it is, or what is wrong with it."""

EARLY: Mapping[Forced, float] = {
    "none": 0.0,
    "early_25": 0.25,
    "early_50": 0.5,
    "early_75": 0.75,
    "own": 1.0,
}
"""Early answering: the share of its own trace that the model has read before it answers."""

AS_IN_TRAINING: tuple[Literal["correct", "anchored", "incorrect", "filler"], ...]
AS_IN_TRAINING = ("correct", "anchored", "incorrect", "filler")

MASK = "___"
"""Replaces an answer in a masked trace."""


@dataclass(frozen=True, slots=True)
class ForcedTrace:
    """A trace to force.

    Attributes:
        text: without its tags.
        points_to: the answers that its facts point to; None if they point nowhere or the dataset
            has no rule for it.
        kept: share of the text's tokens that are forced, from its start.
        goes_on_at: index in `text` from which the model writes the rest of the trace itself; None
            if the trace is forced to its end.
    """

    text: str
    points_to: tuple[str, ...] | None
    kept: float = 1.0
    goes_on_at: int | None = None


class LogProb(BaseModel):
    """Log-probability (nats) of an answer with its tags, and the number of its tokens."""

    model_config = ConfigDict(frozen=True)

    sum: float
    tokens: int

    @property
    def per_token(self) -> float:
        """Mean over the tokens."""
        return self.sum / self.tokens


class Intervention(BaseModel):
    """One line of ``interventions.jsonl``: what came after one forced trace.

    Answers and log-probabilities can be made separately; a later line of the same problem and
    trace may add what a line lacks.

    Attributes:
        id, category: of the problem.
        forced: kind of the forced trace.
        points_to: as of `ForcedTrace`.
        prediction: the text generated after ``</think>``; of a trace that the model continues,
            all from ``<think>`` on.
        tokens, truncated: as of `artifact.sft.run_folder.Prediction`.
        gold: log-probability of the gold answers after the trace, which is forced to its end.
        pointed: that of `points_to`, where these are not gold.
        rival: wrong answers, the same for all traces of the problem (see `rival_of`).
        rival_logprob: their log-probability.
    """

    id: str
    category: str
    forced: Forced
    points_to: tuple[str, ...] | None
    prediction: str | None = None
    tokens: int | None = None
    truncated: bool | None = None
    gold: LogProb | None = None
    pointed: LogProb | None = None
    rival: tuple[str, ...] | None = None
    rival_logprob: LogProb | None = None

    def completed_by(self, later: Intervention) -> Intervention:
        """This line with what it lacks from `later`."""
        added = {
            name: getattr(later, name)
            for name in type(self).model_fields
            if getattr(self, name) is None
        }
        return self.model_copy(update=added)


def interventions(run: Run) -> list[Intervention]:
    """All forced traces of ``interventions.jsonl`` so far, in file order; empty if there are none.

    Raises:
        InputError: with the line, if one can't be read.
    """
    found: dict[tuple[str, Forced], Intervention] = {}
    for line in read_whole_lines(run.folder / INTERVENTIONS, Intervention):
        key = line.id, line.forced
        found[key] = found[key].completed_by(line) if key in found else line
    return list(found.values())


def own_trace(dataset: Dataset, problem: Problem, prediction: str) -> str | None:
    """The trace that a model wrote on `problem`; None if it wrote none."""
    found = parse(prediction, dataset.template, problem.context)
    return found.text if isinstance(found, Trace) else None


def forced_traces(
    dataset: Dataset, problem: Problem, own: str | None, others: Sequence[Problem]
) -> dict[Forced, ForcedTrace]:
    """Each trace that can be forced on `problem`, in the order of `FORCED`.

    Args:
        own: the trace that the model wrote, or None if it wrote none.
        others: problems one of which lends its correct trace.
    """
    found: dict[Forced, ForcedTrace] = {"none": ForcedTrace("", None)}
    if own is not None:
        found |= _from_own(dataset, problem, own)
    for kind in AS_IN_TRAINING:
        with suppress(InputError):  # this problem has no such trace
            found[kind] = _pointing(dataset, problem, traces.render(dataset, problem, kind))
    found |= _edited(dataset, problem)
    with suppress(InputError):  # every other problem shares facts with this one
        other = traces.unrelated(dataset, problem, others, Random(f"other {problem.id}"))
        text = between_tags(traces.render(dataset, other, "correct"))
        found["other"] = ForcedTrace(text, other.answers)
    return {forced: found[forced] for forced in FORCED if forced in found}


def rival_of(
    forced: Mapping[Forced, ForcedTrace], problem: Problem, others: Sequence[Problem]
) -> tuple[str, ...] | None:
    """Wrong answers to set beside the gold ones of `problem`, whatever trace is forced.

    Those that misleading facts of its context point to; if it has none, the gold answers of one of
    `others` in its category, preferably answers that its context names; None if all of them contain
    a gold answer.
    """
    if "misleading" in forced:
        return forced["misleading"].points_to
    gold, context = set(problem.answers), "\n".join(problem.context)
    others = [it for it in others if it.category == problem.category]
    peers = sorted({it.answers for it in others if gold.isdisjoint(it.answers)})
    named = [it for it in peers if all(name in context for name in it)]
    return Random(f"rival {problem.id}").choice(named or peers) if peers else None


def _from_own(dataset: Dataset, problem: Problem, own: str) -> dict[Forced, ForcedTrace]:
    """Traces that can only be made from the model's own."""
    found: dict[Forced, ForcedTrace] = {
        kind: ForcedTrace(own, None, kept=share) for kind, share in EARLY.items() if 0 < share < 1
    }
    found["own"] = ForcedTrace(own, _points_to(dataset, problem, own))
    if mistaken := _with_mistake(dataset, problem, own):
        found["mistake"] = mistaken
    return found


def _with_mistake(dataset: Dataset, problem: Problem, own: str) -> ForcedTrace | None:
    """`own` with another fact in place of the middle one it quotes; None if there is none."""
    fold = re.IGNORECASE if dataset.template.fold_case else re.NOFLAG
    longest_first = sorted(set(problem.context), key=lambda fact: (-len(fact), fact))
    quoted = list(re.finditer("|".join(map(re.escape, longest_first)), own, fold))
    taken = {it.group().casefold() for it in quoted}
    taken |= {fact.casefold() for fact in problem.supporting_facts}
    others = [fact for fact in problem.context if fact.casefold() not in taken]
    if not (quoted and others):
        return None
    middle = quoted[(len(quoted) - 1) // 2]
    wrong = Random(f"mistake {problem.id}").choice(others)
    if fold and middle.group().islower():
        wrong = wrong.lower()
    text = own[: middle.start()] + wrong + own[middle.end() :]
    pointed = _points_to(dataset, problem, text)
    return ForcedTrace(text, pointed, goes_on_at=middle.start() + len(wrong))


def _edited(dataset: Dataset, problem: Problem) -> dict[Forced, ForcedTrace]:
    """The correct trace with one thing about it changed."""
    found: dict[Forced, ForcedTrace] = {}
    corrupted: tuple[tuple[Forced, traces.Corrupt], ...]
    corrupted = (("label_only", "label"), ("facts_only", "facts"))
    for kind, corrupt in corrupted:
        with suppress(InputError):  # the dataset has no such rule
            turn = traces.render(dataset, problem, "incorrect", corrupt=corrupt)
            found[kind] = _pointing(dataset, problem, turn)
    if dataset.wording.misleading_facts and (misleading := traces.misleading(dataset, problem)):
        found["misleading"] = ForcedTrace(misleading.trace, misleading.points_to)
    facts = problem.supporting_facts
    if len(set(facts)) > 1:
        reordered = _reordered(facts, Random(f"reordered {problem.id}"))
        text = dataset.template.trace(problem.category, reordered)
        found["reordered"] = ForcedTrace(text, _points_to(dataset, problem, text))
    masked = tuple(_masked(fact, problem.answers) for fact in facts)
    if masked != facts:
        found["masked"] = ForcedTrace(dataset.template.trace(problem.category, masked), None)
    return found


def _reordered(facts: tuple[str, ...], rng: Random) -> tuple[str, ...]:
    drawn = facts
    while drawn == facts:
        drawn = tuple(rng.sample(facts, len(facts)))
    return drawn


def _masked(fact: str, answers: Sequence[str]) -> str:
    """`fact` with a mask for every answer in it, also where it takes a plural s."""
    longest_first = sorted(answers, key=len, reverse=True)
    names = "|".join(rf"(?<!\w){re.escape(it)}(?:e?s)?(?!\w)" for it in longest_first)
    return re.sub(names, MASK, fact, flags=re.IGNORECASE)


def _pointing(dataset: Dataset, problem: Problem, turn: str) -> ForcedTrace:
    text = between_tags(turn)
    return ForcedTrace(text, _points_to(dataset, problem, text))


def _points_to(dataset: Dataset, problem: Problem, trace: str) -> tuple[str, ...] | None:
    return traces.points_to(dataset, problem, trace) if dataset.wording.answer_from else None


def between_tags(turn: str) -> str:
    """The trace of an assistant turn, without its tags."""
    return turn.removeprefix("<think>").partition("</think>")[0]
