from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from artifact.common import paths
from artifact.common.errors import CheckError, InputError, InputsError
from artifact.sft.missing_runs import finished, train_missing
from artifact.sft.run_folder import INTERVENTIONS, PREDICTIONS, RECORD
from artifact.workflow import lock, section_inputs, snakemake
from artifact.workflow.parameters import resolve
from artifact.workflow.run import explain, run
from artifact.workflow.sections import SECTIONS

SLEEP = """\
import os, time
open("kernel", "w").write(str(os.getpid()))
time.sleep(600)"""

COMMAND = [sys.executable, "-c", "from artifact.cli.main import main; main()", "run"]
SMALL = ["model=tiny-llama", "n=60", "train=8", "test=4", "variants=correct"]

Lines = pytest.CaptureFixture[str]


def pages() -> dict[str, bytes]:
    return {section: section_inputs.executed_path(section).read_bytes() for section in SECTIONS}


def said(captured: Lines) -> list[str]:
    return captured.readouterr().out.splitlines()


def executed_sections(captured: pytest.CaptureFixture[bytes]) -> set[str]:
    """The sections that a process started by the run said it executes."""
    lines = captured.readouterr().out.decode().splitlines()
    return {line.partition(":")[0] for line in lines if line.endswith(": executing")}


def appeared(path: Path) -> str:
    """The content of a file that another process writes within half a minute."""
    for _ in range(300):
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.1)
    pytest.fail(f"{path} did not appear")


def gone(process: int) -> bool:
    """Whether a process has ended within a few seconds."""
    for _ in range(30):
        if not Path(f"/proc/{process}").exists():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("reasons", "dry_run", "line"),
    [
        ([], False, "user_study is up to date"),
        (["a", "b"], False, "user_study runs: a; b"),
        (["a"], True, "user_study would run: a"),
    ],
)
def test_why_a_section_runs(reasons: list[str], dry_run: bool, line: str) -> None:
    assert explain("user_study", reasons, dry_run=dry_run) == line


def test_only_what_changed_runs_again(
    sections: None, write_executed, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for section in ("decomposition", "sft_variants"):
        write_executed(section, profile="smoke")
    run("smoke")
    assert executed_sections(capfdbinary) == set(SECTIONS) - {"decomposition", "sft_variants"}
    first = pages()

    run("smoke")
    assert executed_sections(capfdbinary) == set()
    assert pages() == first

    run("smoke", "step_evaluation", ["model=Llama-3.2-1B-Instruct"])
    assert executed_sections(capfdbinary) == {"step_evaluation"}
    second = pages()
    assert [name for name in SECTIONS if first[name] != second[name]] == ["step_evaluation"]

    run("smoke")
    assert executed_sections(capfdbinary) == {"step_evaluation"}
    assert pages() == first, "back to the profile's own parameters"


def test_a_dry_run_says_why_and_writes_nothing(
    sections: None, write_executed, monkeypatch: pytest.MonkeyPatch, capsys: Lines
) -> None:
    write_executed("user_study", profile="smoke")
    free = SimpleNamespace(available=9_000_000_000)
    monkeypatch.setattr(snakemake.psutil, "virtual_memory", lambda: free)
    before = sorted(paths.ROOT.rglob("*"))
    run("smoke", overrides=["seed=30"], dry_run=True)
    assert said(capsys) == [
        "profile smoke, seed=30",
        "decomposition would run: it has not been executed",
        "released_variants would run: it has not been executed",
        "sft_variants would run: it has not been executed",
        "  tiny-llama on babi, vanilla, seed 0: would be trained and answered",
        "  tiny-llama on babi, correct, seed 0: would be trained and answered, "
        "answered after forced traces",
        "  tiny-llama on babi, incorrect, seed 0: would be trained and answered",
        "  tiny-llama on babi, verbose, seed 0: would be trained and answered",
        "step_evaluation would run: it has not been executed",
        "user_study would run: parameter seed 0 -> 30",
        *(f"{name} would run: it has not been executed" for name in list(SECTIONS)[5:]),
        "model       dataset  to do  done  h per run  hours  GPU hours  memory  disk",
        "tiny-llama  babi         4     0       0.02   0.07       0.00  3.9 GB  0 MB",
        "hours are estimated from parameters and tokens, with assumed rates for tiny-llama",
        "weights take another 0 MB of disk",
        "4 models to train or query, 2 at a time, each in up to 3.9 GB of the 9.0 GB that jobs may "
        f"take; {len(SECTIONS)} notebooks to execute",
    ]
    assert sorted(paths.ROOT.rglob("*")) == before


def test_a_section_that_is_left_alone_though_out_of_date_is_named(
    sections: None, write_executed, write_notebook, capsys: Lines
) -> None:
    write_executed("user_study")
    write_notebook("user_study", prose="# Changed")
    run("smoke", "decomposition", dry_run=True)
    assert said(capsys)[1:] == [
        "decomposition would run: it has not been executed",
        "1 notebook to execute",
        "user_study is left alone, though out of date: its notebook changed",
    ]


def test_a_section_left_alone_whose_last_run_no_longer_fits_stops_nothing(
    sections: None, write_executed, capsys: Lines
) -> None:
    page = write_executed("user_study")
    notebook = nbformat.read(page, as_version=4)
    notebook.metadata[section_inputs.METADATA]["inputs"]["parameters"] = {"former": 1}
    nbformat.write(notebook, page)
    run("smoke", "decomposition", dry_run=True)
    assert "user_study is left alone, though out of date: field 'former'" in said(capsys)[-1]


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("section", "override", "said"),
    [
        (
            "step_evaluation",
            "model=nope",
            "field 'model': no numbers of nope; choose one of Llama",
        ),
        ("step_evaluation", "dataset=marco", "no numbers of Qwen3-1.7B on MARCO QA"),
        ("step_evaluation", "dataset=bbi", "no dataset is called 'bbi'; did you mean babi"),
        ("step_evaluation", "release=EMPTY", "holds no stored outputs of the release"),
        ("step_evaluation", "source=release:EMPTY", "holds no stored outputs of the release"),
        (
            "released_variants",
            "models=nope",
            "field 'models': no numbers of nope; choose one of Llama",
        ),
        ("sft_variants", "model=nope", "no model is called 'nope'"),
        ("user_study", "ratings=EMPTY/r.csv", "r.csv: no such file"),
        ("decomposition", "source=file:bad.csv", "bad.csv, line 1: is not valid JSON"),
        ("step_evaluation", "predictions=no.jsonl", "no.jsonl: no such file"),
        ("sft_variants", "predictions=no.jsonl", "no.jsonl: no such file"),
        (
            "sft_variants",
            "predictions=other.jsonl",
            "other.jsonl, line 1, field 'id': no problem",
        ),
        (
            "step_evaluation",
            "predictions=other.jsonl",
            "other.jsonl, line 1, field 'id': no problem",
        ),
        (
            "step_evaluation",
            "variant=corect",
            "no trace kind is called 'corect'; did you mean corr",
        ),
        ("step_evaluation", "source=file:bad.csv", "bad.csv, line 1: is not valid JSON"),
        ("user_study", "ratings=bad.csv", "bad.csv, field 'participant': is missing"),
        ("user_study", "per_group=1", "cannot be met by so few people"),
        ("sft_variants", "n=1", "field 'train': the source has 1, not 24; ask for 1 or fewer"),
        ("user_study", "comprehension=bad.csv", "belongs to a study whose ratings were not given"),
    ],
)
def test_what_a_cell_would_stop_at_is_refused_before_a_kernel_and_spoils_no_page(
    section: str,
    override: str,
    said: str,
    dry_run: bool,
    sections: None,
    write_executed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "bad.csv").write_text("name\nAda\n")
    (tmp_path / "other.jsonl").write_text('{"id": "another", "prediction": "x"}\n')
    monkeypatch.chdir(tmp_path)
    good = write_executed(section, profile="smoke").read_bytes()
    before = section_inputs.requested(section)
    with pytest.raises(InputError) as caught:
        run("smoke", section, [override], dry_run=dry_run)
    assert said in str(caught.value)
    assert section_inputs.executed_path(section).read_bytes() == good
    assert section_inputs.requested(section) == before


def test_a_failure_keeps_the_last_good_page_and_runs_again_next_time(
    write_executed, write_notebook, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    good = write_executed("user_study", profile="smoke").read_bytes()
    write_notebook("user_study", code="1 / 0")
    for _ in range(2):
        capfdbinary.readouterr()
        with pytest.raises(CheckError) as caught:
            run("smoke", "user_study")
        assert executed_sections(capfdbinary) == {"user_study"}
        assert str(caught.value) == (
            "section user_study failed in cell 3 (In [3]: 1 / 0): ZeroDivisionError: division by "
            "zero; kept as results/failed/user_study.ipynb"
        )
    assert section_inputs.executed_path("user_study").read_bytes() == good

    write_notebook("user_study")
    run("smoke", "user_study")
    assert executed_sections(capfdbinary) == set(), "the last good page is of these inputs"


def test_input_at_which_a_cell_stops_is_the_readers_fault(
    write_executed, write_notebook, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    write_executed("user_study", profile="smoke")
    stop = "from artifact.common.errors import InputError\nraise InputError('is odd', field='n')"
    write_notebook("user_study", code=stop)
    with pytest.raises(InputsError) as caught:
        run("smoke", "user_study")
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("section user_study: field 'n': is odd (in cell 3 ")


def test_nothing_is_announced_before_all_input_is_checked(sections: None, capsys: Lines) -> None:
    with pytest.raises(InputError, match=r"section sft_variants, field 'train': .*; ask for 1 "):
        run("smoke", overrides=["n=1"], dry_run=True)
    assert said(capsys) == []


def test_each_failure_is_a_line_and_the_other_sections_go_on(
    sections: None, write_executed, write_notebook
) -> None:
    write_executed("sft_variants", profile="smoke")
    for section in ("decomposition", "step_evaluation"):
        write_notebook(section, code="1 / 0")
    with pytest.raises(CheckError) as caught:
        run("smoke")
    assert [line.partition(" in cell")[0] for line in str(caught.value).splitlines()] == [
        "section decomposition failed",
        "section step_evaluation failed",
    ]
    assert [name for name in SECTIONS if section_inputs.executed_path(name).exists()] == [
        "released_variants",
        "sft_variants",
        "user_study",
    ]


def test_a_section_whose_runs_are_there_trains_nothing(
    sections: None, write_run, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    overrides = [*SMALL, "interventions="]
    for spec in resolve("smoke", overrides, "sft_variants")["sft_variants"].specs:
        write_run(spec)
    run("smoke", "sft_variants", overrides)
    assert executed_sections(capfdbinary) == {"sft_variants"}
    run("smoke", "sft_variants", overrides)
    assert executed_sections(capfdbinary) == set(), "the page is still that of its inputs"
    shutil.rmtree(paths.RUNS)
    run("smoke", "sft_variants", overrides, dry_run=True)
    assert re.search(rb"sft_variants would run: run \w+ is gone", capfdbinary.readouterr().out)


def test_a_run_that_fails_is_a_line_and_its_section_keeps_its_last_good_page(
    sections: None,
    write_executed,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    good = write_executed("sft_variants", profile="smoke").read_bytes()
    for section in ("decomposition", "step_evaluation"):
        write_executed(section, profile="laptop")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(paths.ROOT / "hub"))
    with pytest.raises(InputsError) as caught:
        run("laptop", overrides=[*SMALL[1:], "model=Qwen3-1.7B"])
    (line,) = str(caught.value).splitlines()
    (log,) = paths.RESULTS.glob("logs/run_*.log")
    assert line.startswith("run Qwen3-1.7B on babi, correct, seed 0 failed: ")
    assert line.endswith(f"(see results/logs/{log.name})")
    assert "user_study" in executed_sections(capfdbinary)
    assert section_inputs.executed_path("sft_variants").read_bytes() == good


def test_training_that_was_stopped_gives_what_it_gives_in_one_go(
    write_notebook, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    write_notebook("sft_variants")
    overrides = [*SMALL, "n=400", "train=160"]
    arguments = [part for override in overrides for part in ("-p", override)]
    process = subprocess.Popen(
        [*COMMAND, "--profile", "smoke", "--section", "sft_variants", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    begun = next(line for line in process.stdout if "training: " in line)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert begun.startswith("tiny-llama on babi, correct, seed 0: training: ")
    assert begun.endswith(" s left\n")
    (stopped,) = paths.RUNS.iterdir()
    assert not (stopped / RECORD).exists()

    run("smoke", "sft_variants", overrides)
    assert executed_sections(capfdbinary) == {"sft_variants"}
    (spec,) = resolve("smoke", overrides, "sft_variants")["sft_variants"].specs
    resumed = finished([spec])[spec]
    assert resumed.folder == stopped
    files = (PREDICTIONS, INTERVENTIONS)
    by_halves = [(resumed.folder / name).read_bytes() for name in files]
    assert all(by_halves)
    curve = resumed.record.training.curve
    shutil.rmtree(stopped)
    train_missing([spec], ["correct"])
    assert [(resumed.folder / name).read_bytes() for name in files] == by_halves
    assert resumed.record.training.curve == curve


def test_two_commands_at_once_are_refused(sections: None) -> None:
    with (
        lock.exclusive("artifact book"),
        pytest.raises(CheckError, match=r"^`artifact book` .* is running here"),
    ):
        run("smoke", "user_study")
    assert section_inputs.requested("user_study") is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_nothing_at_work_and_the_next_one_finishes(
    write_executed, write_notebook, number: signal.Signals
) -> None:
    """A signal to the whole foreground group (Ctrl-C) or to the command alone (`kill`)."""
    good = write_executed("user_study", profile="smoke").read_bytes()
    write_notebook("user_study", code=SLEEP)
    process = subprocess.Popen(
        [*COMMAND, "--profile", "smoke", "--section", "user_study"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    kernel = int(appeared(paths.ROOT / "kernel"))
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, said = process.communicate()
    assert process.returncode == 128 + number
    assert said == (
        f"artifact: stopped by {number.name}; what is finished is kept; "
        "run the same command again to continue\n"
    )
    assert gone(kernel)
    assert section_inputs.executed_path("user_study").read_bytes() == good

    write_notebook("user_study", prose="# Mended")
    run("smoke", "user_study")
    assert "# Mended" in section_inputs.executed_path("user_study").read_text()


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "its kernel died"),
        ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", "it was killed by SIGKILL"),
    ],
)
def test_a_section_whose_processes_are_killed_ends_in_one_line(
    write_notebook, code: str, cause: str
) -> None:
    write_notebook("user_study", code=code)
    with pytest.raises(CheckError) as caught:
        run("smoke", "user_study")
    first, *more = str(caught.value).splitlines()
    assert first.startswith(f"section user_study failed: {cause} (out of memory?)")
    assert not more


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"executor": "cloud"}, "no executor is called 'cloud'; local or slurm"),
        ({"executor": "slurm"}, "sbatch is not on PATH"),
        ({"profile": "huge"}, "no profile is called 'huge'"),
        ({"section": "userstudy"}, "no section is called 'userstudy'; did you mean user_study?"),
        ({"overrides": ["modell=x"]}, "'modell': is not a parameter of any section; did you mean"),
    ],
)
def test_bad_arguments_run_nothing(
    sections: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict[str, str],
    message: str,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        run(**{"profile": "smoke"} | arguments)
    assert not paths.RESULTS.exists()
