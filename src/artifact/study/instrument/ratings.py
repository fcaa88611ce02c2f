"""Ratings in long format: one row per participant, problem and item; `ratings_file` reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import MISSING, astuple, dataclass, fields
from itertools import product
from typing import Literal

import pandas as pd

from artifact.study.instrument.items import POINTS

Design = Literal["between", "within"]
"""Whether each person sees one trace type, or all of them in turn."""

GROUPS = ("decomposed", "verbose", "summary", "explanation")
"""The trace types compared, one group of participants each."""
ANSWER_ONLY = "answer_only"
"""An optional control group that sees no trace and so answers no item about one."""

NOT_REACHED = "not reached"
"""Stands for the trace type of a page that a person never reached, within subjects."""

MARK = "SIMULATED"
"""Label of everything made from simulated ratings."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One row of the file; the fields are the columns, in order, the last two optional."""

    participant: str
    group: str
    problem: str
    item: str
    dimension: str
    reversed: bool
    rating: int
    checks_passed: float | None
    duration: float | None
    simulated: bool
    times_away: int | None = None
    seconds_away: float | None = None


COLUMNS = tuple(field.name for field in fields(Rating) if field.default is MISSING)
OPTIONAL_COLUMNS = tuple(field.name for field in fields(Rating))[len(COLUMNS) :]
"""Of a study that counted how the page was left; a file without them has recorded nothing."""


@dataclass(frozen=True, slots=True)
class MissingAnswer:
    """An answer that others in the group gave but this participant did not."""

    participant: str
    group: str
    problem: str
    item: str


@dataclass(frozen=True)
class Ratings:
    """All ratings of one study.

    Attributes:
        frame: the columns of `COLUMNS`, `OPTIONAL_COLUMNS` and `score`: the rating after reversed
            items were re-coded once (6 - rating), so that more always means more of the dimension.
            Rows are sorted by participant, problem and item.
        missing: answers not given, in the same order. Each participant is expected to answer all
            pairs of a problem and an item that occur in the group; one who rated several trace
            types, all problems, with the items that occur in the group seen there.
    """

    frame: pd.DataFrame
    missing: tuple[MissingAnswer, ...]

    @property
    def simulated(self) -> bool:
        """No person gave these ratings."""
        return bool(self.frame["simulated"].iloc[0])

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups present, in the order of `GROUPS`, the control last."""
        present = set(self.frame["group"])
        return tuple(group for group in (*GROUPS, ANSWER_ONLY) if group in present)

    def without(self, participants: Iterable[str]) -> Ratings:
        """The ratings of everyone else."""
        left_out = set(participants)
        return Ratings(
            self.frame[~self.frame["participant"].isin(left_out)].reset_index(drop=True),
            tuple(gap for gap in self.missing if gap.participant not in left_out),
        )


def as_ratings(rows: Sequence[Rating]) -> Ratings:
    """Ratings from rows that are known to be valid (simulated, or checked when read)."""
    columns = [*COLUMNS, *OPTIONAL_COLUMNS]
    frame = pd.DataFrame([astuple(row) for row in rows], columns=columns)
    frame = frame.astype(dict.fromkeys(("checks_passed", "duration", *OPTIONAL_COLUMNS), float))
    frame["score"] = frame["rating"].where(~frame["reversed"], POINTS + 1 - frame["rating"])
    frame = frame.sort_values(["participant", "problem", "item"], ignore_index=True)
    return Ratings(frame, _gaps(rows))


def _gaps(rows: Sequence[Rating]) -> tuple[MissingAnswer, ...]:
    given = {(row.participant, row.problem, row.item) for row in rows}
    if len({(row.participant, row.group) for row in rows}) > len({row.participant for row in rows}):
        return _gaps_within(rows, given)
    gaps: list[MissingAnswer] = []
    for group in {row.group for row in rows}:
        members = [row for row in rows if row.group == group]
        expected = product(
            {row.participant for row in members},
            {row.problem for row in members},
            {row.item for row in members},
        )
        gaps += [MissingAnswer(key[0], group, *key[1:]) for key in expected if key not in given]
    return _in_order(gaps)


def _gaps_within(
    rows: Sequence[Rating], given: Collection[tuple[str, str, str]]
) -> tuple[MissingAnswer, ...]:
    seen = {(row.participant, row.problem): row.group for row in rows}
    items = {group: {row.item for row in rows if row.group == group} for group in seen.values()}
    # Nobody can tell which trace type a page would have shown that was never reached.
    items[NOT_REACHED] = set.intersection(*items.values())
    return _in_order(
        MissingAnswer(person, group, problem, item)
        for person, problem in product(*({key[part] for key in seen} for part in (0, 1)))
        for group in [seen.get((person, problem), NOT_REACHED)]
        for item in items[group]
        if (person, problem, item) not in given
    )


def _in_order(gaps: Iterable[MissingAnswer]) -> tuple[MissingAnswer, ...]:
    return tuple(sorted(gaps, key=lambda gap: (gap.participant, gap.problem, gap.item)))
