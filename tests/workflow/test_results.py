from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import format_display_data
from IPython.testing.globalipapp import start_ipython
from myst_nb.core.variables import format_plain_text
from pydantic import ValidationError

from artifact.common.errors import InputError
from artifact.workflow import results
from artifact.workflow.results import SectionResult, Table, Value


def value(**fields: Any) -> Value:
    return Value(**({"value": 0.5, "unit": "share", "evidence": "lookalike"} | fields))


def section_result(**values: Value) -> SectionResult:
    return SectionResult.of(
        "step_evaluation",
        parameters={"model": "Qwen3-1.7B", "n": 40},
        source="look-alikes",
        values=values or {"right": value(n=40, interval=(0.35, 0.65))},
        tables={"t": Table(columns=["a"], rows=[[1], [None]], evidence="lookalike")},
        libraries=["scipy"],
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"value": 0.5743}, "57.4 %"),
        ({"value": 0.035, "unit": "points"}, "+3.5 points"),
        ({"value": -0.035, "unit": "points"}, "-3.5 points"),
        ({"value": 3096, "unit": "count"}, "3,096"),
        ({"value": 0.0292, "unit": "p"}, "0.029"),
        ({"value": 1e-8, "unit": "p"}, "< 0.001"),
        ({"value": 376.12, "unit": "number"}, "376"),
        ({"value": 0.6271, "unit": "number"}, "0.627"),
        ({"value": 2685, "unit": "number"}, "2,685"),
        ({"value": "during", "unit": "text"}, "during"),
        ({"value": None, "note": "no ratings are public"}, "not available"),
    ],
)
def test_a_value_prints_by_its_unit(fields: dict[str, Any], text: str) -> None:
    assert value(**fields).text == text


@pytest.mark.parametrize(
    ("unit", "interval", "text"),
    [
        ("share", (0.623, 0.702), "[62.3, 70.2]"),
        ("points", (-0.01, 0.07), "[-1.0, +7.0]"),
        ("number", (0.5, 12.25), "[0.5, 12.2]"),
    ],
)
def test_an_interval_prints_in_the_unit_of_its_value(
    unit: str, interval: tuple[float, float], text: str
) -> None:
    assert value(unit=unit, interval=interval).interval_text == text


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"value": None}, "needs a note"),
        ({"value": float("nan")}, "valid integer"),
        ({"value": float("inf")}, "valid integer"),
        ({"value": True}, "valid integer"),
        ({"value": "57.4"}, "does not go with"),
        ({"unit": "text"}, "does not go with"),
        ({"unit": "percent"}, "'share'"),
        ({"evidence": "hearsay"}, "'lookalike'"),
        ({"n": 0.5}, "valid integer"),
        ({"intervall": (0, 1)}, "Extra inputs"),
    ],
)
def test_a_value_that_does_not_say_what_it_means_is_refused(
    fields: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        value(**fields)


def test_numbers_of_numpy_become_pythons() -> None:
    figure = value(value=np.float64(0.5), n=np.int64(40), interval=(np.float64(0.4), 0.6))
    assert (type(figure.value), type(figure.n)) == (float, int)


def test_a_table_of_a_frame_keeps_its_cells_and_says_none_for_nan() -> None:
    frame = pd.DataFrame({"label": ["equal", None], "share": [0.5, np.nan], "n": [1, 2]})
    table = Table.of(frame, evidence="release", note="two rows")
    assert table.columns == ["label", "share", "n"]
    assert table.rows == [["equal", 0.5, 1], [None, None, 2]]


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(ValidationError, match="longer or shorter"):
        Table(columns=["a", "b"], rows=[[1]], evidence="release")


@pytest.mark.parametrize("key", ["", "1st", "a b", "a:b", "a`b"])
def test_a_key_that_prose_cannot_name_is_refused(key: str) -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        section_result(**{key: value()})


def test_a_result_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "step_evaluation.json"
    result = section_result()
    results.write(result, path)
    assert results.read(path) == result
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_no_path_means_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    results.write(section_result(), "")
    assert list(tmp_path.iterdir()) == []


def test_the_hash_covers_figures_but_not_the_machine() -> None:
    result = section_result()
    elsewhere = result.provenance.hardware.model_copy(update={"cpu": "another"})
    moved = result.model_copy(
        update={
            "provenance": result.provenance.model_copy(
                update={"hardware": elsewhere, "platform": "Plan 9", "git": None}
            )
        }
    )
    assert results.content_hash(moved) == result.content_hash
    older = result.provenance.model_copy(update={"libraries": {"scipy": "0.1"}})
    assert results.content_hash(result.model_copy(update={"provenance": older})) != (
        result.content_hash
    )
    assert section_result(right=value(value=0.25)).content_hash != result.content_hash


def changed(path: Path, **fields: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "no such file; run `artifact run`"),
        (lambda path: path.write_text(path.read_text()[:90]), "is not valid JSON"),
        (lambda path: changed(path, source=7), "field 'source': should be a valid string"),
        (lambda path: changed(path, colour="red"), "field 'colour': Extra inputs"),
        (lambda path: changed(path, source="elsewhere"), "does not match its content"),
    ],
)
def test_a_damaged_file_is_named_with_its_field(tmp_path: Path, damage: Any, message: str) -> None:
    path = tmp_path / "step_evaluation.json"
    results.write(section_result(), path)
    damage(path)
    with pytest.raises(InputError) as caught:
        results.read(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_prose_has_each_value_its_n_and_its_interval() -> None:
    result = section_result(
        right=value(value=0.984, n=1200, interval=(0.97, 0.99)), label=value(value="a", unit="text")
    )
    assert results.glue_values(result) == {
        "right": "98.4 %",
        "right.n": "1,200",
        "right.interval": "[97.0, 99.0]",
        "label": "a",
    }


def test_prose_of_a_value_that_cant_be_had_lacks_no_key() -> None:
    result = section_result(right=value(value=None, note="nothing was run"))
    assert results.glue_values(result) == {
        "right": "not available",
        "right.n": "no",
        "right.interval": "",
    }


def test_glued_prose_shows_without_quotation_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    start_ipython()
    glued: dict[str, str] = {}

    def keep(key: str, shown: object, display: bool) -> None:
        glued[key] = format_display_data(shown)[0]["text/plain"]

    monkeypatch.setattr("myst_nb.glue", keep)
    results.glue_all(section_result())
    assert glued["right"] == "50.0\N{NO-BREAK SPACE}%"


def test_glued_prose_has_a_minus_where_a_number_is_negative(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    glued: dict[str, str] = {}
    monkeypatch.setattr("myst_nb.glue", lambda key, text, display: glued.update({key: text}))
    monkeypatch.setattr(results, "glue_values", lambda _: {"effect": "-3.5 [-5.0, +1.0]"})
    results.glue_all(section_result())
    assert glued == {"effect": "−3.5 [−5.0, +1.0]"}


@pytest.mark.parametrize(
    "text", ["57.4 %", "3,773", "105", "[+73.4, +100.0]", "[66.8, 76.1]", "0.0", "1e-3", "'a'", ""]
)
def test_a_page_shows_glued_prose_to_the_letter(text: str) -> None:
    start_ipython()
    shown = format_display_data(results._Prose(text))[0]["text/plain"]
    assert format_plain_text(shown, "") == text
