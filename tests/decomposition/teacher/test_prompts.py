"""Prompts: the release's are whole, one's own are checked, and hashes tell them apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from artifact.common.errors import InputError
from artifact.decomposition.teacher.prompts import (
    KINDS,
    OWN_PROMPTS,
    Prompts,
    read_kinds,
    read_prompts,
)


@pytest.fixture
def values() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(OWN_PROMPTS.read_text(encoding="utf-8"))
    return content


def written(folder: Path, values: object) -> Path:
    path = folder / "mine.yml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def test_places_are_filled_and_what_fills_them_is_not(values: dict[str, Any]) -> None:
    values["traces"]["messages"][0]["content"] = 'As {"json": 1}: {question} {facts}'
    (message,) = Prompts.model_validate(values).traces.filled(
        {"question": "{facts}?", "facts": "{question}."}
    )
    assert message.content == 'As {"json": 1}: {facts}? {question}.'


@pytest.mark.parametrize(
    ("own", "limit", "sent"), [(None, None, None), (None, 9, 9), (200, None, 200), (200, 9, 9)]
)
def test_the_lesser_limit_holds(own: int | None, limit: int | None, sent: int | None) -> None:
    prompt = read_prompts().traces.model_copy(update={"max_tokens": own})
    assert prompt.token_limit(limit) == sent


FAULTS: dict[str, tuple[Any, str]] = {
    "no mapping": ([], "should be a valid dictionary"),
    "a kind missing": ({"traces": None}, "field 'traces'"),
    "an unknown key": ({"answers": {}}, "field 'answers'"),
    "no turn": ({"traces": {"messages": [], "expected_tokens": 1}}, "field 'traces.messages'"),
    "a limit as text": (
        {"traces": {"messages": [], "expected_tokens": "1"}},
        "field 'traces.messages'",
    ),
    "an unknown role": (
        {"traces": {"messages": [{"role": "boss", "content": "x"}], "expected_tokens": 1}},
        "field 'traces.messages.0.role'",
    ),
    "an unknown place": (
        {"traces": {"messages": [{"role": "user", "content": "{trace}"}], "expected_tokens": 1}},
        "field 'traces': '{trace}' is not a placeholder; choose from facts, question",
    ),
}


@pytest.mark.parametrize(("change", "said"), FAULTS.values(), ids=FAULTS)
def test_a_file_that_cannot_be_used(
    tmp_path: Path, values: dict[str, Any], change: Any, said: str
) -> None:
    path = written(tmp_path, values | change if isinstance(change, dict) else change)
    with pytest.raises(InputError) as raised:
        read_prompts(path)
    assert str(raised.value).startswith(str(path))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text("traces: {\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2: is not YAML"):
        read_prompts(path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"expected_tokens": 5}, True),
        ({"temperature": 0.5}, False),
        ({"max_tokens": 7}, False),
        ({"words_below": 7}, False),
        ({"messages": [{"role": "user", "content": "x"}]}, False),
    ],
)
def test_the_hash_is_of_what_answers_depend_on(
    values: dict[str, Any], kind: str, change: dict[str, Any], same: bool
) -> None:
    values[kind] |= change
    changed, asked = Prompts.model_validate(values), read_prompts()
    differs = [each for each in KINDS if changed.of(each).sha256 != asked.of(each).sha256]
    assert differs == ([] if same else [kind])


def test_kinds_come_in_the_order_of_asking() -> None:
    assert read_kinds("explanations, traces") == ("traces", "explanations")


@pytest.mark.parametrize("text", ["", "trace", "summaries", "traces,,"])
def test_kinds_that_cannot_be_asked_for(text: str) -> None:
    with pytest.raises(InputError, match="field 'kinds'"):
        read_kinds(text)
