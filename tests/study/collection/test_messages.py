"""Bodies of requests: what is read, what is refused and how, and which answers were asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.study.collection.messages import (
    MAX_SECONDS,
    MAX_TEXT_LENGTH,
    Answer,
    EmptyBody,
    Enrolment,
    LeftError,
    MalformedError,
    Message,
    RefusedError,
    UnfinishedError,
    UnknownTokenError,
    UnprocessableError,
    check_answer,
    read_message,
    required_trials,
)
from artifact.study.instrument.items import load_items
from artifact.study.instrument.manifest import Manifest, read_manifest
from artifact.study.instrument.ratings import ANSWER_ONLY

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
        (Answer, ANSWER | {"answers": {"said": "x" * MAX_TEXT_LENGTH}}),
        (Answer, ANSWER | {"answers": {"consent": True}}),
        (EmptyBody, {}),
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
        b'{"secret": NaN}',
        b'{"secret": -Infinity}',
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
    "body",
    [
        b'{"secret": "%s", "secret": "%s"}',
        b'{"secret": "%s", "\\u0073ecret": "%s"}',
        b'{"pid": {"a": 1, "a": 2}}',
    ],
)
def test_a_field_given_twice_is_refused(body: bytes) -> None:
    body = body.replace(b"%s", SECRET.encode())
    with pytest.raises(MalformedError, match="a field is given twice"):
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
        (Answer, ANSWER | {"answers": {"clear": "4\x9b"}}, "answers"),
        (Answer, ANSWER | {"answers": {"clear": 4.5}}, "answers"),
        (Answer, ANSWER | {"answers": {"clear": None}}, "answers"),
        (Answer, ANSWER | {"answers": {"clear": {"$gt": 0}}}, "answers"),
        (Answer, ANSWER | {"answers": {"clear": "x" * (MAX_TEXT_LENGTH + 1)}}, "answers"),
        (Answer, ANSWER | {"answers": {"no name": 4}}, "answers"),
        (Answer, ANSWER | {"answers": {f"a{n}": 1 for n in range(65)}}, "answers"),
        (Answer, ANSWER | {"seconds": -0.1}, "seconds"),
        (Answer, ANSWER | {"seconds": MAX_SECONDS + 1}, "seconds"),
        (Answer, ANSWER | {"seconds": "12"}, "seconds"),
        (Answer, ANSWER | {"seconds": True}, "seconds"),
        (Answer, ANSWER | {"times_away": -1}, "times_away"),
        (Answer, ANSWER | {"times_away": 1.0}, "times_away"),
        (Answer, ANSWER | {"seconds_away": MAX_SECONDS + 1}, "seconds_away"),
        (Answer, ANSWER | {"participant": "someone"}, None),
        (EmptyBody, {"token": "x"}, None),
    ],
)
def test_what_is_wrong_is_named_by_its_field(
    kind: type[Message], body: object, field: str | None
) -> None:
    with pytest.raises(UnprocessableError) as caught:
        read_message(kind, encoded(body))
    assert str(caught.value).startswith(f"field '{field}'" if field else "the body")


@given(st.binary(max_size=200) | st.text(max_size=200).map(encoded))
def test_any_bytes_are_read_or_refused_without_an_echo(body: bytes) -> None:
    for kind in (Enrolment, Answer):
        with pytest.raises(RefusedError) as caught:
            read_message(kind, body)
        assert str(caught.value) in {"no JSON", "the body is not as asked for"}


def test_every_refusal_blames_the_request() -> None:
    assert all(400 <= reason.status < 500 for reason in RefusedError.__subclasses__())


def test_what_a_page_acts_on() -> None:
    # It asks for its token again after 401, ends after 410, and sends again what is missing.
    assert (UnknownTokenError.status, LeftError.status) == (401, 410)
    assert UnfinishedError(("q1",)).missing == ("q1",)
    assert "q1" not in str(UnfinishedError(("q1",)))


@pytest.fixture
def manifest(built_page: Callable[..., Path]) -> Manifest:
    return read_manifest(built_page(arms=["verbose", ANSWER_ONLY]))


def answer(kind: Any, trial: str, answers: dict[str, Any]) -> Answer:
    return Answer(trial=trial, kind=kind, answers=answers, seconds=1.0)


def points(manifest: Manifest, group: str = "verbose", **changes: Any) -> dict[str, Any]:
    return {item.id: 3 for item in manifest.asked(group, "q0")} | changes


@pytest.mark.parametrize("group", ["verbose", ANSWER_ONLY])
def test_what_was_asked_fits(manifest: Manifest, group: str) -> None:
    for kind, trial, answers in (
        ("consent", "consent", {"consent": True}),
        ("practice", "practice", {}),
        ("practice", "practice", {"effort": 5, "predictability_1": 1}),
        ("problem", "q0", points(manifest, group)),
        ("check", "check_1", {"check_1": 1}),
        ("comment", "comment", {"comment": ""}),
    ):
        check_answer(answer(kind, trial, answers), manifest, group)


@pytest.mark.parametrize(
    ("kind", "trial", "answers"),
    [
        ("consent", "consent", {"consent": False}),
        ("consent", "consent", {"consent": 1}),
        ("consent", "consent", {}),
        ("consent", "agreed", {"consent": True}),
        ("practice", "practice", {"effort": 6}),
        ("practice", "practice", {"else": 3}),
        ("practice", "q0", {"effort": 3}),
        ("problem", "q9", {"effort": 3}),
        ("problem", "practice", {"effort": 3}),
        ("problem", "check_1", {"check_1": 3}),
        ("check", "check_1", {"check_2": 3}),
        ("check", "check_3", {"check_3": 3}),
        ("check", "check_1", {"check_1": 0}),
        ("check", "check_1", {"check_1": True}),
        ("comment", "comment", {"comment": 3}),
        ("comment", "comment", {"comment": "x", "effort": 3}),
        ("comment", "q0", {"comment": "x"}),
    ],
)
def test_what_was_not_asked_is_refused(
    manifest: Manifest, kind: str, trial: str, answers: dict[str, Any]
) -> None:
    with pytest.raises(UnprocessableError):
        check_answer(answer(kind, trial, answers), manifest, "verbose")


@pytest.mark.parametrize("value", [0, 6, -1, 10**30, True, "3"])
def test_a_point_off_the_scale_is_refused(manifest: Manifest, value: object) -> None:
    with pytest.raises(UnprocessableError, match="whole number from 1 to 5"):
        check_answer(answer("problem", "q0", points(manifest, effort=value)), manifest, "verbose")


def test_a_problem_is_answered_whole_and_as_the_group_was_asked(manifest: Manifest) -> None:
    short = points(manifest)
    del short["effort"]
    seen_only_elsewhere = points(manifest, "verbose")
    for answers, group in (
        (short, "verbose"),
        (points(manifest, check_1=3), "verbose"),
        (seen_only_elsewhere, ANSWER_ONLY),
    ):
        with pytest.raises(UnprocessableError, match="not the items asked"):
            check_answer(answer("problem", "q0", answers), manifest, group)


def test_practice_and_comment_may_be_missing(manifest: Manifest) -> None:
    trials = {"consent", "q0", "q1", "q2", "q3", "check_1", "check_2"}
    assert required_trials(manifest, "verbose") == trials


def about(manifest: Manifest, **answers: Any) -> None:
    check_answer(answer("demographics", "demographics", answers), manifest, "verbose")


def test_questions_about_the_person_may_be_left_out_each_by_itself(manifest: Manifest) -> None:
    last = {"age": 7, "gender": 5}  # the options not to say it
    for said in ({}, {"age": 1}, last, {"field": 3, "model_experience": 5}):
        about(manifest, **said)
    assert "demographics" not in required_trials(manifest, "verbose")


@pytest.mark.parametrize(
    "given",
    [{"age": 0}, {"age": 8}, {"age": True}, {"age": "25 to 34"}, {"name": 1}, {"effort": 1}],
)
def test_nothing_else_is_stored_about_the_person(manifest: Manifest, given: dict[str, Any]) -> None:
    with pytest.raises(UnprocessableError):
        about(manifest, **given)


def test_a_study_that_asks_nothing_about_the_person_takes_nothing(
    built_page: Callable[..., Path],
) -> None:
    asked = load_items().model_dump(mode="json", exclude={"demographics", "comprehension"})
    with pytest.raises(UnprocessableError, match="no such trial"):
        about(read_manifest(built_page(questionnaire=asked)), age=1)


GUESS = "comprehension:2"


def test_a_guess_is_asked_of_each_problem_shown_with_a_trace(
    built_page: Callable[..., Path], guessing: dict[str, Any]
) -> None:
    asked = read_manifest(built_page(arms=["verbose", ANSWER_ONLY], **guessing))
    guesses = {f"comprehension:{place}" for place in range(1, 5)}
    assert required_trials(asked, "verbose") - required_trials(asked, ANSWER_ONLY) == guesses
    check_answer(answer("comprehension", GUESS, {"1": True, "3": True}), asked, "verbose")
    for trial, ticked, group in (
        (GUESS, {}, "verbose"),
        (GUESS, {"4": True}, "verbose"),
        (GUESS, {"0": True}, "verbose"),
        (GUESS, {"1": False}, "verbose"),
        (GUESS, {"1": 1}, "verbose"),
        ("comprehension:5", {"1": True}, "verbose"),
        ("q1", {"1": True}, "verbose"),
        (GUESS, {"1": True}, ANSWER_ONLY),
    ):
        with pytest.raises(UnprocessableError):
            check_answer(answer("comprehension", trial, ticked), asked, group)


def test_a_study_that_asks_no_guesses_takes_none(manifest: Manifest) -> None:
    with pytest.raises(UnprocessableError, match="no such trial"):
        check_answer(answer("comprehension", GUESS, {"1": True}), manifest, "verbose")


AWAY = {"times_away": 1, "seconds_away": 2.5}


def test_times_away_are_taken_of_problems_where_they_are_counted(
    built_page: Callable[..., Path],
) -> None:
    counting, silent = (read_manifest(built_page(time_away=on)) for on in (True, False))
    plain = answer("problem", "q0", points(counting))
    counted = plain.model_copy(update=AWAY)
    check_answer(counted, counting, "verbose")
    check_answer(plain, silent, "verbose")
    consent = answer("consent", "consent", {"consent": True})
    check_answer(consent, counting, "verbose")
    half = plain.model_copy(update={"times_away": 1})
    for wrong, manifest in (
        (plain, counting),
        (half, counting),
        (counted, silent),
        (consent.model_copy(update=AWAY), counting),
    ):
        with pytest.raises(UnprocessableError, match="times away are counted where"):
            check_answer(wrong, manifest, "verbose")
