"""The codebook says everything that was asked, in tables that stay tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from artifact.study.collection.codebook import codebook
from artifact.study.instrument import ratings
from artifact.study.instrument.manifest import read_manifest


def test_all_that_was_asked_is_in_it(built_page: Callable[..., Path]) -> None:
    manifest = read_manifest(built_page())
    text = codebook(manifest)
    asked = manifest.questionnaire
    for line in (*asked.items, *asked.checks, asked.comment):
        assert line.id in text
        assert line.text in text
    for anchors in asked.scales.values():
        assert all(anchor in text for anchor in anchors)
    for column in ratings.COLUMNS:
        assert f"\n{column} " in text
    assert asked.wording in text
    assert "between subjects" in text
    assert "| predictability_2 | predictability | agreement | yes | yes | After" in text


def test_a_bar_in_a_text_does_not_end_its_cell(built_page: Callable[..., Path]) -> None:
    manifest = read_manifest(built_page())
    first, *rest = manifest.questionnaire.items
    barred = first.model_copy(update={"text": "either|or"})
    questionnaire = manifest.questionnaire.model_copy(update={"items": (barred, *rest)})
    text = codebook(manifest.model_copy(update={"questionnaire": questionnaire}))
    assert r"| either\|or |" in text
