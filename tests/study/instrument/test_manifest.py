"""What a page asks: which manifests are taken, who sees what, and where a fault is said to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.study.instrument.manifest import MANIFEST, Manifest, read_manifest
from artifact.study.instrument.ratings import ANSWER_ONLY, GROUPS

Build = Callable[..., Path]


def test_what_the_page_keeps_for_itself_is_passed_over(built_page: Build) -> None:
    manifest = read_manifest(built_page())
    assert [problem.id for problem in manifest.problems] == ["q0", "q1", "q2", "q3"]
    assert "Who was here" not in manifest.model_dump_json()
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def test_between_subjects_a_group_sees_its_own_arm_only(built_page: Build) -> None:
    manifest = read_manifest(built_page())
    assert manifest.groups == GROUPS
    for group in manifest.groups:
        assert {manifest.arm(group, shown.id) for shown in manifest.problems} == {group}


def test_within_subjects_the_arms_make_a_latin_square(built_page: Build) -> None:
    manifest = read_manifest(built_page(design="within"))
    problems = [shown.id for shown in manifest.problems]
    square = [[manifest.arm(group, problem) for problem in problems] for group in manifest.groups]
    assert [row[0] for row in square] == list(manifest.groups)
    for line in (*square, *zip(*square, strict=True)):
        assert Counter(line) == Counter(manifest.arms)


def test_items_about_a_trace_are_asked_where_one_is_shown(built_page: Build) -> None:
    manifest = read_manifest(built_page(arms=["verbose", ANSWER_ONLY]))
    assert {item.needs_trace for item in manifest.asked("verbose", "q0")} == {True, False}
    assert {item.needs_trace for item in manifest.asked(ANSWER_ONLY, "q0")} == {False}


def test_guesses_need_choices_in_every_problem(built_page: Build, guessing: dict[str, Any]) -> None:
    del guessing["problems"][2]["choices"]
    with pytest.raises(InputError, match="a problem has no choices to guess from"):
        read_manifest(built_page(**guessing))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"version": "1"}, "version"),
        ({"design": "crossed"}, "design"),
        ({"arms": []}, "arms"),
        ({"arms": ["decomposed", "rambling"]}, "arms.1"),
        ({"per_group": 0}, "per_group"),
        ({"problems": []}, "problems"),
        ({"problems": [{"id": "../q"}]}, "problems.0.id"),
        ({"questionnaire": {}}, "questionnaire.wording"),
    ],
)
def test_a_fault_is_named_by_its_field(
    built_page: Build, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_manifest(built_page(**changes))
    assert caught.value.field == field
    assert caught.value.path == built_page() / MANIFEST


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"problems": [{"id": "q1"}, {"id": "q1"}]}, "q1"),
        ({"problems": [{"id": "check_1"}]}, "check_1"),
        ({"problems": [{"id": "consent"}]}, "consent"),
        ({"arms": ["summary", "summary"]}, "summary"),
    ],
)
def test_no_name_is_used_twice(built_page: Build, changes: dict[str, Any], name: str) -> None:
    with pytest.raises(InputError, match=f"'{name}' is used twice"):
        read_manifest(built_page(**changes))


def test_a_page_that_was_not_built_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"study\.json: no such file; build the page"):
        read_manifest(tmp_path)


def test_a_manifest_that_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="is not valid JSON"):
        read_manifest(tmp_path)
