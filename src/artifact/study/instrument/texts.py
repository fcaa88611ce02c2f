"""The words that participants read besides problems and questions, for a researcher to complete.

Places to complete stand in square brackets. A page built while one is left says that it is a
draft, so that none goes out by accident.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import read_bytes

OWN_TEXTS = Path(__file__).with_name("texts.yml")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Paragraphs = Annotated[tuple[Text, ...], Field(min_length=1)]

_OPEN_PLACE = re.compile(r"\[[^\]]+\]")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Passage(_Record):
    """A paragraph under its heading."""

    heading: Text
    text: Text


class Consent(_Record):
    """What a participant agrees to."""

    statements: Paragraphs
    agree: Text
    """The label of the box that is ticked."""


class Instructions(_Record):
    """What to do, by what is shown."""

    trace_shown: Paragraphs
    answer_only: Paragraphs


class Texts(_Record):
    """All texts, in the order in which they are met."""

    title: Text
    information: Annotated[tuple[Passage, ...], Field(min_length=1)]
    consent: Consent
    instructions: Instructions
    practice: Text
    comment: Text
    thanks: Text
    declined: Text
    left: Text

    @property
    def open_places(self) -> tuple[str, ...]:
        """The places that wait for the researcher, brackets and all, in reading order."""
        return tuple(
            place for text in _texts(self.model_dump()) for place in _OPEN_PLACE.findall(text)
        )


def load_texts(path: Path = OWN_TEXTS) -> Texts:
    """Read the texts.

    Raises:
        InputError: if there is no such file, it is no YAML, or a text is missing or unknown.
    """
    try:
        raw = yaml.safe_load(read_bytes(path).decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError("is not UTF-8", path=path) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError(f"is no YAML: {error.problem}", path=path, line=line) from None
    except yaml.YAMLError:
        raise InputError("is no YAML", path=path) from None
    try:
        return Texts.model_validate(raw)
    except ValidationError as error:
        fault = error.errors()[0]
        message = fault["msg"][:1].lower() + fault["msg"][1:]
        field = ".".join(map(str, fault["loc"])) or None
        raise InputError(message, path=path, field=field) from None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
