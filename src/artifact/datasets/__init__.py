"""The datasets: each subfolder is one, found by its presence, with all that is specific to it.

Beside them is what they share: problems, sources, splits, the hub, the release's files.
Add a dataset as a folder and touch nothing else; change a rule of one dataset in its folder.
"""

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
