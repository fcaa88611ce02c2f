"""The answer after a trace that we wrote: what moves when nothing but the trace changes.

For each test problem the model reads the prompt and a forced trace, and goes on from
``</think>``. Its own trace, forced again, is the baseline: every other one differs from it in the
trace alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.sft import generate as generation
from artifact.sft import run_folder
from artifact.sft.forced_traces import Forced, Intervention, forced_traces, interventions, own_trace
from artifact.sft.generate import Generated
from artifact.sft.models import out_of_memory
from artifact.sft.run_data import prompt
from artifact.sft.run_folder import Appender, Run

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

ROOM = 2
"""Tokens that an answer may have, as a multiple of the longest right one."""


def intervene(run: Run) -> Run:
    """Force traces on `run`'s model, all that are still missing; needs its predictions.

    Raises:
        InputError: if the run has no predictions, was trained without traces, or memory runs out.
        CheckError: if its data are no longer those it was trained on, or another process is in it.
    """
    record = run.record
    if record.generation is None:
        raise InputError("has no predictions yet", path=run.folder,
                         cure=f"run `artifact generate {record.run}`")  # fmt: skip
    if record.spec.variant == "vanilla":
        raise InputError("was trained without traces, so there is none to force", path=run.folder)
    with run.held(), out_of_memory.as_input_error("decoding.batch"):
        _intervene(run)
    return run


def _intervene(run: Run) -> None:
    spec = run.record.spec
    problems = generation.chosen_for(run).test
    model, tokenizer = generation.load(run)
    asked = _questions(run, tokenizer, problems)
    dataset = datasets.get(spec.dataset)
    limit = ROOM * max(_answer_tokens(tokenizer, dataset, problem) for problem in problems)
    short = spec.model_copy(
        update={"decoding": spec.decoding.model_copy(update={"max_new_tokens": limit})}
    )
    done = {(it.id, it.forced) for it in interventions(run)}

    def answer(batch: Sequence[int]) -> list[Generated]:
        prompts = [asked[i].tokens for i in batch]
        return generation.complete(model, tokenizer, prompts, short, salt=batch[0])

    def line(position: int, generated: Generated) -> Intervention:
        return Intervention(
            id=asked[position].problem.id,
            category=asked[position].problem.category,
            forced=asked[position].forced,
            points_to=asked[position].points_to,
            prediction=generated.text,
            tokens=generated.tokens,
            truncated=generated.truncated,
        )

    generation.append_missing(
        Appender(run.folder / run_folder.INTERVENTIONS),
        [(it.problem.id, it.forced) in done for it in asked],
        generation.batches([it.tokens for it in asked], spec.decoding.batch),
        answer,
        line,
        f"{spec.name}: forcing traces",
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    problem: Problem
    forced: Forced
    points_to: tuple[str, ...] | None
    tokens: list[int]


def _questions(
    run: Run, tokenizer: PreTrainedTokenizerBase, problems: Sequence[Problem]
) -> list[_Asked]:
    """Each problem with each trace that can be forced on it, in tokens up to ``</think>``."""
    dataset = datasets.get(run.record.spec.dataset)
    predicted = {it.id: it.prediction for it in run.predictions}
    asked = []
    for problem in problems:
        own = own_trace(dataset, problem, predicted[problem.id])
        start = prompt(tokenizer, dataset, problem)
        for forced, trace in forced_traces(dataset, problem, own, problems).items():
            # Tokens never join "</think>" to what follows it, so the model continues as trained.
            tail = tokenizer(f"<think>{trace.text}</think>", add_special_tokens=False)["input_ids"]
            asked.append(_Asked(problem, forced, trace.points_to, [*start, *tail]))
    return asked


def _answer_tokens(tokenizer: PreTrainedTokenizerBase, dataset: Dataset, problem: Problem) -> int:
    """Tokens of the right answer as it follows a trace, with the end token."""
    text = f" <answer>{dataset.template.answer(problem.answers)}</answer>"
    return len(tokenizer(text, add_special_tokens=False)["input_ids"]) + 1
