"""The claims page: each claim a card, each result with its place and its command."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from artifact.book import tables
from artifact.book.generated.claims_page import (
    anchors,
    cards_markdown,
    near_28,
    search_terms,
    table_of,
    write_page,
)
from artifact.book.sections import released_variants, sft_variants
from artifact.book.sections.sft_variants import forced_tables
from artifact.book.sections.step_evaluation import every_model
from artifact.book.tables import anchor_of
from artifact.claims.evidence import Evidence, count
from artifact.claims.ledger import Entry, current
from artifact.claims.snapshot import load_snapshot
from artifact.claims.text import bearing, figure, subject, verdict_text
from artifact.common import paths
from artifact.common.characters import with_minus
from artifact.evaluation.scored_runs import reference_runs
from artifact.workflow.results import Table

LEDGER = current()
PLACES = {
    anchor_of(str(table_of(it.id, e))): f"sections/x.html#{anchor_of(str(table_of(it.id, e)))}"
    for it in LEDGER
    for e in it.evidence
}
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
            "command": "artifact claims --only C7.1",
            "row": "C7.1",
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
            if f'<a href="#row-{e.row.lower().replace(".", "-")}">{e.row}</a>' in line
        )
        assert f"{subject(e)}: {e.what}" in row
        assert with_minus(figure(e)) in row
        assert f"<em>{bearing(e)}</em>" in row
        assert f"<code>.venv/bin/{e.command}</code>" in row
        assert re.search(r'<a href="sections/x\.html#table-[\w-]+">Table</a>', row)


def test_no_name_of_a_field_is_left_and_no_folder_is_left_open() -> None:
    assert not re.search(r"\b(flag_fixed|exact_set|any_gold|DIR)\b", PAGE)
    visible = re.sub(r"<code>.*?</code>|href=\"[^\"]*\"", "", PAGE)
    assert not re.search(r"\b(babi|cotempqa|marco)\b", visible)


@pytest.fixture(scope="module")
def shown() -> dict[str, Table]:
    """The tables of the sections, by name."""
    experiment = sft_variants.compute.gather([], reference_runs())
    return {
        **released_variants.tables.all_tables(),
        "correlation": sft_variants.tables.correlation_table(experiment),
        "contrasts": sft_variants.tables.contrasts_table(experiment),
        "effects": forced_tables.effects_table(experiment, to_own=False),
        "following": forced_tables.following_table(experiment),
        "models": every_model.models_table(),
        "differences": every_model.differences_table(),
    }


def rows_of(table: Table) -> list[str]:
    """Each row as a reader has it: with what heads it, and what the caption says of all rows."""
    markup = tables.show(table, caption="t").markup
    shared = markup.partition("</figcaption>")[0]
    found, head = [], ""
    for row in re.findall(r"<tr>.*?</tr>", markup):
        text = html.unescape(re.sub("<[^>]+>", "|", row)).replace("\N{NO-BREAK SPACE}", " ")
        if 'scope="rowgroup"' in row:
            head = text
        else:
            found.append(f"{shared} {head} {text}")
    return found


def numbers(text: str) -> set[str]:
    return set(re.findall(r"(?:< )?−?\d+\.\d+", text))


def other_way_round(e: Evidence) -> Evidence:
    """The same difference with its two kinds of trace in the other order."""
    low, high = e.interval or (0.0, 0.0)
    return e.model_copy(update={"value": -e.value, "interval": (-high, -low)})


@pytest.mark.parametrize("each", LEDGER, ids=lambda each: each.id)
def test_the_table_that_a_row_leads_to_has_its_numbers(
    each: Entry, shown: dict[str, Table]
) -> None:
    for e in each.evidence:
        rows = rows_of(shown[str(table_of(each.id, e))])
        wanted = [(e, e.model if e.tier not in ("C", "D") else "")]
        if pair := re.search(r"accuracy, (\w+).* minus (\w+)", e.what) if e.tier == "C" else None:
            wanted.append((other_way_round(e), f"{pair[2]} − {pair[1]}"))
        assert any(
            named in row
            and numbers(with_minus(figure(one))) <= numbers(row)
            and re.search(rf"\b{e.n:,}\b", row)
            for one, named in wanted
            for row in rows
        ), f"{subject(e)}: {e.what}: {figure(e)}"


@pytest.mark.parametrize(
    ("claim", "term"), [("C1", "28 %"), ("C1", "98.4 %"), ("C1", "98.4%"), ("C5", "cognitive load")]
)
def test_the_search_finds_a_card_by_what_readers_look_for(claim: str, term: str) -> None:
    assert term in search_terms(LEDGER)[claim]
    before, _, after = cards_markdown(LEDGER, PLACES).partition(f"```{{index}} ! {term}\n```\n")
    assert f"(claim-{claim.lower()})=" in after.splitlines()[0:12]
    assert before.count("\n## ") == int(claim[1:]) - 1


def test_no_card_says_its_reason_twice() -> None:
    for card in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        said = [it for it in re.split(r"(?<=\.)\s", card.partition("<details")[0]) if len(it) > 20]
        assert len(said) == len(set(said)), card[:60]


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
    assert ">Table</a>" not in cards_markdown([entry(evidence())], {})


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
