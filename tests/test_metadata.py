"""What machines read about the project agrees with the project, and the archive is reproducible."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import artifact
from artifact.datasets import croissant

ROOT = Path(__file__).parents[1]
CODEMETA = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

TERMS = re.findall(
    r"\w+",
    """address affiliation applicationCategory applicationSubCategory author buildInstructions
    citation codeRepository continuousIntegration contributor copyrightHolder copyrightYear
    creator dateCreated dateModified datePublished description developmentStatus downloadUrl
    editor email embargoEndDate encoding familyName fileFormat fileSize funder funding
    givenName hasPart hasSourceCode identifier installUrl isAccessibleForFree isPartOf
    isSourceCodeOf issueTracker keywords license maintainer memoryRequirements name
    operatingSystem permissions position processorRequirements producer programmingLanguage
    provider publisher readme referencePublication relatedLink releaseNotes review
    runtimePlatform sameAs softwareHelp softwareRequirements softwareSuggestions
    softwareVersion sponsor storageRequirements supportingData targetProduct url version""",
)
"""The properties of CodeMeta 3.0."""

TYPES = {"SoftwareSourceCode", "Organization", "ScholarlyArticle", "ComputerLanguage"}


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from keys(each)
    elif isinstance(value, list):
        for each in value:
            yield from keys(each)


def test_codemeta_has_only_terms_of_its_vocabulary() -> None:
    assert CODEMETA["@context"] == "https://w3id.org/codemeta/3.0"
    assert {name for name in keys(CODEMETA) if not name.startswith("@")} - set(TERMS) == set()
    assert set(re.findall(r'"@type": "(\w+)"', json.dumps(CODEMETA))) == TYPES


def test_codemeta_names_files_that_exist() -> None:
    named = ("softwareRequirements", "readme", "buildInstructions", "releaseNotes", "softwareHelp")
    assert [
        it for it in (*named, "continuousIntegration") if not (ROOT / CODEMETA[it]).is_file()
    ] == []


def test_version_title_and_licence_are_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = {CODEMETA["version"], CITATION["version"], project["version"], artifact.__version__}
    assert len(versions) == 1
    assert CODEMETA["name"] == CITATION["title"] == croissant.TITLE == project["description"]
    assert CODEMETA["license"].endswith(f"/{CITATION['license']}")
    assert CODEMETA["referencePublication"]["name"] == CITATION["references"][0]["title"]


@pytest.mark.parametrize(
    "file",
    ["Dockerfile", ".devcontainer/devcontainer.json", "binder/environment.yml", "binder/postBuild"],
)
def test_what_was_not_built_says_so_where_it_stands_and_in_the_book(file: str) -> None:
    assert "not built" in (ROOT / file).read_text(encoding="utf-8")
    checklist = (ROOT / "book" / "checklist.md").read_text(encoding="utf-8")
    assert f"`{file.partition('/')[0]}" in checklist.partition("they have not been built")[0]


def test_binder_installs_the_lock() -> None:
    script = ROOT / "binder" / "postBuild"
    assert os.access(script, os.X_OK)
    assert "-r requirements.lock" in script.read_text(encoding="utf-8")
    conda = yaml.safe_load((ROOT / "binder" / "environment.yml").read_text(encoding="utf-8"))
    own = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert conda["dependencies"] == own["dependencies"][:-1], "what the lock holds is pip's part"


def archive(checkout: Path, umask: int) -> tuple[Path, str]:
    """What ``make archive`` leaves in `checkout`, and what it says."""
    done = subprocess.run(
        ["make", "archive"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
        umask=umask,
    )
    (made,) = (checkout / "_build").glob("*.tar.gz")
    return made, done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small project with this one's Makefile, committed."""
    root = tmp_path / "checkout"
    root.mkdir()
    shutil.copyfile(ROOT / "Makefile", root / "Makefile")
    (root / "README.md").write_text("# A project\n")
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "All of it")):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


@pytest.mark.skipif(not (shutil.which("make") and shutil.which("git")), reason="needs make and git")
def test_one_commit_gives_one_archive_with_its_checksum(checkout: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", checkout, tmp_path / "clone"], check=True)
    os.utime(tmp_path / "clone" / "README.md", (0, 0))
    (tmp_path / "clone" / "README.md").chmod(0o600)
    (tmp_path / "clone" / "not_committed").write_text("x")
    first, said = archive(checkout, 0o022)
    second, _ = archive(tmp_path / "clone", 0o077)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    stated = first.with_name(f"{first.name}.sha256").read_text().split()
    assert stated == [hashlib.sha256(first.read_bytes()).hexdigest(), first.name]
    revision = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True
    )
    assert f"swh:1:rev:{revision.stdout.strip()}" in said

    (checkout / "README.md").write_text("# Another\n")
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, "commit", "-q", "-am", "More"], cwd=checkout, check=True)
    shutil.rmtree(checkout / "_build")
    assert archive(checkout, 0o022)[0].read_bytes() != second.read_bytes()
