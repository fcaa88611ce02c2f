"""Conversations are counted in the tokens of a tokenizer that is at hand, if one is."""

from __future__ import annotations

from pathlib import Path

from artifact.sft.models.loading import load_tokenizer, weights
from artifact.sft.models.token_counts import conversation_lengths, tokenizer_at_hand


def test_before_a_model_was_fetched_there_is_none(tmp_path: Path) -> None:
    assert tokenizer_at_hand(tmp_path) is None


def test_a_conversation_is_counted_whole_in_its_template(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(weights("tiny-llama", into=tmp_path))
    short, longer = conversation_lengths(tokenizer, [("Who?", "Runa"), ("Who?", "Runa Tolv")])
    turns = [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Runa"}]
    assert short == len(tokenizer.apply_chat_template(turns, return_dict=False))
    assert longer > short > 0
    assert conversation_lengths(tokenizer, []) == []
