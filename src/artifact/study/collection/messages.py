"""What a page may send: the bodies of the requests, each with its limits.

Bodies are read strictly (a number in quotes is text), unknown fields are refused, and a refusal
never repeats what was sent.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from artifact.study.collection.refusals import MalformedError, MisfitError

LONGEST = 30 * 24 * 60 * 60
"""Seconds that a page may have lain open before it was sent off."""
TEXT_LENGTH = 5_000

Kind = Literal["consent", "practice", "problem", "check", "comment"]
Secret = Annotated[str, Field(pattern=r"^[0-9a-f]{32,128}$")]
"""At least 128 bits, drawn by the browser and kept there."""
PlatformId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$")]
"""An id as recruiting platforms give it; a placeholder that was never filled in is none."""
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,119}$")]
Words = Annotated[
    str, Field(max_length=TEXT_LENGTH, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
]
"""Free text without control characters, which no keyboard types and CSV readers stumble over."""


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
    """What was answered on one trial.

    Attributes:
        trial: the trial's name.
        kind: what the trial is.
        answers: item id to the point chosen, the text written, or consent.
        seconds: time that the trial was shown.
    """

    trial: Name
    kind: Kind
    answers: Annotated[dict[Name, StrictBool | StrictInt | Words], Field(max_length=64)]
    seconds: Annotated[float, Field(ge=0, le=LONGEST, allow_inf_nan=False)]


class Nothing(Message):
    """All that `finish` and `leave` need is the token."""


M = TypeVar("M", bound=Message)


def read_message(kind: type[M], body: bytes) -> M:
    """The body as a message of the kind.

    Raises:
        MalformedError: it is no JSON in UTF-8.
        MisfitError: a field is missing, unknown, or not of its kind or size.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if fault["type"] == "json_invalid":
            raise MalformedError("no JSON") from None
        known = [str(part) for part in fault["loc"] if part in kind.model_fields]
        where = f"field '{known[0]}'" if known else "the body"
        raise MisfitError(f"{where} is not as asked for") from None
