"""Invented names for look-alikes; none of them occurs in bAbI."""

from __future__ import annotations

PERSONS = ("Tamsel", "Orvik", "Quillo", "Ferrin", "Maudry", "Jorlan", "Pelva", "Zennor")
PLACES = (
    "belfry",
    "scullery",
    "boathouse",
    "cloister",
    "larder",
    "smithy",
    "dovecote",
    "icehouse",
    "orangery",
    "courtyard",
    "gatehouse",
    "granary",
)
THINGS = ("lantern", "kettle", "trowel", "whistle", "compass", "ledger")
KINDS = ("badger", "ferret", "goose", "hedgehog", "magpie", "newt")
COLOURS = ("teal", "amber", "violet", "indigo", "copper", "scarlet")
SHAPES = (
    "teal hexagon",
    "amber hexagon",
    "violet cone",
    "scarlet cone",
    "indigo cylinder",
    "copper cylinder",
    "crescent",
    "pentagon",
)
SMALL_THINGS = ("thimble", "tin of thimbles")
"""Smallest first."""
BIG_THINGS = ("crate", "barrel", "hamper", "wardrobe")
"""Of no fixed order."""
