"""The manifest: what a built page asks of whom, written beside it as `study.json`.

The page, the server and the export agree through this record alone: the page shows it, the
server takes no answer that it does not ask for, and the database keeps a copy, so that an
export needs no page.

How the names in it are used when answers are sent, one request per trial:

=========  ==================  =====================================================
kind       trial               answers
=========  ==================  =====================================================
consent    ``consent``         ``{"consent": true}``; comes first
practice   ``practice``        item id to point, for any of the items
problem    the problem's id    item id to point, for every item asked in the arm
check      the check's id      the check's id to point
comment    the comment's id    the comment's id to text
=========  ==================  =====================================================
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from artifact.common.errors import InputError
from artifact.study.instrument.items import Item, Questionnaire
from artifact.study.instrument.ratings import ANSWER_ONLY, GROUPS

MANIFEST = "study.json"
"""Name of the file in the page's folder."""

CONSENT = "consent"
PRACTICE = "practice"

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,119}$")]


def _known(arm: str) -> str:
    if arm not in (*GROUPS, ANSWER_ONLY):
        raise ValueError(f"'{arm}' is none of {', '.join((*GROUPS, ANSWER_ONLY))}")
    return arm


Arm = Annotated[str, AfterValidator(_known)]


class _Record(BaseModel):
    # The page keeps more in the file (texts, traces); that is no business of the server.
    model_config = ConfigDict(frozen=True, extra="ignore")


class ShownProblem(_Record):
    """One problem of the study; every participant sees all of them."""

    id: Identifier


class Manifest(_Record):
    """What is asked.

    Raises:
        ValueError: an arm, or an id among problems, items, checks and comment, stands twice.
    """

    version: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of all that is shown; answers to two versions never share a database."""
    design: Literal["between", "within"]
    arms: Annotated[tuple[Arm, ...], Field(min_length=1)]
    """What may be shown with a problem, in the order of the rotation."""
    per_group: Annotated[int, Field(ge=1)]
    """Participants wanted in each group."""
    problems: Annotated[tuple[ShownProblem, ...], Field(min_length=1)]
    questionnaire: Questionnaire

    @model_validator(mode="after")
    def _names_are_unique(self) -> Manifest:
        asked = self.questionnaire
        names = [CONSENT, PRACTICE, asked.comment.id, *self.arms]
        names += [item.id for item in asked.items] + [check.id for check in asked.checks]
        names += [shown.id for shown in self.problems]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise ValueError(f"'{twice[0]}' stands twice")
        return self

    @property
    def groups(self) -> tuple[str, ...]:
        """What a participant is assigned to: an arm; within subjects, the arm to begin with."""
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


def read_manifest(page: Path) -> Manifest:
    """The manifest of the page built in the folder `page`.

    Raises:
        InputError: there is no such folder or file, or a field of it does not hold.
    """
    path = page / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        cure = "build the page with `artifact study page --out DIR`"
        raise InputError("no such file", path=path, cure=cure) from None
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, fault["loc"])) or None
        raise InputError(fault["msg"], path=path, field=field) from None
