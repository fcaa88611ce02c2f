"""The faults of the released scoring as probes that a reader runs.

Each probe shows its fault on one invented example, through the scoring code itself, and, where
the release is at hand, counts how far it reaches there. All concern the public release of May
2025; what the camera-ready paper rests on may differ, and its authors have not been asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from artifact import datasets
from artifact.common.errors import InputError
from artifact.evaluation.faults import examples, reach, recipe
from artifact.evaluation.faults.examples import Example
from artifact.evaluation.faults.reach import Counts, Stored

SCOPE = (
    "The public release of May 2025 (GitHub sbhambr1/Trace_Check_QA). What the camera-ready paper "
    "rests on may differ; the authors have not been asked."
)


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe showed.

    Attributes:
        id: F1 to F14.
        title: the fault in one line.
        went_in, came_out, would_be_right: the invented example.
        shown: whether the example shows the fault.
        counts: how far it reaches on the release, by words to print beside the number: counts as
            whole numbers, others as shares in [0, 1], differences of shares or chi-squared. None
            without the release.
        note: why there are no counts, if something prevented them.
    """

    id: str
    title: str
    went_in: str
    came_out: str
    would_be_right: str
    shown: bool
    counts: Counts | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """One fault: its example, and its count on the release."""

    id: str
    title: str
    example: Callable[[], Example]
    count: Callable[[Mapping[str, Stored]], Counts]

    def run(self, release_root: Path | None = None) -> ProbeResult:
        """Show the fault, and count it where a release is given. Takes seconds.

        Raises:
            InputError: if `release_root` is not a folder.
        """
        return self._result(None if release_root is None else _open(release_root))

    def _result(self, release: Mapping[str, Stored] | None) -> ProbeResult:
        example = self.example()
        found, note = None, None
        if release is not None:
            try:
                found = self.count(release)
            except InputError as error:
                note = str(error)
        return ProbeResult(
            id=self.id,
            title=self.title,
            went_in=example.went_in,
            came_out=example.came_out,
            would_be_right=example.would_be_right,
            shown=example.shown,
            counts=found,
            note=note,
        )


PROBES: tuple[Probe, ...] = (
    Probe(
        "F1",
        "Gold steps are those of the first row that shares an answer, not of the problem's own",
        examples.wrong_gold_row,
        reach.wrong_gold_rows,
    ),
    Probe(
        "F2",
        "Every fact of the context counts as a gold fact",
        examples.every_fact_gold,
        reach.hits_without_gold,
    ),
    Probe(
        "F3",
        "An inverted flag hides wrong extra answers",
        examples.inverted_flag,
        reach.answers_of_everything,
    ),
    Probe(
        "F4",
        "Without <answer> the trace itself is searched for the answer",
        examples.trace_scored_as_answer,
        reach.answers_without_tag,
    ),
    Probe(
        "F5",
        "The abstract's 28 % equals a joint share, which reads like a conditional one",
        examples.joint_share,
        reach.joint_shares,
    ),
    Probe(
        "F6",
        "bAbI's incorrect traces are trained in lower case and matched with case",
        examples.lower_cased_facts,
        reach.lower_cased_traces,
    ),
    Probe(
        "F7",
        "Means over four unequal categories, from runs that were not seeded",
        examples.unequal_categories,
        reach.means_and_repeats,
    ),
    Probe(
        "F8",
        "Test problems, their subjects or their stories occur in training",
        examples.seen_in_training,
        reach.training_overlap,
    ),
    Probe(
        "F9",
        "The label follows from the dates without any answer, and two problems in three share one",
        examples.label_without_answer,
        reach.labels_by_rule,
    ),
    Probe(
        "F10",
        "Correct traces leave out the fact that the question starts from",
        examples.missing_anchor,
        reach.missing_anchors,
    ),
    Probe(
        "F11",
        "Training cuts conversations at 1,024 tokens from the right, and with the end the answer",
        recipe.cut_conversation,
        recipe.cut_rows,
    ),
    Probe(
        "F12",
        "The loss is taken over the whole conversation, most of which the user wrote",
        recipe.loss_on_prompt,
        recipe.assistants_share,
    ),
    Probe(
        "F13",
        "Decoding stops at 500 new tokens, and a trace that is not finished is scored",
        recipe.decoding_stops,
        recipe.unfinished_traces,
    ),
    Probe(
        "F14",
        "The release's own matrices exceed the threshold that is published for independence",
        examples.association_with_sign_turned,
        reach.associated_matrices,
    ),
)


def run_probes(release_root: Path | None = None) -> list[ProbeResult]:
    """All probes in order; the release's files are read once for all of them."""
    release = None if release_root is None else _open(release_root)
    return [probe._result(release) for probe in PROBES]


def _open(root: Path) -> dict[str, Stored]:
    if not os.path.isdir(root):
        raise InputError("no such folder", path=root, cure="name the folder of the release")
    return {name: Stored(name, root) for name in datasets.names()}
