"""Runs that are made if they are missing, in processes that end when they are.

What is there is found without torch, so a notebook asks for its runs and its kernel stays small.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import yaml

from artifact import datasets
from artifact.common.errors import ArtifactError, CheckError
from artifact.sft import grid
from artifact.sft.forced_traces import forced_traces, own_trace
from artifact.sft.forced_traces import interventions as answers_after
from artifact.sft.run_data import choose
from artifact.sft.run_folder import Run
from artifact.sft.spec import Spec, read

THREADS = "1"
"""Of a run, where OMP_NUM_THREADS says nothing else: two runs side by side get more done than one
on two threads, and a run that was begun with another number is another run."""

ERROR_PREFIX = "artifact: "
"""Starts the line on stderr that says in short what failed."""


def ensure(specs: Iterable[Spec], interventions: Collection[str] = ()) -> None:
    """Make what is missing of the runs of `specs`, one after the other, in another process.

    Its progress goes to this process's standard error, past the outputs of a notebook.

    Args:
        specs: to train and to answer.
        interventions: variants on whose models traces are forced.

    Raises:
        CheckError: with the other process's own line, if it fails.
    """
    lacking = missing(specs, interventions)
    if not lacking:
        return
    with tempfile.TemporaryDirectory(prefix="artifact-") as folder:
        files = [Path(folder, f"{grid.key(spec)}.yaml") for spec in lacking]
        for spec, file in zip(lacking, files, strict=True):
            file.write_text(as_yaml(spec), encoding="utf-8")
        command = [sys.executable, "-m", __name__, *map(str, files)]
        _run([*command, "--interventions", *interventions])


def missing(specs: Iterable[Spec], interventions: Collection[str] = ()) -> list[Spec]:
    """Those of `specs` that are not made, or lack the traces to force; none is loaded."""
    specs = list(specs)
    there = made(specs)
    return [
        spec
        for spec in specs
        if spec not in there or (spec.variant in interventions and not is_forced(there[spec]))
    ]


def made(specs: Iterable[Spec]) -> dict[Spec, Run]:
    """The finished run of each spec whose problems and turns are still those of today.

    Raises:
        InputError: if the problems of a finished run can't be had.
    """
    return {
        spec: run
        for spec, run in grid.finished(specs).items()
        if run.record.data_sha256 == choose(spec).sha256
    }


def is_forced(run: Run) -> bool:
    """Whether every trace that can be forced on a finished run is, on each test problem."""
    spec = run.record.spec
    dataset, problems = datasets.get(spec.dataset), choose(spec).test
    answers = {it.id: it.prediction for it in run.predictions}
    done = {(it.id, it.forced) for it in answers_after(run)}
    for problem in problems:
        own = own_trace(dataset, problem, answers[problem.id])
        wanted = forced_traces(dataset, problem, own, problems)
        if any((problem.id, forced) not in done for forced in wanted):
            return False
    return True


def make(spec: Spec, *, force: bool = False) -> Run:
    """The run of `spec`, trained and answered, in this process; what is done is found.

    Args:
        force: whether traces are forced on it, too.

    Raises:
        InputError: if the spec can't be run here.
        CheckError: if another process is at work in the run.
    """
    os.environ.setdefault("OMP_NUM_THREADS", THREADS)
    run = made([spec]).get(spec)
    if run is None:
        from artifact.sft.generate import generate
        from artifact.sft.train import train

        run = generate(train(spec))
    if force and not is_forced(run):
        from artifact.sft.intervene import intervene

        intervene(run)
    return run


def as_yaml(spec: Spec) -> str:
    """`spec` as a file that `artifact.sft.spec.read` reads."""
    return yaml.safe_dump(spec.model_dump(mode="json"), sort_keys=False)


def in_short(error: Exception) -> str:
    """What an error says, in one line, with its type where it is not one for people."""
    said = str(error) if isinstance(error, ArtifactError) else f"{type(error).__name__}: {error}"
    return " ".join(said.split()).removesuffix(":")


def exit_code(error: Exception) -> int:
    """Of the process that `error` ends."""
    return error.exit_code if isinstance(error, ArtifactError) else ArtifactError.exit_code


def _run(command: Sequence[str]) -> None:
    """Run `command`, pass its stderr on as it comes, and raise its own line if it fails."""
    told = ""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for line in process.stderr:
            os.write(_stderr(), line)
            text = line.decode("utf-8", "replace").rstrip("\n")
            told = text.removeprefix(ERROR_PREFIX) if text.startswith(ERROR_PREFIX) else told
    if process.returncode < 0:
        name = signal.Signals(-process.returncode).name
        told = f"training was ended by {name}{' (out of memory?)' if name == 'SIGKILL' else ''}"
    if process.returncode:
        raise CheckError(told or f"training ended with {process.returncode}")


def _stderr() -> int:
    """The descriptor that this process was started with: a kernel shows what goes to 2 in the
    notebook, and keeps a copy of the original as that of ``sys.stderr``."""
    try:
        return sys.stderr.fileno()
    except io.UnsupportedOperation:  # a kernel that shows nothing of 2 keeps no copy
        return 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the runs of the specs named on the command line."""
    parser = argparse.ArgumentParser("python -m artifact.sft.missing_runs", description=__doc__)
    parser.add_argument("specs", nargs="+", type=Path, help="YAML files")
    parser.add_argument("--interventions", nargs="*", default=[], help="variants to force on")
    given = parser.parse_args(arguments)
    for path in given.specs:
        try:
            spec = read(path)
            make(spec, force=spec.variant in given.interventions)
        except Exception as error:
            if not isinstance(error, ArtifactError):
                traceback.print_exc()
            print(f"{ERROR_PREFIX}{in_short(error)}", file=sys.stderr)
            sys.exit(exit_code(error))


if __name__ == "__main__":
    main()
