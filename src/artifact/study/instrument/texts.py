"""Information, consent and instructions: what participants read besides problems and items.

Places for the researcher to complete are in square brackets. A page built while one is left says
that it is a draft, and the server refuses it unless told so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, Field, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import first_fault, located, read_yaml
from artifact.study.instrument.items import Text

DEFAULT_TEXTS = Path(__file__).with_name("texts.yml")
"""This project's own wording."""

Paragraphs = Annotated[tuple[Text, ...], Field(min_length=1)]

_PLACEHOLDER = re.compile(r"\[[^\]]+\]")


Option = Literal["demographics", "time_away", "comprehension"]
"""What a study may ask or store besides, each switched on when the page is built."""
OPTIONS: tuple[Option, ...] = get_args(Option)


class Passage(BaseModel, frozen=True, extra="forbid"):
    """A paragraph under its heading."""

    heading: Text
    text: Text
    only_with: Option | None = None
    """Stands in the page only where this option is on; None: always."""


class Consent(BaseModel, frozen=True, extra="forbid"):
    """What a participant agrees to."""

    statements: Paragraphs
    agree: Text
    """The label of the box that is ticked."""


class Instructions(BaseModel, frozen=True, extra="forbid"):
    """What to do, by what is shown."""

    trace_shown: Paragraphs
    answer_only: Paragraphs


class Texts(BaseModel, frozen=True, extra="forbid"):
    """All texts, in the order in which participants meet them."""

    title: Text
    information: Annotated[tuple[Passage, ...], Field(min_length=1)]
    consent: Consent
    instructions: Instructions
    practice: Text
    comment: Text
    thanks: Text
    declined: Text
    left: Text

    def for_page(self, options: Collection[Option]) -> Texts:
        """The texts of a page with these options.

        Raises:
            InputError: the information does not mention one of them.
        """
        told = {passage.only_with for passage in self.information}
        for option in options:
            if option not in told:
                raise InputError(
                    f"no passage tells participants of {option}",
                    field="information",
                    cure=f"add one with `only_with: {option}`, as in {DEFAULT_TEXTS.name} here",
                )
        shown = [it for it in self.information if it.only_with in (None, *options)]
        return self.model_copy(update={"information": tuple(shown)})

    @property
    def open_places(self) -> tuple[str, ...]:
        """The places left to complete, with their brackets, in reading order."""
        return tuple(
            place for text in _texts(self.model_dump()) for place in _PLACEHOLDER.findall(text)
        )


def load_texts(path: Path = DEFAULT_TEXTS) -> Texts:
    """Read the texts.

    Raises:
        InputError: the file is missing or not YAML, or a text is missing or unknown.
    """
    try:
        return Texts.model_validate(read_yaml(path))
    except ValidationError as error:
        raise located(first_fault(error), path=path) from None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
