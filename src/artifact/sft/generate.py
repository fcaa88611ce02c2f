"""Generates a run's predictions: batched, resumable, the same file however often it is killed.

Batches depend on the problems alone. A restart repeats the interrupted batch and appends only
the missing lines, so padding, and with it rounding, is the same as without the interruption.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from pydantic import BaseModel
from transformers import Cache, GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

from artifact import datasets
from artifact.common.errors import CheckError, InputError
from artifact.common.json_lines import JsonLines
from artifact.sft import run_folder
from artifact.sft.kernels.cache import growing_cache
from artifact.sft.kernels.length_buckets import batches
from artifact.sft.kernels.lora import reloaded
from artifact.sft.models import loading, out_of_memory, vllm_backend
from artifact.sft.progress import Progress
from artifact.sft.run_data import ProblemSet, problem_set, prompt
from artifact.sft.run_folder import Backend, Generation, Prediction, Record, Run
from artifact.sft.spec import Chat, Decoding, Spec

CHUNK = 32
"""Tokens after which sequences that have ended leave their batch."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A text without its end token, how many tokens it has with it, and whether it was cut."""

    text: str
    tokens: int
    truncated: bool


Answer = Callable[[Sequence[Sequence[int]], int], list[Generated]]
"""From a batch of prompts (token ids) and its salt for sampling to the generated texts."""


def generate(run: Run, backend: Backend = "hf") -> Run:
    """Generate predictions for all test problems of `run` that lack one, or lost it since.

    Args:
        backend: hf generates with transformers, vllm with vLLM on a GPU (see `vllm_backend`).

    Raises:
        InputError: if the run can't be read, the backend isn't available here, or memory
            runs out.
        CheckError: if its data or finished files have changed, another backend began its
            predictions, or another process is working on it.
    """
    with run.locked():
        record = run.check()
        if not run.is_answered:
            with out_of_memory.as_input_error("decoding.batch"):
                _generate(run, _claimed(run, record, backend))
    return run


def _claimed(run: Run, record: Record, backend: Backend) -> Record:
    """The record, with the backend named in it before the first prediction is made."""
    if record.backend == backend:
        return record
    if run.predictions:
        raise CheckError(
            f"{run.folder}: its predictions were started with {record.backend}; finish with "
            f"--backend {record.backend}, or remove {run_folder.PREDICTIONS}"
        )
    if backend == "vllm":
        if record.spec.decoding.model_sampling:
            fault, cure = "is not supported with vllm", "use --backend hf"
            raise InputError(fault, path=run.folder, field="decoding.model_sampling", cure=cure)
        vllm_backend.require()
    record = record.model_copy(update={"backend": backend})
    run.write(record)
    return record


def _generate(run: Run, record: Record) -> None:
    spec, started = record.spec, time.monotonic()
    problems = problems_as_trained(run).test
    tokenizer = loading.load_tokenizer(loading.weights(spec.model))
    dataset = datasets.get(spec.dataset)
    prompts = [prompt(tokenizer, dataset, problem, spec.chat) for problem in problems]
    size, answer = _backend(run, record, tokenizer, max(map(len, prompts)))
    file = JsonLines(run.folder / run_folder.PREDICTIONS)
    done, parts = {it.id for it in run.predictions}, list(batches(prompts, size))
    if len(done) == len(problems):  # all are there, so one of them must have changed
        run.check(run_folder.PREDICTIONS)

    def line(position: int, generated: Generated) -> Prediction:
        return Prediction(
            id=problems[position].id,
            category=problems[position].category,
            prediction=generated.text,
            tokens=generated.tokens,
            truncated=generated.truncated,
        )

    append_missing(
        file,
        [problem.id in done for problem in problems],
        parts,
        lambda batch: answer([prompts[i] for i in batch], batch[0]),
        line,
        f"{spec.name}: generating",
    )
    lines = {line["id"]: line for line in file.records}
    file.replace([lines[problems[position].id] for batch in parts for position in batch])
    if record.generation is not None:  # what was lost is there again, and the rest is what it was
        run.check(run_folder.PREDICTIONS)
    made = run.predictions
    generation = Generation(
        predictions=len(made),
        truncated=sum(it.truncated for it in made),
        mean_tokens=sum(it.tokens for it in made) / len(made),
        seconds=round(time.monotonic() - started, 1),
    )
    run.write(
        record.model_copy(update={"generation": generation}), finished=[run_folder.PREDICTIONS]
    )


def problems_as_trained(run: Run) -> ProblemSet:
    """The problems of `run`, as they were when it was trained.

    Raises:
        CheckError: if its spec gives different ones today.
    """
    record = run.record
    problems = problem_set(record.spec)
    if problems.sha256 != record.data_sha256:
        raise CheckError(
            f"{run.folder}: its problems are not those it was trained on; train it again"
        )
    return problems


def append_missing(
    file: JsonLines,
    done: Sequence[bool],
    batches: Iterable[Sequence[int]],
    answer: Callable[[Sequence[int]], Sequence[Generated]],
    record: Callable[[int, Generated], BaseModel],
    name: str,
) -> None:
    """Generate every batch that lacks a record, and append the records it lacks.

    Args:
        file: to append to.
        done: by position, whether the file has its record.
        batches: of positions.
        answer: from a batch to what is generated at each of its positions.
        record: from a position and what was generated there to its record.
        name: of the work, for progress lines.
    """
    progress, seen = Progress(name, len(done)), 0
    for batch in batches:
        seen += len(batch)
        if not all(done[position] for position in batch):
            answered = zip(batch, answer(batch), strict=True)
            records = [record(i, generated) for i, generated in answered if not done[i]]
            file.append(*records)
            progress.report(seen)


def _backend(
    run: Run, record: Record, tokenizer: PreTrainedTokenizerBase, longest: int
) -> tuple[int, Answer]:
    """The batch size in prompts, and the function that answers a batch."""
    spec = record.spec
    if record.backend == "vllm":
        engine = vllm_backend.Engine(run, tokenizer, longest)
        return vllm_backend.BATCH, lambda prompts, _: [
            _generated(tokenizer, tokens, spec.chat) for tokens in engine.complete(prompts)
        ]
    model, _ = load(run)
    return spec.decoding.batch, lambda prompts, salt: complete(
        model, tokenizer, prompts, spec, salt
    )


def load(run: Run) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A run's model with its adapter, ready to generate, and its tokenizer.

    The adapter is merged into the weights, which saves two matrix products per layer, unless they
    are 4-bit.

    Raises:
        InputError: if the run has no adapter here, such as one that was shipped without.
        CheckError: if the adapter is not the one that was trained.
    """
    record, adapter = run.record, run.adapter
    weights = loading.weights(record.spec.model)
    model: Any = loading.load_model(
        weights,
        dtype=getattr(torch, record.numerics.dtype),
        device=record.numerics.device,
        quantise=record.spec.lora.quantise,
    )
    model = reloaded(model, adapter)
    if not record.spec.lora.quantise:
        model = model.merge_and_unload()
    # The last position of a prompt is a slice, for which the product would copy the head's weights
    # once per sequence: 3.6 GB for 64 of them.
    head: Any = model.get_output_embeddings()
    head.register_forward_pre_hook(lambda _, given: (given[0].contiguous(), *given[1:]))
    model.eval()
    return model, loading.load_tokenizer(weights)


def complete(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Sequence[int]],
    spec: Spec,
    salt: int = 0,
) -> list[Generated]:
    """Generate after each of `prompts` (token ids), as one batch padded on the left.

    Args:
        salt: with the spec's seed, seeds the sampling of this batch.
    """
    pad = cast(int, tokenizer.pad_token_id)
    ids, mask = padded_left(prompts, pad, model.device)
    return proceed(model, tokenizer, ids, mask, growing_cache(), spec, salt)


def padded_left(
    sequences: Sequence[Sequence[int]], pad: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, each (sequences, longest), of sequences padded on the left."""
    longest = max(map(len, sequences))
    ids = [[pad] * (longest - len(it)) + list(it) for it in sequences]
    mask = [[0] * (longest - len(it)) + [1] * len(it) for it in sequences]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


@torch.inference_mode()
def proceed(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    ids: torch.Tensor,
    mask: torch.Tensor,
    cache: Cache,
    spec: Spec,
    salt: int = 0,
) -> list[Generated]:
    """Generate after each row of `ids`, of which `cache` may hold all but the last token.

    Every `CHUNK` tokens the sequences that have ended leave the batch, so one that runs on to the
    limit does not hold up the others.

    Args:
        ids, mask: (rows, tokens); zeros in the mask are padding, which may be anywhere.
        cache: a growing one, consumed by this call.
        spec, salt: as of `complete`.
    """
    pad, end = cast(int, tokenizer.pad_token_id), cast(int, tokenizer.eos_token_id)
    torch.manual_seed(hash((spec.seed, salt)))
    longest, going = ids.shape[1], list(range(len(ids)))
    made: dict[int, Generated] = {}
    left = spec.decoding.max_new_tokens
    while True:
        chunk = min(CHUNK, left)
        out = cast(Any, model).generate(
            ids,
            attention_mask=mask,
            past_key_values=cache,
            generation_config=_configuration(spec.decoding, model, chunk, pad, end),
        )
        left -= chunk
        written = dict(zip(going, out[:, longest:].tolist(), strict=True))
        made |= {
            position: _generated(tokenizer, tokens, spec.chat)
            for position, tokens in written.items()
            if end in tokens or not left
        }
        rows = [row for row, position in enumerate(going) if position not in made]
        if not rows:
            break
        kept = torch.tensor(rows, device=out.device)
        cache.batch_select_indices(kept)
        going, ids = [going[row] for row in rows], out.index_select(0, kept)
        grown = mask.index_select(0, kept)
        mask = torch.cat([grown, grown.new_ones(len(rows), ids.shape[1] - grown.shape[1])], 1)
    return [made[position] for position in sorted(made)]


def _configuration(
    how: Decoding, model: PreTrainedModel, tokens: int, pad: int, end: int
) -> GenerationConfig:
    if how.model_sampling:
        own: GenerationConfig = copy.deepcopy(model.generation_config)
        own.update(max_new_tokens=tokens, max_length=None, pad_token_id=pad, eos_token_id=end)  # type: ignore[no-untyped-call]
        return own
    # Without top_k=0 the library would sample from the 50 most likely tokens, which no spec says.
    warm = {"temperature": how.temperature, "top_p": how.top_p, "top_k": 0}
    sampling = warm if how.temperature else {}
    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=tokens,
        do_sample=how.temperature > 0,
        pad_token_id=pad,
        eos_token_id=end,
        **sampling,
    )


def _generated(tokenizer: PreTrainedTokenizerBase, tokens: list[int], chat: Chat) -> Generated:
    end: Any = tokenizer.eos_token_id
    ended = end in tokens
    kept = tokens[: tokens.index(end)] if ended else tokens
    text: Any = tokenizer.decode(
        kept,
        # If the model writes its turn's header, special tokens are removed, as in the release.
        skip_special_tokens=not chat.generation_prompt,
        clean_up_tokenization_spaces=False,
    )
    return Generated(text, len(kept) + ended, not ended)
