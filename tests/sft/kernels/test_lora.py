"""Adapters computed in the activations' dtype are PEFT's, and they alone are trained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import Linear as PeftLinear
from torch import nn
from transformers import AutoModelForCausalLM, LlamaConfig

from artifact.common.errors import InputError
from artifact.sft.kernels.lora import MixedLinear, adapted, reloaded, save
from artifact.sft.models import loading
from artifact.sft.spec import PROJECTIONS, Lora

LORA = Lora(rank=4, alpha=8, dropout=0.0)
TINY = ("tiny-llama", "tiny-qwen3")


def tiny(name: str = "tiny-llama", dtype: torch.dtype = torch.float32) -> Any:
    return loading.load_model(loading.weights(name), dtype=dtype)


def layers(model: nn.Module) -> Iterator[Any]:
    return (module for module in model.modules() if isinstance(module, PeftLinear))


def moved(model: nn.Module) -> Any:
    """`model` with adapters that do something: fresh ones add nothing."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for layer in layers(model):
            weight = layer.lora_B["default"].weight
            weight.copy_(torch.randn(weight.shape, generator=generator) / 10)
    return model


def pair(bias: bool, dropout: float) -> tuple[Any, Any]:
    """One linear layer with equal adapters: ours, and PEFT's own."""
    torch.manual_seed(0)
    both = []
    for kind in (MixedLinear, PeftLinear):
        torch.manual_seed(1)
        base = nn.Linear(12, 20, bias=bias)
        config = LoraConfig(r=3, lora_alpha=5, lora_dropout=dropout)
        both.append(moved(kind(base, "default", config, r=3, lora_alpha=5)))
    return both[0], both[1]


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shape", [(2, 7, 12), (5, 12), (12,)])
def test_in_float32_it_is_pefts_own_layer(bias: bool, shape: tuple[int, ...]) -> None:
    ours, theirs = pair(bias, 0.0)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    inputs = [x.clone().requires_grad_() for _ in range(2)]
    outs = [layer(each) for layer, each in zip((ours, theirs), inputs, strict=True)]
    torch.testing.assert_close(outs[0], outs[1], rtol=1e-5, atol=1e-6)
    for out in outs:
        out.square().sum().backward()
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad, rtol=1e-5, atol=1e-5)
    for name in ("lora_A", "lora_B"):
        one, other = (getattr(layer, name)["default"].weight.grad for layer in (ours, theirs))
        assert one.abs().sum() > 0
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def test_dropout_is_of_the_adapters_input_in_training_alone() -> None:
    ours, theirs = pair(False, 0.5)
    x = torch.randn(4, 12, generator=torch.Generator().manual_seed(2))
    outs = []
    for layer in (ours, theirs):
        torch.manual_seed(5)
        outs.append(layer.train()(x))
    torch.testing.assert_close(outs[0], outs[1], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x), rtol=1e-5, atol=1e-6)
    assert not torch.allclose(ours(x), outs[0])


def test_switched_off_or_merged_it_leaves_the_work_to_peft() -> None:
    ours, theirs = pair(True, 0.0)
    x = torch.randn(4, 12, generator=torch.Generator().manual_seed(2))
    adapting = ours(x)
    for layer in (ours, theirs):
        layer.enable_adapters(False)
    torch.testing.assert_close(ours(x), ours.base_layer(x))
    ours.enable_adapters(True)
    ours.merge()
    torch.testing.assert_close(ours(x), adapting, rtol=1e-5, atol=1e-5)


def test_in_bfloat16_nothing_is_upcast() -> None:
    model = adapted(tiny(dtype=torch.bfloat16), LORA)
    layer = next(layers(model))
    out = layer(torch.randn(2, 3, 64, dtype=torch.bfloat16))
    assert out.dtype == torch.bfloat16
    out.float().sum().backward()
    assert layer.lora_B["default"].weight.grad.dtype == torch.float32


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_adapters_are_float32_and_they_alone_are_trained(name: str, dtype: torch.dtype) -> None:
    model = adapted(tiny(name, dtype), LORA)
    for parameter, weight in model.named_parameters():
        is_adapter = ".lora_" in parameter
        assert weight.requires_grad == is_adapter
        assert weight.dtype == (torch.float32 if is_adapter else dtype)
    made = list(layers(model))
    assert len(made) == 2 * len(PROJECTIONS)
    assert all(isinstance(layer, MixedLinear) for layer in made)


def test_the_projections_named_get_one_each_of_the_rank_and_scale_given() -> None:
    lora = Lora(rank=3, alpha=12, dropout=0.25, projections=("q_proj", "up_proj"))
    made = list(layers(adapted(tiny(), lora)))
    assert len(made) == 2 * 2
    assert {layer.lora_A["default"].out_features for layer in made} == {3}
    assert {layer.scaling["default"] for layer in made} == {4}
    assert {layer.lora_dropout["default"].p for layer in made} == {0.25}


@pytest.mark.parametrize("name", TINY)
def test_a_whole_model_computes_what_it_does_with_pefts_own(name: str) -> None:
    torch.manual_seed(0)
    ours = moved(adapted(tiny(name), LORA))
    torch.manual_seed(0)
    config = LoraConfig(r=4, lora_alpha=8, target_modules=list(PROJECTIONS), task_type="CAUSAL_LM")
    with pytest.warns(FutureWarning, match="is_gradient_checkpointing"):
        theirs = moved(get_peft_model(tiny(name), config))
    ids = torch.randint(3, 900, (2, 9), generator=torch.Generator().manual_seed(0))
    logits = [model(input_ids=ids).logits for model in (ours, theirs)]
    torch.testing.assert_close(logits[0], logits[1], rtol=1e-4, atol=1e-4)


def test_saved_reloaded_and_merged_it_computes_the_same(tmp_path: Path) -> None:
    model = moved(adapted(tiny(), LORA))
    ids = torch.randint(3, 900, (2, 9), generator=torch.Generator().manual_seed(0))
    logits = model(input_ids=ids).logits
    model.save_pretrained(str(tmp_path / "adapter"))
    again: Any = reloaded(tiny(), tmp_path / "adapter")
    assert not any(isinstance(layer, MixedLinear) for layer in layers(again))
    torch.testing.assert_close(again(input_ids=ids).logits, logits, rtol=1e-4, atol=1e-4)
    merged = again.merge_and_unload()
    assert list(layers(merged)) == []
    torch.testing.assert_close(merged(input_ids=ids).logits, logits, rtol=1e-4, atol=1e-4)


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"


def test_equal_adapters_are_equal_files_wherever_they_are_saved(tmp_path: Path) -> None:
    adapted_to = ["v_proj", "q_proj", "up_proj", "k_proj", "o_proj"]
    for folder, named in (("one", adapted_to), ("other", adapted_to[::-1])):
        torch.manual_seed(0)
        model = adapted(tiny(), LORA.model_copy(update={"projections": tuple(named)}))
        model.base_model.model.config._name_or_path = str(tmp_path / folder)
        save(model, "tiny", tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == [CONFIG, WEIGHTS]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    fields = json.loads((tmp_path / "one" / CONFIG).read_text(encoding="utf-8"))
    assert fields["target_modules"] == sorted(adapted_to)
    assert fields["base_model_name_or_path"] == "tiny"


WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (WEIGHTS, POINTER, f"{WEIGHTS}: is a Git LFS pointer, not the file itself; run `git lfs"),
        (CONFIG, POINTER, f"{CONFIG}: is a Git LFS pointer"),
        (WEIGHTS, b"", "adapter: is not an adapter of this model"),
        (WEIGHTS, b"<html>Sign in</html>", "adapter: is not an adapter of this model"),
        (WEIGHTS, None, "adapter: is not an adapter of this model"),
        (CONFIG, b"{", "adapter: is not an adapter of this model"),
        (CONFIG, b"{}", "adapter: is not an adapter of this model"),
    ],
)
def test_an_adapter_that_is_not_what_was_saved_is_one_line(
    file: str, content: bytes | None, said: str, tmp_path: Path
) -> None:
    folder = tmp_path / "adapter"
    adapted(tiny(), LORA).save_pretrained(str(folder))
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    with pytest.raises(InputError) as caught:
        reloaded(tiny(), folder)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(tmp_path))


def test_an_adapter_that_broke_off_or_is_of_another_model_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    adapted(tiny(), LORA).save_pretrained(str(folder))
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[:-100])
    with pytest.raises(
        InputError, match=r"is not an adapter of this model \(.*; train the run's spec"
    ):
        reloaded(tiny(), folder)
    (folder / WEIGHTS).write_bytes(whole)
    other = AutoModelForCausalLM.from_config(
        LlamaConfig(
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            vocab_size=90,
        )
    )
    with pytest.raises(InputError, match=r"is not an adapter of this model \(.*…\); train"):
        reloaded(other, folder)


def test_an_adapter_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no adapter; train the run's spec here"):
        reloaded(tiny(), tmp_path / "adapter")
