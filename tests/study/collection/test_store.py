"""Places and answers: balance, idempotence, and what is never overwritten."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifact.common.errors import InputError
from artifact.study.collection.database import open_database
from artifact.study.collection.messages import (
    Answer,
    ConflictError,
    Enrolment,
    LeftError,
    UnfinishedError,
    UnknownTokenError,
    UnprocessableError,
)
from artifact.study.collection.pseudonyms import key_path
from artifact.study.collection.sessions import read_database
from artifact.study.collection.store import Store
from artifact.study.instrument.manifest import Manifest, read_manifest

CONSENT = Answer(trial="consent", kind="consent", answers={"consent": True}, seconds=3)
COMMENT = Answer(trial="comment", kind="comment", answers={"comment": "fine"}, seconds=3)


@pytest.fixture
def manifest(built_page: Callable[..., Path]) -> Manifest:
    return read_manifest(built_page())


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


@pytest.fixture
def store(database: Path, manifest: Manifest) -> Iterator[Store]:
    with closing(Store(database, manifest, rng=Random(4))) as opened:
        yield opened


def arrival(number: int = 0, **ids: str) -> Enrolment:
    return Enrolment(secret=f"{number:032x}", **ids)


def problem(manifest: Manifest, trial: str, group: str, point: int = 3) -> Answer:
    answers: dict[str, Any] = {item.id: point for item in manifest.asked(group, trial)}
    return Answer(trial=trial, kind="problem", answers=answers, seconds=30.5)


def session(manifest: Manifest, group: str) -> list[Answer]:
    checks = manifest.questionnaire.checks
    return [
        CONSENT,
        *(problem(manifest, shown.id, group) for shown in manifest.problems),
        *(Answer(trial=c.id, kind="check", answers={c.id: c.expected}, seconds=1) for c in checks),
    ]


def contents(database: Path) -> list[str]:
    with closing(open_database(database)) as rows:
        return list(rows.iterdump())


def test_the_same_secret_finds_the_same_place(store: Store, manifest: Manifest) -> None:
    first = store.enrol(arrival(1, pid="someone"))
    assert first.new
    assert first.group in manifest.groups
    assert sorted(first.problems) == [shown.id for shown in manifest.problems]
    for again in (store.enrol(arrival(1, pid="someone")), store.enrol(arrival(1))):
        assert not again.new
        assert (again.token, again.group, again.problems) == (
            first.token,
            first.group,
            first.problems,
        )


def test_orders_and_groups_differ_between_participants(store: Store) -> None:
    places = [store.enrol(arrival(number)) for number in range(16)]
    assert len({place.problems for place in places}) > 4
    assert len({place.token for place in places}) == 16


def test_a_person_has_one_place(store: Store, database: Path) -> None:
    store.enrol(arrival(1, pid="someone", study="s", session="t"))
    before = contents(database)
    for other in (
        arrival(2, pid="someone"),
        arrival(1, pid="another"),
        arrival(1, pid="someone", session="u"),
    ):
        with pytest.raises(ConflictError):
            store.enrol(other)
    assert contents(database) == before
    assert store.enrol(arrival(2)).new


def test_no_id_of_a_platform_or_secret_or_token_is_in_the_file(
    store: Store, database: Path
) -> None:
    ids = {"pid": "5f1e-someone", "study": "study-9", "session": "session-7"}
    token = store.enrol(Enrolment(secret="0123456789abcdef" * 2, **ids)).token
    store.record(token, CONSENT)
    raw = b"".join(path.read_bytes() for path in database.parent.glob("study.db*"))
    for private in (*ids.values(), "0123456789abcdef" * 2, token, token.partition(".")[2]):
        assert private.encode() not in raw


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(comes=st.lists(st.booleans(), max_size=40), seed=st.integers(0, 999))
def test_arrivals_keep_groups_within_one_whoever_leaves(
    tmp_path_factory: pytest.TempPathFactory, manifest: Manifest, comes: list[bool], seed: int
) -> None:
    rng = Random(seed)
    here: list[tuple[str, str]] = []
    folder = tmp_path_factory.mktemp("balance")
    with closing(Store(folder / "study.db", manifest, rng=rng)) as store:
        for number, arrives in enumerate(comes):
            counts = Counter(dict.fromkeys(manifest.groups, 0))
            counts.update(group for _, group in here)
            if arrives or not here:
                place = store.enrol(arrival(number))
                assert counts[place.group] == min(counts.values())
                here.append((place.token, place.group))
            else:
                store.leave(here.pop(rng.randrange(len(here)))[0])


def test_many_at_once_are_placed_within_one(store: Store, manifest: Manifest) -> None:
    with ThreadPoolExecutor(16) as threads:
        places = list(threads.map(lambda number: store.enrol(arrival(number)), range(50)))
    assert sorted(Counter(place.group for place in places).values()) == [12, 12, 13, 13]
    assert len({place.token for place in places}) == 50


def test_two_servers_on_one_file_keep_the_balance(database: Path, manifest: Manifest) -> None:
    numbers = count()
    with (
        closing(Store(database, manifest)) as one,
        closing(Store(database, manifest)) as two,
        ThreadPoolExecutor(8) as threads,
    ):
        calls = [threads.submit(s.enrol, arrival(next(numbers))) for s in (one, two) * 14]
        groups = Counter(call.result().group for call in calls)
    assert set(groups.values()) == {7}


def test_the_same_answer_again_changes_nothing(
    store: Store, database: Path, manifest: Manifest
) -> None:
    place = store.enrol(arrival())
    answers = session(manifest, place.group)
    for answer in answers:
        store.record(place.token, answer)
    before = contents(database)
    for answer in answers:
        store.record(place.token, answer)
    assert contents(database) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"answers": "other points"},
        {"seconds": 31.0},
    ],
)
def test_another_answer_is_a_conflict_and_the_row_stays(
    store: Store, database: Path, manifest: Manifest, changes: dict[str, Any]
) -> None:
    place = store.enrol(arrival())
    store.record(place.token, CONSENT)
    first = problem(manifest, "q0", place.group)
    store.record(place.token, first)
    before = contents(database)
    if "answers" in changes:
        changes = {"answers": problem(manifest, "q0", place.group, point=4).answers}
    with pytest.raises(ConflictError, match="another answer"):
        store.record(place.token, first.model_copy(update=changes))
    assert contents(database) == before


def test_consent_comes_first(store: Store, manifest: Manifest) -> None:
    place = store.enrol(arrival())
    with pytest.raises(ConflictError, match="consent comes first"):
        store.record(place.token, problem(manifest, "q0", place.group))
    store.record(place.token, CONSENT)
    store.record(place.token, problem(manifest, "q0", place.group))


def test_what_was_not_asked_is_not_stored(store: Store, database: Path) -> None:
    place = store.enrol(arrival())
    store.record(place.token, CONSENT)
    before = contents(database)
    with pytest.raises(UnprocessableError):
        store.record(place.token, COMMENT.model_copy(update={"trial": "q0"}))
    assert contents(database) == before


@pytest.mark.parametrize("spoil", [str.upper, lambda t: t[:-1], lambda t: t[:16], lambda t: ""])
def test_a_token_is_known_whole_or_not_at_all(
    store: Store, database: Path, spoil: Callable[[str], str]
) -> None:
    token = store.enrol(arrival(1)).token
    other = store.enrol(arrival(2)).token
    before = contents(database)
    swapped = f"{token.partition('.')[0]}.{other.partition('.')[2]}"
    for wrong in (spoil(token), swapped):
        for use in (lambda t: store.record(t, CONSENT), store.finish, store.leave):
            with pytest.raises(UnknownTokenError):
                use(wrong)
    assert contents(database) == before


def test_finished_means_everything_is_there_and_stays_so(
    store: Store, database: Path, manifest: Manifest
) -> None:
    place = store.enrol(arrival())
    *most, last = session(manifest, place.group)
    for answer in most:
        store.record(place.token, answer)
    with pytest.raises(UnfinishedError) as caught:
        store.finish(place.token)
    assert caught.value.missing == (last.trial,)
    store.record(place.token, last)
    code = store.finish(place.token)
    before = contents(database)
    assert len(code) == 10
    assert store.finish(place.token) == code
    store.record(place.token, last)
    for refused in (lambda: store.record(place.token, COMMENT), lambda: store.leave(place.token)):
        with pytest.raises(ConflictError, match="has finished"):
            refused()
    assert contents(database) == before


def test_codes_differ(store: Store, manifest: Manifest) -> None:
    codes = set()
    for number in range(5):
        place = store.enrol(arrival(number))
        for answer in session(manifest, place.group):
            store.record(place.token, answer)
        codes.add(store.finish(place.token))
    assert len(codes) == 5


def test_who_leaves_withdraws(store: Store, database: Path) -> None:
    place = store.enrol(arrival(1, pid="someone"))
    store.record(place.token, CONSENT)
    store.leave(place.token)
    store.leave(place.token)
    assert not any('INSERT INTO "answers"' in line for line in contents(database))
    for refused in (
        lambda: store.record(place.token, CONSENT),
        lambda: store.finish(place.token),
        lambda: store.enrol(arrival(1)),
    ):
        with pytest.raises(LeftError):
            refused()
    with pytest.raises(ConflictError):
        store.enrol(arrival(2, pid="someone"))


def test_everything_is_there_after_opening_again(
    database: Path, manifest: Manifest, store: Store
) -> None:
    place = store.enrol(arrival())
    store.record(place.token, CONSENT)
    with closing(Store(database, manifest)) as again:
        assert again.enrol(arrival()).token == place.token
        again.record(place.token, CONSENT)
        with pytest.raises(ConflictError):
            again.record(place.token, CONSENT.model_copy(update={"seconds": 4.0}))


def test_a_failed_write_leaves_nothing_behind(
    store: Store, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk full")

    before = contents(database)
    monkeypatch.setattr("artifact.study.collection.store.next_group", fail)
    with pytest.raises(sqlite3.OperationalError):
        store.enrol(arrival())
    monkeypatch.undo()
    assert contents(database) == before
    assert store.enrol(arrival()).new


def test_another_version_of_the_page_needs_another_database(
    store: Store, database: Path, manifest: Manifest
) -> None:
    with pytest.raises(InputError, match="another version of the page"):
        Store(database, manifest.model_copy(update={"version": "1" * 64}))


def test_a_database_without_its_key_is_refused(
    store: Store, database: Path, manifest: Manifest
) -> None:
    key_path(database).unlink()
    with pytest.raises(InputError, match="restore the key that was made with the database"):
        Store(database, manifest)


NOBODY = "'ffffffffffffffff'"
SOMEBODY = "(SELECT participant FROM participants)"
DAMAGE = [
    "DROP TABLE answers",
    "DELETE FROM study",
    "INSERT INTO study SELECT manifest FROM study",
    "UPDATE participants SET study_group = 'nobody'",
    "UPDATE participants SET problems = '['",
    "UPDATE participants SET problems = '7'",
    "UPDATE participants SET problems = '[\"p\"]'",
    "UPDATE participants SET participant = 'x'",
    "UPDATE participants SET state = 'finished'",
    "UPDATE participants SET state = 'finished', code = 'A'",
    f"INSERT INTO answers VALUES ({NOBODY}, 'consent', 'consent', '{{}}', 1, NULL, NULL)",
    *(
        f"INSERT INTO answers VALUES ({SOMEBODY}, {row})"
        for row in (
            "'consent', 'consent', '{', 1, NULL, NULL",
            f"'consent', 'consent', '{'[' * 3000}', 1, NULL, NULL",
            """'consent', 'consent', '{"consent": true, "consent": true}', 1, NULL, NULL""",
            """'consent', 'consent', '{"consent": false}', 1, NULL, NULL""",
            """'consent', 'consent', '{"consent": true}', 9e999, NULL, NULL""",
            """'consent', 'consent', '{"consent": true}', -1, NULL, NULL""",
            """'consent', 'consent', '{"consent": true}', 1, 7, NULL""",
            """'consent', 'x', '{"consent": true}', 1, NULL, NULL""",
            "'nowhere', 'problem', '{}', 1, NULL, NULL",
        )
    ),
]
"""What a database of SQLite may hold without fault, and no study."""


@pytest.mark.parametrize("change", DAMAGE)
def test_what_cannot_be_exported_is_not_collected_in(
    database: Path, manifest: Manifest, change: str
) -> None:
    with closing(Store(database, manifest)) as store:
        store.enrol(arrival())
    assert len(read_database(database).participants) == 1
    with closing(sqlite3.connect(database)) as rows, rows:
        rows.execute(change)
    for use in (lambda: Store(database, manifest), lambda: read_database(database)):
        with pytest.raises(InputError, match=r"study\.db: is damaged") as caught:
            use()
        assert "\n" not in str(caught.value)
