"""Tables in one style: a `results.Table` as HTML that scrolls on a phone and reads aloud.

Every table has a caption; numbers are right-aligned and printed with a fixed number of digits;
what is not available shows as a dash that a screen reader calls "not available".
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifact.workflow.results import Scalar, Table

if TYPE_CHECKING:
    from artifact.book.figures.style import Shown

LONG = 40
"""Characters from which a cell keeps a readable width."""
NOT_AVAILABLE = '<span role="img" aria-label="not available">–</span>'


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML that is ready for the page."""

    markup: str

    def _repr_html_(self) -> str:
        return self.markup


def show(table: Table, *, caption: str, digits: int = 1) -> Markup:
    """`table` ready for the page.

    Args:
        table: its note, where there is one, is printed below; one without rows says so.
        caption: what the table shows, with n and the evidence behind it.
        digits: decimals of every number that is not an integer.

    Raises:
        ValueError: if the caption is empty.
    """
    if not caption.strip():
        raise ValueError("a table needs a caption")
    head = "".join(f'<th scope="col">{_head(column)}</th>' for column in table.columns)
    body = "".join(f"<tr>{_row(row, digits)}</tr>" for row in table.rows)
    body = body or f'<tr><td colspan="{len(table.columns)}">none</td></tr>'
    note = f'<p class="artifact-note">{html.escape(table.note)}</p>' if table.note else ""
    said = html.escape(caption)
    anchor = f' id="{anchor_of(table.name)}"' if table.name else ""
    return Markup(
        f'<figure class="artifact-table"{anchor}><figcaption>{said}</figcaption>'
        f'<div role="region" aria-label="{said}" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}</figure>"
    )


def anchor_of(table: str) -> str:
    """The id under which a table of this name stands on its page."""
    return f"table-{table.replace('.', '-')}"


def stack(parts: Iterable[Markup | Shown]) -> Markup:
    """Several tables or figures, one below the other, as one output of a cell."""
    return Markup("\n".join(part.markup for part in parts))


def _head(column: str) -> str:
    """A number and its percent sign stay on one line."""
    return html.escape(column).replace(" %", "&nbsp;%")


def _row(row: list[Scalar], digits: int) -> str:
    first, *rest = row
    cells = [f'<th scope="row"{_css(first)}>{_text(first, digits)}</th>']
    cells += [f"<td{_css(cell)}>{_text(cell, digits)}</td>" for cell in rest]
    return "".join(cells)


def _css(cell: Scalar) -> str:
    """Numbers are right-aligned; only long texts break into lines."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return ' class="number"'
    return ' class="long"' if isinstance(cell, str) and len(cell) > LONG else ""


def _text(cell: Scalar, digits: int) -> str:
    match cell:
        case None:
            return NOT_AVAILABLE
        case bool():
            return "yes" if cell else "no"
        case int():
            return f"{cell:,}"
        case float():
            return f"{cell:z.{digits}f}"  # z: what rounds to nothing has no minus sign
        case _:
            return html.escape(cell)
