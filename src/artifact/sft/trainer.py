"""TRL's SFTTrainer with four differences.

Logits are computed only at positions with a loss, batches hold examples of similar length and are
read in parts where the spec limits their tokens, and no example is truncated unless the spec says
so.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # TRL reports each trainer to the hub

import torch
from datasets import Dataset as HubDataset
from torch.utils.data import Sampler
from transformers import PrinterCallback, TrainerCallback
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from artifact.sft.kernels.length_buckets import LengthBuckets, within
from artifact.sft.kernels.loss import summed_cross_entropy
from artifact.sft.kernels.memory import Budget
from artifact.sft.models import families
from artifact.sft.progress import Progress
from artifact.sft.run_data import Example
from artifact.sft.spec import Loss, Optimisation, Spec

IGNORED = -100
"""Label of positions without a loss, as transformers has it."""

DONE = "whole"
"""Empty file in a checkpoint that was written to its end."""


def build(
    spec: Spec, model: Any, tokenizer: Any, examples: Sequence[Example], checkpoints: Path
) -> TraceTrainer:
    """The trainer of `spec`, ready to train.

    Args:
        model: with its adapter, a PEFT model.
        examples: none longer than `spec` allows, each with a token that has a loss.
        checkpoints: folder for them.
    """
    made = TraceTrainer(
        model=model,
        args=_arguments(spec, checkpoints),
        train_dataset=_columns(examples, spec.optimisation.loss),
        processing_class=tokenizer,
        callbacks=[_Whole(), _Telling(spec.name)],
    )
    made.remove_callback(PrinterCallback)
    made.tokens = spec.optimisation.tokens
    # QLoRA checkpoints every layer, as the release does; a GPU that holds the model keeps all.
    if not spec.lora.quantise and model.device.type == "cpu":
        made.budget = Budget(model.get_base_model(), tokens=made.tokens)
    return made


def _arguments(spec: Spec, folder: Path) -> SFTConfig:
    how: Optimisation = spec.optimisation
    return SFTConfig(
        output_dir=str(folder),
        num_train_epochs=how.epochs,
        per_device_train_batch_size=how.batch,
        gradient_accumulation_steps=how.accumulation,
        learning_rate=how.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=how.warmup,
        optim="paged_adamw_8bit" if spec.lora.quantise else "adamw_torch",
        seed=spec.seed,
        data_seed=spec.seed,
        use_cpu=not torch.cuda.is_available(),
        bf16=False,  # weights and activations have their dtype already; autocast would only cast
        activation_checkpointing=spec.lora.quantise,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        save_strategy="steps",
        save_steps=how.checkpoint_every,
        save_total_limit=2,
        logging_strategy="steps",
        logging_steps=1,
        disable_tqdm=True,
        log_level="error",
        report_to="none",
    )


def _columns(examples: Sequence[Example], loss: Loss) -> HubDataset:
    """The examples as the table that TRL wants: input_ids and labels, not padded."""
    whole = [it.prompt + it.target for it in examples]
    answers = [(IGNORED,) * len(it.prompt) + it.target for it in examples]
    labels = whole if loss == "conversation" else answers
    return HubDataset.from_dict({"input_ids": whole, "labels": labels})


class TraceTrainer(SFTTrainer):
    """SFTTrainer whose loss is computed only at the positions that have one.

    Attributes:
        budget: of activations; None keeps what the arguments say.
        tokens: see `Optimisation`.
    """

    budget: Budget | None = None
    tokens: int | None = None

    def training_step(
        self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Add the gradients of a batch, part by part where it has more than `tokens`; its loss."""
        step: Callable[..., torch.Tensor] = super().training_step
        if self.tokens is None:
            return step(model, inputs, num_items_in_batch)
        if num_items_in_batch is None:
            num_items_in_batch = (inputs["labels"][:, 1:] != IGNORED).sum()
        lengths = inputs["attention_mask"].sum(1).tolist()
        losses = []
        for rows in within(lengths, self.tokens):
            longest = lengths[rows[0]]
            part = {name: tensor[rows, :longest] for name, tensor in inputs.items()}
            losses.append(step(model, part, num_items_in_batch))
        return torch.stack(losses).sum()

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> torch.Tensor:
        """Mean negative log likelihood (nats) per target token of the optimiser step."""
        causal = model.get_base_model()
        if self.budget is not None:
            self.budget.fit(inputs["input_ids"].numel())
        hidden = causal.get_decoder()(
            input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False
        ).last_hidden_state
        labels = inputs["labels"][:, 1:].reshape(-1)
        (at,) = (labels != IGNORED).nonzero(as_tuple=True)
        rows = hidden[:, :-1].reshape(-1, hidden.shape[-1]).index_select(0, at)
        targets = labels.index_select(0, at)
        if families.is_plain_product(causal):
            head = causal.get_output_embeddings().weight
            total = summed_cross_entropy(rows, head, targets)
        else:
            logits = families.logits(causal, rows).float()
            total = torch.nn.functional.cross_entropy(logits, targets, reduction="sum")
        return total / (len(at) if num_items_in_batch is None else num_items_in_batch)

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        rows: Any = self.train_dataset if train_dataset is None else train_dataset
        return LengthBuckets(
            [len(ids) for ids in rows["input_ids"]],
            self.args.per_device_train_batch_size,
            self.args.seed,
        )


class _Whole(TrainerCallback):
    """Marks each checkpoint that was written to its end."""

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        (Path(args.output_dir) / f"checkpoint-{state.global_step}" / DONE).touch()


class _Telling(TrainerCallback):
    """Progress on stderr."""

    def __init__(self, name: str) -> None:
        self._name = name

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._progress = Progress(f"{self._name}: training", state.max_steps, state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if "loss" in logs:
            self._progress.report(state.global_step, f"loss {float(logs['loss']):.3f}, ")


def last_whole(folder: Path) -> str | None:
    """The newest checkpoint that was written to its end; unfinished ones are removed."""
    whole = []
    for path in folder.glob("checkpoint-*"):
        if (path / DONE).is_file():
            whole.append(path)
        else:
            shutil.rmtree(path)
    return str(max(whole, key=lambda path: int(path.name.split("-")[1]))) if whole else None
