"""Checks of the built pages: nothing from the net, no dead link, nothing without words or keys.

Without words are a picture that has no text alternative, and a link, a button or a field that has
no name, which whoever uses a screen reader can't tell from the next one. What can be clicked can be
reached with a keyboard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
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


STATE = "="
"""Stands in a fragment that names what the explorer shows, and in no element's id."""

NAMING = ("aria-label", "aria-labelledby", "title")
FIELDS = ("input", "select", "textarea")
UNNAMED = ("hidden", "submit", "reset", "image")
"""Types of ``<input>`` that need no label: not shown, named by the browser, or a picture."""
ROLES = ("button", "link", "checkbox", "radio", "switch", "tab", "menuitem")
"""Roles that make a control of any element."""
REACHED = ("a", "area", "button", "input", "label", "option", "select", "summary", "textarea")
"""Elements that a keyboard reaches by themselves, or that are clicked for one that it reaches."""


@dataclass(slots=True)
class _Control:
    """A link or button that is being read, and whether it has a name yet."""

    tag: str
    shown: str
    named: bool
    inner: int = 0
    """Elements of the same tag that are open within it."""


@dataclass
class _Page(HTMLParser):
    """What one page loads, links to, offers as targets, and shows without words."""

    assets: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)
    wordless: list[str] = field(default_factory=list)
    nameless: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    labelled: set[str] = field(default_factory=set)
    fields: list[tuple[str, str]] = field(default_factory=list)
    within: list[_Control] = field(default_factory=list)
    labels: int = 0

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
        self._see_control(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def _see_control(self, tag: str, given: dict[str, str]) -> None:
        named = any(given.get(name, "").strip() for name in NAMING)
        if named or given.get("alt", "").strip():
            self._name()
        if given.get("aria-hidden") == "true":
            named = True
        shown = self.get_starttag_text() or tag
        clicked = "onclick" in given or given.get("role") in ROLES
        if clicked and tag not in REACHED and "tabindex" not in given:
            self.unreached.append(shown)
        if self.within and self.within[-1].tag == tag:
            self.within[-1].inner += 1
        if not named and not given.get("alt", "").strip() and _is_named_by_attribute(tag, given):
            self.nameless.append(shown)
        if tag == "label":
            self.labels += 1
            self.labelled.add(given.get("for", ""))
        elif (
            tag == "button"
            or (tag == "a" and given.get("href"))
            or (given.get("role") in ROLES and tag not in FIELDS)
        ):
            self.within.append(_Control(tag, shown, named))
        elif tag in FIELDS and given.get("type") not in UNNAMED and not (named or self.labels):
            self.fields.append((given.get("id", ""), shown))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._name()

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.labels -= 1
        elif self.within and self.within[-1].tag == tag and self.within[-1].inner:
            self.within[-1].inner -= 1
        elif self.within and self.within[-1].tag == tag:
            control = self.within.pop()
            if not control.named:
                self.nameless.append(control.shown)

    def _name(self) -> None:
        for control in self.within:
            control.named = True

    def without_names(self) -> list[str]:
        """Opening tags of the links, buttons and fields that have no name."""
        unlabelled = [shown for name, shown in self.fields if not name or name not in self.labelled]
        return [*self.nameless, *unlabelled]


def _is_named_by_attribute(tag: str, given: dict[str, str]) -> bool:
    """Whether only an attribute can name an element, which has no words of its own."""
    return (
        tag == "iframe"
        or (tag == "area" and bool(given.get("href")))
        or (tag == "input" and given.get("type") == "image")
    )


def _words(alt: str, src: str) -> bool:
    """Whether `alt` says something; the builder fills a missing one with the file's path."""
    return bool(alt.strip()) and Path(alt).name != Path(src).name


def without_words(html: str) -> list[str]:
    """The pictures of a piece of HTML that have no text alternative."""
    return _read(html).wordless


@cache
def targets_of(page: Path) -> frozenset[str]:
    """What a link may name after ``#`` in a built page."""
    return frozenset(_read(page.read_text(encoding="utf-8")).targets)


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
        faults += [f"{name}: {it} has no name to be read out" for it in page.without_names()]
        faults += [f"{name}: {it} can't be reached with a keyboard" for it in page.unreached]
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
        elif address.fragment and STATE not in address.fragment and goal in pages:
            anchors = pages[goal].targets
            if unquote(address.fragment) not in anchors and address.fragment not in anchors:
                yield link
