"""The speed figures: what is read off the stored run, small legs run here, and the page."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import transformers.trainer

from artifact.book.measurements import speed
from artifact.book.measurements.speed import (
    Generation,
    Leg,
    LegName,
    SpeedRun,
    Training,
    read_runs,
    store_run,
)
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.common.paths import ROOT
from artifact.common.provenance import collect
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


def test_stored_runs_are_of_the_real_model() -> None:
    runs = read_runs()
    if not runs:
        pytest.skip("no run is stored: make bench ARGS=--store")
    for run in runs:
        assert run.model == DEFAULT
        assert [it.name for it in run.training.legs] == LEGS
        steps = 6 if run.dtype == "bfloat16" else 4  # in float32 a step takes many times as long
        assert all(len(it.seconds) >= steps for it in run.training.legs)
        assert run.generation.problems == 100
        assert "--quick" not in run.command


def test_without_a_file_there_is_no_run_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "speed.json"
    assert read_runs(path) == ()
    path.write_text('{"runs": [{"command": 1}]}', encoding="utf-8")
    with pytest.raises(InputError, match=r"speed\.json.*'runs\.0\.command'"):
        read_runs(path)


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
    monkeypatch.setattr(paths, "RUNS", paths.RUNS)  # each leg sets its own
    return module


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_whole_benchmark_in_small(legs: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(leg: str, **options: Any) -> Any:
        options["spec"] = resolve(options["spec"])
        if "folder" in options:
            options["folder"] = Path(options["folder"])
        return json.loads(json.dumps(legs.LEGS[leg](**options)))

    sft_speed = benchmark("sft_speed")
    for name, value in {"measure": measure, "PROBLEMS": 6, "MAX_NEW_TOKENS": 5}.items():
        monkeypatch.setattr(sft_speed, name, value)
    run = sft_speed.run("tiny-llama", steps=2, singles=2, problems=8, command="as a test")
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
    assert 0 < work["padding"]["bucketed"] < work["padding"]["random"] < 1
    assert work["dtype"] in ("float32", "bfloat16")


def test_padding_is_what_only_fills_batches_up(legs: ModuleType) -> None:
    assert legs.padding(["ab", "abcd", "abc"], 2) == pytest.approx(2 / 11)


def stored_leg(name: str, seconds: float, loss: float, seed: int = 0) -> dict[str, Any]:
    measured = {"seconds": [seconds], "losses": [4.0, loss], "peak_bytes": 1}
    return {"name": name, "adapter_seed": seed, **measured}


RUN = SpeedRun.model_validate(
    {
        "command": "python benchmarks/sft_speed.py --model tiny-llama",
        "model": "tiny-llama",
        "dataset": "babi",
        "variant": "correct",
        "threads": 2,
        "provenance": collect(["torch"]),
        "training": {
            "examples": 16,
            "batch": 8,
            "warm_up": 1,
            "tokens": 1000,
            "padding": {"bucketed": 0.05, "random": 0.4},
            "plain": {"learning_rate": 0.002},
            "legs": [
                stored_leg("ours", 2.0, 1.0),
                stored_leg("plain", 5.0, 1.1),
                stored_leg("unchecked", 3.0, 1.4, 1),
            ],
        },
        "dtype": "bfloat16",
        "generation": {
            "problems": 100,
            "batch": 64,
            "max_new_tokens": 128,
            "tokens": 7000,
            "seconds": 10.0,
            "truncated": 3,
            "single_problems": 4,
            "single_tokens": 400,
            "single_seconds": 4.0,
            "same": 3,
            "peak_bytes": 2_000_000_000,
        },
        "memory": {
            "variant": "verbose",
            "examples": 160,
            "epochs": 1,
            "longest": 700,
            "peak_bytes": 3_500_000_000,
        },
    }
)


def cells(run: SpeedRun) -> dict[str, tuple[Any, ...]]:
    """Figure, what is asked and whether it is met, by what they are of."""
    return {str(what): (*rest,) for what, *rest in speed.as_table(run).rows}


def changed(part: str, **fields: Any) -> SpeedRun:
    return RUN.model_copy(update={part: getattr(RUN, part).model_copy(update=fields)})


def test_figures_are_computed_from_the_legs() -> None:
    rows = cells(RUN)
    assert rows["LoRA tokens/s, ours (1 x 1 steps of 8)"][0] == "500"
    assert rows["LoRA tokens/s, plain SFTTrainer"][0] == "200"
    assert rows["Ours, times the plain trainer"][0] == "2.50 (2.50 to 2.50)"
    assert rows["Batched, times one by one"][0] == "7.0"
    assert rows["Answers identical word for word"][0] == "3 of 4"


@pytest.mark.parametrize(
    ("what", "part", "fields"),
    [
        ("Batched, times one by one", "generation", {"seconds": 12.0}),
        ("Peak memory, GB: 160", "memory", {"peak_bytes": 4_000_000_000}),
        ("Peak memory, GB: 100", "generation", {"peak_bytes": 4_000_000_000}),
    ],
)
def test_what_is_not_met_is_called_that(what: str, part: str, fields: dict[str, Any]) -> None:
    def met(run: SpeedRun) -> object:
        (row,) = (row for name, row in cells(run).items() if name.startswith(what))
        return row[2]

    assert met(RUN) is True
    assert met(changed(part, **fields)) is False


def test_training_must_be_faster_and_lose_alike() -> None:
    ours, plain, unchecked = RUN.training.legs
    slow = changed("training", legs=(ours.model_copy(update={"seconds": (3,)}), plain, unchecked))
    assert cells(slow)["Ours, times the plain trainer"][2] is False
    off = changed("training", legs=(ours.model_copy(update={"losses": (4, 2)}), plain, unchecked))
    apart = "Difference in loss, nats per step: ours and plain"
    assert cells(RUN)[apart][2] is True
    assert cells(off)[apart][2] is False


def test_the_page_names_command_machine_and_settings() -> None:
    page = speed.as_markdown((RUN,))
    assert RUN.command in page
    assert RUN.provenance.hardware.cpu in page
    assert "`learning_rate=0.002`" in page
    assert page.count("<table>") == 1


def test_without_a_stored_run_the_page_says_how_to_make_one() -> None:
    assert "make bench" in speed.as_markdown(())


def test_page_is_written_where_the_book_includes_it(tmp_path: Path) -> None:
    speed.write_page(tmp_path)
    written = (tmp_path / speed.PAGE).read_text(encoding="utf-8")
    assert written == speed.as_markdown(read_runs())


def test_the_last_run_of_each_number_type_is_kept(tmp_path: Path) -> None:
    path, wide = tmp_path / "speed.json", RUN.model_copy(update={"dtype": "float32"})
    for run in (wide.model_copy(update={"command": "before"}), RUN, wide):
        store_run(run, path)
    assert read_runs(path) == (RUN, wide)
    assert speed.as_markdown((RUN, wide)).count("<table>") == 2
