"""The command that makes a dataset's stored statistics anew from the release."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from artifact.common.errors import InputError
from artifact.common.files import write_atomically


def write_release_statistics(count: Callable[[Path], BaseModel], file: Path) -> None:
    """Count the release at the folder that the command line names, and write the figures to `file`.

    Ends the process with status 2 and one line on standard error if the release can't be read.

    Args:
        count: folder of the release's branches -> its statistics.
        file: where they are stored, as JSON.
    """
    parser = ArgumentParser(description=f"Count the release and write {file.name} anew.")
    parser.add_argument("release", type=Path, help="folder that holds the release's branches")
    try:
        statistics = count(parser.parse_args().release)
    except InputError as error:
        parser.error(str(error))
    write_atomically(file, statistics.model_dump_json(indent=1) + "\n")
