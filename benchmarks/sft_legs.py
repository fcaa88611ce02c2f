"""The legs of the speed benchmark: each is a process of its own, on the processor alone.

    python benchmarks/sft_legs.py LEG OPTIONS

OPTIONS is JSON; what was measured is printed as one line of JSON. A process of its own gives each
leg a fresh allocator, a peak of memory of its own, and libraries that no other leg has patched.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import torch
from datasets import Dataset as HubDataset
from peft import LoraConfig
from peft.tuners.lora import layer as peft_lora
from transformers import DynamicCache, TrainerCallback, trainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from artifact import datasets
from artifact.common import paths
from artifact.sft import generate
from artifact.sft.kernels import attention, heap, lora
from artifact.sft.kernels.length_buckets import LengthBuckets, batches
from artifact.sft.kernels.memory import Budget
from artifact.sft.models import loading
from artifact.sft.run_data import Example, encode, problem_set, prompt
from artifact.sft.spec import Spec, resolve
from artifact.sft.train import train as train_run
from artifact.sft.trainer import IGNORED, TraceTrainer

ORDERS = 200
"""Random orders over which the default trainer's padding is averaged."""


class Clock(TrainerCallback):
    """When each step ended, and its loss. Every trainer of this process has it, ours and TRL's."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.ends: list[float] = []
        self.losses: list[float] = []

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self.ends.append(self._now())

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.ends.append(self._now())

    def on_log(self, *_: Any, logs: dict[str, float], **__: Any) -> None:
        if "loss" in logs:
            self.losses.append(logs["loss"])

    def measured(self) -> dict[str, Any]:
        """Seconds by step, losses, and the process's peak so far."""
        seconds = [end - start for start, end in zip(self.ends, self.ends[1:], strict=False)]
        return {"seconds": seconds, "losses": self.losses, "peak_bytes": peak_bytes()}


def peak_bytes() -> int:
    """The process's largest resident memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def clocked(now: Callable[[], float] = time.perf_counter) -> Clock:
    """A clock that every trainer made from now on has."""
    clock = Clock(now)
    trainer.DEFAULT_CALLBACKS.append(clock)
    return clock


def ours(spec: Spec, folder: Path) -> dict[str, Any]:
    """The project's own training, through the function that ``artifact train`` calls."""
    clock = clocked()
    paths.RUNS = folder
    run = train_run(spec)
    return {"run": str(run.folder), "threads": torch.get_num_threads(), **clock.measured()}


def plain(spec: Spec, folder: Path, checkpointing: bool, adapter_seed: int) -> dict[str, Any]:
    """TRL's SFTTrainer as it comes, on the same examples in the same order."""
    weights = loading.weights(spec.model)
    tokenizer = loading.load_tokenizer(weights)
    examples = ordered(spec)
    how = spec.optimisation
    settings: dict[str, Any] = {
        "num_train_epochs": how.epochs,
        "per_device_train_batch_size": how.batch,
        "learning_rate": how.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": how.warmup,
        "seed": adapter_seed,
        "train_sampling_strategy": "sequential",  # the examples are in our trainer's order
        "use_cpu": True,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
    }
    if not checkpointing:
        settings["gradient_checkpointing"] = False
    if loading.numerics().dtype == "float32":
        settings["bf16"] = False  # its default is emulated there: a step takes minutes
    clock = clocked()
    SFTTrainer(
        model=weights.path,
        args=SFTConfig(output_dir=str(folder), **settings),
        train_dataset=HubDataset.from_dict(
            {
                "input_ids": [it.prompt + it.target for it in examples],
                "labels": [(IGNORED,) * len(it.prompt) + it.target for it in examples],
            }
        ),
        processing_class=tokenizer,
        peft_config=LoraConfig(
            r=spec.lora.rank,
            lora_alpha=spec.lora.alpha,
            lora_dropout=spec.lora.dropout,
            target_modules=list(spec.lora.projections),
            task_type="CAUSAL_LM",
        ),
    ).train()
    return {"settings": settings, **clock.measured()}


def ordered(spec: Spec) -> list[Example]:
    """The examples in the order in which our trainer takes them in its first epoch."""
    tokenizer = loading.load_tokenizer(loading.weights(spec.model))
    examples = encode(tokenizer, datasets.get(spec.dataset), problem_set(spec).train)
    order = LengthBuckets([len(it) for it in examples], spec.optimisation.batch, spec.seed)
    return [examples[index] for index in order]


def work(spec: Spec, warm_up: int) -> dict[str, Any]:
    """Tokens of the timed steps, the number type, and the share of padding in either order."""
    examples, batch = ordered(spec), spec.optimisation.batch
    timed = examples[warm_up * batch :]
    lengths = [len(it) for it in timed]
    shuffled = [Random(seed).sample(examples, len(examples)) for seed in range(ORDERS)]
    return {
        "tokens": sum(lengths),
        "dtype": loading.numerics().dtype,
        "padding": {
            "bucketed": padding(examples, batch),
            "random": sum(padding(order, batch) for order in shuffled) / ORDERS,
        },
    }


def padding(examples: list[Example], batch: int) -> float:
    """Share of all positions that only fill batches up."""
    parts = [examples[start : start + batch] for start in range(0, len(examples), batch)]
    positions = sum(len(rows) * max(map(len, rows)) for rows in parts)
    return 1 - sum(map(len, examples)) / positions


def generation(spec: Spec, folder: Path, singles: int) -> dict[str, Any]:
    """The test problems in batches, then some of them one by one, with the model of `folder`."""
    run = generate.Run(folder)
    model, tokenizer = generate.load(run)
    dataset = datasets.get(spec.dataset)
    prompts = [prompt(tokenizer, dataset, problem) for problem in problem_set(run.record.spec).test]
    order = batches(prompts, spec.decoding.batch)
    brief = spec.model_copy(
        update={"decoding": spec.decoding.model_copy(update={"max_new_tokens": 4})}
    )
    generate.complete(model, tokenizer, [prompts[i] for i in order[0]], brief)
    answers, start = {}, time.perf_counter()
    for batch in order:
        texts = generate.complete(model, tokenizer, [prompts[i] for i in batch], spec)
        answers |= dict(zip(batch, texts, strict=True))
    seconds, peak = time.perf_counter() - start, peak_bytes()
    by_length = [i for batch in order for i in batch]
    chosen = [by_length[(2 * k + 1) * len(by_length) // (2 * singles)] for k in range(singles)]
    generate.complete(model, tokenizer, [prompts[chosen[0]]], brief)
    start = time.perf_counter()
    alone = {i: generate.complete(model, tokenizer, [prompts[i]], spec)[0] for i in chosen}
    return {
        "problems": len(prompts),
        "batch": spec.decoding.batch,
        "max_new_tokens": spec.decoding.max_new_tokens,
        "tokens": sum(it.tokens for it in answers.values()),
        "seconds": seconds,
        "truncated": sum(it.truncated for it in answers.values()),
        "single_problems": singles,
        "single_tokens": sum(it.tokens for it in alone.values()),
        "single_seconds": time.perf_counter() - start,
        "same": sum(alone[i].text == answers[i].text for i in chosen),
        "peak_bytes": peak,
    }


def memory(spec: Spec, folder: Path) -> dict[str, Any]:
    """Train a whole spec, and look at the process."""
    paths.RUNS = folder
    training = train_run(spec).record.training
    assert training is not None
    return {
        "variant": spec.variant,
        "examples": training.examples,
        "epochs": spec.optimisation.epochs,
        "longest": training.longest,
        "peak_bytes": peak_bytes(),
    }


def kernel(spec: Spec, folder: Path, dtype: str, without: str | None) -> dict[str, float]:
    """Train and generate without one kernel.

    Returns:
        Processor seconds per optimiser step (the first left out) and per generated token, and the
        peak of memory in bytes.
    """
    here = loading.numerics().model_copy(update={"dtype": dtype})
    loading.numerics = lambda: here
    if without is not None:
        WITHOUT[without]()
    clock = clocked(time.process_time)
    paths.RUNS = folder
    run = train_run(spec)
    start = time.process_time()
    seconds = clock.measured()["seconds"][1:]
    run = generate.generate(run)
    taken = time.process_time() - start
    return {
        "training": sum(seconds) / len(seconds),
        "generation": taken / sum(it.tokens for it in run.predictions),
        "peak_bytes": peak_bytes(),
    }


def without_lora() -> None:
    lora.MixedLinear = peft_lora.Linear


def without_loss() -> None:
    """The library's loss, with the same budget of activations."""

    def compute_loss(
        self: Any, model: Any, inputs: dict[str, Any], *more: Any, **named: Any
    ) -> Any:
        if self.budget is not None:
            self.budget.fit(inputs["input_ids"].numel())
        return SFTTrainer.compute_loss(self, model, inputs, *more, **named)

    TraceTrainer.compute_loss = compute_loss


def without_attention() -> None:
    attention.NAME = "sdpa"


def without_cache() -> None:
    generate.growing_cache = DynamicCache


def without_length_buckets() -> None:
    """Examples in random order, prompts in the order drawn."""
    del TraceTrainer._get_train_sampler
    generate.batches = lambda prompts, size: [
        list(range(start, min(start + size, len(prompts))))
        for start in range(0, len(prompts), size)
    ]


def without_memory() -> None:
    """All activations are kept."""
    Budget.__init__ = lambda self, *given, **named: None
    Budget.fit = lambda self, tokens: 0


def without_heap() -> None:
    """Freed blocks are kept as glibc sees fit, and compiled products as oneDNN does."""
    heap.stay_small = lambda: None


WITHOUT = {
    "lora": without_lora,
    "loss": without_loss,
    "attention": without_attention,
    "cache": without_cache,
    "length_buckets": without_length_buckets,
    "memory": without_memory,
    "heap": without_heap,
}
"""By kernel: puts the library's own way in its place, in this process."""

LEGS = {"ours": ours, "plain": plain, "work": work, "generation": generation, "memory": memory}
LEGS["kernel"] = kernel


def main() -> None:
    """Run the leg that the command line names."""
    leg, options = sys.argv[1], json.loads(sys.argv[2])
    options["spec"] = resolve(options["spec"])
    if "folder" in options:
        options["folder"] = Path(options["folder"])
    print(json.dumps(LEGS[leg](**options)))


if __name__ == "__main__":
    main()
