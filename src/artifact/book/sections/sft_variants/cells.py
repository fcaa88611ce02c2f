"""Cells that several tables of runs have in common: contrasts, and shares with their limits."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from artifact.common.p_values import p_text
from artifact.evaluation.forced_traces import NormalisedEffect
from artifact.evaluation.statistics.paired import Contrast
from artifact.evaluation.statistics.pooled import Mean
from artifact.evaluation.statistics.proportions import Share
from artifact.workflow.results import Scalar

POOLED = (
    "Seeds are averaged problem by problem; intervals are 95 % percentile bootstraps over "
    "problems, Wilson's where all problems agree, and say nothing about another training run."
)

NOT_RUN = "there is no such run"
"""Why a figure of the prose is not available."""

NO_WORDS: Mapping[str, str] = MappingProxyType({})

CONTRAST_COLUMNS = (
    "kinds",
    "runs",
    "n",
    "points",
    "95 % interval",
    "p",
    "p (Holm)",
    "over runs too",
    "p (Holm), over runs",
    "detectable",
)
OVER_RUNS = (
    "Over runs too: the same difference with both training runs and problems as random effects "
    "(crossed, t with Satterthwaite's degrees of freedom); detectable: the difference that this "
    "many runs and problems detect with a power of 80 %."
)


def difference_in_words(
    it: Contrast | NormalisedEffect, words: Mapping[str, str] = NO_WORDS
) -> str:
    """What is subtracted from what, each by its name in `words` if it has one."""
    return " - ".join(words.get(name, name) for name in (it.first, it.second))


def contrast_cells(it: Contrast, words: Mapping[str, str] = NO_WORDS) -> list[Scalar]:
    """The cells of `CONTRAST_COLUMNS`."""
    low, high = (100 * limit for limit in it.interval)
    runs_too: list[Scalar] = [None, None, None]
    if it.over_runs and it.p_runs_holm is not None:
        bottom, top = (100 * limit for limit in it.over_runs.interval)
        detectable = 100 * it.over_runs.detectable
        runs_too = [f"[{bottom:+.1f}, {top:+.1f}]", p_text(it.p_runs_holm), f"{detectable:.1f}"]
    one, two = it.first_runs, it.second_runs
    runs = str(one) if one == two else f"{one} and {two}"
    return [
        difference_in_words(it, words),
        runs,
        it.n,
        100 * it.difference,
        f"[{low:+.1f}, {high:+.1f}]",
        p_text(it.p),
        p_text(it.p_holm),
        *runs_too,
    ]


def percent_cells(it: Mean | Share) -> list[Scalar]:
    """A share and its limits in percent."""
    return [100 * it.value, *(100 * limit for limit in it.interval)]
