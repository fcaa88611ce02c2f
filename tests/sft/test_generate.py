"""Answers do not depend on their batch, on the process, or on how often it was killed."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import GenerationConfig

from artifact import datasets
from artifact.common.errors import CheckError, InputError
from artifact.sft import generate as generation
from artifact.sft import missing_runs, run_folder
from artifact.sft.generate import Generated, complete, generate
from artifact.sft.models import loading
from artifact.sft.run_data import encode, problem_set, prompt
from artifact.sft.run_folder import Run
from artifact.sft.spec import Spec

SpecOf = Callable[..., Spec]
TINY = ("tiny-llama", "tiny-qwen3")
UNTIMED = {"seconds": 0.0}
PROGRESS = re.compile(r"tiny-llama on babi, correct, seed 0: generating: \d of 6, about \d+ s left")


@pytest.fixture
def trained(answered: Run, runs_folder: Path) -> Run:
    """A copy of the run as it was before its first answer, in this test's folder."""
    run = Run(runs_folder / answered.folder.name)
    shutil.copytree(answered.folder, run.folder)
    (run.folder / run_folder.PREDICTIONS).unlink()
    record = run.record.model_copy(update={"generation": None})
    del record.sha256[run_folder.PREDICTIONS]
    run.write(record)
    return run


def predictions(run: Run) -> bytes:
    return (run.folder / run_folder.PREDICTIONS).read_bytes()


def untimed(run: Run) -> Any:
    """What came of generation, but for its time."""
    made = run.record.generation
    assert made is not None
    return made.model_copy(update=UNTIMED)


def asked(spec: Spec) -> list[list[int]]:
    tokenizer = loading.load_tokenizer(loading.weights(spec.model))
    return [prompt(tokenizer, datasets.get(spec.dataset), it) for it in problem_set(spec).test]


# What is asked, and how


def test_each_test_problem_gets_an_answer_and_the_record_counts_them(answered: Run) -> None:
    record, lines = answered.record, answered.predictions
    problems = {it.id: it for it in problem_set(record.spec).test}
    assert sorted(line.id for line in lines) == sorted(problems)
    assert all(line.category == problems[line.id].category for line in lines)
    made = record.generation
    assert made is not None
    assert made.predictions == len(lines) == record.spec.test
    assert made.truncated == sum(line.truncated for line in lines)
    assert made.mean_tokens == sum(line.tokens for line in lines) / len(lines)
    limit = record.spec.decoding.max_new_tokens
    assert all(line.tokens == limit for line in lines if line.truncated)
    assert all(1 <= line.tokens <= limit for line in lines)


def test_the_prompt_is_that_of_training_token_for_token(
    trained: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, ...]] = []

    def listen(model: Any, tokenizer: Any, prompts: Any, spec: Spec, salt: int) -> list[Generated]:
        seen.extend(map(tuple, prompts))
        return [Generated("", 1, False) for _ in prompts]

    monkeypatch.setattr(generation, "complete", listen)
    generate(trained)
    spec = trained.record.spec
    tokenizer = loading.load_tokenizer(loading.weights(spec.model))
    turns = [(problem, "any turn") for problem in problem_set(spec).test]
    learned = encode(tokenizer, datasets.get(spec.dataset), turns)
    assert sorted(seen) == sorted(it.prompt for it in learned)


@pytest.mark.parametrize("model", TINY)
def test_an_answer_is_the_same_in_a_batch_and_alone(small: SpecOf, model: str) -> None:
    spec, weights = small(model=model), loading.weights(model)
    tokenizer = loading.load_tokenizer(weights)
    causal = loading.load_model(weights, dtype=torch.float32)
    prompts = asked(spec)
    assert len({len(it) for it in prompts}) > 1, "nothing is padded"
    together = complete(causal, tokenizer, prompts, spec)
    assert together == [complete(causal, tokenizer, [it], spec)[0] for it in prompts]
    assert len({it.text for it in together}) > 1


class Recorder:
    """A model that says what it is told to, and keeps what it was asked."""

    device = torch.device("cpu")

    def __init__(self, said: list[list[int]]) -> None:
        self._said, self.asked = said, SimpleNamespace()

    def generate(self, ids: torch.Tensor, **given: Any) -> torch.Tensor:
        self.asked = SimpleNamespace(ids=ids.tolist(), **given)
        return torch.cat([ids, torch.tensor(self._said)], dim=1)


def test_prompts_are_padded_on_the_left_and_answers_end_where_they_end(small: SpecOf) -> None:
    tokenizer: Any = loading.load_tokenizer(loading.weights("tiny-llama"))
    mill = tokenizer("mill", add_special_tokens=False)["input_ids"]
    pad, end = tokenizer.pad_token_id, tokenizer.eos_token_id
    ended = [*mill, end, pad]
    cut = (mill * len(ended))[: len(ended)]
    model: Any = Recorder([ended, cut])
    found = complete(model, tokenizer, [[7, 8, 9], [7]], small())
    assert model.asked.ids == [[7, 8, 9], [pad, pad, 7]]
    assert model.asked.attention_mask.tolist() == [[1, 1, 1], [0, 0, 1]]
    assert model.asked.generation_config.do_sample is False
    assert model.asked.generation_config.max_new_tokens == 12
    assert found == [
        Generated("mill", len(mill) + 1, truncated=False),
        Generated(tokenizer.decode(cut), len(cut), truncated=True),
    ]


def test_signs_of_the_tokenizer_stay_in_the_text(small: SpecOf) -> None:
    """What a model wrote is kept as it wrote it: faults are for the scores to see."""
    tokenizer: Any = loading.load_tokenizer(loading.weights("tiny-llama"))
    (start,) = tokenizer("<|im_start|>", add_special_tokens=False)["input_ids"]
    model: Any = Recorder([[start, tokenizer.eos_token_id]])
    assert complete(model, tokenizer, [[7]], small())[0].text == "<|im_start|>"


def test_the_header_of_a_turn_that_the_model_writes_loses_its_signs(small: SpecOf) -> None:
    """As in the release, whose outputs begin with the bare word."""
    tokenizer: Any = loading.load_tokenizer(loading.weights("tiny-llama"))
    text = "<|im_start|>assistant\n<think>Ida.</think>"
    written = tokenizer(text, add_special_tokens=False)["input_ids"]
    model: Any = Recorder([[*written, tokenizer.eos_token_id]])
    bare = small(chat={"generation_prompt": False}, decoding={"max_new_tokens": len(written) + 1})
    (found,) = complete(model, tokenizer, [[7]], bare)
    assert found.text == "assistant\n<think>Ida.</think>"
    assert found.tokens == len(written) + 1


@pytest.mark.parametrize("samples", [True, False])
def test_a_model_can_be_sampled_as_its_own_configuration_says(small: SpecOf, samples: bool) -> None:
    tokenizer: Any = loading.load_tokenizer(loading.weights("tiny-llama"))
    model: Any = Recorder([[tokenizer.eos_token_id]])
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=samples, temperature=0.6, top_k=20, top_p=0.95, max_length=99, eos_token_id=1
    )
    complete(model, tokenizer, [[7]], small(decoding={"model_sampling": True}))
    used = model.asked.generation_config
    assert (used.do_sample, used.temperature, used.top_k, used.top_p) == (samples, 0.6, 20, 0.95)
    assert (used.max_new_tokens, used.max_length) == (12, None)
    assert used.eos_token_id == tokenizer.eos_token_id
    complete(model, tokenizer, [[7]], small())
    assert model.asked.generation_config.do_sample is False


def test_vllm_does_not_sample_as_the_model_says(trained: Run, changed: Any) -> None:
    record = trained.record
    decoding = record.spec.decoding.model_copy(update={"model_sampling": True})
    trained = changed(trained, spec=record.spec.model_copy(update={"decoding": decoding}))
    with pytest.raises(
        InputError, match=r"model_sampling': is not supported with vllm; use --backend"
    ):
        generate(trained, "vllm")


def test_sampling_follows_from_the_seed_and_the_batch(small: SpecOf) -> None:
    weights = loading.weights("tiny-llama")
    tokenizer = loading.load_tokenizer(weights)
    model = loading.load_model(weights, dtype=torch.float32)
    hot, prompts = {"temperature": 1.5, "top_p": 0.9}, asked(small())[:2]

    def texts(salt: int = 0, **change: Any) -> tuple[str, ...]:
        spec = small(**{"decoding": hot, **change})
        return tuple(it.text for it in complete(model, tokenizer, prompts, spec, salt))

    assert texts() == texts()
    others = (texts(salt=1), texts(seed=1), texts(decoding={"temperature": 0.0}))
    assert len({texts(), *others}) == 4
    cold = {"temperature": 1.5, "top_p": 1e-9}
    assert texts(decoding=cold) == texts(decoding={"temperature": 0.0})


def test_a_sampled_run_is_the_same_twice(trained: Run, tmp_path: Path, changed: Any) -> None:
    spec = trained.record.spec
    hot = spec.model_copy(
        update={"decoding": spec.decoding.model_copy(update={"temperature": 1.0})}
    )
    trained = changed(trained, spec=hot)
    other = Run(tmp_path / "copy" / trained.folder.name)
    shutil.copytree(trained.folder, other.folder)
    assert predictions(generate(trained)) == predictions(generate(other))


# What is done once, and what is killed


def test_answers_are_made_once(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(trained)
    before = (trained.folder / run_folder.PREDICTIONS).stat().st_mtime_ns
    monkeypatch.setattr(generation, "load", None)
    generate(trained)
    assert (trained.folder / run_folder.PREDICTIONS).stat().st_mtime_ns == before


def test_reloaded_adapters_answer_as_they_did(trained: Run, answered: Run) -> None:
    assert predictions(generate(trained)) == predictions(answered)
    assert untimed(trained) == untimed(answered)


TORN = """
append, batches = json_lines.JsonLines.append, []
def append_and_die(self, *records):
    append(self, *records)
    batches.append(records)
    if len(batches) == {batch}:
        os.truncate(self._path, self._path.stat().st_size - {cut})
        die()
json_lines.JsonLines.append = append_and_die
"""


@pytest.mark.skipif(os.name != "posix", reason="kills a process as posix does")
def test_killed_at_several_points_it_leaves_the_same_file(
    trained: Run, answered: Run, command: Any
) -> None:
    whole = predictions(answered)
    seen = []
    for sabotage in (
        "generate.complete = die",  # before the first line
        TORN.format(batch=1, cut=9),  # in the last line of the first batch
        TORN.format(batch=2, cut=60),
        "run_folder.Run.write = die",  # after the last line
        "",
    ):
        ended = command("generate", trained.folder.name, sabotage=sabotage)
        assert ended.code == (-signal.SIGKILL if sabotage else 0), ended.err
        path = trained.folder / run_folder.PREDICTIONS
        seen.append(len(path.read_bytes()) if path.exists() else 0)
        assert whole.startswith(path.read_bytes() if path.exists() else b"")
    assert ended.out == f"{path}\n"
    assert all(PROGRESS.fullmatch(line) for line in ended.err.splitlines()), ended.err
    assert 0 == seen[0] < seen[1] < seen[2] < seen[3] == seen[4] == len(whole)
    assert untimed(trained) == untimed(answered)


def less(lines: list[bytes]) -> list[bytes]:
    return [*lines[:1], *lines[2:4]]


LOST = {
    "gone": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-30]),
    "without its first line": lambda path: path.write_bytes(path.read_bytes().partition(b"\n")[2]),
    "in part": lambda path: path.write_bytes(b"".join(less(path.read_bytes().splitlines(True)))),
}


@pytest.mark.parametrize("loss", LOST)
def test_what_was_lost_of_finished_answers_is_made_again_as_it_was(
    answered: Run, runs_folder: Path, loss: str
) -> None:
    run = Run(runs_folder / answered.folder.name)
    shutil.copytree(answered.folder, run.folder)
    LOST[loss](run.folder / run_folder.PREDICTIONS)
    assert missing_runs.finished([run.record.spec]) == {}
    assert predictions(generate(run)) == predictions(answered)
    assert missing_runs.finished([run.record.spec]) == {run.record.spec: run}


@pytest.mark.parametrize("lost", [0, 2])
def test_answers_that_were_changed_are_not_completed(
    answered: Run, runs_folder: Path, lost: int
) -> None:
    run = Run(runs_folder / answered.folder.name)
    shutil.copytree(answered.folder, run.folder)
    path = run.folder / run_folder.PREDICTIONS
    first, *rest = path.read_bytes().splitlines(True)
    changed = first.replace(b'"tokens": 1', b'"tokens": 2').replace(b'"tokens": ', b'"tokens":  ')
    path.write_bytes(b"".join([changed, *rest[lost:]]).replace(b"true", b"false"))
    with pytest.raises(CheckError, match="was changed after it was written; remove it"):
        generate(run)
    path.unlink()
    assert predictions(generate(run)) == predictions(answered)


# What can't be answered


def test_problems_that_changed_since_training_stop_it(trained: Run, changed: Any) -> None:
    trained = changed(trained, data_sha256="0" * 64)
    with pytest.raises(CheckError, match="its problems are not those it was trained on"):
        generate(trained)
    assert not (trained.folder / run_folder.PREDICTIONS).exists()


def test_a_run_that_came_without_its_adapter_is_one_line(trained: Run) -> None:
    shutil.rmtree(trained.folder / run_folder.ADAPTER)
    with pytest.raises(InputError, match="holds no adapter; train the run's spec here"):
        generate(trained)


def test_two_processes_do_not_answer_at_once(trained: Run) -> None:
    with trained.locked(), pytest.raises(CheckError, match="another process is working"):
        generate(trained)
