"""Checks of the built pages: nothing from the net, no dead link, no picture without words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from artifact.book import offline

ASSETS = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
"""Where an element names what the browser loads with the page."""

LOADED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}
"""Relations of ``<link>`` that the browser loads; the others only inform."""


@dataclass
class _Page(HTMLParser):
    """What one page loads, links to, offers as targets, and shows without words."""

    assets: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)
    wordless: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        asset = given.get(ASSETS.get(tag, ""), "")
        if asset and (tag != "link" or LOADED_LINKS & set(given.get("rel", "").split())):
            self.assets.append(asset)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        self.targets |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "img" and not _words(given.get("alt", ""), given.get("src", "")):
            self.wordless.append(given.get("src", ""))
        if tag == "svg" and given.get("role") == "img" and not given.get("aria-label"):
            self.wordless.append("an svg")


def _words(alt: str, src: str) -> bool:
    """Whether `alt` says something; the builder fills a missing one with the file's path."""
    return bool(alt.strip()) and Path(alt).name != Path(src).name


def without_words(html: str) -> list[str]:
    """The pictures of a piece of HTML that have no text alternative."""
    return _read(html).wordless


def check(folder: Path) -> list[str]:
    """What is wrong with the pages below `folder`, one line each; empty if nothing is."""
    texts = {file.resolve(): file.read_text(encoding="utf-8") for file in pages_of(folder)}
    pages = {file: _read(text) for file, text in texts.items()}
    faults = []
    for file, page in pages.items():
        name = file.relative_to(folder.resolve()).as_posix()
        if not offline.is_sealed(texts[file]):
            faults.append(f"{name}: does not open with the policy that lets nothing from the net")
        faults += [f"{name}: loads {it} from the net" for it in offline.in_document(texts[file])]
        faults += [f"{name}: {link} leads nowhere" for link in _dead(file, page, pages)]
        faults += [f"{name}: {image} has no text alternative" for image in page.wordless]
    for pattern, loads in (("*.css", offline.in_style), ("*.svg", offline.in_document)):
        for file in sorted(folder.rglob(pattern)):
            name = file.relative_to(folder).as_posix()
            found = loads(file.read_text(encoding="utf-8"))
            faults += [f"{name}: loads {address} from the net" for address in found]
    return faults


def pages_of(folder: Path) -> list[Path]:
    """The built pages below `folder`; pieces that the theme keeps beside its scripts are none."""
    found = sorted(folder.rglob("*.html"))
    return [file for file in found if not file.relative_to(folder).parts[0].startswith("_")]


def _read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    return page


def _dead(file: Path, page: _Page, pages: dict[Path, _Page]) -> Iterator[str]:
    for link in dict.fromkeys([*page.links, *page.assets]):
        address = urlsplit(link)
        if address.scheme or address.netloc:
            continue
        goal = (file.parent / unquote(address.path)).resolve() if address.path else file
        if not goal.is_file():
            yield link
        elif address.fragment and goal in pages:
            anchors = pages[goal].targets
            if unquote(address.fragment) not in anchors and address.fragment not in anchors:
                yield link
