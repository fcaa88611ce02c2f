"""Build the book: after the gate, from scratch, strictly, and put in place only when complete.

The last good book stays until the new one has passed every check, however the build ends.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from artifact.book import gate, offline, pages, up_to_date
from artifact.book.generated import (
    claims_page,
    compute,
    crate,
    explorer,
    front_page,
    lookalikes,
    parameters,
    released_outputs,
)
from artifact.book.measurements import cost, reliability_page, scale, speed, stages
from artifact.claims import ledger
from artifact.claims.snapshot import load_snapshot
from artifact.common import paths
from artifact.common.errors import CheckError
from artifact.evaluation.scored_runs import reference_runs
from artifact.workflow import lock, processes

BUILDER = "from jupyter_book.cli.main import main; main()"
ICONS = re.compile(r"<script[^>]*/fontawesome\.js[^>]*></script>")
"""The theme's icon script, 1.5 MB; `book.css` draws the few icons that are used."""

SEARCH_CHANGES = {
    "queryTerm.match(/^\\d+$/)": "false",
    "OPTIONS.SHOW_SEARCH_SUMMARY": 'OPTIONS.SHOW_SEARCH_SUMMARY && location.protocol !== "file:"',
}
"""Sphinx's search drops numbers from a query, and readers look for numbers here; it also reads
the pages it found to show a passage of each, which a browser may not do from a disk."""

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def build(*, with_release_texts: bool = False) -> Path:
    """Build the book to ``_build/html``, unless the one there is up to date; give its first page.

    Args:
        with_release_texts: let the explorer show the release's outputs as well, which makes a book
            for local reading only.

    Raises:
        InputError: if the root is not a checkout, whose pages the book is made of; if the release's
            texts are asked for but not at hand.
        CheckError: a line for each fault of the sections, of the build or of the built pages,
            or if another command is running here; the last good book is then still in place.
        StoppedError: if told to stop; likewise.
    """
    paths.require_project(paths.BOOK)
    release = released_outputs.root_at_hand() if with_release_texts else None
    with lock.exclusive("artifact book") as held:
        return _build(held, release)


def _build(held: int, release: Path | None) -> Path:
    html, old = paths.BUILD / "html", paths.BUILD / "old"
    if old.exists() and not html.exists():  # the last build was killed between two renames
        old.rename(html)
    _refuse_for(gate.check())
    inputs = None if release else up_to_date.inputs_sha256()
    if inputs and up_to_date.is_current(inputs):
        return html / "index.html"
    up_to_date.forget()
    runs = reference_runs()
    snapshot = load_snapshot()
    found = ledger.entries(snapshot, ledger.known_runs())
    ledger.write(found, up_to_date.claims_path())
    front_page.write_pages(found, paths.SECTIONS)
    claims_page.write_page(found, paths.SECTIONS, snapshot)
    compute.write_page(runs, paths.SECTIONS)
    parameters.write_page(paths.SECTIONS)
    lookalikes.write_page(paths.SECTIONS)
    released_outputs.write_pages(paths.SECTIONS, shown=release is not None)
    reliability_page.write_page(paths.SECTIONS)
    speed.write_page(paths.SECTIONS)
    cost.write_page(paths.SECTIONS)
    stages.write_page(paths.SECTIONS)
    scale.write_page(paths.SECTIONS)
    fresh = paths.BUILD / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    _refuse_for(_built(fresh, held))
    made = fresh / "_build" / "html"
    lighten(made)
    explorer.write_data(runs, made / explorer.PLACE, release)
    if release is not None:
        (made / released_outputs.NOTICE).write_text(f"{released_outputs.LOCAL_ONLY}\n")
    lookalikes.write_sets(made / lookalikes.PLACE)
    crate.write_results(made)
    crate.write(made)
    _refuse_for([*pages.check(made), *explorer.faults(made / explorer.PLACE)])
    shutil.rmtree(old, ignore_errors=True)
    if html.exists():
        shutil.move(html, old)  # a rename, unless the book lies in the layer of a container's image
    made.rename(html)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(fresh)
    if inputs == up_to_date.inputs_sha256():  # nothing was changed meanwhile
        up_to_date.record(inputs)
    return html / "index.html"


def _built(fresh: Path, held: int) -> list[str]:
    """Run the builder; its warnings and errors, one line each."""
    command = [
        *(sys.executable, "-c", BUILDER, "build", str(paths.ROOT), "--builder", "html"),
        *("-n", "-W", "--keep-going", "--path-output", str(fresh)),
    ]
    # Sphinx reports progress on stdout and only what is wrong on stderr.
    log, complaints = paths.BUILD / "book.log", fresh / "complaints.log"
    with log.open("w") as stdout, complaints.open("w") as stderr:
        code = processes.run(command, stdout=stdout, stderr=stderr, held=[held])
    progress, wrong = _plain(log), _plain(complaints)
    log.write_text(progress + wrong, encoding="utf-8")
    if not code:
        return []
    lines = wrong.replace(f"{paths.ROOT}{os.sep}", "").splitlines()
    faults = [line for line in lines if line.strip()]
    return faults or [f"jupyter-book ended with {code}; see {log}"]


def lighten(folder: Path) -> None:
    """Take out what the pages below `folder` do not need (the icon script, source maps), change
    their search, and let them load nothing from the net."""
    for page in pages.pages_of(folder):
        html = ICONS.sub("", page.read_text(encoding="utf-8"))
        page.write_text(offline.seal(html), encoding="utf-8")
    for file in [*folder.glob("_static/**/*.map"), *folder.glob("_static/scripts/fontawesome*")]:
        file.unlink(missing_ok=True)
    search = folder / "_static" / "searchtools.js"
    if search.is_file():
        text = search.read_text(encoding="utf-8")
        for sphinx, ours in SEARCH_CHANGES.items():
            text = text.replace(sphinx, ours)
        search.write_text(text, encoding="utf-8")


def _plain(log: Path) -> str:
    return COLOUR.sub("", log.read_text(encoding="utf-8", errors="replace"))


def _refuse_for(faults: list[str]) -> None:
    if faults:
        raise CheckError("\n".join(["the book was not built:", *faults]))
