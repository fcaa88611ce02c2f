"""Each test that the analysis uses, as a yes or no on one simulated study.

`power` asks how often the answer is yes where groups differ, `false_positives` how often it is
yes where they don't. The study has the design of the analysis: four groups of people who rate
the same problems on the same items; of two named groups one, `SHIFTED`, may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from artifact.study.analysis import comparisons, models
from artifact.study.analysis.comparisons import LEVEL, MARGIN, Scores
from artifact.study.analysis.undefined import UndefinedError
from artifact.study.instrument.items import POINTS
from artifact.study.instrument.ratings import GROUPS
from artifact.study.simulation.raters import Spread, gather, tilt_for_mean

SHIFTED = GROUPS[0]
"""The group that differs, if one does; the models take it as their reference."""
OTHER = GROUPS[1]
"""The group that tests of a single pair compare it with."""


class Design(BaseModel):
    """The design of a study, and how its made-up raters spread (an assumption)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_group: int = Field(default=25, ge=2)
    problems: int = Field(default=10, ge=1)
    items: int = Field(default=2, ge=1)
    """Items of the measure; each is rated for each problem."""
    mean: float = Field(default=3.5, gt=1, lt=POINTS)
    """Expected rating in the groups that do not differ."""
    spread: Spread = Spread()


@dataclass(frozen=True)
class Drawn:
    """One simulated study: each group's scores, participants x ratings."""

    scores: Mapping[str, npt.NDArray[np.int64]]

    @cached_property
    def means(self) -> dict[str, Scores]:
        """Each group's participant means."""
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


def draw(design: Design, *, effect: float, rng: np.random.Generator) -> Drawn:
    """Simulate one study.

    Args:
        design: groups that do not differ have its mean.
        effect: scale points by which the expected rating of `SHIFTED` is higher.
        rng: equal states give equal people, whatever the effect.
    """
    spread = design.spread
    problem_tilts = rng.normal(0, spread.problems, design.problems)
    scores = {}
    for group in GROUPS:
        raters = gather(
            rng.normal(0, spread.people, design.per_group),
            problem_tilts,
            items=design.items,
            spread=spread,
            rng=rng,
        )
        mean = design.mean + (effect if group == SHIFTED else 0)
        rated = raters.rate(tilt_for_mean(mean, spread=spread))
        scores[group] = rated.reshape(design.per_group, -1)
    return Drawn(scores)


RANK_TESTS = {
    "kruskal_wallis": "some group differs",
    "dunn": "the two named groups differ, this pair alone",
    "dunn_holm": "some pair of groups differs, after Holm over all pairs",
    "cliffs_delta": "the two named groups differ: the interval of delta excludes 0",
    "equivalence": f"the two named groups' means lie within {MARGIN:g} of each other",
}
MODEL_TESTS = {
    "proportional_odds": "some group differs",
    "proportional_odds_contrast": "the two named groups differ, this contrast alone",
    "linear_mixed": "some group differs",
    "linear_mixed_contrast": "the two named groups differ, this contrast alone",
}
CLAIMS = RANK_TESTS | MODEL_TESTS
"""What a yes of each test claims."""

Answers = dict[str, bool | None]
"""Yes or no by test; None where the study does not define the test."""


def decide(study: Drawn, tests: Collection[str], *, at_margin: bool = False) -> Answers:
    """The answers of the named tests to one study.

    Args:
        study: the study.
        tests: names of `CLAIMS`.
        at_margin: ask for equivalence with the means of `SHIFTED` moved up by the margin, so
            that in a study without effect its null hypothesis holds at its very edge.
    """
    moved = study.means[SHIFTED] + (MARGIN if at_margin else 0)
    families: dict[tuple[str, ...], Callable[[], tuple[bool, ...]]] = {
        ("kruskal_wallis",): lambda: (comparisons.kruskal_wallis(study.means).p < LEVEL,),
        ("dunn", "dunn_holm"): lambda: _dunn(study.means),
        ("cliffs_delta",): lambda: (_cliffs_delta(study.means),),
        ("equivalence",): lambda: (comparisons.equivalence(moved, study.means[OTHER]).p < LEVEL,),
        ("proportional_odds", "proportional_odds_contrast"): lambda: _model(
            models.proportional_odds(study.ratings, GROUPS)
        ),
        ("linear_mixed", "linear_mixed_contrast"): lambda: _model(
            models.mixed_model(study.ratings, GROUPS)
        ),
    }
    answers: Answers = {}
    for names, ask in families.items():
        if not set(names) & set(tests):
            continue
        try:
            answers |= zip(names, ask(), strict=True)
        except UndefinedError:
            answers |= dict.fromkeys(names)
    return {name: answers[name] for name in CLAIMS if name in tests}


def _dunn(means: Mapping[str, Scores]) -> tuple[bool, bool]:
    pairs = comparisons.dunn(means)
    lowest = min(pair.p_holm for pair in pairs.values())
    return pairs[SHIFTED, OTHER].p < LEVEL, lowest < LEVEL


def _cliffs_delta(means: Mapping[str, Scores]) -> bool:
    delta = comparisons.cliffs_delta(means[SHIFTED], means[OTHER])
    return not delta.low <= 0 <= delta.high


def _model(fit: models.ModelFit) -> tuple[bool, bool]:
    contrast = next(contrast for contrast in fit.contrasts if contrast.group == OTHER)
    return fit.p < LEVEL, contrast.p < LEVEL
