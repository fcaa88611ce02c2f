"""The comprehension task: whether readers of a trace expect the answer that it points to.

Answers of one person are correlated, so shares get the limits of the effective number of
independent answers, and the model's errors are clustered by person.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from artifact.common.errors import InputError
from artifact.study.analysis.findings import Estimate, Guessing
from artifact.study.analysis.models import Model, proportional_odds
from artifact.study.instrument.answer_files import Guess, read_guesses
from artifact.study.instrument.ratings import Ratings

MODEL: Model = (proportional_odds, "log odds of a right guess")
"""With two outcomes the cumulative logit model is a logistic one."""


def guesses_of(ratings: Ratings, path: Path | None) -> pd.DataFrame:
    """The guesses of those who gave the ratings: the fields of `Guess`, and `score` (0 or 1).

    Args:
        ratings: of everyone.
        path: the file; None gives a frame without rows.

    Raises:
        InputError: the file cannot be used, or is not of the study that the ratings are of.
    """
    rows = read_guesses(path) if path else []
    rated = ratings.frame.drop_duplicates(["participant", "problem"])
    seen = rated.set_index(["participant", "problem"])["group"].to_dict()
    for number, row in enumerate(rows, start=1):
        wrong = None
        if seen.get((row.participant, row.problem)) != row.group:
            wrong = f"'{row.participant}' rated no trace of this type with '{row.problem}'"
        elif row.simulated != ratings.simulated:
            wrong = "one of ratings and guesses is simulated, the other is not"
        if wrong:
            raise InputError(wrong, path=path, row=number, cure="give the files of one export")
    frame = pd.DataFrame([row.model_dump() for row in rows], columns=list(Guess.model_fields))
    return frame.assign(score=frame["right"].astype(int))


def share_right(group: str, guesses: pd.DataFrame, confidence: float) -> Guessing:
    """The share of right guesses of one group, one row or more for each person."""
    right, answers = int(guesses["score"].sum()), len(guesses)
    effective = effective_answers(guesses)
    share = right / answers
    limits = Estimate(value=share, because="a single participant has no spread to judge by")
    if effective is not None:
        low, high = proportion_confint(
            share * effective, effective, alpha=1 - confidence, method="wilson"
        )
        limits = Estimate(value=share, low=float(low), high=float(high))
    return Guessing(
        simulated=bool(guesses["simulated"].iloc[0]),
        group=group,
        participants=guesses["participant"].nunique(),
        answers=answers,
        right=right,
        share=limits,
        effective=effective,
        by_chance=float((1 / (2.0 ** guesses["choices"] - 1)).mean()),
    )


def effective_answers(guesses: pd.DataFrame) -> float | None:
    """How many independent answers would estimate the share with the same error.

    Korn & Graubard (1998, Survey Methodology 24): p (1 - p) over the variance of the share between
    people, times the squared ratio of the t quantiles; at most the number of answers. If all
    answers are right, or all wrong, the number of people; None if there is one person.
    """
    by_person = guesses.groupby("participant")["score"].agg(["sum", "count"])
    people, answers = len(by_person), len(guesses)
    if people < 2:
        return None
    share = by_person["sum"].sum() / answers
    if share in (0, 1):
        return float(people)
    deviations = by_person["sum"] - share * by_person["count"]
    variance = people / (people - 1) * float((deviations**2).sum()) / answers**2
    if variance == 0:
        return float(answers)
    wider = float(stats.t.ppf(0.975, answers - 1) / stats.t.ppf(0.975, people - 1))
    return min(float(answers), share * (1 - share) / variance * wider**2)
