"""A small study as a built page gives it, for the tests of its collection."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifact.study.instrument.items import load_items
from artifact.study.instrument.manifest import MANIFEST
from artifact.study.instrument.ratings import GROUPS

Record = dict[str, Any]


@pytest.fixture
def study_record() -> Callable[..., Record]:
    """A sound manifest as the page writes it, texts that only the page needs included."""

    def record(**changes: Any) -> Record:
        return {
            "version": "0" * 64,
            "design": "between",
            "arms": list(GROUPS),
            "per_group": 25,
            "problems": [{"id": f"q{n}", "question": "Who was here?"} for n in range(4)],
            "questionnaire": load_items().model_dump(mode="json", exclude={"comprehension"}),
            "title": "only the page needs it",
        } | changes

    return record


CHOICES = [{"text": name, "right": name in ("Ada", "Cleo")} for name in ("Ada", "Ben", "Cleo")]


@pytest.fixture
def guessing(study_record: Callable[..., Record]) -> Record:
    """What changes in the manifest of a study that asks for guesses: of three, two are right."""
    plain = study_record()
    return {
        "questionnaire": plain["questionnaire"] | {"comprehension": "What will it answer?"},
        "problems": [problem | {"choices": CHOICES} for problem in plain["problems"]],
    }


@pytest.fixture
def built_page(tmp_path: Path, study_record: Callable[..., Record]) -> Callable[..., Path]:
    """Makes a page's folder out of the manifest and one file."""

    def build(**changes: Any) -> Path:
        folder = tmp_path / "page"
        folder.mkdir(exist_ok=True)
        (folder / MANIFEST).write_text(json.dumps(study_record(**changes)), encoding="utf-8")
        (folder / "index.html").write_text("<!doctype html><title>Study</title>", encoding="utf-8")
        return folder

    return build
