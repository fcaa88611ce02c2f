"""Downloads by name: complete and checked against committed hashes, or not there at all.

A download's own module is imported when it is fetched, so that commands which only name them
start at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artifact.common.errors import InputError

if TYPE_CHECKING:
    from artifact.common.fetch.download import Fetched, Fetcher


def _release(
    *, repository: str | None = None, into: Path | None = None, later: Sequence[str] = ()
) -> Fetched:
    from artifact.common.fetch.release import fetch_release

    return fetch_release(repository=repository, into=into, later=later)


def _smollm2(*, repository: str | None = None, into: Path | None = None) -> Fetched:
    from artifact.common.fetch.smollm2 import fetch_smollm2

    return fetch_smollm2(repository=repository, into=into)


FETCHERS: dict[str, Fetcher] = {"release": _release, "smollm2-135m": _smollm2}
"""What can be fetched, by name."""


def fetch(
    name: str,
    *,
    repository: str | None = None,
    into: Path | None = None,
    later: Sequence[str] = (),
) -> Fetched:
    """Fetch the download called `name`; quick if it is already there and intact.

    Args:
        name: one of `FETCHERS`.
        repository: where from; None is the download's own default.
        into: the folder that gets it; below ``data`` by default.
        later: of the release, the runs of later commits to bring too, by name (`LATER_RUNS`).

    Raises:
        InputError: if there is no such download, or its source can't be reached.
        CheckError: if what was fetched differs from the committed hashes.
    """
    if name not in FETCHERS:
        known = ", ".join(sorted(FETCHERS))
        raise InputError(f"no download is called '{name}'", cure=f"choose one of {known}")
    if not later:
        return FETCHERS[name](repository=repository, into=into)
    if name != "release":
        raise InputError(f"{name} has no later runs", field="with", cure="leave out --with")
    return _release(repository=repository, into=into, later=later)
