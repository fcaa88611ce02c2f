"""The texts for participants: complete, and open where a researcher must fill them in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from artifact.common.errors import InputError
from artifact.study.instrument.texts import DEFAULT_TEXTS, load_texts


def written(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    content = yaml.safe_load(DEFAULT_TEXTS.read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "texts.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_what_only_a_researcher_knows_is_left_open() -> None:
    places = load_texts().open_places
    assert "[name of the institution]" in places
    assert "[name of the ethics board, reference number]" in places
    assert len(places) == len(set(places))


def test_a_completed_copy_has_no_open_places(tmp_path: Path) -> None:
    text = DEFAULT_TEXTS.read_text(encoding="utf-8")
    path = tmp_path / "texts.yml"
    path.write_text(text.replace("[", "").replace("]", ""), encoding="utf-8")
    assert load_texts(path).open_places == ()


def test_someone_who_sees_no_trace_is_told_of_none() -> None:
    instructions = load_texts().instructions
    assert any("reasoning text" in text for text in instructions.trace_shown)
    assert not any("reasoning" in text for text in instructions.answer_only)


FAULTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "missing": (lambda y: y.pop("consent"), "field 'consent': Field required"),
    "unknown": (lambda y: y.update(footer="x"), "field 'footer': Extra inputs"),
    "blank": (lambda y: y.update(thanks=" "), "field 'thanks': is empty"),
    "no passage": (lambda y: y.update(information=[]), "field 'information'"),
    "within": (lambda y: y["information"][1].pop("text"), "field 'information.1.text'"),
}


@pytest.mark.parametrize(("change", "said"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_file_is_told_in_one_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        load_texts(written(tmp_path, change))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"title: [", "line 1: is not YAML"), (b"\xff", "is not UTF-8"), (b"- a", "dictionary")],
)
def test_a_file_that_is_no_text_at_all(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "texts.yml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        load_texts(path)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(InputError, match="no such file"):
        load_texts(Path("/nowhere/texts.yml"))
