"""The ledger in words: lines for a terminal, and how its parts read on the book's pages too."""

from __future__ import annotations

from collections.abc import Sequence

from artifact import datasets
from artifact.claims.evidence import Evidence
from artifact.claims.ledger import Entry
from artifact.common.p_values import p_text


def as_text(found: Sequence[Entry]) -> str:
    """The ledger as lines for a terminal."""
    lines = []
    for entry in found:
        lines.append(f"{entry.id}  {verdict_text(entry).upper()}: {entry.claim}")
        lines += [f"  {row_text(e)}" for e in entry.evidence]
        lines.append(f"      {entry.because}")
    return "\n".join(lines)


def row_text(e: Evidence) -> str:
    """A row of a claim as a line: its number, its tier, whose it is and what, and the result."""
    n = f", n = {e.n:,}" if e.n else ""
    return f"{e.row:<6}{e.tier or '-'}  {subject(e)}: {e.what}{n}: {figure(e)} ({bearing(e)})"


def verdict_text(entry: Entry) -> str:
    """The verdict, and in how many models the claim holds."""
    counted = entry.counts.as_text()
    return f"{entry.verdict} ({counted})" if counted else entry.verdict


def subject(e: Evidence) -> str:
    """Whose figure it is, in words."""
    return f"{e.model} on {datasets.get(e.dataset).title}"


def bearing(e: Evidence) -> str:
    """Whether the claim holds on a figure, and whether it is counted."""
    holds = {True: "holds", False: "does not hold", None: "inconclusive"}[e.holds]
    return holds if e.decides else f"{holds}, not counted"


def figure(e: Evidence) -> str:
    """The value of a piece of evidence, with its unit and interval."""
    if e.unit == "chi2":
        return f"{e.value:.1f}"
    if e.unit == "p":
        p = p_text(e.value)
        return f"p {p}" if p.startswith("<") else f"p = {p}"
    sign, unit = ("+", " points") if e.unit == "points" else ("", " %")
    limits = ", ".join(f"{100 * limit:{sign}.1f}" for limit in e.interval or ())
    return f"{100 * e.value:{sign}.1f}{unit}" + (f" [{limits}]" if limits else "")
