"""A grid is every combination of its lists, once each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.sft.grid import expand, key, read
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
    expected = [("correct", None), ("correct", 0.25), ("incorrect", None)]
    assert [(spec.variant, spec.corruption) for spec in doses] == expected


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": []}, "field 'seed': holds no value"),
        ({"seed": [0, -1]}, "field 'seed': should be greater than or equal to 0"),
        (
            {"variant": ["correct", "corect"]},
            "field 'variant': no kind of trace is called 'corect'",
        ),
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
    first = [("vanilla", 0, None), ("vanilla", 1, None), ("correct", 0, None), ("correct", 1, None)]
    assert found == [*first, ("correct", 0, 0.5)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a list of grids"),
        (b"model: x\n", "is not a list of grids"),
        (b"- x\n", "is not a list of grids"),
        (b"- [\n", "is not YAML"),
        (b"\xff", "is not UTF-8"),
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
