"""The answer after a trace that we wrote: what moves when nothing but the trace changes.

For each test problem the model reads the prompt and a forced trace, and goes on from
``</think>``. Its own trace, forced again, is the baseline: every other one differs from it in the
trace alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact import datasets, traces
from artifact.datasets.base import Dataset
from artifact.errors import CheckError, InputError
from artifact.problems import Problem
from artifact.sft import generate as generation
from artifact.sft import runs
from artifact.sft.forced import Forced, Intervention, forced_traces, interventions
from artifact.sft.progress import Progress
from artifact.sft.runs import Appender, Run
from artifact.sft.variants import choose, prompt

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

ROOM = 2
"""Tokens that an answer may have, as a multiple of the longest right one."""


def intervene(run: Run) -> Run:
    """Force traces on `run`'s model, all that are still missing; needs its predictions.

    Raises:
        InputError: if the run has no predictions, or was trained without traces.
        CheckError: if its data are no longer those it was trained on, or another process is in it.
    """
    record = run.record
    if record.generation is None:
        raise InputError("has no predictions yet", path=run.folder,
                         cure=f"run `artifact generate {record.run}`")  # fmt: skip
    if record.spec.variant == "vanilla":
        raise InputError("was trained without traces, so there is none to force", path=run.folder)
    with run.held():
        _intervene(run)
    return run


def _intervene(run: Run) -> None:
    record = run.record
    spec, dataset = record.spec, datasets.get(record.spec.dataset)
    chosen = choose(spec)
    if chosen.sha256 != record.data_sha256:
        raise CheckError(f"{run.folder}: its problems are not those it was trained on; train anew")
    predicted = {it.id: it.prediction for it in run.predictions}
    model, tokenizer = generation.load(run)
    asked = []
    for problem in chosen.test:
        own = traces.parse(predicted[problem.id], dataset.template, problem.context)
        text = own.text if isinstance(own, traces.Trace) else None
        start = prompt(tokenizer, dataset, problem)
        for forced, trace in forced_traces(dataset, problem, text, chosen.test).items():
            # Tokens never join "</think>" to what follows it, so the model continues as trained.
            tail = tokenizer(f"<think>{trace.text}</think>", add_special_tokens=False)["input_ids"]
            asked.append(_Asked(problem, forced, trace.points_to, [*start, *tail]))
    done = {(it.id, it.forced) for it in interventions(run)}
    appender = Appender(run.folder / runs.INTERVENTIONS)
    progress, seen = Progress(f"{spec.name}: forcing traces", len(asked)), 0
    limit = ROOM * max(_answer_tokens(tokenizer, dataset, problem) for problem in chosen.test)
    answers = spec.model_copy(
        update={"decoding": spec.decoding.model_copy(update={"max_new_tokens": limit})}
    )
    for batch in generation.batches([it.tokens for it in asked], spec.decoding.batch):
        seen += len(batch)
        if all((asked[i].problem.id, asked[i].forced) in done for i in batch):
            continue
        prompts = [asked[i].tokens for i in batch]
        texts = generation.complete(model, tokenizer, prompts, answers, salt=batch[0])
        lines = [
            Intervention(
                id=asked[i].problem.id,
                category=asked[i].problem.category,
                forced=asked[i].forced,
                points_to=asked[i].points_to,
                prediction=generated.text,
                tokens=generated.tokens,
                truncated=generated.truncated,
            )
            for i, generated in zip(batch, texts, strict=True)
        ]
        appender.add([line for line in lines if (line.id, line.forced) not in done])
        progress.tell(seen)


@dataclass(frozen=True, slots=True)
class _Asked:
    problem: Problem
    forced: Forced
    points_to: tuple[str, ...] | None
    tokens: list[int]


def _answer_tokens(tokenizer: PreTrainedTokenizerBase, dataset: Dataset, problem: Problem) -> int:
    """Tokens of the right answer as it follows a trace, with the end token."""
    text = f" <answer>{dataset.template.answer(problem.answers)}</answer>"
    return len(tokenizer(text, add_special_tokens=False)["input_ids"]) + 1
