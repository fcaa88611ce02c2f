"""Build the book: through the gate, from clean, strictly, and swapped in only when it is whole.

The last good book stays until the new one has passed every check.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from artifact import paths
from artifact.claims import ledger
from artifact.claims.rendered import write_pages
from artifact.errors import CheckError
from artifact.sections import reliability
from artifact.workflow import gate, pages

BUILDER = "from jupyter_book.cli.main import main; main()"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def build() -> Path:
    """Build the book to ``_build/html`` and return its first page.

    Raises:
        CheckError: a line for each fault of the sections, of the build or of the built pages;
            the last good book is then still in place.
    """
    _refuse_for(gate.check())
    found = ledger.current()
    ledger.write(found, paths.RESULTS / "claims.json")
    write_pages(found, paths.SECTIONS)
    reliability.write_page(paths.SECTIONS)
    fresh = paths.BUILD / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    _refuse_for(_built(fresh))
    html = fresh / "_build" / "html"
    _refuse_for(pages.check(html))
    _swap(html, paths.BUILD / "html")
    shutil.rmtree(fresh)
    return paths.BUILD / "html" / "index.html"


def _built(fresh: Path) -> list[str]:
    """Run the builder; its warnings and errors, one line each."""
    command = [
        *(sys.executable, "-c", BUILDER, "build", str(paths.ROOT), "--builder", "html"),
        *("-n", "-W", "--keep-going", "--path-output", str(fresh)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    log = paths.BUILD / "book.log"
    log.write_text(COLOUR.sub("", done.stdout + done.stderr), encoding="utf-8")
    if not done.returncode:
        return []
    # Sphinx tells its progress on stdout and only what is wrong on stderr.
    wrong = COLOUR.sub("", done.stderr).replace(f"{paths.ROOT}{os.sep}", "").splitlines()
    faults = [line for line in wrong if line.strip()]
    return faults or [f"jupyter-book ended with {done.returncode}; see {log}"]


def _swap(fresh: Path, place: Path) -> None:
    old = place.with_name("old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _refuse_for(faults: list[str]) -> None:
    if faults:
        raise CheckError("\n".join(["the book was not built:", *faults]))
