"""Reads a GGUF file once where transformers reads it several times: half the time of unpacking it.

For the configuration, the weights and the tokenizer it parses the whole file each time, and for
every module of the model it builds the same map of tensor names again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

import gguf


@contextmanager
def read_once() -> Iterator[None]:
    """Keep, within the block, what `gguf` has read of a file and the maps of names it has made."""
    with (
        patch.object(gguf, "GGUFReader", cache(gguf.GGUFReader)),
        patch.object(gguf, "get_tensor_name_map", cache(gguf.get_tensor_name_map)),
    ):
        yield
