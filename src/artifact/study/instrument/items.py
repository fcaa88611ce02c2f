"""The questionnaire: its items, attention checks and scales, read from a YAML file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import first_fault, located, read_yaml

MOST_QUESTIONS, MOST_OPTIONS = 20, 20
"""Most questions about the participant, and most options of one."""

POINTS = 5
"""Points of every scale, 1 to `POINTS`."""

Dimension = Literal["predictability", "understandability", "faithfulness", "cognitive_load"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
INTERPRETABILITY: tuple[Dimension, ...] = ("predictability", "understandability", "faithfulness")
"""The dimensions whose items together make the paper's "interpretability"."""

DEFAULT_ITEMS = Path(__file__).with_name("items.yml")
"""This project's own wording; the items of the published study are not public."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
MOST_ITEMS = 64
"""Most items, and most checks: the server accepts as many answers in one message."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=120)]
"""As long a name as the server accepts."""
Point = Annotated[int, Field(ge=1, le=POINTS, strict=True)]


class Item(BaseModel, frozen=True, extra="forbid"):
    """A statement or question that is rated after every problem."""

    id: Key
    dimension: Dimension
    scale: Key
    reversed: bool
    """A higher rating means less of the dimension."""
    needs_trace: bool
    """Is about the reasoning text, so it is not asked where only the answer is shown."""
    text: Text


class Check(BaseModel, frozen=True, extra="forbid"):
    """An attention check: a line that says which point to choose."""

    id: Key
    scale: Key
    expected: Point
    text: Text


class Comment(BaseModel, frozen=True, extra="forbid"):
    """The free text at the end."""

    id: Key
    text: Text


class PersonalQuestion(BaseModel, frozen=True, extra="forbid"):
    """A question about the participant; at most one of its options is chosen."""

    id: Key
    text: Text
    options: Annotated[tuple[Text, ...], Field(min_length=2, max_length=MOST_OPTIONS)]


class Demographics(BaseModel, frozen=True, extra="forbid"):
    """Questions about the participant, asked after the problems; each may be left out."""

    decline: Text
    """The last option of every question: preferring not to say."""
    questions: Annotated[
        tuple[PersonalQuestion, ...], Field(min_length=1, max_length=MOST_QUESTIONS)
    ]

    def options(self, question: PersonalQuestion) -> tuple[str, ...]:
        """All options of the question as they are shown, number 1 first."""
        return (*question.options, self.decline)


class Questionnaire(BaseModel, frozen=True, extra="forbid"):
    """All that a participant is asked, in the order asked."""

    wording: Text
    """Whose wording the items are, told in the codebook."""
    scales: Mapping[Key, Annotated[tuple[Text, ...], Field(min_length=POINTS, max_length=POINTS)]]
    """By name of the scale: the labels of its points, 1 first."""
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=MOST_ITEMS)]
    checks: Annotated[tuple[Check, ...], Field(max_length=MOST_ITEMS)]
    comment: Comment
    demographics: Demographics | None = None
    """None where nothing is asked about the participant."""
    comprehension: Text | None = None
    """Asked of a trace before its answer is shown; None where it isn't asked."""

    def asked(self, *, trace_shown: bool) -> tuple[Item, ...]:
        """The items for someone who sees a trace, or for someone who sees the answer only."""
        return tuple(item for item in self.items if trace_shown or not item.needs_trace)


def load_items(path: Path = DEFAULT_ITEMS) -> Questionnaire:
    """Read a questionnaire.

    Raises:
        InputError: the file is missing or not YAML, a field is missing, unknown or of the wrong
            type, an id is used twice, or a scale is not defined. The message names the file, the
            item and the field.
    """
    raw = read_yaml(path)
    try:
        questionnaire = Questionnaire.model_validate(raw)
    except ValidationError as error:
        raise located(_fault(error, raw), path=path) from None
    _check_names(questionnaire, path)
    return questionnaire


def _fault(error: ValidationError, raw: object) -> InputError:
    """The first fault; of an item or a check, named by its own id where it has one."""
    fault = first_fault(error)
    match error.errors()[0]["loc"]:
        case ("items" | "checks" as part, int(index), *field) if isinstance(raw, dict):
            entry = raw[part][index]
            named = entry.get("id") if isinstance(entry, dict) else None
            name = f"item '{named}'" if named else f"entry {index + 1} of {part}"
            problem = f"{name}: {fault.problem[:1].lower()}{fault.problem[1:]}"
            return InputError(problem, field=".".join(map(str, field)) or None, cure=fault.cure)
        case ("demographics", "questions", int(index), *field):
            name = f"question {index + 1} of demographics"
            problem = f"{name}: {fault.problem[:1].lower()}{fault.problem[1:]}"
            return InputError(problem, field=".".join(map(str, field)) or None, cure=fault.cure)
        case _:
            return fault


def _check_names(questionnaire: Questionnaire, path: Path) -> None:
    lines: tuple[Item | Check, ...] = (*questionnaire.items, *questionnaire.checks)
    about = questionnaire.demographics
    personal = about.questions if about else ()
    ids = Counter(
        [line.id for line in lines]
        + [questionnaire.comment.id]
        + [question.id for question in personal]
    )
    for name, count in ids.items():
        if count > 1:
            raise InputError(f"item '{name}': is defined {count} times", path=path, field="id")
    for line in lines:
        if line.scale not in questionnaire.scales:
            raise InputError(
                f"item '{line.id}': scale '{line.scale}' is not defined",
                path=path,
                field="scale",
                cure=f"choose one of {', '.join(questionnaire.scales)}",
            )
    for question in personal:
        shown = (*question.options, about.decline if about else "")
        for option, count in Counter(shown).items():
            if count > 1:
                raise InputError(
                    f"question '{question.id}': option '{option}' is given {count} times",
                    path=path,
                    field="options",
                    cure="the option not to answer is added to each question automatically",
                )
