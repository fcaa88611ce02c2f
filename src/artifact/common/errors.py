"""Errors for people: one line that says what is wrong, where, and how to fix it.

The command line prints ``str(error)`` and exits with ``error.exit_code``; nothing else
formats them, so a message reads the same in a terminal, a notebook and a test.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

ERROR_PREFIX = "artifact: "
"""Prefix of the stderr line in which a process says why it failed."""


class ArtifactError(Exception):
    """A failure with a message of one line."""

    exit_code = 1


class CheckError(ArtifactError):
    """A check ran and did not hold (exit 1)."""


class InputError(ArtifactError):
    """Input that cannot be used (exit 2).

    Args:
        problem: what is wrong, without a full stop ("is empty", "no such folder").
        path: the file or folder at fault, if there is one.
        line: 1-based line of a text file; for CSV files the data row is given as ``row``.
        row: 1-based data row of a table, the header not counted.
        field: the column or key at fault.
        cure: what the reader can do, without a full stop.
        section: the section of the book that the field is a parameter of.
    """

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        path: Path | str | None = None,
        line: int | None = None,
        row: int | None = None,
        field: str | None = None,
        cure: str | None = None,
        section: str | None = None,
    ) -> None:
        self.problem, self.path, self.line, self.row = problem, path, line, row
        self.field, self.cure, self.section = field, cure, section
        super().__init__(self._one_line())

    def changed(self, **parts: Any) -> InputError:
        """The same error with other `parts`, named as the arguments above."""
        names = ("problem", "path", "line", "row", "field", "cure", "section")
        return InputError(**({name: getattr(self, name) for name in names} | parts))

    def _one_line(self) -> str:
        place = [
            f"section {self.section}" if self.section is not None else "",
            str(self.path) if self.path is not None else "",
            f"line {self.line}" if self.line is not None else "",
            f"row {self.row}" if self.row is not None else "",
            f"field '{self.field}'" if self.field is not None else "",
        ]
        where = ", ".join(part for part in place if part)
        text = f"{where}: {self.problem}" if where else self.problem
        return _seen(f"{text}; {self.cure}" if self.cure else text)


class InputsError(ArtifactError):
    """Unusable input to several processes: one line from each (exit 2)."""

    exit_code = InputError.exit_code


def one_line(error: Exception) -> str:
    """What an error says, in one line; with its type unless it is an error for people."""
    text = str(error) if isinstance(error, ArtifactError) else f"{type(error).__name__}: {error}"
    return _seen(text).removesuffix(":")


def _seen(text: str) -> str:
    """The text in one line; control and invisible characters are written as escape codes."""
    words = " ".join(text.split())
    return "".join(it if it.isprintable() else it.encode("unicode_escape").decode() for it in words)


def exit_code(error: Exception) -> int:
    """The exit code of a process that `error` ends."""
    return error.exit_code if isinstance(error, ArtifactError) else ArtifactError.exit_code
