"""What becomes of a bad record: it stops the reading, or is set aside with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from artifact.common.errors import InputError

SHOWN = 3
"""How many reasons are quoted if nothing is left; further ones are only counted."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that was set aside, with the line that says why."""

    reason: str


class Intake:
    """What becomes of a bad record: an error that stops (default), or a note, and reading goes on.

    Readers call `reject` for every record that cannot be used, so nothing is dropped in
    silence: with ``skip_bad`` the reasons are kept in `left_out`, in reading order.
    """

    def __init__(self, *, skip_bad: bool = False) -> None:
        self.skip_bad = skip_bad
        self.left_out: list[LeftOut] = []

    def reject(self, error: InputError) -> None:
        """Raise `error`, or keep its line and continue."""
        if not self.skip_bad:
            raise error
        self.left_out.append(LeftOut(str(error)))

    def nothing_left(self, what: str, path: Path | str) -> InputError:
        """The error for a source without a usable record; says what became of its records.

        Args:
            what: the records, in the plural ("problems").
            path: where they were looked for.
        """
        if not self.left_out:
            return InputError(f"holds no {what}", path=path)
        shown = "; ".join(left_out.reason for left_out in self.left_out[:SHOWN])
        more = f"; and {len(self.left_out) - SHOWN} more" if len(self.left_out) > SHOWN else ""
        return InputError(
            f"holds no usable {what}: {len(self.left_out)} left out ({shown}{more})", path=path
        )
