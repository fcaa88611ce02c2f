"""What is each kernel of ``artifact.sft.kernels`` worth, against the library's own way?

    python benchmarks/sft_kernels.py [--dtype float32 ...] [--examples 32] [--kernels lora loss ...]

One process trains and generates with all kernels, then one process per kernel without it, and at
last one with all again, so that the two show how steady the machine is. Times are the processor's,
on one thread: they hardly depend on what else the machine does. Each is a ratio to the mean of the
two processes with all kernels; above 1, the kernel saves time. ``memory`` and ``heap`` save memory,
at a price in time.
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

KERNELS = ("lora", "loss", "attention", "cache", "length_buckets", "memory", "heap")
DTYPES = ("bfloat16", "float32")


def measure(dtype: str, without: str | None, spec: dict[str, Any]) -> dict[str, float]:
    """Seconds and peak memory of one process, see ``kernel`` in sft_legs.py."""
    print(f"{dtype}, without {without or 'nothing'} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        options = {"spec": spec, "folder": folder, "dtype": dtype, "without": without}
        done = subprocess.run(
            [
                sys.executable,
                Path(__file__).with_name("sft_legs.py"),
                "kernel",
                json.dumps(options),
            ],
            stdout=subprocess.PIPE,
            env=os.environ
            | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONWARNINGS": "ignore"},
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"the leg without {without} ended with {done.returncode}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Run all legs and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--dataset", default="babi")
    parser.add_argument("--variant", default="correct")
    parser.add_argument("--examples", type=int, default=32, help="trained on, in batches of 8")
    parser.add_argument("--problems", type=int, default=32, help="generated after")
    parser.add_argument("--tokens", type=int, default=64, help="generated per problem, at most")
    parser.add_argument("--dtype", nargs="+", default=DTYPES, choices=DTYPES)
    parser.add_argument("--kernels", nargs="+", default=KERNELS, choices=KERNELS)
    given = parser.parse_args()
    spec = {
        "model": given.model,
        "dataset": given.dataset,
        "variant": given.variant,
        "train": given.examples,
        "test": given.problems,
        "optimisation": {"epochs": 1, "batch": 8},
        "decoding": {"max_new_tokens": given.tokens},
    }
    table = Table("dtype", "without", "training", "generation", "peak, GB")
    for dtype in given.dtype:
        legs = [(name, measure(dtype, name, spec)) for name in (None, *given.kernels, None)]
        base = [leg for name, leg in legs if name is None]
        for name, leg in legs:
            ratios = (
                leg[work] / (sum(one[work] for one in base) / len(base))
                for work in ("training", "generation")
            )
            peak = f"{leg['peak_bytes'] / 1e9:.2f}"
            table.add_row(dtype, name or "nothing", *(f"{ratio:.2f}" for ratio in ratios), peak)
    Console().print(table)


if __name__ == "__main__":
    main()
