"""What a set of ratings cannot tell."""

from __future__ import annotations


class UndefinedError(ValueError):
    """A statistic that these ratings do not define; the text says why, for people.

    Raised by the statistics, caught once in `analysis`, where it becomes an empty value with
    its reason. Never shown as a failure: four identical ratings are no fault of the file.
    """
