"""The ledger: each claim of the paper, the evidence for it here, and the verdict that follows.

Verdicts are computed from the figures by the rules in `claims.rules`; none is typed in. Figures of
tiers A and B come from the release, those of C and D from the reference runs and from runs made
here of the paper's models on its data.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from artifact.claims.evidence import Counts, Evidence, Verdict, count, verdict
from artifact.claims.published import published
from artifact.claims.rules import RULES, Findings
from artifact.claims.run_evidence import CLAIMS_COMMAND
from artifact.claims.snapshot import Snapshot, compute, load_snapshot
from artifact.common.errors import InputError
from artifact.common.files import read_record, write_atomically
from artifact.evaluation.scored_runs import ScoredRun, papers_runs, reference_runs


class Entry(BaseModel):
    """One claim with its evidence and verdict.

    Attributes:
        id, claim, published: as in ``published.yml``.
        evidence: every figure that speaks for or against it.
        verdict: the word that follows from the figures that decide.
        counts: in how many of the models looked at the claim holds.
        because: the verdict's reason, in a few sentences.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    claim: str
    published: str
    evidence: tuple[Evidence, ...]
    verdict: Verdict
    counts: Counts
    because: str


def current(release: Path | None = None) -> list[Entry]:
    """The ledger, from the release at `release` (half a minute) or from its committed figures, and
    from runs (`known_runs`)."""
    return entries(compute(release), known_runs()) if release else list(_committed())


def known_runs() -> list[ScoredRun]:
    """The reference runs, and those made here that are of the paper's models on its data."""
    reference = reference_runs()
    return [*reference, *papers_runs(reference)]


@cache
def _committed() -> tuple[Entry, ...]:
    return tuple(entries(load_snapshot(), known_runs()))


def entries(snapshot: Snapshot, runs: Sequence[ScoredRun] = ()) -> list[Entry]:
    """The ledger of the figures in `snapshot` and of our own runs, in the order of the abstract."""
    found = []
    for claim in published().claims:
        rule = RULES[claim.id]
        judged, because = rule.judge(Findings(snapshot, runs))
        evidence = [_numbered(e, f"{claim.id}.{n}") for n, e in enumerate(judged, start=1)]
        found.append(
            Entry(
                id=claim.id,
                claim=claim.claim,
                published=claim.published,
                evidence=tuple(evidence),
                verdict=(
                    "not testable here"
                    if rule.not_testable
                    else verdict(evidence, rule.speaks, first=rule.first)
                ),
                counts=count(evidence),
                because=because + _of_other_models(evidence),
            )
        )
    return found


def _numbered(e: Evidence, row: str) -> Evidence:
    """`e` with its row, which the command names if it would print other rows too."""
    command = e.command.replace(CLAIMS_COMMAND, f"{CLAIMS_COMMAND} --only {row}")
    return e.model_copy(update={"row": row, "command": command})


def check_name(name: str) -> None:
    """Check, before anything is computed, that `name` may name a claim or a row of one.

    Raises:
        InputError: otherwise; whether a claim has that row, only its evidence can tell.
    """
    claims = [claim.id for claim in published().claims]
    claim, dot, number = name.upper().partition(".")
    if claim not in claims:
        fault = f"no claim is called '{claim}'" if name else "is empty"
        raise InputError(fault, field="only", cure=f"choose one of {', '.join(claims)}")
    if dot and not (number.isascii() and number.isdigit()):
        fault = f"'{number}' is not the number of a row"
        raise InputError(fault, field="only", cure=f"write {claim}, or {claim}.1 and so on")


def only(name: str, found: Sequence[Entry], shown: Sequence[Entry]) -> list[Entry]:
    """The claim or the row of a claim with this name, out of `found`.

    Args:
        name: ``C2``, or ``C2.17``.
        found: the ledger.
        shown: the ledger that numbers the rows, which is that of the book: `found` may have other
            rows, if it is of a release with later commits.

    Raises:
        InputError: if there is no such claim or row, or `found` does not have this row.
    """
    check_name(name)
    claims = {entry.id: entry for entry in shown}
    claim, _, number = name.upper().partition(".")
    entry = next(entry for entry in found if entry.id == claim)
    if not number:
        return [entry]
    rows = {e.row: e for e in claims[claim].evidence}
    if (row := f"{claim}.{number}") not in rows:
        last = f"{claim} has rows 1 to {len(rows)}" if rows else f"{claim} has none"
        cure = f"{last}; `artifact claims` prints them"
        raise InputError(f"there is no row '{row}'", field="only", cure=cure)
    again = [e for e in entry.evidence if _same(e, rows[row])]
    if not again:
        raise InputError(
            f"row {row} is not what this release gives: {rows[row].what}",
            field="only",
            cure=f"`--only {claim}` prints the rows that it gives",
        )
    return [entry.model_copy(update={"evidence": (again[0].model_copy(update={"row": row}),)})]


def _same(one: Evidence, other: Evidence) -> bool:
    """Whether two pieces of evidence measure the same thing, whatever their values."""
    fields = {"tier", "model", "dataset", "what"}
    return one.model_dump(include=fields) == other.model_dump(include=fields)


def _of_other_models(evidence: Sequence[Evidence]) -> str:
    """In words, the figures that are shown but do not enter the verdict."""
    aside = [e for e in evidence if e.tier in ("C", "D") and not e.decides]
    if not aside:
        return ""
    agree = str(sum(e.holds is True for e in aside) or "none")
    return (
        " Runs of other models or data than the paper's (tiers C and D) are not counted; "
        f"{agree} of their {len(aside)} results {'agrees' if agree == '1' else 'agree'}."
    )


def write(found: Sequence[Entry], path: Path) -> None:
    """The ledger as a JSON list."""
    write_atomically(path, as_json(found))


def as_json(found: Sequence[Entry]) -> str:
    """What `write` writes."""
    return TypeAdapter(list[Entry]).dump_json(list(found), indent=2).decode() + "\n"


def read(path: Path) -> list[Entry]:
    """The ledger that `write` wrote.

    Raises:
        InputError: if the file can't be read or is not a ledger.
    """
    return read_record(path, list[Entry])
