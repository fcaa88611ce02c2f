"""The decomposition of each dataset: rules against gold, and shortcuts beside them.

The audit runs live on the chosen source. What it gives on the release is computed where that is
at hand, and otherwise taken from the committed figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from artifact import datasets
from artifact.book.sections.common import EVIDENCE_IN_WORDS
from artifact.claims.snapshot import audit_release, load_snapshot
from artifact.common.fetch.release import require_pinned
from artifact.datasets.dataset import Dataset, ReleaseComparison
from artifact.datasets.problem import Problem
from artifact.datasets.sources import load, stored_traces
from artifact.decomposition.audit import Agreement, Audit, audit
from artifact.workflow.results import Evidence

LIBRARIES = ("pandas", "numpy")

EVIDENCE_OF: dict[str, Evidence] = {
    "lookalike": "lookalike",
    "release": "release",
    "hub": "hub",
    "file": "file",
}


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
        applies: shortcut -> the categories of the chosen source in which it answers some question,
            right or wrong.
    """

    dataset: Dataset
    live: Audit
    evidence: Evidence
    release: Audit | None
    release_evidence: Evidence
    example: Problem
    likeness: tuple[ReleaseComparison, ...]
    applies: Mapping[str, frozenset[str]]

    @property
    def shown(self) -> tuple[Audit, Evidence]:
        """The audit to draw: of the release where there is one, else the live one."""
        if self.release is not None:
            return self.release, self.release_evidence
        return self.live, self.evidence


def report(
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
        CheckError: if a file of the release is not as pinned.
    """
    named = source.removeprefix("release:") if source.startswith("release:") else release
    for folder in dict.fromkeys((release, named)):
        if folder:
            require_pinned(Path(folder))
    return tuple(_decompose(datasets.get(name), source, release, n, seed) for name in names)


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
    compare = dataset.lookalikes.compare_with_release
    known = loaded.train or loaded.problems
    by_category: dict[str, list[Problem]] = {}
    for problem in loaded.problems:
        by_category.setdefault(problem.category, []).append(problem)
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
        likeness=tuple(compare(loaded.problems)) if compare else (),
        applies={
            name: frozenset(
                category
                for category, problems in by_category.items()
                if any(rule(problem, known) for problem in problems)
            )
            for name, rule in dataset.rules.shortcuts.items()
        },
    )


def shares(row: Agreement) -> tuple[float | None, ...]:
    """Answers, label, facts and trace bytes that agree with gold, each in [0, 1]."""
    return row.answers_exact, row.category_match, row.support_exact, row.trace_bytes_equal


def source_in_words(report: Sequence[Decomposed]) -> str:
    """Which data stand behind the section."""
    kinds = dict.fromkeys(EVIDENCE_IN_WORDS[one.evidence] for one in report)
    beside = dict.fromkeys(
        EVIDENCE_IN_WORDS[one.release_evidence] for one in report if one.release is not None
    )
    return f"{', '.join(kinds)}; beside them: {', '.join(beside) or 'nothing of the release'}"
