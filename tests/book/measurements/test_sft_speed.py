"""Ratios of legs, and the legs themselves on a model of a hundred thousand weights."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import transformers.trainer

from artifact.book.measurements.sft_speed import Generation, Leg, LegName, Training, read_run
from artifact.common.errors import InputError
from artifact.common.paths import ROOT
from artifact.sft.models.registry import DEFAULT
from artifact.sft.spec import resolve

FIELDS = {
    "model": "tiny-llama",
    "dataset": "babi",
    "variant": "correct",
    "train": 20,
    "test": 6,
    "optimisation": {"epochs": 1, "batch": 8},
}
"""Three steps, the last of four examples."""


LEGS = ["ours", "plain", *["unchecked"] * 3, "plain", "ours"]
"""Those of training, in their order."""


def leg(name: LegName, seconds: float, *losses: float, seed: int = 0) -> Leg:
    halves = (seconds / 2, seconds / 2)
    return Leg(name=name, adapter_seed=seed, seconds=halves, losses=losses, peak_bytes=1)


TRAINING = Training(
    examples=24,
    batch=8,
    warm_up=1,
    tokens=600,
    operations=10,
    padding={"bucketed": 0.0, "random": 0.5},
    plain={},
    legs=(
        leg("ours", 2.0, 3.0, 1.0),
        leg("plain", 7.0, 3.0, 1.25),
        leg("unchecked", 4.0, 3.0, 2.0, seed=1),
        leg("unchecked", 4.0, 3.0, 1.5, seed=2),
        leg("plain", 8.0, 3.0, 1.25),
        leg("ours", 4.0, 3.0, 1.0),
    ),
)


def test_a_ratio_is_of_all_seconds_and_its_range_over_pairs_of_legs() -> None:
    assert TRAINING.pace("ours") == 200
    assert TRAINING.pace("plain") == 80
    ratio = TRAINING.faster_than("plain")
    assert (ratio.value, ratio.low, ratio.high) == (2.5, 7 / 4, 8 / 2)
    assert TRAINING.faster_than("unchecked").value == 4 / 3


def test_losses_are_compared_step_by_step() -> None:
    assert TRAINING.losses_apart() == 0.125
    # Last losses 1.25, 2 and 1.5: halves of 0.75, 0.25 and 0.5.
    chance = TRAINING.chance_apart()
    assert (chance.value, chance.low, chance.high) == (0.25, 0.125, 0.375)


def test_generation_is_compared_by_the_token() -> None:
    generation = Generation(
        problems=100,
        batch=64,
        max_new_tokens=9,
        tokens=1000,
        seconds=10.0,
        truncated=0,
        single_problems=4,
        single_tokens=80,
        single_seconds=8.0,
        same=4,
        peak_bytes=1,
    )
    assert generation.faster == 10


def test_a_stored_run_is_one_of_the_real_model() -> None:
    run = read_run()
    if run is None:
        pytest.skip("no run is stored: make bench ARGS=--store")
    assert run.model == DEFAULT
    assert [it.name for it in run.training.legs] == LEGS
    assert all(len(it.seconds) >= 6 for it in run.training.legs)
    assert run.generation.problems == 100
    assert "--quick" not in run.command


def test_no_run_is_none_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "speed.json"
    assert read_run(path) is None
    path.write_text('{"command": 1}', encoding="utf-8")
    with pytest.raises(InputError, match=r"speed\.json.*'command'"):
        read_run(path)


def benchmark(name: str) -> ModuleType:
    """A file of ``benchmarks/`` as a module."""
    found = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def legs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The legs in this process; their clocks go with the test."""
    module = benchmark("sft_legs")
    callbacks = [*transformers.trainer.DEFAULT_CALLBACKS]
    monkeypatch.setattr(transformers.trainer, "DEFAULT_CALLBACKS", callbacks)
    monkeypatch.setattr(module, "PRODUCT_SECONDS", 0.0)
    return module


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_whole_benchmark_in_small(legs: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(leg: str, **options: Any) -> Any:
        options["spec"] = resolve(options["spec"])
        if "folder" in options:
            options["folder"] = Path(options["folder"])
        return json.loads(json.dumps(legs.LEGS[leg](**options)))

    speed = benchmark("sft_speed")
    for name, value in {"measure": measure, "PROBLEMS": 6, "MAX_NEW_TOKENS": 5}.items():
        monkeypatch.setattr(speed, name, value)
    run = speed.run("tiny-llama", steps=2, singles=2, problems=8, command="as a test")
    training = run.training
    assert [it.name for it in training.legs] == LEGS
    assert [len(it.seconds) for it in training.legs] == [2] * 7
    assert [it.adapter_seed for it in training.seeds()] == [0, 1, 2, 3]
    assert training.chance_apart().low > 0
    ours, plain = (training.of(name)[0].losses for name in ("ours", "plain"))
    # The same batches: a new adapter changes nothing, and a learning rate that rises from zero
    # little more. Another order would show, for the batches differ.
    assert ours == pytest.approx(plain, abs=0.01)
    assert len({round(loss, 2) for loss in ours}) == 3
    assert training.of("ours")[1].losses == ours
    assert "gradient_checkpointing" not in training.plain
    assert run.generation.problems == 6
    assert run.generation.single_problems == run.generation.same == 2
    assert 6 <= run.generation.tokens <= 30
    assert (run.memory.variant, run.memory.examples) == ("verbose", 8)


def test_work_is_that_of_the_timed_steps(legs: ModuleType) -> None:
    spec = resolve(FIELDS)
    examples = legs.ordered(spec)
    work = legs.work(spec, warm_up=1)
    assert work["tokens"] == sum(map(len, examples[8:]))
    assert work["operations"] > legs.work(spec, warm_up=2)["operations"] > 0
    assert 0 < work["padding"]["bucketed"] < work["padding"]["random"] < 1
    assert work["products"]["square"] > 0


def test_padding_is_what_only_fills_batches_up(legs: ModuleType) -> None:
    assert legs.padding(["ab", "abcd", "abc"], 2) == pytest.approx(2 / 11)
