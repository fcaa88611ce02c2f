"""What a section found: one typed JSON file, the only source of the numbers in its prose.

A figure is a `Value`: the number, what it rests on (n, interval) and which evidence stands
behind it. Notebooks fill a `SectionResult`, write it, and glue its values into their prose;
the claims read the same file.
"""

from __future__ import annotations

import hashlib
import json
from ast import literal_eval
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
    field_validator,
    model_validator,
)

from artifact.common.characters import unbroken, with_minus
from artifact.common.errors import InputError
from artifact.common.files import read_record, write_atomically
from artifact.common.p_values import p_text
from artifact.common.provenance import Provenance, collect

if TYPE_CHECKING:
    import pandas as pd

Evidence = Literal[
    "lookalike",
    "simulated",
    "release",
    "committed release figures",
    "published",
    "read by eye",
    "hub",
    "file",
    "own run",
    "reference run",
    "own and reference runs",
]
"""What stands behind a figure: generated problems, simulated outputs or participants, the
release's stored files, the release's figures that are committed with this package, figures that
others printed or released, problems from the hub, problems from the reader's own file, models
trained by whoever built this book, models trained before whose predictions come with the
repository, both of them side by side."""

Unit = Literal["share", "points", "count", "p", "number", "text"]
"""How a value is meant: ``share`` a fraction in [0, 1] (printed in per cent), ``points`` a
difference of shares (in [-1, 1]), ``count`` a whole number, ``p`` a p-value, ``number`` any
other, ``text`` words."""


def _plain(value: object) -> object:
    """numpy's scalars as Python's: strict validation knows only the latter."""
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "ndim", None) == 0 else value


Number = Annotated[int | FiniteFloat, BeforeValidator(_plain)]
Scalar = Annotated[bool | int | FiniteFloat | str | None, BeforeValidator(_plain)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][\w.\-]*$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Value(_Record):
    """One figure.

    Attributes:
        value: the figure; None if it is not available, and then `note` says why.
        unit: how it is meant and printed.
        evidence: what stands behind it.
        n: number of cases it was computed over.
        interval: 95 % limits, in the value's own unit.
        note: what a reader must know beside it.
    """

    value: Annotated[int | FiniteFloat | str | None, BeforeValidator(_plain)]
    unit: Unit
    evidence: Evidence
    n: Annotated[int | None, BeforeValidator(_plain)] = None
    interval: tuple[Number, Number] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _says_what_it_means(self) -> Self:
        if self.value is None and not self.note:
            raise ValueError("a value that is not available needs a note that says why")
        if self.value is not None and (self.unit == "text") != isinstance(self.value, str):
            raise ValueError(f"unit '{self.unit}' does not go with {self.value!r}")
        return self

    @property
    def text(self) -> str:
        """The figure as prose shows it."""
        return "not available" if self.value is None else _printed(self.value, self.unit)

    @property
    def interval_text(self) -> str | None:
        """The interval as prose shows it, e.g. ``[62.3, 70.2]``; None where there is none."""
        if self.interval is None:
            return None
        low, high = (_printed(limit, self.unit, bare=True) for limit in self.interval)
        return f"[{low}, {high}]"


class Table(_Record):
    """A table of a section, by rows.

    Attributes:
        columns: names of the columns.
        rows: one list of cells per row, as long as `columns`.
        evidence: what stands behind its figures.
        note: what a reader must know beside it.
        name: its key among the tables of its section, by which a page links to it.
    """

    columns: list[str]
    rows: list[list[Scalar]]
    evidence: Evidence
    note: str = ""
    name: str = Field(default="", exclude=True)

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row is longer or shorter than the columns")
        return self

    @classmethod
    def of(cls, frame: pd.DataFrame, *, evidence: Evidence, note: str = "") -> Self:
        """A data frame's columns and rows, without its index; NaN becomes None."""
        cells = frame.astype(object).where(frame.notna(), None)
        return cls(
            columns=[str(column) for column in frame.columns],
            rows=[list(row) for row in cells.itertuples(index=False, name=None)],
            evidence=evidence,
            note=note,
        )


class SectionResult(_Record):
    """All that a section found.

    Attributes:
        section: the notebook's name.
        parameters: what it was run with.
        source: which data it read, in words for the reader.
        values: figures by key; prose shows them by that key.
        tables: tables by key.
        provenance: versions and machine.
        content_hash: sha256 over all the rest but the machine and the checkout, so that two
            machines that agree have equal hashes.
    """

    section: str
    parameters: dict[str, Any]
    source: str
    values: dict[Key, Value]
    tables: dict[Key, Table] = Field(default_factory=dict)
    provenance: Annotated[Provenance, Field(strict=False)]
    content_hash: str

    @field_validator("tables")
    @classmethod
    def _named(cls, tables: dict[str, Table]) -> dict[str, Table]:
        return {key: table.model_copy(update={"name": key}) for key, table in tables.items()}

    @classmethod
    def of(
        cls,
        section: str,
        *,
        parameters: Mapping[str, Any],
        source: str,
        values: Mapping[str, Value],
        tables: Mapping[str, Table] | None = None,
        libraries: Iterable[str] = (),
    ) -> Self:
        """The result of this process, with its provenance and hash.

        Args:
            libraries: distribution names whose versions matter to the figures.
        """
        unsealed = cls(
            section=section,
            parameters=dict(parameters),
            source=source,
            values=dict(values),
            tables=dict(tables or {}),
            provenance=collect(libraries),
            content_hash="",
        )
        return unsealed.model_copy(update={"content_hash": content_hash(unsealed)})


def content_hash(result: SectionResult) -> str:
    """The hash that `result` should carry (see `SectionResult.content_hash`)."""
    content = result.model_dump(
        mode="json",
        exclude={
            "content_hash": True,
            "parameters": {"release"},  # where the release lies says nothing about its content
            "provenance": {"hardware", "platform", "git"},
        },
    )
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write(result: SectionResult, path: Path | str) -> None:
    """Write `result` whole or not at all; with ``""`` (a notebook run by hand) write nothing."""
    if not path:
        return
    write_atomically(Path(path), result.model_dump_json(indent=2) + "\n")


def read(path: Path) -> SectionResult:
    """The result stored at `path`.

    Raises:
        InputError: if it is missing, is not a valid result, or was changed after it was written.
    """
    result = read_record(path, SectionResult, cure="run `artifact run`")
    if result.content_hash != content_hash(result):
        raise InputError(
            "does not match its content", path=path, field="content_hash", cure="run `artifact run`"
        )
    return result


def glue_values(result: SectionResult) -> dict[str, str]:
    """Prose for every value: ``key``, and where there are any ``key.n`` and ``key.interval``.

    For a value that is not available, n is "no" and the interval is empty, so that the same
    sentence works with and without it.
    """
    prose: dict[str, str] = {}
    for key, value in result.values.items():
        prose[key] = value.text
        if value.value is None:
            prose |= {f"{key}.n": "no", f"{key}.interval": ""}
        if value.n is not None:
            prose[f"{key}.n"] = _printed(value.n, "count")
        if value.interval_text is not None:
            prose[f"{key}.interval"] = value.interval_text
    return prose


class _Prose(str):
    """Text that a page shows as it is.

    It displays without quotation marks, except where MyST-NB, which evaluates what it pastes, would
    make a tuple of ``3,773`` or drop the signs of ``[+1.0, +2.0]``.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        try:
            evaluated = str(literal_eval(self))
        except (SyntaxError, ValueError):
            return str(self)
        return str(self) if evaluated == self else super().__repr__()


def glue_all(result: SectionResult) -> None:
    """Glue every value, so that ``{glue:text}`key` `` shows it in the notebook's prose."""
    from myst_nb import glue

    for key, text in glue_values(result).items():
        glue(key, _Prose(unbroken(with_minus(text))), display=False)


def _printed(value: int | float | str, unit: Unit, *, bare: bool = False) -> str:
    """`value` in words; `bare` leaves the unit's sign to the figure it belongs to."""
    if isinstance(value, str):
        return value
    match unit:
        case "share":
            return f"{100 * value:.1f}" + ("" if bare else " %")
        case "points":
            return f"{100 * value:+.1f}" + ("" if bare else " points")
        case "count":
            return f"{value:,.0f}"
        case "p":
            return p_text(value)
        case _:
            return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"
