"""Runs of later commits come into folders of their own: tried on a local repository."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from artifact.common import fetch
from artifact.common.errors import CheckError, InputError
from artifact.common.fetch.git import run_git
from artifact.common.fetch.later_commits import (
    LATER_RUNS,
    LaterRuns,
    check_later,
    damaged_later,
    fetch_later,
)
from artifact.common.fetch.release import Branch, fetch_release
from artifact.common.provenance import file_sha256
from tests.common.fetch.local_git import commit, git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

OUTPUTS, RESULTS = (
    "results/Cotempqa/evaluation_outputs/mix",
    "results/Cotempqa/evaluation_results/mix",
)
ADAPTER = "Qwen3-1.7B-sft-adapter"
R1 = [
    f"{ADAPTER}-reasoning-{suffix}_default.json"
    for suffix in (
        "r1-traces",
        "summarized-r1-traces",
        "r1-explanations",
        "r1-set-vanilla",
        "r1-set-custom-traces",
        "r1-set-incorrect-traces",
        "r1-set-swapped",
    )
]
SEEDS = [
    f"{ADAPTER}{suffix}-{seed}_default.json"
    for suffix in ("", "-reasoning-facts", "-reasoning-facts-perturbed")
    for seed in (121, 122, 123)
]
OTHERS = [
    f"{OUTPUTS}/{ADAPTER}_default.json",
    f"{OUTPUTS}/{ADAPTER}-reasoning-facts_default.json",
    f"{OUTPUTS}_default/Qwen_Qwen3-1.7B_default_mix.json",
    "data/cotempqa/mix.json",
    "scripts/run.py",
]


class Upstream:
    """A repository whose pinned commit two others follow: R1's runs, then those with seeds."""

    def __init__(self, root: Path) -> None:
        self.address = root / "upstream"
        git(root, "init", "--quiet", "--initial-branch", "main", str(self.address))
        self.pinned = commit(self.address, {"results/pinned.json": "{}", "data/x.json": "1\n"})
        self.r1 = commit(
            self.address,
            {f"{folder}/{name}": "r1\n" for name in R1 for folder in (OUTPUTS, RESULTS)}
            | dict.fromkeys(OTHERS, "of no later run\n"),
        )
        self.seeds = commit(
            self.address,
            {f"{folder}/{name}": "seeds\n" for name in SEEDS for folder in (OUTPUTS, RESULTS)},
        )

    @property
    def runs(self) -> Mapping[str, LaterRuns]:
        return {
            "r1": LaterRuns((self.r1, self.seeds), LATER_RUNS["r1"].files),
            "seeds": LaterRuns((self.seeds,), LATER_RUNS["seeds"].files),
        }


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Upstream:
    return Upstream(tmp_path_factory.mktemp("later"))


def files_below(folder: Path) -> set[str]:
    return {it.relative_to(folder).as_posix() for it in folder.rglob("*") if it.is_file()}


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_each_commit_brings_its_runs_files_and_no_others(
    upstream: Upstream, tmp_path: Path, scheme: str
) -> None:
    address = f"{scheme}{upstream.address}"
    for name, runs in upstream.runs.items():
        files = R1 if name == "r1" else SEEDS
        commits = len(runs.commits)
        assert fetch_later(address, tmp_path, name, runs) == (2 * len(files) * commits, False)
    for commit_id, names in ((upstream.r1, R1), (upstream.seeds, R1)):
        expected = {f"{folder}/{name}" for name in names for folder in (OUTPUTS, RESULTS)}
        assert files_below(tmp_path / "r1" / commit_id) == expected | {"fetched.json"}
    seeds = {f"{folder}/{name}" for name in SEEDS for folder in (OUTPUTS, RESULTS)}
    assert files_below(tmp_path / "seeds" / upstream.seeds) == seeds | {"fetched.json"}
    marker = json.loads((tmp_path / "seeds" / upstream.seeds / "fetched.json").read_bytes())
    assert (marker["repository"], marker["commit"]) == (address, upstream.seeds)


def test_what_is_there_needs_no_repository_and_damage_is_mended(
    upstream: Upstream, tmp_path: Path
) -> None:
    runs = upstream.runs
    fetch_later(str(upstream.address), tmp_path, "seeds", runs["seeds"])
    assert fetch_later("/nowhere", tmp_path, "seeds", runs["seeds"]) == (2 * len(SEEDS), True)
    assert damaged_later(tmp_path, runs) == []
    damaged = f"seeds/{upstream.seeds}/{OUTPUTS}/{SEEDS[0]}"
    (tmp_path / damaged).write_bytes(b"")
    assert damaged_later(tmp_path, runs) == [f"{damaged} is empty"]
    assert not fetch_later(str(upstream.address), tmp_path, "seeds", runs["seeds"])[1]
    assert damaged_later(tmp_path, runs) == []


def test_the_release_comes_with_the_runs_asked_for(upstream: Upstream, tmp_path: Path) -> None:
    into = tmp_path / "release"
    pinned = upstream.address / "results/pinned.json"
    hashes = {"main/results/pinned.json": file_sha256(pinned)}

    def bring(*later: str) -> fetch.Fetched:
        return fetch_release(
            repository=str(upstream.address),
            into=into,
            branches=(Branch("main", upstream.pinned),),
            hashes=hashes,
            later=later,
            later_runs=upstream.runs,
        )

    assert (bring().files, sorted(it.name for it in into.iterdir())) == (
        1,
        ["fetched.json", "main"],
    )
    both = bring("r1", "seeds")
    assert (both.files, both.was_complete) == (1 + 4 * len(R1) + 2 * len(SEEDS), False)
    assert bring("r1", "seeds").was_complete
    (into / "main/results/pinned.json").write_text("other")
    assert not bring().was_complete
    assert (into / "r1" / upstream.r1).is_dir(), "later runs stay when the release comes anew"


def test_a_commit_without_such_runs_is_named(upstream: Upstream, tmp_path: Path) -> None:
    runs = LaterRuns((upstream.pinned,), LATER_RUNS["r1"].files)
    with pytest.raises(CheckError, match=f"commit {upstream.pinned[:7]} holds none of the later"):
        fetch_later(str(upstream.address), tmp_path, "r1", runs)
    assert files_below(tmp_path) == set()


def test_a_commit_that_is_not_there_is_one_line(upstream: Upstream, tmp_path: Path) -> None:
    runs = LaterRuns(("0" * 39 + "1",), LATER_RUNS["r1"].files)
    with pytest.raises(InputError, match=r"^git failed \(.+\); check the address") as caught:
        fetch_later(str(upstream.address), tmp_path, "r1", runs)
    assert "\n" not in str(caught.value)
    assert files_below(tmp_path) == set()


def test_an_unknown_word_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    check_later(["r1", "seeds"])
    with pytest.raises(InputError, match=r"called 'r2'; choose from r1, seeds"):
        fetch.fetch("release", repository="/nowhere", into=tmp_path, later=["r2"])
    with pytest.raises(InputError, match="smollm2-135m has no later runs; leave out --with"):
        fetch.fetch("smollm2-135m", later=["r1"])


def test_the_pinned_commits_are_full_ids() -> None:
    commits = [commit_id for runs in LATER_RUNS.values() for commit_id in runs.commits]
    assert len(commits) == len(set(commits)) == 9
    assert all(len(it) == 40 and int(it, 16) for it in commits)


def test_git_says_why_it_fails_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^git failed \(fatal: .*\); check the address"):
        run_git(["-C", str(tmp_path), "rev-parse", "HEAD"])
