"""`artifact run` and `artifact book` killed with SIGKILL on the way: does the same come out?

    python benchmarks/book_kill.py [--kills 30] [--seed 4] [--profile smoke] [--store]

The undisturbed build of an empty project comes first; its files are the measure. Then the project
is emptied and built again. After each start a moment is drawn evenly from a quarter of the time
that the undisturbed build took; then the command's whole process group is killed, and the same two
commands start again from what is there. So a build is killed several times on its way, wherever it
is by then. When it gets to its end it is compared, file by file and byte by byte, and the next one
begins from an empty project.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psutil

from artifact.book.measurements.reliability import BookKillRun, store_run
from artifact.common.paths import ROOT
from artifact.common.provenance import file_sha256, hardware
from artifact.sft.run_folder import RECORD, Run
from artifact.workflow.verify import COPIED

ARTIFACT = str(Path(sys.executable).with_name("artifact"))
MADE = ("results", "runs", "data", "_build", "book/sections", ".snakemake")
"""Folders that the two commands write to, below the project's root."""

COMPARED = ("results/*.json", "book/sections/**/*", "runs/**/*", "_build/html/**/*")
UNCOMPARED = (".lock",)
"""Files that hold nothing."""

AT_WORK: Mapping[str, str] = {
    "run_jobs": "a training",
    "workflow.execute": "a notebook",
    "jupyter_book": "the book's builder",
    "snakemake": "the start of the map",
}
"""What a killed command was at, by the first of these that is in a line of its processes."""

ENDING_SECONDS = 10
"""What a killed command started has to be gone by then."""

WITHIN = 0.25
"""Share of the undisturbed build's time within which a kill comes after each start."""

POLL_SECONDS = 0.1


@dataclass
class Project:
    """A copy of what the book is made of, and what was seen as it was built there."""

    root: Path
    profile: str
    at_work: Counter[str] = field(default_factory=Counter)
    left_behind: int = 0

    def make(self) -> None:
        """Copy what is not made by the commands themselves."""
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("sections")
                shutil.copytree(source, self.root / name, ignore=ignored)
            else:
                shutil.copy2(source, self.root / name)

    def empty(self) -> None:
        """Remove all that was made."""
        for name in MADE:
            shutil.rmtree(self.root / name, ignore_errors=True)

    def build(self, within: float = float("inf")) -> bool:
        """Both commands; False if they were killed after `within` seconds.

        Raises:
            SystemExit: if a command fails by itself.
        """
        until = time.monotonic() + within
        for words in (["run", "--profile", self.profile], ["book"]):
            with (self.root.parent / "build.log").open("ab") as log:
                process = subprocess.Popen(
                    [ARTIFACT, *words],
                    env=os.environ | {"ARTIFACT_ROOT": str(self.root)},
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            while process.poll() is None:
                if time.monotonic() >= until:
                    self._kill(process, f"artifact {words[0]}")
                    return False
                time.sleep(POLL_SECONDS)
            if process.returncode:
                raise SystemExit(f"artifact {words[0]} failed, see {log.name}")
        return True

    def _kill(self, process: subprocess.Popen[bytes], command: str) -> None:
        """SIGKILL to the group, and a look at what the command had started."""
        started = psutil.Process(process.pid).children(recursive=True)
        lines = " ".join(_line(each) for each in started)
        doing = next((what for word, what in AT_WORK.items() if word in lines), "between jobs")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _, alive = psutil.wait_procs(started, timeout=ENDING_SECONDS)
        self.left_behind += len(alive)
        self.at_work[f"{command}: {doing}"] += 1

    def files(self) -> dict[str, str]:
        """What was made: a hash of each file by its place, of a run's record that of its result,
        which leaves out what tells of one execution."""
        found = {}
        for pattern in COMPARED:
            for path in sorted(self.root.glob(pattern)):
                if path.is_file() and path.name not in UNCOMPARED:
                    is_record = path.name == RECORD and path.is_relative_to(self.root / "runs")
                    sha256 = Run(path.parent).record.result_sha256 if is_record else ""
                    found[str(path.relative_to(self.root))] = sha256 or file_sha256(path)
        return found


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has ended meanwhile
        return ""


def run(project: Project, kills: int, seed: int, command: str) -> BookKillRun:
    """The whole trial, in a project that is made here."""
    rng, start = Random(seed), time.monotonic()
    project.make()
    project.build()
    whole = time.monotonic() - start
    measure = project.files()
    tell(f"undisturbed: {len(measure)} files, {whole:.0f} s")
    done, builds, ended = 0, 0, True
    differing: set[str] = set()
    while done < kills or not ended:
        if ended:
            project.empty()
        ended = project.build(rng.uniform(0, WITHIN * whole) if done < kills else float("inf"))
        if ended:
            found, builds = project.files(), builds + 1
            differing |= {it for it in {*measure, *found} if measure.get(it) != found.get(it)}
            tell(f"build {builds} ended after {done} kills in all; differing: {sorted(differing)}")
        else:
            done += 1
            tell(f"kill {done}: {dict(project.at_work)}, left behind {project.left_behind}")
    return BookKillRun(
        command=command,
        seed=seed,
        hardware=hardware(),
        profile=project.profile,
        kills=done,
        at_work=dict(sorted(project.at_work.items())),
        left_behind=project.left_behind,
        builds=builds,
        files=len(measure),
        differing=tuple(sorted(differing)),
        seconds=round(time.monotonic() - start, 1),
    )


def tell(line: str) -> None:
    """Say how far the trial is."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Run, print, and with ``--store`` keep the counts; exit 1 if anything does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--profile", default="smoke")
    parser.add_argument("--keep", action="store_true", help="leave the project and its log there")
    parser.add_argument("--store", action="store_true", help="keep the counts for the book")
    options = parser.parse_args()
    os.environ.pop("ARTIFACT_RELEASE", None)
    folder = Path(tempfile.mkdtemp(prefix="artifact-kill-"))
    root = folder / "project"
    root.mkdir()
    size = f"--kills {options.kills} --seed {options.seed} --profile {options.profile}"
    try:
        done = run(
            Project(root, options.profile),
            options.kills,
            options.seed,
            f"python benchmarks/book_kill.py {size}",
        )
    except BaseException:
        options.keep = True
        raise
    finally:
        if options.keep:
            tell(f"kept: {folder}")
        else:
            shutil.rmtree(folder)
    print(done.model_dump_json(indent=2))
    if not done.holds:
        raise SystemExit("this does not hold")
    if options.store:
        store_run(done)


if __name__ == "__main__":
    main()
