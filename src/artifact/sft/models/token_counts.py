"""How long conversations are in tokens, by a tokenizer that is at hand: nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from artifact.common.paths import DATA
from artifact.sft.models.registry import DEFAULT, entry

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Turns = tuple[str, str]
"""What the user says, and what the assistant answers."""


def tokenizer_at_hand(models: Path | None = None) -> PreTrainedTokenizerBase | None:
    """The tokenizer of the default model, in the models' folder; None until it is fetched."""
    package = entry(DEFAULT).package
    folder = (models or DATA / "models") / DEFAULT
    if package is None or not (folder / package.file).is_file():
        return None
    from transformers import AutoTokenizer  # takes seconds, so only if the file is there

    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        folder, gguf_file=package.file
    )
    return tokenizer


def conversation_lengths(
    tokenizer: PreTrainedTokenizerBase, conversations: Iterable[Turns]
) -> list[int]:
    """Tokens of each whole conversation in the model's chat template."""
    texts = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}],
            tokenize=False,
        )
        for asked, answered in conversations
    ]
    if not texts:
        return []
    return [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]
