"""Traces forced on a model: what does the answer do when nothing but the trace changes?

For each test problem the model reads the prompt and a forced trace, and generates what follows
``</think>``. Its own trace, forced again, is the baseline: every other one differs from it in the
trace alone. Only `force_traces` loads a model; the rest needs no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import BaseModel

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.json_lines import JsonLines, read_whole_lines
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.decomposition import traces
from artifact.decomposition.parse import Trace, parse
from artifact.sft.run_data import prompt
from artifact.sft.run_folder import INTERVENTIONS, Run

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from artifact.sft.generate import Generated

Forced = Literal["own", "correct", "anchored", "incorrect", "misleading", "other", "filler", "none"]
FORCED: tuple[Forced, ...] = get_args(Forced)
"""Kinds of forced traces.

own: what the model wrote itself. correct, anchored, incorrect, filler: as in training.
misleading: the right label over facts of this context that point to another candidate. other:
another problem's correct trace. none: an empty one.
"""

AS_IN_TRAINING: tuple[Literal["correct", "anchored", "incorrect", "filler"], ...]
AS_IN_TRAINING = ("correct", "anchored", "incorrect", "filler")

LONGEST_ANSWER = 2
"""Limit of generated tokens, as a multiple of the longest gold answer."""


@dataclass(frozen=True, slots=True)
class ForcedTrace:
    """A trace to force.

    Attributes:
        text: without its tags.
        points_to: the answers that its facts point to; None if they point nowhere or the dataset
            has no rule for it.
    """

    text: str
    points_to: tuple[str, ...] | None


class Intervention(BaseModel):
    """One line of ``interventions.jsonl``: the answer after one forced trace.

    Attributes:
        id, category: of the problem.
        forced: kind of the forced trace.
        points_to: as of `ForcedTrace`.
        prediction: the text generated after ``</think>``.
        tokens, truncated: as of `artifact.sft.run_folder.Prediction`.
    """

    id: str
    category: str
    forced: Forced
    points_to: tuple[str, ...] | None
    prediction: str
    tokens: int
    truncated: bool


def interventions(run: Run) -> list[Intervention]:
    """All whole lines of ``interventions.jsonl``, as generated so far; empty if there are none.

    Raises:
        InputError: with the line, if one can't be read.
    """
    return read_whole_lines(run.folder / INTERVENTIONS, Intervention)


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
    found = {"none": ForcedTrace("", None)}
    if own is not None:
        found["own"] = ForcedTrace(own, _points_to(dataset, problem, own))
    for kind in AS_IN_TRAINING:
        with suppress(InputError):  # this problem has no such trace
            text = _between_tags(traces.render(dataset, problem, kind))
            found[kind] = ForcedTrace(text, _points_to(dataset, problem, text))
    if dataset.wording.misleading_facts and (misleading := traces.misleading(dataset, problem)):
        found["misleading"] = ForcedTrace(misleading.trace, misleading.points_to)
    with suppress(InputError):  # every other problem shares facts with this one
        other = traces.unrelated(dataset, problem, others, Random(f"other {problem.id}"))
        text = _between_tags(traces.render(dataset, other, "correct"))
        found["other"] = ForcedTrace(text, other.answers)
    return {forced: found[forced] for forced in FORCED if forced in found}


def _points_to(dataset: Dataset, problem: Problem, trace: str) -> tuple[str, ...] | None:
    return traces.points_to(dataset, problem, trace) if dataset.wording.answer_from else None


def _between_tags(turn: str) -> str:
    return turn.removeprefix("<think>").partition("</think>")[0]


def force_traces(run: Run) -> Run:
    """Generate the answers after every forced trace that `run` still lacks.

    Raises:
        InputError: if the run has no predictions, was trained without traces, or memory runs out.
        CheckError: if its data are no longer those it was trained on, or another process is
            working on it.
    """
    from artifact.sft.models import out_of_memory

    record = run.record
    if record.generation is None:
        cure = f"run `artifact generate {record.run}`"
        raise InputError("has no predictions yet", path=run.folder, cure=cure)
    if record.spec.variant == "vanilla":
        raise InputError("was trained without traces, so there is none to force", path=run.folder)
    with run.locked(), out_of_memory.as_input_error("decoding.batch"):
        _force_traces(run)
    return run


def _force_traces(run: Run) -> None:
    from artifact.sft import generate
    from artifact.sft.kernels import length_buckets

    spec = run.record.spec
    dataset, problems = datasets.get(spec.dataset), generate.problems_as_trained(run).test
    model, tokenizer = generate.load(run)
    queries = _queries(run, tokenizer, problems)
    limit = LONGEST_ANSWER * max(_answer_tokens(tokenizer, dataset, it) for it in problems)
    decoding = spec.decoding.model_copy(update={"max_new_tokens": limit})
    short = spec.model_copy(update={"decoding": decoding})
    done = {(it.id, it.forced) for it in interventions(run)}

    def answer(batch: Sequence[int]) -> list[Generated]:
        prompts = [queries[i].tokens for i in batch]
        return generate.complete(model, tokenizer, prompts, short, salt=batch[0])

    def record(position: int, generated: Generated) -> Intervention:
        return Intervention(
            id=queries[position].problem.id,
            category=queries[position].problem.category,
            forced=queries[position].forced,
            points_to=queries[position].points_to,
            prediction=generated.text,
            tokens=generated.tokens,
            truncated=generated.truncated,
        )

    generate.append_missing(
        JsonLines(run.folder / INTERVENTIONS),
        [(it.problem.id, it.forced) in done for it in queries],
        length_buckets.batches([it.tokens for it in queries], spec.decoding.batch),
        answer,
        record,
        f"{spec.name}: forcing traces",
    )


@dataclass(frozen=True, slots=True)
class _Query:
    problem: Problem
    forced: Forced
    points_to: tuple[str, ...] | None
    tokens: list[int]


def _queries(
    run: Run, tokenizer: PreTrainedTokenizerBase, problems: Sequence[Problem]
) -> list[_Query]:
    """Each problem with each trace that can be forced on it, in tokens up to ``</think>``."""
    dataset = datasets.get(run.record.spec.dataset)
    predicted = {it.id: it.prediction for it in run.predictions}
    queries = []
    for problem in problems:
        own = own_trace(dataset, problem, predicted[problem.id])
        start = prompt(tokenizer, dataset, problem)
        for forced, trace in forced_traces(dataset, problem, own, problems).items():
            # Tokens never join "</think>" to what follows it, so the model continues as trained.
            tail = tokenizer(f"<think>{trace.text}</think>", add_special_tokens=False)["input_ids"]
            queries.append(_Query(problem, forced, trace.points_to, [*start, *tail]))
    return queries


def _answer_tokens(tokenizer: PreTrainedTokenizerBase, dataset: Dataset, problem: Problem) -> int:
    """Tokens of the gold answer as it follows a trace, with the end token."""
    text = f" <answer>{dataset.template.answer(problem.answers)}</answer>"
    return len(tokenizer(text, add_special_tokens=False)["input_ids"]) + 1
