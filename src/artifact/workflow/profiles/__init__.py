"""The profiles: a file for each, with the parameters that it sets by section."""

from __future__ import annotations

from importlib import resources


def names() -> tuple[str, ...]:
    """Names of all profiles, sorted."""
    entries = (entry.name for entry in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in entries if name.endswith(".yaml")))


def text(name: str) -> str:
    """The YAML of the profile called `name`."""
    return (resources.files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")
