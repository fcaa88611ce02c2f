"""No number that someone gives is without bounds, at the command line, in specs and in sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import typer
from pydantic import BaseModel

from artifact.cli.main import app
from artifact.common.bounds import MOST_PROBLEMS, MOST_SEED
from artifact.common.errors import InputError
from artifact.sft.spec import Spec, resolve
from artifact.workflow.sections import SECTIONS

if TYPE_CHECKING:
    from conftest import Command


def options(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from options(inner, (*words, name))
    for option in command.params:
        if option.bare_type() in ("int", "float"):
            yield " ".join((*words, option.opts[0])), option


OPTIONS = dict(options(typer.main.get_command(app)))


def test_there_are_options_to_look_at() -> None:
    assert len(OPTIONS) > 25


@pytest.mark.parametrize("name", OPTIONS)
def test_every_number_of_the_command_line_has_bounds(name: str) -> None:
    assert OPTIONS[name].min is not None
    assert OPTIONS[name].max is not None


def numbers(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """JSON schemas of all numbers in `model`, by name."""
    schema = model.model_json_schema()
    parts = schema.get("$defs", {})

    def within(name: str, part: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        part = parts[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        if part.get("type") in ("integer", "number"):
            yield name, part
        for inner in (*part.get("anyOf", ()), *part.get("allOf", ())):
            yield from within(name, inner)
        for key in ("items", "additionalProperties"):
            if isinstance(part.get(key), dict):
                yield from within(f"{name}[]", part[key])
        for key, inner in part.get("properties", {}).items():
            yield from within(f"{name}.{key}", inner)

    yield from within(prefix or model.__name__, schema)


FIELDS = dict(pair for model in (Spec, *SECTIONS.values()) for pair in numbers(model))


@pytest.mark.parametrize("name", FIELDS)
def test_every_number_of_specs_and_sections_has_bounds(name: str) -> None:
    assert {"minimum", "exclusiveMinimum"} & FIELDS[name].keys()
    assert {"maximum", "exclusiveMaximum"} & FIELDS[name].keys()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (f"data check lookalike --dataset babi --n {10**10}", "--n"),
        (f"data check lookalike --dataset babi --n {10**400}", "--n"),
        ("data check lookalike --dataset babi --n 0", "--n"),
        ("data check lookalike --dataset babi --seed -1", "--seed"),
        (f"data check lookalike --dataset babi --seed {MOST_SEED + 1}", "--seed"),
        ("study simulate --seed -1 --out OUT", "--seed"),
        ("study power --seed -1", "--seed"),
        ("study analyse nowhere.csv --seed -1", "--seed"),
        (f"study simulate --per-group {10**12} --out OUT", "--per-group"),
        ("study power --effect nan", "--effect"),
        ("study power --effect inf", "--effect"),
        ("study power --per-group 1", "--per-group"),
        (f"study power --studies {10**9}", "--studies"),
        *(
            (f"data teach --dataset babi --out OUT {option} {value}", option)
            for option in ("--timeout", "--price-in", "--price-out")
            for value in ("inf", "nan", "-1", "1e400")
        ),
        (f"data teach --dataset babi --out OUT --retries {10**9}", "--retries"),
        (f"run --dry-run -p n={10**18}", f"less than or equal to {MOST_PROBLEMS}"),
        ("run --dry-run -p n=10**18", "field 'n'"),
        ("run --dry-run -p seed=-1", "greater than or equal to 0"),
        (f"run --dry-run -p train={10**18}", "field 'train'"),
        (f"run --dry-run -p per_group={10**18}", "field 'per_group'"),
        (f"run --dry-run -p seeds=0,{2**32}", "field 'seeds'"),
        (f"run --dry-run -p n={'9' * 5000}", "field 'n'"),
        (f"run --cores {10**9}", "--cores"),
        ("study serve --port 65536", "--port"),
    ],
)
def test_a_number_beyond_its_bounds_is_one_line(
    command_line: Command, tmp_path: Any, words: str, said: str
) -> None:
    done = command_line(*words.replace("OUT", str(tmp_path / "out")).split())
    assert done.code == 2
    assert done.err.startswith("artifact: ")
    assert done.err.count("\n") == 1
    assert said in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"n": 10**18}, "field 'n'"),
        ({"data_seed": -1}, "field 'data_seed'"),
        ({"lora": {"rank": 10**9}}, "field 'lora.rank'"),
        ({"optimisation": {"learning_rate": 1e9}}, "field 'optimisation.learning_rate'"),
        ({"optimisation": {"epochs": 10**9}}, "field 'optimisation.epochs'"),
        ({"decoding": {"temperature": float("inf")}}, "field 'decoding.temperature'"),
        ({"decoding": {"max_new_tokens": 10**9}}, "field 'decoding.max_new_tokens'"),
    ],
)
def test_a_spec_beyond_its_bounds_names_the_field(fields: dict[str, Any], said: str) -> None:
    base = {"model": "tiny-llama", "dataset": "babi", "variant": "correct"}
    with pytest.raises(InputError, match=said):
        resolve(base | fields)
