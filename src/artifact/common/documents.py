"""JSON and YAML as values: the one gate that every document passes, whoever wrote it.

Besides what the formats forbid, it refuses what they allow but nobody here means: a key given
twice (the last would silently win), nesting deeper than `MOST_DEPTH`, YAML aliases that expand to
more than `MOST_NODES` values, and documents larger than `MOST_BYTES` or `MOST_YAML_BYTES`.
"""

from __future__ import annotations

import codecs
import json
from typing import Any, NoReturn

import yaml

from artifact.common.errors import InputError

MOST_DEPTH = 100
MOST_NODES = 100_000
MOST_BYTES, MOST_YAML_BYTES = 256 << 20, 256 << 10
"""For JSON (figures, notebooks with pictures) and for YAML (what people write)."""

_BAD_SCALARS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Exceptions that PyYAML lets through for scalars not of the type they look like (2026-13-45)."""


def json_value(content: bytes | str) -> Any:
    """The value of a JSON document.

    Raises:
        InputError: without a path, if it isn't UTF-8 or JSON, or is refused (see the module).
    """
    text = _text(content)
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
        if text.count("[") + text.count("{") > MOST_DEPTH:
            _check_depth(value)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError("contains a lone surrogate, which is not a character") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        fault = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise InputError(f"is not valid JSON ({fault})") from error
    return value


def yaml_value(content: bytes | str) -> Any:
    """The value of a YAML document.

    Raises:
        InputError: as `json_value`, with the line where there is one.
    """
    if len(content) > MOST_YAML_BYTES:
        raise InputError(f"is larger than {MOST_YAML_BYTES >> 10} KiB")
    loader = None
    try:
        loader = yaml.SafeLoader(_text(content))
        node = loader.get_single_node()
        if node is None:
            return None
        _Measured(loader).of(node)
        return loader.construct_document(node)
    except RecursionError as error:
        raise _too_deep() from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError(f"is not YAML: {error.problem}", line=line) from error
    except (yaml.YAMLError, *_BAD_SCALARS) as error:
        raise InputError(f"is not YAML: {error}") from error
    finally:
        if loader is not None:
            loader.dispose()


def _text(content: bytes | str) -> str:
    if isinstance(content, str):
        return content
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 at byte {error.start + 1}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError("is given twice", field=twice, cure="keep one of them")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _too_deep() -> InputError:
    return InputError(f"is nested deeper than {MOST_DEPTH} levels")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise _too_deep()


class _Measured:
    """Measures a YAML node once its aliases are followed: how many values it has, and how deep."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self._loader = loader
        self._known: dict[int, tuple[int, int] | None] = {}

    def of(self, node: yaml.Node) -> tuple[int, int]:
        """Number of values, and levels; each node is measured once, however often it is aliased."""
        if id(node) not in self._known:
            self._known[id(node)] = None
            self._known[id(node)] = self._measure(node)
        measured = self._known[id(node)]
        if measured is None:
            raise InputError("holds an alias of itself", line=node.start_mark.line + 1)
        return measured

    def _measure(self, node: yaml.Node) -> tuple[int, int]:
        inner: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            self._check_keys(node)
            inner = [each for pair in node.value for each in pair]
        elif isinstance(node, yaml.SequenceNode):
            inner = node.value
        sizes = [self.of(each) for each in inner]
        size, depth = 1 + sum(it for it, _ in sizes), 1 + max((it for _, it in sizes), default=0)
        line = node.start_mark.line + 1
        if size > MOST_NODES:
            raise InputError(f"expands to more than {MOST_NODES:,} values", line=line)
        if depth > MOST_DEPTH:
            raise _too_deep()
        return size, depth

    def _check_keys(self, node: yaml.MappingNode) -> None:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            name = self._loader.construct_object(key)
            if name in seen:
                fault, line = "is given twice", key.start_mark.line + 1
                raise InputError(fault, line=line, field=str(name), cure="keep one of them")
            seen.add(name)
