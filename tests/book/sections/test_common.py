"""Captions name their evidence, text is shown as it stands, and no folder of a machine shows."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from artifact.book.sections.common import (
    BADGES,
    EVIDENCE_IN_WORDS,
    caption,
    preformatted,
    provenance_table,
)
from artifact.workflow.results import Evidence, SectionResult, Value


@pytest.mark.parametrize(
    ("evidence", "n", "said"),
    [
        ("lookalike", 1000, "Answers (look-alike problems, n = 1,000)."),
        ("simulated", 7, "Answers (SIMULATED, n = 7)."),
        ("release", 950, "Answers (release, recomputed in this build, n = 950)."),
        ("published", None, "Answers (published or released numbers)."),
    ],
)
def test_a_caption_says_what_stands_behind_it(evidence: Evidence, n: int | None, said: str) -> None:
    assert caption("Answers", evidence, n=n) == said


def test_every_kind_of_evidence_has_its_own_words() -> None:
    assert set(EVIDENCE_IN_WORDS) == set(get_args(Evidence))
    assert len(set(BADGES.values())) == len(BADGES)
    assert len(set(EVIDENCE_IN_WORDS.values())) == len(EVIDENCE_IN_WORDS)
    assert "committed numbers" in EVIDENCE_IN_WORDS["committed release figures"]


def test_text_is_shown_as_it_stands() -> None:
    text = "<think>1 < 2 & 'so'</think>\n  <answer>x</answer>"
    shown = preformatted(text, label="A <trace>").markup
    assert "&lt;think&gt;1 &lt; 2 &amp; &#x27;so&#x27;&lt;/think&gt;\n  &lt;answer&gt;x" in shown
    assert "<figcaption>A &lt;trace&gt;</figcaption><pre" in shown


def result(**parameters: Any) -> SectionResult:
    size = Value(value=4, unit="count", evidence="lookalike")
    return SectionResult.of(
        "step_evaluation",
        parameters=parameters,
        source="look-alikes",
        values={"size": size},
        libraries=["scipy"],
    )


def test_provenance_says_what_was_run_on_what() -> None:
    made = result(model="Qwen3-1.7B", n=40)
    rows = dict(provenance_table(made).rows)
    assert list(rows) == [
        *("data", "parameters", "artifact", "Python", "libraries", "machine", "content hash")
    ]
    assert rows["data"] == "look-alikes"
    assert rows["parameters"] == "model=Qwen3-1.7B; n=40"
    assert str(rows["libraries"]).startswith("scipy ")
    assert made.content_hash.startswith(str(rows["content hash"]))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("/home/reader/release", "at=…"),
        ("release:/home/reader/release", "at=release:…"),
        ("file:problems.jsonl", "at=file:…"),
        ("lookalike", "at=lookalike"),
        ("hub:0123abc", "at=hub:0123abc"),
        (["cotempqa", "babi"], "at=cotempqa,babi"),
        ("", ""),
    ],
)
def test_provenance_shows_no_folder_of_the_machine(value: object, shown: str) -> None:
    assert dict(provenance_table(result(at=value)).rows)["parameters"] == shown
