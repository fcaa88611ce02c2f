"""The figures that the decomposition's prose shows, by key."""

from __future__ import annotations

from collections.abc import Sequence

from artifact.book.sections.decomposition.compute import Decomposed, shares
from artifact.decomposition.audit import Audit
from artifact.workflow.results import Evidence, Value


def all_values(report: Sequence[Decomposed]) -> dict[str, Value]:
    """The figures that the section's prose shows, by key."""
    shown: dict[str, Value] = {}
    for one in report:
        name = one.dataset.name
        shown |= _values_of(one.live, f"{name}.live", one.evidence)
        if one.release is not None:
            shown |= _values_of(one.release, f"{name}.release", one.release_evidence)
    return shown


def _values_of(found: Audit, prefix: str, evidence: Evidence) -> dict[str, Value]:
    names = ("answers", "label", "facts", "trace_bytes")
    counted = dict.fromkeys(names[:3], found.n)  # traces are stored for some problems only
    shown = {
        f"{prefix}.{name}": Value(value=share, unit="share", evidence=evidence, n=counted.get(name))
        for name, share in zip(names, shares(found.overall), strict=True)
        if share is not None
    }
    best = max(found.baselines, key=lambda name: found.baselines[name]["overall"])
    shown[f"{prefix}.best_shortcut"] = Value(
        value=found.baselines[best]["overall"],
        unit="share",
        evidence=evidence,
        n=found.baseline_n,
        note=best,
    )
    shown[f"{prefix}.best_shortcut_name"] = Value(value=best, unit="text", evidence=evidence)
    shown[f"{prefix}.noise"] = Value(
        value=sum(c for cause, c in found.disagreements.items() if cause.startswith("label noise")),
        unit="count",
        evidence=evidence,
        n=found.n,
    )
    return shown
