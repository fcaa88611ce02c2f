"""The built book as an RO-Crate: what it contains, from which code, and which command made what.

``ro-crate-metadata.json`` describes the folder in which it lies (RO-Crate 1.1). It holds no clock:
its date is that of the commit, so two builds of one commit have the same bytes.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import artifact
from artifact.book import pages
from artifact.book.generated import lookalikes, released_outputs
from artifact.book.sections.common import typed_parameters
from artifact.common import paths
from artifact.common.files import read_yaml, write_atomically
from artifact.common.provenance import commit_date, file_sha256, git_state
from artifact.datasets import croissant
from artifact.workflow import results
from artifact.workflow.sections import SECTIONS

NAME = "ro-crate-metadata.json"
RESULTS = "_static/results"
"""Where the numbers of the sections and of the claims lie below the book's folder."""

CONTEXT = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "https://schema.org/sha256"}]
MIT = "https://spdx.org/licenses/MIT"
PAPER = "https://arxiv.org/abs/2505.13792"
LOCAL = "#local-only"
MAINTAINERS = "#maintainers"
SOFTWARE = "#software"
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
UNDATED = "2026"
"""The year in ``_config.yml``, for a book that is built outside a checkout."""

Json = dict[str, Any]


def write_results(html: Path) -> None:
    """Put the numbers of the claims, and of the sections in `html`, beside the pages."""
    pages_there = [name for name in SECTIONS if _page_of(html, name).is_file()]
    (html / RESULTS).mkdir(parents=True, exist_ok=True)
    for name in ("claims", *pages_there):
        shutil.copyfile(paths.RESULTS / f"{name}.json", html / RESULTS / f"{name}.json")


def write(html: Path) -> Path:
    """Describe the built book in `html`; everything else must be in place.

    Returns:
        The file written.
    """
    graph = [_descriptor(), _root(html), *_contents(html), *_made_by(html), *_context(html)]
    described = {"@context": CONTEXT, "@graph": graph}
    write_atomically(html / NAME, json.dumps(described, indent=1, ensure_ascii=False) + "\n")
    return html / NAME


def _descriptor() -> Json:
    return {
        "@id": NAME,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }


def _root(html: Path) -> Json:
    parts = [entity["@id"] for entity in _contents(html)]
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": str(read_yaml(paths.ROOT / "_config.yml").get("title", "A book")),
        "description": "An executable paper as a book: its pages, the numbers behind them, the "
        "outputs that its explorer shows, and small sets of generated problems.",
        "datePublished": commit_date(paths.ROOT) or UNDATED,
        "license": {"@id": LOCAL if _is_local(html) else MIT},
        "author": {"@id": MAINTAINERS},
        "mainEntity": {"@id": "index.html"},
        "hasPart": _refer(parts),
        "mentions": _refer([f"#run-{name}" for name in _sections(html)]),
        "about": {"@id": PAPER},
    }


def _contents(html: Path) -> list[Json]:
    """Every page, every file of numbers and problems, and the folders of the rest."""
    found = [_file(html, page, _title(page), "text/html") for page in pages.pages_of(html)]
    for file in sorted((html / RESULTS).glob("*.json")):
        of = "the claims" if file.stem == "claims" else f"section {file.stem}"
        found.append(_file(html, file, f"Numbers of {of}", "application/json"))
    for file in sorted((html / lookalikes.PLACE).iterdir()):
        is_description = file.name.endswith(croissant.SUFFIX)
        name = f"{'Croissant description of l' if is_description else 'L'}ook-alikes"
        kind = "application/ld+json" if is_description else "application/jsonlines"
        found.append(_file(html, file, f"{name}, {file.name.partition('.')[0]}", kind))
    folders = {
        "_static/explorer/": "Outputs of the reference runs, as the explorer shows them",
        "_static/": "Scripts and styles of the pages",
    }
    for folder, name in folders.items():
        if (html / folder).is_dir():
            found.append({"@id": folder, "@type": "Dataset", "name": name})
    if _is_local(html):
        name = "Outputs of the paper's release, as the explorer shows them"
        place = f"_static/explorer/{released_outputs.PLACE}"
        found.append({"@id": place, "@type": "Dataset", "name": name, "license": {"@id": LOCAL}})
    return found


def _is_local(html: Path) -> bool:
    """Whether the book holds texts of the release, so that it stays where it is."""
    return (html / released_outputs.NOTICE).is_file()


def _file(html: Path, file: Path, name: str, kind: str) -> Json:
    return {
        "@id": file.relative_to(html).as_posix(),
        "@type": "File",
        "name": name,
        "encodingFormat": kind,
        "contentSize": str(file.stat().st_size),
        "sha256": file_sha256(file),
    }


def _title(page: Path) -> str:
    found = TITLE.search(page.read_text(encoding="utf-8"))
    return " ".join(unescape(found[1]).split()) if found else page.stem


def _page_of(html: Path, section: str) -> Path:
    return html / "book" / "sections" / f"{section}.html"


def _sections(html: Path) -> list[str]:
    """Sections whose numbers are in the book."""
    return [name for name in SECTIONS if (html / RESULTS / f"{name}.json").is_file()]


def _made_by(html: Path) -> Iterator[Json]:
    """For each section the run that gave its page and its numbers."""
    for name in _sections(html):
        result = results.read(html / RESULTS / f"{name}.json")
        yield {
            "@id": f"#run-{name}",
            "@type": "CreateAction",
            "name": " -p ".join([f"artifact run --section {name}", *typed_parameters(result)]),
            "instrument": {"@id": SOFTWARE},
            "result": _refer(
                [_page_of(html, name).relative_to(html).as_posix(), f"{RESULTS}/{name}.json"]
            ),
        }


def _context(html: Path) -> Iterator[Json]:
    """What the contents refer to: code, paper, people, licence."""
    git = git_state(paths.ROOT)
    known = {} if git is None or git.dirty else {"identifier": f"swh:1:rev:{git.revision}"}
    yield {
        "@id": SOFTWARE,
        "@type": "SoftwareSourceCode",
        "name": "artifact",
        "version": artifact.__version__,
        "programmingLanguage": "Python",
        "license": {"@id": MIT},
        "author": {"@id": MAINTAINERS},
        **known,
    }
    yield {
        "@id": PAPER,
        "@type": "ScholarlyArticle",
        "name": "Interpretable Traces, Unexpected Outcomes: Investigating the Disconnect in "
        "Trace-Based Knowledge Distillation",
    }
    yield {"@id": MAINTAINERS, "@type": "Organization", "name": "The maintainers of this artifact"}
    yield {"@id": MIT, "@type": "CreativeWork", "name": "MIT License", "identifier": "MIT"}
    if _is_local(html):
        yield {
            "@id": LOCAL,
            "@type": "CreativeWork",
            "name": "For local reading only",
            "description": released_outputs.LOCAL_ONLY,
        }


def _refer(ids: Sequence[str]) -> list[Json]:
    return [{"@id": each} for each in ids]
