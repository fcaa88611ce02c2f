"""A simulated participant, and the comparison of all that they were told with what is stored."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from study_server import Caller, timed

from artifact.book.measurements.reliability import Exchange
from artifact.study.collection.sessions import read_database
from artifact.study.instrument.items import POINTS
from artifact.study.instrument.manifest import Manifest

Content = tuple[str, str, float]
"""An answer: trial, answers as sorted JSON, seconds."""


@dataclass
class Visitor:
    """Someone who answers at random, by seed, and sends one request in five twice."""

    number: int
    manifest: Manifest
    caller: Caller
    rng: Random
    token: str = ""
    group: str = ""
    code: str = ""
    left: bool = False
    acknowledged: set[Content] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._secret = f"{self.rng.getrandbits(256):064x}"

    @property
    def name(self) -> str:
        """What the database calls them."""
        return self.token.partition(".")[0]

    def told(self) -> set[Content]:
        """The answers acknowledged so far."""
        with self._lock:
            return set(self.acknowledged)

    def enrol(self) -> None:
        """Get a place, the same one when asked twice."""
        body = {"secret": self._secret, "pid": f"visitor{self.number}", "study": "load"}
        for said in self._ask("enrol", body):
            self.token, self.group = str(said["token"]), str(said["group"])
            self.problems = [str(problem) for problem in said["problems"]]
        self._ahead = list(self._session())

    def answer(self, trials: int | None = None) -> None:
        """Answer all that lies ahead, or the next `trials`."""
        now, self._ahead = self._ahead[:trials], self._ahead[len(self._ahead[:trials]) :]
        for body in now:
            for _ in self._ask("answers", body):
                answers = json.dumps(body["answers"], sort_keys=True)
                with self._lock:
                    self.acknowledged.add((body["trial"], answers, body["seconds"]))

    def finish(self) -> None:
        """Get the completion code."""
        codes = {str(said["code"]) for said in self._ask("finish", {})}
        (self.code,) = codes

    def leave(self) -> None:
        """Withdraw."""
        for _ in self._ask("leave", {}):
            self.left = True

    def _ask(self, path: str, body: dict[str, object]) -> Iterator[dict[str, object]]:
        for _ in range(1 + (self.rng.random() < 0.2)):
            with timed(self.waits):
                status, said = self.caller.post(path, body, self.token)
            if status not in (200, 201):
                raise RuntimeError(f"visitor {self.number}: {path} was answered {status} {said}")
            yield said

    def _session(self) -> Iterator[dict[str, object]]:
        asked = self.manifest.questionnaire
        yield self._trial("consent", "consent", {"consent": True})
        yield self._trial("practice", "practice", self._points(item.id for item in asked.items))
        for problem in self.problems:
            items = self.manifest.asked(self.group, problem)
            yield self._trial("problem", problem, self._points(item.id for item in items))
        for check in asked.checks:
            yield self._trial("check", check.id, self._points([check.id]))
        words = f"visitor {self.number} says <b>ünï</b> 'quoted'; -- {self.rng.random()}"
        yield self._trial("comment", asked.comment.id, {asked.comment.id: words})

    def _points(self, ids: Iterable[str]) -> dict[str, int]:
        return {name: self.rng.randint(1, POINTS) for name in ids}

    def _trial(self, kind: str, trial: str, answers: dict[str, object]) -> dict[str, object]:
        seconds = round(self.rng.uniform(1, 90), 3)
        return {"trial": trial, "kind": kind, "answers": answers, "seconds": seconds}


def at_once(tasks: Sequence[Callable[[], None]]) -> None:
    """Run all the calls at once, each in a thread that waits for the others before it begins.

    Raises:
        RuntimeError: one of them failed.
    """
    gate = threading.Barrier(len(tasks))
    failures: list[BaseException] = []

    def run(task: Callable[[], None]) -> None:
        try:
            gate.wait()
            task()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{len(failures)} of {len(tasks)} failed; the first: {failures[0]!r}")


def missing(told: dict[str, set[Content]], database: Path) -> int:
    """Acknowledged answers, by participant, that the database does not hold as sent."""
    stored = _stored(database)
    return sum(len(answers - stored.get(name, set())) for name, answers in told.items())


def exchange(visitors: Sequence[Visitor], database: Path) -> Exchange:
    """Everything acknowledged against everything stored."""
    stored = _stored(database)
    told = {visitor.name: set() if visitor.left else visitor.told() for visitor in visitors}
    trials = Counter((name, trial) for name, answers in stored.items() for trial, *_ in answers)
    twice = sum(count - 1 for count in trials.values()) + len(stored.keys() - told.keys())
    return Exchange(
        requests=sum(visitor.caller.requests for visitor in visitors),
        acknowledged=sum(map(len, told.values())),
        lost=missing(told, database),
        doubled=twice,
        unasked=sum(len(stored[name] - told.get(name, set())) for name in stored),
    )


def _stored(database: Path) -> dict[str, set[Content]]:
    return {
        person.name: {
            (trial, json.dumps(answer.values, sort_keys=True), answer.seconds)
            for trial, answer in person.answers.items()
        }
        for person in read_database(database).participants
    }
