"""Small sets of look-alikes to take away, each with its Croissant description and its hash."""

from __future__ import annotations

import tempfile
from pathlib import Path

from artifact import datasets
from artifact.common.files import write_atomically
from artifact.common.provenance import file_sha256
from artifact.datasets import croissant
from artifact.datasets.sources import convert

SOURCE, N, SEED = "lookalike", 100, 0
PLACE = "_static/lookalikes"
"""Where they lie below the book's folder."""


def write_sets(folder: Path) -> list[Path]:
    """Write the problems of each dataset and their description; the files of problems."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name in datasets.names():
        file = folder / f"{name}.jsonl"
        loaded = convert(SOURCE, name, file, n=N, seed=SEED)
        croissant.write(datasets.get(name), loaded, SOURCE, SEED, file)
        files.append(file)
    return files


def write_page(folder: Path) -> None:
    """Write ``lookalikes.md``, which the checklist includes."""
    with tempfile.TemporaryDirectory() as made:
        write_atomically(folder / "lookalikes.md", markdown(write_sets(Path(made))))


def markdown(files: list[Path]) -> str:
    """A table of the sets, with links to `files` where the built book has them."""
    rows = [
        f"| {datasets.get(file.stem).title} | {_link(file.name, f'{N} problems')} | "
        f"{_link(file.name + croissant.SUFFIX, 'description')} | `{file_sha256(file)[:16]}` |"
        for file in files
    ]
    head = "| Worded like | JSON lines | Croissant | sha256 begins with |\n|---|---|---|---|"
    return "\n".join([head, *rows]) + "\n"


def _link(name: str, text: str) -> str:
    return f'<a href="../{PLACE}/{name}" download>{text}</a>'
