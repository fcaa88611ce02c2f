"""Fixtures that every test may use."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from artifact import datasets
from artifact.cli.main import main
from artifact.common.json_lines import JsonLines
from artifact.common.provenance import collect
from artifact.decomposition import traces
from artifact.sft import run_data
from artifact.sft.forced_traces import Intervention
from artifact.sft.run_folder import (
    INTERVENTIONS,
    PREDICTIONS,
    Generation,
    LossAt,
    Numerics,
    Prediction,
    Record,
    Run,
    Training,
    identity,
)
from artifact.sft.spec import resolve


class Done(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in this process, as its entry point does."""

    def call(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["artifact", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return call


@pytest.fixture(scope="session")
def release() -> Path:
    """The paper's release, read in place; skipped with a reason where it is not at hand."""
    named = os.environ.get("ARTIFACT_RELEASE")
    if named and Path(named).is_dir():
        return Path(named).resolve()
    reason = "the paper's release is not at hand: set ARTIFACT_RELEASE to its folder"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Write a finished run without training one: folder, which answers are right, spec's fields.

    The traces are those of the variant, incorrect where ``astray`` says so, and a wrong answer is
    nobody's. ``forced`` names traces
    to force, each with which answers are right after it.
    """
    return _make_run


def _make_run(
    runs: Path,
    right: Callable[[int], bool],
    *,
    forced: Mapping[str, Callable[[int], bool]] = MappingProxyType({}),
    astray: Callable[[int], bool] = lambda place: False,
    threads: int = 1,
    **fields: Any,
) -> Run:
    small = {"model": "tiny-llama", "dataset": "babi", "n": 60, "train": 4, "test": 8}
    wanted = resolve(small | {"recipe": "smoke", "variant": "correct"} | fields)
    dataset, problems = datasets.get(wanted.dataset), run_data.test_problems(wanted)
    stated = dataset.template.answer
    named = identity(wanted, "data", "weights", Numerics(device="cpu", dtype="x", threads=threads))
    run = Run(runs / named.hash)
    run.folder.mkdir(parents=True)
    run.write(
        Record(
            run=named.hash,
            **{name: getattr(named, name) for name in type(named).model_fields},
            provenance=collect(),
            training=Training(
                examples=4, too_long=0, left_out=(), tokens=100, target_tokens=80,
                mean_target_tokens=4.0 if wanted.variant == "vanilla" else 20.0 + wanted.seed,
                mean_prompt_tokens=5.0, longest=40, trainable=9, seconds=1.5, peak_bytes=1,
                curve=tuple(LossAt(step=s, epoch=s / 4, loss=2 / s) for s in range(1, 5)),
            ),
            generation=Generation(predictions=8, truncated=0, mean_tokens=9.0, seconds=0.5),
        )
    )  # fmt: skip
    predictions = []
    for place, problem in enumerate(problems):
        kind = "incorrect" if astray(place) else wanted.variant
        text = traces.render(dataset, problem, kind, others=problems)
        if not right(place):
            text = text.partition("<answer>")[0] + "<answer>nobody</answer>"
        about = {"id": problem.id, "category": problem.category, "tokens": 9, "truncated": False}
        predictions.append(Prediction(prediction=text, **about))
    JsonLines(run.folder / PREDICTIONS).append(*predictions)
    if forced:
        JsonLines(run.folder / INTERVENTIONS).append(
            *[
                Intervention(
                    id=problem.id,
                    category=problem.category,
                    forced=name,
                    points_to=("elsewhere",) if name == "misleading" else problem.answers,
                    prediction="<answer>"
                    + (stated(problem.answers) if ok(place) else "elsewhere")
                    + "</answer>",
                    tokens=3,
                    truncated=False,
                )
                for name, ok in forced.items()
                for place, problem in enumerate(problems)
            ]
        )
    return run
