"""Characters that leave a text the same: zero-width ones, and variants of quotes and hyphens."""

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
"""Zero-width characters: soft hyphen, spaces, joiners, direction marks, invisible operators,
variation selectors, byte-order mark."""

HYPHENS = "\u2010\u2011\u2012\u2013\u2043\u2212\ufe63\uff0d"
"""Characters used as a hyphen; a long dash is punctuation."""

MINUS = "\u2212"

_MEANS_MINUS = re.compile(r"(?<![^\s(\[,;])-(?=\.?\d)|(?<=\w )-(?= \w)")
"""A hyphen that is the sign of a number, or that stands, with blanks around it, between two things
compared; not one within a name."""

_PLAIN = str.maketrans(
    dict.fromkeys(ZERO_WIDTH, "")
    | dict.fromkeys("‘’‚‛‹›′‵´ʻʼ❛❜＇❮❯〈〉⟨⟩", "'")
    | dict.fromkeys("“”„‟«»″❝❞〝〞〟＂「」『』｢｣﹁﹂﹃﹄《》", '"')
    | dict(zip("［］（）｛｝【】〔〕，、．。", "[](){}[][],,..", strict=True))
)


_NOT_PLAIN = re.compile(f"[{re.escape(''.join(map(chr, _PLAIN)))}]")
_HYPHEN = re.compile(f"[{re.escape(HYPHENS)}]")


def plain(text: str) -> str:
    """`text` in NFC with straight quotes and plain brackets, commas and full stops, without
    zero-width characters and without blanks at either end."""
    if text.isascii():  # nothing to make plain, as in most texts
        return text.strip()
    text = unicodedata.normalize("NFC", text)
    if _NOT_PLAIN.search(text):
        text = unicodedata.normalize("NFC", text.translate(_PLAIN))
    return text.strip()


def plain_hyphens(text: str) -> str:
    """`text` with the plain hyphen for every sign that stands for one."""
    return text if text.isascii() else _HYPHEN.sub("-", text)


def with_minus(text: str) -> str:
    """`text` with a minus for each hyphen that means one: as wide as a plus, never at the end of a
    line, and read aloud."""
    return _MEANS_MINUS.sub(MINUS, text) if "-" in text else text


def unbroken(text: str) -> str:
    """`text` with each number and its percent sign on one line."""
    return text.replace(" %", "\u00a0%")
