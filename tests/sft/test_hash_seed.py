"""What is drawn depends on seeds alone, not on the order that a process gives its sets.

Within one process a draw in the order of a set repeats itself, so no other test sees it; in a grid,
where every run is a process, each kind of trace would be trained on other problems.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256

from artifact import datasets
from artifact.decomposition import traces
from artifact.sft.forced_traces import forced_traces, own_trace, rival_of
from artifact.sft.run_data import problem_set
from artifact.sft.spec import Spec, resolve

HASH_SEEDS = ("1", "2")
N, TRAIN, TEST = 90, 30, 15
NAMES = list(set(traces.KINDS))
"""In the order of a set."""


def drawn() -> dict[str, str]:
    """All that is drawn for runs on look-alikes, by name; a hash where it is long."""
    found = {}
    for name in datasets.names():
        dataset = datasets.get(name)
        if dataset.lookalikes.draw_sized:
            found[f"{name}, sized"] = _hash(list(dataset.lookalikes.draw_sized(10, 5, 8)))
        for kind in traces.offered(dataset):
            found[f"{name}, {kind}"] = _hash(problem_set(_spec(name, variant=kind)))
        found[f"{name}, dose"] = _hash(problem_set(_spec(name, corruption=0.5, seed=4)))
        test = problem_set(_spec(name)).test
        for problem in test:
            turn = traces.render(dataset, problem, "correct")
            forced = forced_traces(dataset, problem, own_trace(dataset, problem, turn), test)
            for kind, trace in forced.items():
                found[f"{problem.id} after {kind}"] = _hash(trace)
            found[f"{problem.id}, rival"] = _hash(rival_of(forced, problem, test))
    return found


def _spec(dataset: str, **fields: object) -> Spec:
    small = {"model": "tiny-llama", "n": N, "train": TRAIN, "test": TEST, "data_seed": 5}
    return resolve({**small, "dataset": dataset, "variant": "correct", **fields})


def _hash(value: object) -> str:
    return sha256(repr(value).encode()).hexdigest()


def test_processes_that_order_their_sets_differently_draw_the_same() -> None:
    code = f"import json; from {__name__} import NAMES, drawn; print(json.dumps([NAMES, drawn()]))"
    answers = []
    for seed in HASH_SEEDS:
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, check=True
        )
        answers.append(json.loads(done.stdout))
    (names, first), (other_names, second) = answers
    assert names != other_names, "else this test could not fail"
    assert len(first) > len(datasets.names()) * (TEST + len(traces.KINDS))
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] != second[name]} == set()
