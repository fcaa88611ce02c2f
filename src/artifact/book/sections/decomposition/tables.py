"""The decomposition as tables, each with its caption; shares in percent."""

from __future__ import annotations

from collections.abc import Sequence

from artifact.book.sections.common import caption, percent
from artifact.book.sections.decomposition.compute import Decomposed, shares
from artifact.decomposition.audit import Audit
from artifact.workflow.results import Evidence, Scalar, Table

CAPTIONS = {
    "live": "{title}: rules against gold, percent",
    "release": "{title}: rules against gold, percent",
    "causes": "{title}: why rules and gold differ",
    "shortcuts": "{title}: exact answer sets by category; rules on all problems, shortcuts on the "
    "{test} of the test side; empty: the shortcut gives no answer to such questions",
    "shortcut table": "{title}: what shortcuts reach on the test side, percent",
    "likeness": "{title}: statistics of this source beside the release's",
}


def caption_of(one: Decomposed, what: str) -> str:
    """The caption of one of `CAPTIONS`, with the evidence behind it."""
    shown, evidence = one.shown
    found = {"live": (one.live, one.evidence), "likeness": (one.live, one.evidence)}
    audited, behind = found.get(what, (shown, evidence))
    n = audited.baseline_n if what == "shortcut table" else audited.n
    text = CAPTIONS[what].format(title=one.dataset.title, test=f"{audited.baseline_n:,}")
    return caption(text, behind, n=n)


def all_tables(report: Sequence[Decomposed]) -> dict[str, Table]:
    """Every table of the section, by key."""
    found: dict[str, Table] = {}
    for one in report:
        name, (audited, evidence) = one.dataset.name, one.shown
        found[f"{name}.live"] = agreement_table(one.live, one.evidence)
        if one.release is not None:
            found[f"{name}.release"] = agreement_table(one.release, one.release_evidence)
        found[f"{name}.disagreements"] = disagreement_table(audited, evidence)
        found[f"{name}.shortcuts"] = shortcut_table(one)
        found[f"{name}.likeness"] = likeness_table(one)
    return found


def agreement_table(found: Audit, evidence: Evidence) -> Table:
    """How often rules and gold agree, percent, by category."""
    rows: list[list[Scalar]] = [
        [label, row.n, *(percent(share) for share in shares(row))]
        for label, row in [*found.by_category.items(), ("overall", found.overall)]
    ]
    return Table(
        columns=["category", "n", "answers", "label", "facts", "trace bytes"],
        rows=rows,
        evidence=evidence,
        note=_note(found),
    )


def disagreement_table(found: Audit, evidence: Evidence) -> Table:
    """Why rules and gold differ, by cause."""
    rows: list[list[Scalar]] = [[cause, count] for cause, count in found.disagreements.items()]
    return Table(columns=["cause", "problems"], rows=rows, evidence=evidence)


def shortcut_table(one: Decomposed) -> Table:
    """Every shortcut's share of right answer sets and of right labels, percent, over all."""
    found, evidence = one.shown
    rules = [("answers", found.baselines), ("label", found.category_baselines)]
    rows: list[list[Scalar]] = [
        [name, what, 100 * shares["overall"]]
        for what, by_rule in rules
        for name, shares in by_rule.items()
    ]
    return Table(
        columns=["shortcut", "of", f"right, n = {found.baseline_n}"], rows=rows, evidence=evidence
    )


def likeness_table(one: Decomposed) -> Table:
    """Statistics of the chosen source beside those of the release."""
    rows: list[list[Scalar]] = [[row.statistic, row.ours, row.release] for row in one.likeness]
    return Table(
        columns=[
            "statistic",
            "look-alikes" if one.evidence == "lookalike" else "this source",
            "release",
        ],
        rows=rows,
        evidence=one.evidence,
    )


def _note(found: Audit) -> str:
    reasons = {why for name, why in found.notes.items() if name != "dataset"}
    return " ".join(f"{reason[0].upper()}{reason[1:]}." for reason in sorted(reasons))
