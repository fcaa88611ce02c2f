"""The gate before the book: only sections that are executed, current and clean may be built.

The book builder publishes a failed or stale notebook without a word; every check here guards
against a page that would otherwise lie.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx_external_toc.parsing import MalformedError, parse_toc_data

from artifact.book import pages, typed_numbers
from artifact.book.generated.released_outputs import LOCAL_ONLY, NOTICE
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.common.files import read_text_bytes, read_yaml
from artifact.common.provenance import off_the_lock
from artifact.workflow import section_inputs
from artifact.workflow.parameters import validate
from artifact.workflow.sections import SECTIONS

GLUED = "application/papermill.record/"
"""Prefix of the media types of a glued output that is not displayed where it was made."""

ROLE = re.compile(r"\{glue:?(?P<kind>\w*)\}`(?P<target>[^`]+)`")
DIRECTIVE = re.compile(
    r"^[`:]{3,}\{glue:?\w*\}[ ]+(?P<key>\S+)[ ]*(?:\n:doc:[ ]*(?P<doc>\S+))?", re.MULTILINE
)


LEFT_TO_THE_BUILD = (
    "what the builder warns of, links that lead nowhere and what a page would load from the net, "
    "only `artifact book` can see"
)
"""What `check` can't find, since it shows only in built pages; `artifact book` finds it all."""


@dataclass(frozen=True, slots=True)
class Use:
    """A place that shows something glued.

    Attributes:
        page: docname of the page.
        document: docname of the notebook that should have glued it.
        key: the key it is glued under.
    """

    page: str
    document: str
    key: str


def check() -> list[str]:
    """What stands between the sections and a book, one line each; empty if nothing does.

    Raises:
        InputError: if the table of contents is missing.
    """
    toc = paths.ROOT / "_toc.yml"
    frame = {file.name: read_yaml(file) for file in (paths.ROOT / "_config.yml", toc)}
    try:
        documents = list(parse_toc_data(frame[toc.name]))
    except MalformedError as error:
        raise InputError(f"is not a table of contents ({error})", path=toc) from error
    missing = [name for name in documents if _file_of(name) is None]
    notebooks, unread = _read_notebooks(documents)
    faults = [*_of_config(frame["_config.yml"])]
    faults += [f"{name}: {_absence(name)}" for name in missing]
    faults += unread.values()
    for name, notebook in notebooks.items():
        faults += [f"{name}: {fault}" for fault in _of_outputs(notebook)]
        faults += [f"{name}: {fault}" for fault in _of_currency(Path(name).name)]
    texts = {name: _prose(name, notebooks.get(name)) for name in documents if name not in unread}
    uses = [use for name, text in texts.items() for use in _uses(name, text)]
    faults += _of_glue(uses, notebooks)
    allowed = typed_numbers.listed()
    written = {
        name: typed_numbers.with_files(text, (paths.ROOT / name).parent)
        for name, text in texts.items()
    } | {name: typed_numbers.words_in(settings) for name, settings in frame.items()}
    for name, text in written.items():
        faults += typed_numbers.faults(name, text, allowed.get(name, set()))
    return faults


def _read_notebooks(documents: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Those pages that are notebooks, and what is wrong with those that can't be read."""
    notebooks, unread = dict[str, Any](), dict[str, str]()
    for name in documents:
        file = _file_of(name)
        if file is not None and file.suffix == ".ipynb":
            try:
                notebooks[name] = section_inputs.read_notebook(file)
            except InputError as error:
                unread[name] = str(error)
    return notebooks, unread


def notes() -> list[str]:
    """What does not keep a book from being built but a reader should know, one line each."""
    html = paths.BUILD / "html"
    local = [f"note: {html}: {LOCAL_ONLY}"] if (html / NOTICE).is_file() else []
    return local + [
        f"note: {name} {has} is installed, which is not the version of {paths.LOCK.name}"
        if has != "none"
        else f"note: {name} of {paths.LOCK.name} is not installed"
        for name, has in off_the_lock(paths.LOCK).items()
    ]


def _file_of(document: str) -> Path | None:
    files = (paths.ROOT / f"{document}{suffix}" for suffix in (".md", ".ipynb"))
    return next((file for file in files if file.is_file()), None)


def _absence(document: str) -> str:
    if Path(document).name in SECTIONS:
        return "has not been executed; run `artifact run`"
    return "is in the table of contents, but there is no such page"


def _of_config(config: Any) -> Iterator[str]:
    execute = config.get("execute") if isinstance(config, dict) else None
    if not isinstance(execute, dict) or execute.get("execute_notebooks") not in ("off", False):
        yield (
            "_config.yml: would have the builder execute notebooks, which no check sees; "
            'set execute_notebooks: "off" under execute'
        )


def _of_currency(section: str) -> Iterator[str]:
    done = section_inputs.recorded(section)
    cure = f"run `artifact run --section {section}`"
    if section not in SECTIONS:
        yield "is a notebook, but not a section of the workflow"
    elif done is None:
        yield f"was not executed by the workflow; {cure}"
    else:
        try:
            today = section_inputs.collect(section, validate(section, done.inputs.parameters))
            reasons = section_inputs.reasons_to_run(today)
        except InputError as error:  # a parameter or a file of its last run is gone
            reasons = [str(error)]
        for reason in reasons:
            yield f"out of date: {reason}; {cure}"


def _of_outputs(notebook: Any) -> Iterator[str]:
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and cell.source.strip() and not cell.execution_count:
            yield f"cell {number} was not executed"
        for output in cell.get("outputs", []):
            where = f"In [{cell.execution_count}]"
            if output.output_type == "error":
                yield f"{where} ends in {output.ename}: {output.evalue}"
            elif output.output_type == "stream" and output.name == "stderr":
                yield f"{where} warns: {output.text.strip().splitlines()[0]}"
            elif _wordless(cell, output.get("data", {})):
                yield f"{where} shows a picture without a text alternative"


def _wordless(cell: Any, data: Mapping[str, Any]) -> bool:
    if "text/html" in data:
        return bool(pages.without_words(data["text/html"]))
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
    return any(kind.startswith("image/") for kind in data) and not alt


def _glued(notebook: Any) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (output.metadata["scrapbook"]["name"], output.data)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "scrapbook" in output.get("metadata", {})
    ]


def _prose(document: str, notebook: Any) -> str:
    """The Markdown of a page."""
    if notebook is not None:
        return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    file = _file_of(document)
    return read_text_bytes(file).decode("utf-8", "replace") if file is not None else ""


def _uses(document: str, text: str) -> list[Use]:
    found = []
    for match in ROLE.finditer(text):
        target = match["target"].rpartition(":")[0] if _formatted(match) else match["target"]
        other, _, key = target.rpartition("::")
        found.append(Use(document, _document(other, document), key))
    pasted = DIRECTIVE.finditer(text)
    return found + [
        Use(document, _document(match["doc"] or "", document), match["key"]) for match in pasted
    ]


def _formatted(match: re.Match[str]) -> bool:
    """Whether a text role ends in a format (``key:.1f``)."""
    return match["kind"] == "text" and bool(re.search(r"(?<!:):(?!:)", match["target"]))


def _document(named: str, page: str) -> str:
    """Docname of the file `named` on `page`; the page itself if none is."""
    if not named:
        return page
    parts: list[str] = []
    for part in (*PurePosixPath(page).parent.parts, *PurePosixPath(named).parts):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return str(PurePosixPath(*parts).with_suffix(""))


def _of_glue(uses: list[Use], notebooks: Mapping[str, Any]) -> Iterator[str]:
    glued = {name: _glued(notebook) for name, notebook in notebooks.items()}
    for use in uses:
        if use.key not in dict(glued.get(use.document, [])):
            of = "" if use.document == use.page else f" of {use.document}"
            yield f"{use.page}: shows '{use.key}'{of}, which is not glued"
    shown = {(use.document, use.key) for use in uses}
    for name, pairs in glued.items():
        for key, count in Counter(key for key, _ in pairs).items():
            if count > 1:
                yield f"{name}: '{key}' is glued {count} times"
        for key, data in pairs:
            if _is_figure(data) and (name, key) not in shown:
                yield f"{name}: figure '{key}' is glued, but no page shows it"


def _is_figure(data: Mapping[str, Any]) -> bool:
    html = str(data.get(f"{GLUED}text/html", ""))
    return "<svg" in html or any(kind.startswith(f"{GLUED}image/") for kind in data)
