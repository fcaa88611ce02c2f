"""What speaks for or against a claim, and the verdict that follows from all of it.

Tier A is the release's stored outputs under the release's own scoring, tier B the same outputs
scored strictly, tier C models trained here, tier D traces changed under a trained model. A figure
settles something only where it is of the paper's models and data; one of a smaller model or of
look-alikes stands beside the others and is left out of the verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal[
    "reproduced", "reproduced only as released", "not reproduced", "not testable here"
]
Tier = Literal["A", "B", "C", "D"]
Quantifier = Callable[[Iterable[bool]], bool]


class Evidence(BaseModel):
    """One figure that speaks for or against a claim.

    Attributes:
        tier: A to D; None for figures that were only read from result files.
        what: the figure in words.
        value: the figure, in `unit`; shares in [0, 1], differences of shares in [-1, 1].
        n: problems, or outputs, behind it.
        interval: 95 % limits.
        holds: whether the claim holds on this figure.
        settles: whether it is of the paper's models and data, and so enters the verdict; figures
            without a tier never do.
        command: how to get it again.
    """

    model_config = ConfigDict(frozen=True)

    tier: Tier | None
    what: str
    value: float
    unit: Literal["share", "points", "chi2", "p"] = "share"
    n: int | None
    interval: tuple[float, float] | None
    holds: bool
    settles: bool = True
    command: str


def verdict(evidence: Sequence[Evidence], holds_if: Quantifier = all) -> Verdict:
    """What the figures that settle something say together.

    Figures without a tier (result files whose outputs are not stored) settle nothing, nor do those
    of other models or data than the paper's. A claim is reproduced if it holds in the best tier
    that there is, reproduced only as released if it holds in tier A but not there, and not
    reproduced otherwise.

    Args:
        evidence: every figure.
        holds_if: `all` if the claim must hold on every figure of a tier, `any` if it says only
            that something can happen.
    """
    telling = [e for e in evidence if e.tier is not None and e.settles]
    tiers = sorted({str(e.tier) for e in telling})
    if not tiers:
        return "not testable here"
    holds = {tier: holds_if(e.holds for e in telling if e.tier == tier) for tier in tiers}
    if holds[tiers[-1]]:
        return "reproduced"
    return "reproduced only as released" if holds.get("A") else "not reproduced"
