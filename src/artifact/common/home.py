"""A home folder that can be written: libraries keep caches there, and some stop without one.

Containers that run as another user (``docker run -u``) and some clusters' nodes have none.
"""

from __future__ import annotations

import os
from pathlib import Path

from artifact.common.paths import DATA

SUBSTITUTE = DATA / "home"


def ensure_home() -> str | None:
    """Point HOME to `SUBSTITUTE`, for this process and its children, if it can't be written.

    A user without an entry in the system's list of users gets a name, too.

    Returns:
        What was done, in a line for the reader; None if HOME stays.
    """
    if not any(name in os.environ for name in ("LOGNAME", "USER")):
        os.environ["USER"] = str(os.getuid())
    given = os.environ.get("HOME")
    if given is not None and _writable(Path(given)):
        return None
    SUBSTITUTE.mkdir(parents=True, exist_ok=True)
    os.environ["HOME"] = str(SUBSTITUTE)
    return f"HOME ({given or 'not set'}) is not writable; caches go to {SUBSTITUTE}"


def _writable(home: Path) -> bool:
    return home.is_dir() and os.access(home, os.W_OK | os.X_OK)
