"""The ledger for readers: nothing is left out."""

from __future__ import annotations

from typing import Any

import pytest

from artifact.claims.ledger import Evidence, current
from artifact.claims.text import as_text, bearing, figure, row_text, subject, verdict_text

LEDGER = current()


def evidence(**fields: Any) -> Evidence:
    given: dict[str, Any] = {
        "tier": "A",
        "model": "Brio-1B",
        "dataset": "babi",
        "what": "share of right answers",
        "value": 0.2716,
        "n": 950,
        "interval": (0.244, 0.3008),
        "holds": True,
        "command": "artifact claims",
    }
    return Evidence(**(given | fields))


@pytest.mark.parametrize(
    ("fields", "printed"),
    [
        ({}, "27.2 % [24.4, 30.1]"),
        ({"interval": None}, "27.2 %"),
        (
            {"unit": "points", "value": 0.088, "interval": (-0.016, 0.119)},
            "+8.8 points [-1.6, +11.9]",
        ),
        ({"unit": "points", "value": -0.0421, "interval": None}, "-4.2 points"),
        ({"unit": "chi2", "value": 375.94, "interval": None}, "375.9"),
        ({"unit": "p", "value": 0.0491, "interval": None}, "p = 0.049"),
        ({"unit": "p", "value": 1e-9, "interval": None}, "p < 0.001"),
    ],
)
def test_a_figure_is_printed_by_its_unit(fields: dict[str, Any], printed: str) -> None:
    assert figure(evidence(**fields)) == printed


def test_the_terminal_shows_every_claim_verdict_figure_and_reason() -> None:
    text = as_text(LEDGER)
    for each in LEDGER:
        assert f"{each.id}  {verdict_text(each).upper()}: {each.claim}" in text
        assert each.because in text
        for e in each.evidence:
            assert row_text(e) in text
            said = f"{e.what}, n = {e.n:,}: {figure(e)} ({bearing(e)})"
            assert row_text(e) == f"{e.row:<6}{e.tier or '-'}  {subject(e)}: {said}"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"holds": True}, "holds"),
        ({"holds": False}, "does not hold"),
        ({"holds": None}, "inconclusive"),
        ({"holds": True, "decides": False}, "holds, not counted"),
    ],
)
def test_what_a_figure_bears_on_the_claim(fields: dict[str, Any], said: str) -> None:
    assert bearing(evidence(**fields)) == said
