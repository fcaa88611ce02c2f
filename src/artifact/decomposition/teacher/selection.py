"""Which problems of a source a teacher is asked: those that its records can state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.intake import Intake, LeftOut
from artifact.datasets.problem import Problem
from artifact.datasets.sources import Loaded, load


@dataclass(frozen=True, slots=True)
class Selection:
    """Problems for a teacher.

    Attributes:
        dataset, source: where they come from, as on the command line.
        problems: in the source's order, no two of them asking the same.
        left_out: those that can't be asked, each with the reason.
        state: problem -> the part of the record that is not the teacher's.
        is_right: (problem, final text) -> whether the text gives the gold answers.
    """

    dataset: str
    source: str
    problems: tuple[Problem, ...]
    left_out: tuple[LeftOut, ...]
    state: Callable[[Problem], dict[str, object]]
    is_right: Callable[[Problem, str], bool]


def choose(dataset: str, source: str, *, n: int, seed: int, skip_bad: bool) -> Selection:
    """The problems of a source that the dataset's records of R1's texts can state.

    Args:
        dataset: its name.
        source: see `artifact.datasets.sources.GRAMMAR`.
        n: how many: look-alikes to make, or problems to draw from another source, which keep its
            order; all where it has fewer.
        seed: of look-alikes and of the draw.
        skip_bad: leave bad records of the source out and list them.

    Raises:
        InputError: if the source can't be read, the dataset has no format for such records,
            or no problem is left.
    """
    asked = datasets.get(dataset)
    if asked.r1 is None:
        able = [name for name in datasets.names() if datasets.get(name).r1]
        raise InputError(
            f"a teacher's texts about {dataset} have no record format",
            field="dataset",
            cure=f"choose one of {', '.join(able)}",
        )
    loaded = load(source, asked, n=n, seed=seed, skip_bad=skip_bad)
    problems: list[Problem] = []
    intake = Intake(skip_bad=True)
    intake.left_out += loaded.left_out
    first_of: dict[tuple[str, tuple[str, ...]], str] = {}
    for problem in _drawn(loaded, n, seed):
        content = (problem.question, problem.context)
        try:
            if content in first_of:
                raise InputError(f"asks the same as {first_of[content]}")
            asked.r1.state(problem)
        except InputError as error:
            intake.reject(InputError(f"{problem.id}: {error}"))
            continue
        first_of[content] = problem.id
        problems.append(problem)
    if not problems:
        raise intake.nothing_left("problems for a teacher", source)
    return Selection(
        dataset=dataset,
        source=loaded.source,
        problems=tuple(problems),
        left_out=tuple(intake.left_out),
        state=asked.r1.state,
        is_right=asked.r1.is_right,
    )


def _drawn(loaded: Loaded, n: int, seed: int) -> Sequence[Problem]:
    if n >= len(loaded.problems):
        return loaded.problems
    indices = sorted(Random(seed).sample(range(len(loaded.problems)), n))
    return [loaded.problems[index] for index in indices]
