"""Do trainings on Slurm, disturbed on the way, give what they give without it?

    make slurm        (as root, on a machine of one's own: apt-get install slurm-wlm munge)

Starts a Slurm of one node on this machine (munged, slurmctld and slurmd, on loopback, without
accounting) and trains tiny models there, two at a time. In the middle one job is cancelled and
slurmd is started anew. `artifact run` must name the cancelled job, the same command must do the
rest, and every file of every run must be, byte for byte, what the same command makes without Slurm.
What was started is stopped and removed at the end, whatever happens.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from artifact.common.errors import CheckError, InputError, exit_code, one_line
from artifact.common.paths import ROOT

CONFIGURATION = Path("/etc/slurm/slurm.conf")
"""Where the steps of a job look for it, whatever SLURM_CONF says."""

PROGRAMS = ("munged", "mungekey", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel")
DAEMONS = ("slurmctld", "slurmd", "slurmdbd")
SEEDS = "0,1,2"
VARIANTS = "vanilla,correct,incorrect,verbose"
RUNS = 12
CANCELLED, RESTARTED = 3, 6
"""How many runs have ended when a job is cancelled, and when slurmd is started anew."""

STEP = re.compile(r": training: (\d+) of (\d+), ")
FIRST_CHECKPOINT = 2
"""How a training tells of its steps, and the first one that a killed one need not take again."""

COMMAND = (
    *(str(Path(sys.executable).with_name("artifact")), "run", "--profile", "smoke"),
    *("--section", "sft_variants", "-p", f"variants={VARIANTS}", "-p", f"seeds={SEEDS}"),
    *("-p", "train=64", "-p", "n=400"),
)
CORES = {"slurm": "12", "local": "2"}
"""Jobs at a time: all wait in Slurm's queue, and its node has two places; here two run."""

LINKED = ("notebooks", "reference", "_toc.yml", "_config.yml", "requirements.lock")
"""What a project needs beside what it makes, and the pages of `book`."""

TIMED = ("seconds", "peak_bytes", "provenance", "sha256")
"""Fields of a run's record that tell of one execution, and hashes of the record with them."""

PATIENCE_SECONDS = 1200


@dataclass
class Slurm:
    """A Slurm of one node: where it keeps its files, and its daemons by name."""

    folder: Path
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start one of the daemons in the foreground, with its log in the folder."""
        socket_, key = self.folder / "munge.socket", self.folder / "munge.key"
        munged = [
            *("--foreground", f"--key-file={key}", f"--socket={socket_}"),
            *(f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/munged.log"),
            f"--seed-file={self.folder}/munged.seed",
        ]
        options = {"munged": munged, "slurmctld": ["-D", "-i"], "slurmd": ["-D", "-N", "node"]}
        with (self.folder / f"{name}.out").open("ab") as out:
            self.daemons[name] = subprocess.Popen(
                [program(name), *options[name]], stdout=out, stderr=out, start_new_session=True
            )

    def stop(self, name: str) -> None:
        """Stop one of the daemons, and wait until it is gone."""
        process = self.daemons.pop(name)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()

    def configure(self) -> None:
        """Write the configuration and a key of its own."""
        sub = {name: self.folder / name for name in ("state", "spool")}
        for path in sub.values():
            path.mkdir()
        memory = psutil.virtual_memory().total // 2**20
        lines = [
            "ClusterName=one",
            f"SlurmctldHost={socket.gethostname()}(127.0.0.1)",
            *("SlurmUser=root", "SlurmdUser=root", "AuthType=auth/munge", "CredType=cred/munge"),
            f"AuthInfo=socket={self.folder}/munge.socket",
            *(f"SlurmctldPort={free_port()}", f"SlurmdPort={free_port()}"),
            f"StateSaveLocation={sub['state']}",
            f"SlurmdSpoolDir={sub['spool']}",
            f"SlurmctldPidFile={self.folder}/slurmctld.pid",
            f"SlurmdPidFile={self.folder}/slurmd.pid",
            *("ProctrackType=proctrack/linuxproc", "TaskPlugin=task/none"),
            *("SelectType=select/cons_tres", "SelectTypeParameters=CR_Core_Memory"),
            *("AccountingStorageType=accounting_storage/none", "MpiDefault=none"),
            *(
                "JobAcctGatherType=jobacct_gather/none",
                "ReturnToService=2",
                "SwitchType=switch/none",
            ),
            *("SlurmdTimeout=60", "SlurmctldTimeout=60", "MinJobAge=600"),
            f"NodeName=node NodeHostname={socket.gethostname()} NodeAddr=127.0.0.1 CPUs=2 "
            f"RealMemory={memory} State=UNKNOWN",
            "PartitionName=only Nodes=node Default=YES MaxTime=INFINITE State=UP",
        ]
        CONFIGURATION.write_text("\n".join(lines) + "\n", encoding="utf-8")
        key = f"--keyfile={self.folder}/munge.key"
        subprocess.run([program("mungekey"), "--create", key], check=True)


def program(name: str) -> str:
    """Where a program of Slurm or munge is; a user's PATH may lack the folders of daemons."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or ""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def require_none_there() -> None:
    """Return if a Slurm can be set up here without touching anyone's.

    Raises:
        InputError: saying what stands in the way.
    """
    if os.geteuid() != 0:
        raise InputError("a Slurm of one node is started as root only", cure="run this as root")
    for name in PROGRAMS:
        if not program(name):
            raise InputError(f"{name} is not installed", cure="apt-get install slurm-wlm munge")
    if CONFIGURATION.exists():
        raise InputError("a Slurm is configured here already", path=CONFIGURATION)
    for process in psutil.process_iter(["name"]):
        if process.info["name"] in DAEMONS:
            raise InputError(f"{process.info['name']} runs here already (process {process.pid})")


@contextmanager
def one_node(folder: Path) -> Iterator[Slurm]:
    """A Slurm that takes jobs; gone with its configuration when left."""
    slurm = Slurm(folder)
    with ExitStack() as after:
        after.callback(CONFIGURATION.unlink, missing_ok=True)
        slurm.configure()
        for name in ("munged", "slurmctld", "slurmd"):
            slurm.start(name)
            after.callback(lambda name=name: slurm.stop(name))  # whichever process it is by then
        after.callback(empty_queue)
        wait("the node is idle", lambda: "idle" in said("sinfo", "-h", "-o", "%T").split())
        yield slurm


def empty_queue() -> None:
    """Cancel all that is still in the queue, and wait for the node to be rid of it."""
    subprocess.run(["scancel", "--user=root"], check=False, capture_output=True)
    for _ in range(30):
        if not said("squeue", "-h", "-o", "%i"):
            return
        time.sleep(1)


def said(*command: str) -> str:
    """What a command of Slurm's prints; nothing where it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def wait(what: str, happened: Callable[[], object]) -> None:
    """Wait until something has happened.

    Raises:
        CheckError: if it has not for too long.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > end:
            raise CheckError(f"waited {PATIENCE_SECONDS} s in vain: {what}")
        time.sleep(0.5)


def project(root: Path) -> Path:
    """An empty project with this checkout's notebooks."""
    root.mkdir()
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    (root / "book" / "sections").mkdir(parents=True)
    for path in (ROOT / "book").iterdir():
        if path.name != "sections":
            (root / "book" / path.name).symlink_to(path)
    return root


def start(root: Path, executor: str, log: Path) -> subprocess.Popen[bytes]:
    """Start `artifact run` in a project."""
    profile = root / "profile"
    profile.mkdir(exist_ok=True)
    settings = {"slurm-no-account": True, "slurm-init-seconds-before-status-checks": 5}
    (profile / "config.yaml").write_text(json.dumps(settings), encoding="utf-8")
    environment = os.environ | {"ARTIFACT_ROOT": str(root)}
    if executor == "slurm":
        environment["SNAKEMAKE_PROFILE"] = str(profile)
    with log.open("ab") as out:
        return subprocess.Popen(
            [*COMMAND, "--executor", executor, "--cores", CORES[executor]],
            env=environment,
            stdout=out,
            stderr=out,
        )


def ended_runs(root: Path) -> int:
    """How many runs of a project have all their files."""
    return len(list(root.glob("results/done/run_*")))


def disturb(slurm: Slurm, root: Path, running: subprocess.Popen[bytes]) -> str:
    """Cancel a job as it trains, and later start slurmd anew; the title of the cancelled run."""

    def after(runs: int, find: Callable[[Path], dict[str, str]]) -> dict[str, str]:
        """The jobs that are found once so many runs have ended."""
        found: dict[str, str] = {}

        def reached() -> bool:
            if running.poll() is not None:
                raise CheckError("`artifact run` ended early")
            found.update(find(root) if ended_runs(root) >= runs else {})
            return bool(found)

        wait(f"a job to disturb after {runs} runs", reached)
        return found

    cancelled, title = next(iter(after(CANCELLED, training_jobs).items()))
    subprocess.run(["scancel", cancelled], check=True)
    tell(f"{ended_runs(root)} runs have ended: scancel {cancelled}, which is at {title}")
    others = after(RESTARTED, running_jobs)
    tell(f"{ended_runs(root)} runs have ended, {len(others)} run: slurmd starts anew")
    slurm.stop("slurmd")
    time.sleep(3)
    slurm.start("slurmd")
    return title.partition(":")[0]


def running_jobs(root: Path) -> dict[str, str]:
    """The last line that each running job's training has said, by the job's id."""
    found = {}
    for line in said("squeue", "-h", "-t", "RUNNING", "-o", "%i %k").splitlines():
        job, _, key = line.partition(" rule_run_wildcards_")
        log = root / "results" / "logs" / f"run_{key}.log"
        lines = log.read_text(encoding="utf-8").splitlines() if key and log.is_file() else []
        found[job] = lines[-1] if lines else ""
    return found


def training_jobs(root: Path) -> dict[str, str]:
    """Those that have a checkpoint, and half of their training before them."""
    return {
        job: line
        for job, line in running_jobs(root).items()
        if (at := STEP.search(line)) and FIRST_CHECKPOINT < int(at[1]) <= int(at[2]) // 2
    }


def first_step(root: Path, title: str) -> int:
    """The first step that the last job of a run has told of."""
    for log in (root / "results" / "logs").glob("run_*.log"):
        text = log.read_text(encoding="utf-8")
        if text.startswith(title) and (at := STEP.search(text)):
            return int(at[1])
    raise CheckError(f"no log tells of {title}'s training")


def compare(one: Path, other: Path) -> tuple[int, int]:
    """How many runs and files two projects have in common, all of them equal.

    Raises:
        CheckError: naming the first run or file that is not.
    """
    runs = [sorted(path.name for path in (root / "runs").iterdir()) for root in (one, other)]
    if runs[0] != runs[1] or len(runs[0]) != RUNS:
        raise CheckError(f"{runs[0]} are not the runs {runs[1]}")
    files = 0
    for path in sorted((one / "runs").rglob("*")):
        twin = other / path.relative_to(one)
        if not path.is_file() or path.suffix == ".lock":
            continue
        same = (
            record(path) == record(twin)
            if path.name == "run.json"
            else filecmp.cmp(path, twin, shallow=False)
        )
        if not same:
            raise CheckError(f"{path.relative_to(one)} differs")
        files += 1
    return len(runs[0]), files


def record(path: Path) -> object:
    """A run's record without what tells of one execution."""

    def kept(value: object) -> object:
        if isinstance(value, dict):
            return {name: kept(it) for name, it in value.items() if name not in TIMED}
        return value

    return kept(json.loads(path.read_text(encoding="utf-8")))


def tell(line: str) -> None:
    print(f"{time.strftime('%X')} {line}", file=sys.stderr, flush=True)


def trial(folder: Path) -> str:
    """All of it; what was seen, in a line."""
    begun, log = time.monotonic(), folder / "run.log"
    on_slurm, here = project(folder / "slurm"), project(folder / "local")
    with one_node(folder) as slurm:
        version = said("sinfo", "--version")
        tell(f"{version}: {' '.join(COMMAND[1:])} --executor slurm")
        running = start(on_slurm, "slurm", log)
        try:
            title = disturb(slurm, on_slurm, running)
            code = running.wait()
        finally:
            running.terminate()
            running.wait()
        lines = log.read_text(encoding="utf-8").partition("\nartifact: ")[2].splitlines()
        tell(f"it ended with {code}: {lines}")
        if code != 1 or len(lines) != 1 or title not in lines[0] or "CANCELLED" not in lines[0]:
            raise CheckError(f"the cancelled run, {title}, is not named alone, see {log}")
        tell("the same command once more")
        if start(on_slurm, "slurm", log).wait():
            raise CheckError(f"the rest failed, see {log}")
        if first_step(on_slurm, title) <= FIRST_CHECKPOINT:
            raise CheckError(f"{title} was trained from the start, not from its checkpoint")
        jobs = int(said("squeue", "-h", "-t", "all", "-S", "-i", "-o", "%i").split()[0])
    tell("the same without Slurm")
    if start(here, "local", log).wait():
        raise CheckError(f"it failed without Slurm, see {log}")
    runs, files = compare(on_slurm, here)
    return (
        f"{version}: {jobs} jobs for {runs} trainings, two at a time, one cancelled, slurmd "
        f"started anew once; {files} files of the runs are those that are made without Slurm, "
        f"byte for byte; {time.monotonic() - begun:.0f} s"
    )


def main() -> None:
    """Run the trial; exit with 2 where it can't be, with 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--keep", action="store_true", help="keep projects and logs")
    keep = parser.parse_args().keep
    signal.signal(signal.SIGTERM, _stopped)
    folder = None
    try:
        require_none_there()
        folder = Path(tempfile.mkdtemp(prefix="artifact-slurm-"))
        folder.chmod(0o755)  # munge refuses a socket in a folder that jobs can't enter
        print(trial(folder))
    except (CheckError, InputError) as error:
        keep = True
        print(f"slurm: {one_line(error)}", file=sys.stderr)
        sys.exit(exit_code(error))
    finally:
        if folder and not keep:
            shutil.rmtree(folder)


def _stopped(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
