"""Whatever bytes a document holds, it is a value or one line that says why not, and soon."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.documents import MOST_DEPTH, MOST_YAML_BYTES, json_value, yaml_value
from artifact.common.errors import InputError

BOMB = b"a: &a [x, x]\n" + b"".join(
    f"{chr(b + 1)}: &{chr(b + 1)} [*{chr(b)}, *{chr(b)}, *{chr(b)}]\n".encode()
    for b in range(ord("a"), ord("t"))
)
"""Nineteen lines that stand for some 3^19 values."""

TOWER = b"a0: &a0 [x]\n" + b"".join(f"a{n + 1}: &a{n + 1} [*a{n}]\n".encode() for n in range(200))
"""Each line holds the one before: little text, and 200 levels."""

BAD_JSON = [
    (b"", "is not valid JSON"),
    (b'{"a": 1', "is not valid JSON"),
    (b"\xff", "is not UTF-8 at byte 1"),
    (b'{"a": "\\ud800"}', "contains a lone surrogate"),
    (b"[NaN]", "NaN is not a JSON number"),
    (b"[-Infinity]", "-Infinity is not a JSON number"),
    (b'{"a": {"b": 1, "b": 2}}', "field 'b': is given twice; keep one of them"),
    (b'{"a": 1, "\\u0061": 2}', "field 'a': is given twice"),
    (b"[" * 100_000, "is nested deeper"),
    (b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1), "is nested deeper"),
    (b'{"a":' * 500 + b"1" + b"}" * 500, "is nested deeper"),
    (b"1" * 5000, "is not valid JSON"),
]

BAD_YAML = [
    (b"a: [1", "line 1: is not YAML"),
    (b"a: 1\nb: [\n", "line 3: is not YAML"),
    (b"\xff", "is not UTF-8 at byte 1"),
    (b"a: \x01", "is not YAML"),
    (b"variant: correct\nn: 1\nvariant: vanilla\n", "line 3, field 'variant': is given twice"),
    (b"a: {b: 1, 'b': 2}", "line 1, field 'b': is given twice"),
    (b"1: x\n0x1: y", "line 2, field '1': is given twice"),
    (BOMB, "expands to more than 100,000 values"),
    (TOWER, "is nested deeper"),
    (b"a: &a [*a]", "holds an alias of itself"),
    (b"[" * 5000, "is nested deeper"),
    (b"- " * 5000, "is nested deeper"),
    (b"a: " + b"x" * MOST_YAML_BYTES, "is larger than 256 KiB"),
    (b"a: 2026-13-45", "is not YAML"),
    (b"a: !!int ''", "is not YAML"),
    (b"a: !!timestamp x", "is not YAML"),
    (b"a: !!bool x", "is not YAML"),
    (b"a: " + b"1" * 5000, "is not YAML"),
    (b"? [a]\n: b", "is not YAML"),
    (b"a: !!python/object/apply:os.getcwd []", "is not YAML"),
    (b"a: 1\n--- \nb: 2", "is not YAML"),
]


@pytest.mark.parametrize(("content", "said"), BAD_JSON)
def test_bad_json_is_one_line(content: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        json_value(content)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("content", "said"), BAD_YAML)
def test_bad_yaml_is_one_line(content: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        yaml_value(content)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"", None),
        (b"# nothing", None),
        (b"\xef\xbb\xbfa: 1", {"a": 1}),
        (b"a: &a {n: 1}\nb: {<<: *a, n: 2}", {"a": {"n": 1}, "b": {"n": 2}}),
        (b"a: &a [1]\nb: [*a, *a]", {"a": [1], "b": [[1], [1]]}),
    ],
)
def test_yaml_as_people_write_it_is_read(content: bytes, value: object) -> None:
    assert yaml_value(content) == value


def test_json_of_any_allowed_depth_is_read() -> None:
    assert json_value(b"[" * MOST_DEPTH + b"]" * MOST_DEPTH)
    assert json_value(b"[" + b"[]," * 500 + b"[]]")
    assert json_value('{"a": "\\ud83d\\ude00 [[["}') == {"a": "\U0001f600 [[["}


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_any_bytes_are_a_value_or_an_input_error(content: bytes) -> None:
    for read in (json_value, yaml_value):
        with suppress(InputError):
            read(content)
