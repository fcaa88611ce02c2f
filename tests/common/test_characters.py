"""Which characters make no other text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.characters import HYPHENS, ZERO_WIDTH, plain, plain_hyphens, with_minus


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Zoe\u0308", "Zoë"),
        ("e\u200b\u0301", "é"),
        ("“a” ‘b’ «c» 「d」", '"a" \'b\' "c" "d"'),
        ("［a，b］。", "[a,b]."),
        ("\ufeff\u202b a\u2063b \u202c", "ab"),
        ("a–b", "a–b"),
        ("x²", "x²"),
    ],
)
def test_plain_text(text: str, same: str) -> None:
    assert plain(text) == same


@given(st.text())
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_what_has_no_width_is_no_letter_and_what_stands_for_a_hyphen_no_long_dash() -> None:
    assert {unicodedata.category(sign) for sign in ZERO_WIDTH if sign.isprintable()} <= {"Mn"}
    assert plain_hyphens(HYPHENS) == "-" * len(HYPHENS)
    assert plain_hyphens("a—b") == "a—b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-4.2 points [-6.0, +1.0]", "−4.2 points [−6.0, +1.0]"),
        ("(-.5), -1,024 and -3", "(−.5), −1,024 and −3"),
        ("correct - its own, whole", "correct − its own, whole"),
        ("Qwen3-8B, 1-2, C2-3, -p x=1, - 4", "Qwen3-8B, 1-2, C2-3, -p x=1, - 4"),
    ],
)
def test_the_sign_of_a_negative_number_is_a_minus(text: str, shown: str) -> None:
    assert with_minus(text) == shown
