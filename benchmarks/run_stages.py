"""Where do the time and the memory of one run go?

    OMP_NUM_THREADS=1 python benchmarks/run_stages.py [VARIANT] [TOKENS] [--plain] [--store]

Trains one kind of the default profile's, answers and forces traces in one process, in a folder that
is removed, and prints for each stage its processor seconds, and resident memory at its end and at
its peak (Linux). TOKENS is of a forward pass; 0 reads a batch at once. ``--plain`` leaves the heap
as the libraries do. With ARTIFACT_DTYPE=float32 and ATEN_CPU_CAPABILITY=avx2 it computes as on a
processor without AVX-512 and bfloat16. ``--store`` keeps the figures for the book.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from artifact.common import paths
from artifact.workflow import parameters

SET = ("OMP_NUM_THREADS", "ARTIFACT_DTYPE", "ATEN_CPU_CAPABILITY")
"""Variables that change what is computed, and are named in the command."""


def main() -> None:
    """Run, print, and with ``--store`` keep what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variant", nargs="?", default="correct")
    parser.add_argument("tokens", nargs="?", type=int)
    parser.add_argument("--plain", action="store_true", help="the heap as libraries leave it")
    parser.add_argument("--store", action="store_true", help="keep the figures for the book")
    given = parser.parse_args()
    if given.plain and given.store:
        parser.error("--plain is to compare with; the book shows a run as it is made")
    values = parameters.resolve("laptop")["sft_variants"]
    (spec,) = (it for it in values.specs if it.variant == given.variant)
    if given.tokens is not None:
        how = spec.optimisation.model_copy(update={"tokens": given.tokens or None})
        spec = spec.model_copy(update={"optimisation": how})
    stages = [measured("interpreter")]
    from artifact.sft import forcing, generate, train
    from artifact.sft.kernels import heap
    from artifact.sft.models import loading

    if given.plain:
        heap.stay_small = lambda: None
    stages.append(measured("libraries"))
    load = loading.load_model

    def loaded(*args: object, **named: object) -> object:
        model = load(*args, **named)
        stages.append(measured("weights"))
        return model

    loading.load_model = loaded
    with tempfile.TemporaryDirectory() as folder:
        paths.RUNS = Path(folder)
        run = train.train(spec)
        stages.append(measured("training"))
        gc.collect()
        run = generate.generate(run)
        stages.append(measured("answers"))
        gc.collect()
        if spec in values.forced:
            forcing.force_traces(run, problems=values.forced_on)
            stages.append(measured("forced traces"))
        record = run.record
    if given.store:
        # Not before: what it loads would count as the run's memory.
        from artifact.book.measurements.stages import Stage, StagedRun, store_run
        from artifact.common.provenance import collect

        named = [f"{name}={os.environ[name]}" for name in SET if name in os.environ]
        command = " ".join([*named, "python benchmarks/run_stages.py", *sys.argv[1:]])
        found = StagedRun(
            command=command,
            model=spec.model_title,
            variant=spec.variant,
            tokens=spec.optimisation.tokens,
            dtype=record.numerics.dtype,
            provenance=collect(["torch", "transformers", "peft", "trl"]),
            stages=tuple(Stage(**stage) for stage in stages),
        )
        store_run(found)


def measured(name: str, since: list[float] = [0.0]) -> dict[str, Any]:  # noqa: B006 - kept
    """The fields of the stage that ends now; prints it, and forgets the peak so far."""
    now, status = time.process_time(), Path("/proc/self/status").read_text()
    held, peak = (
        int(status.partition(f"{field}:")[2].split()[0]) * 1024 for field in ("VmRSS", "VmHWM")
    )
    seconds, since[0] = now - since[0], now
    print(f"{name:14}{seconds:7.1f} s   {held / 1e9:.2f} GB, peak {peak / 1e9:.2f} GB", flush=True)
    Path("/proc/self/clear_refs").write_text("5")
    return {"name": name, "cpu_seconds": seconds, "held_bytes": held, "peak_bytes": peak}


if __name__ == "__main__":
    main()
