"""What fine-tuning on each kind of trace gave, as published and as released.

The section reads accuracy files, and flags of outputs that a person read; nothing here is scored by
code. It shows every run there is, so that a reader sees how far apart single runs are before
reading a difference.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy import stats

from artifact.claims.published import macro_accuracies
from artifact.workflow.results import Value

SOURCE = (
    "published table and result files of the public release; flags of outputs of its later "
    "commits, read by eye"
)
LIBRARIES = ("numpy", "scipy")
SEEDED_MODELS = ("Qwen3-1.7B", "Llama-3.2-1B-Instruct")
"""Models for which the release holds three seeds."""


READ_KINDS = {"vanilla": "vanilla", "summary": "summaries", "verbose": "R1 traces"}
"""Kinds of trace whose outputs were read by eye, as the page calls them."""


def seed_differences() -> dict[str, Value]:
    """Differences between variants over seeds, by ``<model>.<a>_minus_<b>``.

    Welch's interval of the difference of two means; with three seeds each it is wide, and that
    is the point.
    """
    values = {}
    for model in SEEDED_MODELS:
        seeds = {
            variant: np.array(
                [
                    run.accuracy / 100
                    for run in macro_accuracies(r1_subset=False)
                    if (run.model, run.variant) == (model, variant) and run.run.startswith("seed")
                ]
            )
            for variant in ("vanilla", "correct", "incorrect")
        }
        for b, a in combinations(seeds, 2):
            test = stats.ttest_ind(seeds[a], seeds[b], equal_var=False)
            limits = test.confidence_interval()
            values[f"{key_of(model)}.{a}_minus_{b}"] = Value(
                value=float(seeds[a].mean() - seeds[b].mean()),
                unit="points",
                evidence="published",
                n=len(seeds[a]),
                interval=(float(limits.low), float(limits.high)),
                note="difference of seed means of macro accuracy, Welch interval; n = seeds each",
            )
    return values


def key_of(model: str) -> str:
    """A model's name as part of a value's key."""
    return model.replace("-Instruct", "").replace(".", "_").replace("-", "_")


def model_order(model: str) -> tuple[int, str]:
    """Small models first: the size is the number before "B"."""
    size = next(part for part in model.split("-") if part.endswith("B") and part[0].isdigit())
    return int(float(size.rstrip("B")) >= 4), model
