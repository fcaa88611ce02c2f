"""The datasets: each subfolder is one, and is found by being there."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset


@cache
def names() -> tuple[str, ...]:
    """Names of all datasets, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.ispkg))


def get(name: str) -> Dataset:
    """The dataset called `name`.

    Raises:
        InputError: if there is no such folder.
    """
    if name not in names():
        raise InputError(
            f"no dataset is called '{name}'",
            field="dataset",
            cure=f"choose one of {', '.join(names())}",
        )
    dataset: Dataset = import_module(f"{__name__}.{name}").DATASET
    return dataset
