"""Runs of tiny models that several test files look at, and the command line in processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml

from artifact.common import paths
from artifact.sft import generate, train
from artifact.sft.run_folder import Run
from artifact.sft.spec import Spec, resolve

SMALL: dict[str, Any] = {
    "model": "tiny-llama",
    "dataset": "babi",
    "recipe": "smoke",
    "variant": "correct",
    "n": 60,
    "train": 16,
    "test": 6,
    "lora": {"dropout": 0.1},
    "optimisation": {"epochs": 2, "learning_rate": 0.02},
    "decoding": {"batch": 4, "max_new_tokens": 12},
}
"""Eight steps with a checkpoint after every second one, then two batches of answers."""

SpecOf = Callable[..., Spec]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Tests share the machine, and products this small gain nothing from a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's own runs go."""
    folder = tmp_path / "runs"
    monkeypatch.setattr(paths, "RUNS", folder)
    return folder


@pytest.fixture(scope="session")
def small() -> SpecOf:
    """`SMALL` as a spec, with other values for some of its fields."""

    def changed(**fields: Any) -> Spec:
        parts = {
            name: SMALL.get(name, {}) | fields[name]
            for name in fields
            if isinstance(fields[name], dict)
        }
        return resolve(SMALL | fields | parts)

    return changed


@pytest.fixture(scope="session")
def answered(small: SpecOf, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`SMALL`, trained and answered in this process without a break; not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "RUNS", tmp_path_factory.mktemp("runs"))
        return generate.generate(train.train(small()))


COMMAND = """
import os, signal, sys
import torch
from pathlib import Path
from artifact.cli.main import main
from artifact.common import json_lines, paths
from artifact.sft import generate, run_folder, train, trainer

def die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

torch.set_num_threads(1)
for stream, name in ((sys.stdout, "out"), (sys.stderr, "err")):
    with open(Path({folder!r}) / name, "w") as file:
        os.dup2(file.fileno(), stream.fileno())
paths.RUNS = Path({runs!r})
sys.argv = ["artifact", *{words!r}]
{sabotage}
main()
"""
PATIENCE = 120
"""Seconds after which a process counts as stuck."""


@pytest.fixture
def command(runs_folder: Path, tmp_path: Path) -> Callable[..., SimpleNamespace]:
    """Run the command line in a process of its own, with this test's folder of runs.

    Its argument `sabotage` is code that runs first, in which `die` is what a SIGKILL does. The
    process is forked off one that has imported the libraries and computed nothing, which saves
    seconds each time.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["artifact.cli.main", "artifact.sft.train", "artifact.sft.generate"]
    )

    def run(*words: str | Path, sabotage: str = "") -> SimpleNamespace:
        code = COMMAND.format(
            folder=str(tmp_path), runs=str(runs_folder), words=[*map(str, words)], sabotage=sabotage
        )
        process = context.Process(target=exec, args=(code, {}))
        process.start()
        process.join(PATIENCE)
        assert process.exitcode is not None, "the command is stuck"
        said = [(tmp_path / name).read_text(encoding="utf-8") for name in ("out", "err")]
        return SimpleNamespace(code=process.exitcode, out=said[0], err=said[1])

    return run


@pytest.fixture
def spec_file(small: SpecOf, tmp_path: Path) -> Callable[..., Path]:
    """Write `SMALL`, with changes, to a file."""

    def write(**fields: Any) -> Path:
        path = tmp_path / "spec.yaml"
        path.write_text(yaml.safe_dump(small(**fields).model_dump(mode="json")), encoding="utf-8")
        return path

    return write
