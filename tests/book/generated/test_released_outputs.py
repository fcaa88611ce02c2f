"""The release's outputs in the explorer: only when asked for, judged as everywhere, and marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from artifact import datasets
from artifact.book.generated import explorer, explorer_rows, released_outputs
from artifact.book.generated.released_outputs import ReleasedRun
from artifact.claims.snapshot import load_snapshot
from artifact.common.errors import CheckError, InputError
from artifact.common.fetch.release import read_hashes
from artifact.datasets.release_records import StoredRun
from artifact.evaluation.evaluate import evaluate

QWEN = "Qwen3-1.7B"


def stored(root: Path, dataset: str, variant: str) -> ReleasedRun:
    wanted = StoredRun(QWEN, variant)
    return next(
        it
        for it in released_outputs.runs_in(root)
        if (it.dataset.name, it.run) == (dataset, wanted)
    )


@pytest.fixture(scope="module")
def correct(release: Path) -> ReleasedRun:
    return stored(release, "cotempqa", "correct")


@pytest.fixture(scope="module")
def rows(release: Path, correct: ReleasedRun) -> list[dict]:
    return released_outputs.rows_of(correct, release)


def test_the_rows_add_up_to_the_evaluation_under_both_semantics(
    release: Path, rows: list[dict]
) -> None:
    dataset = datasets.get("cotempqa")
    strict, released = (
        evaluate(dataset, release, QWEN, "correct", how) for how in ("strict", "released")
    )
    for name, evaluation in {"strict": strict, "lenient": released}.items():
        table = evaluation.table
        both = [bool(row[name] and all(row[name])) for row in rows]
        assert sum(both) == (table.right_ok or 0) + (table.wrong_ok or 0)
        assert (
            sum(ok and row["released"] for ok, row in zip(both, rows, strict=True))
            == table.right_ok
        )
    answer = strict.answer
    for name, share in {"right": answer.exact_set_micro, "mended": answer.flag_fixed_micro}.items():
        assert sum(row[name] for row in rows) / len(rows) == share


def test_another_problems_row_is_named_where_the_release_looks_one_up(rows: list[dict]) -> None:
    own = sum(row["looked_up"] is None for row in rows)
    counted = load_snapshot().probe_counts["F1"]["CoTemp QA, the row is the problem's own"]
    assert own == counted
    other = next(row["looked_up"] for row in rows if row["looked_up"])
    assert other["question"].endswith("?")
    assert "[" not in other["question"], "the question alone"
    assert other["label"] in datasets.get("cotempqa").labels


def test_a_run_is_listed_as_released_with_its_commit(
    release: Path, correct: ReleasedRun, rows: list[dict]
) -> None:
    listed = released_outputs.listed(correct, "key", rows)
    assert listed["id"] == "release/cotempqa-Qwen3-1.7B-correct"
    assert listed["commit"] == "fa84bdc"
    assert listed["group"] == "Released outputs (commit fa84bdc), CoTemp QA, 950 test problems"
    assert listed["kind"] == "Qwen3-1.7B, correct"
    assert stored(release, "babi", "vanilla").commit == "68cdd38"


def test_a_model_without_traces_has_verdicts_on_its_answers_alone(release: Path) -> None:
    rows = released_outputs.rows_of(stored(release, "babi", "vanilla"), release)
    assert not [row for row in rows if row["strict"] or row["lenient"] or row["looked_up"]]
    assert {row["right"] for row in rows} == {True, False}


def test_a_long_text_is_cut_and_its_verdict_is_that_of_the_whole(
    release: Path, correct: ReleasedRun, rows: list[dict]
) -> None:
    first = correct.outputs[0]
    padded = replace(first, prediction=first.prediction + " " * released_outputs.LONGEST)
    (row,) = released_outputs.rows_of(replace(correct, outputs=(padded,)), release)
    assert len(row["text"]) == released_outputs.LONGEST
    assert row["cut"] == len(first.prediction)
    assert row | {"text": "", "cut": 0} == rows[0] | {"text": ""}


def test_everything_of_it_lies_in_a_folder_of_its_own(
    release: Path, correct: ReleasedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(correct, outputs=correct.outputs[:30])
    monkeypatch.setattr(released_outputs, "runs_in", lambda root: iter([few]))
    explorer.write_data([], tmp_path, release)
    place = tmp_path / released_outputs.PLACE
    assert [it.name for it in tmp_path.iterdir() if it.is_file()] == ["runs.js"]
    assert few.outputs[0].problem.question not in (tmp_path / "runs.js").read_text()
    parts_written = -(-len(few.outputs) // explorer.CHUNK)
    assert len(list(place.iterdir())) == 1 + 2 * parts_written, "verdicts; outputs and problems"
    assert explorer.faults(tmp_path) == []
    (listed,) = explorer.read(tmp_path / "runs.js")["runs"]
    verdicts = explorer.read(tmp_path / f"{listed['id']}.js")
    parts = [explorer.read(tmp_path / f"{listed['id']}-{part}.js") for part in range(parts_written)]
    assert verdicts == explorer_rows.by_verdicts([row for part in parts for row in part])


def test_what_is_not_at_hand_is_refused_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line
) -> None:
    monkeypatch.setenv("ARTIFACT_RELEASE", str(tmp_path / "gone"))
    with pytest.raises(InputError) as caught:
        released_outputs.root_at_hand()
    assert str(caught.value) == (
        "field 'with-release-texts': needs the paper's release, which was not found; run "
        "`artifact data fetch release`, or set ARTIFACT_RELEASE to its folder"
    )
    refused = command_line("book", "--with-release-texts")
    assert (refused.code, refused.err.count("\n")) == (2, 1)


def test_a_changed_release_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / next(iter(read_hashes()))
    changed.parent.mkdir(parents=True)
    changed.write_text("changed")
    monkeypatch.setenv("ARTIFACT_RELEASE", str(tmp_path))
    with pytest.raises(CheckError, match="only from the pinned"):
        released_outputs.root_at_hand()


def test_the_pages_say_what_the_build_holds(tmp_path: Path) -> None:
    released_outputs.write_pages(tmp_path, shown=False)
    said = (tmp_path / "explorer_release.md").read_text()
    assert "reference runs only" in said
    assert "`artifact book --with-release-texts`" in said
    assert not (tmp_path / "local_only.md").read_text().strip()
    released_outputs.write_pages(tmp_path, shown=True)
    for page in ("explorer_release.md", "local_only.md"):
        assert "do not publish it or pass it on" in (tmp_path / page).read_text()
    assert (
        f"{released_outputs.LONGEST:,} characters" in (tmp_path / "explorer_release.md").read_text()
    )
