"""Malformed and hostile requests: is every one refused, and does nothing change?

    python benchmarks/study_hostile.py [--every 1] [--slow 10] [--store]

The server holds participants who are at work, have finished and have left. Each request goes out
on a connection of its own, must get a 4xx that refuses it for its fault, and the dump of the
database, the page's files and the key must be the same before and after.
"""

from __future__ import annotations

import argparse
import hashlib
import socket
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from random import Random

from study_attacks import SCRIPT, SECRET, SQL, Attack, Holder, Targets, attacks
from study_server import HOST, Caller, Server, report
from study_visitor import Visitor

from artifact.book.measurements.reliability import HostileRun
from artifact.common.provenance import hardware
from artifact.study.collection.database import open_database

HOLDERS = 8
"""Participants whose tokens the attacker holds; one alone would meet the limit of their rate."""

SEED = 3


def run(every: int, slow: int, folder: Path, command: str) -> HostileRun:
    """One request in `every`, and `slow` connections that hold back a body or a head."""
    start = time.perf_counter()
    with Server(folder) as server:
        targets = _inhabit(server)
        before = _state(server)
        chosen = list(attacks(targets))[::every]
        held = [_Held(server.port, whole=number % 2 == 0) for number in range(slow)]
        statuses = {attack: _status(attack, server.port) for attack in chosen}
        for connection in held:
            connection.join()
        after = _state(server)
    bodies = [connection.answer for connection in held if connection.whole]
    heads = [connection.answer for connection in held if not connection.whole]
    wrong = [
        f"{attack.kind}, {attack.name}: {status}"
        for attack, status in statuses.items()
        if status not in attack.refused
    ]
    wrong += [f"slow body: {status}" for status in bodies if status != 408]
    wrong += [f"slow head: {status}" for status in heads if status is not None]
    kinds = Counter(attack.kind for attack in chosen) + Counter({"slow body": len(bodies)})
    answered = Counter(str(status) for status in [*statuses.values(), *bodies])
    return HostileRun(
        command=command,
        seed=SEED,
        hardware=hardware(),
        requests=len(chosen) + len(bodies),
        kinds=dict(sorted(kinds.items())),
        statuses=dict(sorted(answered.items())),
        not_refused=tuple(wrong),
        closed=len(heads),
        database_unchanged=before[0] == after[0],
        files_unchanged=before[1] == after[1],
        log_silent=_is_silent(server.log, targets),
        seconds=round(time.perf_counter() - start, 1),
    )


def _inhabit(server: Server) -> Targets:
    """Participants at work, one who finished and one who left."""
    people = [
        Visitor(number, server.manifest, Caller(server.port), Random(f"{SEED} {number}"))
        for number in range(HOLDERS + 2)
    ]
    *holders, finished, left = people
    asked = server.manifest.asked
    for person in people:
        person.enrol()
        person.answer(trials=3)  # consent, practice and the first problem
    finished.answer()
    finished.finish()
    left.leave()
    for person in people:
        person.caller.close()
    return Targets(
        holders=tuple(
            Holder(
                token=person.token,
                items=tuple(item.id for item in asked(person.group, person.problems[1])),
                answered=person.problems[0],
                ahead=person.problems[1],
            )
            for person in holders
        ),
        left=left.token,
        finished=finished.token,
        pid="visitor0",
    )


def _status(attack: Attack, port: int) -> int | None:
    """The status of the answer; None if the connection was closed without one."""
    with closing(socket.create_connection((HOST, port), timeout=30)) as connection:
        # What is refused before all of it was sent has its answer waiting to be read.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(attack.sent)
        return _read_status(connection)


def _read_status(connection: socket.socket) -> int | None:
    try:
        line = connection.makefile("rb").readline()
    except ConnectionResetError:
        return None
    return int(line.split()[1]) if line.startswith(b"HTTP/1.1 ") else None


class _Held(threading.Thread):
    """A connection that sends a part and waits: of the body, or of the head."""

    def __init__(self, port: int, *, whole: bool) -> None:
        super().__init__()
        self.whole, self.answer = whole, None
        self._connection = socket.create_connection((HOST, port), timeout=60)
        self.start()

    def run(self) -> None:
        head = b"POST /api/enrol HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        rest = b'Content-Length: 90\r\n\r\n{"secret": "' if self.whole else b"Content-Le"
        with closing(self._connection):
            self._connection.sendall(head + rest)
            self.answer = _read_status(self._connection)


def _is_silent(log: Path, targets: Targets) -> bool:
    written = log.read_text(encoding="utf-8", errors="replace")
    tokens = [part for who in targets.holders for part in who.token.split(".")]
    private = (HOST, "localhost", targets.pid, SECRET, "passwd", *SQL, *SCRIPT, *tokens)
    return not any(text in written for text in private)


def _state(server: Server) -> tuple[str, dict[str, str]]:
    """Hash of the database's dump, and of every other file of the server."""
    with closing(open_database(server.database)) as rows:
        dump = "\n".join(rows.iterdump())
    files = {
        str(path.relative_to(server.page.parent)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in (server.page, server.database.parent)
        for path in sorted(folder.rglob("*"))
        if not path.name.startswith(f"{server.database.name}-") and path != server.database
    }
    names = sorted(path.name for path in server.database.parent.iterdir())
    return hashlib.sha256(dump.encode()).hexdigest(), files | {"names": ", ".join(names)}


def main() -> None:
    """Run, print, and with ``--store`` keep the counts; exit 1 if anything does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--slow", type=int, default=10)
    parser.add_argument("--store", action="store_true")
    options = parser.parse_args()
    command = f"python benchmarks/study_hostile.py --every {options.every} --slow {options.slow}"
    with tempfile.TemporaryDirectory() as folder:
        report(run(options.every, options.slow, Path(folder), command), options.store)


if __name__ == "__main__":
    main()
