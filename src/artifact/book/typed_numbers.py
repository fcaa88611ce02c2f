"""Numbers that a person typed into prose: the rule by which one may stand there.

Prose shows figures through glue, so that they follow from their inputs. A number that is typed
all the same needs no entry if it is

- a year (1900 to 2099) that nothing beside it makes a count (``n = 2000``, ``2000 problems``), or
  an id of arXiv (``2505.13792``);
- part of a name, which starts with a letter (``Qwen3-1.7B``, ``R1``, ``UTF-8``);
- the number of a list's item, where Markdown would begin one;
- in code, in the target of a link, in a role that shows another text (``{cite}``) or in a tag of
  HTML, except for its attributes that are shown or read out (``alt``).

Files that a page includes are read with it (see `with_files`), and so are the words of the table
of contents and of the configuration. Every other number is listed in ``book/numbers.yml`` under its
page, with where it comes from; one that is neither glued nor listed keeps the book from being
built. What is listed for a page may stand anywhere on that page, and words ("thirty") and pictures
are not read: these a reader has to check.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from artifact.common import paths
from artifact.common.errors import InputError
from artifact.common.files import first_fault, located, read_text_bytes, read_yaml

LISTED = "numbers.yml"
"""In the folder of pages: the numbers typed into each, and where they come from."""

VERBATIM = ("bibliography", "code", "code-block", "include", "literalinclude", "toctree")
"""Directives whose content is not prose, besides those that paste glue."""

SHOWN_OPTIONS = ("alt", "caption", "header", "title")
"""Options of directives whose values are words on the page."""

FILE = re.compile(
    r"(?:\{include\}|^\s*\.\.\s+include::|^\s*:file:)[ \t]+(?P<name>\S.*?)[ \t]*$", re.MULTILINE
)
"""Where a page names a file whose content it shows: to MyST, to reStructuredText, as an option."""

FENCE = re.compile(r"^\s*(?P<marks>`{3,}|~{3,}|:{3,})(?:\{(?P<name>[\w:+-]+)\})?(?P<rest>.*)$")
OPTION = re.compile(r"^\s*:(?P<name>[\w-]+):(?P<value>.*)$")
NO_PROSE = re.compile(
    r"<!--.*?-->"  # a comment
    r"|\{[\w:+-]+\}`[^`]*`"  # a role
    r"|(?P<ticks>`+).*?(?P=ticks)"  # code
    r"|(?<=\])\([^)\s]*\)"  # the target of a link
    r"|https?://\S+"
    r"|</[A-Za-z][\w-]*\s*>"  # the end of an element
    r"|<[A-Za-z][\w-]*(?P<attributes>(?:\s+[A-Za-z_:][\w.:-]*"
    r"(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)*)\s*/?>",
    re.DOTALL | re.MULTILINE,
)
SHOWN_ATTRIBUTE = re.compile(
    r"\s(?:alt|aria-description|aria-label|label|placeholder|title)\s*=\s*"
    r"(?:([^\s\"'=<>`]+)|'([^']*)'|\"([^\"]*)\")",
    re.IGNORECASE,
)
SHOWN_ROLE = re.compile(r"\{(?!glue|cite|ref|doc|numref|eq|code)[\w:+-]+\}`([^`]*)`")
"""A role that shows what stands in it."""

ITEM = re.compile(r"(?P<indent>\s*)(?P<marker>[-*+]|(?P<number>\d{1,9})[.)])(?:\s+|$)")
QUOTE = re.compile(r"(?:\s{0,3}>)+ ?")
ALONE = re.compile(r"\s*(?:#{1,6}\s|\||(?:[-*_]\s*){3,}$)")
"""A line that is a block of its own, or part of a table: no paragraph goes on after it."""

NAME = re.compile(
    r"\b(?:Apache|MPL|[AL]?GPL|CC(?:-[A-Z]{2})+)-\d\.\d\b"  # a licence
    r"|(?<!\d)[^\W\d_][^\W_]*"
    r"(?:(?<=\d)\.\d[^\W_]*"  # a version, as in Qwen2.5
    r"|[-_](?:\d+(?:\.\d+){2,}|\d+\.\d+(?:[BKMT]\b|(?=-\d+[BKMT]\b)))"  # three parts, or a size
    r"|[-_](?!\d+[.,]\d)[^\W_]+"
    r"|[./+_](?!\d+(?:e[+-]?\d+)?\b)(?!\d+[.,]\d)[^\W_]+"
    r"|_)*"
)
"""A number with a point is a name's if it stands where versions and sizes do; after another sign
it is a number typed without a blank (``by/98.4``, ``x-98.4``)."""

NUMBER = re.compile(r"(?:(?<![\d.,])[+\-−±])?(?:(?<!\.)\.)?\d[\d.,]*(?:e[+-]?\d+)?")
YEAR = re.compile(r"(?:19|20)\d\d")
ARXIV = re.compile(r"\d{4}\.\d{5}")
COUNTS_BEFORE = re.compile(r"(?:[=≈~<≤≥±×$]|[^\s>][ \t]*>|\d\s+of)\s*$")
COUNTED = (
    "answer|case|chain|character|epoch|error|example|fact|file|item|label|line|model|output|pair"
    "|participant|point|prediction|problem|prompt|question|rater|rating|request|row|run|sample"
    "|seed|sentence|step|student|subject|text|time|token|trace|word"
)
COUNTS_AFTER = re.compile(
    rf"\s*[%×]|\s+of\s+\d|\s*-\s*(?:{COUNTED})s?\b"
    rf"|\s+(?:[a-z][\w-]*\s+){{0,2}}(?:(?:{COUNTED})s|people|percent|studies)\b",
    re.IGNORECASE,
)
"""What makes a count of a number that could be a year: a sign or a share of another before it; a
share, or what is counted, after it."""

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
                f"{page}: the number {number} (“{around}”) is not glued; glue it, or say in "
                f"{paths.BOOK.name}/{LISTED} where it comes from"
            )


def typed(text: str) -> Iterator[tuple[str, str]]:
    """The numbers in prose that the rule does not let pass, each with the words around it."""
    lines = SHOWN_ROLE.sub(r"\1", "\n".join(_without_item_numbers(_prose_lines(text))))
    shown = html.unescape(NO_PROSE.sub(_shown_attributes, lines))
    shown = unicodedata.normalize("NFKC", shown)
    plain = NAME.sub(lambda name: "x" * len(name[0]), shown)
    for match in NUMBER.finditer(plain):
        number = match[0].rstrip(".,")
        if not (ARXIV.fullmatch(number) or _is_year(number, shown, match.start())):
            around = shown[max(0, match.start() - SHOWN) : match.end() + SHOWN]
            yield number, " ".join(around.split())


def _is_year(number: str, text: str, start: int) -> bool:
    """Whether a number that begins at `start` of the text can be a year, not a count."""
    if not YEAR.fullmatch(number):
        return False
    counted = COUNTS_AFTER.match(text, start + len(number))
    return not (counted or COUNTS_BEFORE.search(text, max(0, start - SHOWN), start))


def _shown_attributes(match: re.Match[str]) -> str:
    """What replaces something that is not prose: for a tag, the attributes that readers get."""
    values = SHOWN_ATTRIBUTE.findall(match["attributes"] or "")
    return " ".join(["", *("".join(it) for it in values), ""])


def with_files(text: str, folder: Path) -> str:
    """The Markdown of a page in `folder` with that of the files that it shows, and that they show.

    Files among the sections are made by the build from what it has checked, and are left out.
    """
    texts, seen = [text], set()
    for found in texts:
        for match in FILE.finditer(found):
            name = match["name"]
            inside = name.startswith("/")
            file = (paths.ROOT / name.lstrip("/") if inside else folder / name).resolve()
            made = file.is_relative_to(paths.SECTIONS.resolve())
            if file.is_file() and not made and file not in seen:
                seen.add(file)
                texts.append(read_text_bytes(file).decode("utf-8", "replace"))
    return "\n\n".join(texts)


def words_in(settings: Any) -> str:
    """Every text in a YAML value, a paragraph each; keys do not count."""
    if isinstance(settings, dict | list):
        inner = settings.values() if isinstance(settings, dict) else settings
        return "\n\n".join(filter(None, map(words_in, inner)))
    return settings if isinstance(settings, str) else ""


def _prose_lines(text: str) -> Iterator[str]:
    """The lines of Markdown that are read as prose: no code, and only what directives show."""
    opened: list[str] = []
    verbatim = in_options = False
    for line in text.splitlines():
        fence = FENCE.match(line)
        bare = fence is not None and not (fence["name"] or fence["rest"].strip())
        if fence and bare and opened and fence["marks"].startswith(opened[-1]):
            opened.pop()
            verbatim = in_options = False
            yield ""
        elif verbatim:
            yield ""
        elif fence:
            name = fence["name"] or ""
            is_code = not name and not fence["marks"].startswith(":")
            verbatim = is_code or name in VERBATIM or name.startswith("glue")
            opened.append(fence["marks"])
            in_options = bool(name)
            yield from ("" if verbatim else fence["rest"], "")
        elif in_options and (option := OPTION.match(line)):
            yield option["value"] if option["name"] in SHOWN_OPTIONS else ""
        else:
            in_options = False
            yield line


def _without_item_numbers(lines: Iterable[str]) -> Iterator[str]:
    """The lines without the numbers of items of lists.

    As Markdown has it, a number begins an item where no paragraph is open, or after another item
    (unless the line is part of that item's text); within a paragraph only a 1 does.
    """
    depth, in_paragraph, text_of_item = 0, False, 0
    for line in lines:
        quote = QUOTE.match(line)
        marks = quote[0] if quote else ""
        if marks.count(">") != depth:
            depth, in_paragraph, text_of_item = marks.count(">"), False, 0
        inner = line[len(marks) :]
        item = ITEM.match(inner)
        indent = len(item["indent"]) if item else 0
        if not inner.strip():
            in_paragraph, text_of_item = False, 0
        elif item and (
            not (in_paragraph and item["number"])
            or indent < text_of_item
            or int(item["number"]) == 1
        ):
            text_of_item, in_paragraph = item.end(), True
            if item["number"]:
                line = marks + " " * item.end() + inner[item.end() :]
        else:
            in_paragraph = not ALONE.match(inner)
        yield line
