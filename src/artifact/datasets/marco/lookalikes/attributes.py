"""What the passages of a look-alike can say about a place: sentences, questions and values.

Each `Attribute` belongs to one question type. Its questions come in a form that shares words with
its sentences and in one that does not, as people's queries do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

# fmt: off
ONSETS = (
    "b", "br", "d", "dr", "f", "g", "gl", "h", "k", "kr", "l", "m", "n", "p", "r", "s", "sk",
    "st", "t", "tr", "v", "vr", "w", "z",
)
VOWELS = ("a", "e", "i", "o", "u", "ae", "ei", "ou", "y")
CODAS = ("", "l", "m", "n", "r", "s", "th", "k", "lm", "nd", "rn", "sk", "rt")
PLACE_ENDINGS = ("wick", "mere", "holt", "ford", "stead", "combe", "fell", "ness", "gate", "march")
KINDS = (
    "observatory", "cannery", "lighthouse", "ropeworks", "seed-library", "clock-museum",
    "salt-works", "glasshouse", "paper-mill", "ferry-yard", "bell-foundry", "bath-house",
)
COLOURS = ("blue", "grey", "amber", "russet", "green", "white", "crimson", "ochre")
METALS = ("zinc", "copper", "tin", "lead", "bronze", "nickel", "pewter", "slate")
BIRDS = ("wagtails", "terns", "herons", "swifts", "plovers", "martins", "grebes", "crakes")
ACTORS = (
    "the river", "the frost", "a colony of bats", "the tide", "the west wind", "a swarm of moths",
    "the drifting snow", "the harvest traffic",
)
DEEDS = ("blocks", "floods", "covers", "shakes", "darkens", "cools", "fills", "dampens")
PARTS = (
    "the lower rooms", "the only road", "the north stairs", "the main hall", "the loading dock",
    "the upper windows", "the boiler house", "the east wing",
)
CRAFTS = (
    "repairing", "casting", "weaving", "grinding", "polishing", "copying", "drying", "sorting",
)
GOODS = (
    "ship bells", "church clocks", "barley sacks", "star charts", "fishing nets", "window panes",
    "paper kites", "tide tables", "oak barrels", "seed trays",
)
MEANS = (
    "with river sand", "by candle light", "on floating rafts", "over peat fires", "in cold wells",
    "with goose feathers", "under wet felt", "between stone plates",
)
# fmt: on


def coined(rng: Random, syllables: int) -> str:
    """An invented name of so many syllables."""
    parts = [rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(syllables)]
    return ("".join(parts) + rng.choice(CODAS)).capitalize()


def place(rng: Random) -> str:
    """An invented town."""
    return coined(rng, 1) + rng.choice(PLACE_ENDINGS)


def person(rng: Random) -> str:
    """An invented person: given name and family name."""
    return f"{coined(rng, 2)} {coined(rng, 2)}"


def _clause(rng: Random) -> str:
    return f"{rng.choice(ACTORS)} {rng.choice(DEEDS)} {rng.choice(PARTS)}"


def _pastime(rng: Random) -> str:
    return f"{rng.choice(CRAFTS)} {rng.choice(GOODS)} {rng.choice(MEANS)}"


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """One thing that can be said and asked about a place, compared by identity.

    Attributes:
        category: the question type.
        questions: with ``{t}`` for the place.
        sentence: with ``{t}`` for the place and ``{v}`` for the value.
        value: draws the value, which is the answer.
    """

    category: str
    questions: tuple[str, ...]
    sentence: str
    value: Callable[[Random], str]


ATTRIBUTES = (
    Attribute(
        "PERSON",
        ("who founded the {t}", "{t} founder", "who set up the {t}"),
        "The {t} was founded by {v} with borrowed money.",
        person,
    ),
    Attribute(
        "PERSON",
        ("who drew the plans for the {t}", "which architect worked on the {t}"),
        "The plans for the {t} were drawn by {v} in a single winter.",
        person,
    ),
    Attribute(
        "PERSON",
        ("who directs the {t}", "who is in charge of the {t} today"),
        "Since last spring {v} directs the {t} and its workshops.",
        person,
    ),
    Attribute(
        "LOCATION",
        ("where does the {t} stand", "{t} location", "where is the {t}"),
        "The {t} stands outside the market town of {v}.",
        place,
    ),
    Attribute(
        "LOCATION",
        ("what county is the {t} in", "in which county can you visit the {t}"),
        "Visitors to the {t} need a county pass, issued by {v}.",
        lambda rng: f"{place(rng)} county",
    ),
    Attribute(
        "LOCATION",
        ("where are the archives of the {t} kept", "where did the papers of the {t} go"),
        "The archives of the {t} are kept in a vault at {v}.",
        place,
    ),
    Attribute(
        "NUMERIC",
        ("when was the {t} opened", "what year did the {t} start work"),
        "The {t} was opened to the public in {v}.",
        lambda rng: str(rng.randrange(1790, 1990)),
    ),
    Attribute(
        "NUMERIC",
        ("how many people work at the {t}", "{t} size of staff how many"),
        "Today {v} people work at the {t}, most of them part time.",
        lambda rng: str(rng.randrange(12, 780)),
    ),
    Attribute(
        "NUMERIC",
        ("how much does a ticket to the {t} cost", "{t} entrance price"),
        "A ticket to the {t} costs {v} crowns at the gate.",
        lambda rng: f"{rng.randrange(2, 60)}.{rng.choice(('20', '40', '50', '75'))}",
    ),
    Attribute(
        "NUMERIC",
        ("how long is a tour of the {t}", "how much time to plan for the {t}"),
        "A guided tour of the {t} takes {v} minutes.",
        lambda rng: str(rng.randrange(21, 190)),
    ),
    Attribute(
        "ENTITY",
        ("what metal covers the roof of the {t}", "which material is the {t} roofed with"),
        "The roof of the {t} is covered with sheets of {v}.",
        lambda rng: f"{rng.choice(COLOURS)} {rng.choice(METALS)}",
    ),
    Attribute(
        "ENTITY",
        ("which company owns the {t}", "what firm does the {t} belong to"),
        "The {t} is owned by a company called {v}.",
        lambda rng: f"{coined(rng, 2)} {rng.choice(('Holdings', 'Brothers', 'Works', 'Trust'))}",
    ),
    Attribute(
        "ENTITY",
        ("what birds nest under the eaves of the {t}", "name of the birds at the {t}"),
        "Every May {v} nest under the eaves of the {t}.",
        lambda rng: f"{rng.choice(COLOURS)} {rng.choice(BIRDS)}",
    ),
    Attribute(
        "DESCRIPTION",
        ("why is the {t} closed in winter", "why does the {t} shut for months"),
        "The {t} is closed in winter because {v}.",
        _clause,
    ),
    Attribute(
        "DESCRIPTION",
        ("what is the {t} best known for", "what made the {t} famous"),
        "The {t} is best known for {v}.",
        _pastime,
    ),
    Attribute(
        "DESCRIPTION",
        ("how does the {t} train its apprentices", "{t} apprentices meaning of first year"),
        "Apprentices at the {t} spend their first year {v}.",
        _pastime,
    ),
    Attribute(
        "DESCRIPTION",
        ("what happens at the {t} in a storm", "what is the trouble with the {t}"),
        "In a storm {v}, which stops all work at the {t}.",
        _clause,
    ),
)
