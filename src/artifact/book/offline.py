"""Nothing from the net: what a page would load from elsewhere, and the policy that forbids it.

The scan takes any address of another host as loaded unless its place is known to be for people
(`<a href>`, text, metadata), so that a way to load it that nobody thought of is found as well.
Inline scripts may neither hold such an address nor name what loads or builds one. The policy,
which every page opens with, stops what no scan can see, such as an address that a script computes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

POLICY = (
    "default-src 'none'; script-src 'self' file: 'unsafe-inline'; "
    "style-src 'self' file: 'unsafe-inline'; img-src 'self' file: data:; "
    "font-src 'self' file: data:; connect-src 'self' file:; base-uri 'none'; "
    "form-action 'self' file:"
)
"""Files of the book alone, on a server (``'self'``) and on disk (``file:``, as a page that is
opened from there has no origin in some browsers); the theme has inline scripts and styles, and
draws icons from ``data:``."""

META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'

REMOTE = re.compile(
    r"(?:https?|wss?|ftp|file|blob|filesystem|view-source):|[\\/]{2}", re.IGNORECASE
)
"""Starts an address of another host, as browsers read it: backslashes count as slashes."""

INFORMING = re.compile(
    r"(?:\s*\b(?:alternate|author|bookmark|canonical|first|help|index|last|license|me|next|prev"
    r"|search)\b)+\s*",
    re.IGNORECASE,
)
"""Relations of ``<link>`` that a browser does not load; it does load an alternate *stylesheet*."""

FOR_PEOPLE = re.compile(
    r"about|alt|cite|class|content|id|itemid|itemtype|label|name|placeholder|property"
    r"|rdf:about|rdf:resource|resource|summary|title|typeof|value|vocab|(?:aria-|data-|xmlns).*"
)
"""Attributes that a browser shows or keeps to itself."""

REFRESH = re.compile(r"""^[^;,]*[;,]\s*(?:url\s*=)?\s*["']?\s*(.*)$""", re.IGNORECASE | re.DOTALL)
DATA_TYPES = ("application/json", "application/ld+json")
"""Types of ``<script>`` that are not run."""

LOADERS = re.compile(
    r"\b(fetch|import|importScripts|XMLHttpRequest|sendBeacon|WebSocket|WebTransport|EventSource"
    r"|RTCPeerConnection|(?:Shared)?Worker|serviceWorker|Image|Audio|FontFace|createElement(?:NS)?"
    r"|setAttribute(?:NS)?|(?:inner|outer)HTML|insertAdjacentHTML|DOMParser|document\.write(?:ln)?"
    r"|insertRule|cssText|eval|Function|location|open|src|srcset|href|action)\b"
    r"(?=\s*(?:[(.=`]|[\"'{*]|\w+\s+from\b))"
    r"|\bnew\s+(XMLHttpRequest|Image|Audio)\b"
)
"""What a script uses to load something, or to make an element that does."""

IN_SCRIPT = re.compile(r"[\"'`]\s*((?:(?:https?|wss?|ftp):|//)[^\"'`\s]*)", re.IGNORECASE)
IN_STYLE = re.compile(
    rf"(?:(?:url|src)\(\s*|(?<!=)[\"'])[\"']?\s*((?:{REMOTE.pattern})[^\"')\s]*)", re.IGNORECASE
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
EMBEDDED = re.compile(r"""(["'])data:(?:(?!\1).)*\1""", re.DOTALL | re.IGNORECASE)
NAMESPACE = re.compile(r"@namespace[^;]*;", re.IGNORECASE)
CSS_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|\n|([^0-9a-f\\/]))", re.IGNORECASE)
JS_ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|x([0-9a-f]{2}))", re.IGNORECASE)
MOST_CODE = 0x10FFFF


@dataclass
class _Reader(HTMLParser):
    """What a document would load from the net, and whether it opens with the policy."""

    loads: list[str] = field(default_factory=list)
    opens_with: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    within: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}  # the first one counts
        if tag not in ("html", "head") and not self.opens_with:
            self.opens_with.append((tag, given))
        for name, value in given.items():
            self.loads += _of_attribute(tag, name, value, given)
        is_data = tag == "script" and given.get("type", "").strip().lower() in DATA_TYPES
        self.within = tag if tag in ("script", "style") and not is_data else ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.within = ""  # closed at once, as only SVG allows; what follows is text

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.within == "script":
            self.loads += in_script(data)
        elif self.within == "style":
            self.loads += in_style(data)

    def handle_comment(self, data: str) -> None:
        self.loads += in_document(data)  # browsers end some comments earlier than this parser

    def unknown_decl(self, data: str) -> None:
        self.loads += in_document(data)

    def handle_pi(self, data: str) -> None:
        if data.startswith("xml-stylesheet"):
            self.loads += in_style(data.replace("=", " "))


def in_document(text: str) -> list[str]:
    """What an HTML or SVG document would load from the net: addresses, or "what a script names"."""
    return list(dict.fromkeys(_read(text).loads))


def is_sealed(html: str) -> bool:
    """Whether a page has the policy ahead of all that it could load."""
    opening = _read(html).opens_with
    expected = {"http-equiv": "Content-Security-Policy", "content": POLICY}
    return opening == [("meta", expected)]


def seal(html: str) -> str:
    """The page with the policy ahead of all else in its head."""
    if is_sealed(html):
        return html
    sealed, found = re.subn(
        r"<head(?:\s[^>]*)?>", lambda match: f"{match[0]}\n{META}", html, count=1
    )
    return sealed if found else f"{META}\n{html}"


def in_style(css: str) -> list[str]:
    """The addresses of other hosts in a style, outside comments, namespaces and ``data:``."""
    plain = NAMESPACE.sub("", COMMENT.sub(" ", css))
    if "\\" in plain:
        plain = CSS_ESCAPE.sub(_unescaped, plain)
    return IN_STYLE.findall(EMBEDDED.sub("", plain))


def in_script(code: str) -> list[str]:
    """The addresses in an inline script, and names of what loads."""
    plain = JS_ESCAPE.sub(_unescaped, code)
    named = [f"what a script names ({a or b})" for a, b in LOADERS.findall(plain)]
    return IN_SCRIPT.findall(plain) + list(dict.fromkeys(named))


def _unescaped(match: re.Match[str]) -> str:
    groups = [group for group in match.groups() if group is not None]
    if not groups:
        return ""
    if match.re is CSS_ESCAPE and match[2] is not None:
        return match[2]
    code = int(groups[0], 16)
    return chr(code) if code <= MOST_CODE else "\ufffd"


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader


def _of_attribute(tag: str, name: str, value: str, given: Mapping[str, str]) -> Iterator[str]:
    """What an attribute has a browser load from the net."""
    address = re.sub(r"[\t\n\r]", "", value).strip("".join(map(chr, range(33))))
    if "(" in value and not _is_for_people(name):
        yield from in_style(value)
    if name.startswith("on"):
        # A reaction may close, print or toggle what is there; it may not load.
        yield from in_script(value)
    elif name == "style":
        yield from in_style(value)
    elif name == "srcdoc":
        yield from in_document(value)
    elif tag == "meta" and name == "content":
        goal = REFRESH.match(address)
        if given.get("http-equiv", "").strip().lower() == "refresh" and goal:
            yield from _remote(goal[1])
    elif address.lower().startswith("javascript:"):
        yield from in_script(address[len("javascript:") :])
    elif address.lower().startswith("data:"):
        if not address.lower().startswith(("data:image/", "data:font/")):
            yield address[:40]
    elif not (_is_for_people(name) or _is_a_way_out(tag, name, given)):
        # An inner address with spaces or commas just splits into parts that are not addresses.
        parts = [address, *re.split(r"[\s,;]+", value)]
        yield from dict.fromkeys(it for part in parts for it in _remote(part))


def _remote(address: str) -> list[str]:
    return [address] if REMOTE.match(address) else []


def _is_for_people(name: str) -> bool:
    return FOR_PEOPLE.fullmatch(name) is not None


def _is_a_way_out(tag: str, name: str, given: Mapping[str, str]) -> bool:
    """Whether an address is only followed when someone clicks, or is never loaded."""
    if name in ("href", "xlink:href") and tag in ("a", "area"):
        return True
    informs = INFORMING.fullmatch(given.get("rel", "")) is not None
    return tag == "link" and name == "href" and informs
