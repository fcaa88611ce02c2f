"""The design: which problems are shown, and how participants are assigned to groups.

All groups see the same problems, drawn by seed. Between subjects (the default) a group sees one
trace type; within subjects everyone sees every trace type, rotated over the problems
(`manifest.Manifest.arm`). `next_group` assigns each participant.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from random import Random
from typing import get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import first_fault
from artifact.study.instrument.items import Questionnaire
from artifact.study.instrument.manifest import Manifest
from artifact.study.instrument.ratings import ANSWER_ONLY, GROUPS, Design
from artifact.study.instrument.stimuli import Stimulus
from artifact.study.instrument.texts import Option

DESIGNS: tuple[Design, ...] = get_args(Design)


def one_of_designs(name: str) -> Design:
    """`name` as a design.

    Raises:
        InputError: it is not one.
    """
    for design in DESIGNS:
        if design == name:
            return design
    raise InputError(f"is '{name}'", field="design", cure=f"choose one of {', '.join(DESIGNS)}")


class Origin(BaseModel):
    """Where the problems of a study come from: all that is needed to draw them again."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    source: str
    seed: int


class Study(Manifest):
    """A manifest with all that the page shows."""

    problems: tuple[Stimulus, ...]
    """The problems rated; each participant sees them in a random order of their own."""
    practice: Stimulus
    """A problem to try the page on; its ratings are not analysed."""
    origin: Origin


def plan_study(
    stimuli: Sequence[Stimulus],
    questionnaire: Questionnaire,
    origin: Origin,
    *,
    design: Design = "between",
    answer_only: bool = False,
    per_group: int = 25,
    options: Collection[Option] = (),
    open_places: Sequence[str] = (),
) -> Study:
    """The study over `stimuli`; the last one is kept for practice.

    `options` are what is asked or stored besides; what the questionnaire has for others is left
    out. `open_places` are those of the texts, which are not part of the version: correcting a word
    of the information does not separate the answers given before from those given after.

    Raises:
        InputError: there are fewer than two stimuli or, within subjects, too few for everyone to
            see every trace type; a name is used twice among arms, problems, items, checks and
            comment, or no server would accept it; or the questionnaire lacks what an option asks.
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
    left_out = set() if "comprehension" in options else {"choices"}
    shown = {
        "design": design,
        "arms": arms,
        "per_group": per_group,
        "problems": [problem.model_dump(exclude=left_out) for problem in rated],
        "practice": practice.model_dump(exclude=left_out),
        "questionnaire": _with_options(questionnaire, options).model_dump(exclude_none=True),
        "origin": origin.model_dump(),
    } | ({"time_away": True} if "time_away" in options else {})
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False)
    version = hashlib.sha256(text.encode()).hexdigest()
    try:
        return Study.model_validate({"version": version, "open_places": open_places, **shown})
    except ValidationError as error:
        fault = first_fault(error)
        cure = "give the item, check or problem another id"
        raise InputError(fault.problem, field=fault.field or "id", cure=cure) from None


def _with_options(asked: Questionnaire, options: Collection[Option]) -> Questionnaire:
    for name in ("demographics", "comprehension"):
        if name not in options:
            asked = asked.model_copy(update={name: None})
        elif getattr(asked, name) is None:
            cure = "add the block, as in items.yml here, or leave the option out"
            raise InputError("is not in the questionnaire", field=name, cure=cure)
    return asked


def choose_stimuli(stimuli: Sequence[Stimulus], count: int, seed: int) -> tuple[Stimulus, ...]:
    """`count` of the stimuli, drawn by seed and balanced over categories while they last.

    The order in which the stimuli are given does not matter.

    Raises:
        InputError: there are fewer.
    """
    if len(stimuli) < count:
        raise InputError(
            f"gives {len(stimuli)} problems that can be shown, but {count} are needed",
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
    """The group of the next participant: the smallest one, drawn at random among equals.

    People who leave are no longer counted, which frees a place for the next arrival. Arrivals
    alone never make group sizes differ by more than one, and never widen a larger difference
    that people who left have made. Callers count and assign in one transaction.

    Args:
        counts: by group, the people who are taking part or have finished.
        rng: draws among groups of equal size.

    Raises:
        ValueError: if there is no group.
    """
    fewest = min(counts.values())
    return rng.choice(sorted(group for group, count in counts.items() if count == fewest))
