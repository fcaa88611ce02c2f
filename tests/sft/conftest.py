"""Runs of tiny models that several test files look at, each trained once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from artifact import paths
from artifact.sft import generate, train
from artifact.sft.runs import Run
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
            name: SMALL[name] | fields[name] for name in fields if isinstance(fields[name], dict)
        }
        return resolve(SMALL | fields | parts)

    return changed


@pytest.fixture(scope="session")
def answered(small: SpecOf, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`SMALL`, trained and answered in this process without a break; not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "RUNS", tmp_path_factory.mktemp("runs"))
        return generate.generate(train.train(small()))
