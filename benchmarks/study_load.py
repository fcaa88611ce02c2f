"""Many simulated participants at once over real HTTP: is anything lost, doubled or unbalanced?

    python benchmarks/study_load.py [--participants 200] [--seed 1] [--store]

All arrive at the same moment; one in ten leaves half-way, and as many others arrive for them at
once; then everyone works through the session, sending one request in five twice.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

from study_server import Caller, Server, report
from study_visitor import Visitor, at_once, exchange

from artifact.book.measurements.reliability import LoadRun
from artifact.common.provenance import hardware
from artifact.study.collection.database import open_database
from artifact.study.collection.sessions import read_database

LEAVING = 10
"""One participant in so many leaves."""


class Watch:
    """The difference between the largest and the smallest group, looked at again and again."""

    def __init__(self, server: Server) -> None:
        self._server, self._over = server, threading.Event()
        self.differences: list[int] = []
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        groups = dict.fromkeys(self._server.manifest.groups, 0)
        query = "SELECT study_group, count(*) FROM participants GROUP BY study_group"
        with closing(open_database(self._server.database)) as rows:
            while not self._over.wait(0.005):
                counts = (groups | dict(rows.execute(query))).values()
                self.differences.append(max(counts) - min(counts))


def run(participants: int, seed: int, folder: Path, command: str) -> LoadRun:
    """The whole run, in a folder of its own."""
    rng = Random(seed)
    with Server(folder) as server:

        def arrive(number: int) -> Visitor:
            caller = Caller(server.port)
            return Visitor(number, server.manifest, caller, Random(f"{seed} {number}"))

        start = time.perf_counter()
        people = [arrive(number) for number in range(participants)]
        with Watch(server) as watch:
            at_once([person.enrol for person in people])
        leavers = rng.sample(people, participants // LEAVING)
        at_once([partial(person.answer, trials=4) for person in leavers])
        at_once([person.leave for person in leavers])
        people += [arrive(participants + number) for number in range(len(leavers))]
        at_once([person.enrol for person in people[participants:]])
        staying = [person for person in people if not person.left]
        at_once([person.answer for person in staying])
        at_once([person.finish for person in staying])
        seconds = time.perf_counter() - start
        for person in people:
            person.caller.close()
    stored = read_database(server.database).participants
    codes = {person.name: person.code for person in staying}
    finished = [person for person in stored if person.code == codes.get(person.name, "")]
    return LoadRun(
        command=command,
        seed=seed,
        hardware=hardware(),
        participants=participants,
        left=len(leavers),
        finished=len(finished),
        groups=dict(sorted(Counter(person.group for person in finished).items())),
        widest=max(watch.differences),
        snapshots=len(watch.differences),
        seconds=round(seconds, 1),
        slowest_ms=round(1000 * max(max(person.waits) for person in people)),
        exchange=exchange(people, server.database),
    )


def main() -> None:
    """Run, print, and with ``--store`` keep the counts; exit 1 if anything does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", action="store_true")
    options = parser.parse_args()
    size = f"--participants {options.participants} --seed {options.seed}"
    command = f"python benchmarks/study_load.py {size}"
    with tempfile.TemporaryDirectory() as folder:
        report(run(options.participants, options.seed, Path(folder), command), options.store)


if __name__ == "__main__":
    main()
