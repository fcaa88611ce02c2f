"""The manifest: what a built page asks of whom, written beside the page as `study.json`.

Page, server and export share this record alone: the page shows it, the server accepts only
answers that it asks for, and the database keeps a copy, so that an export needs no page.

Answers are sent one trial at a time and use its names as follows:

=============  ==========================  ================================================
kind           trial                       answers
=============  ==========================  ================================================
consent        ``consent``                 ``{"consent": true}``; comes first
practice       ``practice``                item id to point, for any of the items
comprehension  ``comprehension:N``         numbers of the choices ticked, each to true, of the
                                           N-th problem here
problem        the problem's id            item id to point, for every item asked in the arm
check          the check's id              the check's id to point
demographics   ``demographics``            question id to the option's number, for any of them
comment        the comment's id            the comment's id to text
=============  ==========================  ================================================
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from artifact.common.files import read_record
from artifact.study.instrument.items import Item, Questionnaire
from artifact.study.instrument.ratings import ANSWER_ONLY, GROUPS, Design

MANIFEST = "study.json"
"""Name of the file in the page's folder."""

CONSENT = "consent"
PRACTICE = "practice"
DEMOGRAPHICS = "demographics"
COMPREHENSION = "comprehension"

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,119}$")]


def _known(arm: str) -> str:
    if arm not in (*GROUPS, ANSWER_ONLY):
        raise ValueError(f"'{arm}' is not one of {', '.join((*GROUPS, ANSWER_ONLY))}")
    return arm


Arm = Annotated[str, AfterValidator(_known)]


class Choice(BaseModel):
    """An answer that may be guessed from a trace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    right: bool
    """Whether the traces point to it; all of them give the right answers."""


class ShownProblem(BaseModel):
    """One problem of the study; every participant sees all of them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Identifier
    choices: tuple[Choice, ...] = ()
    """What may be guessed before the answer is shown, where that is asked."""


class Manifest(BaseModel):
    """What is asked of whom.

    Raises:
        ValueError: an arm, or an id among problems, items, checks and comment, is used twice; or
            guesses are asked of a problem without choices.
    """

    # The page keeps more in the file (texts, traces), which the server has no use for.
    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of all that is shown; a database holds answers to one version only."""
    design: Design
    arms: Annotated[tuple[Arm, ...], Field(min_length=1)]
    """The trace types shown (or the answer only), in the order of the rotation."""
    per_group: Annotated[int, Field(ge=1)]
    """Participants wanted in each group."""
    problems: Annotated[tuple[ShownProblem, ...], Field(min_length=1)]
    questionnaire: Questionnaire
    time_away: bool = False
    """Whether the page counts how often and how long it is left while a problem is open."""
    open_places: tuple[str, ...] = ()
    """Places in [brackets] that the texts still have; while one is left, the page is a draft."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Manifest:
        asked = self.questionnaire
        names = [CONSENT, PRACTICE, DEMOGRAPHICS, asked.comment.id, *self.arms]
        names += [f"{COMPREHENSION}:{place + 1}" for place in range(len(self.problems))]
        names += [item.id for item in asked.items] + [check.id for check in asked.checks]
        names += [shown.id for shown in self.problems]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise ValueError(f"'{twice[0]}' is used twice{_by_the_page(twice[0])}")
        if asked.comprehension and not all(shown.choices for shown in self.problems):
            raise ValueError("a problem has no choices to guess from")
        return self

    @property
    def groups(self) -> tuple[str, ...]:
        """What participants are assigned to: an arm; within subjects, the first arm they see."""
        return self.arms

    def arm(self, group: str, problem: str) -> str:
        """What the group sees with the problem.

        Between subjects that is the group's own arm. Within subjects the arms rotate from one
        problem of the manifest to the next, a Latin square where there are as many problems as
        arms: every group sees every arm, and every problem is seen in every arm.
        """
        if self.design == "between":
            return group
        turn = [shown.id for shown in self.problems].index(problem)
        return self.arms[(self.groups.index(group) + turn) % len(self.arms)]

    def asked(self, group: str, problem: str) -> tuple[Item, ...]:
        """The items that the group is asked about the problem."""
        shown = self.arm(group, problem)
        return self.questionnaire.asked(trace_shown=shown != ANSWER_ONLY)

    def guessed(self, group: str) -> dict[str, ShownProblem]:
        """By trial: the problems whose answer the group guesses from a trace."""
        if self.questionnaire.comprehension is None:
            return {}
        return {
            f"{COMPREHENSION}:{place}": shown
            for place, shown in enumerate(self.problems, start=1)
            if self.arm(group, shown.id) != ANSWER_ONLY
        }


def _by_the_page(name: str) -> str:
    own = name in (CONSENT, PRACTICE, DEMOGRAPHICS, *GROUPS, ANSWER_ONLY)
    return ", and the page itself uses it" if own else ""


def read_manifest(page: Path) -> Manifest:
    """The manifest of the page built in the folder `page`.

    Raises:
        InputError: there is no such folder or file, or a field of it is invalid.
    """
    path = page / MANIFEST
    return read_record(path, Manifest, cure="build the page with `artifact study page --out DIR`")
