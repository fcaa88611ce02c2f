"""The page of parameters says what the models hold, and its examples can be typed."""

from __future__ import annotations

import json
import re

import pytest

from artifact.book.generated.parameters import (
    examples,
    meanings,
    parameters_markdown,
    type_in_words,
)
from artifact.common import paths
from artifact.workflow.parameters import parse_overrides
from artifact.workflow.sections import SECTIONS, Parameters

FIELDS = [
    (section, name, schema)
    for section, model in SECTIONS.items()
    for name, schema in model.model_json_schema()["properties"].items()
]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_parameter_has_a_row_with_a_meaning(section: str) -> None:
    page = parameters_markdown({section: SECTIONS[section]})
    rows = [row for row in page.splitlines() if row.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(SECTIONS[section].model_fields)
    assert all(cell.strip() for row in rows for cell in row.strip("|").split(" | "))
    assert set(meanings(SECTIONS[section])) == set(SECTIONS[section].model_fields)


@pytest.mark.parametrize(("section", "name", "schema"), FIELDS)
def test_an_example_is_taken_as_it_stands(section: str, name: str, schema: dict) -> None:
    (typed,) = examples(name, schema)
    if name == "runs":  # must exist
        assert typed == "-p runs=runs/HASH"
        return
    found = parse_overrides([typed.removeprefix("-p ")], section)[section]
    assert found.keys() == {name}
    assert found[name] != SECTIONS[section].model_fields[name].default


def test_a_meaning_of_several_names_and_lines_is_given_to_each() -> None:
    class Described(Parameters):
        """Some.

        Attributes:
            a, b: the first
                and ``second``.
            seed: another seed.
        """

    said = meanings(Described)
    assert said["a"] == said["b"] == "the first and `second`"
    assert said["seed"] == "another seed"
    assert said["release"] == meanings(Parameters)["release"]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9000}, "a whole number from 1 to 9,000"),
        (
            {"type": "array", "items": {"enum": ["a", "b"]}},
            "list, written with commas; each is one of `a`, `b`",
        ),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text, or `all`"),
        ({"anyOf": [{"const": ""}, {"known": ["a"]}]}, "none, or `a`, or one of your own"),
        ({"type": "boolean"}, "`true` or `false`"),
    ],
)
def test_a_type_in_words(schema: dict, words: str) -> None:
    assert type_in_words(schema) == words


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_ends_with_the_two_lines_that_run_it_again(section: str) -> None:
    notebook = json.loads((paths.NOTEBOOKS / f"{section}.ipynb").read_text(encoding="utf-8"))
    last = "".join(notebook["cells"][-1]["source"])
    lines = re.findall(r"^\.venv/bin/artifact (.+)$", last, re.MULTILINE)
    assert last.startswith("## Change it yourself\n")
    assert lines[0].startswith(f"run --section {section} -p ")
    assert lines[1:] == ["book"]
    assert parse_overrides(re.findall(r"-p (\S+)", lines[0]), section)[section]
    (label,) = re.findall(r"\]\(#(.+)\)", last)
    assert f"({label})=" in parameters_markdown({section: SECTIONS[section]})
