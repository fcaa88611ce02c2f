"""Invented names: coined from syllables, so that no look-alike speaks of a real person or place.

Every name carries coined words, and the coined words are chosen so that no name can be found
within another one, whatever the case: a gold answer then marks exactly the facts that are meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from math import gcd, prod
from random import Random

from artifact.common.errors import InputError

Syllables = tuple[str, ...]
"""For each syllable of a word the parts to choose from, between blanks."""

GIVEN: Syllables = (
    "B D F G H J K L M N P R S T V Y Z Br Dr Kr Pl Tr Vl Zh",
    "a e i o u y",
    "vd zm thl gv skv mz lzh bj",
    "a e i o u en il ar",
)
FAMILY: Syllables = (
    "B D F G H J K L M N P R S T V Y Z Br Dr Fl Gr Kl Kr Pr Sk Tr Vr D'O Zh",
    "a e i o u y",
    "lv rvd zk lth gd xt mzh sk vr ndl bn rk",
    "ak esk ind ov ulm yth eb og am ish ontz ur ön",
)
PLACE: Syllables = (
    "B D F G H K L M N P Q R S T V W Y Z Bl Dr Gl Kn Pr Sv Th Tr Vl",
    "a e i o u y",
    "dv gth lb mr nz pt rgh sv thk vl zr",
    "a e i o u",
    "mer holt vik gard fell dun",
)

OBJECTS: Mapping[str, tuple[str, ...]] = {
    "position": (
        "Warden of {}",
        "Lord Chamberlain of {}",
        "Comptroller of the {} Mint",
        "Minister for Tides of {}",
        "Resident Commissioner in {}",
        "Keeper of the {} Seal",
        "prefect of {}",
        "provost of {}",
        "harbour master of {}",
        "member of the {} Assembly",
    ),
    "party": (
        "{} Reform Party",
        "{} Civic League",
        "{} Agrarian Union",
        "Free List of {}",
        "People's Front of {}",
        "Party of {}",
    ),
    "employer": (
        "{} Instruments",
        "{} Shipyard",
        "{} Gazette",
        "{} Observatory",
        "Bank of {}",
        "Royal Mill of {}",
        "Institute of Weaving, {}",
        "{} & Sons, Ltd.",
    ),
    "school": (
        "University of {}",
        "{} Polytechnic",
        "{} Grammar School",
        "{} School of Navigation",
        "Queen's College, {}",
        "Conservatory of {}",
    ),
    "team": ("FC {}", "{} Rovers", "{} Athletic", "{} Wanderers", "Sporting {}"),
    "owner": ("{} Holdings", "{} Family Trust", "{} Investment Company", "Treasury of {}"),
    "chair": ("{} Harbour Board", "{} Science Council"),
    "head": ("{} town council", "{} county executive"),
}
"""Patterns of object names by relation; a coined place fills the gap."""

COMPANIES = ("{} Ironworks", "{} Brewery", "{} Railway", "{} Press")
"""Patterns of company names, for facts that say who owns what; a full name fills the gap."""


def coin(syllables: Syllables, count: int) -> list[str]:
    """`count` words, one part of each syllable in turn, spread over all combinations."""
    choices = [parts.split() for parts in syllables]
    words = []
    for number in islice(_scattered(prod(map(len, choices))), count):
        rest, word = number, ""
        for parts in choices:
            rest, choice = divmod(rest, len(parts))
            word += parts[choice]
        words.append(word)
    return words


@cache
def given_names() -> tuple[str, ...]:
    """Coined given names; none is the end of another."""
    backwards = sorted(word.lower()[::-1] for word in coin(GIVEN, 900))
    return tuple(word[::-1].capitalize() for word in _without_prefixed(backwards))


@cache
def family_names() -> tuple[str, ...]:
    """Coined family names; none is the beginning of another."""
    return tuple(_without_prefixed(sorted(coin(FAMILY, 6000), key=str.lower)))


@cache
def places() -> tuple[str, ...]:
    """Coined places; none is found within another."""
    kept: list[str] = []
    for word in sorted(coin(PLACE, 1000), key=lambda word: (len(word), word)):
        if not any(shorter.lower() in word.lower() for shorter in kept):
            kept.append(word)
    return tuple(kept)


def people(seed: int) -> Iterator[str]:
    """Every full name once, in an order that depends on `seed`.

    Raises:
        InputError: when all names are given out; the pool holds several million.
    """
    given, family = given_names(), family_names()
    pool = len(given) * len(family)
    for number in _scattered(pool, start=Random(seed).randrange(pool)):
        first, last = divmod(number, len(family))
        yield f"{given[first]} {family[last]}"
    raise InputError(
        f"asks for more than the {pool} invented people", field="n", cure="generate fewer problems"
    )


def _scattered(total: int, start: int = 0) -> Iterator[int]:
    """Every number below `total` once, neighbours far apart."""
    stride = next(step for step in range(int(total * 0.618), total) if gcd(step, total) == 1)
    return ((start + count * stride) % total for count in range(total))


def _without_prefixed(words: list[str]) -> Iterator[str]:
    """The words of a sorted list that do not begin with another word of the list."""
    last = None
    for word in words:
        if last is None or not word.lower().startswith(last):
            yield word
            last = word.lower()
