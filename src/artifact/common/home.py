"""A home folder that can be written: libraries keep caches there, and some stop without one.

Containers that run as another user (``docker run -u``) and some clusters' nodes have none.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from artifact.common.paths import DATA

SUBSTITUTE = DATA / "home"


def ensure_home() -> None:
    """Point HOME to `SUBSTITUTE` for this process and what it starts, where it can't be written.

    A user without an entry in the system's list of users gets a name, too.
    """
    if "HOME" not in os.environ or not _writable(Path(os.environ["HOME"])):
        SUBSTITUTE.mkdir(parents=True, exist_ok=True)
        given = os.environ.get("HOME", "not set")
        print(f"HOME ({given}) can't be written; caches go to {SUBSTITUTE}", file=sys.stderr)
        os.environ["HOME"] = str(SUBSTITUTE)
    if not any(name in os.environ for name in ("LOGNAME", "USER")):
        os.environ["USER"] = str(os.getuid())


def _writable(home: Path) -> bool:
    return home.is_dir() and os.access(home, os.W_OK | os.X_OK)
