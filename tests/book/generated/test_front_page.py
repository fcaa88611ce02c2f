"""The first screen: its numbers are the ledger's, and a sentence without evidence is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from artifact.book.generated import front_page, released_outputs
from artifact.book.generated.front_page import (
    panels,
    sentences,
    summary_markdown,
    version_markdown,
    why,
)
from artifact.claims import read_by_eye
from artifact.claims.ledger import current
from artifact.claims.text import figure
from artifact.common import paths
from artifact.evaluation.scored_runs import reference_runs

LEDGER = current()
BY_ID = {entry.id: entry for entry in LEDGER}


def without_interventions() -> dict:
    c3 = BY_ID["C3"]
    kept = tuple(e for e in c3.evidence if e.tier != "D")
    return BY_ID | {"C3": c3.model_copy(update={"evidence": kept})}


def test_three_sentences_carry_the_ledgers_numbers() -> None:
    share, r1, forced = sentences(BY_ID)
    for tier in ("A", "B"):
        (found,) = [e for e in BY_ID["C1"].evidence if e.tier == tier and e.model == "Qwen3-1.7B"]
        assert figure(found) in share
    read = read_by_eye.reads("verbose")
    right, n = sum(it.exact.right for it in read), sum(it.n for it in read)
    assert f"Of {n} outputs" in r1
    assert f"{100 * right / n:.1f} %" in r1
    assert any(figure(e) in forced for e in BY_ID["C3"].evidence if e.unit == "share")


def test_the_link_leads_to_a_run_behind_the_sentence_and_its_misleading_trace() -> None:
    *_, forced = sentences(BY_ID)
    link = re.search(r'href="explorer\.html#run=(\w+)&amp;trace=misleading"', forced)
    assert link
    (run,) = [it for it in reference_runs() if it.record.run == link[1]]
    n = int(re.search(r"of (\d+) problems", forced)[1])
    assert len(run.forced["misleading"]) <= n
    assert any(it.followed for it in run.forced["misleading"].values())


def test_without_interventions_nothing_is_said_of_them() -> None:
    assert len(list(sentences(without_interventions()))) == 2
    assert len(panels(without_interventions())) == len(panels(BY_ID)) - 1
    assert "Forced" not in why(without_interventions()["C3"])


def test_the_figure_shows_the_numbers_of_the_sentences() -> None:
    said = " ".join(sentences(BY_ID))
    for bars in panels(BY_ID).values():
        for value, _ in bars.values():
            assert f"{100 * value:.1f} %" in said
    assert ">98.4 %<" in front_page.front_markdown(BY_ID), "text in the figure is text"


@pytest.mark.parametrize("entry", LEDGER, ids=lambda entry: entry.id)
def test_a_row_of_the_table_has_verdict_reason_and_a_link(entry) -> None:
    (row,) = [line for line in summary_markdown(LEDGER).splitlines() if f"`{entry.id} <" in line]
    claim, verdict, reason = (cell.strip() for cell in row.strip("|").split("|"))
    assert claim.startswith(f"{{ref}}`{entry.id} <claim-{entry.id.lower()}>`")
    assert verdict.startswith(f"**{entry.verdict}**")
    assert reason.replace("\N{NO-BREAK SPACE}", " ") == why(entry)
    assert len(reason) < 200


def test_version_commit_and_citation(project: Path) -> None:
    assert "built outside a checkout" in version_markdown()
    (paths.ROOT / "CITATION.cff").write_text(
        "title: T\nversion: 1.2\nrepository-code: https://example.org/code\nauthors: [{name: A}]\n"
    )
    assert "Version 1.2" in version_markdown()
    assert "To cite: A: *T*" in version_markdown()
    assert "Code: https://example.org/code" in version_markdown()


def test_the_pages_are_written_where_the_index_includes_them(tmp_path: Path) -> None:
    front_page.write_pages(LEDGER, tmp_path)
    (tmp_path / released_outputs.NOTICE_PAGE).touch()
    index = (Path(__file__).parents[3] / "book" / "index.md").read_text()
    assert {f"sections/{path.name}" for path in tmp_path.iterdir()} == {
        line.removeprefix("```{include} ") for line in index.splitlines() if "{include}" in line
    }
