"""Later runs of the release, from a local repository to figures: invented files in its names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from artifact.claims import snapshot
from artifact.common import fetch
from artifact.common.fetch.later_commits import LATER_RUNS, LaterRuns, fetch_later
from artifact.datasets import get
from tests.common.fetch.local_git import commit, git
from tests.conftest import Command

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

COTEMPQA = get("cotempqa")
MODEL = "Qwen3-1.7B"
PROBLEMS = [
    problem
    for problem in COTEMPQA.lookalikes.generate(200, 1)
    if problem.category == "mix" and str(problem.meta["triple_element"]).startswith("S1")
][:4]
CUT = "<think>" + " ".join(fact for problem in PROBLEMS for fact in problem.context)
"""As an output ends that reaches its limit of tokens: in the middle of a trace."""


def lines(*texts: str) -> str:
    """A file of generations."""
    rows = [
        {
            "input": {"text": "not used"},
            "prediction": text.format(answer=COTEMPQA.template.answer(problem.answers)),
            "gold": list(problem.answers),
            "triple_element": problem.meta["triple_element"],
            "question": problem.question,
            "facts": list(problem.context),
        }
        for problem, text in zip(PROBLEMS, texts, strict=True)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


FINISHED = "<think>I look at each fact in turn.</think> <answer>{answer}</answer>"
TEMPLATE = "<think>The relation is mixed.</think> <answer>{answer}</answer>"
FILES = {
    "r1": {
        "-reasoning-r1-traces": lines(FINISHED, CUT, CUT, CUT),
        "-reasoning-summarized-r1-traces": lines(FINISHED, FINISHED, FINISHED, CUT),
        "-reasoning-r1-explanations": lines(FINISHED, FINISHED, CUT, CUT),
        "-reasoning-r1-set-vanilla": lines("{answer}", "{answer}", "{answer}", "nobody"),
        "-reasoning-r1-set-custom-traces": lines(TEMPLATE, TEMPLATE, TEMPLATE, TEMPLATE),
        "-reasoning-r1-set-incorrect-traces": lines(TEMPLATE, TEMPLATE, TEMPLATE, "nobody"),
        "-reasoning-r1-set-swapped": lines("nobody", "nobody", "nobody", "nobody"),
    },
    "seeds": {
        f"{suffix}-{seed}": lines("{answer}", "{answer}", "nobody", "nobody")
        for suffix in ("", "-reasoning-facts", "-reasoning-facts-perturbed")
        for seed in (121, 122, 123)
    },
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of which the later runs alone are there, fetched from a local repository."""
    upstream, root = tmp_path_factory.mktemp("upstream"), tmp_path_factory.mktemp("release")
    git(upstream, "init", "--quiet", "--initial-branch", "main")
    for name, files in FILES.items():
        folder = "results/Cotempqa/evaluation_outputs/mix"
        written = {
            f"{folder}/{MODEL}-sft-adapter{suffix}_default.json": text
            for suffix, text in files.items()
        }
        runs = LaterRuns((commit(upstream, written),), LATER_RUNS[name].files)
        fetch_later(str(upstream), root, name, runs)
        # An invented file has another commit id than the real one, whose folder is read.
        (root / runs.folders(name)[0]).rename(root / LATER_RUNS[name].folders(name)[0])
    return root


@pytest.mark.parametrize(
    ("model", "variant", "released", "exact"),
    [
        (MODEL, "verbose", 1.0, 0.25),
        (MODEL, "summary", 1.0, 0.75),
        (MODEL, "explanation", 1.0, 0.5),
        (MODEL, "r1-set-vanilla", 0.75, 0.75),
        (MODEL, "r1-set-correct", 1.0, 1.0),
        (MODEL, "r1-set-incorrect", 0.75, 0.75),
        (MODEL, "r1-set-swapped", 0.0, 0.0),
        (f"{MODEL}@121", "vanilla", 0.5, 0.5),
        (f"{MODEL}@122", "correct", 0.5, 0.0),
        (f"{MODEL}@123", "incorrect", 0.5, 0.0),
    ],
)
def test_evaluate_takes_later_runs_like_all_others(
    root: Path,
    command_line: Command,
    tmp_path: Path,
    model: str,
    variant: str,
    released: float,
    exact: float,
) -> None:
    # Under the release's own rule steps are looked up in tables, which this copy lacks.
    in_tables = variant in ("correct", "incorrect")
    for semantics in ("strict",) if in_tables else ("strict", "released"):
        done = command_line(
            *("evaluate", "--dataset", "cotempqa", "--release", root, "--model", model),
            *("--variant", variant, "--semantics", semantics, "--json", tmp_path / "out.json"),
        )
        assert (done.code, done.err) == (0, "")
        found = json.loads((tmp_path / "out.json").read_text())
        assert found["n"] == len(PROBLEMS)
        assert found["answer"]["released_micro"] == released
        assert found["answer"]["exact_set_micro"] == exact


def test_verbose_is_compared_with_each_other_variant_of_the_r1_subset(root: Path) -> None:
    found = snapshot.compare_stored(COTEMPQA, root, MODEL)
    assert {(each.contrast.first, each.contrast.second) for each in found} == {
        ("verbose", other)
        for other in ("r1-set-vanilla", "r1-set-correct", "r1-set-incorrect", "r1-set-swapped")
    } | {("verbose", "summary"), ("verbose", "explanation")}
    against = {
        each.contrast.second: each.contrast.difference
        for each in found
        if each.scorer == "exact_set"
    }
    assert against["r1-set-vanilla"] == -0.5
    assert against["r1-set-swapped"] == 0.25


def test_a_damaged_file_is_named_and_no_claim_is_computed(
    root: Path, command_line: Command, tmp_path: Path
) -> None:
    copy = tmp_path / "release"
    shutil.copytree(root, copy)
    name = f"{MODEL}-sft-adapter-reasoning-r1-traces_default.json"
    (damaged,) = copy.rglob(name)
    damaged.write_text(lines("nobody", "nobody", "nobody", "nobody"))
    place = damaged.relative_to(copy).as_posix()
    done = command_line(
        *("evaluate", "--dataset", "cotempqa", "--release", copy, "--model", MODEL),
        *("--variant", "verbose"),
    )
    assert done.code == 0
    assert done.err == f"artifact: warning: {copy}: {place} has a different sha256\n"
    given, out = f"release:{copy}", tmp_path / "out"
    for words in (
        ("data", "check", given),
        ("data", "convert", given, "--out", out),
        ("data", "write-prompts", given, "--out", out),
        ("decompose", "--source", given, "--out", out),
        ("evaluate", "--predictions", out, "--source", given),
    ):
        assert command_line(*words, "--dataset", "cotempqa").err.startswith(done.err), words
    refused = command_line("claims", "--release", copy)
    assert refused.code == 1
    assert refused.err.startswith(f"artifact: {copy}: {place} has a different sha256\n")


def test_the_word_after_with_is_passed_on(
    command_line: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, object]] = []
    brought = fetch.download.Fetched("release", tmp_path, 3, was_complete=False)
    monkeypatch.setattr(fetch, "fetch", lambda name, **more: asked.append((name, more)) or brought)
    done = command_line("data", "fetch", "release", "--with", "r1, seeds", "--into", tmp_path)
    assert (done.code, done.out) == (0, f"release fetched: {tmp_path} (3 files checked)\n")
    assert asked == [("release", {"repository": None, "into": tmp_path, "later": ["r1", "seeds"]})]


def test_an_unknown_word_after_with_is_one_line(command_line: Command, tmp_path: Path) -> None:
    done = command_line("data", "fetch", "release", "--with", "r2", "--into", tmp_path)
    assert done.code == 2
    assert done.err == (
        "artifact: field 'with': no later runs are called 'r2'; choose from r1, seeds\n"
    )
