"""One run of each setting is kept, in their order, and a damaged file is told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.book.measurements.kept_runs import KeptRuns, MeasuredRun, keep, read_kept
from artifact.common.errors import InputError


class Timed(MeasuredRun):
    dtype: str
    seconds: float

    @property
    def setting(self) -> tuple[str]:
        return (self.dtype,)


def test_a_run_takes_the_place_of_an_earlier_one_of_its_setting(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    assert read_kept(path, KeptRuns[Timed]) == ()
    for dtype, seconds in (("float32", 3.0), ("bfloat16", 1.0), ("float32", 2.0)):
        keep(Timed(dtype=dtype, seconds=seconds), path, KeptRuns[Timed])
    kept = read_kept(path, KeptRuns[Timed])
    assert [(run.dtype, run.seconds) for run in kept] == [("bfloat16", 1.0), ("float32", 2.0)]


def test_a_damaged_file_is_one_line_with_file_and_field(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    path.write_text('{"runs": [{"dtype": "float32"}]}', encoding="utf-8")
    with pytest.raises(InputError, match=r"runs\.json, field 'runs\.0\.seconds'"):
        read_kept(path, KeptRuns[Timed])
