"""The grammar read and written back: invented sentences, then every sentence of the release."""

from __future__ import annotations

import ast
import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.datasets.cotempqa.grammar import (
    CLAUSES,
    MONTHS,
    QUESTION_PAIRS,
    RELATIONS,
    TAILS,
    Fact,
    Question,
    latest_day,
    parse_date,
    parse_fact,
    parse_question,
    render_date,
    render_fact,
    render_question,
    subject_of,
    whole_sentence,
)

names = st.text("BdeGiklmorTuéö-' ", min_size=1, max_size=20).map(str.strip).filter(bool)
dates = st.one_of(
    st.tuples(st.integers(1, 9999), st.just(0), st.just(0)),
    st.tuples(st.integers(1, 9999), st.integers(1, 12), st.integers(0, 31)),
)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1967", (1967, 0, 0)),
        ("0967", (967, 0, 0)),
        ("October, 1967", (1967, 10, 0)),
        ("October 3, 1967", (1967, 10, 3)),
        ("December 31, 2010", (2010, 12, 31)),
        ("", None),
        ("67", None),
        ("Octember, 1967", None),
        ("October 32, 1967", None),
        ("3 October 1967", None),
        ("October 1967", None),
    ],
)
def test_dates_are_zero_filled_and_nothing_else_is_a_date(text, date):
    assert parse_date(text) == date
    if date:
        assert render_date(date) == text


@given(dates)
def test_a_rendered_date_reads_back(date):
    assert parse_date(render_date(date)) == date


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Mira Vold holds the position of Warden of Tarn from May 2, 1990 to 1994.",
            ("Mira Vold", "position", "Warden of Tarn", (1990, 5, 2), (1994, 0, 0)),
        ),
        (
            "Mira Vold is a member of the Party of the Lake in June, 1990.",
            ("Mira Vold", "party", "Party of the Lake", (1990, 6, 0), (1990, 6, 0)),
        ),
        (
            "Mira Vold attended School in Tarn, Vale in 1971.",
            ("Mira Vold", "school", "School in Tarn, Vale", (1971, 0, 0), (1971, 0, 0)),
        ),
        (
            "Mira Vold worked for Mills from Tarn from 1971 to 1972.",
            ("Mira Vold", "employer", "Mills from Tarn", (1971, 0, 0), (1972, 0, 0)),
        ),
        (
            "Mira Vold plays for Tarn F.C. in 2001.",
            ("Mira Vold", "team", "Tarn F.C.", (2001, 0, 0), (2001, 0, 0)),
        ),
        (
            "Tarn Mills is owned by Oru & Sons in 2001.",
            ("Tarn Mills", "owner", "Oru & Sons", (2001, 0, 0), (2001, 0, 0)),
        ),
        (
            "Mira Vold is the chair of Tarn Council in 2001.",
            ("Mira Vold", "chair", "Tarn Council", (2001, 0, 0), (2001, 0, 0)),
        ),
        (
            "Mira Vold is the head of Tarn in 2001.",
            ("Mira Vold", "head", "Tarn", (2001, 0, 0), (2001, 0, 0)),
        ),
    ],
)
def test_a_fact_is_read_whole(text, parts):
    assert parse_fact(text) == Fact(*parts, text=text)
    assert subject_of(text) == parts[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mira Vold works for Tarn Mills.",
        "Mira Vold works for Tarn Mills in 1971",
        "Mira Vold works for Tarn Mills in spring.",
        "Mira Vold works for Tarn Mills from 1971.",
        "Mira Vold likes Tarn Mills in 1971.",
        " works for Tarn Mills in 1971.",
    ],
)
def test_what_is_no_fact_gives_none(text):
    assert parse_fact(text) is None
    assert subject_of(text) is None


def test_one_date_is_a_point_and_two_are_not():
    assert parse_fact("Mira Vold attended Tarn School in 1971.").is_point
    assert not parse_fact("Mira Vold attended Tarn School from 1971 to 1972.").is_point


@given(names, st.sampled_from(sorted(RELATIONS)), names, dates, dates, st.booleans())
def test_a_rendered_fact_reads_back(subject, relation, object_, start, end, past):
    text = render_fact(subject, relation, object_, start, end, past=past)
    assert parse_fact(text) == Fact(subject, relation, object_, start, end, text)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "While Mira Vold was holding the position of warden, which position did Mira Vold "
            "concurrently?",
            Question(
                "Mira Vold", "position", "warden", "object", "position", "Mira Vold", "concurrently"
            ),
        ),
        (
            "While Mira Vold was holding the position of warden, which position did Oru Den hold "
            "simultaneously?",
            Question(
                "Mira Vold", "position", "warden", "object", "position", "Oru Den", "simultaneously"
            ),
        ),
        (
            "While Mira Vold attended School, Tarn, which school was Oru Den attending at the "
            "same time?",
            Question(
                "Mira Vold",
                "school",
                "School, Tarn",
                "object",
                "school",
                "Oru Den",
                "at the same time",
            ),
        ),
        (
            "While Mira Vold was working for Tarn Mills, who also worked for Tarn Mills at the "
            "same time?",
            Question(
                "Mira Vold",
                "employer",
                "Tarn Mills",
                "subject",
                "employer",
                None,
                "at the same time",
            ),
        ),
    ],
)
def test_a_question_is_read_whole(text, question):
    assert parse_question(text) == question
    assert render_question(question) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "While Mira Vold was working for Tarn Mills, who also worked for Oru Mills concurrently?",
        "While Mira Vold was working for Tarn Mills, which employer did Oru Den work for?",
        "While Mira Vold was working for Tarn Mills, which colour did Oru Den like concurrently?",
        "While Mira Vold was dreaming of Tarn, which employer did Oru Den work for concurrently?",
        "While Mira Vold was the head of Tarn, which employer did Oru Den work for concurrently?",
    ],
)
def test_what_is_no_question_gives_none(text):
    assert parse_question(text) is None


def _questions():
    def build(pair, subject, object_, other, same, tail):
        relation, asked, asks = pair
        asked_subject = None if asks == "subject" else subject if same else other
        return Question(subject, relation, object_, asks, asked, asked_subject, tail)

    pairs = st.sampled_from(QUESTION_PAIRS)
    return st.builds(build, pairs, names, names, names, st.booleans(), st.sampled_from(TAILS))


@pytest.mark.parametrize(
    ("date", "latest"),
    [
        ((1967, 0, 0), (1967, 12, 31)),
        ((1967, 2, 0), (1967, 2, 31)),
        ((1967, 2, 3), (1967, 2, 3)),
    ],
)
def test_a_date_can_mean_any_of_its_days(date, latest):
    assert latest_day(date) == latest


@given(_questions())
def test_a_rendered_question_reads_back(question):
    assert parse_question(render_question(question)) == question


@pytest.mark.parametrize(
    ("asks", "asked", "asked_subject", "expected"),
    [
        ("object", "employer", "Mira Vold", "S1_R1_O2"),
        ("object", "school", "Mira Vold", "S1_R2_O2"),
        ("object", "employer", "Oru Den", "S2_R1_O2"),
        ("object", "school", "Oru Den", "S2_R2_O2"),
        ("subject", "employer", None, "S2_R1_O1"),
    ],
)
def test_the_triple_class_follows_from_the_question(asks, asked, asked_subject, expected):
    question = Question("Mira Vold", "employer", "Mills", asks, asked, asked_subject, TAILS[0])
    assert question.triple_class == expected


_WORDS = st.sampled_from(
    [
        *(relation.present for relation in RELATIONS.values()),
        *(clauses.anchor for clauses in CLAUSES.values()),
        *(clauses.asks_object for clauses in CLAUSES.values()),
        *TAILS,
        *MONTHS,
        *("While", ",", "?", ".", "in", "from", "to", "1999", "(", "\\", "\n", "{}"),
    ]
)


@given(st.one_of(st.text(), st.lists(_WORDS, max_size=12).map(" ".join)))
def test_readers_take_any_string(text):
    assert parse_fact(text) is None or parse_fact(text).text == text
    assert parse_question(text) is None or parse_question(text).tail in TAILS
    assert parse_date(text) is None or len(parse_date(text)) == 3


def _problems_of(release: Path):
    """(question, facts, triple_element) of every CoTempQA problem on disk, outputs included."""
    data = release / "main" / "data" / "cotempqa"
    outputs = release / "main" / "results" / "Cotempqa" / "evaluation_outputs"
    for path in [*sorted(data.glob("*.json")), *sorted(outputs.glob("*_default/*.json"))]:
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            yield record["question"], record["facts"], record["triple_element"]
    csv.field_size_limit(2**27)
    for path in sorted((data / "sft_dataset_reasoning_with_facts_chat_template").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                asked = row["question"].rpartition("\nQuestion: ")[2]
                question = asked.removesuffix(" Only return the answer.\n")
                yield question, ast.literal_eval(row["facts"]), row["triple_element"]


def test_every_sentence_of_the_release_reads_and_writes_back(release):
    problems = list(_problems_of(release))
    assert len(problems) > 2271  # each problem of the four categories, some more than once
    pairs = set()
    for text, context, triple_element in problems:
        question = parse_question(text)
        assert question is not None, text
        assert render_question(question) == text
        assert question.triple_class == triple_element
        pairs.add((question.relation, question.asked_relation, question.asks))
        for sentence in context:
            fact = parse_fact(sentence)
            assert fact is not None, sentence
            past = f" {RELATIONS[fact.relation].present} " not in sentence
            assert sentence == render_fact(
                fact.subject, fact.relation, fact.object, fact.start, fact.end, past=past
            )
    assert pairs == set(QUESTION_PAIRS)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (
            "While Ada Quill was holding the position of Warden of Skell, which position did Ada "
            "Quill concurrently?",
            "While Ada Quill was holding the position of Warden of Skell, which position did Ada "
            "Quill hold concurrently?",
        ),
        (
            "While Ada Quill attended Skell School, which school was Bo Fenn attending "
            "simultaneously?",
            None,
        ),
        (
            "While Ada Quill attended Skell School, who also attended Skell School concurrently?",
            None,
        ),
        ("Which position did Ada Quill?", None),
    ],
)
def test_only_a_lost_verb_is_put_back(text: str, whole: str | None) -> None:
    assert whole_sentence(text) == (whole or text)
