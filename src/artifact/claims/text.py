"""The ledger for readers: lines for a terminal, tables for the book's pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from artifact import datasets
from artifact.claims.evidence import AS_RELEASED, STRICT, Evidence, cells
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
        lines.append(f"{entry.id}  {verdict_text(entry).upper()}: {entry.claim}")
        lines += [
            f"      {e.tier or '-'}  {subject(e)}: {e.what}: {figure(e)} ({bearing(e)})"
            for e in entry.evidence
        ]
        lines.append(f"      {entry.because}")
    return "\n".join(lines)


def verdict_text(entry: Entry) -> str:
    """The verdict, and in how many models the claim holds."""
    counted = entry.counts.as_text()
    return f"{entry.verdict} ({counted})" if counted else entry.verdict


def summary_markdown(found: Sequence[Entry]) -> str:
    """A table of claims and verdicts for the book's front page."""
    rows = [
        f"| {e.id} | {e.claim} | **{e.verdict}** | {_of(e.counts.as_released)} "
        f"| {_of(e.counts.strict)} |"
        for e in found
    ]
    head = "| Id | Claim | Verdict | Holds as released | Holds strictly |\n|---|---|---|---|---|"
    return "\n".join([head, *rows]) + "\n"


def evidence_markdown(found: Sequence[Entry]) -> str:
    """Every claim with the models behind its verdict and all its evidence, for the book."""
    parts = []
    for entry in found:
        parts.append(f"## {entry.id}: {entry.claim}\n")
        parts.append(
            f"Published: {entry.published}. Verdict: **{verdict_text(entry)}**. {entry.because}\n"
        )
        parts += _cells_markdown(entry)
        if entry.evidence:
            parts.append(
                "| Tier | Model | Figure | Value | n | The claim |\n|---|---|---|---|---|---|"
            )
            parts += [
                f"| {e.tier or 'file'} | {subject(e)} | {e.what} | {figure(e)} | {e.n or '–'} "
                f"| {bearing(e)} |"
                for e in entry.evidence
            ]
            commands = "\n".join(dict.fromkeys(e.command for e in entry.evidence))
            parts.append(f"\n```bash\n{commands}\n```\n")
    return "\n".join(parts)


def _cells_markdown(entry: Entry) -> list[str]:
    """Model by model and dataset by dataset, whether the claim holds as released and strictly."""
    released, strict = cells(entry.evidence, AS_RELEASED), cells(entry.evidence, STRICT)
    if not released and not strict:
        return []
    names = {(e.model, e.dataset): subject(e) for e in entry.evidence}
    return [
        "| Model | Holds as released | Holds strictly |\n|---|---|---|",
        *(
            f"| {names[cell]} | {HOLDS[released.get(cell)]} | {HOLDS[strict.get(cell)]} |"
            for cell in sorted(released.keys() | strict.keys(), key=lambda it: (it[1], it[0]))
        ),
        "",
    ]


_EVIDENCE_HEAD = "| Tier | Model | Figure | Value | n | The claim |\n|---|---|---|---|---|---|"
HOLDS = {True: "yes", False: "no", None: "–"}


def subject(e: Evidence) -> str:
    """Whose figure it is, in words."""
    return f"{e.model} on {datasets.get(e.dataset).title}"


def bearing(e: Evidence) -> str:
    """Whether the claim holds on a figure, and whether it is counted."""
    holds = {True: "holds", False: "does not hold", None: "can't tell"}[e.holds]
    return holds if e.decides else f"{holds}, not counted"


def _of(count: tuple[int, int]) -> str:
    return f"{count[0]} of {count[1]}" if count[1] else "–"


def figure(e: Evidence) -> str:
    """The value of a piece of evidence, with its unit and interval."""
    if e.unit == "chi2":
        return f"{e.value:.1f}"
    if e.unit == "p":
        return p_text(e.value)
    sign, unit = ("+", " points") if e.unit == "points" else ("", " %")
    limits = ", ".join(f"{100 * limit:{sign}.1f}" for limit in e.interval or ())
    return f"{100 * e.value:{sign}.1f}{unit}" + (f" [{limits}]" if limits else "")
