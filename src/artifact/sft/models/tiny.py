"""Models of a hundred thousand random weights: the whole path from spec to score, in seconds.

They know nothing and learn little. Their tokenizer is a real one, trained on look-alikes, so that
problems come to about as many tokens as a real model sees; their weights follow from a seed.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
)

from artifact import datasets
from artifact.decomposition import traces
from artifact.sft.models.registry import ModelEntry

SEED = 0
PROBLEMS = 100
"""Look-alikes of each dataset that the tokenizer is trained on."""

VOCABULARY = 1000
PAD, START, END = SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
"""Their ids are their indices. Apart from `PAD` these are ChatML's."""

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

SHAPE: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": True,
    # Ten times the usual spread: at this width logits would hardly differ from each other, and
    # adapters beside frozen weights could move the loss by next to nothing.
    "initializer_range": 0.2,
    "pad_token_id": SPECIAL_TOKENS.index(PAD),
    "bos_token_id": SPECIAL_TOKENS.index(START),
    "eos_token_id": SPECIAL_TOKENS.index(END),
}
CONFIGS: dict[str, type[PreTrainedConfig]] = {"llama": LlamaConfig, "qwen3": Qwen3Config}


def recipe(entry: ModelEntry) -> dict[str, Any]:
    """All that determines a tiny model's files, ready for JSON."""
    texts = hashlib.sha256("\0".join(_texts()).encode()).hexdigest()
    return {
        "architecture": entry.architecture,
        "shape": SHAPE,
        "seed": SEED,
        "texts": texts,
        "special_tokens": list(SPECIAL_TOKENS),
        "chat_template": CHAT_TEMPLATE,
        "libraries": {name: version(name) for name in ("tokenizers", "torch", "transformers")},
    }


def make(entry: ModelEntry, folder: Path) -> None:
    """Write model and tokenizer into `folder`; the same bytes each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model = AutoModelForCausalLM.from_config(  # type: ignore[no-untyped-call]
            CONFIGS[str(entry.architecture)](**SHAPE), dtype=torch.float32
        )
    model.save_pretrained(folder)
    _tokenizer().save_pretrained(folder)


@cache
def _texts() -> tuple[str, ...]:
    """Prompts and correct traces of look-alikes."""
    return tuple(
        text
        for name in datasets.names()
        for dataset in [datasets.get(name)]
        for problem in dataset.lookalikes.generate(PROBLEMS, SEED)
        for text in (
            dataset.template.user_turn(problem),
            traces.render(dataset, problem, "correct"),
        )
    )


def _tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer with ChatML turns."""
    bpe = Tokenizer(BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator(_texts(), trainer)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=bpe, bos_token=START, eos_token=END, pad_token=PAD
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer
