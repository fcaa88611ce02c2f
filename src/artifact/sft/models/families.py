"""What differs between families of models, read off their configuration and chat template.

Nothing here knows a family by name: how a model ends a turn, makes logits and names its linear
layers is asked of the model itself.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers import PreTrainedConfig, PreTrainedTokenizerBase

from artifact.common.errors import InputError
from artifact.sft.kernels import attention

SAID = "what the assistant said"
"""Placeholder in a conversation rendered to show what follows the assistant's words."""


def attention_kernel(config: PreTrainedConfig, device: str) -> str:
    """The name of the attention that computes what the model's own does.

    Only the library's plain kernel knows capped scores (Gemma 2). Otherwise the fast one is ours
    on a CPU and the library's on a GPU.
    """
    if getattr(config, "attn_logit_softcapping", None):
        return "eager"
    return attention.NAME if device == "cpu" else "sdpa"


def logits(model: Any, hidden: torch.Tensor) -> torch.Tensor:
    """The model's logits of last hidden states: (..., width) -> (..., vocabulary)."""
    found: torch.Tensor = model.get_output_embeddings()(hidden)
    config = model.config
    if scale := getattr(config, "logit_scale", None):  # Cohere
        found = found * scale
    if divisor := getattr(config, "logits_scaling", None):  # Granite
        found = found / divisor
    if cap := getattr(config, "final_logit_softcapping", None):  # Gemma 2
        found = torch.tanh(found / cap) * cap
    return found


def is_plain_product(model: Any) -> bool:
    """Whether logits are hidden states times the head's weights, and nothing else."""
    more = ("logit_scale", "logits_scaling", "final_logit_softcapping")
    return model.get_output_embeddings().bias is None and not any(
        getattr(model.config, name, None) for name in more
    )


def linear_layers(model: Any) -> tuple[str, ...]:
    """Names of the linear layers of the model's blocks, in their order, without the head."""
    modules = model.get_decoder().named_modules()
    names = [name for name, it in modules if isinstance(it, nn.Linear)]
    return tuple(dict.fromkeys(name.rpartition(".")[2] for name in names))


def end_of_turn(tokenizer: PreTrainedTokenizerBase) -> str:
    """The token that ends an assistant's turn.

    The one that the chat template puts after the turn, if it is one of the tokenizer's special
    tokens (Gemma's ``<end_of_turn>`` is not what its tokenizer calls the end), else the
    tokenizer's own end token.

    Raises:
        InputError: if there is no chat template, or neither token.
    """
    if tokenizer.chat_template is None:
        cure = "take an instruct model, or put a chat_template.jinja beside its tokenizer"
        raise InputError("has no chat template", field="model", cure=cure)
    turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": SAID}]
    after = str(tokenizer.apply_chat_template(turns, tokenize=False)).rpartition(SAID)[2]
    ids = tokenizer(after, add_special_tokens=False)["input_ids"]
    token = tokenizer.added_tokens_decoder.get(ids[0]) if ids else None
    if token is not None and token.special:
        return str(token.content)
    if tokenizer.eos_token is None:
        cure = "set eos_token in its tokenizer_config.json"
        raise InputError("has no token that ends a turn", field="model", cure=cure)
    return str(tokenizer.eos_token)
