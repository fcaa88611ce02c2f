"""What is asked of vLLM and how its answers are read, with a stand-in for the library."""

from __future__ import annotations

import importlib.machinery
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from artifact.cli.main import app
from artifact.common import paths, provenance
from artifact.common.errors import CheckError, InputError
from artifact.common.json_lines import JsonLines
from artifact.sft import run_folder, train
from artifact.sft.generate import generate
from artifact.sft.models import loading, vllm_backend
from artifact.sft.run_folder import Identity, Prediction, Record, Run
from artifact.sft.spec import resolve

SPEC = {
    "model": "tiny-llama",
    "dataset": "babi",
    "variant": "correct",
    "recipe": "smoke",
    "n": 40,
    "train": 4,
    "test": 3,
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that counts as trained; the adapter itself is only ever named to vLLM."""
    monkeypatch.setattr(paths, "RUNS", tmp_path)
    prepared = train.prepare(resolve(SPEC))
    identity = prepared.identity
    (prepared.run.folder / run_folder.ADAPTER).mkdir(parents=True)
    prepared.run.write(
        Record(
            run=identity.hash,
            **{name: getattr(identity, name) for name in Identity.model_fields},
            provenance=provenance.collect(),
        )
    )
    return prepared.run


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A stand-in that keeps what it is asked and answers "No." to every prompt.

    Of three answers the first ends with its end token, the second ends but leaves the token out,
    and the third is cut.
    """
    asked = SimpleNamespace(engine=None, sampling=None, adapter=None, prompts=[])

    class LLM:
        def __init__(self, **options: Any) -> None:
            asked.engine = options

        def generate(
            self, prompts: list[dict[str, list[int]]], sampling: Any, lora_request: Any
        ) -> list[SimpleNamespace]:
            asked.prompts += [prompt["prompt_token_ids"] for prompt in prompts]
            asked.sampling, asked.adapter = sampling, lora_request
            tokenizer = loading.load_tokenizer(loading.weights("tiny-llama"))
            text = tokenizer("No.", add_special_tokens=False)["input_ids"]
            ends = [([tokenizer.eos_token_id], "stop"), ([], "stop"), ([], "length")]
            answers = [
                SimpleNamespace(outputs=[SimpleNamespace(token_ids=text + end, finish_reason=why)])
                for end, why in ends
            ]
            before = len(asked.prompts) - len(prompts)
            return answers[before : len(asked.prompts)]

    library, lora, request = (
        ModuleType(name) for name in ("vllm", "vllm.lora", "vllm.lora.request")
    )
    library.__spec__ = importlib.machinery.ModuleSpec("vllm", None)
    library.LLM, library.SamplingParams = LLM, SimpleNamespace  # type: ignore[attr-defined]
    request.LoRARequest = lambda *named: named  # type: ignore[attr-defined]
    for module in (library, lora, request):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    return asked


def test_without_a_gpu_it_is_refused_in_one_line(run: Run) -> None:
    done = CliRunner().invoke(app, ["generate", str(run.folder), "--backend", "vllm"])
    assert isinstance(done.exception, InputError)
    assert str(done.exception) == "field 'backend': vLLM needs a CUDA GPU; leave --backend out"
    assert run.record.backend == "hf"


def test_without_the_library_it_is_refused_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setitem(sys.modules, "vllm", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"vLLM is not installed; pip install '.\[vllm\]'"):
        generate(run, "vllm")


def test_predictions_say_who_made_them(run: Run, vllm: SimpleNamespace) -> None:
    generate(run, "vllm")
    record = run.record
    assert record.backend == "vllm"
    assert record.generation is not None
    assert (record.generation.predictions, record.generation.truncated) == (3, 1)
    assert [(it.prediction, it.truncated) for it in run.predictions] == [
        ("No.", False),
        ("No.", False),
        ("No.", True),
    ]
    first, second, cut = (it.tokens for it in run.predictions)
    assert first == second == cut + 1


def test_vllm_gets_the_run_as_it_was_trained(run: Run, vllm: SimpleNamespace) -> None:
    generate(run, "vllm")
    record = run.record
    end = loading.load_tokenizer(loading.weights("tiny-llama")).eos_token_id
    longest = max(map(len, vllm.prompts))
    assert [len(it) for it in vllm.prompts] == sorted(map(len, vllm.prompts), reverse=True)
    assert vars(vllm.sampling) == {
        "temperature": 0.0,
        "top_p": 1.0,
        "max_tokens": record.spec.decoding.max_new_tokens,
        "stop_token_ids": [end],
        "seed": 0,
        "detokenize": False,
    }
    assert vllm.engine["model"] == loading.weights("tiny-llama").path
    assert vllm.engine["dtype"] == record.numerics.dtype
    assert vllm.engine["quantization"] is None
    assert vllm.engine["max_lora_rank"] == 8
    assert vllm.engine["max_model_len"] == longest + record.spec.decoding.max_new_tokens
    assert vllm.adapter == (record.run, 1, str(run.folder / run_folder.ADAPTER))


def test_four_bit_runs_answer_from_four_bit_weights(
    run: Run, vllm: SimpleNamespace, changed: Any
) -> None:
    run = changed(run, spec=resolve({**SPEC, "lora": {"quantise": True, "rank": 100}}))
    tokenizer = loading.load_tokenizer(loading.weights("tiny-llama"))
    vllm_backend.Engine(run, tokenizer, longest=10)
    assert (vllm.engine["quantization"], vllm.engine["max_lora_rank"]) == ("bitsandbytes", 128)


def test_a_rank_that_vllm_has_no_room_for_is_refused(
    run: Run, vllm: SimpleNamespace, changed: Any
) -> None:
    run = changed(run, spec=resolve({**SPEC, "lora": {"rank": 513}}))
    with pytest.raises(InputError, match="up to rank 512"):
        generate(run, "vllm")


@pytest.mark.parametrize(("began", "asked"), [("hf", "vllm"), ("vllm", "hf")])
def test_predictions_of_two_backends_are_not_mixed(
    run: Run, vllm: SimpleNamespace, began: Any, asked: Any
) -> None:
    run.write(run.record.model_copy(update={"backend": began}))
    line = Prediction(id="1", category="1", prediction="No.", tokens=2, truncated=False)
    JsonLines(run.folder / run_folder.PREDICTIONS).append(line)
    with pytest.raises(CheckError, match=f"started with {began}; finish with --backend {began}"):
        generate(run, asked)
    assert run.record.backend == began


def test_a_record_from_before_backends_were_named_is_read(run: Run) -> None:
    path = run.folder / run_folder.RECORD
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(' "backend": "hf",\n', ""), encoding="utf-8")
    assert "backend" not in path.read_text(encoding="utf-8")
    assert run.record.backend == "hf"
