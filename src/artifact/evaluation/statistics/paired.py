"""Which variant answers better: paired on the problems that both variants answered.

Every variant is asked the same test problems, so the pair is the problem. McNemar tests whether
the discordant pairs lean to one side, a bootstrap over problems gives the size of the difference,
and Holm corrects the p values that are read together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.stats import bootstrap
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.evaluation.answers import Scorer, score_answer
from artifact.evaluation.evaluate import stored_outputs
from artifact.evaluation.released import rules_of
from artifact.evaluation.statistics.association import Interval

VARIANTS = ("vanilla", "correct", "incorrect")
"""The paper's variants, in its order."""

RESAMPLES = 10_000
BATCH = 500
"""Resamples held at once: 950 problems take 4 MB."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of right answers with its Wilson interval."""

    right: int
    n: int
    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two variants on the problems that both answered.

    Attributes:
        first, second: the variants.
        scorer: the rule by which an answer is right.
        n: problems that both have.
        left_out: problems that only one of the two has.
        first_share, second_share: over the `n` shared problems.
        only_first, only_second: problems that only this variant answers right.
        difference: share of the first minus share of the second.
        difference_ci: percentile bootstrap over problems, 95 %.
        p: McNemar's two-sided exact (binomial) p.
        p_holm: `p` after Holm's correction over all comparisons made together.
    """

    first: str
    second: str
    scorer: str
    n: int
    left_out: int
    first_share: Share
    second_share: Share
    only_first: int
    only_second: int
    difference: float
    difference_ci: Interval
    p: float
    p_holm: float


def share(right: int, n: int) -> Share:
    """`right` of `n` with Wilson's score interval; `n` is at least 1."""
    low, high = proportion_confint(right, n, method="wilson")
    return Share(right, n, right / n, Interval(float(low), float(high)))


def compare_variants(
    dataset: Dataset, root: Path, model: str, scorer: Scorer = "released", *, seed: int = 0
) -> list[Comparison]:
    """Compare the paper's variants of `model`, of which the release stores outputs.

    Args:
        dataset: whose outputs.
        root: folder of the release, with its branches as subfolders.
        model: as the release's file names give it.
        scorer: the rule by which an answer is right.
        seed: of the bootstrap.

    Raises:
        InputError: if there are no outputs of `model`, one can't be read, or two variants share
            no problem.
    """
    stored = {run.variant for run in rules_of(dataset).list_stored(root) if run.model == model}
    if not stored:
        raise InputError(f"no stored outputs of {model}", path=root, field="model")
    rights = {}
    for variant in (variant for variant in VARIANTS if variant in stored):
        outputs = stored_outputs(dataset, root, model, variant).outputs
        rights[variant] = {
            output.problem.id: bool(getattr(score_answer(dataset, output, variant), scorer))
            for output in outputs
        }
    return compare(rights, scorer, seed=seed)


def compare(
    rights: Mapping[str, Mapping[str, bool]], scorer: str, *, seed: int = 0
) -> list[Comparison]:
    """Compare every pair of variants, in the order given, and correct over the pairs.

    Args:
        rights: variant -> problem id -> whether its answer is right.
        scorer: name of the rule, carried into the records.
        seed: of the bootstrap.

    Raises:
        InputError: if two variants have fewer than two problems in common.
    """
    pairs = [
        _compare_pair(first, second, rights[first], rights[second], scorer, seed)
        for first, second in combinations(rights, 2)
    ]
    if not pairs:
        return []
    corrected = multipletests([pair.p for pair in pairs], method="holm")[1]
    return [replace(pair, p_holm=float(p)) for pair, p in zip(pairs, corrected, strict=True)]


def bootstrap_difference(
    first: Sequence[bool], second: Sequence[bool], *, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """95 % percentile interval of the difference of two paired shares, problems resampled."""
    differences = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    interval = bootstrap(
        (differences,),
        np.mean,
        n_resamples=resamples,
        batch=BATCH,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(interval.low), float(interval.high))


def mcnemar_p(only_first: int, only_second: int) -> float:
    """McNemar's two-sided exact p: the discordant pairs against a fair coin."""
    return float(mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue)


def _compare_pair(
    first: str,
    second: str,
    first_rights: Mapping[str, bool],
    second_rights: Mapping[str, bool],
    scorer: str,
    seed: int,
) -> Comparison:
    shared = [problem for problem in first_rights if problem in second_rights]
    n = len(shared)
    if n < 2:
        raise InputError(
            f"'{first}' and '{second}' have {n} problems in common",
            cure="compare variants that answered the same test problems",
        )
    a = [first_rights[problem] for problem in shared]
    b = [second_rights[problem] for problem in shared]
    only_first = sum(x and not y for x, y in zip(a, b, strict=True))
    only_second = sum(y and not x for x, y in zip(a, b, strict=True))
    p = mcnemar_p(only_first, only_second)
    return Comparison(
        first=first,
        second=second,
        scorer=scorer,
        n=n,
        left_out=len(first_rights) + len(second_rights) - 2 * n,
        first_share=share(sum(a), n),
        second_share=share(sum(b), n),
        only_first=only_first,
        only_second=only_second,
        difference=(only_first - only_second) / n,
        difference_ci=bootstrap_difference(a, b, seed=seed),
        p=p,
        p_holm=p,
    )
