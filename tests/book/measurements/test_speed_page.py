"""The speed page says each figure, what is asked of it, and whether it is met."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from artifact.book.measurements import speed_page
from artifact.book.measurements.sft_speed import SpeedRun, read_run, store_run
from artifact.common.provenance import collect


def leg(name: str, seconds: float, loss: float, seed: int = 0) -> dict[str, Any]:
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
            "operations": 10**12,
            "padding": {"bucketed": 0.05, "random": 0.4},
            "plain": {"learning_rate": 0.002},
            "legs": [leg("ours", 2.0, 1.0), leg("plain", 5.0, 1.1), leg("unchecked", 3.0, 1.4, 1)],
        },
        "products": {"dtype": "bfloat16", "square": 0.8, "layer": 0.625, "rows": 1400},
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
    return {str(what): (*rest,) for what, *rest in speed_page.as_table(run).rows}


def changed(part: str, **fields: Any) -> SpeedRun:
    return RUN.model_copy(update={part: getattr(RUN, part).model_copy(update=fields)})


def test_figures_are_computed_from_the_legs() -> None:
    rows = cells(RUN)
    assert rows["LoRA tokens/s, ours (1 x 1 steps of 8)"][0] == "500"
    assert rows["LoRA tokens/s, plain SFTTrainer"][0] == "200"
    assert rows["Ours, times the plain trainer"][0] == "2.50 (2.50 to 2.50)"
    assert rows["Needed by our training, TFLOP/s"][0] == "0.500"
    assert rows["Share of the square products' rate"][0] == "62%"
    assert rows["Share of a layer's rate"][0] == "80%"
    assert rows["Batched, times one by one"][0] == "7.0"
    assert rows["Answered word for word alike"][0] == "3 of 4"


@pytest.mark.parametrize(
    ("what", "part", "fields"),
    [
        ("Share of the square products' rate", "products", {"square": 1.01}),
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
    apart = "Losses apart, nats per step: ours and plain"
    assert cells(RUN)[apart][2] is True
    assert cells(off)[apart][2] is False


def test_the_page_names_command_machine_and_settings() -> None:
    page = speed_page.as_markdown(RUN)
    assert RUN.command in page
    assert RUN.provenance.hardware.cpu in page
    assert "`learning_rate=0.002`" in page
    assert page.count("<table>") == 1


def test_without_a_stored_run_the_page_says_how_to_make_one() -> None:
    assert "make bench" in speed_page.as_markdown(None)


def test_page_is_written_where_the_book_includes_it(tmp_path: Path) -> None:
    speed_page.write_page(tmp_path)
    written = (tmp_path / speed_page.PAGE).read_text(encoding="utf-8")
    assert written == speed_page.as_markdown(read_run())


def test_a_stored_run_is_read_back(tmp_path: Path) -> None:
    store_run(RUN, tmp_path / "speed.json")
    assert read_run(tmp_path / "speed.json") == RUN
