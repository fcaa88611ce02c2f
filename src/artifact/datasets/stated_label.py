"""Whether a trace states a label: the template's sentence, and what follows it.

Models reword the sentence a little without meaning another label.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from artifact.common.characters import plain, plain_hyphens

_ARTICLE = r"(?:(?:the|an?)[^\w.]+)?"
_ARTICLES = frozenset({"the", "a", "an"})
_MARKUP = re.compile(
    r"(?:<(?:!|/?[a-z])[^<>\n]{0,80}>|\\[a-z]+(?=\s*\{)|[*_`~\\${}])+", re.IGNORECASE
)
"""Tags, LaTeX commands, and the marks of Markdown and LaTeX."""
_MAY_BE_MARKED = re.compile(r"[<*_`~\\${}]")
"""What every piece of markup starts with; texts without it take the fast path."""

_HEAD, _ROOM = 400, 150
"""Characters at the start of a text that are read first, and how many of these must follow a label
found there: more than the longest tag or entity, so that the cut can't have split one before it."""


def label_reader(sentence: str, labels: Sequence[str]) -> Callable[[str], str | None]:
    r"""A reader of the label that a text states.

    A label is stated where the words of `sentence` stand in their order and the label comes next.
    Case does not matter, nor do articles, nor what stands between two words as long as it is
    neither a word nor a full stop: blanks, line breaks, colons, quotes, markup; and before the
    label the number of a list. The label's own words may be joined by hyphens of any kind,
    underscores, markup or blanks, and no full stop need follow; zero-width characters are ignored.
    The first such place counts.

    Args:
        sentence: the template's, up to the label.
        labels: the dataset's.

    Returns:
        ``text -> label``: one of `labels` as it is written there; the next word if it is none of
        them, which is a wrong label; None where the sentence is missing or nothing follows it.
    """
    words = [word for word in re.findall(r"\w+", sentence) if word.lower() not in _ARTICLES]
    between = rf"[^\w.]+{_ARTICLE}"
    known = "|".join(
        r"[\s-]+".join(re.findall(r"\w+", label)) for label in sorted(labels, key=len, reverse=True)
    )
    pattern = re.compile(
        rf"\b{between.join(words)}\b[^\w.]*{_ARTICLE}(?:\d+[.)]\s+)?"
        rf"(?:(?P<known>{known})(?!\w| ?[-/]\w)|(?P<other>\w+(?: ?[-/]\w+)*))",
        re.IGNORECASE,
    )
    spelled = {folded_label(label): label for label in labels}

    def label_of(text: str) -> str | None:
        head = _unmarked(text[:_HEAD])
        found = pattern.search(head)
        if len(text) > _HEAD and (found is None or found.end() > len(head) - _ROOM):
            found = pattern.search(_unmarked(text))
        if found is None:
            return None
        return spelled[folded_label(found["known"])] if found["known"] else found["other"]

    return label_of


@lru_cache(maxsize=1 << 14)
def folded_label(label: str) -> str:
    """`label` without case and markup, its words joined by hyphens: labels that fold to the same
    text are the same."""
    return re.sub(r"[\s-]+", "-", _unmarked(label).strip()).casefold()


def _unmarked(text: str) -> str:
    """`text` in plain characters, with a blank for each piece of markup."""
    text = unicodedata.normalize("NFKC", plain(html.unescape(text)))
    text = plain_hyphens(text)
    return _MARKUP.sub(" ", text) if _MAY_BE_MARKED.search(text) else text
