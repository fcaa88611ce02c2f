"""Memory that is let go of goes back to the system, and few compiled products are kept.

Two defaults make a process grow while it trains, by as much as all else that it holds. glibc keeps
freed blocks to itself, below a size that it raises with every larger one. oneDNN, which multiplies
bf16 matrices, keeps 1,024 compiled products with room to work in, one for each shape; a pass over a
batch of one length meets some thirty.
"""

from __future__ import annotations

import ctypes
import os
import sys

CACHE_CAPACITY = "64"
"""Compiled products that oneDNN keeps. With 16 it compiles anew all the time."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""The numbers of these settings in glibc's malloc.h; one that is set no longer moves."""

TRIM_BYTES, MMAP_BYTES = 1 << 20, 1 << 18
"""Freed memory at the heap's end that is kept, and the size from which a block is not of the heap,
so that it goes back at once."""


def stay_small() -> None:
    """Set both for this process. oneDNN looks once, at its first product."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", CACHE_CAPACITY)
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_TRIM_THRESHOLD, TRIM_BYTES)
        mallopt(M_MMAP_THRESHOLD, MMAP_BYTES)
