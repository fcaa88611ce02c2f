"""Generated faults: command lines and damaged files, from a seed; `make faults` tries many of them.

Whatever is wrong, a command ends within bounds of time and memory, with exit code 1 or 2 and one
line that says what; a file is read, or refused in one line. FAULTS says how many of each are tried.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from artifact.book import typed_numbers
from artifact.book.measurements.reliability import Tried
from artifact.cli.main import app
from artifact.common import paths
from artifact.common.errors import ArtifactError
from artifact.common.fetch.release import read_hashes
from artifact.common.intake import Intake
from artifact.datasets.sources import load
from artifact.decomposition.teacher.prompts import OWN_PROMPTS, read_prompts
from artifact.evaluation.predictions import read_predictions
from artifact.sft import grid, spec
from artifact.sft.run_folder import Run
from artifact.study.instrument.items import DEFAULT_ITEMS, load_items
from artifact.study.instrument.manifest import MANIFEST
from artifact.study.instrument.ratings import GROUPS
from artifact.study.instrument.ratings_file import read_ratings
from artifact.study.instrument.texts import DEFAULT_TEXTS, load_texts
from artifact.workflow import results, section_inputs

from .conftest import Command

TRIED = int(os.environ.get("FAULTS", "60"))
SECONDS, MEGABYTES = 30, 1500
"""That one case may take, and that all of them may add to this process."""

PROJECT = Path(__file__).parents[1]
EXAMPLES = PROJECT / "book" / "examples"
RUN = next(it.parent for it in sorted((PROJECT / "reference" / "runs").glob("*/predictions.jsonl")))


@contextmanager
def bounded() -> Iterator[None]:
    """Fail if what is done inside takes too long, or too much memory."""

    def late(_number: int, _frame: object) -> None:
        pytest.fail(f"still at work after {SECONDS} s")

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024


# Command lines


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that name it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
    else:
        for name, each in inner.items():
            yield from leaves(each, (*words, name))


COMMANDS = list(leaves(typer.main.get_command(app)))
NOT_NUMBERS = ("x", "1.5.2", "0x10", "", " ", "1e", "--", "9" * 400, "½", "\x00", "None", "1;2")
NOT_PLACES = (
    "/nowhere/at/all",
    "/dev/null/x",
    "\u202e",
    "a" * 5000,
    "",
    "~nobody/x",
    "file:",
    "..",
)


def bad_option(option: Any, draw: random.Random) -> list[str]:
    """The option with a value that can't be meant."""
    name = draw.choice(option.opts)
    if option.is_flag:
        return [f"{name}=x"]
    numbers = option.bare_type() in ("int", "float")
    return [name, draw.choice(NOT_NUMBERS if numbers else NOT_PLACES)]


def generated_line(draw: random.Random) -> list[str]:
    """A command of this artifact with one word in it that is wrong for sure, and some that may
    be."""
    words, command = draw.choice(COMMANDS)
    options = [it for it in command.params if it.param_type_name == "option" and it.opts]
    options = [it for it in options if "--help" not in it.opts]
    given = [bad_option(it, draw) for it in draw.sample(options, k=min(len(options), 2))]
    wrong = draw.choice(
        [
            [f"--{draw.choice(['no-such', 'formt', 'seeed', 'dry'])}"],
            ["--no-such=1", "--no-such=2"],
            [f"-{draw.choice('qzxk')}", "1"],
        ]
    )
    parts = [*given, wrong]
    draw.shuffle(parts)
    return [*words, *(word for part in parts for word in part)]


def test_a_generated_command_line_is_refused_in_one_line(
    project: Path, command_line: Command, monkeypatch: pytest.MonkeyPatch, tally: dict[str, Tried]
) -> None:
    monkeypatch.chdir(project)
    before = sorted(project.rglob("*"))
    for number in range(TRIED):
        words = generated_line(random.Random(number))
        with bounded():
            done = command_line(*words)
        assert done.code == 2, (number, words, done)
        assert done.err.startswith("artifact: "), (number, words, done.err)
        assert done.err.count("\n") == 1, (number, words, done.err)
        assert not done.out, (number, words, done.out)
    assert sorted(project.rglob("*")) == before
    tally["command lines with a wrong word"] = Tried(tried=TRIED, refused=TRIED, read=0)


DEEP = (
    ("data", "check", "file:{file}", "--dataset", "babi"),
    ("decompose", "--dataset", "babi", "--source", "file:{file}", "--out", "{out}"),
    ("evaluate", "--dataset", "babi", "--predictions", "{file}", "--source", "file:{problems}"),
    ("compare", "{file}", "{file}", "--dataset", "babi", "--source", "file:{problems}"),
    ("study", "analyse", "{file}"),
    ("study", "export", "--db", "{file}", "--out", "{out}"),
    ("study", "serve", "--db", "{file}", "--page", "{page}", "--port", "0"),
    ("train", "{file}", "-p", "model=nobody"),
    ("intervene", "{file}"),
    ("run", "--dry-run", "--section", "user_study", "-p", "ratings={file}"),
    ("run", "--dry-run", "-p", "seed={number}"),
    ("run", "--dry-run", "--section", "decomposition", "-p", "n={number}"),
    ("study", "simulate", "--out", "{out}/x.csv", "--seed", "{number}"),
    ("data", "check", "lookalike", "--dataset", "babi", "--seed", "{number}"),
)
"""Commands that come as far as a file or a number; each is given one that can't be used."""

NUMBERS = ("-1", "inf", "nan", "1e3", str(2**32), str(10**18), "1" + "0" * 400, "0.5", "１x")


def built_page(folder: Path) -> Path:
    """What a server reads of a page."""
    record = {
        "version": "0" * 64,
        "design": "between",
        "arms": GROUPS,
        "per_group": 25,
        "problems": [{"id": "problem-1"}],
        "questionnaire": load_items().model_dump(mode="json"),
    }
    folder.mkdir()
    (folder / MANIFEST).write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_a_command_with_a_file_or_a_number_that_cannot_be_used_is_one_line(
    project: Path,
    command_line: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tally: dict[str, Tried],
) -> None:
    monkeypatch.chdir(project)
    place, page = tmp_path / "damaged", built_page(tmp_path / "page")
    for number in range(TRIED):
        draw = random.Random(number)
        place.write_bytes(draw.choice([b"\xff\xfe", b"{", b"\x00" * 9, b"[" * 5000, b"a: *b", b""]))
        words = [
            word.format(
                file=place,
                out=tmp_path / "out",
                page=page,
                problems=EXAMPLES / "problems.jsonl",
                number=draw.choice(NUMBERS),
            )
            for word in draw.choice(DEEP)
        ]
        with bounded():
            done = command_line(*words)
        assert done.code in (1, 2), (number, words, done)
        assert "No such option" not in done.err
        assert done.err.startswith("artifact: "), (number, words, done.err)
        assert done.err.count("\n") == 1, (number, words, done.err)
    tally["command lines with an unusable file or number"] = Tried(
        tried=TRIED, refused=TRIED, read=0
    )


# Files


@dataclass(frozen=True)
class Kind:
    """A kind of file: how a good one comes about, and what reads it."""

    make: Callable[[Path], Path]
    read: Callable[[Path], object]


def copy_of(source: Path) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        return Path(shutil.copy(source, folder / source.name))

    return make


def run_file(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        shutil.copytree(RUN, folder / RUN.name)
        return folder / RUN.name / name

    return make


def results_file(folder: Path) -> Path:
    value = results.Value(value=35, unit="count", evidence="simulated", n=36)
    found = results.SectionResult.of("s", parameters={}, source="none", values={"right": value})
    results.write(found, folder / "s.json")
    return folder / "s.json"


def numbers_read(path: Path) -> object:
    shutil.copy(path, paths.BOOK / typed_numbers.LISTED)
    return typed_numbers.listed()


def answers_read(path: Path) -> object:
    problems = load(f"file:{EXAMPLES / 'problems.jsonl'}", "babi").problems
    return read_predictions(path, problems)


KINDS = {
    "problems": Kind(copy_of(EXAMPLES / "problems.jsonl"), lambda it: load(f"file:{it}", "babi")),
    "predictions": Kind(copy_of(EXAMPLES / "predictions.jsonl"), answers_read),
    "ratings": Kind(copy_of(EXAMPLES / "ratings.csv"), read_ratings),
    "ratings, faults skipped": Kind(
        copy_of(EXAMPLES / "ratings.csv"), lambda it: read_ratings(it, Intake(skip_bad=True))
    ),
    "spec": Kind(copy_of(EXAMPLES / "spec.yaml"), spec.read),
    "grids": Kind(copy_of(PROJECT / "reference" / "grids.yaml"), grid.read),
    "run's record": Kind(run_file("run.json"), lambda it: Run(it.parent).check()),
    "run's answers": Kind(run_file("predictions.jsonl"), lambda it: Run(it.parent).predictions),
    "results": Kind(results_file, results.read),
    "notebook": Kind(
        copy_of(PROJECT / "notebooks" / "user_study.ipynb"), section_inputs.read_notebook
    ),
    "items": Kind(copy_of(DEFAULT_ITEMS), load_items),
    "texts": Kind(copy_of(DEFAULT_TEXTS), load_texts),
    "prompts": Kind(copy_of(OWN_PROMPTS), read_prompts),
    "hashes": Kind(copy_of(PROJECT / "src/artifact/common/fetch/release_hashes.json"), read_hashes),
    "list of numbers": Kind(copy_of(PROJECT / "book" / "numbers.yml"), numbers_read),
}


def damaged(content: bytes, draw: random.Random) -> bytes:
    """The content after one fault."""
    place = draw.randrange(len(content))
    lines = content.split(b"\n")
    line = draw.randrange(len(lines))
    return draw.choice(
        [
            b"",
            content[:place],
            content[:place] + b"\x00" + content[place:],
            content[:place] + b"\xff" + content[place:],
            content[:place] + bytes([draw.randrange(256)]) + content[place + 1 :],
            content[:place] + b"[" * 5000 + content[place:],
            content[:place] + b'"a": &a [*a, *a], ' + content[place:],
            content[:place] + b"1e999" + content[place + 1 :],
            content[:place] + b"\\ud800" + content[place:],
            b"\n".join([*lines[:line], lines[line], *lines[line:]]),
            b"\n".join([*lines[:line], *lines[line + 1 :]]),
            b"\n".join([*lines[:line], lines[line].replace(b'"', b""), *lines[line + 1 :]]),
            content.replace(b": ", b": -", 3),
            content * 2,
            b"null",
            b"[]",
            b"{}",
            b"\xff\xfe" + content,
            b"\x1f\x8b" + content,
        ]
    )


def refusal(read: Callable[[Path], object], path: Path) -> str:
    """What a reader says of a damaged file; "" if it takes it."""
    said = ""
    try:
        with bounded():
            read(path)
    except ArtifactError as error:
        said = str(error)
    assert "\n" not in said
    return said


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_file_is_read_or_refused_in_one_line(
    name: str, project: Path, tmp_path: Path, tally: dict[str, Tried]
) -> None:
    kind = KINDS[name]
    path = kind.make(tmp_path)
    content = path.read_bytes()
    kind.read(path)
    said: Counter[bool] = Counter()
    for number in range(TRIED):
        path.write_bytes(damaged(content, random.Random(f"{name} {number}")))
        said[bool(refusal(kind.read, path))] += 1
    assert said[True]
    tally[f"file: {name}"] = Tried(tried=TRIED, refused=said[True], read=said[False])
