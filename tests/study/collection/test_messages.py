"""Bodies of requests: what is read, what is refused, and that a refusal repeats nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.study.collection.messages import (
    LONGEST,
    TEXT_LENGTH,
    Answer,
    Enrolment,
    Message,
    Nothing,
    read_message,
)
from artifact.study.collection.refusals import MalformedError, MisfitError, RefusedError

SECRET = "0123456789abcdef" * 2
ENROLMENT = {"secret": SECRET, "pid": "5f1e", "study": "s-1", "session": "x.y:z_0"}
ANSWER = {"trial": "q1", "kind": "problem", "answers": {"clear": 4}, "seconds": 12.5}


def encoded(body: object) -> bytes:
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Enrolment, ENROLMENT),
        (Enrolment, {"secret": SECRET}),
        (Enrolment, {"secret": SECRET * 4, "pid": None}),
        (Answer, ANSWER),
        (Answer, ANSWER | {"seconds": 0}),
        (Answer, ANSWER | {"answers": {"said": "so\nit is – 'quite' <b>clear</b>\t🙂"}}),
        (Answer, ANSWER | {"answers": {"said": "x" * TEXT_LENGTH}}),
        (Answer, ANSWER | {"answers": {"consent": True}}),
        (Nothing, {}),
    ],
)
def test_what_a_page_sends_is_read(kind: type[Message], body: dict[str, Any]) -> None:
    read = read_message(kind, encoded(body)).model_dump(exclude_unset=True)
    assert read == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"{}{}",
        b'{"secret": "\xff"}',
        b"\xef\xbb\xbf{}",
        rb'{"secret": "\ud800"}',
        b"[" * 60_000,
        b'{"secret": ' + b"9" * 60_000 + b"}",
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError, match="no JSON"):
        read_message(Enrolment, body)


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        (Enrolment, [], None),
        (Enrolment, None, None),
        (Enrolment, {}, "secret"),
        (Enrolment, {"secret": SECRET[:-1]}, "secret"),
        (Enrolment, {"secret": SECRET * 5}, "secret"),
        (Enrolment, {"secret": SECRET.upper()}, "secret"),
        (Enrolment, {"secret": SECRET + "\n"}, "secret"),
        (Enrolment, {"secret": "٣" * 32}, "secret"),
        (Enrolment, {"secret": 3}, "secret"),
        (Enrolment, ENROLMENT | {"pid": ""}, "pid"),
        (Enrolment, ENROLMENT | {"pid": "{{%PROLIFIC_PID%}}"}, "pid"),
        (Enrolment, ENROLMENT | {"study": "x" * 129}, "study"),
        (Enrolment, ENROLMENT | {"session": ["x"]}, "session"),
        (Enrolment, ENROLMENT | {"group": "verbose"}, None),
        (Answer, ANSWER | {"trial": "../q1"}, "trial"),
        (Answer, ANSWER | {"trial": "q1'; DROP TABLE answers; --"}, "trial"),
        (Answer, ANSWER | {"trial": "<script>"}, "trial"),
        (Answer, ANSWER | {"trial": "q" * 121}, "trial"),
        (Answer, ANSWER | {"kind": "exam"}, "kind"),
        (Answer, ANSWER | {"answers": {"clear": "4\x00"}}, "answers"),
        (Answer, ANSWER | {"answers": {"clear": 4.5}}, "answers"),
        (Answer, ANSWER | {"answers": {"clear": None}}, "answers"),
        (Answer, ANSWER | {"answers": {"clear": {"$gt": 0}}}, "answers"),
        (Answer, ANSWER | {"answers": {"clear": "x" * (TEXT_LENGTH + 1)}}, "answers"),
        (Answer, ANSWER | {"answers": {"no name": 4}}, "answers"),
        (Answer, ANSWER | {"answers": {f"a{n}": 1 for n in range(65)}}, "answers"),
        (Answer, ANSWER | {"seconds": -0.1}, "seconds"),
        (Answer, ANSWER | {"seconds": LONGEST + 1}, "seconds"),
        (Answer, ANSWER | {"seconds": float("nan")}, "seconds"),
        (Answer, ANSWER | {"seconds": float("inf")}, "seconds"),
        (Answer, ANSWER | {"seconds": "12"}, "seconds"),
        (Answer, ANSWER | {"seconds": True}, "seconds"),
        (Answer, ANSWER | {"participant": "someone"}, None),
        (Nothing, {"token": "x"}, None),
    ],
)
def test_a_misfit_is_named_by_its_field(
    kind: type[Message], body: object, field: str | None
) -> None:
    with pytest.raises(MisfitError) as caught:
        read_message(kind, encoded(body))
    assert str(caught.value).startswith(f"field '{field}'" if field else "the body")


@given(st.binary(max_size=200) | st.text(max_size=200).map(encoded))
def test_any_bytes_are_read_or_refused_without_an_echo(body: bytes) -> None:
    for kind in (Enrolment, Answer):
        with pytest.raises(RefusedError) as caught:
            read_message(kind, body)
        assert str(caught.value) in {"no JSON", "the body is not as asked for"}
