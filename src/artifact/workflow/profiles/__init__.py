"""The profiles: a file for each, with the parameters that it sets by section."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from artifact.common.errors import InputError

FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """Names of all profiles, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def content(name: str) -> dict[str, dict[str, Any]]:
    """The parameters that the profile called `name` sets, by section.

    Raises:
        InputError: if its file is damaged.
    """
    from artifact.common.files import read_yaml  # not for `names`, which every --help asks

    path = FOLDER / f"{name}.yaml"
    found = read_yaml(path)
    if not (isinstance(found, dict) and all(isinstance(it, dict) for it in found.values())):
        raise InputError("holds something other than parameters by section", path=path)
    return found
