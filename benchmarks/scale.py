"""Does scoring, and does decomposition, take as long for an output of many as for one of few?

    ARTIFACT_RELEASE=DIR OMP_NUM_THREADS=1 python benchmarks/scale.py [--n N ...] [--store]

Scores generated outputs under both semantics and decomposes generated problems, each number in a
process of its own, and scores what the release stores, where it is at hand. An output is a rendered
trace, correct or incorrect, and half of them end in another problem's answer; or, where a thousand
problems share the outputs, a label and up to four facts drawn from the context, and an answer,
right or not. Steps are scored as released for stored outputs alone: others are in none of the
release's tables. How that grows is seen by scoring stored outputs again and again until there are
as many as generated ones. Outputs that share problems, and stored ones, are scored three times,
and the middle one of the times stands. bAbI stops at 50,000 problems, since its places and compass
points allow no more stories of one type.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TypeVar

from artifact import datasets
from artifact.book.measurements.scale import Leg, ScaleRun, as_table, store_run
from artifact.common.provenance import collect
from artifact.datasets import sources
from artifact.datasets.dataset import Dataset
from artifact.datasets.release_records import StoredOutput
from artifact.decomposition.traces import render
from artifact.evaluation.evaluate import stored_outputs
from artifact.evaluation.evaluation import Semantics
from artifact.evaluation.scoring import score_outputs

MOST = {"babi": 50_000}
SHARED = 1000
"""Problems that share the outputs where these are many."""
TIMES = 3
"""How often each leg of a few seconds is run: one run in several is slower by a quarter."""
KIB = 1024
"""In which Linux gives the peak of a process's memory."""
DECOMPOSE = """
import atexit, re
from pathlib import Path
status = Path("/proc/self/status")
atexit.register(lambda: print(re.search(r"VmHWM:\\s*(\\d+) kB", status.read_text())[1]))
from artifact.cli.main import main
main()
"""
"""``artifact decompose`` that prints its peak last: what `resource` tells of a child counts the
memory of the process that started it."""
Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Processor seconds of this process, and what came out."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def generated(dataset: Dataset, n: int) -> list[StoredOutput]:
    """Outputs to problems that share no fact; every second answer is another problem's."""
    problems, rng = sources.load("lookalike", dataset, n=n).problems, Random(0)
    outputs = []
    for number, problem in enumerate(problems):
        trace, _, answer = render(dataset, problem, rng.choice(["correct", "incorrect"])).partition(
            "<answer>"
        )
        if number % 2:
            other = problems[rng.randrange(len(problems))]
            answer = f"{dataset.template.answer(other.answers)}</answer>"
        text = f"{trace}<answer>{answer}"
        outputs.append(StoredOutput(problem, text, problem.answers, f"output {number}"))
    return outputs


def shared(dataset: Dataset, n: int) -> list[StoredOutput]:
    """Outputs to `SHARED` problems in turn, hardly any two alike."""
    problems, rng = sources.load("lookalike", dataset, n=SHARED).problems, Random(0)
    outputs = []
    for number in range(n):
        problem = problems[number % SHARED]
        facts = rng.sample(problem.context, min(len(problem.context), rng.randint(1, 4)))
        answers = rng.choice([problem, problems[rng.randrange(SHARED)]]).answers
        trace = dataset.template.trace(rng.choice(dataset.labels), facts)
        text = f"<think>{trace}</think><answer>{dataset.template.answer(answers)}</answer>"
        outputs.append(StoredOutput(problem, text, problem.answers, f"output {number}"))
    return outputs


def stored(dataset: Dataset, semantics: Semantics, root: Path, least: int) -> tuple[int, float]:
    """How many outputs were scored, and the seconds it took: all that the release stores, once or,
    until there are at least `least`, again and again. Whole texts are not remembered from one time
    to the next; problems, single facts and answers are, as from one model to another."""
    assert dataset.release is not None
    runs = [
        (variant, stored_outputs(dataset, root, model, variant).outputs)
        for model, variant in dataset.release.scoring.list_stored(root)
    ]
    once = sum(len(outputs) for _, outputs in runs)
    copies = max(1, -(-least // once)) if once else 0
    seconds = 0.0
    for variant, outputs in runs:
        repeated = outputs * copies
        took, _ = timed(
            lambda repeated=repeated, variant=variant: score_outputs(
                dataset, repeated, variant, semantics, root=root
            )
        )
        seconds += took
    return once * copies, seconds


def decomposed(name: str, n: int) -> tuple[float, int]:
    """Processor seconds and peak memory, in bytes, of ``artifact decompose``."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", DECOMPOSE, "decompose", "--dataset", name]
        options = ["--n", str(n), "--out", folder]
        done = subprocess.run([*command, *options], stdout=subprocess.PIPE, check=True, text=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, int(done.stdout.split()[-1]) * KIB


def leg(name: str, work: str, texts: str, n: int) -> Leg:
    """One piece of work, here and now."""
    dataset = datasets.get(name)
    if work == "decomposed":
        seconds, peak = decomposed(name, n)
    elif texts.startswith("stored"):
        semantics: Semantics = "strict" if work == "scored strictly" else "released"
        n, seconds = stored(dataset, semantics, Path(os.environ["ARTIFACT_RELEASE"]), n)
    else:
        outputs = generated(dataset, n) if texts == "generated" else shared(dataset, n)
        seconds, _ = timed(lambda: score_outputs(dataset, outputs, "correct", "strict"))
    if work != "decomposed":
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB
    return Leg(
        dataset=name,
        work=work,
        texts=texts,
        n=n,
        cpu_seconds=round(seconds, 3),
        peak_bytes=peak,
    )


def legs(sizes: list[int]) -> list[tuple[str, str, str, int]]:
    """What is to be done."""
    found = []
    for name in datasets.names():
        bounded = sorted({min(n, MOST.get(name, n)) for n in sizes})
        for work in ("scored strictly", "decomposed"):
            found += [(name, work, "generated", n) for n in bounded]
        found += [(name, "scored strictly", "generated, shared", n) for n in sizes if n > SHARED]
        if datasets.get(name).release is not None and os.environ.get("ARTIFACT_RELEASE"):
            for work in ("scored strictly", "scored as released"):
                found += [(name, work, "stored", 0), (name, work, "stored, repeated", max(sizes))]
    return found


def in_own_process(each: tuple[str, str, str, int]) -> Leg:
    """One piece of work, with caches that no other has filled."""
    command = [sys.executable, __file__, "--leg", *map(str, each)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return Leg.model_validate(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Run every leg in a process of its own, print, and with ``--store`` keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", nargs="+", type=int, default=[1000, 10_000, 100_000])
    parser.add_argument("--store", action="store_true", help="keep the figures for the book")
    parser.add_argument("--leg", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.leg:
        name, work, texts, n = options.leg
        print(leg(name, work, texts, int(n)).model_dump_json())
        return
    measured = []
    for each in legs(options.n):
        times = 1 if "generated" in each else TIMES
        runs = [in_own_process(each) for _ in range(times)]
        found = sorted(runs, key=lambda it: it.cpu_seconds)[times // 2]
        print(*each, *(it.cpu_seconds for it in runs), file=sys.stderr, flush=True)
        if found.n:
            measured.append(found)
    run = ScaleRun(
        command=" ".join(["python benchmarks/scale.py", *sys.argv[1:]]),
        provenance=collect(),
        load=os.getloadavg()[0],
        legs=tuple(measured),
    )
    for row in as_table(run).rows:
        print(*row, sep="\t")
    if options.store:
        store_run(run)


if __name__ == "__main__":
    main()
