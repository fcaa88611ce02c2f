"""What was tried to make the study's server, the workflow and the readers of files fail: the counts
that ``benchmarks/study_*.py``, ``benchmarks/book_kill.py`` and ``make faults`` stored.

Each benchmark starts the real programs as processes of their own, and compares what is there
afterwards with what was acknowledged, or with what an undisturbed build makes.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from artifact.common.files import read_record, write_atomically
from artifact.common.provenance import Hardware

STORED = Path(__file__).with_suffix(".json")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Exchange(_Record):
    """What was acknowledged, set against what is stored.

    Attributes:
        requests: sent by participants, repetitions included.
        acknowledged: answers (one a trial) that the server said it had stored, of people who
            did not leave.
        lost: of these, the answers that the database lacks or holds differently.
        doubled: rows, of any table, beyond one for each participant and trial.
        unasked: stored answers that nobody sent.
    """

    requests: int
    acknowledged: int
    lost: int
    doubled: int
    unasked: int


class LoadRun(_Record):
    """Many participants at once.

    Attributes:
        participants: that arrived at the same moment.
        left: of these, left half-way; as many others arrived for them, again at once.
        finished: participants with a completion code.
        groups: finished participants by group.
        widest: greatest difference between two groups in any snapshot of the database taken
            while people arrived and nobody had left.
        snapshots: taken then.
        seconds: from the first request to the last.
        slowest_ms: time of the slowest acknowledgement, waiting in the server included.
    """

    command: str
    seed: int
    hardware: Hardware
    participants: int
    left: int
    finished: int
    groups: dict[str, int]
    widest: int
    snapshots: int
    seconds: float
    slowest_ms: float
    exchange: Exchange

    @property
    def holds(self) -> bool:
        """Nothing lost or doubled, everyone finished, the groups even."""
        return (
            _sound(self.exchange)
            and self.finished == self.participants
            and self.widest <= 1
            and max(self.groups.values()) - min(self.groups.values()) <= 1
        )


class KillRun(_Record):
    """The server killed with SIGKILL while answers came in, and started again.

    Attributes:
        participants: at work all the while; they repeat what was not acknowledged.
        kills: times that the server was killed.
        acknowledged_at_kills: answers acknowledged before each kill.
        missing_at_kills: of these, those that the database lacked right after the kill.
        finished: participants with a completion code in the end.
    """

    command: str
    seed: int
    hardware: Hardware
    participants: int
    kills: int
    acknowledged_at_kills: tuple[int, ...]
    missing_at_kills: int
    finished: int
    seconds: float
    exchange: Exchange

    @property
    def holds(self) -> bool:
        """Every acknowledged answer is there after each kill, and all could finish."""
        return (
            _sound(self.exchange)
            and self.missing_at_kills == 0
            and self.finished == self.participants
        )


class HostileRun(_Record):
    """Malformed and hostile requests against a server with participants in it.

    Attributes:
        requests: sent.
        kinds: requests by what is wrong with them.
        statuses: answers by HTTP status.
        not_refused: kinds of the requests that were answered otherwise than expected (always
            with a 4xx).
        closed: connections closed for a request that never came, besides `requests`.
        database_unchanged: the dump of the database is the same as before.
        files_unchanged: the page's files, the key and the list of files are the same as before.
        log_silent: the server's log holds no address, token, id or text of a request.
    """

    command: str
    seed: int
    hardware: Hardware
    requests: int
    kinds: dict[str, int]
    statuses: dict[str, int]
    not_refused: tuple[str, ...]
    closed: int
    database_unchanged: bool
    files_unchanged: bool
    log_silent: bool
    seconds: float

    @property
    def holds(self) -> bool:
        """All were refused, nothing changed, and nothing was written down."""
        unchanged = self.database_unchanged and self.files_unchanged
        return not self.not_refused and unchanged and self.log_silent


class BookKillRun(_Record):
    """`artifact run` and `artifact book` killed part-way, and then run to completion.

    Attributes:
        profile: that was run.
        kills: of the command's whole process group, at moments drawn from the time of a build.
        at_work: number of kills by the command and the program it was running.
        left_behind: programs that a killed command had started and that were still running ten
            seconds later.
        builds: that ran to completion, killed part-way or not at all, and were compared with the
            undisturbed one.
        files: of the undisturbed build.
        differing: files of any build with other bytes, and those that only one of the two has.
    """

    command: str
    seed: int
    hardware: Hardware
    profile: str
    kills: int
    at_work: dict[str, int]
    left_behind: int
    builds: int
    files: int
    differing: tuple[str, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Every build is the undisturbed one, and nothing outlives its command."""
        return self.builds > 0 and not (self.differing or self.left_behind)


class Tried(_Record):
    """Faults of one kind.

    Attributes:
        tried: their number; seeds count up from 0.
        refused: in one line that says what is wrong.
        read: damages that leave a file readable.
    """

    tried: int
    refused: int
    read: int


class GeneratedFaults(_Record):
    """Command lines and damaged files made from seeds; a traceback, a second line or a case beyond
    its bounds of time and memory ends the command before anything is stored.

    Attributes:
        kinds: by what was damaged, or by the kind of command line.
    """

    command: str
    hardware: Hardware
    kinds: dict[str, Tried]

    @property
    def holds(self) -> bool:
        """Every case was refused or read."""
        return bool(self.kinds) and all(
            it.refused + it.read == it.tried for it in self.kinds.values()
        )


class ReliabilityRuns(_Record):
    """The latest run of each benchmark; None for one not made yet."""

    load: LoadRun | None = None
    kill: KillRun | None = None
    hostile: HostileRun | None = None
    book: BookKillRun | None = None
    faults: GeneratedFaults | None = None

    @property
    def made(self) -> tuple[ReliabilityRun, ...]:
        """Those that were made."""
        runs = (self.load, self.kill, self.hostile, self.book, self.faults)
        return tuple(run for run in runs if run is not None)


ReliabilityRun = LoadRun | KillRun | HostileRun | BookKillRun | GeneratedFaults

FIELDS: dict[type[ReliabilityRun], str] = {
    LoadRun: "load",
    KillRun: "kill",
    HostileRun: "hostile",
    BookKillRun: "book",
    GeneratedFaults: "faults",
}


def read_runs(path: Path = STORED) -> ReliabilityRuns:
    """The stored runs.

    Raises:
        InputError: there are none, or a field is not as it should be.
    """
    return read_record(path, ReliabilityRuns)


def store_run(run: ReliabilityRun, path: Path = STORED) -> None:
    """Replace the stored run of its kind by `run`."""
    runs = read_runs(path) if path.exists() else ReliabilityRuns()
    runs = runs.model_copy(update={FIELDS[type(run)]: run})
    write_atomically(path, runs.model_dump_json(indent=2) + "\n")


def _sound(exchange: Exchange) -> bool:
    return exchange.lost == exchange.doubled == exchange.unasked == 0
