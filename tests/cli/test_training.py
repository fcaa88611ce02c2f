"""The commands of a run: a spec becomes a run, and what is wrong with either is one line."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
import yaml

from artifact import datasets
from artifact.common import paths
from artifact.datasets import problem_files
from artifact.sft import run_folder
from artifact.sft.generate import generate
from artifact.sft.models import out_of_memory
from artifact.sft.run_folder import Run
from artifact.sft.spec import RECIPES, resolve
from artifact.sft.train import train

if TYPE_CHECKING:
    from conftest import Command, Done

FIELDS: dict[str, Any] = {
    "model": "tiny-qwen3",
    "dataset": "babi",
    "recipe": "smoke",
    "variant": "correct",
    "n": 60,
    "train": 16,
    "test": 6,
    "optimisation": {"epochs": 5},
    "decoding": {"batch": 4, "max_new_tokens": 12},
}
PROGRESS = re.compile(
    r"tiny-qwen3 on babi, correct, seed 0: "
    r"(?:training: (\d+) of 20, loss \d+\.\d{3}|forcing traces: \d+ of \d+), about \d+ s left"
)


@pytest.fixture
def run(command_line: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """The command line, with runs in a new folder."""
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    return command_line


def written(path: Path, **changed: Any) -> Path:
    path.write_text(yaml.safe_dump(FIELDS | changed), encoding="utf-8")
    return path


# From spec to score


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Tests share the machine, and products this small gain nothing from a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`FIELDS` trained and answered without a break."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "RUNS", tmp_path_factory.mktemp("runs"))
        return generate(train(resolve(FIELDS)))


def artifact(root: Path, *words: str | Path) -> subprocess.Popen[str]:
    """Start the installed command, with all that it makes below `root`."""
    return subprocess.Popen(
        [Path(sys.executable).with_name("artifact"), *words],
        env={**os.environ, "ARTIFACT_ROOT": str(root), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name != "posix", reason="kills a process as posix does")
def test_the_installed_command_is_killed_and_comes_to_the_same(
    straight: Run, tmp_path: Path
) -> None:
    spec, run = written(tmp_path / "spec.yaml"), Run(tmp_path / "runs" / straight.folder.name)
    killed = artifact(tmp_path, "train", spec)
    while killed.poll() is None and not [*run.folder.glob("checkpoints/checkpoint-4/whole")]:
        time.sleep(0.001)
    killed.kill()
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert not (run.folder / run_folder.RECORD).exists()

    again = artifact(tmp_path, "train", spec)
    out, err = again.communicate()
    assert (again.returncode, out) == (0, f"{run.folder}\n")
    told = [PROGRESS.fullmatch(line) for line in err.splitlines()]
    assert all(told), f"more than progress: {err}"
    assert told[0] is not None
    assert int(told[0][1]) > 4, "it began anew"
    mine, theirs = run.record.training, straight.record.training
    assert mine is not None
    assert theirs is not None
    assert mine.curve == theirs.curve


def test_what_was_made_is_found_and_scored(run: Command, straight: Run, tmp_path: Path) -> None:
    shutil.copytree(straight.folder, paths.RUNS / straight.folder.name)
    name = straight.folder.name
    predictions = paths.RUNS / name / run_folder.PREDICTIONS
    assert run("generate", name) == (0, f"{predictions}\n", "")
    forced = run("intervene", name)
    assert (forced.code, forced.out) == (0, f"{paths.RUNS / name / run_folder.INTERVENTIONS}\n")
    assert all(PROGRESS.fullmatch(line) for line in forced.err.splitlines())
    scored = run("evaluate", "--run", name[:6], "--json", tmp_path / "e.json")
    assert (scored.code, scored.err) == (0, "")
    assert scored.out.startswith(f"run {name}, seed 0\n")
    found = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert (found["model"], found["variant"], found["n"]) == ("tiny-qwen3", "correct", 6)
    assert (found["dataset"], found["semantics"]) == ("babi", "strict")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--dataset babi", "field 'run': a run has its own dataset; leave out --dataset"),
        ("--variant correct", "field 'run': a run has its own variant; leave out --variant"),
        (
            "--semantics released",
            "field 'semantics': the release's scoring is for its own outputs only",
        ),
        ("--semantics lenient", "field 'semantics': no semantics is called 'lenient'"),
    ],
)
def test_a_run_is_scored_by_what_it_is(run: Command, straight: Run, words: str, said: str) -> None:
    assert_one_line(run("evaluate", "--run", straight.folder, *words.split()), said)


# What is wrong with a spec


def assert_one_line(done: Done, start: str, rest: str = "") -> None:
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith(f"artifact: {start}")
    assert rest in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"model": "tiny-lama"}, "model", "did you mean tiny-llama?"),
        ({"dataset": "triviaqa"}, "dataset", f"choose one of {', '.join(datasets.names())}"),
        ({"variant": "corect"}, "variant", "choose one of vanilla, correct, incorrect"),
        (
            {"recipe": "desktop"},
            "recipe",
            f"choose one of {', '.join(RECIPES)}",
        ),
        ({"lora": {"rank": -1}}, "lora.rank", "greater than or equal to 1"),
        ({"train": 0}, "train", "greater than or equal to 1"),
        ({"test": -1}, "test", "greater than or equal to 1"),
        ({"seed": -1}, "seed", "greater than or equal to 0"),
        ({"optimisation": {"learning_rate": float("nan")}}, "optimisation.learning_rate", "finite"),
        ({"epochs": 3}, "epochs", "Extra inputs are not permitted"),
        ({"n": "many"}, "n", "a valid integer"),
        ({"variant": "filler", "corruption": 0.5}, "corruption", "is a share of correct traces"),
        ({"source": "web"}, "source", "write lookalike[:SIZE] | release:DIR"),
        ({"train": 999}, "train", "not 999"),
        ({"test": 999}, "test", "not 999"),
        ({"train": None}, "train", "look-alikes are unlimited"),
        ({"optimisation": {"max_length": 5}}, "optimisation.max_length", "all 16 examples are"),
    ],
)
def test_a_fault_of_a_spec_is_one_line_with_file_and_field(
    run: Command, tmp_path: Path, change: dict[str, Any], field: str, said: str
) -> None:
    path = written(tmp_path / "spec.yaml", **change)
    assert_one_line(run("train", path), f"{path}, field '{field}': ", said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no fields"),
        ("just words", "holds no fields"),
        ("model: [tiny-llama", "is not YAML"),
        ("model: tiny-llama\n dataset: babi", "line 2: is not YAML"),
    ],
)
def test_a_file_that_holds_no_spec_is_one_line(
    run: Command, tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(content, encoding="utf-8")
    assert_one_line(run("train", path), str(path), said)


def test_a_spec_that_is_not_there_is_one_line(run: Command, tmp_path: Path) -> None:
    assert_one_line(run("train", tmp_path / "x.yaml"), f"{tmp_path / 'x.yaml'}: no such file")
    assert_one_line(run("train", tmp_path), f"{tmp_path}: is a folder")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (0, "file:DATA: holds no problems"),
        (1, "SPEC, field 'test': the source has 0, not one"),
    ],
)
def test_data_without_problems_are_one_line(
    run: Command, tmp_path: Path, lines: int, said: str
) -> None:
    data = tmp_path / "problems.jsonl"
    problem_files.write(datasets.get("babi").lookalikes.generate(1, 0)[:lines], data)
    spec = written(tmp_path / "spec.yaml", source=f"file:{data}", train=None, test=None)
    expected = said.replace("DATA", str(data)).replace("SPEC", str(spec))
    assert_one_line(run("train", spec), expected)


def test_a_machine_too_small_is_one_line(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out_of_memory, "memory_bytes", lambda: 10**9)
    path = written(tmp_path / "spec.yaml")
    assert_one_line(
        run("train", path), f"{path}, field 'model': tiny-qwen3 needs about", "GB of memory on"
    )


def test_four_bits_without_a_gpu_are_one_line(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    path = written(tmp_path / "spec.yaml", lora={"quantise": True})
    assert_one_line(run("train", path), f"{path}, field 'quantise': ", "need a CUDA GPU")


# What is wrong with a run


@pytest.mark.parametrize("command", ["generate", "intervene", "evaluate --run"])
def test_a_run_that_is_not_there_is_one_line(run: Command, command: str) -> None:
    for name in ("abc", "/nowhere/at/all", "*"):
        done = run(*command.split(), name)
        assert_one_line(done, f"{paths.RUNS}, field 'run': there is no run '{name}'; give the fold")


@pytest.mark.parametrize("command", ["generate", "intervene", "evaluate --run"])
def test_a_name_of_two_runs_is_one_line(run: Command, command: str) -> None:
    for name in ("abc1", "abc2"):
        (paths.RUNS / name).mkdir(parents=True)
        (paths.RUNS / name / run_folder.RECORD).touch()
    done = run(*command.split(), "abc")
    assert_one_line(
        done, f"{paths.RUNS}, field 'run': 2 runs start with 'abc'; give the folder of a run"
    )


@pytest.mark.parametrize("command", ["generate", "intervene", "evaluate --run"])
def test_a_damaged_run_is_one_line(run: Command, command: str) -> None:
    (paths.RUNS / "abc").mkdir(parents=True)
    (paths.RUNS / "abc" / run_folder.RECORD).write_text("{", encoding="utf-8")
    assert_one_line(run(*command.split(), "abc"), str(paths.RUNS / "abc" / run_folder.RECORD))


@pytest.mark.parametrize(
    ("change", "command", "said"),
    [
        ({"generation": None}, "intervene", "has no predictions yet; run `artifact generate"),
        ({"generation": None}, "evaluate --run", "has no predictions yet; run `artifact generate"),
        ({"variant": "vanilla"}, "intervene", "was trained without traces"),
    ],
)
def test_a_run_of_which_that_can_not_be_asked_is_one_line(
    run: Command,
    straight: Run,
    tmp_path: Path,
    changed: Any,
    change: dict[str, Any],
    command: str,
    said: str,
) -> None:
    copy = Run(tmp_path / straight.folder.name)
    shutil.copytree(straight.folder, copy.folder)
    record = copy.record
    if "variant" in change:
        change = {"spec": record.spec.model_copy(update=change)}
    copy = changed(copy, **change)
    assert_one_line(run(*command.split(), copy.folder), str(copy.folder), said)


def test_a_run_without_its_adapter_is_one_line(run: Command, straight: Run, tmp_path: Path) -> None:
    copy = tmp_path / straight.folder.name
    shutil.copytree(straight.folder, copy)
    shutil.rmtree(copy / run_folder.ADAPTER)
    assert_one_line(run("intervene", copy), f"{copy / run_folder.ADAPTER}: holds no adapter; train")


def test_a_run_in_use_ends_with_1(run: Command, straight: Run, tmp_path: Path) -> None:
    copy = Run(tmp_path / straight.folder.name)
    shutil.copytree(straight.folder, copy.folder)
    copy.write(copy.record.model_copy(update={"generation": None}))
    with copy.locked():
        done = run("generate", copy.folder)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"artifact: {copy.folder}: another process is working on this run; wait for it to end\n"
    )
