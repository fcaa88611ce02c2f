"""Running out of memory, reported in one line; and how much memory a process may use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from artifact.common.errors import InputError
from artifact.common.provenance import hardware

LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Where Linux says what a container may take, in control groups of version 2 and 1."""


def memory_bytes() -> int | None:
    """Main memory that this process may take: the machine's, or its container's where that is less.

    None where the system does not say.
    """
    written = [path.read_text().strip() for path in LIMITS if path.is_file()]
    limits = [hardware().memory_bytes, *(int(it) for it in written if it.isdigit())]
    return min((it for it in limits if it is not None), default=None)


@contextmanager
def as_input_error(field: str) -> Iterator[None]:
    """Turn an allocation that fails within the block into an error for people.

    Args:
        field: of a spec, that says how large a batch is.

    Raises:
        InputError: in place of what the allocator raised.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        known = isinstance(error, MemoryError | torch.OutOfMemoryError)
        if not known and "can't allocate memory" not in str(error):
            raise
        raise InputError(
            "there is too little memory for the batch",
            field=field,
            cure="free some and start again, which resumes here, or make the batch smaller",
        ) from error
