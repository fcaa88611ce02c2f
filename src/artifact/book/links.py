"""Where the links of a built page lead: out, to a place in the book, or to what the explorer shows.

Only web pages and mail addresses count as out: a file elsewhere is on no reader's machine.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from artifact.book.generated import explorer
from artifact.book.offline import COMMENT

OUT = ("http", "https", "mailto")
"""Schemes of links that may leave the book."""

STATE = "="
"""Occurs in a fragment that names what the explorer shows, and in no element's id."""

STATES = ("run", "problem", "trace", "answer", "steps")
"""What such a fragment may name (`initial` in ``explorer.js``)."""

URL = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^"')\s]*))\s*\)""", re.IGNORECASE)


def in_srcset(value: str) -> Iterator[str]:
    """The files of a ``srcset``, of which the browser loads one."""
    rest = value.strip(", \t\r\n")
    while rest:
        address, *more = rest.split(maxsplit=1)
        yield address.rstrip(",")
        rest = "".join(more)
        if not address.endswith(","):  # its size, if given, goes on until a comma
            rest = rest.partition(",")[2]
        rest = rest.lstrip(", \t\r\n")


def in_style(css: str) -> Iterator[str]:
    """What a style names in ``url(…)``."""
    yield from filter(None, map("".join, URL.findall(COMMENT.sub(" ", css))))


def fault_of_link(
    link: str, page: Path, folder: Path, places: Mapping[Path, Collection[str]]
) -> str | None:
    """What is wrong with a link on a page of the book in `folder`, in words, or None.

    Args:
        link: as it stands in the page.
        page: its file.
        folder: that of the book.
        places: file of a page -> what may be named on it after ``#``.
    """
    address = urlsplit(link)
    if address.scheme in OUT:
        return None
    if address.scheme or address.netloc:
        return "leads neither to a web page, nor to a mail address, nor to a file of this book"
    return fault_of_file(link, page, folder, places)


def fault_of_file(
    link: str, page: Path, folder: Path, places: Mapping[Path, Collection[str]]
) -> str | None:
    """As `fault_of_link`, of a link within the book or what a page loads from there."""
    address = urlsplit(link)
    goal = (page.parent / unquote(address.path)).resolve() if address.path else page
    if not goal.is_relative_to(folder.resolve()):
        return "leads out of this book to a file"
    if not goal.is_file():
        return "leads nowhere"
    fragment = unquote(address.fragment)
    if not fragment or goal not in places or {fragment, address.fragment} & set(places[goal]):
        return None
    return fault_of_state(address.fragment, goal, folder) if STATE in fragment else "leads nowhere"


def fault_of_state(fragment: str, goal: Path, folder: Path) -> str | None:
    """What is wrong with asking the page `goal` to show what `fragment` names, or None."""
    if goal != (folder / explorer.PAGE).resolve():
        return "asks for what only the explorer shows"
    for name, value in parse_qsl(fragment, keep_blank_values=True):
        if name not in STATES:
            return f"asks the explorer for '{name}', which it does not know"
        if name == "run" and value not in _runs(folder / explorer.PLACE / explorer.LIST):
            return f"asks the explorer for the run '{value}', which it does not have"
    return None


def _runs(file: Path) -> frozenset[str]:
    """The runs that the explorer lists."""
    return (
        frozenset(it["id"] for it in explorer.read(file)["runs"]) if file.is_file() else frozenset()
    )
