"""Training teaches, costs nothing the second time, and comes to the same however often killed."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from artifact import datasets
from artifact.common.errors import InputError
from artifact.sft import run_folder, trainer
from artifact.sft.models import loading, out_of_memory
from artifact.sft.run_data import Example, encode, problem_set
from artifact.sft.run_folder import Numerics, Run
from artifact.sft.spec import Spec
from artifact.sft.train import prepare, train

SpecOf = Callable[..., Spec]
FP32 = Numerics(device="cpu", dtype="float32", threads=1)
WEIGHTS = "adapter/adapter_model.safetensors"


def losses(run: Run) -> list[float]:
    record = run.record.training
    assert record is not None
    return [point.loss for point in record.curve]


# What is learned


@pytest.mark.parametrize("model", ["tiny-llama", "tiny-qwen3"])
def test_adapters_move_and_the_loss_falls(small: SpecOf, model: str) -> None:
    spec = small(model=model, variant="vanilla", lora={"dropout": 0.0}, optimisation={"epochs": 4})
    run = train(spec)
    moved = load_file(run.folder / WEIGHTS)
    assert all(weight.abs().sum() > 0 for name, weight in moved.items() if "lora_B" in name)
    assert sum("lora_B" in name for name in moved) == 2 * len(spec.lora.projections)
    first, last = losses(run)[:4], losses(run)[-4:]
    assert sum(last) < 0.8 * sum(first)


def test_the_record_counts_what_was_learned(answered: Run) -> None:
    record = answered.record
    chosen = problem_set(record.spec)
    assert record.test_sha256 == chosen.test_sha256
    tokenizer = loading.load_tokenizer(loading.weights(record.spec.model))
    examples = encode(tokenizer, datasets.get("babi"), chosen.train)
    found = record.training
    assert found is not None
    assert (found.examples, found.too_long, found.left_out) == (16, 0, ())
    assert found.tokens == sum(map(len, examples))
    assert found.target_tokens == sum(len(it.target) for it in examples)
    assert found.mean_target_tokens == found.target_tokens / 16
    assert found.mean_prompt_tokens == (found.tokens - found.target_tokens) / 16
    assert found.longest == max(map(len, examples))
    adapter = load_file(answered.folder / WEIGHTS)
    assert found.trainable == sum(weight.numel() for weight in adapter.values())
    assert [point.step for point in found.curve] == list(range(1, 9))
    assert [point.epoch for point in found.curve] == [step / 4 for step in range(1, 9)]
    assert found.peak_bytes > 10**8


# What is too long


def test_what_is_too_long_is_left_out_whole_and_counted(
    small: SpecOf,
    answered: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tokenizer = loading.load_tokenizer(loading.weights("tiny-llama"))
    examples = encode(tokenizer, datasets.get("babi"), problem_set(small()).train)
    lengths = sorted(map(len, examples))
    trained: list[Example] = []
    columns = trainer._columns
    monkeypatch.setattr(
        trainer, "_columns", lambda kept, loss: (trained.extend(kept), columns(kept, loss))[1]
    )
    found = train(small(optimisation={"max_length": lengths[9], "epochs": 1})).record.training
    assert found is not None
    assert trained == [it for it in examples if len(it) <= lengths[9]]
    assert (found.examples, found.too_long) == (len(trained), 16 - len(trained))
    assert found.longest == lengths[9]
    assert found.too_long > 0
    said = f"{found.too_long} of 16 examples are longer than {lengths[9]} tokens and left out"
    assert said in capsys.readouterr().err


def test_if_all_is_too_long_there_is_nothing_to_train(small: SpecOf) -> None:
    with pytest.raises(InputError, match=r"field 'optimisation\.max_length': all 16 examples"):
        train(small(optimisation={"max_length": 9}))


@pytest.mark.parametrize("loss", ["assistant", "conversation"])
def test_what_is_cut_loses_its_answer_and_is_counted(
    small: SpecOf,
    runs_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    loss: str,
) -> None:
    tokenizer: Any = loading.load_tokenizer(loading.weights("tiny-llama"))
    whole = encode(tokenizer, datasets.get("babi"), problem_set(small()).train)
    limit = sorted(map(len, whole))[9]
    tables: list[Any] = []
    columns = trainer._columns
    monkeypatch.setattr(
        trainer, "_columns", lambda *given: (tables.append(columns(*given)), tables[-1])[1]
    )
    how = {"max_length": limit, "cut": True, "loss": loss, "epochs": 1}
    found = train(small(optimisation=how)).record.training
    assert found is not None
    (table,) = tables
    learned = [
        tokenizer.decode([it for it in row if it != trainer.IGNORED]) for row in table["labels"]
    ]
    longer = [len(it) > limit for it in whole]
    # With the loss on the conversation a row keeps its prompt; the answer's end is gone in all.
    assert (found.examples, found.too_long, found.cut) == (16, 0, sum(longer))
    assert found.longest == limit
    for text, example, is_cut in zip(learned, whole, longer, strict=True):
        assert text.endswith("</answer><|im_end|>") == (not is_cut)
        assert text.startswith("<|im_start|>user") == (loss == "conversation")
        assert text in tokenizer.decode([*example.prompt, *example.target])
    said = f"{found.cut} of 16 examples are longer than {limit} tokens and cut from the right"
    assert said in capsys.readouterr().err


def test_a_prompt_that_fills_the_limit_leaves_nothing_to_learn(small: SpecOf) -> None:
    """With the loss on the assistant's turn such an example is left out, not trained on nothing."""
    tokenizer = loading.load_tokenizer(loading.weights("tiny-llama"))
    whole = encode(tokenizer, datasets.get("babi"), problem_set(small()).train)
    limit = sorted(len(it.prompt) for it in whole)[9]
    found = train(small(optimisation={"max_length": limit, "cut": True, "epochs": 1}))
    training = found.record.training
    assert training is not None
    assert training.too_long == sum(len(it.prompt) >= limit for it in whole) > 0
    assert training.examples + training.too_long == 16


# What is done once


def test_the_same_spec_is_not_trained_twice(
    small: SpecOf, answered: Run, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = runs_folder / answered.folder.name
    shutil.copytree(answered.folder, kept)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files(kept)}
    monkeypatch.setattr(trainer, "TraceTrainer", None)
    assert train(small()).folder == kept
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files(kept)} == before


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


def test_other_weights_data_or_numerics_are_another_run(
    small: SpecOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = {prepare(small()).identity.hash}
    weights = loading.weights("tiny-llama")
    with monkeypatch.context() as patch:
        other = loading.Weights(weights.name, weights.path, None, "0" * 64)
        patch.setattr(loading, "weights", lambda name: other)
        hashes.add(prepare(small()).identity.hash)
    with monkeypatch.context() as patch:
        patch.setattr(loading, "numerics", lambda: FP32.model_copy(update={"threads": 3}))
        hashes.add(prepare(small()).identity.hash)
    with monkeypatch.context() as patch:
        chosen = problem_set(small(data_seed=5))
        patch.setattr("artifact.sft.train.problem_set", lambda spec: chosen)
        hashes.add(prepare(small()).identity.hash)
    assert len(hashes) == 4
    assert prepare(small()).identity.hash in hashes


def test_a_machine_too_small_is_one_line(small: SpecOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out_of_memory, "memory_bytes", lambda: 10**9)
    with pytest.raises(InputError, match=r"field 'model': tiny-llama needs about .* GB of memory"):
        train(small())


# What is killed


AT_STEP = """
def on_log(self, args, state, control, **_):
    if state.global_step == {}:
        die()
trainer._Telling.on_log = on_log
"""
UNMARKED = """
mark = trainer._Whole.on_save
def on_save(self, args, state, control, **_):
    if state.global_step == {}:
        die()
    mark(self, args, state, control)
trainer._Whole.on_save = on_save
"""
KILLS: list[tuple[str, list[int], list[int]]] = [
    # Code that kills, checkpoints that are marked as whole then, and those that are not.
    (AT_STEP.format(1), [], []),
    ("torch.save = die", [], [2]),
    (AT_STEP.format(3), [2], []),
    (UNMARKED.format(6), [4], [6]),
    ("run_folder.Run.write = die", [6, 8], []),
]


def test_killed_again_and_again_it_comes_to_the_same(
    answered: Run, command: Any, spec_file: Callable[..., Path], runs_folder: Path
) -> None:
    """With dropout, so that the state of chance counts too."""
    assert answered.record.spec.lora.dropout > 0
    run, path, resumed = Run(runs_folder / answered.folder.name), spec_file(), 0
    for sabotage, whole, torn in [*KILLS, ("", [], [])]:
        ended = command("train", path, sabotage=sabotage)
        told = re.findall(r"training: (\d) of 8", ended.err)
        assert not told or int(told[0]) == resumed + 1, "it began where it should not"
        assert ended.code == (-signal.SIGKILL if sabotage else 0), ended.err
        folders = [*(run.folder / "checkpoints").glob("checkpoint-*")]
        marked = {int(it.name.split("-")[1]): (it / trainer.DONE).exists() for it in folders}
        assert marked == dict.fromkeys(whole, True) | dict.fromkeys(torn, False)
        resumed = max(whole, default=0)
    assert losses(run) == losses(answered)
    assert (run.folder / WEIGHTS).read_bytes() == (answered.folder / WEIGHTS).read_bytes()
    assert {path.name for path in run.folder.iterdir()} == {
        ".lock",
        run_folder.RECORD,
        run_folder.ADAPTER,
    }
