"""Rows that training cut, counted with whatever tokenizer is at hand, on invented conversations."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from artifact.evaluation.faults import recipe
from artifact.evaluation.faults.reach import Conversation
from artifact.sft.models import token_counts

CONVERSATIONS = {
    "vanilla": [
        Conversation("mix", "a" * 3100, "b"),
        Conversation("mix", "a" * 3100, "b" * 100),
        Conversation("equal", "a", "b"),
    ],
    "correct": [Conversation("mix", "a" * 3000, "b" * 1000)],
}
RELEASE = {"cotempqa": SimpleNamespace(conversations=CONVERSATIONS)}


def test_without_a_tokenizer_rows_are_counted_by_an_estimate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(token_counts, "tokenizer_at_hand", lambda: None)
    unit = "estimated at 3.1 characters a token"
    assert recipe.cut_rows(RELEASE) == {
        "vanilla, mix: stored rows": 2,
        f"vanilla, mix: rows cut ({unit})": 1,
        "vanilla, equal: stored rows": 1,
        f"vanilla, equal: rows cut ({unit})": 0,
        "correct, mix: stored rows": 1,
        f"correct, mix: rows cut ({unit})": 1,
    }


def test_a_tokenizer_that_is_at_hand_counts_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_counts, "tokenizer_at_hand", lambda: "a tokenizer")
    monkeypatch.setattr(
        token_counts, "conversation_lengths", lambda _, turns: [1024 + len(b) for a, b in turns]
    )
    counts = recipe.cut_rows(RELEASE)
    assert counts["vanilla, mix: rows cut (tokens of SmolLM2-135M-Instruct)"] == 2
    monkeypatch.setattr(
        token_counts, "conversation_lengths", lambda _, turns: [1024 for _ in turns]
    )
    assert not any(n for name, n in recipe.cut_rows(RELEASE).items() if "rows cut" in name)


def test_the_assistants_share_is_the_mean_over_rows() -> None:
    rows = [Conversation("mix", "aaa", "b"), Conversation("mix", "a", "b")]
    release = {"cotempqa": SimpleNamespace(conversations={"vanilla": rows})}
    assert list(recipe.assistants_share(release).values()) == [0.375]
