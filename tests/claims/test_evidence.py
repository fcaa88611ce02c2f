"""The verdict: a word for two counts, on made-up evidence in every direction."""

from __future__ import annotations

import pytest

from artifact.claims.evidence import (
    Cell,
    Counts,
    Evidence,
    Speaks,
    Tier,
    Verdict,
    cells,
    count,
    verdict,
)

ALL: Speaks = "of all"
SOME: Speaks = "of some"
REPRODUCED: Verdict = "reproduced"
AS_RELEASED: Verdict = "reproduced only as released"
IN_PART: Verdict = "reproduced in part"
NOT: Verdict = "not reproduced"
NOT_TESTABLE: Verdict = "not testable here"


def figure(
    tier: Tier | None, holds: bool | None, model: str = "M1", *, decides: bool = True
) -> Evidence:
    return Evidence(
        tier=tier,
        model=model,
        dataset="brio",
        what="a figure",
        value=0.5,
        n=10,
        interval=None,
        holds=holds,
        decides=decides,
        command="artifact claims",
    )


def of(spelled: str) -> list[Evidence]:
    """``A+-? B--+``: tier by tier, a mark for each model: holds, does not, can't tell."""
    marks = {"+": True, "-": False, "?": None}
    return [
        figure(None if part[0] == "f" else part[0], marks[mark], f"M{number}")  # type: ignore[arg-type]
        for part in spelled.split()
        for number, mark in enumerate(part[1:], start=1)
    ]


@pytest.mark.parametrize(
    ("spelled", "speaks", "word", "as_released", "strict"),
    [
        # one direction, and the other
        ("A+++ B+++", ALL, REPRODUCED, (3, 3), (3, 3)),
        ("A+++ B---", ALL, AS_RELEASED, (3, 3), (0, 3)),
        ("A--- B---", ALL, NOT, (0, 3), (0, 3)),
        ("A--- B+++", ALL, REPRODUCED, (0, 3), (3, 3)),
        # mixed
        ("A+-- B---", ALL, AS_RELEASED, (1, 3), (0, 3)),
        ("A+++ B+--", ALL, IN_PART, (3, 3), (1, 3)),
        ("A--- B--+", ALL, IN_PART, (0, 3), (1, 3)),
        ("A+?- B?-?", ALL, AS_RELEASED, (1, 3), (0, 3)),
        ("A??? B???", ALL, NOT, (0, 3), (0, 3)),
        # a claim that something can happen needs one model
        ("A+-- B-+-", SOME, REPRODUCED, (1, 3), (1, 3)),
        ("A+-- B---", SOME, AS_RELEASED, (1, 3), (0, 3)),
        ("A--- B---", SOME, NOT, (0, 3), (0, 3)),
        # only one side was looked at
        ("A++", ALL, AS_RELEASED, (2, 2), (0, 0)),
        ("A--", ALL, NOT, (0, 2), (0, 0)),
        ("B++", ALL, REPRODUCED, (0, 0), (2, 2)),
        ("f+-", ALL, AS_RELEASED, (1, 2), (0, 0)),
        ("f++ R--", ALL, AS_RELEASED, (2, 2), (0, 2)),
        ("f-- R++", ALL, REPRODUCED, (0, 2), (2, 2)),
        # models added
        ("A++++ B----", ALL, AS_RELEASED, (4, 4), (0, 4)),
        ("A++++ B---+", ALL, IN_PART, (4, 4), (1, 4)),
        # scored outputs come before result files and before what was read by eye
        ("f++ A--", ALL, NOT, (0, 2), (0, 0)),
        ("A-- B++ R--", ALL, REPRODUCED, (0, 2), (2, 2)),
        ("f+++ A- R- B++", ALL, REPRODUCED, (2, 3), (2, 2)),
        # runs made here of the paper's models on its data
        ("C+-", ALL, IN_PART, (0, 0), (1, 2)),
        ("A-- B-- C++", ALL, NOT, (0, 2), (0, 2)),
        # an intervention is shown and not counted
        ("D++", ALL, NOT_TESTABLE, (0, 0), (0, 0)),
        ("", ALL, NOT_TESTABLE, (0, 0), (0, 0)),
    ],
)
def test_the_word_follows_from_the_counts(
    spelled: str,
    speaks: Speaks,
    word: Verdict,
    as_released: tuple[int, int],
    strict: tuple[int, int],
) -> None:
    evidence = of(spelled)
    assert verdict(evidence, speaks) == word
    assert count(evidence) == Counts(as_released=as_released, strict=strict)


@pytest.mark.parametrize(
    ("spelled", "word"),
    [
        ("A+-- B---", AS_RELEASED),  # its own model alone has the printed figure
        ("A-++ B---", NOT),  # others happen to have it
        ("A+++ B-++", AS_RELEASED),  # strictly it fails for its own model
        ("A--- B-++", NOT),
        ("A+-- B+--", IN_PART),
        ("A+++ B+++", REPRODUCED),
        ("A+", AS_RELEASED),
    ],
)
def test_a_claim_about_one_models_figure_is_held_to_that_model_first(
    spelled: str, word: Verdict
) -> None:
    first: Cell = ("M1", "brio")
    assert verdict(of(spelled), first=first) == word


def test_what_does_not_decide_is_not_counted() -> None:
    aside = [figure("B", True, "M2", decides=False), figure("A", True, "M3", decides=False)]
    assert count([*of("A- B-"), *aside]) == count(of("A- B-"))
    assert verdict([*of("A- B-"), *aside]) == verdict(of("A- B-"))


def test_a_cell_holds_if_all_its_figures_do() -> None:
    evidence = [figure("B", True), figure("B", False), figure("B", True, "M2")]
    assert cells(evidence, ("B",)) == {("M1", "brio"): False, ("M2", "brio"): True}


def test_one_model_on_two_datasets_is_two_cells() -> None:
    other = figure("B", False).model_copy(update={"dataset": "drava"})
    assert count([figure("B", True), other]).strict == (1, 2)


def test_counts_in_words_leave_out_what_was_not_looked_at() -> None:
    both = count(of("A+-- B---")).as_text()
    assert both == "as released in 1 of 3 models, strictly in 0 of 3"
    assert count(of("f+")).as_text() == "as released in 1 of 1 model"
    assert count([]).as_text() == ""
