"""SIMULATED guesses of the answer from a trace, beside SIMULATED ratings.

No study has asked for them, so there is nothing to agree with: people differ in how often they are
right, and trace types do not, by choice.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import special

from artifact.study.instrument.answer_files import Guess, write_guesses
from artifact.study.instrument.ratings import MARK
from artifact.study.instrument.ratings_file import read_ratings

RIGHT = 0.8
"""Chosen: how often someone in the middle is right, whatever the trace type."""
PEOPLE = 1.0
"""ASSUMED standard deviation of people, in log odds."""
CHOICES = 8


def simulate_guesses(ratings_csv: Path, out: Path, *, seed: int, within: bool = False) -> int:
    """Write a guess for each participant and problem of SIMULATED ratings, and give their number.

    The same ratings and seed give the same file.

    Raises:
        InputError: the ratings cannot be read.
    """
    frame = read_ratings(ratings_csv, within=within).frame
    pages = frame[["participant", "group", "problem"]].drop_duplicates()
    rng = np.random.default_rng(seed)
    people = sorted(set(pages["participant"]))
    chances = special.expit(special.logit(RIGHT) + rng.normal(0, PEOPLE, len(people)))
    chance = dict(zip(people, chances, strict=True))
    rows = [
        Guess(
            participant=person,
            group=group,
            problem=problem,
            choices=CHOICES,
            chosen=MARK,
            right=bool(rng.random() < chance[person]),
            seconds=None,
            simulated=True,
        )
        for person, group, problem in pages.itertuples(index=False)
    ]
    write_guesses(
        rows,
        out,
        [
            f"{MARK}: no person guessed these answers.",
            f"Chosen, and no finding: {RIGHT:g} right for someone in the middle, whatever the "
            f"trace type; people differ by {PEOPLE:g} in log odds; seed {seed}.",
        ],
    )
    return len(rows)
