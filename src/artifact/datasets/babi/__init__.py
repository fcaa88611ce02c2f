"""bAbI: eleven tasks over short stories of simulated worlds, one question per story."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from artifact.datasets.babi.grammar import read_fact, read_question
from artifact.datasets.babi.hub import HUB, read_original
from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.lookalikes.generate import draw
from artifact.datasets.babi.lookalikes.statistics import compare_with_release
from artifact.datasets.babi.mislead import answer_from, misleading_facts
from artifact.datasets.babi.narrate import anchored_trace, narrate
from artifact.datasets.babi.release.outputs import read_outputs
from artifact.datasets.babi.release.problems import read_release, read_stored_traces
from artifact.datasets.babi.release.r1 import R1_RECORDS
from artifact.datasets.babi.release.scoring import SCORING
from artifact.datasets.babi.shortcuts import CATEGORY_SHORTCUTS, SHORTCUTS
from artifact.datasets.babi.solve import check, explain_disagreement, solve
from artifact.datasets.babi.template import TEMPLATE, corrupt_trace
from artifact.datasets.dataset import Dataset, Grammar, Lookalikes, ProblemRules, Release, Wording
from artifact.datasets.problem import Problem


def story_of(problem: Problem) -> tuple[str]:
    """sha256 (hex) of the context: equal stories stay on one side of a split."""
    return (hashlib.sha256("\n".join(problem.context).encode()).hexdigest(),)


RELEASE_NOTES = (
    "Of basic-induction's animals of one kind, the release's gold answers follow the one "
    "whose kind is told last; no other reason to prefer it is in the text.",
    "The release does not say which place a repeated sentence is quoted from; in a story it "
    "is taken to be the last that leaves room for the facts quoted after it.",
)
HUB_NOTES = (
    "The hub gives the first question of every story of the tasks; the release's test "
    "table has a tenth as many as the hub's test split, and how they were drawn is not "
    "recorded.",
)

DATASET = Dataset(
    name="babi",
    title="bAbI QA",
    labels=LABELS,
    template=TEMPLATE,
    rules=ProblemRules(
        solve=solve,
        check=check,
        groups_of=story_of,
        explain_disagreement=explain_disagreement,
        shortcuts=SHORTCUTS,
        category_shortcuts=CATEGORY_SHORTCUTS,
        grammar=Grammar(
            reads_fact=lambda text: read_fact(text) is not None,
            reads_question=lambda text: read_question(text) is not None,
        ),
    ),
    lookalikes=Lookalikes(draw, compare_with_release),
    wording=Wording(
        corrupt_trace=corrupt_trace,
        anchored_trace=anchored_trace,
        narrate=narrate,
        answer_from=answer_from,
        misleading_facts=misleading_facts,
    ),
    release=Release(
        read_problems=read_release,
        read_stored_traces=read_stored_traces,
        read_outputs=read_outputs,
        scoring=SCORING,
        notes=RELEASE_NOTES,
    ),
    hub=replace(HUB, notes=HUB_NOTES),
    read_original=read_original,
    r1=R1_RECORDS,
    notes=(
        "Gold facts of size-reasoning are always a chain of two; where several chains hold, "
        "nothing in the text says which one is meant, and the solver names the first to be "
        "complete.",
    ),
)
