"""Every refusal blames the request: a status of 400 to 499, and one that a page tells apart."""

from __future__ import annotations

from artifact.study.collection.refusals import (
    LeftError,
    RefusedError,
    UnfinishedError,
    UnknownTokenError,
)


def test_every_refusal_has_a_status_of_its_own_kind() -> None:
    kinds = RefusedError.__subclasses__()
    assert len(kinds) == 6
    assert all(400 <= kind.status < 500 for kind in kinds)


def test_what_a_page_acts_on() -> None:
    # It asks for its token again after 401, ends after 410, and sends again what is missing.
    assert (UnknownTokenError.status, LeftError.status) == (401, 410)
    assert UnfinishedError(("q1",)).missing == ("q1",)
    assert "q1" not in str(UnfinishedError(("q1",)))
