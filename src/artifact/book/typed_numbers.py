"""Numbers that a person typed into prose: the rule by which one may stand there.

Prose shows figures through glue, so that they follow from their inputs. A number that is typed
all the same needs no word if it is

- a year (1900 to 2099), or an id of arXiv (``2505.13792``);
- part of a name, which starts with a letter (``Qwen3-1.7B``, ``R1``, ``UTF-8``);
- the number of a list's item;
- in code, in the target of a link, in a role (``{cite}``) or in a tag of HTML.

Every other one is listed in ``book/numbers.yml`` under its page, with where it comes from; a number
that is neither glued nor listed keeps the book from being built. What is listed for a page may
stand anywhere on that page, and words ("thirty") are not read: these two a reader has to check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from artifact.common import paths
from artifact.common.errors import InputError
from artifact.common.files import first_fault, located, read_yaml

LISTED = "numbers.yml"
"""In the folder of pages: the numbers typed into each, and where they come from."""

VERBATIM = ("bibliography", "code", "code-block", "include", "literalinclude", "math", "toctree")
"""Directives whose content is no prose, beside those that paste glue."""

FENCE = re.compile(r"^\s*(?P<marks>`{3,}|~{3,}|:{3,})(?:\{(?P<name>[\w:+-]+)\})?(?P<rest>.*)$")
OPTION = re.compile(r"^\s*:(?P<name>[\w-]+):(?P<value>.*)$")
NO_PROSE = re.compile(
    r"<!--.*?-->"  # a comment
    r"|\{[\w:+-]+\}`[^`]*`"  # a role
    r"|(?P<ticks>`+).*?(?P=ticks)"  # code
    r"|(?<=\])\([^)\s]*\)"  # the target of a link
    r"|https?://\S+"
    r"|</?[A-Za-z][^>]*>"  # a tag
    r"|^\s*(?:>\s*)*\d+[.)](?=\s)",  # the number of an item
    re.DOTALL | re.MULTILINE,
)
NAME = re.compile(r"(?<!\d)[^\W\d_]\w*(?:[-./+]\w+)*")
NUMBER = re.compile(r"(?<![\d.,])[+\-−±]?\d[\d.,]*(?:e[+-]?\d+)?")
FREE = re.compile(r"(?:19|20)\d\d|\d{4}\.\d{5}")
SHOWN = 30
"""Characters quoted on either side of a number."""


class Origin(BaseModel):
    """Numbers of a page with one origin.

    Attributes:
        numbers: as they are typed, separated by blanks.
        origin: where they come from, in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    numbers: str
    origin: str


def listed() -> dict[str, set[str]]:
    """The numbers that may be typed, by page.

    Raises:
        InputError: if the list can't be read.
    """
    path = paths.BOOK / LISTED
    if not path.is_file():
        return {}
    try:
        pages = TypeAdapter(dict[str, list[Origin]]).validate_python(read_yaml(path) or {})
    except ValidationError as error:
        raise located(first_fault(error), path=path) from error
    for page, origins in pages.items():
        if any(not it.origin.strip() for it in origins):
            raise InputError("does not say where the numbers come from", path=path, field=page)
    return {page: {n for it in found for n in it.numbers.split()} for page, found in pages.items()}


def faults(page: str, text: str, allowed: set[str]) -> Iterator[str]:
    """A line for each number in the Markdown of a page that is typed and not allowed.

    Args:
        page: its docname.
        allowed: the numbers that are listed for it.
    """
    for number, around in typed(text):
        if number not in allowed:
            yield (
                f"{page}: the number {number} (“{around}”) is given by no glue; glue it, or say in "
                f"{paths.BOOK.name}/{LISTED} where it comes from"
            )


def typed(text: str) -> Iterator[tuple[str, str]]:
    """The numbers in prose that the rule does not let pass, each with the words around it."""
    plain = NO_PROSE.sub(" ", "\n".join(_prose_lines(text)))
    plain = NAME.sub(lambda name: "x" * len(name[0]), plain)
    shown = NO_PROSE.sub(" ", "\n".join(_prose_lines(text)))
    for match in NUMBER.finditer(plain):
        number = match[0].rstrip(".,")
        if not FREE.fullmatch(number):
            around = shown[max(0, match.start() - SHOWN) : match.end() + SHOWN]
            yield number, " ".join(around.split())


def _prose_lines(text: str) -> Iterator[str]:
    """The lines of Markdown that are read as prose: no code, and of directives what they show."""
    skipped_to, in_options = "", False
    for line in text.splitlines():
        fence = FENCE.match(line)
        if skipped_to:
            if fence and fence["marks"].startswith(skipped_to) and not fence["rest"].strip():
                skipped_to = ""
            yield ""
        elif fence:
            name = fence["name"] or ""
            is_code = not name and not fence["marks"].startswith(":")
            if is_code or name in VERBATIM or name.startswith("glue"):
                skipped_to = fence["marks"]
            in_options = bool(name)
            yield "" if skipped_to else fence["rest"]
        elif in_options and (option := OPTION.match(line)):
            yield option["value"] if option["name"] in ("alt", "caption") else ""
        else:
            in_options = False
            yield line
