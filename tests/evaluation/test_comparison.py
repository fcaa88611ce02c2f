"""Two sides are compared on the problems that both answered, and only if these were the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact import datasets
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.datasets.problem import FIELDS
from artifact.datasets.sources import load
from artifact.evaluation.comparison import compare
from artifact.evaluation.predictions import evaluate_predictions, read_predictions
from artifact.sft.run_data import test_problems as problems_of
from artifact.study.instrument.ratings import COLUMNS
from artifact.study.instrument.ratings_file import read_ratings

BABI = datasets.get("babi")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(paths, "REFERENCE_RUNS", tmp_path / "reference")


def write(path: Path, problems, right) -> str:  # type: ignore[no-untyped-def]
    lines = [
        {"id": it.id, "prediction": ", ".join(it.answers) if right(place) else "nobody"}
        for place, it in enumerate(problems)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


def test_two_files_of_one_source(tmp_path: Path) -> None:
    problems = BABI.lookalikes.generate(12, 3)
    first = write(tmp_path / "a.jsonl", problems, lambda place: place < 9)
    second = write(tmp_path / "b.jsonl", problems[:10], lambda place: place < 5)
    found = compare(first, second, dataset="babi", n=12, seed=3)
    assert (found.first.n, found.first.right) == (12, 9)
    assert (found.second.n, found.second.right) == (10, 5)
    assert (found.n, found.difference) == (10, pytest.approx(0.4))
    assert "+40.0 points [" in found.as_text()
    assert "n = 10 problems that both answered" in found.as_text()


@pytest.mark.parametrize("swapped", [False, True])
def test_a_run_and_a_file_are_asked_the_runs_problems(tmp_path: Path, make_run, swapped) -> None:  # type: ignore[no-untyped-def]
    run = make_run(paths.RUNS, lambda place: place < 6)
    file = write(tmp_path / "mine.jsonl", problems_of(run.record.spec), lambda place: place < 3)
    names = (file, run.record.run) if swapped else (run.record.run, file)
    found = compare(*names)
    assert (found.dataset, found.n) == ("babi", 8)
    assert found.difference == pytest.approx(-3 / 8 if swapped else 3 / 8)
    assert {found.first.name, found.second.name} == {
        file,
        f"tiny-llama on babi, correct, seed 0 ({run.record.run})",
    }


def test_two_runs_wherever_they_were_made(make_run) -> None:  # type: ignore[no-untyped-def]
    own = make_run(paths.RUNS, lambda place: True, variant="vanilla")
    shipped = make_run(paths.REFERENCE_RUNS, lambda place: place < 4)
    assert compare(str(own.folder), shipped.record.run).difference == pytest.approx(0.5)


def test_runs_of_other_test_problems_are_never_compared(make_run) -> None:  # type: ignore[no-untyped-def]
    first = make_run(paths.RUNS, lambda place: True)
    other = make_run(paths.RUNS, lambda place: True, data_seed=4)
    with pytest.raises(InputError, match="were given different test problems"):
        compare(str(first.folder), str(other.folder))


def test_what_cannot_be_compared_is_one_line(tmp_path: Path, make_run) -> None:  # type: ignore[no-untyped-def]
    run = make_run(paths.RUNS, lambda place: True)
    problems = BABI.lookalikes.generate(12, 3)
    file = write(tmp_path / "a.jsonl", problems, lambda place: True)
    for names, named, said in (
        ((file, file), {}, "name the dataset that the files answer"),
        ((file, file), {"dataset": "babi", "n": 12, "seed": 3}, "field 'second': is named twice"),
        ((file, "zzz"), {"dataset": "babi"}, "there is no run 'zzz'"),
        ((file, run.record.run), {"dataset": "marco"}, "the run is of babi; leave it out"),
    ):
        with pytest.raises(InputError, match=said):
            compare(*names, **named)


# The files that the page on re-running shows


EXAMPLES = paths.BOOK / "examples"


def test_the_example_files_are_read_and_show_what_the_page_says() -> None:
    problems = load(f"file:{EXAMPLES / 'problems.jsonl'}", BABI).problems
    read = read_predictions(EXAMPLES / "predictions.jsonl", problems)
    assert read.missing == ()
    found = evaluate_predictions(BABI, read, "correct", "strict")
    assert (found.n, found.answer.exact_set_micro, found.trace.no_trace) == (8, 7 / 8, 1 / 8)
    assert read_ratings(EXAMPLES / "ratings.csv")


def test_the_page_names_every_field_of_the_three_formats() -> None:
    page = (paths.BOOK / "rerun.md").read_text(encoding="utf-8")
    _, _, formats = page.partition("### Formats, field by field")
    for name in (*FIELDS, "prediction", *COLUMNS):
        assert f"`{name}`" in formats
