"""What is shipped of a run, and that the reference runs are those of their grids."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common import paths
from artifact.sft import grid, reference
from artifact.sft.run_data import problem_set
from artifact.sft.run_folder import INTERVENTIONS, PREDICTIONS, RECORD, Identity, Run

GRIDS = paths.REFERENCE / "grids.yaml"
MOST_BYTES = 12_000_000
"""Of all reference runs together."""


def test_a_run_is_kept_without_its_weights(tmp_path: Path, make_run) -> None:
    run = make_run(tmp_path / "runs", lambda place: True, forced={"none": lambda place: True})
    (run.folder / "adapter").mkdir()
    folder = reference.keep(run, tmp_path / "kept")
    assert folder == tmp_path / "kept" / run.record.run
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted([RECORD, PREDICTIONS, INTERVENTIONS])
    assert Run(folder).record == run.record


def test_of_a_run_on_others_data_only_the_record_is_kept(tmp_path: Path, make_run) -> None:
    run = make_run(tmp_path / "runs", lambda place: True)
    spec = run.record.spec.model_copy(update={"source": "release:somewhere"})
    run.write(run.record.model_copy(update={"spec": spec}))
    folder = reference.keep(run, tmp_path / "kept")
    assert [path.name for path in folder.iterdir()] == [RECORD]


def test_every_spec_of_the_file_is_made_and_kept(tmp_path: Path, make_run, monkeypatch, capsys):
    asked = {}

    def made(spec, *, forced: bool):
        asked[spec.variant, spec.corruption] = forced
        fields = {"variant": spec.variant, "corruption": spec.corruption}
        return make_run(tmp_path / "runs", lambda place: True, **fields)

    monkeypatch.setattr(reference, "complete", made)
    grids = tmp_path / "grids.yaml"
    base = "model: tiny-llama, dataset: babi, recipe: smoke"
    grids.write_text(
        f"- {{{base}, variant: [vanilla, correct]}}\n"
        f"- {{{base}, variant: correct, corruption: [0.5]}}\n"
    )
    kept = tmp_path / "kept"
    reference.main([str(grids), "--into", str(kept), "--interventions", "correct"])
    assert asked == {("vanilla", None): False, ("correct", None): True, ("correct", 0.5): False}
    assert len(list(kept.iterdir())) == 3
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_bad_file_is_one_line_and_exit_2(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        reference.main([str(tmp_path / "nowhere.yaml"), "--into", str(tmp_path)])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_reference_runs_are_those_of_the_grids() -> None:
    folders = [path.parent for path in paths.REFERENCE_RUNS.glob(f"*/{RECORD}")]
    wanted = grid.read(GRIDS)
    assert len(wanted) == 74
    if folders:
        assert {Run(folder).record.spec for folder in folders} == set(wanted)


def test_the_reference_runs_are_small_and_hold_no_weights() -> None:
    files = [path for path in paths.REFERENCE_RUNS.rglob("*") if path.is_file()]
    assert {path.name for path in files} <= {*reference.SHIPPED, "scores.json"}
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES


@pytest.mark.parametrize(
    "folder",
    sorted(path.parent for path in paths.REFERENCE_RUNS.glob(f"*/{RECORD}")),
    ids=lambda folder: folder.name,
)
def test_a_reference_run_is_of_the_problems_and_traces_of_today(folder: Path) -> None:
    run = Run(folder)
    record = run.record
    named = Identity(**{name: getattr(record, name) for name in Identity.model_fields})
    assert named.hash == record.run == folder.name
    if record.spec.source.startswith("release:"):
        assert sorted(path.name for path in folder.iterdir()) == [RECORD, "scores.json"]
        return
    chosen = problem_set(record.spec)
    assert chosen.sha256 == record.data_sha256
    assert {it.id for it in run.predictions} == {problem.id for problem in chosen.test}
    assert record.generation is not None
    assert record.generation.predictions == len(run.predictions) == len(chosen.test)
