"""A verdict follows from the best tier, and only from figures that settle something."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.claims.evidence import Evidence, Quantifier, Tier, Verdict, verdict

REPRODUCED: Verdict = "reproduced"
AS_RELEASED: Verdict = "reproduced only as released"
NOT: Verdict = "not reproduced"
NOT_TESTABLE: Verdict = "not testable here"


def evidence(tier: Tier | None, holds: bool) -> Evidence:
    return Evidence(
        tier=tier, what="", value=0.5, n=10, interval=None, holds=holds, command="artifact claims"
    )


def tiers(text: str) -> list[Evidence]:
    """``A+ B-`` as two figures: one of tier A on which the claim holds, one of B on which not."""
    return [
        evidence(None if part[0] == "-" else part[0], part[1] == "+")  # type: ignore[arg-type]
        for part in text.split()
    ]


@pytest.mark.parametrize(
    ("figures", "for_all", "for_any"),
    [
        ("", NOT_TESTABLE, NOT_TESTABLE),
        ("-+", NOT_TESTABLE, NOT_TESTABLE),
        ("-+ --", NOT_TESTABLE, NOT_TESTABLE),
        ("A+", REPRODUCED, REPRODUCED),
        ("A-", NOT, NOT),
        ("A+ A-", NOT, REPRODUCED),
        ("A- -+", NOT, NOT),
        ("B+", REPRODUCED, REPRODUCED),
        ("B-", NOT, NOT),
        ("A+ B+", REPRODUCED, REPRODUCED),
        ("A+ B-", AS_RELEASED, AS_RELEASED),
        ("A- B+", REPRODUCED, REPRODUCED),
        ("A- B-", NOT, NOT),
        ("A+ B+ B-", AS_RELEASED, REPRODUCED),
        ("A+ A- B-", NOT, AS_RELEASED),
        ("A+ A- B+ B-", NOT, REPRODUCED),
        ("A+ B- C+", REPRODUCED, REPRODUCED),
        ("A+ B+ C-", AS_RELEASED, AS_RELEASED),
        ("A- B+ C-", NOT, NOT),
        ("A- B- C- D+", REPRODUCED, REPRODUCED),
        ("A+ B+ C+ D-", AS_RELEASED, AS_RELEASED),
        ("D- C+", NOT, NOT),
    ],
)
def test_the_best_tier_decides_and_tier_a_alone_is_as_released(
    figures: str, for_all: Verdict, for_any: Verdict
) -> None:
    assert verdict(tiers(figures), all) == for_all
    assert verdict(tiers(figures), any) == for_any


FIGURES = st.lists(
    st.builds(evidence, st.sampled_from([None, "A", "B", "C", "D"]), st.booleans()), max_size=8
)


@given(FIGURES, st.sampled_from([all, any]), st.randoms())
def test_the_verdict_does_not_hang_on_the_order_of_figures(
    figures: list[Evidence], holds_if: Quantifier, rng: Any
) -> None:
    before = verdict(figures, holds_if)
    rng.shuffle(figures)
    assert verdict(figures, holds_if) == before
    assert verdict([e for e in figures if e.tier is not None], holds_if) == before


@given(FIGURES)
def test_one_figure_suffices_where_all_do(figures: list[Evidence]) -> None:
    if verdict(figures, all) == REPRODUCED:
        assert verdict(figures, any) == REPRODUCED


@given(FIGURES, FIGURES, st.sampled_from([all, any]))
def test_figures_of_other_models_or_data_change_no_verdict(
    figures: list[Evidence], others: list[Evidence], holds_if: Quantifier
) -> None:
    aside = [e.model_copy(update={"settles": False}) for e in others]
    assert verdict([*figures, *aside], holds_if) == verdict(figures, holds_if)
