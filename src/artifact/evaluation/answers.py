"""Whether an answer is right, by three rules from the release's to the plainest.

A rule is a function listed in `SCORERS` with the figures that an evaluation gives of it; nothing
else need know of it. `released` and `flag_fixed` are the release's exact match, as it is and with
its one inverted flag set right. `exact_set` reads the answer where the model was trained to put
it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from artifact.datasets.dataset import Dataset
from artifact.datasets.release_records import StoredOutput
from artifact.decomposition.parse import answer_text
from artifact.evaluation.released import answer_right

Average = Literal["micro", "macro"]
"""Over outputs, or the mean of the categories."""

TRACELESS = frozenset({"vanilla", "r1-set-vanilla", "prompting"})
"""Variants that were trained on the answer alone, or not at all: the whole text is the answer."""

_WRAPPING = re.compile(r"\A\s*assistant\b|</?think>")
"""The chat template's role line, and the tags that a reasoning model opens by itself."""


def released(dataset: Dataset, output: StoredOutput, variant: str) -> bool | None:
    """The release's exact match; None for a dataset whose scoring by the release is not known."""
    return None if dataset.release is None else answer_right(dataset, output)


def flag_fixed(dataset: Dataset, output: StoredOutput, variant: str) -> bool | None:
    """The release's exact match with its inverted flag set right; None as in `released`."""
    return None if dataset.release is None else answer_right(dataset, output, flag_fixed=True)


def exact_set(dataset: Dataset, output: StoredOutput, variant: str) -> bool:
    """Whether the set of answers stated is the gold set.

    The answers are in ``<answer>`` after the trace. A model trained on traces that leaves the
    tag out is wrong; for one that was not, the whole text is the answer.
    """
    stated = answer_text(output.prediction)
    if stated is None:
        if variant not in TRACELESS:
            return False
        stated = _WRAPPING.sub("", output.prediction)
    template = dataset.template
    gold = template.parse_answer(template.answer(output.problem.answers))
    return template.parse_answer(stated) == gold


@dataclass(frozen=True, slots=True)
class Scorer:
    """A rule by which an answer is right.

    Attributes:
        right: whether the answer of an output is right, of a model trained as the variant named;
            None where the rule can't be applied to the dataset.
        title: the rule in words, for tables.
        averages: the figures that an evaluation gives, named ``<scorer>_<average>``.
    """

    right: Callable[[Dataset, StoredOutput, str], bool | None]
    title: str
    averages: tuple[Average, ...] = ("micro",)


SCORERS: dict[str, Scorer] = {
    "released": Scorer(released, "released", averages=("micro", "macro")),
    "flag_fixed": Scorer(flag_fixed, "flag turned round"),
    "exact_set": Scorer(exact_set, "exact set"),
}


def score_answer(dataset: Dataset, output: StoredOutput, variant: str) -> dict[str, bool | None]:
    """Scorer -> whether the answer of `output` is right, of a model trained as `variant`."""
    return {name: scorer.right(dataset, output, variant) for name, scorer in SCORERS.items()}


def verdict(answer: Mapping[str, bool | None]) -> bool:
    """By the release's rule, so that tables compare; by `exact_set` where that is not known."""
    return bool(answer["exact_set"] if answer["released"] is None else answer["released"])
