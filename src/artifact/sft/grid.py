"""Several specs at once: every combination of the fields that hold lists.

A section's runs, the reference runs and a cluster's jobs are all written as grids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

from artifact.common.errors import InputError
from artifact.common.files import located, read_yaml
from artifact.sft.spec import Spec, resolve

KEY_DIGITS = 12


def expand(fields: Mapping[str, Any]) -> list[Spec]:
    """The specs of a grid: each value of a list makes its own run.

    The last list varies fastest. Equal specs are listed once.

    Raises:
        InputError: with the field at fault.
    """
    lists = {name: value for name, value in fields.items() if isinstance(value, list)}
    if empty := [name for name, value in lists.items() if not value]:
        raise InputError("holds no value", field=empty[0])
    combined = (dict(zip(lists, values, strict=True)) for values in product(*lists.values()))
    return list(dict.fromkeys(resolve({**fields, **chosen}) for chosen in combined))


def read(path: Path) -> list[Spec]:
    """The specs of a YAML file that holds a list of grids, in its order, each once.

    Raises:
        InputError: with file and field, if it can't be read or used.
    """
    grids = read_yaml(path)
    if not (isinstance(grids, list) and all(isinstance(grid, dict) for grid in grids)):
        raise InputError("is not a list of grids", path=path)
    try:
        return list(dict.fromkeys(spec for grid in grids for spec in expand(grid)))
    except InputError as error:
        raise located(error, path=path) from error


def key(spec: Spec) -> str:
    """A spec's name in jobs and files; unlike a run's hash it needs neither weights nor data."""
    return hashlib.sha256(spec.model_dump_json().encode()).hexdigest()[:KEY_DIGITS]
