"""Freed blocks leave the process, and oneDNN is told how many products to keep, unless asked."""

import os
import subprocess
import sys

import pytest

from artifact.sft.kernels import heap

FREED = """
import sys
from pathlib import Path
from artifact.sft.kernels import heap

def resident():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024

if sys.argv[1] == "small":
    heap.stay_small()
del [bytearray(16 << 20)][0]  # glibc now keeps blocks up to that size
before = resident()
blocks = [bytearray(b"x" * (1 << 19)) for _ in range(200)]
del blocks[:-1]  # the last one lies at the heap's end
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("how", "set_outside", "keeps"),
    [
        ("small", [], False),
        ("plain", [], True),
        ("small", ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"], True),
    ],
)
def test_freed_blocks_go_back_to_the_system_unless_asked(how, set_outside, keeps):
    done = subprocess.run(
        [sys.executable, "-c", FREED, how],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | dict.fromkeys(set_outside, str(1 << 25)),
    )
    held = float(done.stdout)
    assert (held > 50) is keeps, f"{held} of 100 MB are held"


@pytest.mark.parametrize(("asked", "used"), [(None, heap.CACHE_CAPACITY), ("7", "7")])
def test_a_capacity_that_the_environment_gives_is_kept(asked, used, monkeypatch):
    name = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
    monkeypatch.setenv(name, asked or "")
    if asked is None:
        monkeypatch.delenv(name)
    heap.stay_small()
    assert os.environ[name] == used
