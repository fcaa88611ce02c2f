"""What participants read: a problem and the text of each trace type for it.

The decomposed trace is worded as the release's template, with its facts as a list instead of a
printed Python list. The other texts are R1's own where a file of the release's records gives
them (`made` is "r1", or the teacher that a file names); for all other problems a rule of the
dataset writes them ("rule"). Whatever the text, the answer beside it is right.
"""

from __future__ import annotations

from collections.abc import Mapping

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.dataset import Dataset, Narration
from artifact.datasets.problem import Problem
from artifact.datasets.sources import Source, load
from artifact.study.instrument.manifest import ShownProblem
from artifact.study.instrument.ratings import GROUPS

MOST_FACTS = 12
"""Longer contexts are not shown: a participant goes through them for every problem, and three
times as many facts would be rated, not the trace."""

LOOKALIKES = 400
"""How many look-alikes a choice is drawn from: enough of every category that are short."""


class Stimulus(ShownProblem):
    """A problem as it is shown.

    Attributes:
        category: gold label, for the balance of the choice; it is not shown by itself.
        question, context, answers: the problem's, the facts in its order.
        traces: text by trace type, blank lines between paragraphs; "- " and "1. " open an entry
            of a list, ``**`` stands around bold words.
        made: who wrote the texts of all types but the decomposed one.
    """

    category: str
    question: str
    context: tuple[str, ...]
    answers: tuple[str, ...]
    traces: Mapping[str, str]
    made: str


def stimulus(dataset: Dataset, problem: Problem, narration: Narration) -> Stimulus:
    """`problem` with the texts of all trace types."""
    texts = (
        decomposed(dataset, problem),
        narration.verbose,
        narration.summary,
        narration.explanation,
    )
    return Stimulus(
        id=problem.id,
        category=problem.category,
        question=problem.question,
        context=problem.context,
        answers=problem.answers,
        traces=dict(zip(GROUPS, map(str.strip, texts), strict=True)),
        made=narration.made,
    )


def decomposed(dataset: Dataset, problem: Problem) -> str:
    """The correct trace as the release words it, its facts one to a line."""
    facts = problem.supporting_facts
    trace = dataset.template.trace(problem.category, facts)
    opening = trace.removesuffix(dataset.template.cited_facts(trace) or "").rstrip()
    return "\n".join([opening, *(f"- {fact}" for fact in facts)])


def read_stimuli(
    dataset: Dataset | str,
    source: Source | str,
    *,
    seed: int,
    intake: Intake,
    most_facts: int = MOST_FACTS,
) -> list[Stimulus]:
    """All problems of a source that can be shown, in its order.

    Args:
        dataset: the dataset, or its name.
        source: ``file:PATH`` gives R1's texts from the release's records; problems of any other
            source get texts by rule, where the rule reaches their gold answers.
        seed: of look-alikes.
        intake: what becomes of a record that can't be used.
        most_facts: problems with a longer context are passed over.

    Raises:
        InputError: if the dataset has no such texts, or the source can't be read.
    """
    dataset = datasets.get(dataset) if isinstance(dataset, str) else dataset
    source = Source.parse(source) if isinstance(source, str) else source
    if source.kind == "file":
        shown = _recorded(dataset, source, intake)
    else:
        shown = _by_rule(dataset, source, seed, intake)
    return [stimulus for stimulus in shown if len(stimulus.context) <= most_facts]


def _recorded(dataset: Dataset, source: Source, intake: Intake) -> list[Stimulus]:
    if dataset.r1 is None:
        raise _no_texts(dataset)
    return [
        stimulus(dataset, narrated.problem, narrated.narration)
        for narrated in dataset.r1.read(source.path, intake)
    ]


def _by_rule(dataset: Dataset, source: Source, seed: int, intake: Intake) -> list[Stimulus]:
    if dataset.wording.narrate is None:
        raise _no_texts(dataset)
    loaded = load(source, dataset, n=LOOKALIKES, seed=seed, skip_bad=intake.skip_bad)
    intake.left_out.extend(loaded.left_out)
    return [
        stimulus(dataset, problem, narration)
        for problem in loaded.problems
        if (narration := dataset.wording.narrate(problem)) is not None
    ]


def _no_texts(dataset: Dataset) -> InputError:
    able = [name for name in datasets.names() if datasets.get(name).wording.narrate is not None]
    return InputError(
        f"{dataset.name} has no texts for the trace types",
        field="dataset",
        cure=f"choose one of {', '.join(able)}",
    )
