"""Small repositories in a temporary folder, for what is fetched with git."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    """What git prints in `folder`."""
    identity = ["-c", "user.name=Ina Test", "-c", "user.email=ina@example.org"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(work: Path, files: Mapping[str, str]) -> str:
    """Write files, by path, and commit them; the commit's id."""
    for name, content in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", "more")
    return git(work, "rev-parse", "HEAD")
