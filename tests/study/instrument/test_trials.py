"""Which answers fit which trial, for every kind and each way to miss it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifact.study.collection.messages import Answer
from artifact.study.collection.refusals import MisfitError
from artifact.study.instrument.manifest import Manifest, read_manifest
from artifact.study.instrument.ratings import ANSWER_ONLY
from artifact.study.instrument.trials import check_fit, required


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
        check_fit(answer(kind, trial, answers), manifest, group)


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
def test_what_was_not_asked_is_a_misfit(
    manifest: Manifest, kind: str, trial: str, answers: dict[str, Any]
) -> None:
    with pytest.raises(MisfitError):
        check_fit(answer(kind, trial, answers), manifest, "verbose")


@pytest.mark.parametrize("value", [0, 6, -1, 10**30, True, "3"])
def test_a_point_off_the_scale_is_a_misfit(manifest: Manifest, value: object) -> None:
    with pytest.raises(MisfitError, match="whole number from 1 to 5"):
        check_fit(answer("problem", "q0", points(manifest, effort=value)), manifest, "verbose")


def test_a_problem_is_answered_whole_and_as_the_group_was_asked(manifest: Manifest) -> None:
    short = points(manifest)
    del short["effort"]
    seen_only_elsewhere = points(manifest, "verbose")
    for answers, group in (
        (short, "verbose"),
        (points(manifest, check_1=3), "verbose"),
        (seen_only_elsewhere, ANSWER_ONLY),
    ):
        with pytest.raises(MisfitError, match="not the items asked"):
            check_fit(answer("problem", "q0", answers), manifest, group)


def test_practice_and_comment_may_be_missing(manifest: Manifest) -> None:
    assert required(manifest) == {"consent", "q0", "q1", "q2", "q3", "check_1", "check_2"}
