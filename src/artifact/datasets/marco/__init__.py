"""MARCO: five question types over web passages, with free-form answers.

Only the question type and the passage can be derived by rule; see `notes` of `DATASET`.
"""

from __future__ import annotations

from dataclasses import replace

from artifact.datasets.dataset import Dataset, Lookalikes, ProblemRules, Release, Wording
from artifact.datasets.marco.hub import HUB, read_original
from artifact.datasets.marco.labels import LABELS
from artifact.datasets.marco.lookalikes.generate import draw
from artifact.datasets.marco.release.outputs import read_outputs
from artifact.datasets.marco.release.problems import read_release, read_stored_traces
from artifact.datasets.marco.release.scoring import SCORING
from artifact.datasets.marco.shortcuts import CATEGORY_SHORTCUTS, SHORTCUTS
from artifact.datasets.marco.solve import check, solve
from artifact.datasets.marco.template import TEMPLATE, corrupt_trace
from artifact.datasets.problem import Problem


def query_and_passages(problem: Problem) -> tuple[str, ...]:
    """The query without case, and the passages: neither may be on both sides of a split."""
    return (problem.question.lower(), *problem.context)


GOLD_PASSAGE = (
    "The gold passage is the one with most words in common with the first answer, as in the "
    "release; the passage that annotators marked is kept beside it where the source has it."
)
RELEASE_NOTES = (
    GOLD_PASSAGE,
    "The public repository has MARCO's scores and confusion matrices but not its problems; "
    "they are on the hub, for non-commercial research.",
    "The release's scoring of MARCO is bAbI's, restated: no MARCO generations were available to "
    "check it against. By that rule an answer without the brackets of the stored gold list is "
    "wrong.",
)
HUB_NOTES = (
    GOLD_PASSAGE,
    "The hub gives as many rows as the release uses (5,000 to train, 1,000 to test), the "
    "first ones of each split; which rows the release drew is not recorded.",
)

DATASET = Dataset(
    name="marco",
    title="MARCO QA",
    labels=LABELS,
    template=TEMPLATE,
    rules=ProblemRules(
        solve=solve,
        check=check,
        groups_of=query_and_passages,
        shortcuts=SHORTCUTS,
        category_shortcuts=CATEGORY_SHORTCUTS,
    ),
    lookalikes=Lookalikes(draw),
    wording=Wording(corrupt_trace=corrupt_trace),
    release=Release(
        read_problems=read_release,
        read_stored_traces=read_stored_traces,
        read_outputs=read_outputs,
        scoring=SCORING,
        notes=RELEASE_NOTES,
    ),
    hub=replace(HUB, notes=HUB_NOTES),
    read_original=read_original,
    notes=(
        "MARCO's answers are free text that people wrote, so no rule derives them: only the "
        "question type (from the question's words) and the passage (by words in common) are.",
        "An answer without a word in common with its passages is kept where the hub or the "
        "release gives it, since people may answer like that, and counted by the check; in a file "
        "of problems it is an error.",
    ),
)
