"""Supervised fine-tuning of one spec: its data, its model, its trainer, and what is kept."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import set_seed

from artifact import datasets
from artifact.common import paths, provenance
from artifact.common.errors import InputError
from artifact.common.fetch.atomic_folder import replacing
from artifact.sft import run_folder, trainer
from artifact.sft.kernels.lora import adapted
from artifact.sft.models import loading, out_of_memory, registry
from artifact.sft.progress import say
from artifact.sft.run_data import Chosen, Example, choose, encode
from artifact.sft.run_folder import Identity, LossAt, Record, Run, Training
from artifact.sft.spec import Spec


@dataclass(frozen=True, slots=True)
class Prepared:
    """A spec with all that its hash needs."""

    identity: Identity
    chosen: Chosen
    weights: loading.Weights

    @property
    def run(self) -> Run:
        return Run(paths.RUNS / self.identity.hash)


def prepare(spec: Spec) -> Prepared:
    """Draw the data, find the weights, and name the run.

    Raises:
        InputError: if either can't be had, or the machine can't hold the model.
    """
    chosen = choose(spec)
    weights = loading.weights(spec.model)
    numerics = loading.numerics()
    loading.require_memory(registry.entry(spec.model), numerics, quantise=spec.lora.quantise)
    return Prepared(
        run_folder.identity(spec, chosen.sha256, weights.sha256, numerics), chosen, weights
    )


def train(spec: Spec) -> Run:
    """Train `spec`, or go on where it stopped, or find it done.

    Raises:
        InputError: if the spec can't be run here, or memory runs out.
        CheckError: if another process trains it.
    """
    prepared = prepare(spec)
    run = prepared.run
    with run.held():
        if not _is_trained(run):
            with out_of_memory.as_input_error("optimisation.batch"):
                _train(prepared, run)
    return run


def _is_trained(run: Run) -> bool:
    return (run.folder / run_folder.RECORD).is_file() and run.record.training is not None


def _train(prepared: Prepared, run: Run) -> None:
    spec, weights = prepared.identity.spec, prepared.weights
    started = time.monotonic()
    tokenizer = loading.load_tokenizer(weights)
    encoded = encode(tokenizer, datasets.get(spec.dataset), prepared.chosen.train)
    examples = [it for it in encoded if len(it) <= spec.optimisation.max_length]
    too_long = len(encoded) - len(examples)
    if not examples:
        raise InputError(f"all {len(encoded)} examples are longer", field="optimisation.max_length")
    if too_long:
        limit = f"{spec.optimisation.max_length} tokens"
        counted = f"{too_long} of {len(encoded)} examples"
        say(f"{spec.name}: {counted} are longer than {limit} and left out")
    model = _adapted_model(prepared)
    checkpoints = run.folder / "checkpoints"
    worker = trainer.build(spec, model, tokenizer, examples, checkpoints)
    worker.train(resume_from_checkpoint=trainer.last_whole(checkpoints))
    with replacing(run.folder / run_folder.ADAPTER) as folder:
        model.save_pretrained(str(folder))
    training = Training(
        **_sizes(examples),
        too_long=too_long,
        left_out=tuple(it.reason for it in prepared.chosen.left_out),
        trainable=sum(p.numel() for p in model.parameters() if p.requires_grad),
        curve=tuple(
            LossAt(step=row["step"], epoch=row["epoch"], loss=row["loss"])
            for row in worker.state.log_history
            if "loss" in row
        ),
        seconds=round(time.monotonic() - started, 1),
        peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )
    run.write(_record(prepared, training))
    shutil.rmtree(checkpoints, ignore_errors=True)


def _adapted_model(prepared: Prepared) -> Any:
    """The spec's model with fresh adapters, drawn by its seed."""
    spec, numerics = prepared.identity.spec, prepared.identity.numerics
    set_seed(spec.seed)
    model = loading.load_model(
        prepared.weights,
        dtype=getattr(torch, numerics.dtype),
        device=numerics.device,
        quantise=spec.lora.quantise,
    )
    model.config.use_cache = False
    return adapted(model, spec.lora)


def _sizes(examples: Sequence[Example]) -> dict[str, Any]:
    """How many examples, and how many tokens they have."""
    target = sum(len(it.target) for it in examples)
    prompts = sum(len(it.prompt) for it in examples)
    return {
        "examples": len(examples),
        "tokens": target + prompts,
        "target_tokens": target,
        "mean_target_tokens": target / len(examples),
        "mean_prompt_tokens": prompts / len(examples),
        "longest": max(map(len, examples)),
    }


def _record(prepared: Prepared, training: Training) -> Record:
    return Record(
        run=prepared.identity.hash,
        **{name: getattr(prepared.identity, name) for name in Identity.model_fields},
        model_revision=prepared.weights.revision,
        provenance=provenance.collect(run_folder.LIBRARIES),
        training=training,
    )
