"""The claims page: a card per claim, with every piece of evidence, where it is shown, and the
command that reproduces it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from types import MappingProxyType

from artifact.book.generated.front_page import why
from artifact.book.tables import anchor_of
from artifact.claims.evidence import AS_RELEASED, STRICT, Evidence, cells
from artifact.claims.ledger import Entry
from artifact.claims.rules import PRINTED_MODEL, PRINTED_SHARE
from artifact.claims.snapshot import Snapshot
from artifact.claims.text import bearing, figure, subject, verdict_text
from artifact.common import paths
from artifact.common.characters import unbroken, with_minus
from artifact.common.files import write_atomically
from artifact.evaluation.reproduction import answer_by_trace
from artifact.workflow.sections import SECTIONS

TIERS: Mapping[str | None, str] = {
    None: "Result files of the release",
    "A": "Stored outputs, scored as released (A)",
    "B": "The same outputs, scored strictly (B)",
    "R": "Outputs read by eye (R)",
    "C": "Models trained here (C)",
    "D": "Traces forced on models trained here (D)",
}
"""Headings of evidence, in the order in which it is shown."""

SHOWN: Mapping[tuple[str, str | None], str] = {
    ("C1", "A"): "models",
    ("C1", "B"): "models",
    ("C1", "C"): "correlation",
    ("C2", "A"): "differences",
    ("C2", "B"): "differences",
    ("C2", "C"): "contrasts",
    ("C3", None): "models",
    ("C3", "A"): "models",
    ("C3", "B"): "models",
    ("C3", "C"): "correlation",
    ("C3", "D"): "effects",
    ("C4", None): "r1_subset",
    ("C4", "R"): "read_models",
    ("C4", "C"): "contrasts",
    ("C6", None): "decomposed",
    ("C6", "C"): "contrasts",
}
"""Claim and tier -> the table of a section that has the numbers of this kind."""

FOLLOWED = "following"
"""The table of answers that go where a forced trace points, which is of tier D too."""

ANCHOR = re.compile(r"""id=\\?["']((?:fig|table)-[\w-]+)""")
NO_NOTES: Mapping[str, str] = MappingProxyType({})
SAID_AT_LENGTH = ("C5", "C6", "C7")
"""Claims whose reason begins with what `why` says in one line."""

HOLDS = {True: "yes", False: "no", None: "–"}


def table_of(claim: str, e: Evidence) -> str | None:
    """The table that has the number of a piece of evidence; None where no section has one."""
    return FOLLOWED if (e.tier, e.unit) == ("D", "share") else SHOWN.get((claim, e.tier))


def write_page(found: Sequence[Entry], folder: Path, snapshot: Snapshot | None = None) -> None:
    """Write ``claims_evidence.md``, which the page includes."""
    notes = {} if snapshot is None else {"C1": near_28(snapshot)}
    write_atomically(folder / "claims_evidence.md", cards_markdown(found, anchors(), notes))


def near_28(snapshot: Snapshot) -> str:
    """Why three numbers near 28 % stand side by side; empty without the file that says so."""
    model, dataset = PRINTED_MODEL
    for it in snapshot.reproductions:
        run = (it.kind, it.dataset, it.run.model, it.run.variant)
        if it.recomputed is not None and run == ("matrix", dataset, model, "correct"):
            table, again = answer_by_trace(it.stored), answer_by_trace(it.recomputed).right_ok
            stored, total = table.right_ok, table.n
            return (
                f"Three similar numbers appear here. The abstract prints 28 %. The matrix "
                f"that the release stores for {model} has trace and answer right in {stored} of "
                f"{total} outputs, {100 * stored / total:.1f} %, which rounds to it. The outputs "
                f"that the release stores are of another generation: scored by the same code they "
                f"give {again} of {it.n}, {100 * again / it.n:.1f} %."
            )
    return ""


def anchors() -> dict[str, str]:
    """Where each figure and table of the executed sections is: its id -> page, from the book's."""
    return {
        name: f"sections/{section}.html#{name}"
        for section in reversed(list(SECTIONS))
        if (file := paths.SECTIONS / f"{section}.ipynb").is_file()
        for name in ANCHOR.findall(file.read_text(encoding="utf-8"))
    }


def cards_markdown(
    found: Sequence[Entry], shown: Mapping[str, str], notes: Mapping[str, str] = NO_NOTES
) -> str:
    """Every claim with its verdict, the models behind it, and all its evidence.

    Args:
        found: the claims.
        shown: as `anchors` gives it; what is not in it gets no link.
        notes: claim -> what else its card explains.
    """
    terms = search_terms(found)
    return "\n".join(
        _indexed(terms.get(it.id, ())) + unbroken(_card(it, shown, notes.get(it.id, "")))
        for it in found
    )


def search_terms(found: Sequence[Entry]) -> dict[str, list[str]]:
    """Claim -> what a reader may search for and finds at its card: the numbers of C1, and what was
    rated."""
    numbers = [
        100 * e.value
        for it in found
        for e in it.evidence
        if (it.id, e.tier, e.model, e.dataset) == ("C1", "B", *PRINTED_MODEL)
    ]
    shown = [f"{100 * PRINTED_SHARE:.0f}", *(f"{number:.1f}" for number in numbers)]
    return {
        "C1": [f"{number}{sign}" for number in shown for sign in (" %", "%")],
        "C5": ["cognitive load"],
    }


def _indexed(terms: Sequence[str]) -> str:
    """Entries of the index before a card, which the search puts first."""
    return "".join(f"```{{index}} ! {term}\n```\n" for term in terms)


def _card(entry: Entry, shown: Mapping[str, str], note: str) -> str:
    kind = entry.verdict.replace(" ", "-")
    return "\n".join(
        [
            f"(claim-{entry.id.lower()})=",
            f"## {entry.id}: {entry.claim}",
            "",
            f'<p class="artifact-verdict {kind}">{escape(verdict_text(entry))}</p>',
            "",
            *([why(entry), ""] if entry.id not in SAID_AT_LENGTH else []),
            f"Published: {entry.published}. {entry.because}",
            "",
            *([note, ""] if note else []),
            *_cells(entry),
            *_evidence(entry, shown),
        ]
    )


def _cells(entry: Entry) -> Iterator[str]:
    """Model by model and dataset by dataset, whether the claim holds as released and strictly."""
    released, strict = cells(entry.evidence, AS_RELEASED), cells(entry.evidence, STRICT)
    if not released and not strict:
        return
    names = {(e.model, e.dataset): subject(e) for e in entry.evidence}
    yield "| Does it hold for … | as released | strictly |\n|---|---|---|"
    for cell in sorted(released.keys() | strict.keys(), key=lambda it: (it[1], it[0])):
        yield f"| {names[cell]} | {HOLDS[released.get(cell)]} | {HOLDS[strict.get(cell)]} |"
    yield ""


def _evidence(entry: Entry, shown: Mapping[str, str]) -> Iterator[str]:
    """A fold for each tier, with a row for each piece of evidence; HTML without blank lines."""
    for tier, heading in TIERS.items():
        here = [e for e in entry.evidence if e.tier == tier]
        if not here:
            continue
        yield (
            f'<details class="artifact-evidence"><summary>{escape(heading)}: '
            f"{len(here)} results</summary><ul>"
        )
        for e in here:
            yield _row(e, shown.get(anchor_of(table_of(entry.id, e) or "")))
        yield "</ul></details>\n"


def _row(e: Evidence, place: str | None) -> str:
    """One result: the number first, then whose and what, whether the claim holds, where from."""
    n = f", n = {e.n:,}" if e.n else ""
    what = escape(f"{subject(e)}: {e.what}{n}")
    row_id = f"row-{e.row.lower().replace('.', '-')}"
    link = f'<a href="{place}">Table</a> ' if place else ""
    command = escape(f".venv/bin/{e.command}")
    return (
        f'<li id="{row_id}"><a href="#{row_id}">{e.row}</a> '
        f"<strong>{escape(with_minus(figure(e)))}</strong> <em>{escape(bearing(e))}</em> "
        f"<span>{what}</span> <span>{link}<code>{command}</code></span></li>"
    )
