"""Supervised fine-tuning of one spec: seed, data, tokenizer, model, trainer, save, in order."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase, set_seed

from artifact import datasets
from artifact.common import paths, provenance
from artifact.common.errors import InputError
from artifact.common.fetch.atomic_folder import replacing
from artifact.sft import run_folder, trainer
from artifact.sft.kernels.lora import adapted, save
from artifact.sft.models import loading, out_of_memory, registry
from artifact.sft.progress import say
from artifact.sft.run_data import Example, ProblemSet, encode, filler_turn, problem_set
from artifact.sft.run_folder import Identity, LossAt, Record, Run, Training
from artifact.sft.spec import Loss, Optimisation, Spec
from artifact.sft.training_code import training_code


@dataclass(frozen=True, slots=True)
class Prepared:
    """A spec with everything that its run's hash depends on."""

    identity: Identity
    problems: ProblemSet
    weights: loading.Weights

    @property
    def run(self) -> Run:
        """The folder named after the hash."""
        return Run(paths.RUNS / self.identity.hash)


def prepare(spec: Spec) -> Prepared:
    """Draw the data, find the weights, and name the run.

    Raises:
        InputError: if data or weights can't be loaded, or the machine can't hold the model.
    """
    problems = problem_set(spec)
    weights = loading.weights(spec.model)
    numerics = loading.numerics()
    entry = registry.sized(registry.entry(spec.model), Path(weights.path))
    loading.require_memory(entry, numerics, quantise=spec.lora.quantise)
    identity = run_folder.identity(spec, problems.sha256, weights.sha256, numerics)
    return Prepared(identity, problems, weights)


def train(spec: Spec) -> Run:
    """The trained run of `spec`: trained now, resumed from its last checkpoint, or found finished.

    Raises:
        InputError: if the spec can't be run here, or memory runs out.
        CheckError: if another process is training it, or its folder holds another run.
    """
    prepared = prepare(spec)
    run = prepared.run
    with run.locked():
        if run.is_trained:
            run.check()
        else:
            with out_of_memory.as_input_error("optimisation.batch"):
                _train(prepared)
    return run


def _train(prepared: Prepared) -> None:
    spec, numerics = prepared.identity.spec, prepared.identity.numerics
    run, weights, started = prepared.run, prepared.weights, time.monotonic()

    set_seed(spec.seed)

    tokenizer = loading.load_tokenizer(weights)
    examples, longer = _examples(prepared, tokenizer)

    model = loading.load_model(
        weights,
        dtype=getattr(torch, numerics.dtype),
        device=numerics.device,
        quantise=spec.lora.quantise,
    )
    model.config.use_cache = False
    adapters: Any = adapted(model, spec.lora)

    checkpoints = run.folder / "checkpoints"
    sft_trainer = trainer.build(spec, adapters, tokenizer, examples, checkpoints)
    sft_trainer.train(resume_from_checkpoint=trainer.last_whole(checkpoints))

    with replacing(run.folder / run_folder.ADAPTER) as folder:
        save(adapters, spec.model, folder)
    training = Training(
        **_sizes(examples, spec.optimisation.loss),
        **longer,
        left_out=tuple(it.reason for it in prepared.problems.left_out),
        trainable=sum(p.numel() for p in adapters.parameters() if p.requires_grad),
        curve=tuple(
            LossAt(step=row["step"], epoch=row["epoch"], loss=row["loss"])
            for row in sft_trainer.state.log_history
            if "loss" in row
        ),
        seconds=round(time.monotonic() - started, 1),
        peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )
    run.write(_record(prepared, training), finished=run_folder.WEIGHTS)
    shutil.rmtree(checkpoints, ignore_errors=True)


def _examples(
    prepared: Prepared, tokenizer: PreTrainedTokenizerBase
) -> tuple[list[Example], dict[str, int]]:
    """The training examples, and how many were longer than the limit: left out, and cut."""
    spec, turns = prepared.identity.spec, prepared.problems.train
    dataset, how = datasets.get(spec.dataset), spec.optimisation
    limit = how.max_length
    if spec.variant == "filler":
        turns = tuple((problem, filler_turn(tokenizer, dataset, problem)) for problem, _ in turns)
    encoded = encode(tokenizer, dataset, turns, spec.chat)
    fit = [example.cut(limit) if how.cut else example for example in encoded]
    fit = [example for example in fit if len(example) <= limit and _has_loss(example, how)]
    left_out = len(encoded) - len(fit)
    cut = sum(len(example) > limit for example in encoded) - left_out
    if not fit:
        raise InputError(f"all {len(encoded)} examples are longer", field="optimisation.max_length")
    for count, fate in ((left_out, "left out"), (cut, "cut from the right")):
        if count:
            counted = f"{count} of {len(encoded)} examples"
            say(f"{spec.name}: {counted} are longer than {limit} tokens and {fate}")
    return fit, {"too_long": left_out, "cut": cut}


def _has_loss(example: Example, how: Optimisation) -> bool:
    """Whether anything of the example is learned: a long prompt may leave no room for a target."""
    return how.loss == "conversation" or bool(example.target)


def _sizes(examples: Sequence[Example], loss: Loss) -> dict[str, Any]:
    """The fields of `Training` that count examples and their tokens."""
    target = sum(len(it.target) for it in examples)
    prompts = sum(len(it.prompt) for it in examples)
    return {
        "examples": len(examples),
        "tokens": target + prompts,
        "target_tokens": target + (prompts if loss == "conversation" else 0),
        "mean_target_tokens": target / len(examples),
        "mean_prompt_tokens": prompts / len(examples),
        "longest": max(map(len, examples)),
    }


def _record(prepared: Prepared, training: Training) -> Record:
    return Record(
        run=prepared.identity.hash,
        **{name: getattr(prepared.identity, name) for name in Identity.model_fields},
        test_sha256=prepared.problems.test_sha256,
        model_revision=prepared.weights.revision,
        provenance=provenance.collect(run_folder.LIBRARIES),
        code=training_code(),
        training=training,
    )
