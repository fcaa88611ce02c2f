"""The runs that a section rests on, as jobs of the map: finds those left to do, and does one.

What is left is found in the runs themselves, never in the map's own marks: a run that was removed,
or made with other libraries, is made again before its section is executed.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from artifact.common import paths
from artifact.common.errors import ERROR_PREFIX, exit_code, one_line
from artifact.common.files import write_atomically
from artifact.sft import grid, missing_runs
from artifact.sft.run_data import problem_set
from artifact.sft.run_folder import Run
from artifact.sft.spec import Spec, as_yaml
from artifact.sft.spec import read as read_spec
from artifact.workflow import costs, section_inputs
from artifact.workflow.parameters import validate
from artifact.workflow.sections import SECTIONS, Parameters


@dataclass(frozen=True, slots=True)
class Job:
    """One job of the map other than a section: all that is left of one run, in one process.

    Attributes:
        trains: whether the run has yet to be trained and to answer.
        forces: whether traces are still to be forced on its model.
    """

    spec: Spec
    trains: bool = True
    forces: bool = False

    @property
    def name(self) -> str:
        """As in the map's files: ``run_<key>``."""
        return f"run_{grid.key(self.spec)}"

    @property
    def title(self) -> str:
        """The job in words."""
        return f"{'run' if self.trains else 'forcing traces on'} {self.spec.name}"

    @property
    def does(self) -> str:
        """What it does with the run, in words."""
        done = {"trained and answered": self.trains, "answered after forced traces": self.forces}
        return ", ".join(what for what, it_does in done.items() if it_does)


def pending_jobs(parameters: Parameters) -> list[Job]:
    """The jobs that a section with these parameters waits for, in the order of its specs.

    Raises:
        InputError: if the problems of a run are not available; those of the hub are
            only looked up once a run of them exists.
    """
    there = missing_runs.finished(parameters.specs)
    jobs = []
    for spec in parameters.specs:
        run = there.get(spec)
        if run is None and costs.at_hand(spec):
            problem_set(spec)
        forces = spec in parameters.forced and not (
            run and missing_runs.has_all_forced_traces(run, parameters.forced_on)
        )
        if run is None or forces:
            jobs.append(Job(spec, trains=run is None, forces=forces))
    return jobs


def describe_runs(parameters: Parameters, jobs: Sequence[Job], *, dry_run: bool) -> list[str]:
    """A line for each run of a section that is executed: it is there, or it is made first.

    Args:
        jobs: those that are still to be done.
        dry_run: whether they would be done, or are done now.
    """
    there, when = missing_runs.finished(parameters.specs), "would be" if dry_run else "is"
    todo, lines = {job.spec: job for job in jobs}, []
    for spec in parameters.specs:
        told = [f"exists ({there[spec].folder.name})"] if spec in there else []
        told += [f"{when} {todo[spec].does}"] if spec in todo else []
        lines.append(f"  {spec.name}: {', '.join(told)}")
    return lines


def write_specs(jobs: Sequence[Job]) -> None:
    """Write the spec of each job for the map, if it is not there already."""
    for job in jobs:
        path, text = spec_path(grid.key(job.spec)), as_yaml(job.spec)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_atomically(path, text)


def spec_path(key: str) -> Path:
    """The resolved spec called `key`."""
    return paths.RESULTS / "specs" / f"{key}.yaml"


# What the Snakefile asks.


def marks(section: str) -> list[str]:
    """The marks of the jobs that a section waits for, as it was last asked for."""
    asked = section_inputs.requested(section)
    jobs = pending_jobs(validate(section, asked.parameters)) if asked else []
    return [mark(job.name) for job in jobs]


def mark(name: str) -> str:
    """The file that marks the end of a job, or of a section, for the map."""
    return f"results/done/{name}"


def text_length(key: str) -> int:
    """Characters of the training turns, 0 where they are not at hand.

    The longest run starts first, so that it does not end alone.
    """
    spec = read_spec(spec_path(key))
    return sum(len(turn) for _, turn in problem_set(spec).train) if costs.at_hand(spec) else 0


def memory_mb(key: str) -> int:
    """Main memory of a job, in MB."""
    return costs.memory_mb(read_spec(spec_path(key)))


def minutes(key: str) -> int:
    """Minutes after which a cluster may end a job."""
    return costs.minutes_allowed(read_spec(spec_path(key)))


def gpus(key: str) -> int:
    """GPUs of a job."""
    return int(costs.device_of(read_spec(spec_path(key))) == "cuda")


class _ProgressTee(io.TextIOBase):
    """The log, which also passes lines that start with a run's name on to the console."""

    def __init__(self, log: IO[str], name: str) -> None:
        self._log, self._name, self._line = log, name, ""

    def write(self, text: str) -> int:
        self._log.write(text)
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            if line.startswith(self._name):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
        return len(text)

    def flush(self) -> None:
        self._log.flush()


def _asked() -> Iterator[Parameters]:
    """The parameters that each section was last asked for with."""
    for section in SECTIONS:
        if asked := section_inputs.requested(section):
            yield validate(section, asked.parameters)


def _name_log_after(run: Run, log: Path) -> None:
    """Link a job's log under the hash of its run, which is not known before the job starts."""
    link = log.with_name(f"run_{run.folder.name}.log")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(log.name)


def main() -> None:
    """Do the job named on the command line; the last line on stderr says what failed."""
    (key,) = sys.argv[1:]
    spec, log = read_spec(spec_path(key)), f"results/logs/run_{key}.log"
    there = bool(missing_runs.finished([spec]))
    forcing = [it.forced_on for it in _asked() if spec in it.forced]
    print(f"{spec.name}: starting; log in {log}", flush=True)
    title, stderr = Job(spec, trains=not there).title, sys.stderr
    sys.stderr = _ProgressTee(stderr, f"{spec.name}: ")
    try:
        run = missing_runs.complete(
            spec, forced=bool(forcing), problems=forcing[0] if forcing else None
        )
        _name_log_after(run, paths.RESULTS / "logs" / f"run_{key}.log")
        print(f"{spec.name}: run {run.folder.name}", file=sys.stderr)
    except Exception as error:
        traceback.print_exc(file=stderr)
        failed = f"{title} failed: {one_line(error)} (see {log})"
        print(f"{ERROR_PREFIX}{failed}", file=stderr)
        sys.exit(exit_code(error))


if __name__ == "__main__":
    main()
