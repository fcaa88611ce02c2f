"""One simulated study: its design, and ratings drawn by the rating model.

Four groups of people rate the same problems on the same items, as in the analysis. One of two
named groups, `SHIFTED`, may be rated differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from artifact.study.analysis.comparisons import Scores
from artifact.study.instrument.items import POINTS
from artifact.study.instrument.ratings import GROUPS
from artifact.study.simulation.rating_model import Spread, draw_raters, tilt_for_mean

SHIFTED = GROUPS[0]
"""The group that differs, if one does; the models take it as their reference."""
OTHER = GROUPS[1]
"""The group that `SHIFTED` is compared with in tests of a single pair."""


class SimulationDesign(BaseModel):
    """The design of a simulated study, and the assumed spread of its raters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_group: int = Field(default=25, ge=2)
    """Participants per group."""
    problems: int = Field(default=10, ge=1)
    """Problems that each participant rates."""
    items: int = Field(default=2, ge=1)
    """Items of the measure; each is rated for each problem."""
    mean: float = Field(default=3.5, gt=1, lt=POINTS)
    """Expected rating in the groups that do not differ."""
    spread: Spread = Spread()


@dataclass(frozen=True)
class SimulatedStudy:
    """The ratings of one simulated study.

    Attributes:
        scores: by group, participants x ratings.
    """

    scores: Mapping[str, npt.NDArray[np.int64]]

    @cached_property
    def means(self) -> dict[str, Scores]:
        """Participant means by group."""
        return {group: scores.mean(axis=1) for group, scores in self.scores.items()}

    @cached_property
    def ratings(self) -> pd.DataFrame:
        """Columns participant, group and score, one row per rating."""
        parts = []
        for group, scores in self.scores.items():
            people = [f"{group}-{number}" for number in range(len(scores))]
            parts.append(
                pd.DataFrame(
                    {
                        "participant": np.repeat(people, scores.shape[1]),
                        "group": group,
                        "score": scores.ravel(),
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)


def simulate_study(
    design: SimulationDesign, *, effect: float, rng: np.random.Generator
) -> SimulatedStudy:
    """Draw the ratings of one study.

    Args:
        design: of the study.
        effect: scale points by which the expected rating of `SHIFTED` is higher.
        rng: the same state gives the same people, whatever the effect.
    """
    spread = design.spread
    problem_tilts = rng.normal(0, spread.problems, design.problems)
    scores = {}
    for group in GROUPS:
        raters = draw_raters(
            rng.normal(0, spread.people, design.per_group),
            problem_tilts,
            items=design.items,
            spread=spread,
            rng=rng,
        )
        mean = design.mean + (effect if group == SHIFTED else 0)
        points = raters.rate(tilt_for_mean(mean, spread=spread))
        scores[group] = points.reshape(design.per_group, -1)
    return SimulatedStudy(scores)
