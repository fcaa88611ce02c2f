"""Several runs at once: every combination of the fields that hold lists.

The same grid names the runs of a section, of the reference, and of a cluster's jobs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from artifact.common import paths
from artifact.common.errors import InputError
from artifact.common.files import located, read_bytes
from artifact.common.provenance import library_versions
from artifact.sft.run_data import choose
from artifact.sft.run_folder import LIBRARIES, METHOD, RECORD, Run
from artifact.sft.spec import Spec, resolve

KEY_DIGITS = 12


def expand(fields: Mapping[str, Any]) -> list[Spec]:
    """The specs of a grid: a list in place of one value stands for a run each.

    The last list varies fastest. Specs that mean the same come once.

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
    try:
        grids = yaml.safe_load(read_bytes(path).decode("utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError("is not YAML", path=path) from error
    if not (isinstance(grids, list) and all(isinstance(grid, dict) for grid in grids)):
        raise InputError("is no list of grids", path=path)
    try:
        return list(dict.fromkeys(spec for grid in grids for spec in expand(grid)))
    except InputError as error:
        raise located(error, path=path) from error


def key(spec: Spec) -> str:
    """A spec's name in jobs and files; unlike a run's hash it needs neither weights nor data."""
    return hashlib.sha256(spec.model_dump_json().encode()).hexdigest()[:KEY_DIGITS]


def finished(specs: Iterable[Spec], folder: Path | None = None) -> dict[Spec, Run]:
    """The run of each spec that is trained and answered in `folder` (``runs`` by default).

    Runs of other library versions, or of another method of this package, are passed over. Of
    several runs (other numerics, other data of the same source) the first by hash is taken, those
    on today's data before others.
    """
    found: dict[Spec, list[Run]] = {}
    wanted, here = set(specs), library_versions(LIBRARIES)
    for path in sorted((folder or paths.RUNS).glob(f"*/{RECORD}")):
        run = Run(path.parent)
        record = run.record
        current = record.libraries == here and record.method == METHOD
        if record.generation and record.spec in wanted and current:
            found.setdefault(record.spec, []).append(run)
    return {spec: _on_todays_data(spec, runs) for spec, runs in found.items()}


def _on_todays_data(spec: Spec, runs: list[Run]) -> Run:
    if len(runs) == 1:
        return runs[0]
    today = choose(spec).sha256
    return next((run for run in runs if run.record.data_sha256 == today), runs[0])
