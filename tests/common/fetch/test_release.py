"""A fetch ends with the whole, checked release or with nothing: tried on local repositories."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from artifact.common.errors import CheckError, InputError
from artifact.common.fetch import release as fetch
from artifact.common.fetch.download import Fetched, differences
from artifact.common.fetch.git import CURE
from artifact.common.fetch.release import Branch, altered, fetch_release, require_pinned
from artifact.common.provenance import file_sha256
from tests.common.fetch.local_git import commit, git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

FILES = {
    "main": {"data/tales/one.json": "first\n", "results/main.json": "{}\n", "scripts/run.py": "\n"},
    "side": {"data/tales/two.csv": "a,b\r\n1,2\r\n"},
}


class Upstream:
    """A bare repository with two branches, each of which went on after the commit to fetch."""

    def __init__(self, root: Path) -> None:
        self.work, self.address = root / "work", root / "upstream.git"
        git(root, "init", "--quiet", "--initial-branch", "main", str(self.work))
        self.commits: dict[str, str] = {}
        for name, files in FILES.items():
            if name != "main":
                git(self.work, "checkout", "--quiet", "--orphan", name)
                git(self.work, "rm", "-r", "--quiet", "--force", ".")
            self.commits[name] = commit(self.work, files)
            commit(self.work, {"data/tales/later.json": "not yet\n"})
        git(root, "clone", "--quiet", "--bare", str(self.work), str(self.address))

    def branches(self, digits: int = 40) -> tuple[Branch, ...]:
        return tuple(Branch(name, commit[:digits]) for name, commit in self.commits.items())


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Upstream:
    return Upstream(tmp_path_factory.mktemp("upstream"))


@pytest.fixture(scope="module")
def hashes(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("hashed")
    table = {}
    for branch, files in FILES.items():
        for name, content in files.items():
            path = folder / "file"
            path.write_bytes(content.encode())
            table[f"{branch}/{name}"] = file_sha256(path)
    return {name: value for name, value in table.items() if "/scripts/" not in name}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("digits", [7, 40])
@pytest.mark.parametrize("scheme", ["", "file://"])
def test_the_used_folders_come_at_the_pinned_commits(
    upstream: Upstream, hashes: dict[str, str], tmp_path: Path, digits: int, scheme: str
) -> None:
    into = tmp_path / "data" / "release"
    fetched = fetch_release(
        repository=f"{scheme}{upstream.address}",
        into=into,
        branches=upstream.branches(digits),
        hashes=hashes,
    )
    assert fetched == Fetched("release", into, len(hashes), was_complete=False)
    assert str(fetched) == f"release fetched: {into} (3 files checked)"
    found = contents(into)
    marker = json.loads(found.pop("fetched.json"))
    assert marker == {
        "repository": f"{scheme}{upstream.address}",
        "commits": upstream.commits,
    }
    assert found == {
        f"{branch}/{name}": content.encode()
        for branch, files in FILES.items()
        for name, content in files.items()
        if not name.startswith("scripts/")
    }
    assert [path.name for path in into.parent.iterdir()] == ["release"]


def test_a_server_that_sends_contents_on_demand_gives_the_same(
    hashes: dict[str, str], tmp_path: Path
) -> None:
    upstream = Upstream(tmp_path)
    git(upstream.address, "config", "uploadpack.allowFilter", "true")
    into = tmp_path / "release"
    address = f"file://{upstream.address}"
    # The commits' hashes depend on the clock, so this repository has its own.
    fetch_release(repository=address, into=into, branches=upstream.branches(), hashes=hashes)
    assert differences(into, hashes) == []


@pytest.fixture
def into(upstream: Upstream, hashes: dict[str, str], tmp_path: Path) -> Path:
    """A fetched release."""
    folder = tmp_path / "release"
    again(upstream, hashes, folder)
    return folder


def again(upstream: Upstream, hashes: Mapping[str, str], into: Path) -> Fetched:
    return fetch_release(
        repository=str(upstream.address), into=into, branches=upstream.branches(), hashes=hashes
    )


def test_what_is_there_and_right_needs_no_repository(into: Path, hashes: dict[str, str]) -> None:
    fetched = fetch_release(repository="/nowhere", into=into, hashes=hashes)
    assert fetched.was_complete
    assert str(fetched) == f"release was already there: {into} (3 files checked)"


def test_a_damaged_release_is_fetched_anew(
    upstream: Upstream, hashes: dict[str, str], into: Path
) -> None:
    (into / "main/data/tales/one.json").write_text("other\n", encoding="utf-8")
    (into / "side/data/tales/two.csv").unlink()
    assert differences(into, hashes) == [
        "main/data/tales/one.json has a different sha256",
        "side/data/tales/two.csv is missing",
    ]
    assert not again(upstream, hashes, into).was_complete
    assert differences(into, hashes) == []
    assert [path.name for path in into.parent.iterdir()] == ["release"]


def test_a_folder_with_other_files_is_left_alone(
    upstream: Upstream, hashes: dict[str, str], tmp_path: Path
) -> None:
    letters = tmp_path / "letters.txt"
    letters.write_text("dear Ida\n", encoding="utf-8")
    with pytest.raises(InputError, match="holds files other than the release; name an empty"):
        again(upstream, hashes, tmp_path)
    assert letters.read_text(encoding="utf-8") == "dear Ida\n"


def test_an_empty_folder_is_filled(
    upstream: Upstream, hashes: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    assert not again(upstream, hashes, folder).was_complete
    assert differences(folder, hashes) == []


def test_what_a_killed_run_left_is_cleared(
    upstream: Upstream, hashes: dict[str, str], tmp_path: Path
) -> None:
    with subprocess.Popen(["git", "--version"], stdout=subprocess.DEVNULL) as ended:
        pass
    for name in (f".release.{ended.pid}.part", f".release.{ended.pid}.old"):
        left = tmp_path / name / "main"
        left.mkdir(parents=True)
        (left / "half.json").write_text("{", encoding="utf-8")
    again(upstream, hashes, tmp_path / "release")
    assert [path.name for path in tmp_path.iterdir()] == ["release"]
    assert "main/half.json" not in contents(tmp_path / "release")


def test_what_another_run_is_making_is_left_alone(
    upstream: Upstream, hashes: dict[str, str], tmp_path: Path
) -> None:
    making = tmp_path / f".release.{os.getppid()}.part"
    making.mkdir()
    again(upstream, hashes, tmp_path / "release")
    assert sorted(path.name for path in tmp_path.iterdir()) == [making.name, "release"]


@pytest.mark.skipif(os.name != "posix", reason="kills a process as posix does")
def test_a_run_that_is_killed_is_finished_by_the_next(
    upstream: Upstream, hashes: dict[str, str], tmp_path: Path
) -> None:
    into = tmp_path / "release"
    arguments = (str(upstream.address), into, upstream.branches(), hashes)
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path, PosixPath\n"
        "from artifact.common.fetch import release as fetch\n"
        "from artifact.common.fetch.release import Branch\n"
        "bring = fetch._bring\n"
        "def bring_one_and_die(repository, branch, folder, progress):\n"
        "    bring(repository, branch, folder, progress)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "fetch._bring = bring_one_and_die\n"
        f"address, into, branches, hashes = {arguments!r}\n"
        "fetch.fetch_release(repository=address, into=into, branches=branches, hashes=hashes)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not into.exists()
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
    again(upstream, hashes, into)
    assert differences(into, hashes) == []
    assert [path.name for path in tmp_path.iterdir()] == ["release"]


def test_an_interrupted_run_leaves_the_old_release_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, upstream: Upstream, hashes: dict[str, str], into: Path
) -> None:
    (into / "main/data/tales/one.json").write_text("other\n", encoding="utf-8")
    before = contents(into)

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "_bring", interrupted)
    with pytest.raises(KeyboardInterrupt):
        again(upstream, hashes, into)
    assert contents(into) == before
    assert [path.name for path in into.parent.iterdir()] == ["release"]


def test_files_that_differ_from_the_hashes_are_not_kept(
    upstream: Upstream, hashes: dict[str, str], tmp_path: Path
) -> None:
    other = hashes | {"side/data/tales/two.csv": "0" * 64}
    with pytest.raises(CheckError) as caught:
        again(upstream, other, tmp_path / "release")
    assert str(caught.value) == (
        f"{upstream.address}: 1 of 3 files are not those of the pinned release, the first: "
        "side/data/tales/two.csv has a different sha256"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pin", ["0000000", "abcdefabcd" * 4, "main"])
def test_a_commit_that_the_branch_lacks_is_named(
    upstream: Upstream, hashes: dict[str, str], tmp_path: Path, pin: str
) -> None:
    with pytest.raises(CheckError, match=f"branch 'side' has no commit {pin}"):
        fetch_release(
            repository=str(upstream.address),
            into=tmp_path / "release",
            branches=(Branch("side", pin),),
            hashes=hashes,
        )
    assert list(tmp_path.iterdir()) == []


def test_a_commit_of_another_branch_is_not_taken(
    upstream: Upstream, hashes: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(CheckError, match="branch 'side' has no commit"):
        fetch_release(
            repository=f"file://{upstream.address}",
            into=tmp_path / "release",
            branches=(Branch("side", upstream.commits["main"]),),
            hashes=hashes,
        )


def test_a_missing_branch_is_named(
    upstream: Upstream, hashes: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"upstream\.git: has no branch 'other'"):
        fetch_release(
            repository=str(upstream.address),
            into=tmp_path / "release",
            branches=(Branch("other", "0000000"),),
            hashes=hashes,
        )


def test_an_address_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        fetch_release(repository=f"{tmp_path}/gone.git", into=tmp_path / "release")
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}/gone.git: can't be reached with git (fatal: ")
    assert message.endswith(f"; {CURE}")
    assert "\n" not in message
    assert list(tmp_path.iterdir()) == []


def test_what_of_a_copy_is_not_as_pinned_is_named_line_by_line(
    hashes: dict[str, str], into: Path
) -> None:
    assert altered(into, hashes) == []
    (into / "main/data/tales/one.json").write_text("other\n", encoding="utf-8")
    (into / "side/data/tales/two.csv").write_bytes(b"")
    (into / "main/results/main.json").unlink()  # a copy need not have every file
    assert altered(into, hashes) == [
        "main/data/tales/one.json has a different sha256",
        "side/data/tales/two.csv is empty",
    ]
    with pytest.raises(CheckError) as caught:
        require_pinned(into, hashes)
    assert str(caught.value).splitlines() == [
        f"{into}: main/data/tales/one.json has a different sha256",
        f"{into}: side/data/tales/two.csv is empty",
        "numbers of the release are computed only from the pinned files",
    ]


def test_the_committed_table_covers_the_four_branches() -> None:
    table = fetch.read_hashes()
    names = [branch.name for branch in fetch.RELEASE_BRANCHES]
    assert sorted({name.partition("/")[0] for name in table}) == sorted(names)
    assert all(len(value) == 64 for value in table.values())
    assert all(name.split("/")[1] in fetch.RELEASE_FOLDERS for name in table)


def test_the_release_at_hand_has_the_committed_hashes(release: Path) -> None:
    assert differences(release, fetch.read_hashes()) == []


def test_a_table_written_anew_is_the_committed_one(release: Path, tmp_path: Path) -> None:
    fetch.write_hashes(release, tmp_path / "table.json")
    written = fetch.read_hashes(tmp_path / "table.json")
    committed = fetch.read_hashes()
    assert {name: written.get(name) for name in committed} == committed


def test_every_stored_output_at_hand_is_in_the_committed_table(release: Path) -> None:
    outputs = {
        path.relative_to(release).as_posix()
        for branch in fetch.RELEASE_BRANCHES
        for path in (release / branch.name).rglob("evaluation_outputs/**/*")
        if path.is_file() and path.stat().st_size < 4 << 20
    }
    assert len(outputs) > 60
    assert outputs <= fetch.read_hashes().keys()
