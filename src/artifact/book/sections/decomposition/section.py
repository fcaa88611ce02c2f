"""The decomposition of each dataset: rules against gold, shortcuts beside them, traces shown.

The audit runs live on the chosen source. What it gives on the release is computed where that is
at hand, and otherwise shown from the committed figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from artifact import datasets as registry
from artifact.book.figures.style import Point
from artifact.book.sections.common import caption
from artifact.claims.snapshot import audit_release, load_snapshot
from artifact.datasets.dataset import Dataset, ReleaseComparison
from artifact.datasets.problem import Problem
from artifact.datasets.sources import load, stored_traces
from artifact.decomposition import traces
from artifact.decomposition.audit import Agreement, Audit, audit
from artifact.workflow.results import Evidence, Scalar, Table, Value

LIBRARIES = ("pandas", "numpy")
SOLVER = "rules of this section"


@dataclass(frozen=True, slots=True)
class Decomposed:
    """What the section shows of one dataset.

    Attributes:
        dataset: its record.
        live: the audit of the chosen source, with its `evidence`.
        release: the audit of the release, with its `release_evidence`; None where the release
            holds no problems of this dataset.
        example: the shortest problem of the chosen source.
        likeness: statistics of the chosen source beside the release's.
    """

    dataset: Dataset
    live: Audit
    evidence: Evidence
    release: Audit | None
    release_evidence: Evidence
    example: Problem
    likeness: tuple[ReleaseComparison, ...]

    @property
    def shown(self) -> tuple[Audit, Evidence]:
        """The audit to draw: of the release where there is one, else the live one."""
        if self.release is not None:
            return self.release, self.release_evidence
        return self.live, self.evidence


def compute(
    names: Sequence[str], *, source: str, release: str, n: int, seed: int
) -> tuple[Decomposed, ...]:
    """Audit each dataset of `names`.

    Args:
        names: datasets, in the order shown.
        source: where problems come from.
        release: folder of the release; "" shows the committed figures.
        n, seed: of look-alikes.

    Raises:
        InputError: if a source can't be read.
    """
    return tuple(_decompose(registry.get(name), source, release, n, seed) for name in names)


def _decompose(dataset: Dataset, source: str, release: str, n: int, seed: int) -> Decomposed:
    loaded = load(source, dataset, n=n, seed=seed)
    live = audit(
        dataset,
        loaded.problems,
        source=source.partition(":")[0],
        train=loaded.train,
        test=loaded.test,
        stored=stored_traces(source, dataset, "correct"),
    )
    return Decomposed(
        dataset=dataset,
        live=live,
        evidence=EVIDENCE_OF[source.partition(":")[0]],
        release=(
            audit_release(dataset.name, Path(release))
            if release
            else load_snapshot().audit_of(dataset.name)
        ),
        release_evidence="release" if release else "committed release figures",
        example=min(loaded.problems, key=lambda problem: len(problem.context)),
        likeness=tuple(dataset.lookalikes.compare_with_release(loaded.problems))
        if dataset.lookalikes.compare_with_release
        else (),
    )


EVIDENCE_OF: dict[str, Evidence] = {
    "lookalike": "lookalike",
    "release": "release",
    "hub": "hub",
    "file": "file",
}


def agreement_table(found: Audit, evidence: Evidence) -> Table:
    """How often rules and gold agree, percent, by category."""
    rows: list[list[Scalar]] = [
        [label, row.n, *(_pc(share) for share in _shares(row))]
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


def shortcut_points(one: Decomposed) -> list[Point]:
    """Exact answer sets by category: the rules, and every shortcut that skips a step."""
    found, _ = one.shown
    points = [
        Point(label, SOLVER, row.answers_exact)
        for label, row in found.by_category.items()
        if row.answers_exact is not None
    ]
    points += [
        Point(label, name, shares[label])
        for name, shares in found.baselines.items()
        for label in found.by_category
        if label in shares
    ]
    order = list(found.by_category)
    return sorted(points, key=lambda point: order.index(point.group))


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
    rows: list[list[Scalar]] = [
        [_spaced(row.statistic), row.ours, row.release] for row in one.likeness
    ]
    return Table(
        columns=["statistic", "look-alikes" if one.evidence == "lookalike" else "this source",
                 "release"],
        rows=rows,
        evidence=one.evidence,
    )  # fmt: skip


def example_text(one: Decomposed) -> str:
    """A problem with its correct and incorrect traces, as a reader of the data would see it."""
    problem, rng = one.example, Random(one.example.id)
    facts = "\n".join(f"  {index:2}  {fact}" for index, fact in enumerate(problem.context))
    derived = one.dataset.rules.solve(problem)
    return (
        f"context\n{facts}\nquestion\n  {problem.question}\n"
        f"gold\n  answers {list(problem.answers)}, label {problem.category}, "
        f"facts {list(problem.support)}\n"
        f"derived from context and question alone\n  answers {list(derived.answers)}, "
        f"label {derived.category}, facts {list(derived.support)}, anchor {list(derived.anchor)}\n"
        f"correct trace\n{traces.render(one.dataset, problem, 'correct')}\n"
        f"incorrect trace\n{traces.render(one.dataset, problem, 'incorrect', rng=rng)}"
    )


def has_shortcut_figure(one: Decomposed) -> bool:
    """Whether answers can be derived at all, so that shortcuts have something to stand beside."""
    return one.shown[0].overall.answers_exact is not None


def shortcut_alt(one: Decomposed) -> str:
    """What the figure of `shortcut_points` shows, in words."""
    found, _ = one.shown
    shares = {name: s["overall"] for name, s in found.baselines.items()}
    listed = "; ".join(f"{name} {100 * share:.1f} %" for name, share in shares.items())
    rules = 100 * (found.overall.answers_exact or 0)
    return (
        f"Bar chart of exact answer sets on {one.dataset.title} by category. "
        f"Over all: rules {rules:.1f} %; {listed}."
    )


CAPTIONS = {
    "live": "{title}: rules against gold, percent",
    "release": "{title}: rules against gold, percent",
    "causes": "{title}: why rules and gold differ",
    "shortcuts": "{title}: exact answer sets by category; rules on all problems, shortcuts on the "
    "test side",
    "shortcut table": "{title}: what shortcuts reach on the test side, percent",
    "likeness": "{title}: statistics of this source beside the release's",
}


def caption_of(one: Decomposed, what: str) -> str:
    """The caption of one of `CAPTIONS`, with the evidence behind it."""
    shown, evidence = one.shown
    found = {"live": (one.live, one.evidence), "likeness": (one.live, one.evidence)}
    audited, behind = found.get(what, (shown, evidence))
    n = audited.baseline_n if what == "shortcut table" else audited.n
    return caption(CAPTIONS[what].format(title=one.dataset.title), behind, n=n)


def tables(report: Sequence[Decomposed]) -> dict[str, Table]:
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


def values(report: Sequence[Decomposed]) -> dict[str, Value]:
    """The figures that the section's prose shows, by key."""
    shown: dict[str, Value] = {}
    for one in report:
        name = one.dataset.name
        shown |= _values_of(one.live, f"{name}.live", one.evidence)
        if one.release is not None:
            shown |= _values_of(one.release, f"{name}.release", one.release_evidence)
    return shown


def source_in_words(report: Sequence[Decomposed]) -> str:
    """Which data stand behind the section."""
    kinds = dict.fromkeys(one.live.source for one in report)
    beside = dict.fromkeys(one.release_evidence for one in report if one.release is not None)
    return f"live: {', '.join(kinds)}; the release: {', '.join(beside) or 'none'}"


def _values_of(found: Audit, prefix: str, evidence: Evidence) -> dict[str, Value]:
    names = ("answers", "label", "facts", "trace_bytes")
    counted = dict.fromkeys(names[:3], found.n)  # traces are stored of some problems only
    shown = {
        f"{prefix}.{name}": Value(value=share, unit="share", evidence=evidence, n=counted.get(name))
        for name, share in zip(names, _shares(found.overall), strict=True)
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


def _spaced(statistic: str) -> str:
    """Its group in words; what it counts keeps its name, as in ``S1_R1_O2``."""
    group, slash, value = statistic.partition(" / ")
    return group.replace("_", " ") + slash + value


def _shares(row: Agreement) -> tuple[float | None, ...]:
    return row.answers_exact, row.category_match, row.support_exact, row.trace_bytes_equal


def _note(found: Audit) -> str:
    reasons = {why for name, why in found.notes.items() if name != "dataset"}
    return " ".join(f"{reason[0].upper()}{reason[1:]}." for reason in sorted(reasons))


def _pc(share: float | None) -> float | None:
    return None if share is None else 100 * share
