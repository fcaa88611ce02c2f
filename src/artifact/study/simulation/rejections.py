"""Which of the analysis's tests reject their null hypothesis on one simulated study.

`power` counts rejections where groups differ, `false_positives` where they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from artifact.study.analysis import comparisons, models, paired
from artifact.study.analysis.comparisons import LEVEL, MARGIN, Scores
from artifact.study.analysis.findings import UndefinedError
from artifact.study.instrument.ratings import GROUPS
from artifact.study.simulation.simulated_study import OTHER, SHIFTED, SimulatedStudy

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
WITHIN_TESTS = {
    "friedman": "some trace type differs",
    "signed_ranks": "the two named trace types differ, this pair alone",
    "signed_ranks_holm": "some pair of trace types differs, after Holm over all pairs",
}
CLAIMS = RANK_TESTS | MODEL_TESTS
"""What a rejection by each test between subjects claims; of `WITHIN_TESTS` the same within them."""

Rejections = dict[str, bool | None]
"""By test: whether it rejects; None where the study does not define the test."""


def rejections(
    study: SimulatedStudy, tests: Collection[str], *, at_margin: bool = False
) -> Rejections:
    """The outcome of the named tests at level `LEVEL`.

    Args:
        study: the study.
        tests: names of `CLAIMS`.
        at_margin: shift the means of `SHIFTED` up by the margin before the equivalence test, so
            that in a study without effect its null hypothesis holds exactly at its boundary.
    """
    shifted = study.means[SHIFTED] + (MARGIN if at_margin else 0)
    families: dict[tuple[str, ...], Callable[[], tuple[bool, ...]]] = {
        ("kruskal_wallis",): lambda: (comparisons.kruskal_wallis(study.means).p < LEVEL,),
        ("dunn", "dunn_holm"): lambda: _dunn(study.means),
        ("cliffs_delta",): lambda: (_cliffs_delta(study.means),),
        ("equivalence",): lambda: (comparisons.equivalence(shifted, study.means[OTHER]).p < LEVEL,),
        ("proportional_odds", "proportional_odds_contrast"): lambda: _model(
            models.proportional_odds(study.ratings, GROUPS)
        ),
        ("linear_mixed", "linear_mixed_contrast"): lambda: _model(
            models.mixed_model(study.ratings, GROUPS)
        ),
    }
    found: Rejections = {}
    for names, compute in families.items():
        if not set(names) & set(tests):
            continue
        try:
            found |= zip(names, compute(), strict=True)
        except UndefinedError:
            found |= dict.fromkeys(names)
    return {name: found[name] for name in CLAIMS if name in tests}


def within_rejections(means: Mapping[str, Scores], tests: Collection[str]) -> Rejections:
    """The outcome of the named tests of `WITHIN_TESTS` at level `LEVEL`.

    Args:
        means: by trace type, each person's mean rating, people in one order.
        tests: the names.
    """
    try:
        pairs = paired.signed_ranks(means)
        found = {
            "friedman": paired.friedman(means).p < LEVEL,
            "signed_ranks": pairs[SHIFTED, OTHER].p < LEVEL,
            "signed_ranks_holm": min(pair.p_holm for pair in pairs.values()) < LEVEL,
        }
    except UndefinedError:
        return dict.fromkeys(tests)
    return {name: found[name] for name in WITHIN_TESTS if name in tests}


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
