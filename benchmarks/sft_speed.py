"""How fast are training and generation, against what the libraries do by themselves?

    python benchmarks/sft_speed.py [--model smollm2-135m] [--steps 6] [--quick] [--store]

LoRA training, ours and TRL's SFTTrainer as it comes, on the same examples in the same order: ours,
plain, plain without gradient checkpointing, plain, ours, so that a machine that slows down or
speeds up does so to all alike; the leg without checkpointing with three seeds of the adapter, so
that losses can be told from chance. Then answers in batches against answers one by one, and the
memory that one pass over the longest examples of the laptop profile takes. Run it on a machine with
nothing else to do: some ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from artifact.book.measurements.speed import Leg, LegName, SpeedRun, as_table, store_run
from artifact.common.provenance import collect
from artifact.sft.models.registry import DEFAULT, MODELS
from artifact.sft.run_folder import LIBRARIES

ORDER: tuple[tuple[LegName, int], ...] = (
    ("ours", 0),
    ("plain", 0),
    ("unchecked", 1),
    ("unchecked", 2),
    ("unchecked", 3),
    ("plain", 0),
    ("ours", 0),
)
"""Legs of training, with the seeds of their adapters."""

WARM_UP, BATCH = 1, 8
PROBLEMS, MAX_NEW_TOKENS = 100, 128
"""Answered in batches; after so few steps not every answer ends by itself."""

LAPTOP_VARIANT, LAPTOP_EXAMPLES = "verbose", 160
"""What of the laptop profile takes most memory: its traces are the longest."""


def spec(model: str, **fields: Any) -> dict[str, Any]:
    """Fields of a spec on bAbI look-alikes, with the laptop profile's settings."""
    return {"model": model, "dataset": "babi", "variant": "correct", **fields}


def measure(leg: str, **options: Any) -> dict[str, Any]:
    """What one leg found, in a process of its own that sees no GPU."""
    print(f"{leg} …", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("sft_legs.py"), leg, json.dumps(options)],
        stdout=subprocess.PIPE,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "PYTHONWARNINGS": "ignore"},
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the leg '{leg}' ended with {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run(model: str, steps: int, singles: int, problems: int, command: str) -> SpeedRun:
    """The whole run.

    Args:
        steps: timed, per leg of training.
        singles: problems answered one by one.
        problems: that the memory leg trains on.
    """
    one_pass = {"epochs": 1, "batch": BATCH}
    train = spec(model, train=BATCH * (WARM_UP + steps), test=PROBLEMS, optimisation=one_pass)
    answer = train | {"decoding": {"max_new_tokens": MAX_NEW_TOKENS}}
    whole = train | {"variant": LAPTOP_VARIANT, "train": problems}
    with tempfile.TemporaryDirectory() as folder:
        legs, found = [], {}
        for number, (name, seed) in enumerate(ORDER):
            place = {"spec": train, "folder": f"{folder}/{number}"}
            if name == "ours":
                found[name] = measure("ours", **place)
            else:
                how = {"checkpointing": name == "plain", "adapter_seed": seed}
                found[name] = measure("plain", **place, **how)
            legs.append(_leg(name, seed, found[name]))
        work = measure("work", spec=train, warm_up=WARM_UP)
        generation = measure(
            "generation", spec=answer, folder=found["ours"]["run"], singles=singles
        )
        memory = measure("memory", spec=whole, folder=f"{folder}/memory")
    return SpeedRun.model_validate(
        {
            "command": command,
            "model": model,
            "dataset": train["dataset"],
            "variant": train["variant"],
            "threads": found["ours"]["threads"],
            "provenance": collect(LIBRARIES),
            "training": {
                "examples": train["train"],
                "batch": BATCH,
                "warm_up": WARM_UP,
                "plain": found["plain"]["settings"],
                "legs": legs,
                **{name: work[name] for name in ("tokens", "padding")},
            },
            "dtype": work["dtype"],
            "generation": generation,
            "memory": memory,
        }
    )


def _leg(name: LegName, seed: int, found: dict[str, Any]) -> Leg:
    seconds, losses, peak = (found[key] for key in ("seconds", "losses", "peak_bytes"))
    seconds = seconds[WARM_UP:]
    return Leg(name=name, adapter_seed=seed, seconds=seconds, losses=losses, peak_bytes=peak)


def show(measured: SpeedRun) -> None:
    """Print the table and the loss curves side by side."""
    table = as_table(measured)
    printed = Table(*table.columns)
    for row in table.rows:
        printed.add_row(*("" if cell is None else _word(cell) for cell in row))
    legs = [measured.training.of("ours")[0], *measured.training.seeds()]
    curves = Table("step", *(f"loss, {leg.name}, seed {leg.adapter_seed}" for leg in legs))
    for step, row in enumerate(zip(*(leg.losses for leg in legs), strict=True), 1):
        curves.add_row(str(step), *(f"{loss:.4f}" for loss in row))
    console = Console()
    console.print(printed)
    console.print(curves)


def _word(cell: object) -> str:
    return {True: "yes", False: "no"}[cell] if isinstance(cell, bool) else str(cell)


def main() -> None:
    """Run, print, and with ``--store`` keep the figures, whatever they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=DEFAULT, choices=MODELS)
    parser.add_argument("--steps", type=int, default=6, help="timed, per leg of training")
    parser.add_argument("--singles", type=int, default=16, help="problems answered one by one")
    parser.add_argument("--quick", action="store_true", help="fewer of all; shows that it runs")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--store", action="store_true", help="keep the figures for the book")
    options = parser.parse_args()
    steps, singles, problems = options.steps, options.singles, LAPTOP_EXAMPLES
    if options.quick:
        steps, singles, problems = 2, 4, 16
    size = "--quick" if options.quick else f"--steps {steps} --singles {singles}"
    command = f"python benchmarks/sft_speed.py --model {options.model} {size}"
    measured = run(options.model, steps, singles, problems, command)
    show(measured)
    if options.json:
        store_run(measured, options.json)
    if options.store:
        store_run(measured)


if __name__ == "__main__":
    main()
