"""Words in common: the one measure by which MARCO's passages are matched to texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_TOKEN = re.compile(r"\w+(?:[-.,'’]\w+)*|[^\w\s]")
_WORD = re.compile(r"\w+(?:[-.,'’]\w+)*")


@lru_cache(maxsize=1 << 8)
def tokens(text: str) -> frozenset[str]:
    """Lower-cased words and punctuation marks.

    The release counts with NLTK's ``word_tokenize`` (scripts/marco_process_data_for_prompting.py).
    This pattern differs from it in contractions, so a close call between two passages can fall
    the other way.
    """
    return frozenset(_TOKEN.findall(text.lower()))


def words(text: str) -> frozenset[str]:
    """Lower-cased words without the punctuation."""
    return frozenset(_WORD.findall(text.lower()))


def nearest_passage(context: Sequence[str], text: str) -> int | None:
    """Index of the passage with most tokens in common with `text`; ties go to the first.

    None if no passage has any; the release's rule for the passage that a correct trace quotes.
    """
    wanted = tokens(text)
    most, nearest = 0, None
    for index, passage in enumerate(context):
        lowered = passage.lower()
        if sum(token in lowered for token in wanted) <= most:
            continue  # as text, so it can't have more as tokens
        shared = len(tokens(passage) & wanted)
        if shared > most:
            most, nearest = shared, index
    return nearest
