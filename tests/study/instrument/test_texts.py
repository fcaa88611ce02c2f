"""The texts for participants: complete, and open where a researcher must fill them in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from artifact.common.errors import InputError
from artifact.study.instrument.texts import DEFAULT_TEXTS, OPTIONS, Option, load_texts


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
    "missing": (lambda y: y.pop("consent"), "field 'consent': is missing"),
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


@pytest.mark.parametrize("option", OPTIONS)
def test_what_is_asked_or_stored_besides_is_told_where_it_is_on(option: Option) -> None:
    texts = load_texts()
    off = texts.for_page(())
    on = texts.for_page([option])
    (told,) = set(on.information) - set(off.information)
    assert told.only_with == option
    assert {passage.only_with for passage in off.information} == {None}


def test_an_option_that_no_passage_tells_of_is_refused(tmp_path: Path) -> None:
    silent = written(tmp_path, lambda y: y.update(information=y["information"][:1]))
    assert load_texts(silent).for_page(()).information
    with pytest.raises(InputError, match=r"no passage tells participants of time_away; add one"):
        load_texts(silent).for_page(["time_away"])


def test_places_of_what_is_off_are_not_open() -> None:
    texts = load_texts()
    assert len(texts.for_page(()).open_places) < len(texts.open_places)
