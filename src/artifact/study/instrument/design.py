"""The design: which problems everybody sees, and who goes where.

All groups see the same problems, chosen by seed. Between subjects (the default) a group is a trace
type; within subjects everyone sees every trace type, rotated over the problems as
`manifest.Manifest.arm` says. A participant's group comes from `next_group`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from random import Random
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from artifact.common.errors import InputError
from artifact.study.instrument.items import Questionnaire
from artifact.study.instrument.manifest import Manifest
from artifact.study.instrument.ratings import ANSWER_ONLY, GROUPS
from artifact.study.instrument.stimuli import Stimulus

Design = Literal["between", "within"]
DESIGNS: tuple[Design, ...] = get_args(Design)


class Origin(BaseModel):
    """Where the problems of a study come from: what it takes to choose them again."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    source: str
    seed: int


class Study(Manifest):
    """A manifest with all that the page shows."""

    problems: tuple[Stimulus, ...]
    """What is rated, in the order chosen; each participant's own order is drawn."""
    practice: Stimulus
    """A problem to try the page on; its ratings are not analysed."""
    origin: Origin


def plan(
    stimuli: Sequence[Stimulus],
    questionnaire: Questionnaire,
    origin: Origin,
    *,
    design: Design = "between",
    answer_only: bool = False,
    per_group: int = 25,
) -> Study:
    """The study over `stimuli`, of which the last one is kept for practice.

    Raises:
        InputError: if there are fewer than two stimuli, or if within subjects there are too few
            for everyone to see every trace type.
    """
    *rated, practice = stimuli
    arms = (*GROUPS, ANSWER_ONLY) if answer_only else GROUPS
    fewest = 1 if design == "between" else len(arms)
    if len(rated) < fewest:
        raise InputError(
            f"{len(rated)} problems are too few for this design",
            field="problems",
            cure=f"give at least {fewest}",
        )
    shown = {
        "design": design,
        "arms": arms,
        "per_group": per_group,
        "problems": [problem.model_dump() for problem in rated],
        "practice": practice.model_dump(),
        "questionnaire": questionnaire.model_dump(),
        "origin": origin.model_dump(),
    }
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False)
    version = hashlib.sha256(text.encode()).hexdigest()
    return Study.model_validate({"version": version, **shown})


def choose(stimuli: Sequence[Stimulus], count: int, seed: int) -> tuple[Stimulus, ...]:
    """`count` of `stimuli`, drawn by seed, the categories in turn while they last.

    The same stimuli in any order give the same choice.

    Raises:
        InputError: if there are fewer.
    """
    if len(stimuli) < count:
        raise InputError(
            f"gives {len(stimuli)} problems that can be shown where {count} are needed",
            field="source",
            cure="give more records, or ask for fewer problems",
        )
    rng = Random(f"problems of the study {seed}")
    by_category: dict[str, list[Stimulus]] = {}
    for stimulus in sorted(stimuli, key=lambda stimulus: (stimulus.category, stimulus.id)):
        by_category.setdefault(stimulus.category, []).append(stimulus)
    for members in by_category.values():
        rng.shuffle(members)
    turns = zip_longest(*by_category.values())
    return tuple(stimulus for turn in turns for stimulus in turn if stimulus)[:count]


def next_group(counts: Mapping[str, int], rng: Random) -> str:
    """The group of the next participant: one with the fewest people, drawn among equals.

    `counts` holds, for every group, the people who are taking part or have finished. Whoever
    leaves is no longer counted, and so frees a place that the next arrival takes: groups never
    differ by more than one through arrivals, and a larger difference, which only people who left
    can make, is never widened by an arrival.

    Callers count and place in one transaction; the rule itself knows no time.

    Raises:
        ValueError: if there is no group.
    """
    fewest = min(counts.values())
    return rng.choice(sorted(group for group, count in counts.items() if count == fewest))
