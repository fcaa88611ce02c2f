from __future__ import annotations

import re
from itertools import islice, pairwise
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.datasets.cotempqa.grammar import CLAUSES, MONTHS, RELATIONS, TAILS
from artifact.datasets.cotempqa.lookalikes import vocabulary

COINED = [*vocabulary.given_names(), *vocabulary.family_names(), *vocabulary.places()]


def test_pools_are_large_enough() -> None:
    assert len(vocabulary.given_names()) * len(vocabulary.family_names()) > 3_000_000
    assert len(vocabulary.places()) > 500


def test_no_coined_word_occurs_twice_or_in_the_grammar() -> None:
    assert len({word.lower() for word in COINED}) == len(COINED)
    wordings = [phrase for r in RELATIONS.values() for phrase in (r.present, r.past)]
    wordings += [c.anchor + c.asks_object + c.asks_subject for c in CLAUSES.values()]
    wordings += [*MONTHS, *TAILS, *vocabulary.COMPANIES]
    wordings += [pattern for patterns in vocabulary.OBJECTS.values() for pattern in patterns]
    grammar = " ".join(wordings).lower()
    assert not [word for word in COINED if word.lower() in grammar]


def test_no_place_is_within_another_or_within_a_person() -> None:
    places = [place.lower() for place in vocabulary.places()]
    joined = "\n".join(places)
    assert all(joined.count(place) == 1 for place in places)
    persons = "\n".join([*vocabulary.given_names(), *vocabulary.family_names()]).lower()
    assert not [place for place in places if place in persons]


def test_no_full_name_can_be_within_another() -> None:
    """It would have to end the other's given name and begin the other's family name."""
    given = sorted(name.lower()[::-1] for name in vocabulary.given_names())
    family = sorted(name.lower() for name in vocabulary.family_names())
    for words in (given, family):
        for word, following in pairwise(words):
            assert not following.startswith(word)


def test_every_relation_of_the_grammar_has_objects() -> None:
    assert vocabulary.OBJECTS.keys() == RELATIONS.keys()
    for pattern in [*vocabulary.COMPANIES, *sum(vocabulary.OBJECTS.values(), ())]:
        assert pattern.count("{}") == 1


def test_words_that_scorers_take_out_of_answers_are_not_used() -> None:
    patterns = sum(vocabulary.OBJECTS.values(), vocabulary.COMPANIES)
    names = " ".join([*COINED, *patterns]).lower()
    for word in ("assistant", "think", "answer"):
        assert word not in names


def test_people_come_once_each_and_in_an_order_of_the_seed() -> None:
    first = list(islice(vocabulary.people(1), 50_000))
    assert len(set(first)) == 50_000
    assert first[:100] == list(islice(vocabulary.people(1), 100))
    assert first[:100] != list(islice(vocabulary.people(2), 100))


def test_an_empty_pool_is_an_error_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "given_names", lambda: ("Ovdu", "Uzma"))
    monkeypatch.setattr(vocabulary, "family_names", lambda: ("Elvak", "Irkov", "Uskish"))
    people = vocabulary.people(1)
    assert len(set(islice(people, 6))) == 6
    with pytest.raises(InputError, match="field 'n': asks for more than the 6 invented people"):
        next(people)


def test_no_coined_word_occurs_in_the_release(release: Path) -> None:
    words: set[str] = set()
    for path in sorted((release / "main" / "data" / "cotempqa").rglob("*.*")):
        words |= set(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", path.read_text("utf-8").lower()))
    assert len(words) > 5_000
    assert not [word for word in COINED if word.lower() in words]
