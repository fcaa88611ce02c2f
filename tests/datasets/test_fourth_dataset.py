"""A dataset is a folder and nothing else: an invented one is seen by every command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from artifact import datasets
from artifact.book.sections import decomposition, sft_variants
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.datasets.dataset import Wording
from artifact.decomposition import traces
from artifact.evaluation.scored_runs import score_run
from artifact.sft.models import tiny
from artifact.sft.run_folder import Run
from artifact.sft.spec import resolve
from artifact.workflow.sections import SECTIONS

if TYPE_CHECKING:
    from conftest import Command

NAME, FOLDER = "harbours", Path(__file__).parent / "fourth"
OFFERED = ("vanilla", "correct", "incorrect", "irrelevant", "filler")
SPEC = {
    "model": "tiny-llama",
    "recipe": "smoke",
    "dataset": NAME,
    "n": 60,
    "train": 4,
    "test": 4,
    "optimisation": {"epochs": 1, "batch": 4},
}


@pytest.fixture(autouse=True)
def fourth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The folder beside the others, and runs in a place of their own."""
    tiny._texts()  # the tiny models of other tests in this process stay what they are
    monkeypatch.setattr(datasets, "__path__", [*datasets.__path__, str(FOLDER)])
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    datasets.names.cache_clear()
    yield
    monkeypatch.undo()
    datasets.names.cache_clear()
    sys.modules.pop(f"artifact.datasets.{NAME}", None)


def test_it_is_listed_with_what_it_offers(command_line: Command) -> None:
    assert "harbours   Harbours: labels first, last" in command_line("data", "list").out
    assert traces.offered(datasets.get(NAME)) == OFFERED


def test_it_is_decomposed(command_line: Command, tmp_path: Path) -> None:
    done = command_line("decompose", "--dataset", NAME, "--n", 40, "--out", tmp_path / "audit")
    assert done.code == 0, done.err
    audit = decomposition.compute.report([NAME], source="lookalike", release="", n=40, seed=0)
    assert [one.live.overall.support_exact for one in audit] == [1.0]
    assert decomposition.tables.all_tables(audit)
    assert decomposition.values.all_values(audit)


def test_a_release_without_it_is_no_fault(tmp_path: Path) -> None:
    (one,) = decomposition.compute.report(
        [NAME], source="lookalike", release=str(tmp_path), n=10, seed=0
    )
    assert one.release is None


def test_without_a_wording_it_has_no_incorrect_traces(
    command_line: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = replace(datasets.get(NAME), wording=Wording())
    monkeypatch.setattr(sys.modules[f"artifact.datasets.{NAME}"], "DATASET", bare)
    assert "incorrect" not in traces.offered(datasets.get(NAME))
    for change in ({"variant": "incorrect"}, {"variant": "correct", "corruption": 0.5}):
        with pytest.raises(InputError, match="harbours has no incorrect traces"):
            resolve(SPEC | change)
        assert resolve(SPEC | change | {"corrupt": "label"})
    done = command_line("decompose", "--dataset", NAME, "--n", 40, "--out", tmp_path / "audit")
    assert done.code == 0, done.err
    assert not (tmp_path / "audit" / "traces_incorrect.jsonl").exists()


@pytest.mark.parametrize("source", ["release:.", "hub"])
def test_a_source_that_it_lacks_is_refused(command_line: Command, source: str) -> None:
    done = command_line("data", "check", source, "--dataset", NAME)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "use lookalike or file:PATH" in done.err


@pytest.mark.parametrize("kind", sorted(set(traces.KINDS) - set(OFFERED)))
def test_a_kind_of_trace_that_it_lacks_is_refused_before_anything_starts(
    command_line: Command, kind: str
) -> None:
    refused = f"harbours has no {kind} traces; choose one of vanilla, correct, incorrect"
    with pytest.raises(InputError, match=refused):
        resolve(SPEC | {"variant": kind})
    wanted = ("-p", f"dataset={NAME}", "-p", f"variants=correct,{kind}")
    done = command_line("run", "--section", "sft_variants", *wanted, "--dry-run")
    assert done.code == 2
    assert refused in done.err


@pytest.mark.parametrize("kind", OFFERED)
def test_each_kind_that_it_offers_is_trained_and_evaluated(
    command_line: Command, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(repr(SPEC | {"variant": kind}), encoding="utf-8")
    trained = command_line("train", path)
    assert trained.code == 0, trained.err
    run = Path(trained.out.strip())
    assert command_line("generate", run).code == 0
    evaluated = command_line("evaluate", "--run", run)
    assert evaluated.code == 0, evaluated.err
    assert NAME in evaluated.out


def test_the_sections_show_it(make_run: Callable[..., Run], tmp_path: Path) -> None:
    made = [
        make_run(tmp_path / "made", lambda place: place < 3, variant=kind, dataset=NAME)
        for kind in OFFERED
    ]
    shown = sft_variants.compute.gather([score_run(run, "here") for run in made], [])
    assert sft_variants.tables.all_tables(shown)
    assert sft_variants.values.all_values(shown)
    for parameters in SECTIONS.values():
        if "datasets" in parameters.model_fields:
            assert NAME in parameters().model_dump()["datasets"]
