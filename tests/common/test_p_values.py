"""How p values are corrected and printed."""

from __future__ import annotations

import gc

import pytest

from artifact.common.p_values import holm, p_text


@pytest.mark.parametrize(
    ("p", "printed"),
    [(None, None), (1e-9, "< 0.001"), (0.001, "0.001"), (0.0292, "0.029"), (1.0, "1.000")],
)
def test_how_p_is_printed(p: float | None, printed: str | None) -> None:
    assert p_text(p) == printed


def test_holm_multiplies_by_the_hypotheses_left_and_keeps_the_order() -> None:
    """By hand: the smallest times three, the next times two, never below one before it."""
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([]) == []


def test_holm_leaves_nothing_out_of_the_search_for_cycles() -> None:
    holm([0.5])
    assert not gc.get_freeze_count()
