r"""What an answer or a label may be wrapped in, and the text without it.

Strictness is about content: a right answer in bold is right. `WRAPPINGS` is the whole rule, each
wrapping with an example; what is not listed there belongs to the answer.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from artifact.common.characters import plain
from artifact.datasets.dataset import Template
from artifact.datasets.release_files import python_list

EXAMPLE = "Zoë O'Hara"
"""The answer that the examples of `WRAPPINGS` wrap."""


@dataclass(frozen=True, slots=True)
class Wrapping:
    """One thing that an answer may be wrapped in.

    Attributes:
        name: in words, for the reader.
        example: `EXAMPLE` wrapped in it.
        pattern: matches a whole wrapped text, with the answer in its group ``inside``; None for
            what `plain` takes out wherever it stands.
        around_list: whether it may stand around a whole list of answers; quotes and brackets there
            are the list's own.
    """

    name: str
    example: str
    pattern: re.Pattern[str] | None = None
    around_list: bool = True


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL | re.IGNORECASE)


_CODE = _whole(r"(`+(?!`))(?P<inside>.+)\1")
_BOLD = _whole(r"(\*+(?!\*)|_+(?!_)|~~)(?P<inside>.+)\1")
_TAGS = _whole(
    r"<([a-z]\w*)(?:\s[^<>]*)?>(?P<inside>.+)</\1\s*>"
    r"|<br\s*/?>(?P<after>.+)|(?P<before>.+)<br\s*/?>"
)
_LATEX = _whole(r"\\[a-z]+\s*\{(?P<inside>.+)\}")
_FORMULA = _whole(r"(?P<mark>\$\$?)(?P<inside>.+)(?P=mark)|\\[(\[](?P<between>.+)\\[)\]]")
_QUOTES = _whole(r"(['\"])(?P<inside>.+)\1")
_LIST = _whole(r"\[(?P<inside>.*)\]|\((?P<round>.*)\)|\{(?P<curly>.*)\}")

_AROUND_ONE = (_CODE, _BOLD, _TAGS, _LATEX, _FORMULA, _QUOTES, _LIST)
"""What shows that a part of a text is one answer of several."""

_BETWEEN_WRAPPED = re.compile(
    r"(\s*(?:[,;\n]\s*(?:and\b)?|\band\b|&|<br\s*/?>)\s*|(?<=</li>)(?=<li))", re.IGNORECASE
)
_MAY_START_WRAPPED = re.compile(r"(?:[\s,;&]|and\b)*[`*_~<\\$'\"\[({]", re.IGNORECASE)
"""How a list of wrapped answers starts; only `<br>` may also come after an answer."""
_MOST_PARTS = 400
"""Most parts of a list of wrapped answers; a text with more is not read as one."""

_LISTED_LINE = re.compile(r"\s*(?:[-*•·+–]|\(?\d+[.)]|\(?[a-z]\))\s+(?P<inside>\S.*)")
_QUOTED = _whole(r"['\"](?P<inside>.+)['\"],?")
_SIDE_BY_SIDE = re.compile(r"(?<=[^\s,\\])(['\"])\s+\1(?=[^\s,])")
_BETWEEN_QUOTED = re.compile(r"['\"]\s*,\s*['\"]|(?<=[^\s,\\])['\"]\s+['\"](?=[^\s,])")

WRAPPINGS: tuple[Wrapping, ...] = (
    Wrapping("no-break and other spaces", f"\xa0{EXAMPLE}\u202f"),
    Wrapping("zero-width characters", f"\u200b{EXAMPLE}\ufeff"),
    Wrapping("decomposed accents (NFD)", unicodedata.normalize("NFD", EXAMPLE)),
    Wrapping("HTML entities", EXAMPLE.replace("'", "&#39;")),
    Wrapping("typographic quotes and apostrophes", EXAMPLE.replace("'", "’")),
    Wrapping("full-width quotes, brackets and stops", f"「{EXAMPLE}」。"),
    Wrapping(
        "a code block",
        f"```text\n{EXAMPLE}\n```",
        _whole(r"```(?!`)(?:[\w+-]*[ \t]*\n)?(?P<inside>.*?)(?:```)?"),
    ),
    Wrapping("code", f"`{EXAMPLE}`", _CODE),
    Wrapping("bold or italics", f"**{EXAMPLE}**", _BOLD),
    Wrapping("tags of HTML", f"<b>{EXAMPLE}</b>", _TAGS),
    Wrapping("a box or another LaTeX command", f"\\boxed{{{EXAMPLE}}}", _LATEX),
    Wrapping("marks of a formula", f"${EXAMPLE}$", _FORMULA),
    Wrapping(
        "a bullet, or the mark of a heading or a quotation",
        f"- {EXAMPLE}",
        _whole(r"(?:[-*•·+>]|#+)\s+(?P<inside>\S.*)"),
    ),
    Wrapping("a full stop, comma or semicolon", f"{EXAMPLE}.", _whole(r"(?P<inside>.+)[.,;]")),
    Wrapping("quotes of any kind", f"“{EXAMPLE}”", _QUOTES, False),
    Wrapping("brackets of a list", f"[{EXAMPLE}]", _LIST, False),
)
"""What an answer may be wrapped in, nested in any order. A bracket or a quote of its own at either
end of an answer is lost in gold and output alike."""


_BARE = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
"""Plain words, which no wrapping can match, as in most answers and labels: the fast path."""


@lru_cache(maxsize=1 << 14)
def unwrap(text: str) -> str:
    """`text` without anything of `WRAPPINGS` around it, runs of blanks as one blank.

    A text that is nothing but wrapping stays as it is.
    """
    if _BARE.fullmatch(text):
        return text
    return " ".join(_peel(plain(html.unescape(text)), WRAPPINGS).split())


@lru_cache(maxsize=1 << 14)
def answer_set(text: str, template: Template) -> frozenset[str]:
    """The answers that `text` states, each without what it is wrapped in.

    Markup around the whole comes off until a list shows: quoted texts, in brackets or not, whatever
    the dataset; texts of which each is wrapped, with commas, semicolons, line breaks or "and"
    between them; or lines that each start with a bullet or a number. Any other text is read as the
    template writes answers.
    """
    if _BARE.fullmatch(text):
        return template.parse_answer(text)
    stated = plain(html.unescape(text))
    if (listed := _LIST.fullmatch(stated)) and (items := _python_items(_inside(listed))):
        return frozenset(map(unwrap, items)) - {""}
    around_list = [wrapping for wrapping in WRAPPINGS if wrapping.around_list]
    while (items := _items(stated)) is None and (peeled := _peel_once(stated, around_list)):
        stated = peeled
    if items is None and (listed := _LIST.fullmatch(stated)):
        stated = _inside(listed)
        items = _items(stated)
    return frozenset(map(unwrap, template.parse_answer(stated) if items is None else items)) - {""}


def _items(text: str) -> list[str] | None:
    """The texts of a list without brackets; None for any other text."""
    return _python_items(text) or _wrapped_items(text) or _listed_lines(text) or _quoted_items(text)


def _python_items(text: str) -> list[str] | None:
    """The items of a Python list; None if just a blank parts two, which Python would join."""
    quoted = _QUOTED.fullmatch(text.strip()) and not _SIDE_BY_SIDE.search(text)
    listed = python_list(f"[{text}]") if quoted else None
    return listed if listed and all(isinstance(item, str) for item in listed) else None


def _wrapped_items(text: str) -> list[str] | None:
    """The items of a list of which each is wrapped in something, wrapping and all."""
    if not _MAY_START_WRAPPED.match(text) and "<br" not in text.lower():
        return None
    items, held, parts = list[str](), "", _BETWEEN_WRAPPED.split(text)
    for part in parts if len(parts) <= _MOST_PARTS else ():
        held += part
        if _is_wrapped(held.strip().rstrip(".")):
            items.append(held.strip().rstrip("."))
            held = ""
        elif _BETWEEN_WRAPPED.fullmatch(held):
            held = ""
    return items if len(items) > 1 and not held.strip() else None


def _is_wrapped(text: str) -> bool:
    found = (wrapping.fullmatch(text) for wrapping in _AROUND_ONE)
    return any(re.search(r"\w", _inside(each)) for each in found if each)


def _listed_lines(text: str) -> list[str] | None:
    """What follows the bullets or numbers of several lines."""
    found = [_LISTED_LINE.fullmatch(line) for line in text.splitlines() if line.strip()]
    items = [line["inside"] for line in found if line]
    return items if len(items) == len(found) > 1 else None


def _quoted_items(text: str) -> list[str] | None:
    """The items of a list of quoted texts with apostrophes that aren't escaped."""
    if (quoted := _QUOTED.fullmatch(text.strip())) is None:
        return None
    items = _BETWEEN_QUOTED.split(quoted["inside"])
    return [item.replace("\\'", "'").replace('\\"', '"') for item in items]


def _peel(text: str, wrappings: Sequence[Wrapping]) -> str:
    while peeled := _peel_once(text, wrappings):
        text = peeled
    return text


def _peel_once(text: str, wrappings: Iterable[Wrapping]) -> str | None:
    """`text` without the first wrapping that is around it; None if there is none."""
    for wrapping in wrappings:
        found = wrapping.pattern.fullmatch(text) if wrapping.pattern else None
        if found and (inside := _inside(found).strip()):
            return inside
    return None


def _inside(found: re.Match[str]) -> str:
    """What a wrapping holds: the one named group that matched, other than the mark itself."""
    named = found.groupdict()
    return next(text for name, text in named.items() if name != "mark" and text is not None)
