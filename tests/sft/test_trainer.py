"""The loss is the target's, batches are padded little, and a torn checkpoint counts for nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - its name everywhere
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from artifact.sft import trainer
from artifact.sft.models import loading
from artifact.sft.run_data import Example
from artifact.sft.run_folder import Numerics
from artifact.sft.spec import Spec
from artifact.sft.train import train
from artifact.sft.trainer import IGNORED

FP32 = Numerics(device="cpu", dtype="float32", threads=1)


def test_the_loss_is_of_the_target_alone_per_token_of_the_step(
    small: Callable[..., Spec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "numerics", lambda: FP32)
    seen: list[tuple[float, int]] = []
    compute = trainer.TraceTrainer.compute_loss

    def watched(self: Any, model: Any, inputs: dict[str, Any], **more: Any) -> torch.Tensor:
        loss = compute(self, model, inputs, **more)
        with torch.no_grad():
            logits = model(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
            ).logits[:, :-1]
        labels = inputs["labels"][:, 1:]
        total = F.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="sum"
        )
        seen.append((total.item(), int((labels != IGNORED).sum())))
        return loss

    monkeypatch.setattr(trainer.TraceTrainer, "compute_loss", watched)
    run = train(
        small(train=12, lora={"dropout": 0.0}, optimisation={"epochs": 1, "accumulation": 2})
    )
    record = run.record.training
    assert record is not None
    # Three batches make two steps: of two batches, and of what is left.
    steps = [seen[:2], seen[2:]]
    expected = [sum(total for total, _ in it) / sum(n for _, n in it) for it in steps]
    assert [point.loss for point in record.curve] == pytest.approx(expected, rel=1e-4)
    assert sum(n for _, n in seen) == record.target_tokens


@pytest.mark.parametrize("accumulation", [1, 2])
def test_a_batch_that_is_read_in_parts_has_the_same_loss_and_gradients(
    small: Callable[..., Spec],
    monkeypatch: pytest.MonkeyPatch,
    runs_folder: Path,
    accumulation: int,
) -> None:
    monkeypatch.setattr(loading, "numerics", lambda: FP32)
    passes: list[tuple[int, ...]] = []
    gradients: list[list[torch.Tensor]] = []
    compute, step = trainer.TraceTrainer.compute_loss, torch.optim.AdamW.step

    def watched(self: Any, model: Any, inputs: dict[str, Any], **more: Any) -> torch.Tensor:
        passes.append(tuple(inputs["input_ids"].shape))
        assert inputs["attention_mask"].any(0).all(), "no column is padding alone"
        return compute(self, model, inputs, **more)

    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        gradients.append([p.grad.clone() for it in self.param_groups for p in it["params"]])
        return step(self, *args, **kwargs)

    monkeypatch.setattr(trainer.TraceTrainer, "compute_loss", watched)
    monkeypatch.setattr(torch.optim.AdamW, "step", noted)
    how = {"epochs": 1, "batch": 6, "accumulation": accumulation}
    found = []
    for tokens in (None, 400):
        spec = small(train=12, lora={"dropout": 0.0}, optimisation=how | {"tokens": tokens})
        passes.clear(), gradients.clear()
        training = train(spec).record.training
        assert training is not None
        found.append(([point.loss for point in training.curve], list(gradients), list(passes)))
    (whole, sums, at_once), (parts, summed, in_parts) = found
    assert len(at_once) == 2 < len(in_parts)
    assert sum(rows for rows, _ in at_once) == sum(rows for rows, _ in in_parts) == 12
    assert all(rows == 1 or rows * longest <= 400 for rows, longest in in_parts)
    assert parts == pytest.approx(whole, rel=1e-5)
    for one, other in zip(sums[0], summed[0], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)
    assert any(gradient.abs().sum() > 0 for gradient in sums[0])


def test_labels_are_the_targets_and_nothing_else() -> None:
    examples = [Example((5, 6, 7), (8, 2)), Example((5,), (9, 9, 9, 9, 2))]
    batch = DataCollatorForLanguageModeling(pad_token_id=0)(
        [*trainer._columns(examples, "assistant")]
    )
    assert batch["input_ids"].tolist() == [[5, 6, 7, 8, 2, 0], [5, 9, 9, 9, 9, 2]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1, 1, 0], [1] * 6]
    none = IGNORED
    assert batch["labels"].tolist() == [[none, none, none, 8, 2, none], [none, 9, 9, 9, 9, 2]]


def test_of_several_checkpoints_the_last_whole_one_counts(tmp_path: Path) -> None:
    for step, whole in ((2, True), (10, True), (8, True), (12, False)):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if whole:
            (tmp_path / f"checkpoint-{step}" / trainer.DONE).touch()
    assert trainer.last_whole(tmp_path) == str(tmp_path / "checkpoint-10")
    assert not (tmp_path / "checkpoint-12").exists()
    assert trainer.last_whole(tmp_path / "nowhere") is None
