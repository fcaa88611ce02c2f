"""The database as records: everything that was stored, at one moment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.study.collection.collected import Given, read_collected
from artifact.study.collection.messages import Answer, Enrolment
from artifact.study.collection.store import Store
from artifact.study.instrument.manifest import read_manifest

CONSENT = Answer(trial="consent", kind="consent", answers={"consent": True}, seconds=2.5)
COMMENT = Answer(trial="comment", kind="comment", answers={"comment": "ünï 🙂"}, seconds=0.1)


def test_what_was_stored_is_read_while_collection_goes_on(
    tmp_path: Path, built_page: Callable[..., Path]
) -> None:
    manifest = read_manifest(built_page())
    with closing(Store(tmp_path / "study.db", manifest)) as store:
        place = store.enrol(Enrolment(secret="a" * 32))
        store.record(place.token, CONSENT)
        store.record(place.token, COMMENT)
        first = read_collected(tmp_path / "study.db")
        store.enrol(Enrolment(secret="b" * 32))
        second = read_collected(tmp_path / "study.db")
    (person,) = first.participants
    assert first.manifest == manifest
    assert (person.group, person.problems) == (place.group, place.problems)
    assert (person.state, person.code) == ("unfinished", None)
    assert person.given == {
        "comment": Given({"comment": "ünï 🙂"}, 0.1),
        "consent": Given({"consent": True}, 2.5),
    }
    assert person in second.participants
    names = [someone.name for someone in second.participants]
    assert names == sorted(names)
    assert len(names) == 2


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_collected(tmp_path / "study.db")
