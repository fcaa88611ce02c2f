r"""What an answer or a label may be wrapped in, and the text without it.

Strictness is about content: a right answer in bold is right. `WRAPPINGS` is the whole rule, each
wrapping with an example; what is not listed there belongs to the answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from artifact.datasets.dataset import Template
from artifact.datasets.release_files import python_list

EXAMPLE = "Zoë O'Hara"
"""The answer that the examples of `WRAPPINGS` wrap."""

ZERO_WIDTH = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Signs that take no room: soft hyphen, zero-width space and joiners, marks of direction, BOM."""

_CHARACTERS = str.maketrans(
    dict.fromkeys("‘’‚‛‹›", "'") | dict.fromkeys("“”„‟«»", '"') | dict.fromkeys(ZERO_WIDTH, "")
)


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
    return re.compile(pattern, re.DOTALL)


_LIST = _whole(r"\[(?P<inside>.*)\]|\((?P<round>.*)\)|\{(?P<curly>.*)\}")

_QUOTED = _whole(r"['\"](?P<inside>.+)['\"],?")
_BETWEEN_ITEMS = re.compile(r"['\"]\s*,\s*['\"]")

WRAPPINGS: tuple[Wrapping, ...] = (
    Wrapping("no-break and other spaces", f"\xa0{EXAMPLE}\u202f"),
    Wrapping("zero-width signs", f"\u200b{EXAMPLE}\ufeff"),
    Wrapping("letters and their accents apart (NFD)", unicodedata.normalize("NFD", EXAMPLE)),
    Wrapping("typographic quotes and apostrophes", EXAMPLE.replace("'", "’")),
    Wrapping(
        "a code block",
        f"```text\n{EXAMPLE}\n```",
        _whole(r"```(?:[\w+-]*[ \t]*\n)?(?P<inside>.*?)(?:```)?"),
    ),
    Wrapping("code", f"`{EXAMPLE}`", _whole(r"(`+)(?P<inside>.+)\1")),
    Wrapping("bold or italics", f"**{EXAMPLE}**", _whole(r"(\*+|_+|~~)(?P<inside>.+)\1")),
    Wrapping(
        "tags of bold, italics or code",
        f"<b>{EXAMPLE}</b>",
        _whole(r"<(b|i|u|em|strong|code)>(?P<inside>.+)</\1>"),
    ),
    Wrapping(
        "a box or another LaTeX command",
        f"\\boxed{{{EXAMPLE}}}",
        _whole(r"\\[A-Za-z]+\s*\{(?P<inside>.+)\}"),
    ),
    Wrapping(
        "marks of a formula",
        f"${EXAMPLE}$",
        _whole(r"(?P<mark>\$\$?)(?P<inside>.+)(?P=mark)|\\[(\[](?P<between>.+)\\[)\]]"),
    ),
    Wrapping("a full stop", f"{EXAMPLE}.", _whole(r"(?P<inside>.+)\.")),
    Wrapping("quotes of any kind", f"“{EXAMPLE}”", _whole(r"(['\"])(?P<inside>.+)\1"), False),
    Wrapping("brackets of a list", f"[{EXAMPLE}]", _LIST, False),
)
"""What an answer may be wrapped in, one in another and in any order. Where an answer starts or ends
with a bracket or a quote of its own, it loses it in gold and output alike."""


def unwrap(text: str) -> str:
    """`text` without anything of `WRAPPINGS` around it, runs of blanks as one blank.

    A text that is nothing but wrapping stays as it is.
    """
    return " ".join(_peel(plain(text), WRAPPINGS).split())


def answer_set(text: str, template: Template) -> frozenset[str]:
    """The answers that `text` states, each without what it is wrapped in.

    Markup around the whole comes off first. A list of quoted texts, in brackets or not, then gives
    its items, whatever the dataset; any other text is read as the template writes answers.
    """
    stated = _peel(plain(text), (wrapping for wrapping in WRAPPINGS if wrapping.around_list))
    listed = _LIST.fullmatch(stated)
    stated = _inside(listed) if listed else stated
    items = _quoted_items(stated)
    return frozenset(map(unwrap, template.parse_answer(stated) if items is None else items)) - {""}


def plain(text: str) -> str:
    """`text` in composed letters (NFC) with straight quotes, without zero-width signs and without
    blanks at its ends."""
    return unicodedata.normalize("NFC", text.translate(_CHARACTERS)).strip()


def _quoted_items(text: str) -> list[str] | None:
    """The items of a list of quoted texts, with apostrophes escaped or not; None for any other."""
    quoted = _QUOTED.fullmatch(text.strip())
    if quoted is None:
        return None
    listed = python_list(f"[{text}]")
    if listed is not None and all(isinstance(item, str) for item in listed):
        return listed
    items = _BETWEEN_ITEMS.split(quoted["inside"])
    return [item.replace("\\'", "'").replace('\\"', '"') for item in items]


def _peel(text: str, wrappings: Iterable[Wrapping]) -> str:
    patterns = [wrapping.pattern for wrapping in wrappings if wrapping.pattern]
    while True:
        peeled = text
        for pattern in patterns:
            if (found := pattern.fullmatch(peeled)) and (inside := _inside(found).strip()):
                peeled = inside
        if peeled == text:
            return text
        text = peeled


def _inside(found: re.Match[str]) -> str:
    """What a wrapping holds: the one named group that matched, but for the mark itself."""
    named = found.groupdict()
    return next(text for name, text in named.items() if name != "mark" and text is not None)
