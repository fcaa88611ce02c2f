"""A grid is every combination of its lists, once each, and knows which of them are done."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.sft.grid import expand, finished, key, read
from artifact.sft.run_folder import Run
from artifact.sft.spec import Spec, resolve

SpecOf = Callable[..., Spec]
BASE = {"model": "smollm2-135m", "dataset": "babi", "variant": "correct"}


def test_the_last_list_varies_fastest() -> None:
    grid = BASE | {"variant": ["vanilla", "correct"], "seed": [0, 1, 2]}
    found = [(spec.variant, spec.seed) for spec in expand(grid)]
    assert found == [(kind, seed) for kind in ("vanilla", "correct") for seed in (0, 1, 2)]


def test_a_grid_without_lists_is_one_spec() -> None:
    assert expand(BASE) == [resolve(BASE)]


def test_lists_within_a_part_are_values() -> None:
    (spec,) = expand(BASE | {"lora": {"projections": ["q_proj", "v_proj"]}})
    assert spec.lora.projections == ("q_proj", "v_proj")


def test_what_means_the_same_comes_once() -> None:
    doses = expand(BASE | {"corruption": [0, 0.25, 1, None]})
    assert [(spec.variant, spec.corruption) for spec in doses] == [
        ("correct", None), ("correct", 0.25), ("incorrect", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": []}, "field 'seed': holds no value"),
        ({"seed": [0, -1]}, "field 'seed': Input should be greater than or equal to 0"),
        ({"variant": ["correct", "corect"]}, "field 'variant': Input should be"),
        ({"variant": ["vanilla", "correct"], "corruption": 0.5}, "field 'corruption'"),
        ({"sede": [1]}, "field 'sede': Extra inputs are not permitted"),
        ({"model": "smol"}, "field 'model': no model is called 'smol'"),
    ],
)
def test_a_fault_anywhere_in_a_grid_is_one_line(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        expand(BASE | change)
    assert str(caught.value).startswith(said)


def test_a_file_holds_several_grids_and_their_specs_come_once(tmp_path: Path) -> None:
    path = tmp_path / "grids.yaml"
    path.write_text(
        "- {model: smollm2-135m, dataset: babi, variant: [vanilla, correct], seed: [0, 1]}\n"
        "- {model: smollm2-135m, dataset: babi, variant: correct, corruption: [0, 0.5]}\n",
        encoding="utf-8",
    )
    found = [(spec.variant, spec.seed, spec.corruption) for spec in read(path)]
    assert found == [
        ("vanilla", 0, None), ("vanilla", 1, None), ("correct", 0, None), ("correct", 1, None),
        ("correct", 0, 0.5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no list of grids"),
        (b"model: x\n", "is no list of grids"),
        (b"- x\n", "is no list of grids"),
        (b"- [\n", "is not YAML"),
        (b"\xff", "is not YAML"),
        (b"- {model: x, dataset: babi, variant: correct}\n", "field 'model': no model is"),
    ],
)
def test_a_file_that_holds_no_grids_is_one_line(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "grids.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


def test_every_spec_has_a_key_of_its_own() -> None:
    specs = expand(BASE | {"variant": ["vanilla", "correct"], "seed": [0, 1], "train": [1, 2]})
    assert len({key(spec) for spec in specs}) == len(specs)
    assert key(specs[0]) == key(resolve(specs[0].model_dump(mode="json")))


# What is done


@pytest.fixture
def kept(answered: Run, runs_folder: Path) -> Run:
    """A whole run in this test's folder."""
    shutil.copytree(answered.folder, runs_folder / answered.folder.name)
    return Run(runs_folder / answered.folder.name)


def test_a_run_that_is_answered_is_finished(kept: Run, small: SpecOf, runs_folder: Path) -> None:
    wanted = [small(), small(seed=1)]
    assert finished(wanted) == {small(): kept}
    assert finished(wanted, runs_folder) == {small(): kept}
    assert finished([small(seed=1)]) == {}
    assert finished(wanted, runs_folder / "nowhere") == {}


@pytest.mark.parametrize(
    "change", [{"generation": None}, {"libraries": {"torch": "0"}}, {"method": 0}]
)
def test_a_run_that_is_not_of_here_and_now_is_not(
    kept: Run, small: SpecOf, change: dict[str, Any]
) -> None:
    kept.write(kept.record.model_copy(update=change))
    assert finished([small()]) == {}


@pytest.mark.parametrize(("name", "first"), [("000000000000", True), ("zzzzzzzzzzzz", False)])
def test_of_several_runs_the_first_is_taken(
    kept: Run, small: SpecOf, runs_folder: Path, name: str, first: bool
) -> None:
    other = runs_folder / name
    shutil.copytree(kept.folder, other)
    assert finished([small()])[small()].folder == (other if first else kept.folder)


def test_a_run_on_todays_data_goes_before_others(
    kept: Run, small: SpecOf, runs_folder: Path
) -> None:
    old = Run(runs_folder / "000000000000")
    shutil.copytree(kept.folder, old.folder)
    old.write(old.record.model_copy(update={"data_sha256": "0" * 64}))
    assert finished([small()])[small()] == kept
