"""The reliability page says what was run, how often, and whether it held."""

from __future__ import annotations

import pytest

from artifact.book.measurements import collection_page
from artifact.book.measurements.collection_runs import CollectionRuns, read_runs

STORED = read_runs()


@pytest.mark.parametrize("name", ["load", "kill", "hostile"])
def test_every_stored_run_is_shown_with_its_command_and_verdict(name):
    run = getattr(STORED, name)
    title, _ = collection_page.described(run)
    page = collection_page.as_markdown(CollectionRuns(**{name: run}))
    assert f"{title}: held" in page
    assert run.command in page
    assert f"Seed {run.seed}" in page


def test_a_run_that_did_not_hold_is_called_that():
    lost = STORED.load.model_copy(
        update={"exchange": STORED.load.exchange.model_copy(update={"lost": 1})}
    )
    assert "NOT held" in collection_page.as_markdown(CollectionRuns(load=lost))


def test_the_asked_sizes_were_run():
    assert STORED.load.participants >= 200
    assert STORED.kill.kills >= 1
    assert STORED.hostile.requests >= 300


def test_page_is_written_where_the_book_includes_it(tmp_path):
    collection_page.write_page(tmp_path)
    assert (tmp_path / collection_page.PAGE).read_text(encoding="utf-8").count("<table>") == 3
