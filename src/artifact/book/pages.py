"""Checks of the built pages: nothing from the net, no dead link, nothing without words or keys.

Without words are a picture that has no text alternative, and a link, a button or a field that has
no name, which whoever uses a screen reader can't tell from the next one. What can be clicked can be
reached with a keyboard. Where links lead is checked in `links`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from artifact.book import links, offline

ASSETS = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src",),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src",),
    "track": ("src",),
    "video": ("src", "poster"),
}
"""Where an element names what the browser loads with the page."""

LOADED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}
"""Relations of ``<link>`` that the browser loads; the others only inform."""

NAMING = ("aria-label", "aria-labelledby", "title")
FIELDS = ("input", "select", "textarea")
UNNAMED = ("hidden", "submit", "reset", "image")
"""Types of ``<input>`` that need no label: not shown, named by the browser, or a picture."""
ROLES = ("button", "link", "checkbox", "radio", "switch", "tab", "menuitem")
"""Roles that make a control of any element."""
ROVING = ("menuitem", "radio", "tab")
"""Roles of a group in which arrow keys move on, so that the keyboard need reach only one."""
CLICKS = {"onclick", "ondblclick", "onmousedown", "onmouseup", "onpointerdown", "onpointerup"}
LINKS = ("a", "area")
REACHED = ("button", "input", "select", "summary", "textarea")
"""Elements that a keyboard reaches by themselves, as it does links."""
FOR_ANOTHER = ("label", "option")
"""Elements that are clicked in place of one that the keyboard reaches."""
END_UNSAID = (
    *("area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta"),
    *("option", "p", "source", "td", "th", "tr", "track", "wbr"),
)
"""Elements that may end without an end tag, so what is within them isn't known."""


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
    roving: dict[str, list[str]] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    labelled: set[str] = field(default_factory=set)
    fields: list[tuple[str, str]] = field(default_factory=list)
    within: list[_Control] = field(default_factory=list)
    labels: int = 0
    apart: str = ""
    """The element, an svg or hidden from screen readers, whose content is not itself a picture."""
    depth: int = 0
    """Elements of its kind that are open."""
    in_style: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}  # the first one counts
        self._see_addresses(tag, given)
        self.targets |= {given[name] for name in ("id", "name") if given.get(name)}
        self._see_picture(tag, given)
        self._see_keys(tag, given)
        self._see_control(tag, given)
        self.in_style = tag == "style"

    def _see_addresses(self, tag: str, given: Mapping[str, str]) -> None:
        if tag != "link" or LOADED_LINKS & set(given.get("rel", "").split()):
            self.assets += [given[name] for name in ASSETS.get(tag, ()) if given.get(name)]
        for name in ("srcset", "imagesrcset"):
            self.assets += links.in_srcset(given.get(name, ""))
        self.assets += links.in_style(given.get("style", ""))
        if tag in LINKS:
            self.links += [given[name] for name in ("href", "xlink:href") if given.get(name)]

    def _see_picture(self, tag: str, given: Mapping[str, str]) -> None:
        hidden = given.get("aria-hidden") == "true"
        if tag == "img" and not _words(given.get("alt", ""), given.get("src", "")):
            self.wordless.append(given.get("src", ""))
        elif (tag == "svg" or given.get("role") == "img") and not (self.apart or hidden):
            named = any(given.get(name, "").strip() for name in NAMING[:2])
            if tag != "img" and not (named and given.get("role") == "img"):
                self.wordless.append("an svg" if tag == "svg" else self.get_starttag_text() or tag)
        if self.apart:
            self.depth += tag == self.apart
        elif tag == "svg" or (hidden and tag not in END_UNSAID):
            self.apart, self.depth = tag, 1

    def _see_keys(self, tag: str, given: Mapping[str, str]) -> None:
        """Note a control that the keyboard does not reach."""
        role, index = given.get("role", ""), given.get("tabindex", "").strip()
        native = tag in REACHED or (tag in LINKS and "href" in given)
        shown = given.get("aria-hidden") != "true" and given.get("type") != "hidden"
        control = native or role in ROLES or bool(CLICKS & given.keys())
        if not (control and shown) or tag in FOR_ANOTHER:
            return
        is_reached = int(index) >= 0 if re.fullmatch(r"[+-]?\d+", index) else native
        if is_reached:
            self.reached.add(role)
        elif index and role in ROVING:
            self.roving.setdefault(role, []).append(self.get_starttag_text() or tag)
        else:
            self.unreached.append(self.get_starttag_text() or tag)

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
        if self.in_style:
            self.assets += links.in_style(data)
        if data.strip():
            self._name()

    def handle_endtag(self, tag: str) -> None:
        self.in_style = False
        self.depth -= tag == self.apart
        self.apart = self.apart if self.depth else ""
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

    def without_keys(self) -> list[str]:
        """Opening tags of what can be clicked and is not reached with a keyboard."""
        alone = [
            it for role, tags in self.roving.items() if role not in self.reached for it in tags
        ]
        return [*self.unreached, *alone]

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
            faults.append(
                f"{name}: does not begin with the policy that blocks everything from the net"
            )
        faults += [f"{name}: loads {it} from the net" for it in offline.in_document(texts[file])]
        faults += [f"{name}: {it}" for it in _dead(file, page, folder, pages)]
        faults += [f"{name}: {image} has no text alternative" for image in page.wordless]
        faults += [f"{name}: {it} has no name for screen readers" for it in page.without_names()]
        faults += [f"{name}: {it} can't be reached with a keyboard" for it in page.without_keys()]
    for pattern, loads in (("*.css", offline.in_style), ("*.svg", offline.in_document)):
        for file in sorted(folder.rglob(pattern)):
            name = file.relative_to(folder).as_posix()
            found = loads(file.read_text(encoding="utf-8"))
            faults += [f"{name}: loads {address} from the net" for address in found]
    return faults


def pages_of(folder: Path) -> list[Path]:
    """The built pages below `folder`; not the pieces that the theme keeps beside its scripts."""
    found = sorted(folder.rglob("*.html"))
    return [file for file in found if not file.relative_to(folder).parts[0].startswith("_")]


def _read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    return page


def _dead(file: Path, page: _Page, folder: Path, pages: Mapping[Path, _Page]) -> Iterator[str]:
    places = {it: other.targets for it, other in pages.items()}
    for link in dict.fromkeys(page.links):
        if fault := links.fault_of_link(link, file, folder, places):
            yield f"{link} {fault}"
    for asset in dict.fromkeys(page.assets):
        address = urlsplit(asset)
        if address.scheme or address.netloc:  # what is loaded from the net is named by `offline`
            continue
        if fault := links.fault_of_file(asset, file, folder, places):
            yield f"{asset} {fault}"
