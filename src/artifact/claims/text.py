"""The ledger for readers: lines for a terminal, tables for the book's pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from artifact.claims.evidence import Evidence
from artifact.claims.ledger import Entry
from artifact.common.files import write_atomically
from artifact.common.p_values import p_text


def write_pages(found: Sequence[Entry], folder: Path) -> None:
    """Write ``claims_summary.md`` and ``claims_evidence.md``, which the book includes."""
    write_atomically(folder / "claims_summary.md", summary_markdown(found))
    write_atomically(folder / "claims_evidence.md", evidence_markdown(found))


def as_text(found: Sequence[Entry]) -> str:
    """The ledger as lines for a terminal."""
    lines = []
    for entry in found:
        lines.append(f"{entry.id}  {entry.verdict.upper()}: {entry.claim}")
        lines += [f"      {e.tier or '-'}  {e.what}: {figure(e)}" for e in entry.evidence]
        lines.append(f"      {entry.because}")
    return "\n".join(lines)


def summary_markdown(found: Sequence[Entry]) -> str:
    """A table of claims and verdicts for the book's front page."""
    rows = [f"| {e.id} | {e.claim} | **{e.verdict}** |" for e in found]
    return "\n".join(["| Id | Claim | Verdict |", "|---|---|---|", *rows]) + "\n"


def evidence_markdown(found: Sequence[Entry]) -> str:
    """Every claim with its evidence, for the book's page of claims."""
    parts = []
    for entry in found:
        parts.append(f"## {entry.id}: {entry.claim}\n")
        parts.append(
            f"Published: {entry.published}. Verdict: **{entry.verdict}**. {entry.because}\n"
        )
        if entry.evidence:
            parts.append("| Tier | Figure | Value | n | Claim holds on it |\n|---|---|---|---|---|")
            parts += [
                f"| {e.tier or 'file'} | {e.what} | {figure(e)} | {e.n or '–'} "
                f"| {'yes' if e.holds else 'no'}{'' if e.settles else ', aside'} |"
                for e in entry.evidence
            ]
            commands = "\n".join(dict.fromkeys(e.command for e in entry.evidence))
            parts.append(f"\n```bash\n{commands}\n```\n")
    return "\n".join(parts)


def figure(e: Evidence) -> str:
    """The value of a piece of evidence, with its unit and interval."""
    if e.unit == "chi2":
        return f"{e.value:.1f}"
    if e.unit == "p":
        return p_text(e.value)
    sign, unit = ("+", " points") if e.unit == "points" else ("", " %")
    limits = ", ".join(f"{100 * limit:{sign}.1f}" for limit in e.interval or ())
    return f"{100 * e.value:{sign}.1f}{unit}" + (f" [{limits}]" if limits else "")
