"""The questionnaire: what the own items hold, and how a faulty file is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from artifact.common.errors import InputError
from artifact.study.instrument.items import (
    DEFAULT_ITEMS,
    DIMENSIONS,
    INTERPRETABILITY,
    POINTS,
    load_items,
)

OWN = yaml.safe_load(DEFAULT_ITEMS.read_text(encoding="utf-8"))


def written(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A copy of the own items with one change."""
    content = deepcopy(OWN)
    change(content)
    path = tmp_path / "items.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def test_each_trace_dimension_has_two_items_and_one_is_reversed() -> None:
    for dimension in INTERPRETABILITY:
        items = [item for item in load_items().items if item.dimension == dimension]
        assert [item.reversed for item in items] == [False, True]
        assert all(item.needs_trace for item in items)


def test_cognitive_load_has_four_items_that_need_no_trace() -> None:
    items = [item for item in load_items().items if item.dimension == "cognitive_load"]
    assert [item.id for item in items] == [
        "mental_demand",
        "effort",
        "frustration",
        "time_pressure",
    ]
    assert not any(item.reversed or item.needs_trace for item in items)


def test_who_sees_the_answer_only_is_asked_about_load_only() -> None:
    questionnaire = load_items()
    assert questionnaire.asked(trace_shown=True) == questionnaire.items
    asked = questionnaire.asked(trace_shown=False)
    assert Counter(item.dimension for item in asked) == {"cognitive_load": 4}


def test_every_point_has_an_anchor_and_every_check_an_expected_point() -> None:
    questionnaire = load_items()
    assert {len(anchors) for anchors in questionnaire.scales.values()} == {POINTS}
    for check in questionnaire.checks:
        anchor = questionnaire.scales[check.scale][check.expected - 1]
        assert f'"{anchor}"' in check.text


def test_the_file_says_whose_wording_it_is() -> None:
    assert "own wording" in load_items().wording
    assert {item.dimension for item in load_items().items} == set(DIMENSIONS)


FAULTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "unknown dimension": (
        lambda y: y["items"][2].update(dimension="clarity"),
        "item 'understandability_1': should be 'predictability'",
    ),
    "text missing": (
        lambda y: y["items"][0].pop("text"),
        "field 'text': item 'predictability_1': is missing",
    ),
    "empty text": (lambda y: y["items"][0].update(text=" "), "field 'text'"),
    "unknown key": (
        lambda y: y["items"][1].update(reverse=True),
        "field 'reverse': item 'predictability_2': extra inputs are not permitted",
    ),
    "entry without id": (lambda y: y["items"][3].pop("id"), "field 'id': entry 4 of items"),
    "entry that is a text": (lambda y: y["items"].insert(0, "hello"), "entry 1 of items"),
    "check beyond the scale": (
        lambda y: y["checks"][0].update(expected=6),
        "field 'expected': item 'check_1'",
    ),
    "four anchors": (lambda y: y["scales"]["amount"].pop(), "field 'scales.amount'"),
    "id used twice": (
        lambda y: y["checks"][1].update(id="effort"),
        "field 'id': item 'effort': is defined 2 times",
    ),
    "scale that is not defined": (
        lambda y: y["items"][0].update(scale="size"),
        "field 'scale': item 'predictability_1': scale 'size' is not defined; "
        "choose one of agreement, amount",
    ),
    "no items": (lambda y: y.update(items=[]), "field 'items'"),
    "items that are a text": (lambda y: y.update(items="none"), "field 'items'"),
    "id longer than a message may name": (
        lambda y: y["items"][0].update(id="a" * 121),
        "string should have at most 120 characters",
    ),
    "more items than a message holds": (
        lambda y: y.update(items=[y["items"][0] | {"id": f"q{n}"} for n in range(65)]),
        "field 'items': Tuple should have at most 64 items",
    ),
    "no comment": (lambda y: y.pop("comment"), "field 'comment': is missing"),
}


@pytest.mark.parametrize(("change", "said"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_file_is_told_in_one_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    path = written(tmp_path, change)
    with pytest.raises(InputError) as caught:
        load_items(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"items: [", "line 1: is not YAML"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"just a text", "should be a valid dictionary"),
        (b"", "should be a valid dictionary"),
    ],
)
def test_a_file_that_is_no_questionnaire_at_all(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "items.yml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        load_items(path)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(InputError, match="no such file"):
        load_items(Path("/nowhere/items.yml"))


def test_a_researchers_own_items_are_taken(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["wording"] = "wording of Orla Fenn, 2031"
        content["items"] = content["items"][:1]

    assert len(load_items(written(tmp_path, change)).items) == 1


def first_question(y: dict[str, Any]) -> dict[str, Any]:
    return y["demographics"]["questions"][0]  # type: ignore[no-any-return]


ABOUT: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "one option": (
        lambda y: first_question(y).update(options=["any"]),
        "question 1 of demographics",
    ),
    "no text": (lambda y: first_question(y).pop("text"), "question 1 of demographics"),
    "yes and no": (lambda y: first_question(y).update(options=[True, False]), "valid string"),
    "not asked": (lambda y: y["demographics"].update(questions=[]), "demographics.questions"),
    "no way out": (lambda y: y["demographics"].pop("decline"), "demographics.decline"),
    "twice": (
        lambda y: first_question(y).update(options=["a", "a"]),
        "question 'age': option 'a' is given 2 times",
    ),
    "the way out twice": (
        lambda y: first_question(y).update(options=["a", "prefer not to say"]),
        "option 'prefer not to say' is given 2 times; the option not to answer is added",
    ),
    "id of an item": (lambda y: first_question(y).update(id="effort"), "is defined 2 times"),
    "required": (lambda y: first_question(y).update(required=True), "question 1 of demographics"),
}


@pytest.mark.parametrize(("change", "said"), ABOUT.values(), ids=ABOUT)
def test_faulty_questions_about_the_person_are_told_in_one_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        load_items(written(tmp_path, change))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_question_about_the_person_ends_with_the_way_out() -> None:
    about = load_items().demographics
    assert about is not None
    assert {about.options(question)[-1] for question in about.questions} == {about.decline}


def test_a_questionnaire_may_ask_nothing_about_the_person(tmp_path: Path) -> None:
    assert load_items(written(tmp_path, lambda y: y.pop("demographics"))).demographics is None
