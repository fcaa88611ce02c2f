"""The server killed with SIGKILL while answers come in: is every acknowledged answer there?

    python benchmarks/study_kill.py [--participants 60] [--kills 8] [--seed 2] [--store]

After each kill, before the server is started again, the database is opened and must hold every
answer that was acknowledged so far. Participants repeat what was not acknowledged, and all must
get through in the end. A killed process leaves the system's own file cache alive: what outlives
a loss of power rests on SQLite's ``synchronous=FULL``, which this run does not try.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path
from random import Random

from study_server import Caller, Server, report
from study_visitor import Visitor, at_once, exchange, missing

from artifact.book.measurements.reliability import KillRun
from artifact.common.provenance import hardware
from artifact.study.collection.sessions import read_database


def run(participants: int, kills: int, seed: int, folder: Path, command: str) -> KillRun:
    """The whole run, in a folder of its own."""
    rng = Random(seed)
    with Server(folder) as server:
        people = [
            Visitor(number, server.manifest, Caller(server.port), Random(f"{seed} {number}"))
            for number in range(participants)
        ]

        def session(person: Visitor) -> None:
            person.enrol()
            person.answer()
            person.finish()

        start = time.perf_counter()
        work = threading.Thread(
            target=at_once, args=([lambda p=person: session(p) for person in people],)
        )
        work.start()
        acknowledged, lacking = [], 0
        for number in range(1, kills + 1):
            _wait_for(people, share=number / (kills + 1))
            time.sleep(rng.uniform(0, 0.05))
            server.kill()
            told = {person.name: person.told() for person in people if person.name}
            acknowledged.append(sum(map(len, told.values())))
            lacking += missing(told, server.database)
            server.start()
        work.join()
        seconds = time.perf_counter() - start
        for person in people:
            person.caller.close()
    stored = read_database(server.database).participants
    codes = {person.name: person.code for person in people}
    return KillRun(
        command=command,
        seed=seed,
        hardware=hardware(),
        participants=participants,
        kills=kills,
        acknowledged_at_kills=tuple(acknowledged),
        missing_at_kills=lacking,
        finished=sum(person.code == codes.get(person.name, "") for person in stored),
        seconds=round(seconds, 1),
        exchange=exchange(people, server.database),
    )


def _wait_for(people: list[Visitor], share: float) -> None:
    """Until the share of all answers was acknowledged."""
    manifest = people[0].manifest
    trials = 3 + len(manifest.problems) + len(manifest.questionnaire.checks)
    until = time.monotonic() + 120
    while sum(len(person.told()) for person in people) < share * trials * len(people):
        if time.monotonic() > until:
            raise TimeoutError("the participants are stuck")
        time.sleep(0.002)


def main() -> None:
    """Run, print, and with ``--store`` keep the counts; exit 1 if anything does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=60)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--store", action="store_true")
    options = parser.parse_args()
    size = f"--participants {options.participants} --kills {options.kills} --seed {options.seed}"
    with tempfile.TemporaryDirectory() as folder:
        done = run(
            options.participants,
            options.kills,
            options.seed,
            Path(folder),
            f"python benchmarks/study_kill.py {size}",
        )
        report(done, options.store)


if __name__ == "__main__":
    main()
