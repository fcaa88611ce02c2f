"""The runs of a benchmark that the book shows: one file with the last run of each setting.

What one machine gave stays when the benchmark runs on another kind of machine.
"""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from artifact.common.files import read_record, write_atomically


class MeasuredRun(BaseModel):
    """One run of a benchmark."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    @abstractmethod
    def setting(self) -> tuple[str | int, ...]:
        """What distinguishes it from other runs of the benchmark; runs are sorted by it."""


Run = TypeVar("Run", bound=MeasuredRun)


class KeptRuns(BaseModel, Generic[Run]):
    """All runs of one benchmark, in the order of their settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    runs: tuple[Run, ...]


def read_kept(path: Path, record: type[KeptRuns[Run]]) -> tuple[Run, ...]:
    """The runs in a file; none where there is no file.

    Raises:
        InputError: if a field is not as it should be.
    """
    return read_record(path, record).runs if path.is_file() else ()


def keep(run: Run, path: Path, record: type[KeptRuns[Run]]) -> None:
    """Keep `run`, replacing an earlier one of its setting."""
    kept = {it.setting: it for it in (*read_kept(path, record), run)}
    runs = record(runs=tuple(kept[setting] for setting in sorted(kept)))
    write_atomically(path, runs.model_dump_json(indent=1) + "\n")
