"""The claims page: each claim a card, each result with its place and its command."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from artifact.book.generated.claims_page import (
    SHOWN,
    TIERS,
    anchors,
    cards_markdown,
    near_28,
    write_page,
)
from artifact.claims.evidence import Evidence, count
from artifact.claims.ledger import Entry, current
from artifact.claims.snapshot import load_snapshot
from artifact.claims.text import bearing, figure, subject, verdict_text
from artifact.common import paths

LEDGER = current()
PLACES = {name: f"sections/x.html#{name}" for name in SHOWN.values()}
PAGE = html.unescape(cards_markdown(LEDGER, PLACES)).replace("\N{NO-BREAK SPACE}", " ")


def entry(*results: Evidence) -> Entry:
    return Entry(
        id="C7",
        claim="A claim.",
        published="28 %",
        evidence=results,
        verdict="not testable here",
        counts=count(results),
        because="Nothing is known.",
    )


def evidence(**fields: object) -> Evidence:
    given = {
        **{"tier": "A", "model": "Brio-1B", "dataset": "babi", "what": "right answers"},
        **{
            "value": 0.2716,
            "n": 950,
            "interval": None,
            "holds": True,
            "command": "artifact claims",
        },
    }
    return Evidence.model_validate(given | fields)


@pytest.mark.parametrize("each", LEDGER, ids=lambda each: each.id)
def test_a_card_holds_claim_verdict_reason_and_every_result(each: Entry) -> None:
    assert f"(claim-{each.id.lower()})=\n## {each.id}: {each.claim}" in PAGE
    assert verdict_text(each) in PAGE
    assert each.because in PAGE
    for e in each.evidence:
        row = next(
            line
            for line in PAGE.splitlines()
            if line.startswith("<li>") and f"{subject(e)}: {e.what}" in line and figure(e) in line
        )
        assert f"<em>{bearing(e)}</em>" in row
        assert f"<code>.venv/bin/{e.command}</code>" in row
        assert re.search(r'<a href="sections/x\.html#(fig|table)-[\w-]+">(Figure|Table)</a>', row)


def test_no_name_of_a_field_is_left_and_no_folder_is_left_open() -> None:
    assert not re.search(r"\b(flag_fixed|exact_set|any_gold|DIR)\b", PAGE)
    visible = re.sub(r"<code>.*?</code>|href=\"[^\"]*\"", "", PAGE)
    assert not re.search(r"\b(babi|cotempqa|marco)\b", visible)


def test_each_kind_of_evidence_has_a_heading_and_a_place() -> None:
    for each in LEDGER:
        for e in each.evidence:
            assert e.tier in TIERS
            assert (each.id, e.tier) in SHOWN


def test_each_model_that_counts_has_a_row() -> None:
    made = entry(
        evidence(holds=True),
        evidence(tier="B", holds=False),
        evidence(tier="B", model="Drava-2B", holds=True),
        evidence(tier="C", model="Orla-3B", decides=False),
    )
    rows = [line for line in cards_markdown([made], {}).splitlines() if line.startswith("| ")]
    assert rows == [
        "| Does it hold for … | as released | strictly |",
        "| Brio-1B on bAbI QA | yes | no |",
        "| Drava-2B on bAbI QA | – | yes |",
    ]


def test_without_evidence_there_is_no_fold_and_without_a_place_no_link() -> None:
    assert "<details" not in cards_markdown([entry()], {})
    assert "<a " not in cards_markdown([entry(evidence())], {})


def test_anchors_are_those_of_the_executed_sections(project: Path) -> None:
    (paths.SECTIONS / "step_evaluation.ipynb").write_text(r'"<figure id=\"fig-mosaic\">"')
    (paths.SECTIONS / "sft_variants.ipynb").write_text(r"""'<figure id="table-runs">'""")
    assert anchors() == {
        "fig-mosaic": "sections/step_evaluation.html#fig-mosaic",
        "table-runs": "sections/sft_variants.html#table-runs",
    }
    write_page([entry()], paths.SECTIONS)
    assert (paths.SECTIONS / "claims_evidence.md").read_text() == cards_markdown([entry()], {})


def test_the_numbers_near_28_are_told_apart() -> None:
    said = near_28(load_snapshot())
    assert re.search(
        r"prints 28 %.* in 261 of 949 outputs, 27\.5 %.* give \d+ of 950, 27\.2 %", said
    )
    assert said in cards_markdown(LEDGER, {}, {"C1": said}).replace("\N{NO-BREAK SPACE}", " ")
