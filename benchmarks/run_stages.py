"""Where do the time and the memory of one run go?

    OMP_NUM_THREADS=1 python benchmarks/run_stages.py [VARIANT] [TOKENS]

Trains one kind of the default profile's, answers and forces traces in one process, in a folder that
is removed, and prints for each stage its processor seconds, and resident memory at its end and at
its peak (Linux). TOKENS is of a forward pass; 0 reads a batch at once. With ARTIFACT_DTYPE=float32
and ATEN_CPU_CAPABILITY=avx2 it computes as on a processor without AVX-512 and bfloat16.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from pathlib import Path

from artifact.common import paths
from artifact.workflow import parameters


def main() -> None:
    """Run and print."""
    variant = sys.argv[1] if len(sys.argv) > 1 else "correct"
    values = parameters.resolve("laptop")["sft_variants"]
    (spec,) = (it for it in values.specs if it.variant == variant)
    if len(sys.argv) > 2:
        how = spec.optimisation.model_copy(update={"tokens": int(sys.argv[2]) or None})
        spec = spec.model_copy(update={"optimisation": how})
    told("interpreter")
    from artifact.sft import forcing, generate, train
    from artifact.sft.models import loading

    told("libraries")
    load = loading.load_model

    def loaded(*args: object, **named: object) -> object:
        model = load(*args, **named)
        told("weights")
        return model

    loading.load_model = loaded
    with tempfile.TemporaryDirectory() as folder:
        paths.RUNS = Path(folder)
        run = train.train(spec)
        told("training")
        gc.collect()
        run = generate.generate(run)
        told("answers")
        gc.collect()
        if spec in values.forced:
            forcing.force_traces(run, problems=values.forced_on)
            told("forced traces")


def told(stage: str, since: list[float] = [0.0]) -> None:  # noqa: B006 - kept between calls
    """Print the stage that ends now, and forget the peak so far."""
    now, status = time.process_time(), Path("/proc/self/status").read_text()
    held, peak = (
        int(status.partition(f"{name}:")[2].split()[0]) / 1e6 for name in ("VmRSS", "VmHWM")
    )
    print(f"{stage:14}{now - since[0]:7.1f} s   {held:.2f} GB, peak {peak:.2f} GB", flush=True)
    since[0] = now
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    main()
