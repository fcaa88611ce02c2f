"""Freed memory goes back to the system, and few compiled products are cached.

Two defaults make a process grow while it trains, by as much as everything else it holds. glibc
keeps freed blocks below a threshold, which it raises with every larger block. oneDNN, which
multiplies bf16 matrices, caches 1,024 compiled products with scratch memory, one for each shape; a
pass over a batch of one length needs about thirty.

Giving every block back has a price in time: the system zeroes each new one, page by page. Who has
the memory sets glibc's own variables, which then hold instead.
"""

from __future__ import annotations

import ctypes
import os
import sys

CACHE_CAPACITY = "64"
"""Compiled products that oneDNN caches. With 16 it recompiles all the time."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""The numbers of these settings in glibc's malloc.h; setting one stops its automatic adjustment."""

TRIM_BYTES, MMAP_BYTES = 1 << 20, 1 << 18
"""Freed bytes kept at the end of the heap, and the size from which a block is mapped outside it, so
that it goes back as soon as it is freed."""

SETTINGS = {
    "MALLOC_TRIM_THRESHOLD_": (M_TRIM_THRESHOLD, TRIM_BYTES),
    "MALLOC_MMAP_THRESHOLD_": (M_MMAP_THRESHOLD, MMAP_BYTES),
}
"""By the environment variable from which glibc takes the same setting."""


def stay_small() -> None:
    """Set both for this process, but not what its environment sets. oneDNN reads its setting once,
    at its first product."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", CACHE_CAPACITY)
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        for variable, (setting, size) in SETTINGS.items():
            if variable not in os.environ:
                mallopt(setting, size)
