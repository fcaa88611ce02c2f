"""What speaks for or against a claim, and the verdict that follows from all of it.

Only figures of the paper's own models on its own data decide. They are counted cell by cell, a cell
being one model on one dataset: in how many the claim holds as released, and in how many strictly.
The verdict is a word for these two counts. Runs of smaller models or of look-alikes are shown
beside them and not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal[
    "reproduced",
    "reproduced only as released",
    "reproduced in part",
    "not reproduced",
    "not testable here",
]
Tier = Literal["A", "B", "C", "D", "R"]
"""A: stored outputs under the release's own scoring. B: the same outputs, scored strictly.
C: models trained here. D: traces replaced under a trained model. R: outputs that can't be copied
here, read by eye."""

AS_RELEASED: tuple[Tier | None, ...] = ("A", None)
"""Tiers that say what the release itself gives; None is read from a file of its results."""

STRICT: tuple[Tier | None, ...] = ("B", "C", "R")
"""Tiers of strict scoring; of tier C only runs of the paper's models on its data decide."""

Speaks = Literal["of all", "of some"]
"""Whether a claim must hold in every cell, or says only that something can happen."""


class Evidence(BaseModel):
    """One figure that speaks for or against a claim.

    Attributes:
        tier: see `Tier`; None for a figure read from a result file of the release.
        model, dataset: whose figure it is, by name.
        what: the figure in words, without model and dataset.
        value: the figure, in `unit`; shares in [0, 1], differences of shares in [-1, 1].
        n: problems, or outputs, behind it.
        interval: 95 % limits.
        holds: whether the claim holds on this figure; None where the figure is inconclusive.
        decides: whether it is of the paper's models and data, and so is counted.
        command: the command that reproduces it.
        row: which of its claim's rows it is, as in ``C2.17``; the ledger numbers them in order.
    """

    model_config = ConfigDict(frozen=True)

    tier: Tier | None
    model: str
    dataset: str
    what: str
    value: float
    unit: Literal["share", "points", "chi2", "p"] = "share"
    n: int | None
    interval: tuple[float, float] | None
    holds: bool | None
    decides: bool = True
    command: str
    row: str = ""


class Counts(BaseModel):
    """In how many of the cells looked at (a cell is a model on a dataset) a claim holds.

    Attributes:
        as_released: under the release's own scoring, or by its result files where no outputs are
            stored: holds in, of.
        strict: scored strictly, or read by eye: holds in, of.
    """

    model_config = ConfigDict(frozen=True)

    as_released: tuple[int, int] = (0, 0)
    strict: tuple[int, int] = (0, 0)

    def as_text(self) -> str:
        """The counts in words; what was not looked at is left out."""
        looked_at = {"as released": self.as_released, "strictly": self.strict}
        parts = [f"{name} in {k} of {n}" for name, (k, n) in looked_at.items() if n]
        if parts:
            parts[0] += " model" if parts[0].endswith(" of 1") else " models"
        return ", ".join(parts)


Cell = tuple[str, str]
"""A model and a dataset."""


def cells(evidence: Iterable[Evidence], tiers: Sequence[Tier | None]) -> dict[Cell, bool]:
    """Whether the claim holds in each cell that has a deciding figure of `tiers`.

    It holds where it holds on every such figure; an inconclusive one does not show that it does.
    Figures of a tier named earlier take precedence, such as scored outputs over those read by eye.
    """
    found: dict[Cell, bool] = {}
    for tier in tiers:
        here = [e for e in evidence if e.decides and e.tier == tier]
        of_tier: dict[Cell, bool] = {}
        for e in here:
            cell = (e.model, e.dataset)
            of_tier[cell] = of_tier.get(cell, True) and e.holds is True
        found = of_tier | found  # earlier tiers take precedence
    return dict(sorted(found.items()))


def count(evidence: Sequence[Evidence]) -> Counts:
    """The two counts of a claim's evidence."""
    released, strict = cells(evidence, AS_RELEASED), cells(evidence, STRICT)
    return Counts(
        as_released=(sum(released.values()), len(released)),
        strict=(sum(strict.values()), len(strict)),
    )


def verdict(
    evidence: Sequence[Evidence], speaks: Speaks = "of all", *, first: Cell | None = None
) -> Verdict:
    """The word for what the deciding figures say together.

    The strict figures decide: reproduced if the claim holds in every cell (for a claim that
    speaks of some: in one), in part if in some; if in none, it is reproduced only as released
    where it holds in a cell as released, and not reproduced otherwise. Without any strict figure
    the best that can be said is "only as released".

    Args:
        evidence: every figure.
        speaks: of all cells, or of some.
        first: the cell on which a claim about one model's figure is tested. If the claim fails
            there strictly, no other model can make up for it.
    """
    released, strict = cells(evidence, AS_RELEASED), cells(evidence, STRICT)
    if not released and not strict:
        return "not testable here"
    if first in strict and not strict[first]:
        return "reproduced only as released" if released.get(first) else "not reproduced"
    if strict and any(strict.values()):
        whole = speaks == "of some" or all(strict.values())
        return "reproduced" if whole else "reproduced in part"
    return "reproduced only as released" if any(released.values()) else "not reproduced"
