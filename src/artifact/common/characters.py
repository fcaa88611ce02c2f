"""Characters that make no other text: without width, or other forms of quotes and hyphens."""

from __future__ import annotations

import re
import unicodedata


def _range(first: str, last: str) -> str:
    return "".join(map(chr, range(ord(first), ord(last) + 1)))


ZERO_WIDTH = (
    "\u00ad\u034f\u061c\u180e\ufeff"
    + _range("\u200b", "\u200f")
    + _range("\u202a", "\u202e")
    + _range("\u2060", "\u206f")
    + _range("\ufe00", "\ufe0f")
)
"""Signs that take no room: soft hyphen, spaces and joiners without width, marks of direction,
invisible operators, choices of a glyph, byte-order mark."""

HYPHENS = "\u2010\u2011\u2012\u2013\u2043\u2212\ufe63\uff0d"
"""What stands for a hyphen; a long dash is punctuation."""

MINUS = "\u2212"

_MEANS_MINUS = re.compile(r"(?<![^\s(\[,;])-(?=\.?\d)|(?<=\w )-(?= \w)")
"""A hyphen that is the sign of a number or stands between two that are compared, with blanks around
it; not one within a name."""

_PLAIN = str.maketrans(
    dict.fromkeys(ZERO_WIDTH, "")
    | dict.fromkeys("‘’‚‛‹›′‵´ʻʼ❛❜＇❮❯〈〉⟨⟩", "'")
    | dict.fromkeys("“”„‟«»″❝❞〝〞〟＂「」『』｢｣﹁﹂﹃﹄《》", '"')
    | dict(zip("［］（）｛｝【】〔〕，、．。", "[](){}[][],,..", strict=True))
)


def plain(text: str) -> str:
    """`text` in composed letters (NFC) with straight quotes and plain brackets, commas and full
    stops, without signs that have no width and without blanks at its ends."""
    if text.isascii():  # nothing to make plain, as in most texts
        return text.strip()
    return unicodedata.normalize(
        "NFC", unicodedata.normalize("NFC", text).translate(_PLAIN)
    ).strip()


def plain_hyphens(text: str) -> str:
    """`text` with the plain hyphen for every sign that stands for one."""
    return text if text.isascii() else text.translate(dict.fromkeys(map(ord, HYPHENS), "-"))


def with_minus(text: str) -> str:
    """`text` with a minus for each hyphen that means one: as wide as a plus, never at the end of a
    line, and read aloud."""
    return _MEANS_MINUS.sub(MINUS, text) if "-" in text else text


def unbroken(text: str) -> str:
    """`text` with each number and its percent sign on one line."""
    return text.replace(" %", "\u00a0%")
