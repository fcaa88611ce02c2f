"""Four families of models, tiny and in a local folder: asked, trained, answered, forced.

Their chat templates have the particulars of the real ones, shortened: a date and no token to pad
with (Llama), a thinking mode (Qwen3), no system role and an end of turn that is not the
tokenizer's (Gemma), a system message of their own (SmolLM2).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma2Config,
    LlamaConfig,
    Qwen3Config,
)

from artifact import datasets
from artifact.common.errors import InputError
from artifact.sft import missing_runs
from artifact.sft.forced_traces import interventions
from artifact.sft.forcing import force_traces
from artifact.sft.generate import generate
from artifact.sft.kernels.length_buckets import LengthBuckets
from artifact.sft.kernels.lora import adapted
from artifact.sft.models import families, loading, registry, tiny
from artifact.sft.models.registry import entry
from artifact.sft.run_data import encode, problem_set, prompt, prompt_text
from artifact.sft.spec import Chat, Spec, resolve
from artifact.sft.train import prepare, train

SpecOf = Callable[..., Spec]
TURN = "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
ANSWERS = "{% if add_generation_prompt %}<|im_start|>assistant\n"
TEMPLATES = {
    "llama": (
        "<|begin|><|header|>system\n\nToday Date: {{ strftime_now('%d %b %Y') }}\n\n"
        "{% if messages[0].role == 'system' %}{{ messages[0].content }}"
        "{% set messages = messages[1:] %}{% endif %}<|eot|>"
        "{% for m in messages %}<|header|>{{ m.role }}\n\n{{ m.content | trim }}<|eot|>{% endfor %}"
        "{% if add_generation_prompt %}<|header|>assistant\n\n{% endif %}"
    ),
    "qwen3": (
        f"{{% for m in messages %}}{TURN}{{% endfor %}}{ANSWERS}"
        "{% if not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
    ),
    "gemma": (
        "<|begin|>{% if messages[0].role == 'system' %}"
        "{{ raise_exception('System role not supported') }}{% endif %}{% for m in messages %}"
        "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
        "{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
        "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
    ),
    "smollm2": (
        "{% if messages[0].role != 'system' %}<|im_start|>system\nYou help.<|im_end|>\n{% endif %}"
        f"{{% for m in messages %}}{TURN}{{% endfor %}}{ANSWERS}{{% endif %}}"
    ),
}
HEADERS = {
    "llama": "<|header|>assistant\n\n",
    "qwen3": "<|im_start|>assistant\n",
    "gemma": "<start_of_turn>model\n",
    "smollm2": "<|im_start|>assistant\n",
}
ENDS = {"llama": "<|eot|>", "qwen3": "<|im_end|>", "gemma": "<end_of_turn>"} | {
    "smollm2": "<|im_end|>"
}
CAPPED = {"attn_logit_softcapping": 5.0, "final_logit_softcapping": 3.0, "sliding_window": 24}
CONFIGS: dict[str, Any] = {
    "llama": LlamaConfig,
    "qwen3": Qwen3Config,
    "gemma": lambda **shape: Gemma2Config(**shape, **CAPPED, query_pre_attn_scalar=16),
    "smollm2": LlamaConfig,
}
FAMILIES = tuple(TEMPLATES)
SYSTEM = Chat(system="Answer in one word.")


def make(family: str, folder: Path) -> Path:
    """A tiny model of a family in a folder, as ``save_pretrained`` writes it."""
    tiny.make(entry("tiny-llama"), folder)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    more = ["<|begin|>", "<|header|>", "<|eot|>", "<start_of_turn>", "<end_of_turn>"]
    tokenizer.add_tokens(more, special_tokens=True)
    tokenizer.chat_template = TEMPLATES[family]
    if family == "llama":
        tokenizer.pad_token, tokenizer.eos_token = None, "<|eot|>"
    if family == "gemma":
        tokenizer.eos_token = "<|endoftext|>"
    shutil.rmtree(folder)
    shape = tiny.SHAPE | {"vocab_size": len(tokenizer)}
    torch.manual_seed(0)
    model: Any = AutoModelForCausalLM.from_config(CONFIGS[family](**shape), dtype=torch.float32)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model of each family."""
    root = tmp_path_factory.mktemp("own")
    return {family: make(family, root / family) for family in FAMILIES}


@pytest.fixture(params=FAMILIES)
def folder(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Path:
    return folders[request.param]


def tokenizer_of(folder: Path) -> Any:
    return loading.load_tokenizer(loading.weights(str(folder)))


# Chat templates


def test_a_prompt_ends_with_the_header_of_the_answer_and_thinks_nothing(folder: Path) -> None:
    text = prompt_text(tokenizer_of(folder), "Where is Ida?")
    assert text.endswith(HEADERS[folder.name])
    assert text.count("Where is Ida?") == 1
    assert "<think>" not in text


@pytest.mark.parametrize("opened", ["<think>\n", "<think>\n\n</think>\n\n", "<think></think>"])
def test_a_template_that_opens_the_trace_leaves_it_to_the_target(
    folders: dict[str, Path], opened: str
) -> None:
    tokenizer = tokenizer_of(folders["smollm2"])
    tokenizer.chat_template += "{% if add_generation_prompt %}" + opened + "{% endif %}"
    assert prompt_text(tokenizer, "<think>?").endswith(
        "<think>?<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("drops", [False, True])
def test_a_system_message_is_read_whether_or_not_there_is_such_a_role(
    folder: Path, drops: bool
) -> None:
    tokenizer = tokenizer_of(folder)
    if drops:
        tokenizer.chat_template = (
            "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"
        )
    text = prompt_text(tokenizer, "Where is Ida?", SYSTEM)
    assert text.count("Answer in one word.") == 1
    assert text.index("Answer in one word.") < text.index("Where is Ida?")
    in_question = "Answer in one word.\n\nWhere is Ida?" in text
    assert in_question == (drops or folder.name == "gemma")


def test_no_prompt_depends_on_the_day(folders: dict[str, Path]) -> None:
    assert "Today Date: 26 Jul 2024" in prompt_text(tokenizer_of(folders["llama"]), "?")


def test_a_turn_ends_as_the_template_ends_it_and_there_is_a_token_to_pad_with(folder: Path) -> None:
    tokenizer, dataset = tokenizer_of(folder), datasets.get("babi")
    assert tokenizer.eos_token == ENDS[folder.name]
    assert tokenizer.pad_token == (ENDS["llama"] if folder.name == "llama" else tiny.PAD)
    (problem,) = dataset.lookalikes.generate(1, 3)
    (example,) = encode(tokenizer, dataset, [(problem, "<think>so</think> <answer>x</answer>")])
    assert list(example.prompt) == prompt(tokenizer, dataset, problem)
    assert tokenizer.decode(example.target) == (
        f"<think>so</think> <answer>x</answer>{ENDS[folder.name]}"
    )


# Numbers


def test_attention_and_logits_are_the_models_own(folder: Path) -> None:
    model: Any = loading.load_model(loading.weights(str(folder)), dtype=torch.float32)
    plain: Any = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    ids = torch.randint(10, 900, (2, 40), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = plain(ids).logits
        found = families.logits(model, model.get_decoder()(ids).last_hidden_state)
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-4)
    assert families.is_plain_product(model) == (folder.name != "gemma")


def test_a_model_of_ones_own_is_trained_answered_and_forced(folder: Path, small: SpecOf) -> None:
    spec = small(
        model=str(folder), train=8, test=3, lora={"dropout": 0.0}, optimisation={"epochs": 1}
    )
    run = train(spec)
    moved = load_file(run.folder / "adapter/adapter_model.safetensors")
    assert sum("lora_B" in name for name in moved) == 2 * len(spec.lora.projections)
    generate(run)
    force_traces(run, problems=1)
    assert [it.id for it in run.predictions] != []
    assert {it.forced for it in interventions(run)} >= {"correct", "none"}
    assert missing_runs.finished([spec]) == {spec: run}
    assert run.record.training is not None
    assert run.record.training.curve[0].loss == pytest.approx(first_loss(spec), rel=2e-3)
    assert spec.name.startswith(f"{folder.name} on babi")


def first_loss(spec: Spec) -> float:
    """Loss on the first batch, by the library's own model; new adapters change nothing."""
    tokenizer = tokenizer_of(Path(spec.model))
    model: Any = AutoModelForCausalLM.from_pretrained(spec.model, attn_implementation="eager")
    examples = encode(tokenizer, datasets.get(spec.dataset), problem_set(spec).train)
    nll, count = 0.0, 0
    order = list(LengthBuckets([len(it) for it in examples], spec.optimisation.batch, spec.seed))
    for place in order[: spec.optimisation.batch]:
        example = examples[place]
        ids = torch.tensor([[*example.prompt, *example.target]])
        with torch.no_grad():
            logits = model(ids).logits[0, len(example.prompt) - 1 : -1]
        wanted = torch.tensor(example.target)
        nll += torch.nn.functional.cross_entropy(logits, wanted, reduction="sum").item()
        count += len(example.target)
    return nll / count


def test_layers_are_named_as_the_model_names_them(folders: dict[str, Path]) -> None:
    model: Any = loading.load_model(loading.weights(str(folders["llama"])), dtype=torch.float32)
    lora = resolve({"model": "tiny-llama", "dataset": "babi", "variant": "correct"}).lora
    own = lora.model_copy(update={"projections": ("q_proj", "c_attn")})
    with pytest.raises(
        InputError, match="has no linear layer 'c_attn'; choose one of q_proj, k_proj"
    ):
        adapted(model, own)
    for block in model.model.layers:  # as the one of Phi-3
        block.mlp.down = block.mlp.down_proj
        del block.mlp.down_proj
    layers = [name.partition(".lora_A")[0] for name, _ in adapted(model, lora).named_modules()]
    named = {name.rpartition(".")[2] for name in layers}
    assert named >= {*lora.projections} - {"down_proj"} | {"down"}


# What tells a model from another


@pytest.fixture
def copied(folders: dict[str, Path], tmp_path: Path) -> Path:
    shutil.copytree(folders["qwen3"], tmp_path / "moved")
    return tmp_path / "moved"


def test_a_folder_is_known_by_its_files_wherever_it_lies(
    folders: dict[str, Path], copied: Path, small: SpecOf
) -> None:
    here, there = (prepare(small(model=str(it))).identity for it in (folders["qwen3"], copied))
    assert here.hash == there.hash
    (copied / "README.md").write_text("mine", encoding="utf-8")
    assert prepare(small(model=str(copied))).identity.hash == here.hash


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "chat_template.jinja"])
def test_other_weights_or_another_tokenizer_are_another_model(
    folders: dict[str, Path], copied: Path, small: SpecOf, file: str
) -> None:
    before = prepare(small(model=str(copied))).identity.hash
    content = (copied / file).read_bytes()
    changed = content[:-1] + bytes([content[-1] ^ 1]) if file.endswith("s") else content + b" "
    (copied / file).write_bytes(changed)
    assert prepare(small(model=str(copied))).identity.hash != before


def test_parameters_are_counted_in_the_weights(folder: Path) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    assert registry.parameters(str(folder)) == model.num_parameters()


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("config.json", "holds no configuration (config.json)"),
        ("model.safetensors", "holds no weights (*.safetensors or *.bin)"),
        ("tokenizer*", "holds no tokenizer (tokenizer*)"),
    ],
)
def test_a_folder_that_is_no_model_is_one_line(
    copied: Path, small: SpecOf, gone: str, said: str
) -> None:
    for path in copied.glob(gone):
        path.unlink()
    with pytest.raises(InputError) as caught:
        small(model=str(copied))
    assert str(caught.value).startswith(f"{copied}, field 'model': {said}; give a folder that ")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("config.json", "{}", "is not a language model that transformers can load ("),
        (
            "config.json",
            '{"model_type": "t5"}',
            "is not a language model that transformers can load (",
        ),
        ("model.safetensors", "cut", "is not a language model that transformers can load ("),
        ("chat_template.jinja", None, "has no chat template; take an instruct model, or put a "),
    ],
)
def test_what_transformers_does_not_load_is_one_line(
    copied: Path, file: str, content: str | None, said: str
) -> None:
    if content is None:
        (copied / file).unlink()
    else:
        (copied / file).write_text(content, encoding="utf-8")
    weights = loading.weights(str(copied))
    load: Any = loading.load_tokenizer
    if content is not None:
        load = partial(loading.load_model, dtype=torch.float32)
    with pytest.raises(InputError) as caught:
        load(weights)
    assert f"field 'model': {said}" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 450
