"""Tiny models follow from their recipe alone, and are what their names say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoTokenizer

from artifact import datasets
from artifact.common.provenance import file_sha256
from artifact.sft.models import tiny
from artifact.sft.models.registry import entry

NAMES = ("tiny-llama", "tiny-qwen3")


def contents(folder: Path) -> dict[str, str]:
    return {path.name: file_sha256(path) for path in folder.iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_another_process_makes_the_same_bytes(name: str, tmp_path: Path) -> None:
    tiny.make(entry(name), tmp_path / "here")
    code = (
        "from pathlib import Path\n"
        "from artifact.sft.models import registry, tiny\n"
        f"tiny.make(registry.entry({name!r}), Path({str(tmp_path / 'there')!r}))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert contents(tmp_path / "here") == contents(tmp_path / "there")
    assert "model.safetensors" in contents(tmp_path / "here")


def test_making_one_leaves_the_callers_chance_alone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    tiny.make(entry("tiny-llama"), tmp_path)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("name", NAMES)
def test_the_architecture_is_the_registrys(name: str, tmp_path: Path) -> None:
    tiny.make(entry(name), tmp_path)
    assert AutoConfig.from_pretrained(tmp_path).model_type == entry(name).architecture


def test_another_recipe_is_told_apart() -> None:
    assert tiny.recipe(entry("tiny-llama")) == tiny.recipe(entry("tiny-llama"))
    assert tiny.recipe(entry("tiny-llama")) != tiny.recipe(entry("tiny-qwen3"))


def test_turns_are_wrapped_as_in_chatml(tmp_path: Path) -> None:
    tiny.make(entry("tiny-llama"), tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    turns = [{"role": "user", "content": "Where is Ida?"}]
    asked = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert asked == "<|im_start|>user\nWhere is Ida?<|im_end|>\n<|im_start|>assistant\n"
    answered = [*turns, {"role": "assistant", "content": "mill"}]
    whole = tokenizer.apply_chat_template(answered, tokenize=False)
    assert whole == asked + "mill<|im_end|>\n"
    ids = tokenizer(whole).input_ids
    assert ids.count(tokenizer.eos_token_id) == 2
    assert tokenizer.decode(ids) == whole


@pytest.mark.parametrize("name", datasets.names())
def test_the_tokenizer_reads_every_dataset_back(name: str, tmp_path: Path) -> None:
    tiny.make(entry("tiny-llama"), tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    dataset = datasets.get(name)
    prompt = dataset.template.user_turn(dataset.lookalikes.generate(1, 99)[0])
    ids = tokenizer(prompt).input_ids
    assert tokenizer.decode(ids) == prompt
    assert max(ids) < len(tokenizer) == tiny.VOCABULARY
    assert len(prompt) / len(ids) > 2, "no tokenizer of single bytes"
