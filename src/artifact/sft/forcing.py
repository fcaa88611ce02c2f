"""Forces traces on a run's model: what does the answer do when nothing but the trace changes?

For each test problem the model reads the prompt and a forced trace; then its answer is generated,
and gold and wrong answers are read after it for their log-probabilities. A problem's prompt is
read once: its keys and values serve every trace that is forced on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from transformers import Cache, PreTrainedModel, PreTrainedTokenizerBase

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.json_lines import JsonLines
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.sft import generate
from artifact.sft.forced_traces import (
    ForcedTrace,
    Intervention,
    LogProb,
    between_tags,
    forced_traces,
    interventions,
    own_trace,
    rival_of,
)
from artifact.sft.kernels import length_buckets
from artifact.sft.kernels.cache import growing_cache, selected
from artifact.sft.models import families, out_of_memory
from artifact.sft.progress import Progress
from artifact.sft.run_data import filler_turn, prompt
from artifact.sft.run_folder import INTERVENTIONS, PREDICTIONS, Run
from artifact.sft.spec import Spec

LONGEST_ANSWER = 2
"""Limit of tokens generated after a whole trace, as a multiple of the longest gold answer."""

TOKENS_A_SEQUENCE = 256
"""A batch holds as many tokens as `Decoding.batch` sequences of this length."""

DECIMALS = 4
"""Decimals of a log-probability."""


def force_traces(run: Run, *, problems: int | None = None, margins_only: bool = False) -> Run:
    """Add to `run` the missing outcomes of all traces that can be forced on its test problems.

    Args:
        problems: only this many, the first ones in the order drawn.
        margins_only: whether only log-probabilities are wanted. Nothing is generated then, and a
            run without predictions has all traces but those that come from its own.

    Raises:
        InputError: if the run has no predictions, was trained without traces, or memory runs out.
        CheckError: if its data or finished files have changed, or another process is
            working on it.
    """
    record = run.record
    if record.generation is None and not margins_only:
        cure = f"run `artifact generate {record.run}`"
        raise InputError("has no predictions yet", path=run.folder, cure=cure)
    if record.spec.variant == "vanilla":
        raise InputError("was trained without traces, so there is none to force", path=run.folder)
    with run.locked(), out_of_memory.as_input_error("decoding.batch"):
        begun = (run.folder / INTERVENTIONS).is_file()
        record = run.check(PREDICTIONS, *([INTERVENTIONS] if begun else []))
        record.sha256.pop(INTERVENTIONS, None)  # the file is unfinished until all is added
        run.write(record)
        _force_traces(run, problems, margins_only)
        run.write(record, finished=[INTERVENTIONS])
    return run


@dataclass(frozen=True, slots=True)
class _Query:
    """A problem with a trace that is forced on it.

    Attributes:
        line: the record of it, without what the model has yet to say.
        prompt: tokens of the problem.
        forced: tokens from ``<think>`` to ``</think>``.
        head: tokens from ``<think>`` to where the model continues by itself; None if it doesn't.
        replies: tokens of the answers read after the trace, by field of `Intervention`.
    """

    line: Intervention
    prompt: list[int]
    forced: list[int]
    head: list[int] | None
    replies: Mapping[str, list[int]]


@dataclass(frozen=True, slots=True)
class _Row:
    """One sequence of a batch.

    Attributes:
        query: index of its query.
        tokens: after the prompt.
        replies: read after these.
        limit: of tokens generated after these; 0 generates none.
    """

    query: int
    tokens: list[int]
    replies: Mapping[str, list[int]]
    limit: int


@dataclass(frozen=True, slots=True)
class _Model:
    """A run's model with what is the same for all of its forced traces.

    Attributes:
        limit: of tokens generated after a whole trace.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    spec: Spec
    limit: int


@dataclass(frozen=True, slots=True)
class _Prompts:
    """Prompts that the model has read.

    Attributes:
        ids, mask: (prompts, longest), padded on the left.
        cache: their keys and values.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    cache: Cache


def _force_traces(run: Run, count: int | None, margins_only: bool) -> None:
    spec, dataset = run.record.spec, datasets.get(run.record.spec.dataset)
    problems = generate.problems_as_trained(run).test
    model, tokenizer = generate.load(run)
    longest = max(len(_reply(tokenizer, dataset, it.answers)) for it in problems)
    loaded = _Model(model, tokenizer, spec, LONGEST_ANSWER * (longest + 1))
    queries = _queries(run, tokenizer, problems, count)
    # A quarter of a batch in prompts leaves enough traces to fill batches of similar length.
    groups = length_buckets.within([len(it[0].prompt) for it in queries], _budget(spec) // 4)
    known = {(it.id, it.forced): it for it in interventions(run)}
    file = JsonLines(run.folder / INTERVENTIONS)
    progress, seen = Progress(f"{spec.name}: forcing traces", len(queries)), 0
    for group in groups:
        seen += len(group)
        asked = [query for position in group for query in queries[position]]
        before = [known.get((it.line.id, it.line.forced)) for it in asked]
        score = any(it is None or it.gold is None for it in before)
        answer = not margins_only and any(it is None or it.prediction is None for it in before)
        if not (score or answer):
            continue
        # The whole group is asked, even if partly known, so that a restart repeats its batches.
        after = _outcomes(loaded, asked, score=score, answer=answer)
        file.append(
            *(
                new
                for old, new in zip(before, after, strict=True)
                if old is None or old.completed_by(new) != old
            )
        )
        progress.report(seen)


def _budget(spec: Spec) -> int:
    """Tokens of a batch."""
    return TOKENS_A_SEQUENCE * spec.decoding.batch


def _queries(
    run: Run, tokenizer: PreTrainedTokenizerBase, problems: Sequence[Problem], count: int | None
) -> list[list[_Query]]:
    """For each of the first `count` problems a query for each trace that can be forced on it."""
    spec = run.record.spec
    dataset, chat = (
        datasets.get(spec.dataset),
        spec.chat.model_copy(
            update={"generation_prompt": True}  # a trace is forced within the assistant's turn
        ),
    )
    predicted = {it.id: it.prediction for it in run.predictions}
    found = []
    for problem in problems[:count]:
        said = predicted.get(problem.id)
        own = None if said is None else own_trace(dataset, problem, said)
        forced = forced_traces(dataset, problem, own, problems)
        rival = rival_of(forced, problem, problems)
        start = prompt(tokenizer, dataset, problem, chat)
        queries = []
        if "filler" in forced:
            turn = filler_turn(tokenizer, dataset, problem)
            forced["filler"] = replace(forced["filler"], text=between_tags(turn))
        for kind, trace in forced.items():
            line = Intervention(
                id=problem.id,
                category=problem.category,
                forced=kind,
                points_to=trace.points_to,
                rival=rival,
            )
            answers = {"gold": problem.answers, "rival_logprob": rival}
            if trace.points_to and set(trace.points_to) != set(problem.answers):
                answers["pointed"] = trace.points_to
            replies = {
                name: _reply(tokenizer, dataset, them) for name, them in answers.items() if them
            }
            queries.append(_Query(line, start, *_tokens(tokenizer, trace), replies))
        found.append(queries)
    return found


def _reply(
    tokenizer: PreTrainedTokenizerBase, dataset: Dataset, answers: Sequence[str]
) -> list[int]:
    """Tokens of an answer as it follows a trace in training, without the end token."""
    text = f" <answer>{dataset.template.answer(answers)}</answer>"
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _tokens(
    tokenizer: PreTrainedTokenizerBase, trace: ForcedTrace
) -> tuple[list[int], list[int] | None]:
    """Tokens of the trace with its tags, and of the part that the model continues from."""
    if trace.goes_on_at is None and trace.kept == 1:
        # Tokens never join "</think>" to what follows it, so the model continues as trained.
        text = f"<think>{trace.text}</think>"
        return list(tokenizer(text, add_special_tokens=False)["input_ids"]), None
    whole = _tokens(tokenizer, ForcedTrace(trace.text, None))[0]
    if trace.goes_on_at is not None:
        # A token that reaches beyond the place is left to the model: cut in two, it would be
        # tokens that it never saw together.
        text = f"<think>{trace.text}</think>"
        end = len("<think>") + trace.goes_on_at
        spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        kept = sum(stop <= end for _, stop in spans["offset_mapping"])
        return whole, whole[:kept]
    opened = len(tokenizer("<think>", add_special_tokens=False)["input_ids"])
    closing = list(tokenizer("</think>", add_special_tokens=False)["input_ids"])
    written = len(whole) - opened - len(closing)
    return [*whole[: opened + round(trace.kept * written)], *closing], None


def _outcomes(
    loaded: _Model, queries: Sequence[_Query], *, score: bool, answer: bool
) -> list[Intervention]:
    """The records of `queries` with log-probabilities (`score`) and predictions (`answer`)."""
    rows = []
    for place, query in enumerate(queries):
        replies = query.replies if score else {}
        limit = loaded.limit if answer and query.head is None else 0
        if replies or limit:
            rows.append(_Row(place, query.forced, replies, limit))
        if answer and query.head is not None:
            rows.append(_Row(place, query.head, {}, loaded.spec.decoding.max_new_tokens))
    prompts = list(dict.fromkeys(tuple(query.prompt) for query in queries))
    read = _read(loaded, prompts)
    added: list[dict[str, Any]] = [{} for _ in queries]
    for limit in sorted({row.limit for row in rows}):
        alike = [row for row in rows if row.limit == limit]
        lengths = [
            read.ids.shape[1] + len(row.tokens) + max(limit, *map(len, row.replies.values()), 0)
            for row in alike
        ]
        for batch in length_buckets.within(lengths, _budget(loaded.spec)):
            chosen = [alike[position] for position in batch]
            at = [prompts.index(tuple(queries[row.query].prompt)) for row in chosen]
            for row, found in zip(chosen, _ask(loaded, read, at, chosen), strict=True):
                if row.limit and (head := queries[row.query].head) is not None:
                    found["prediction"] = loaded.tokenizer.decode(head) + found["prediction"]
                added[row.query] |= found
    return [
        query.line.model_copy(update=found) for query, found in zip(queries, added, strict=True)
    ]


@torch.inference_mode()
def _read(loaded: _Model, prompts: Sequence[Sequence[int]]) -> _Prompts:
    """Have the model read the prompts."""
    model: Any = loaded.model
    pad = cast(int, loaded.tokenizer.pad_token_id)
    ids, mask = generate.padded_left(prompts, pad, model.device)
    cache = growing_cache()
    _extend(model, cache, ids, mask)
    return _Prompts(ids, mask, cache)


@torch.inference_mode()
def _ask(
    loaded: _Model, prompts: _Prompts, at: Sequence[int], rows: Sequence[_Row]
) -> list[dict[str, Any]]:
    """What each row adds to its record; `at` is the index of each row's prompt."""
    model: Any = loaded.model
    pad = cast(int, loaded.tokenizer.pad_token_id)
    places = torch.tensor(at, device=model.device)
    tokens, own_mask = generate.padded_left([row.tokens for row in rows], pad, model.device)
    mask = torch.cat([prompts.mask.index_select(0, places), own_mask], 1)
    held = selected(prompts.cache, places)
    if tokens.shape[1] > 1:
        _extend(model, held, tokens[:, :-1], mask[:, :-1])
    added: list[dict[str, Any]] = [{} for _ in rows]
    for name in sorted({name for row in rows for name in row.replies}):
        replies = [row.replies.get(name, []) for row in rows]
        for row, logprob in enumerate(_logprobs(model, held, mask, tokens[:, -1:], replies, pad)):
            if logprob.tokens:
                added[row][name] = logprob
    if limit := rows[0].limit:
        decoding = loaded.spec.decoding.model_copy(update={"max_new_tokens": limit})
        short = loaded.spec.model_copy(update={"decoding": decoding})
        ids = torch.cat([prompts.ids.index_select(0, places), tokens], 1)
        answered = generate.proceed(
            loaded.model, loaded.tokenizer, ids, mask, held, short, salt=rows[0].query
        )
        for row, generated in enumerate(answered):
            added[row] |= {"prediction": generated.text, "tokens": generated.tokens}
            added[row]["truncated"] = generated.truncated
    return added


def _extend(model: Any, cache: Cache, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Read `ids` (rows, tokens) after what `cache` holds; the last layer's states.

    Args:
        mask: of all tokens, those held included; zeros are padding, which takes no position.
    """
    places = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
    states: torch.Tensor = model.get_decoder()(
        input_ids=ids,
        attention_mask=mask,
        position_ids=places,
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
    return states


def _logprobs(
    model: Any,
    cache: Cache,
    mask: torch.Tensor,
    last: torch.Tensor,
    replies: Sequence[Sequence[int]],
    pad: int,
) -> list[LogProb]:
    """The log-probability of each row's reply; `cache` is left as it was.

    Args:
        mask: of all tokens up to and with `last` (rows, 1), which the cache does not hold.
    """
    held, longest = cache.get_seq_length(), max(map(len, replies))
    padded = [[*it, *[pad] * (longest - len(it))] for it in replies]
    target = torch.tensor(padded, device=last.device)
    real = torch.tensor([[place < len(it) for place in range(longest)] for it in replies])
    real = real.to(last.device)
    ids = torch.cat([last, target[:, :-1]], 1)
    states = _extend(model, cache, ids, torch.cat([mask, real[:, :-1].to(mask.dtype)], 1))
    cache.crop(held - cache.get_seq_length())
    logprobs = families.logits(model, states).float().log_softmax(-1)
    each = logprobs.gather(2, target[:, :, None])[:, :, 0].masked_fill(~real, 0.0)
    sums = each.sum(1).tolist()
    return [
        LogProb(sum=round(total, DECIMALS), tokens=len(it))
        for total, it in zip(sums, replies, strict=True)
    ]
