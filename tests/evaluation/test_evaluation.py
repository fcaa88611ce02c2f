"""The JSON contract: every name of it, and no null without a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from artifact.common.errors import InputError
from artifact.evaluation.evaluation import (
    SEMANTICS,
    Answer,
    Category,
    Classification,
    Counts,
    Evaluation,
    Retrieval,
    TraceShares,
    check_semantics,
    null_fields,
)
from artifact.evaluation.statistics.association import Independence
from artifact.evaluation.statistics.proportions import Interval

CONTRACT = {
    "dataset": None,
    "model": None,
    "variant": None,
    "semantics": None,
    "n": None,
    "answer": [
        "released_micro",
        "released_macro",
        "flag_fixed_micro",
        "exact_set_micro",
        "by_category",
    ],
    "classification": ["micro", "macro"],
    "retrieval": ["any_context", "any_gold", "recall_all", "exact", "precision"],
    "trace": ["ok_exact", "ok_any", "no_trace"],
    "table": ["right_ok", "right_not", "wrong_ok", "wrong_not"],
    "independence": [
        "chi2",
        "chi2_yates",
        "phi",
        "odds_ratio",
        "odds_ratio_ci",
        "fisher_p",
        "cmh_p",
        "p_right_given_ok",
        "p_right_given_not",
        "difference",
        "difference_ci",
        "testable",
    ],
    "notes": None,
}


def _evaluation(**changes: Any) -> Evaluation:
    category = Category(
        n=4,
        released=0.5,
        flag_fixed=0.5,
        exact_set=0.25,
        classification=1.0,
        any_context=1.0,
        any_gold=1.0,
        recall_all=0.5,
        exact=0.5,
        trace_ok=0.5,
    )
    fields: dict[str, Any] = {
        "dataset": "cotempqa",
        "model": "tiny",
        "variant": "correct",
        "semantics": "strict",
        "n": 4,
        "answer": Answer(
            released_micro=0.5,
            released_macro=0.5,
            flag_fixed_micro=0.5,
            exact_set_micro=0.25,
            by_category={"equal": category},
        ),
        "classification": Classification(micro=1.0, macro=1.0),
        "retrieval": Retrieval(
            any_context=1.0, any_gold=1.0, recall_all=0.5, exact=0.5, precision=0.75
        ),
        "trace": TraceShares(ok_exact=0.5, ok_any=1.0, no_trace=0.0),
        "table": Counts(right_ok=1, right_not=1, wrong_ok=1, wrong_not=1),
        "independence": Independence(
            chi2=0.0,
            chi2_yates=0.0,
            phi=0.0,
            odds_ratio=1.0,
            odds_ratio_ci=Interval(0.1, 10.0),
            fisher_p=1.0,
            cmh_p=1.0,
            p_right_given_ok=0.5,
            p_right_given_not=0.5,
            difference=0.0,
            difference_ci=Interval(-0.5, 0.5),
            testable=False,
        ),
        "notes": {},
    }
    return Evaluation(**(fields | changes))


def test_the_json_has_the_contracts_names() -> None:
    record = json.loads(_evaluation().model_dump_json())
    assert list(record) == list(CONTRACT)
    for group, names in CONTRACT.items():
        if names is not None:
            assert list(record[group]) == names
    assert record["independence"]["difference_ci"] == [-0.5, 0.5]


def test_it_is_read_back() -> None:
    record = _evaluation()
    assert Evaluation.model_validate_json(record.model_dump_json()) == record


def test_a_null_needs_a_reason() -> None:
    silent = Classification(micro=1.0, macro=None)
    with pytest.raises(ValidationError, match=r"null without a reason: classification\.macro"):
        _evaluation(classification=silent)
    reason = {"classification.macro": "nothing to count in during"}
    assert _evaluation(classification=silent, notes=reason).classification.macro is None


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError, match="seed"):
        _evaluation(seed=3)


def test_a_null_of_any_category_has_one_name() -> None:
    values = {
        "n": 2,
        "answer": {
            "released_macro": None,
            "by_category": {"equal": {"exact": None}, "mix": {"exact": None, "n": 1}},
        },
    }
    assert set(null_fields(values)) == {"answer.released_macro", "answer.by_category.exact"}


def test_only_two_ways_of_scoring() -> None:
    assert tuple(map(check_semantics, SEMANTICS)) == SEMANTICS
    with pytest.raises(InputError, match="no semantics is called 'lenient'; choose"):
        check_semantics("lenient")
