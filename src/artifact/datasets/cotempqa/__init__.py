"""CoTempQA: which events held at the same time, asked over dated facts from Wikidata.

The label of the classification step is how the answers' times relate to that of the event in
the question: equal, during, overlap, or a mix of these.
"""

from __future__ import annotations

from dataclasses import replace

from artifact.datasets.cotempqa.grammar import (
    parse_fact,
    parse_question,
    subject_of,
    whole_sentence,
)
from artifact.datasets.cotempqa.hub import HUB, read_original
from artifact.datasets.cotempqa.labels import LABELS
from artifact.datasets.cotempqa.lookalikes.generate import draw
from artifact.datasets.cotempqa.lookalikes.statistics import compare_with_release
from artifact.datasets.cotempqa.mislead import answer_from, misleading_facts
from artifact.datasets.cotempqa.narrate import anchored_trace, narrate
from artifact.datasets.cotempqa.release.outputs import read_outputs
from artifact.datasets.cotempqa.release.problems import read_release, read_stored_traces
from artifact.datasets.cotempqa.release.r1 import R1_RECORDS
from artifact.datasets.cotempqa.release.scoring import SCORING
from artifact.datasets.cotempqa.shortcuts import CATEGORY_SHORTCUTS, SHORTCUTS
from artifact.datasets.cotempqa.solve import check, explain_disagreement, solve
from artifact.datasets.cotempqa.template import TEMPLATE, corrupt_trace
from artifact.datasets.dataset import (
    Dataset,
    Grammar,
    Lookalikes,
    ProblemRules,
    Release,
    Wording,
)
from artifact.datasets.problem import Problem


def subjects_of(problem: Problem) -> tuple[str, ...]:
    """Everyone whom the context mentions, in order: none may be on both sides of a split.

    A question for objects is asked over all facts about one or two subjects; one for subjects, over
    a fact or two about each of ten or more, whose other facts recur in questions for objects.
    A sentence that is not worded as a fact stands for itself.
    """
    return tuple(dict.fromkeys(subject_of(it) or it for it in problem.context))


ABOUT_COTEMPQA = (
    "Some of the gold answers and labels are wrong: one date's facts kept and others left "
    "out, or an answer of another relation. They are scored as the dataset has them.",
    "The gold facts are those in which a gold answer occurs as text, as in the release; they "
    "leave out the fact that states the event in the question, without which no answer "
    "follows.",
    "About 3 % of the release's facts are worded in the past tense ('worked for'), and none of "
    "these is gold or states the event in the question. They stand in fewer than a tenth of "
    "the contexts, so a rule that passes over them gains next to nothing. Look-alikes have "
    "none.",
)
"""About the dataset as its makers publish it, so both in the release and on the hub."""

RELEASE_NOTES = (
    *ABOUT_COTEMPQA,
    "Where a copy of the release has no during.json, only those problems of 'during' are "
    "read of which it has conversations.",
    "Split by group, problems whose contexts tell of one subject stay together. In the release "
    "more than half of them are linked so, through shared subjects, and all train.",
)

DATASET = Dataset(
    name="cotempqa",
    title="CoTemp QA",
    labels=LABELS,
    template=TEMPLATE,
    rules=ProblemRules(
        solve=solve,
        check=check,
        groups_of=subjects_of,
        explain_disagreement=explain_disagreement,
        shortcuts=SHORTCUTS,
        category_shortcuts=CATEGORY_SHORTCUTS,
        grammar=Grammar(
            reads_fact=lambda text: parse_fact(text) is not None,
            reads_question=lambda text: parse_question(text) is not None,
        ),
    ),
    lookalikes=Lookalikes(draw, compare_with_release, draw_sized=draw),
    wording=Wording(
        corrupt_trace=corrupt_trace,
        anchored_trace=anchored_trace,
        narrate=narrate,
        answer_from=answer_from,
        question_for_people=whole_sentence,
        misleading_facts=misleading_facts,
    ),
    release=Release(
        read_problems=read_release,
        read_stored_traces=read_stored_traces,
        read_outputs=read_outputs,
        scoring=SCORING,
        notes=RELEASE_NOTES,
    ),
    hub=replace(HUB, notes=ABOUT_COTEMPQA),
    read_original=read_original,
    r1=R1_RECORDS,
)
