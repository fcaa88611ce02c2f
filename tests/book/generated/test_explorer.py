"""The explorer's data: what a run wrote, as it was read and judged, and what came of swaps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact.book.generated.explorer import CHUNK, OF_OWN, write_data
from artifact.evaluation.scored_runs import ScoredRun, outputs_of, reference_runs
from artifact.sft.forced_traces import interventions


@pytest.fixture(scope="module")
def runs() -> list[ScoredRun]:
    """A run on which traces were forced, and one of the same setting on which none were."""
    found = reference_runs()
    forced = next(run for run in found if run.forced)
    plain = next(run for run in found if not run.forced and run.spec.setting == forced.spec.setting)
    return [forced, plain]


@pytest.fixture(scope="module")
def data(runs: list[ScoredRun], tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("explorer")
    write_data(runs, folder)
    return {path.stem: read(path) for path in folder.iterdir()}


def read(path: Path):
    """What the script hands over; the page has a function of this name."""
    text = path.read_text(encoding="utf-8")
    name, _, rest = text.removeprefix("explorerData(").partition(",")
    assert json.loads(name) == path.stem
    assert "</" not in text, "nothing in the data ends the script"
    return json.loads(rest.removesuffix(");\n"))


def test_every_run_is_listed_with_its_files(runs: list[ScoredRun], data: dict) -> None:
    assert [each["id"] for each in data["runs"]["runs"]] == [run.record.run for run in runs]
    for each, run in zip(data["runs"]["runs"], runs, strict=True):
        assert each["right"] == round(100 * run.accuracy.value, 1)
        asked = [it for part in range(99) for it in data.get(f"{each['problems']}-{part}", [])]
        assert [it["id"] for it in asked] == list(run.rights)
    assert all(len(part) <= CHUNK for name, part in data.items() if "-" in name)


def outputs_in(data: dict, run: ScoredRun) -> list[dict]:
    return [it for part in range(99) for it in data.get(f"{run.record.run}-{part}", [])]


def test_an_output_has_its_text_and_its_verdicts(runs: list[ScoredRun], data: dict) -> None:
    for run in runs:
        outputs = outputs_in(data, run)
        assert [it["text"] for it in outputs] == [it.prediction for it in outputs_of(run.run)]
        assert [it["right"] for it in outputs] == list(run.rights.values())
        strict = sum(bool(it["strict"] and all(it["strict"])) for it in outputs)
        table = run.evaluation.table
        assert strict == (table.right_ok or 0) + (table.wrong_ok or 0)
        chosen_by = [
            [it[name] for name in ("right", "released", "strict", "lenient")] for it in outputs
        ]
        assert data[run.record.run] == chosen_by


def test_a_swap_has_the_text_that_was_forced_and_the_answer(
    runs: list[ScoredRun], data: dict
) -> None:
    forced, plain = runs
    assert not any(it["swaps"] for it in outputs_in(data, plain))
    outputs = outputs_in(data, forced)
    assert sum(len(it["swaps"]) for it in outputs) == len(interventions(forced.run))
    key = data["runs"]["runs"][0]["problems"]
    for place, output in enumerate(outputs):
        problem = data[f"{key}-{place // CHUNK}"][place % CHUNK]
        for kind, swap in output["swaps"].items():
            assert swap["right"] == forced.forced[kind][problem["id"]].right
            assert kind in OF_OWN or problem["traces"][kind]
