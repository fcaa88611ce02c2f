"""Whether an answer is right, by three rules from the release's to the plainest.

A rule is a function listed in `SCORERS` with the figures that an evaluation gives for it; nothing
else needs to know about it. `released` and `flag_fixed` are the release's exact match, unchanged
and with its one inverted flag corrected. `exact_set` reads the answer where the model was trained
to put it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from artifact.datasets.dataset import Dataset
from artifact.datasets.release_records import StoredOutput
from artifact.decomposition.parse import answer_text, text_after_trace
from artifact.decomposition.wrapping import answer_set
from artifact.evaluation.released import answer_right

Average = Literal["micro", "macro"]
"""Over outputs, or the mean of the categories."""

TRACELESS = frozenset({"vanilla", "r1-set-vanilla", "prompting"})
"""Variants that were trained on the answer alone, or not at all: the whole text is the answer."""


def released(dataset: Dataset, output: StoredOutput, variant: str) -> bool | None:
    """The release's exact match; None if its scoring of the dataset is not known."""
    return None if dataset.release is None else answer_right(dataset, output)


def flag_fixed(dataset: Dataset, output: StoredOutput, variant: str) -> bool | None:
    """The release's exact match with its inverted flag corrected; None as in `released`."""
    return None if dataset.release is None else answer_right(dataset, output, flag_fixed=True)


def exact_set(dataset: Dataset, output: StoredOutput, variant: str) -> bool:
    """Whether the stated answers, stripped of any wrapping, are exactly the gold set
    (`artifact.decomposition.wrapping`).

    The answers are in ``<answer>`` after the trace. A model trained on traces that leaves the
    tag out is wrong; for one that was not, all that follows a trace is the answer.
    """
    stated, template = _stated(output, variant), dataset.template
    gold = answer_set(template.answer(output.problem.answers), template)
    return stated is not None and answer_set(stated, template) == gold


def bare_set(dataset: Dataset, output: StoredOutput, variant: str) -> bool:
    """`exact_set` of the answers as written: only the template's own marks are stripped."""
    stated, template = _stated(output, variant), dataset.template
    gold = template.parse_answer(template.answer(output.problem.answers))
    return stated is not None and template.parse_answer(stated) == gold


def _stated(output: StoredOutput, variant: str) -> str | None:
    stated = answer_text(output.prediction)
    return (
        text_after_trace(output.prediction) if stated is None and variant in TRACELESS else stated
    )


@dataclass(frozen=True, slots=True)
class Scorer:
    """A rule by which an answer is right.

    Attributes:
        right: whether an output's answer is right, given the variant its model was trained on;
            None if the rule can't be applied to the dataset.
        title: the rule in words, for tables.
        averages: the figures that an evaluation gives, named ``<scorer>_<average>``.
    """

    right: Callable[[Dataset, StoredOutput, str], bool | None]
    title: str
    averages: tuple[Average, ...] = ("micro",)


SCORERS: dict[str, Scorer] = {
    "released": Scorer(released, "released", averages=("micro", "macro")),
    "flag_fixed": Scorer(flag_fixed, "inverted flag corrected"),
    "exact_set": Scorer(exact_set, "exact set"),
}


def score_answer(dataset: Dataset, output: StoredOutput, variant: str) -> dict[str, bool | None]:
    """Scorer -> whether the answer of `output` is right, for a model trained on `variant`."""
    return {name: scorer.right(dataset, output, variant) for name, scorer in SCORERS.items()}


def verdict(answer: Mapping[str, bool | None]) -> bool:
    """By the release's rule, so that tables are comparable; by `exact_set` if it is not known."""
    return bool(answer["exact_set"] if answer["released"] is None else answer["released"])
