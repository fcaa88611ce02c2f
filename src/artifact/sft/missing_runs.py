"""Trains missing runs in a subprocess, one after the other; finished runs are found, not repeated.

Finding needs no torch, so a notebook can ask for its runs while its kernel stays small.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from artifact import datasets
from artifact.common import paths
from artifact.common.errors import ERROR_PREFIX, ArtifactError, CheckError, exit_code, one_line
from artifact.common.provenance import library_versions
from artifact.sft import grid
from artifact.sft.forced_traces import forced_traces, interventions, own_trace
from artifact.sft.models import registry
from artifact.sft.run_data import problem_set
from artifact.sft.run_folder import (
    INTERVENTIONS,
    LIBRARIES,
    METHOD,
    PREDICTIONS,
    RECORD,
    Run,
    forced_dtype,
)
from artifact.sft.spec import Spec, as_yaml, read

THREADS = "1"
"""OMP_NUM_THREADS of a run unless the environment sets it. Two runs side by side on one thread each
get more done than one run on two; the number of threads is part of a run's identity."""


def train_missing(
    specs: Iterable[Spec], forced_variants: Collection[str] = (), problems: int | None = None
) -> None:
    """Train and generate the missing runs of `specs`, one after the other, in one subprocess.

    Progress goes to this process's standard error, past the outputs of a notebook.

    Args:
        forced_variants: variants on whose models traces are forced, too.
        problems: on how many of their test problems, in order; None for all.

    Raises:
        CheckError: with the subprocess's own line, if it fails.
    """
    lacking = missing(specs, forced_variants, problems)
    if not lacking:
        return
    with tempfile.TemporaryDirectory(prefix="artifact-") as folder:
        files = [Path(folder, f"{grid.key(spec)}.yaml") for spec in lacking]
        for spec, file in zip(lacking, files, strict=True):
            file.write_text(as_yaml(spec), encoding="utf-8")
        command = [sys.executable, "-m", __name__, *map(str, files)]
        few = [] if problems is None else ["--problems", str(problems)]
        _run([*command, *few, "--interventions", *forced_variants])


def missing(
    specs: Iterable[Spec], forced_variants: Collection[str] = (), problems: int | None = None
) -> list[Spec]:
    """Those of `specs` without a finished run, or whose run still lacks forced traces."""
    specs = list(specs)
    runs = finished(specs)
    return [
        spec
        for spec in specs
        if spec not in runs
        or (spec.variant in forced_variants and not has_all_forced_traces(runs[spec], problems))
    ]


def finished(specs: Iterable[Spec]) -> dict[Spec, Run]:
    """The run of each spec that is trained and has its predictions, by today's libraries, data and
    weights.

    Of several such runs that differ in numerics, one with as many threads as a run would use now is
    preferred, then the first by hash; if ARTIFACT_DTYPE names a number type, the run must have it.

    Raises:
        InputError: if the problems of a finished run can't be loaded.
    """
    found: dict[Spec, Run] = {}
    wanted, libraries, dtype = set(specs), library_versions(LIBRARIES), forced_dtype()
    runs = [Run(path.parent) for path in sorted(paths.RUNS.glob(f"*/{RECORD}"))]
    records = sorted(
        ((run, run.record) for run in runs), key=lambda it: it[1].numerics.threads != threads()
    )
    for run, record in records:
        current = record.libraries == libraries and record.method == METHOD
        current = current and dtype in (None, record.numerics.dtype)
        if not (current and record.spec in wanted - found.keys() and run.is_answered):
            continue
        of_today = registry.fingerprint(registry.entry(record.spec.model))
        same_weights = of_today in (None, record.weights_sha256)
        if same_weights and record.data_sha256 == problem_set(record.spec).sha256:
            found[record.spec] = run
    return found


def threads() -> int:
    """The number of threads that a run on this machine's processor would use now."""
    asked = os.environ.get("OMP_NUM_THREADS", THREADS)
    return int(asked) if asked.isdecimal() else int(THREADS)


def has_all_forced_traces(run: Run, problems: int | None = None) -> bool:
    """Whether a finished run has an answer, and its log-probability, after every trace that can be
    forced on it, or on the first `problems` of its test problems."""
    record = run.record
    if PREDICTIONS in record.sha256 and INTERVENTIONS not in record.sha256:
        return False  # begun, at most
    spec = record.spec
    dataset, test = datasets.get(spec.dataset), problem_set(spec).test
    answers = {it.id: it.prediction for it in run.predictions}
    done = {
        (it.id, it.forced) for it in interventions(run) if it.gold and it.prediction is not None
    }
    for problem in test[:problems]:
        own = own_trace(dataset, problem, answers[problem.id])
        wanted = forced_traces(dataset, problem, own, test)
        if any((problem.id, forced) not in done for forced in wanted):
            return False
    return True


def complete(spec: Spec, *, forced: bool = False, problems: int | None = None) -> Run:
    """The finished run of `spec`; what it lacks is trained and generated in this process.

    Args:
        forced: whether traces are forced on its model, too.
        problems: on as many of its test problems, the first ones; None for all.

    Raises:
        InputError: if the spec can't be run here.
        CheckError: if another process is working on the run.
    """
    os.environ.setdefault("OMP_NUM_THREADS", THREADS)
    run = finished([spec]).get(spec)
    if run is None:
        from artifact.sft.generate import generate
        from artifact.sft.train import train

        run = train(spec)
        gc.collect()  # a trainer holds its model in a reference cycle
        run = generate(run)
        gc.collect()
    if forced and not has_all_forced_traces(run, problems):
        from artifact.sft.forcing import force_traces

        force_traces(run, problems=problems)
    return run


def _run(command: Sequence[str]) -> None:
    """Run `command`, pass its stderr on as it comes, and raise its own line if it fails."""
    reason = ""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for line in process.stderr:
            os.write(_stderr(), line)
            text = line.decode("utf-8", "replace").rstrip("\n")
            if text.startswith(ERROR_PREFIX):
                reason = text.removeprefix(ERROR_PREFIX)
    if process.returncode < 0:
        name = signal.Signals(-process.returncode).name
        reason = f"training was killed by {name}{' (out of memory?)' if name == 'SIGKILL' else ''}"
    if process.returncode:
        raise CheckError(reason or f"training exited with status {process.returncode}")


def _stderr() -> int:
    """The stderr descriptor that this process was started with: a kernel redirects 2 to the
    notebook, and keeps a copy of the original as that of ``sys.stderr``."""
    try:
        return sys.stderr.fileno()
    except io.UnsupportedOperation:  # a kernel that does not redirect 2 keeps no copy
        return 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Complete the runs of the specs named on the command line."""
    parser = argparse.ArgumentParser("python -m artifact.sft.missing_runs", description=__doc__)
    parser.add_argument("specs", nargs="+", type=Path, help="YAML files")
    parser.add_argument("--interventions", nargs="*", default=[], help="variants to force on")
    parser.add_argument("--problems", type=int, help="force on the first N test problems only")
    given = parser.parse_args(arguments)
    for path in given.specs:
        try:
            spec = read(path)
            forced = spec.variant in given.interventions
            complete(spec, forced=forced, problems=given.problems)
        except Exception as error:
            if not isinstance(error, ArtifactError):
                traceback.print_exc()
            print(f"{ERROR_PREFIX}{one_line(error)}", file=sys.stderr)
            sys.exit(exit_code(error))


if __name__ == "__main__":
    main()
