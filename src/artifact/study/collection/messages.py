"""What the page may send, and why the server refuses anything else.

Bodies are read strictly (a number in quotes is text) and unknown fields are refused. An answer is
stored only if the participant was asked for it. Each reason to refuse a request is an exception
with its HTTP status; its text goes to the sender and never repeats what was sent or stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from artifact.common.documents import json_value
from artifact.common.errors import InputError
from artifact.study.instrument.items import MOST_ITEMS, POINTS, Demographics
from artifact.study.instrument.manifest import (
    CONSENT,
    DEMOGRAPHICS,
    PRACTICE,
    Identifier,
    Manifest,
)

MAX_SECONDS = 30 * 24 * 60 * 60
"""Longest time that a trial may have been on the screen: 30 days, for a page left open."""
MAX_TIMES = 1_000_000
"""Most times that a page may have been left; no person gets there."""
MAX_TEXT_LENGTH = 5_000
"""Characters of a free-text answer."""

TrialKind = Literal[
    "consent", "practice", "problem", "check", "comprehension", "demographics", "comment"
]
Secret = Annotated[str, Field(pattern=r"^[0-9a-f]{32,128}$")]
"""At least 128 random bits, drawn by the browser and kept there."""
PlatformId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$")]
"""An id from a recruiting platform; a placeholder that was never filled in does not match."""
FreeText = Annotated[
    str, Field(max_length=MAX_TEXT_LENGTH, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")
]
"""Text without control characters, which no keyboard types and CSV readers stumble over."""


Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]


class RefusedError(Exception):
    """A request that changes nothing."""

    status: ClassVar[int]


class MalformedError(RefusedError):
    """The body is not JSON in UTF-8."""

    status = 400


class UnknownTokenError(RefusedError):
    """The token belongs to no participant."""

    status = 401


class ConflictError(RefusedError):
    """The request contradicts what is stored, which stays."""

    status = 409


class UnfinishedError(RefusedError):
    """The participant cannot finish yet: the trials in `missing` have no answer."""

    status = 409

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        super().__init__("answers are missing")


class LeftError(RefusedError):
    """The participant has left the study."""

    status = 410


class UnprocessableError(RefusedError):
    """The body is JSON, but not something that the page could have been asked to send."""

    status = 422


class Message(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Enrolment(Message):
    """Someone arrives, or comes back with the same secret."""

    secret: Secret
    pid: PlatformId | None = None
    study: PlatformId | None = None
    session: PlatformId | None = None


class Answer(Message):
    """The answer to one trial.

    Attributes:
        trial: the trial's name.
        kind: the kind of trial; see `manifest` for what each kind asks.
        answers: item id to the point chosen, the text written, or consent.
        seconds: how long the trial was on the screen.
        times_away, seconds_away: how often and how long the participant was in another window
            meanwhile; for problems only, and only if the study counts it.
    """

    trial: Identifier
    kind: TrialKind
    answers: Annotated[
        dict[Identifier, StrictBool | StrictInt | FreeText], Field(max_length=MOST_ITEMS)
    ]
    seconds: Seconds
    times_away: Annotated[int, Field(ge=0, le=MAX_TIMES)] | None = None
    seconds_away: Seconds | None = None


class EmptyBody(Message):
    """`finish` and `leave` need the token only."""


M = TypeVar("M", bound=Message)


def read_message(kind: type[M], body: bytes) -> M:
    """The body as a message of the kind.

    Raises:
        MalformedError: it is not JSON in UTF-8.
        UnprocessableError: a field is missing, unknown, or of the wrong type or size.
    """
    try:
        json_value(body)
    except InputError as error:
        raise MalformedError("a field is given twice" if error.field else "no JSON") from None
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if fault["type"] == "json_invalid":
            raise MalformedError("no JSON") from None
        known = [str(part) for part in fault["loc"] if part in kind.model_fields]
        where = f"field '{known[0]}'" if known else "the body"
        raise UnprocessableError(f"{where} is not as asked for") from None


def check_answer(answer: Answer, manifest: Manifest, group: str) -> None:
    """Check that a participant of the group was asked for this answer.

    Raises:
        UnprocessableError: the trial is unknown or of another kind, an item is missing or was not
            asked, or a value is not a point of its scale (not a text, not a consent).
    """
    _check_times(answer, counted=manifest.time_away and answer.kind == "problem")
    match answer.kind:
        case "consent":
            _check_names(answer, {CONSENT}, {CONSENT})
            if answer.answers[CONSENT] is not True:
                raise UnprocessableError("without consent nothing is stored")
        case "practice":
            items = {item.id for item in manifest.questionnaire.items}
            _check_names(answer, {PRACTICE}, items & answer.answers.keys())
            _check_points(answer)
        case "problem":
            problems = {shown.id for shown in manifest.problems}
            _check_trial(answer, problems)
            items = {item.id for item in manifest.asked(group, answer.trial)}
            _check_names(answer, problems, items)
            _check_points(answer)
        case "check":
            checks = {check.id for check in manifest.questionnaire.checks}
            _check_names(answer, checks, {answer.trial})
            _check_points(answer)
        case "comprehension":
            guessed = manifest.guessed(group)
            _check_trial(answer, guessed)
            _check_ticks(answer, len(guessed[answer.trial].choices))
        case "demographics":
            _check_options(answer, manifest.questionnaire.demographics)
        case "comment":
            comment = manifest.questionnaire.comment.id
            _check_names(answer, {comment}, {comment})
            if not isinstance(answer.answers[comment], str):
                raise UnprocessableError("a comment is text")


def required_trials(manifest: Manifest, group: str) -> frozenset[str]:
    """The trials that everyone in the group must complete to finish.

    Practice, demographics and comment may be missing.
    """
    return frozenset(
        [
            CONSENT,
            *(shown.id for shown in manifest.problems),
            *(check.id for check in manifest.questionnaire.checks),
            *manifest.guessed(group),
        ]
    )


def _check_trial(answer: Answer, trials: Iterable[str]) -> None:
    if answer.trial not in trials:
        raise UnprocessableError(f"no such trial of kind '{answer.kind}'")


def _check_names(answer: Answer, trials: Iterable[str], items: Iterable[str]) -> None:
    _check_trial(answer, trials)
    if answer.answers.keys() != set(items):
        raise UnprocessableError("not the items asked")


def _check_times(answer: Answer, *, counted: bool) -> None:
    given = {answer.times_away is not None, answer.seconds_away is not None}
    if given != {counted}:
        raise UnprocessableError("times away are counted where the study says so, and only there")


def _check_ticks(answer: Answer, choices: int) -> None:
    numbers = {str(number) for number in range(1, choices + 1)}
    ticked = answer.answers
    if not ticked or not ticked.keys() <= numbers or any(it is not True for it in ticked.values()):
        raise UnprocessableError("choices are ticked by their number, one or more")


def _check_options(answer: Answer, about: Demographics | None) -> None:
    questions = {question.id: question for question in about.questions} if about else {}
    trials = {DEMOGRAPHICS} if about else set[str]()
    _check_names(answer, trials, questions.keys() & answer.answers.keys())
    for name, value in answer.answers.items():
        if type(value) is not int or not 1 <= value <= len(questions[name].options) + 1:
            raise UnprocessableError("an option is given by its number")


def _check_points(answer: Answer) -> None:
    # `True == 1`, but it is not a point.
    if any(type(value) is not int or not 1 <= value <= POINTS for value in answer.answers.values()):
        raise UnprocessableError(f"a point is a whole number from 1 to {POINTS}")
