"""How a p value is printed, in every table and every sentence."""

from __future__ import annotations

from typing import overload

SMALLEST = 0.001


@overload
def p_text(p: float) -> str: ...
@overload
def p_text(p: None) -> None: ...
@overload
def p_text(p: float | None) -> str | None: ...
def p_text(p: float | None) -> str | None:
    """`p` to three decimals, below `SMALLEST` as a bound; None where there is no p value."""
    if p is None:
        return None
    return f"< {SMALLEST}" if p < SMALLEST else f"{p:.3f}"
