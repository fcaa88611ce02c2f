"""The questionnaire as typed records, read from `items.yml` or from a researcher's own file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from artifact.common.errors import InputError

POINTS = 5
"""Points of every scale, counted from 1."""

Dimension = Literal["predictability", "understandability", "faithfulness", "cognitive_load"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
INTERPRETABILITY: tuple[Dimension, ...] = ("predictability", "understandability", "faithfulness")
"""The dimensions whose items together make the paper's "interpretability"."""

OWN_ITEMS = Path(__file__).with_name("items.yml")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Point = Annotated[int, Field(ge=1, le=POINTS, strict=True)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Record):
    """One line that is rated after every problem."""

    id: Key
    dimension: Dimension
    scale: Key
    reversed: bool
    """Agreeing means less of the dimension."""
    needs_trace: bool
    """Speaks of the reasoning text, so it is not asked where only the answer is shown."""
    text: Text


class Check(_Record):
    """An attention check: a line that says which point to choose."""

    id: Key
    scale: Key
    expected: Point
    text: Text


class Comment(_Record):
    """The free text at the end."""

    id: Key
    text: Text


class Questionnaire(_Record):
    """All that a participant is asked, in the order asked."""

    wording: Text
    """Whose wording the items are."""
    scales: Mapping[Key, Annotated[tuple[Text, ...], Field(min_length=POINTS, max_length=POINTS)]]
    """Anchors of the points 1 to `POINTS`, by name of the scale."""
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    checks: tuple[Check, ...]
    comment: Comment

    def asked(self, *, trace_shown: bool) -> tuple[Item, ...]:
        """The items for someone who sees a trace, or for someone who sees the answer only."""
        return tuple(item for item in self.items if trace_shown or not item.needs_trace)


def load_items(path: Path = OWN_ITEMS) -> Questionnaire:
    """Read a questionnaire.

    Raises:
        InputError: the file is missing or no YAML, a field is missing, unknown or of the wrong
            kind, an id is used twice, or a scale is named that is not defined. The line names
            the file, the item and the field.
    """
    raw = _read_yaml(path)
    try:
        questionnaire = Questionnaire.model_validate(raw)
    except ValidationError as error:
        raise _first_fault(error, raw, path) from None
    _check_names(questionnaire, path)
    return questionnaire


def _read_yaml(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("no such file", path=path) from None
    except (OSError, UnicodeDecodeError):
        raise InputError("cannot be read as UTF-8 text", path=path) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError(f"is no YAML: {error.problem}", path=path, line=line) from None
    except yaml.YAMLError:
        raise InputError("is no YAML", path=path) from None


def _first_fault(error: ValidationError, raw: object, path: Path) -> InputError:
    """The first thing wrong, named by the entry's own id where it has one."""
    fault = error.errors()[0]
    message = fault["msg"][:1].lower() + fault["msg"][1:]
    match fault["loc"]:
        case ("items" | "checks" as part, int(index), *rest) if isinstance(raw, dict):
            entry = raw[part][index]
            named = entry.get("id") if isinstance(entry, dict) else None
            name = f"item '{named}'" if named else f"entry {index + 1} of {part}"
            message = f"{name}: {message}"
        case rest:
            pass
    return InputError(message, path=path, field=".".join(map(str, rest)) or None)


def _check_names(questionnaire: Questionnaire, path: Path) -> None:
    lines: tuple[Item | Check, ...] = (*questionnaire.items, *questionnaire.checks)
    ids = Counter([line.id for line in lines] + [questionnaire.comment.id])
    for name, count in ids.items():
        if count > 1:
            raise InputError(f"item '{name}': is defined {count} times", path=path, field="id")
    for line in lines:
        if line.scale not in questionnaire.scales:
            raise InputError(
                f"item '{line.id}': scale '{line.scale}' is not defined",
                path=path,
                field="scale",
                cure=f"name one of {', '.join(questionnaire.scales)}",
            )
