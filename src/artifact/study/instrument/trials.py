"""Which answers fit what was asked: nothing is stored that the page could not have asked for."""

from __future__ import annotations

from collections.abc import Iterable

from artifact.study.collection.messages import Answer
from artifact.study.collection.refusals import MisfitError
from artifact.study.instrument.items import POINTS
from artifact.study.instrument.manifest import CONSENT, PRACTICE, Manifest


def check_fit(answer: Answer, manifest: Manifest, group: str) -> None:
    """See that someone of the group was asked this, as `manifest` tells it.

    Raises:
        MisfitError: the trial is unknown or of another kind, an item is missing or was not asked,
            or a value is no point of its scale (no text, no consent).
    """
    problems = {shown.id for shown in manifest.problems}
    checks = {check.id for check in manifest.questionnaire.checks}
    comment = manifest.questionnaire.comment.id
    match answer.kind:
        case "consent":
            _check_names(answer, {CONSENT}, {CONSENT})
            if answer.answers[CONSENT] is not True:
                raise MisfitError("consent is given or nothing is stored")
        case "practice":
            items = {item.id for item in manifest.questionnaire.items}
            _check_names(answer, {PRACTICE}, items & answer.answers.keys())
            _check_points(answer)
        case "problem":
            _check_trial(answer, problems)
            items = {item.id for item in manifest.asked(group, answer.trial)}
            _check_names(answer, problems, items)
            _check_points(answer)
        case "check":
            _check_names(answer, checks, {answer.trial})
            _check_points(answer)
        case "comment":
            _check_names(answer, {comment}, {comment})
            if not isinstance(answer.answers[comment], str):
                raise MisfitError("a comment is text")


def required(manifest: Manifest) -> frozenset[str]:
    """The trials without which nobody has finished; practice and comment may be missing."""
    return frozenset(
        [
            CONSENT,
            *(shown.id for shown in manifest.problems),
            *(check.id for check in manifest.questionnaire.checks),
        ]
    )


def _check_trial(answer: Answer, trials: Iterable[str]) -> None:
    if answer.trial not in trials:
        raise MisfitError(f"no such trial among those of kind '{answer.kind}'")


def _check_names(answer: Answer, trials: Iterable[str], items: Iterable[str]) -> None:
    _check_trial(answer, trials)
    if answer.answers.keys() != set(items):
        raise MisfitError("not the items asked")


def _check_points(answer: Answer) -> None:
    # `True == 1`, and is no point all the same.
    if any(type(value) is not int or not 1 <= value <= POINTS for value in answer.answers.values()):
        raise MisfitError(f"a point is a whole number from 1 to {POINTS}")
