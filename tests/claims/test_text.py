"""The ledger for readers: nothing is left out, and tables stay tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from artifact.claims.evidence import count
from artifact.claims.ledger import Entry, Evidence, current
from artifact.claims.text import (
    as_text,
    bearing,
    evidence_markdown,
    figure,
    subject,
    summary_markdown,
    verdict_text,
    write_pages,
)

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


def entry(*figures: Evidence) -> Entry:
    return Entry(
        id="C1",
        claim="A claim.",
        published="28 %",
        evidence=figures,
        verdict="not testable here",
        counts=count(figures),
        because="Nothing is known.",
    )


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
        ({"unit": "p", "value": 0.0491, "interval": None}, "0.049"),
        ({"unit": "p", "value": 1e-9, "interval": None}, "< 0.001"),
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
            line = f"{e.tier or '-'}  {subject(e)}: {e.what}: {figure(e)} ({bearing(e)})"
            assert line in text


def rows(markdown: str) -> list[list[str]]:
    """The cells of every row of every table, rules left out."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not all(cell.strip("-") == "" and cell for cell in row)]


def test_the_summary_is_one_table_with_a_row_for_each_claim() -> None:
    head, *body = rows(summary_markdown(LEDGER))
    assert head == ["Id", "Claim", "Verdict", "Holds as released", "Holds strictly"]
    assert [row[:3] for row in body] == [[e.id, e.claim, f"**{e.verdict}**"] for e in LEDGER]
    assert body[0][3:] == ["1 of 3", "0 of 3"]
    assert body[4][3:] == ["–", "–"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"holds": True}, "holds"),
        ({"holds": False}, "does not hold"),
        ({"holds": None}, "can't tell"),
        ({"holds": True, "decides": False}, "holds, not counted"),
    ],
)
def test_what_a_figure_bears_on_the_claim(fields: dict[str, Any], said: str) -> None:
    assert bearing(evidence(**fields)) == said


def test_the_evidence_has_a_row_for_each_figure_and_the_command_for_each() -> None:
    page = evidence_markdown(LEDGER)
    body = [row for row in rows(page) if len(row) == 6 and row[0] != "Tier"]
    assert body == [
        [e.tier or "file", subject(e), e.what, figure(e), str(e.n), bearing(e)]
        for each in LEDGER
        for e in each.evidence
    ]
    for each in LEDGER:
        assert f"## {each.id}: {each.claim}" in page
        assert f"Published: {each.published}. Verdict: **{verdict_text(each)}**." in page
        assert each.because in page
        assert all(e.command in page for e in each.evidence)


def test_each_model_that_counts_has_a_row_before_the_evidence() -> None:
    made = entry(
        evidence(holds=True),
        evidence(tier="B", holds=False),
        evidence(tier="B", model="Drava-2B", holds=True),
        evidence(tier="C", model="Orla-3B", decides=False),
    )
    body = [row for row in rows(evidence_markdown([made])) if len(row) == 3]
    assert body == [
        ["Model", "Holds as released", "Holds strictly"],
        ["Brio-1B on bAbI QA", "yes", "no"],
        ["Drava-2B on bAbI QA", "–", "yes"],
    ]


def test_a_claim_without_evidence_has_no_table_and_no_command() -> None:
    page = evidence_markdown([entry()])
    assert rows(page) == []
    assert "```" not in page
    assert "Nothing is known." in page


def test_a_command_that_gives_several_figures_is_named_once() -> None:
    page = evidence_markdown([entry(evidence(), evidence(tier="B"), evidence(command="other"))])
    assert page.count("artifact claims\n") == 1
    assert "artifact claims\nother\n```" in page


def test_the_pages_are_written_where_the_book_includes_them(tmp_path: Path) -> None:
    write_pages(LEDGER, tmp_path / "made")
    assert {path.name: path.read_text() for path in (tmp_path / "made").iterdir()} == {
        "claims_summary.md": summary_markdown(LEDGER),
        "claims_evidence.md": evidence_markdown(LEDGER),
    }
