"""Files of JSON lines that only grow: a killed writer leaves at most a torn last line behind.

The torn line is skipped when reading, and removed when the next writer opens the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from artifact.common.errors import InputError
from artifact.common.files import (
    located,
    read_bytes,
    read_json_lines,
    record_of,
    write_atomically,
    writing,
)
from artifact.common.intake import Intake

RecordType = TypeVar("RecordType", bound=BaseModel)


def read_whole_lines(path: Path, record_type: type[RecordType]) -> list[RecordType]:
    """The records of all whole lines, in file order; none if there is no file.

    Raises:
        InputError: with file and line, if a whole line is not such a record.
    """
    if not path.exists():
        return []
    *lines, _torn = read_bytes(path).split(b"\n")
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(record_of(line, record_type))
        except InputError as error:
            raise located(error, path=path, line=number) from error
    return records


class JsonLines:
    """A file of JSON objects, one a line, open for appending.

    Attributes:
        records: its lines, in file order.

    Args:
        path: the file; created if missing.

    Raises:
        InputError: with file and line, if a whole line is not a JSON object; if the file can't be
            written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path), path.open("a+b") as stream:
            stream.truncate(read_bytes(path).rfind(b"\n") + 1)
        self.records = [record for _, record in read_json_lines(path, Intake())]

    def append(self, *records: BaseModel | dict[str, Any]) -> None:
        """Add a line for each record; all are on disk when this returns."""
        objects = [
            it.model_dump(mode="json") if isinstance(it, BaseModel) else it for it in records
        ]
        with writing(self._path), self._path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.writelines(map(_line, objects))
            stream.flush()
            os.fsync(stream.fileno())
        self.records += objects

    def replace(self, records: Sequence[dict[str, Any]]) -> None:
        """Replace all lines by `records`: the whole file, or nothing."""
        if records != self.records:
            write_atomically(self._path, "".join(map(_line, records)))
            self.records = list(records)


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
