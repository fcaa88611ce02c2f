"""How a p value is printed."""

from __future__ import annotations

import pytest

from artifact.common.p_values import p_text


@pytest.mark.parametrize(
    ("p", "printed"),
    [(None, None), (1e-9, "< 0.001"), (0.001, "0.001"), (0.0292, "0.029"), (1.0, "1.000")],
)
def test_how_p_is_printed(p: float | None, printed: str | None) -> None:
    assert p_text(p) == printed
