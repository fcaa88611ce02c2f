"""How p values that are read together are corrected, and how each is printed."""

from __future__ import annotations

import gc
from collections.abc import Sequence
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


def holm(p: Sequence[float]) -> list[float]:
    """`p` after Holm's correction (statsmodels), in the same order; empty if there are none."""
    if not p:
        return []
    from statsmodels.stats.multitest import multipletests  # a second; printing needs none of it

    # Each call searches all objects for reference cycles, a tenth of a second where a section has
    # made its figures; those that are frozen are passed over.
    gc.freeze()
    try:
        return [float(corrected) for corrected in multipletests(p, method="holm")[1]]
    finally:
        gc.unfreeze()
