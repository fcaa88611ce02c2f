"""The stimuli: a problem with a reasoning text of each trace type.

The decomposed trace follows the release's template, except that its facts are a bulleted list
instead of a printed Python list. The other texts are R1's own where a file of the release's
records gives them (`made` is "r1", or the teacher that the file names); for all other problems a
rule of the dataset writes them ("rule"). The answer shown is always right.
"""

from __future__ import annotations

from collections.abc import Mapping

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.files import located
from artifact.common.intake import Intake
from artifact.datasets.dataset import Dataset, Narration
from artifact.datasets.problem import Problem
from artifact.datasets.sources import Source, load
from artifact.study.instrument.manifest import Choice, ShownProblem
from artifact.study.instrument.ratings import GROUPS

MOST_FACTS = 12
"""Problems with longer contexts are not shown: participants read the facts of every problem, and
with many more they would rate the facts and not the trace."""

FEWEST_CHOICES = 3
"""Where the facts offer fewer answers, guessing them says little about what was understood."""

LOOKALIKES = 400
"""How many look-alikes the problems are drawn from: enough short ones of every category."""


class Stimulus(ShownProblem):
    """A problem as it is shown.

    Attributes:
        category: gold label, used to balance the problems; it is not shown by itself.
        question: of the problem, as a whole sentence even if the dataset's own wording is not one.
        context, answers: of the problem, the facts in its order.
        traces: text by trace type, with blank lines between paragraphs, list entries that start
            with "- " or "1. ", and ``**`` around bold words.
        made: who wrote the texts, except the decomposed one.
    """

    category: str
    question: str
    context: tuple[str, ...]
    answers: tuple[str, ...]
    traces: Mapping[str, str]
    made: str


def stimulus(dataset: Dataset, problem: Problem, narration: Narration) -> Stimulus:
    """`problem` with the texts of all trace types.

    Raises:
        InputError: if `narration` lacks one.
    """
    texts = [decomposed(dataset, problem)]
    for kind in ("verbose", "summary", "explanation"):
        text: str | None = getattr(narration, kind)
        if text is None:
            raise InputError(f"no record of '{problem.id}' has its {kind}")
        texts.append(text)
    return Stimulus(
        id=problem.id,
        category=problem.category,
        question=(dataset.wording.question_for_people or str)(problem.question),
        context=problem.context,
        answers=problem.answers,
        traces=dict(zip(GROUPS, map(str.strip, texts), strict=True)),
        made=narration.made,
        choices=_choices(dataset, problem),
    )


def _choices(dataset: Dataset, problem: Problem) -> tuple[Choice, ...]:
    """The answers that single facts of the context point to, sorted; none if they are too few or
    lack a right one."""
    points_to = dataset.wording.answer_from
    if points_to is None:
        return ()
    offered = {answer for fact in problem.context for answer in points_to(problem, [fact]) or ()}
    if len(offered) < FEWEST_CHOICES or not offered.issuperset(problem.answers):
        return ()
    return tuple(Choice(text=text, right=text in problem.answers) for text in sorted(offered))


def decomposed(dataset: Dataset, problem: Problem) -> str:
    """The correct trace as the release words it, one fact per line."""
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
    """All problems of a source that can be shown, in the source's order.

    Args:
        dataset: the dataset, or its name.
        source: ``file:PATH`` gives R1's texts from the release's records; problems of any other
            source get texts by rule, where the rule reaches their gold answers.
        seed: of the look-alikes.
        intake: what happens to records that cannot be used.
        most_facts: problems with a longer context are left out.

    Raises:
        InputError: the dataset has no such texts, or the source cannot be read.
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
    shown = []
    for narrated in dataset.r1.read(source.path, intake):
        try:
            shown.append(stimulus(dataset, narrated.problem, narrated.narration))
        except InputError as error:
            intake.reject(located(error, path=source.path))
    return shown


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
