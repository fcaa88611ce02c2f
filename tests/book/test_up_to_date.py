"""Which of the files that a build wrote was changed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.book import up_to_date
from artifact.claims import ledger
from artifact.common import paths


@pytest.fixture
def claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The claims as a build writes them, of one claim."""
    entries = ledger.entries(ledger.load_snapshot())[:1]
    monkeypatch.setattr(ledger, "current", lambda: entries)
    monkeypatch.setattr(paths, "BUILD", tmp_path / "_build")
    monkeypatch.setattr(paths, "RESULTS", tmp_path / "results")
    ledger.write(entries, up_to_date.claims_path())
    return up_to_date.claims_path()


@pytest.mark.parametrize("edited", ["{}", "[", "[]\n"])
def test_claims_that_were_edited_are_named_with_a_build_and_without(
    claims: Path, edited: str
) -> None:
    assert up_to_date.changed_by_hand() == []
    good = claims.read_text(encoding="utf-8")
    claims.write_text(edited)
    assert up_to_date.changed_by_hand() == [
        f"{claims}: does not match the numbers here; run `artifact book`"
    ]

    claims.write_text(good, encoding="utf-8")
    page = paths.BUILD / "html" / "index.html"
    page.parent.mkdir(parents=True)
    page.touch()
    up_to_date.record("inputs")
    assert up_to_date.changed_by_hand() == []
    claims.write_text(edited)
    changed = "was changed after it was built; run `artifact book`"
    assert up_to_date.changed_by_hand() == [f"{claims}: {changed}"]
    page.write_text("9 of 9")
    assert up_to_date.changed_by_hand() == [
        f"{paths.BUILD / 'html'}: {changed}",
        f"{claims}: {changed}",
    ]


def test_without_claims_there_is_nothing_to_compare(claims: Path) -> None:
    claims.unlink()
    assert up_to_date.changed_by_hand() == []
