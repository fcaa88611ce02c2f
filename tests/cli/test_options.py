"""Help texts list what there is, read from the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from artifact import datasets
from artifact.cli.options import SOURCES, one_of
from artifact.common import fetch
from artifact.datasets.sources import Source
from artifact.workflow import profiles

if TYPE_CHECKING:
    from conftest import Command


@pytest.mark.parametrize(
    ("names", "listed"), [(["a"], "a."), (["a", "b"], "a or b."), (["a", "b", "c"], "a, b or c.")]
)
def test_names_are_listed_as_a_sentence(names: list[str], listed: str) -> None:
    assert one_of(names) == listed


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("decompose",), datasets.names()),
        (("evaluate",), datasets.names()),
        (("run",), profiles.names()),
        (("data", "fetch"), fetch.FETCHERS),
    ],
)
def test_every_name_that_the_code_knows_is_in_the_help(
    command_line: Command, words: tuple[str, ...], names: tuple[str, ...]
) -> None:
    help_text = command_line(*words, "--help").out
    assert [name for name in names if name not in help_text] == []


def test_each_kind_of_source_that_help_lists_is_one() -> None:
    examples = {"DIR": "/folder", "PATH": "/file.jsonl"}
    for form in SOURCES.split(" | "):
        text = re.sub(r"DIR|PATH", lambda found: examples[found[0]], form.partition("[")[0])
        assert Source.parse(text).kind == text.partition(":")[0]
