"""What does the book cost from a fresh clone: time, processor, memory, disk?

    python benchmarks/book_cost.py [COMMIT ...] [--avx2 [also]] [--profile laptop] [--after JSON]
        [--store]

Each commit is cloned into an empty folder and goes through `make venv`, `make book`, `make book`
again with nothing changed, and one parameter of a section that trains nothing. Nothing but pip's
own cache is there before. Beside the wall clock, which other work on the machine lengthens, the
processor seconds of the whole process tree are counted, and its memory is looked at twice a second:
each page by the share that a process has in it (PSS), so that what two processes share counts once.
`--avx2` computes in float32 with the instructions of a processor without AVX-512 and bfloat16,
`--avx2 also` measures the processor as it is first, and then so; on one without bfloat16 there is
but one way.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from artifact.book.measurements.cost import Cost, CostRun, Leg, Part, as_table, store_run
from artifact.common.files import read_record, write_atomically
from artifact.common.paths import ROOT
from artifact.common.provenance import collect
from artifact.sft.models.loading import numerics
from artifact.sft.run_folder import LIBRARIES

AVX2 = {
    "ARTIFACT_DTYPE": "float32",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
}
"""PyTorch's own kernels, and the two libraries that multiply its matrices."""

EVERY_SECONDS = 0.5
STEPS: Mapping[str, Sequence[str]] = {
    "install": ("make", "venv"),
    "book": ("make", "book"),
    "nothing changed": ("make", "book"),
    "one parameter": (
        *(".venv/bin/artifact", "run", "--section", "step_evaluation"),
        *("-p", "model=Llama-3.2-1B-Instruct"),
    ),
}

KINDS: Mapping[str, Callable[[str], bool]] = {
    "pip": lambda line: "-m pip" in line or "-m venv" in line,
    "training, answers, forced traces": lambda line: "run_jobs" in line,
    "Snakemake": lambda line: "-m snakemake" in line,
    "notebook kernels": lambda line: "ipykernel_launcher" in line,
    "papermill": lambda line: "workflow.execute" in line,
    "Jupyter Book": lambda line: "jupyter_book" in line,
    "artifact run": lambda line: "bin/artifact run" in line,
    "artifact book": lambda line: "bin/artifact book" in line,
    "artifact claims": lambda line: "bin/artifact claims" in line,
}
"""Kinds of process by their command line; the first that fits, all others being shells."""


class Watch:
    """The process tree below one process, looked at again and again."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self.peak_bytes = 0
        self._seen: dict[int, tuple[str, float, int]] = {}

    def look(self) -> None:
        """Add up what all processes hold now; one that ends meanwhile is passed over."""
        held, processes = 0, [self._root]
        with suppress(psutil.NoSuchProcess):
            processes += self._root.children(recursive=True)
        for process in processes:
            try:
                kind = _kind(" ".join(process.cmdline()))
                pss, times = process.memory_full_info().pss, process.cpu_times()
            except psutil.Error:
                continue
            held += pss
            _, _, before = self._seen.get(process.pid, ("", 0.0, 0))
            self._seen[process.pid] = (kind, times.user + times.system, max(before, pss))
        self.peak_bytes = max(self.peak_bytes, held)

    def parts(self) -> tuple[Part, ...]:
        """Processes by kind, the costliest first."""
        kinds: dict[str, list[tuple[float, int]]] = {}
        for kind, seconds, peak in self._seen.values():
            kinds.setdefault(kind, []).append((seconds, peak))
        found = [
            Part(
                kind=kind,
                processes=len(them),
                cpu_seconds=round(sum(seconds for seconds, _ in them), 1),
                peak_bytes=max(peak for _, peak in them),
            )
            for kind, them in kinds.items()
        ]
        return tuple(sorted(found, key=lambda part: -part.cpu_seconds))


def _kind(line: str) -> str:
    return next((kind for kind, fits in KINDS.items() if fits(line)), "other")


def step(name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Leg:
    """Run one command in the clone and count what it and all that it starts take."""
    print(f"{name}: {' '.join(command)}", file=sys.stderr, flush=True)
    start, load = time.monotonic(), os.getloadavg()[0]
    with (folder.parent / f"{name}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        watch = Watch(process.pid)
        status = usage = None
        while usage is None:
            time.sleep(EVERY_SECONDS)
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                usage = used
            else:
                watch.look()
    if status:
        raise SystemExit(f"{name} failed; see {log.name}")
    leg = Leg(
        name=name,
        seconds=round(time.monotonic() - start, 1),
        cpu_seconds=round(usage.ru_utime + usage.ru_stime, 1),
        peak_bytes=watch.peak_bytes,
        load=(load, os.getloadavg()[0]),
        parts=watch.parts(),
    )
    print(leg.model_dump_json(), file=sys.stderr, flush=True)
    return leg


def measure(commit: str, avx2: bool, profile: str, keep: bool) -> Cost:
    """All steps in a fresh clone of one commit."""
    place = Path(tempfile.mkdtemp(prefix="artifact-cost-"))
    folder = place / "clone"
    _git("clone", "--quiet", "--no-checkout", str(ROOT), str(folder), at=place)
    _git("checkout", "--quiet", commit, at=folder)
    removed = {*AVX2, "ARTIFACT_RELEASE", "VIRTUAL_ENV", "OMP_NUM_THREADS"}
    removed |= {"PYTHONDONTWRITEBYTECODE"}  # by which each process would compile all it imports
    environment = {name: it for name, it in os.environ.items() if name not in removed}
    environment |= {"PROFILE": profile, **(AVX2 if avx2 else {})}
    legs = tuple(step(name, command, folder, environment) for name, command in STEPS.items())
    used = subprocess.run(["du", "-s", "-B1", str(folder)], stdout=subprocess.PIPE, check=True)
    if keep:
        print(f"kept: {place}", file=sys.stderr)
    else:
        shutil.rmtree(place)
    return Cost(
        commit=commit,
        profile=profile,
        avx2=avx2,
        disk_bytes=int(used.stdout.split()[0]),
        legs=legs,
    )


def _git(*command: str, at: Path) -> str:
    done = subprocess.run(["git", *command], cwd=at, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.strip()


def ways(choice: str | None, dtype: str) -> tuple[bool, ...]:
    """For each measurement of a commit, whether it is one in float32 on AVX2.

    Args:
        choice: what follows ``--avx2``; None without it.
        dtype: what this machine computes with.
    """
    if dtype == "float32":
        return (True,)
    return {None: (False,), "only": (True,), "also": (False, True)}[choice]


def main() -> None:
    """Measure every commit, print, and with ``--store`` keep the figures, whatever they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commits", nargs="*", default=["HEAD"], help="HEAD by default")
    parser.add_argument(
        "--avx2",
        nargs="?",
        const="only",
        choices=("only", "also"),
        help="float32 and AVX2 instead of, or beside, what the processor offers",
    )
    parser.add_argument("--profile", default="laptop")
    parser.add_argument("--keep", action="store_true", help="leave the clones and their logs there")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--store", action="store_true", help="keep the figures for the book")
    parser.add_argument(
        "--after", type=Path, help="a --json of this machine, whose commits stand to the left"
    )
    options = parser.parse_args()
    earlier = read_record(options.after, CostRun) if options.after else None
    costs = list(earlier.costs) if earlier else []
    command = " ".join(["python benchmarks/book_cost.py", *sys.argv[1:]])
    command = f"{earlier.command}\n{command}" if earlier else command
    for name, avx2 in itertools.product(options.commits, ways(options.avx2, numerics().dtype)):
        commit = _git("rev-parse", "--short=12", name, at=ROOT)
        costs.append(measure(commit, avx2, options.profile, options.keep))
        found = CostRun(command=command, provenance=collect(LIBRARIES), costs=tuple(costs))
        if options.json:
            write_atomically(options.json, found.model_dump_json(indent=1) + "\n")
    for row in as_table(found).rows:
        print(*row, sep="\t")
    if options.store:
        store_run(found)


if __name__ == "__main__":
    main()
