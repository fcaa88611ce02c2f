"""Where things are: every path starts at the project's root, which is found once.

It is ARTIFACT_ROOT where that is set; else the checkout, wherever a command is typed; for a package
installed without one, the working directory.
"""

from __future__ import annotations

import os
from pathlib import Path

from artifact.common.errors import InputError

ROOT_VARIABLE = "ARTIFACT_ROOT"


def find_root(package: Path, named: str | None) -> Path:
    """The project's root.

    Args:
        package: the folder of this package.
        named: ARTIFACT_ROOT.
    """
    if named:
        return Path(named).expanduser().absolute()
    checkout = package.parents[1]
    is_checkout = package.parent.name == "src" and (checkout / "pyproject.toml").is_file()
    return checkout if is_checkout else Path.cwd()


ROOT = find_root(Path(__file__).resolve().parents[1], os.environ.get(ROOT_VARIABLE))

NOTEBOOKS = ROOT / "notebooks"
BOOK = ROOT / "book"
SECTIONS = BOOK / "sections"
RESULTS = ROOT / "results"
RUNS = ROOT / "runs"
REFERENCE = ROOT / "reference"
REFERENCE_RUNS = REFERENCE / "runs"
DATA = ROOT / "data"
BUILD = ROOT / "_build"
LOCK = ROOT / "requirements.lock"


def require_project(*needed: Path) -> None:
    """Return if these files or folders of a checkout are below the root.

    Raises:
        InputError: naming the first that is not, and the root.
    """
    for path in needed:
        if not path.exists():
            raise InputError(
                f"the root of the project ({ROOT}) has no {path.relative_to(ROOT).as_posix()}",
                cure=f"run this in a checkout, or set {ROOT_VARIABLE} to one",
            )


def absolute(text: str, *, root_first: bool = False) -> Path:
    """The path that `text` names: from the working directory, or from the root if there is
    something only there.

    Args:
        root_first: the other way round, for what was stored by `portable`.
    """
    given = Path(text).expanduser()
    here, there = Path(os.path.abspath(given)), Path(os.path.normpath(ROOT / given))
    first, second = (there, here) if root_first else (here, there)
    # `os.path.exists` is False for what the system can't look at, such as too long a name.
    return second if os.path.exists(second) and not os.path.exists(first) else first


def portable(text: str) -> str:
    """`text`, a path or ``KIND:PATH``, with a path below the root written from there, so that it
    means the same in a copy of the project; any other text as it is."""
    kind, colon, place = text.rpartition(":")
    inside = place.removeprefix(f"{ROOT}{os.sep}")
    return text if inside == place else f"{kind}{colon}{Path(inside).as_posix()}"


def release_root() -> Path | None:
    """The paper's release if it is at hand: ARTIFACT_RELEASE, else what `data fetch` brought."""
    named = os.environ.get("ARTIFACT_RELEASE")
    if named:
        return Path(named).resolve()
    fetched = DATA / "release"
    return fetched if fetched.is_dir() else None
