"""The parameters of every section, from their models: what is typed, what it does, an example."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from artifact.common.files import write_atomically
from artifact.workflow.parameters import ALL, RECIPE, SETTINGS, as_typed
from artifact.workflow.sections import SECTIONS, Parameters

ATTRIBUTE = re.compile(r"^ {4}(\w+(?:, \w+)*): (.+(?:\n {8}.+)*)", re.MULTILINE)
"""An entry of a docstring's Attributes: its names, and what they mean."""


def write_page(folder: Path) -> None:
    """Write ``parameters.md``, which the page on re-running includes."""
    write_atomically(folder / "parameters.md", parameters_markdown(SECTIONS))


def parameters_markdown(sections: Mapping[str, type[Parameters]]) -> str:
    """A table for each of `sections`, with a label ``parameters-<name>`` to link to."""
    return "\n".join(line for name in sections for line in _of_section(name, sections[name]))


def _of_section(section: str, model: type[Parameters]) -> Iterator[str]:
    yield f"(parameters-{section.replace('_', '-')})=\n### `{section}`\n"
    yield "| Parameter | Meaning, type, default and example |\n|---|---|"
    said = meanings(model)
    for name, schema in model.model_json_schema()["properties"].items():
        meaning = f"{said[name][0].upper()}{said[name][1:]}. *Type:* {type_in_words(schema)}"
        example = " ".join(f"`{it}`" for it in examples(name, schema))
        told = f"{meaning}. *Default:* {_value(schema['default'])}. *Example:* {example}"
        yield f"| `{name}` | {told.replace('|', chr(92) + '|')} |"
    yield ""


def meanings(model: type[Parameters]) -> dict[str, str]:
    """What each parameter means, from the docstrings of `model` and of its base classes."""
    found: dict[str, str] = {}
    for each in (it for it in reversed(model.__mro__) if issubclass(it, Parameters)):
        for names, text in ATTRIBUTE.findall(inspect.cleandoc(each.__doc__ or "")):
            one_line = " ".join(text.split()).replace("``", "`").removesuffix(".")
            found |= dict.fromkeys(names.split(", "), one_line)
    return found


def type_in_words(schema: Mapping[str, Any]) -> str:
    """A parameter's JSON schema in words: what may be typed."""
    match schema:
        case {"anyOf": choices}:
            return ", or ".join(type_in_words(each) for each in choices)
        case {"enum": names}:
            return f"one of {', '.join(map(_code, names))}"
        case {"known": names}:
            return f"{', '.join(map(_code, names))}, or one of your own"
        case {"const": ""}:
            return "none"
        case {"type": "null"}:
            return f"`{ALL}`"
        case {"type": "array", "items": each}:
            return f"list, written with commas; each is {type_in_words(each)}"
        case {"type": "integer", "minimum": low, "maximum": high}:
            return f"a whole number from {low:,} to {high:,}"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case _:
            return "text"


def examples(name: str, schema: Mapping[str, Any]) -> list[str]:
    """Each example of a parameter's schema as it is typed."""
    start = RECIPE if name == SETTINGS else f"{name}="
    return [f"-p {start}{as_typed(value)}" for value in schema.get("examples", [])]


def _value(value: Any) -> str:
    return "none" if value in ("", []) else _code(as_typed(value))


def _code(text: str) -> str:
    return f"`{text}`"
