"""The commands that the pages, the README and the notebooks show are commands of this program."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from artifact.cli.main import app
from artifact.common import paths

PAGES = [paths.ROOT / "README.md", *paths.BOOK.glob("*.md"), *paths.NOTEBOOKS.glob("*.ipynb")]
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
LONGEST_LINE = 88
"""Characters of a line of a command, which a desktop shows without wrapping."""


def text_of(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".md":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def shown(page: Path) -> Iterator[str]:
    """Each command in the page's shell blocks, its lines joined as a shell joins them."""
    for block in BLOCK.findall(text_of(page)):
        yield from block.replace("\\\n", " ").splitlines()


NAMES = (".venv/bin/artifact", "artifact")
COMMANDS = [
    (page.name, words[1:])
    for page in sorted(PAGES)
    for line in shown(page)
    if (words := shlex.split(line, comments=True)) and words[0] in NAMES
]


@pytest.mark.parametrize(("page", "words"), COMMANDS, ids=lambda it: " ".join(it)[:60])
def test_a_command_that_is_shown_is_taken_as_it_stands(page: str, words: list[str]) -> None:
    if words == ["--help"]:
        return
    left = ["1" if word.isupper() else word for word in words]  # a reader's own value
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[left.pop(0)]
    if left != ["--help"]:
        command.make_context(" ".join(words), left)


@pytest.mark.parametrize("page", sorted(PAGES[1:]), ids=lambda page: page.name)
def test_no_line_of_a_command_runs_out_of_sight(page: Path) -> None:
    lines = [line for block in BLOCK.findall(text_of(page)) for line in block.splitlines()]
    assert [line for line in lines if len(line) > LONGEST_LINE] == []
