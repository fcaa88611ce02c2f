"""Words in common pick the passage, and the first of equals wins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.datasets.marco.words import nearest_passage, tokens, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Ferry leaves.", {"the", "ferry", "leaves", "."}),
        ("12,500 seed-trays!", {"12,500", "seed-trays", "!"}),
        ("Ida's 2.50 crowns", {"ida's", "2.50", "crowns"}),
        ("", set()),
    ],
)
def test_tokens_keep_numbers_and_compounds_whole(text: str, expected: set[str]) -> None:
    assert tokens(text) == expected
    assert words(text) == expected - {".", "!"}


PASSAGES = ("The mill grinds barley.", "The mill was built by Ole Brand.", "Ole Brand built it.")


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("Built by Ole Brand", 1),
        ("barley", 0),
        ("Ole Brand", 1),
        ("zinc", None),
        ("", None),
    ],
)
def test_nearest_passage_is_the_first_with_most_in_common(text: str, index: int | None) -> None:
    assert nearest_passage(PASSAGES, text) == index


def test_no_passages_have_no_nearest() -> None:
    assert nearest_passage((), "anything") is None


@given(st.lists(st.text(max_size=30), max_size=6), st.text(max_size=30))
def test_nearest_passage_has_at_least_as_much_in_common_as_any(
    passages: list[str], text: str
) -> None:
    found = nearest_passage(passages, text)
    shared = [len(tokens(passage) & tokens(text)) for passage in passages]
    if found is None:
        assert not any(shared)
    else:
        assert shared[found] == max(shared) > 0
