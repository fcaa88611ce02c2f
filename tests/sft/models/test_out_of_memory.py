"""Too little memory: the least limit counts, and a failed allocation reads like any other error."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from artifact.common.errors import InputError
from artifact.sft.models import out_of_memory

MACHINE = 8 * 10**9


@pytest.mark.parametrize(
    ("told", "physical", "expected"),
    [
        ([], MACHINE, MACHINE),
        (["max\n"], MACHINE, MACHINE),
        (["2000000000\n"], MACHINE, 2 * 10**9),
        (["9223372036854771712\n"], MACHINE, MACHINE),  # version 1 says so where there is no limit
        (["2000000000\n"], None, 2 * 10**9),
        (["max\n"], None, None),
    ],
)
def test_the_least_limit_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: list[str],
    physical: int | None,
    expected: int | None,
) -> None:
    files = [tmp_path / str(number) for number in range(2)]
    for path, text in zip(files, told, strict=False):
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(out_of_memory, "LIMITS", files)
    monkeypatch.setattr(out_of_memory, "hardware", lambda: SimpleNamespace(memory_bytes=physical))
    assert out_of_memory.memory_bytes() == expected


def test_a_failed_allocation_is_one_line() -> None:
    with pytest.raises(InputError) as caught, out_of_memory.as_input_error("decoding.batch"):
        torch.empty(2**60, dtype=torch.uint8)  # an exbibyte
    said = str(caught.value)
    assert said.startswith("field 'decoding.batch': there is too little memory for the batch; ")
    assert "\n" not in said


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory.")])
def test_pythons_and_a_gpus_are_told_alike(error: Exception) -> None:
    with (
        pytest.raises(InputError, match="too little memory"),
        out_of_memory.as_input_error("optimisation.batch"),
    ):
        raise error


def test_other_errors_pass() -> None:
    with (
        pytest.raises(RuntimeError, match="shapes"),
        out_of_memory.as_input_error("optimisation.batch"),
    ):
        raise RuntimeError("shapes cannot be multiplied")
