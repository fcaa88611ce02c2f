"""The command that recounts a dataset's release, the yardstick for its look-alikes::

    python -m artifact.datasets.release_statistics DATASET RELEASE_DIR

A dataset that has such figures keeps them beside its ``lookalikes.statistics``, which offers
``count(root)`` and the path ``RELEASE_STATISTICS``.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from pydantic import BaseModel

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.files import write_atomically


def main() -> None:
    """Count the release and rewrite the dataset's stored statistics."""
    able = [name for name in datasets.names() if datasets.get(name).lookalikes.compare_with_release]
    parser = ArgumentParser(description=main.__doc__)
    parser.add_argument("dataset", choices=able)
    parser.add_argument("release", type=Path, help="folder that holds the release's branches")
    asked = parser.parse_args()
    statistics = import_module(f"artifact.datasets.{asked.dataset}.lookalikes.statistics")
    try:
        write_statistics(statistics.count, asked.release, statistics.RELEASE_STATISTICS)
    except InputError as error:
        parser.error(str(error))


def write_statistics(count: Callable[[Path], BaseModel], release: Path, file: Path) -> None:
    """Count the release and write the figures to `file` as JSON.

    Raises:
        InputError: if the release can't be read; the file then stays as it was.
    """
    write_atomically(file, count(release).model_dump_json(indent=1) + "\n")


if __name__ == "__main__":
    main()
