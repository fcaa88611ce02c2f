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
from artifact.claims.snapshot import Snapshot, compute, load_snapshot
from artifact.common.files import read_record, write_atomically
from artifact.evaluation.scored_runs import ScoredRun, papers_runs, reference_runs


class Entry(BaseModel):
    """One claim with its evidence and verdict.

    Attributes:
        id, claim, published: as in ``published.yml``.
        evidence: every figure that speaks for or against it.
        verdict: the word that follows from the figures that decide.
        counts: in how many of the models that were looked at the claim holds.
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
        evidence, because = rule.judge(Findings(snapshot, runs))
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


def _of_other_models(evidence: Sequence[Evidence]) -> str:
    """What the figures say that are shown but do not enter the verdict."""
    aside = [e for e in evidence if e.tier in ("C", "D") and not e.decides]
    if not aside:
        return ""
    return (
        " Runs of other models or data than the paper's (tiers C and D) are not counted; the "
        f"claim holds for {sum(e.holds is True for e in aside)} of their {len(aside)} results."
    )


def write(found: Sequence[Entry], path: Path) -> None:
    """The ledger as a JSON list."""
    write_atomically(
        path, TypeAdapter(list[Entry]).dump_json(list(found), indent=2).decode() + "\n"
    )


def read(path: Path) -> list[Entry]:
    """A ledger that was written.

    Raises:
        InputError: if the file can't be read or is no ledger.
    """
    return read_record(path, list[Entry])
