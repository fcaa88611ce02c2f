"""The README's picture is the figure that the committed numbers give."""

from __future__ import annotations

from artifact.book import cover
from artifact.common.paths import ROOT


def test_the_committed_picture_is_what_the_figures_give():
    assert cover.FILE.read_text(encoding="utf-8") == cover.draw().svg


def test_readme_shows_the_picture_with_alt_text():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"]({cover.FILE.relative_to(ROOT).as_posix()})" in readme
    assert "![](" not in readme
