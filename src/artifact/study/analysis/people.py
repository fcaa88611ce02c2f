"""Who took part: counts of what they said about themselves, and their time away.

Described, never tested: the study is about traces, and its people are not a sample of a population.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path

from artifact.common.errors import InputError
from artifact.study.analysis.findings import PersonalCount, TimeAway
from artifact.study.instrument.answer_files import PersonalAnswer, read_personal_answers
from artifact.study.instrument.ratings import Ratings


def time_away(ratings: Ratings) -> tuple[TimeAway, ...]:
    """How often and how long pages were left, by group; groups without a record are left out."""
    pages = (
        ratings.frame.groupby(["group", "participant", "problem"])[["times_away", "seconds_away"]]
        .first()
        .dropna()
        .reset_index()
    )
    found = []
    for group in (name for name in ratings.groups if name in set(pages["group"])):
        own = pages[pages["group"] == group]
        by_person = own.groupby("participant")[["times_away", "seconds_away"]].sum()
        found.append(
            TimeAway(
                simulated=ratings.simulated,
                group=group,
                participants=len(by_person),
                participants_away=int((by_person["times_away"] > 0).sum()),
                pages=len(own),
                pages_away=int((own["times_away"] > 0).sum()),
                times=int(own["times_away"].sum()),
                seconds=round(float(own["seconds_away"].sum()), 3),
                longest=round(float(by_person["seconds_away"].max()), 3),
            )
        )
    return tuple(found)


def personal_counts(
    ratings: Ratings, left_out: Collection[str], path: Path | None
) -> tuple[PersonalCount, ...]:
    """How many of the participants chose each option; options that nobody chose are not listed.

    Args:
        ratings: of everyone.
        left_out: who is not in the analysis.
        path: the file of their answers; None gives no counts.

    Raises:
        InputError: the file cannot be used, or contains answers of someone who gave no ratings.
    """
    if path is None:
        return ()
    rows = read_personal_answers(path)
    known = set(ratings.frame["participant"])
    for number, row in enumerate(rows, start=1):
        if row.participant not in known:
            raise InputError(
                f"'{row.participant}' gave no ratings",
                path=path,
                row=number,
                field="participant",
                cure="give the files of one export",
            )
    everyone = Counter(map(_choice, rows))
    kept = Counter(_choice(row) for row in rows if row.participant not in left_out)
    questions = list(dict.fromkeys(row.question for row in rows))
    ordered = sorted(
        everyone, key=lambda it: (questions.index(it[0]), it[1] is None, it[1] or 0, it[2])
    )
    return tuple(
        PersonalCount(
            simulated=ratings.simulated,
            question=choice[0],
            option=choice[1],
            answer=choice[2],
            kept=kept[choice],
            everyone=everyone[choice],
        )
        for choice in ordered
    )


def _choice(row: PersonalAnswer) -> tuple[str, int | None, str]:
    return row.question, row.option, row.answer
