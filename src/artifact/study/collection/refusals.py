"""Why a request is refused: one class for each reason, with the HTTP status that says it.

The words of a refusal go to the sender, so they never repeat what was sent or stored.
"""

from __future__ import annotations

from typing import ClassVar


class RefusedError(Exception):
    """A request that changes nothing."""

    status: ClassVar[int]


class MalformedError(RefusedError):
    """The body is no JSON in UTF-8."""

    status = 400


class UnknownTokenError(RefusedError):
    """The token is nobody's."""

    status = 401


class ConflictError(RefusedError):
    """What is stored already says otherwise, and stays."""

    status = 409


class UnfinishedError(RefusedError):
    """The participant can't have finished: the trials in `missing` have no answer."""

    status = 409

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        super().__init__("answers are missing")


class LeftError(RefusedError):
    """The participant has left the study."""

    status = 410


class MisfitError(RefusedError):
    """The body is JSON, but not what a page could have been asked to send."""

    status = 422
