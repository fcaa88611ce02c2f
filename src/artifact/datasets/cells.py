"""What the release's cells spell out: Python lists, and conversations as lists of turns.

The release prints lists with ``str``, so a cell is read back as a literal; nothing in it is run.
"""

from __future__ import annotations

import ast
import warnings
from typing import Any, TypeVar

from pydantic import BeforeValidator

from artifact.common.errors import InputError

Item = TypeVar("Item")


def python_list(text: str) -> list[Any] | None:
    """The Python list that `text` spells out, or None if it spells out anything else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of "\S" and the like in a model's text
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def list_in(cell: str, field: str, kind: type[Item]) -> list[Item]:
    """The Python list of `kind` that a cell spells out.

    Raises:
        InputError: if it spells out anything else; names `field`.
    """
    items = python_list(cell)
    if items is None:
        raise InputError("is not a Python list", field=field)
    if not all(isinstance(item, kind) for item in items):
        raise InputError(f"is not a Python list of {kind.__name__}", field=field)
    return items


def assistant_turn(cell: str) -> str:
    """What the assistant says in a cell of the column ``messages``.

    Raises:
        InputError: if the cell is not a turn of the user and one of the assistant.
    """
    match python_list(cell):
        case [{"role": "user"}, {"role": "assistant", "content": str(text)}]:
            return text
    raise InputError("is not a user turn and an assistant turn", field="messages")


def _listed(cell: object) -> object:
    listed = python_list(cell) if isinstance(cell, str) else None
    return cell if listed is None else listed


SPELLED_OUT = BeforeValidator(_listed)
"""Lets a list field of a pydantic record be given as the text of a Python list; what spells out
none is left to the field's own validation."""
