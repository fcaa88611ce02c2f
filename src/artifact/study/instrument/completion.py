"""What whoever finishes gets: a completion code, and the way back to where they signed up.

By default, every session has a code of its own. A recruiting platform that knows one code
for the whole study (Prolific) needs that one, and a link that brings people back with it. A page
with a server gets both from the server at the very end; one without has to carry them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from artifact.common.errors import InputError

CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")

FORBIDDEN = re.compile(r"[\s\"'<>{}\\]")
"""Never part of a link as written: a typing error, or worse."""

PLACE = "{code}"
"""Stands for the code in a link."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A code and a link that are the same for everyone.

    Attributes:
        code: the completion code; None gives each session its own.
        return_url: an https link, with ``{code}`` where the code belongs; None shows none.
    """

    code: str | None = None
    return_url: str | None = None

    def __post_init__(self) -> None:
        """Check both.

        Raises:
            InputError: the code has characters other than letters, digits, dash and underscore, or
                the link is not a whole https link.
        """
        if self.code is not None and not CODE.fullmatch(self.code):
            cure = "use up to 64 letters, digits, dashes and underscores"
            raise InputError(f"is '{self.code}'", field="completion code", cure=cure)
        if self.return_url is not None and not _is_link(self.return_url):
            cure = "give a whole link, such as https://example.org/complete?cc={code}"
            raise InputError(f"is '{self.return_url}'", field="return link", cure=cure)

    def way_back(self, code: str) -> str | None:
        """The link for someone with this code."""
        return self.return_url and self.return_url.replace(PLACE, code)


OWN_CODES = Completion()
"""Each session has a code of its own, and there is no link."""


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text.replace(PLACE, "code"))
        parts.port  # noqa: B018  (raises if it is not a number)
    except ValueError:
        return False
    whole = parts.scheme == "https" and bool(parts.hostname)
    return whole and not FORBIDDEN.search(parts.geturl())
