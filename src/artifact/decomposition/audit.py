"""The audit: derive every problem from its text alone and compare the result with gold.

The paper decomposes each question by rule into a classification and a retrieval step. The audit
asks three things of a dataset: do the rules give the gold answers, label and facts; where they do
not, is it label noise or a limit of ours; and how far does a shortcut get that skips the steps.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from pydantic import BaseModel, Field

from artifact.datasets.dataset import Dataset, Derivation, Shortcut
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredTrace
from artifact.decomposition import traces

EXAMPLES_PER_CAUSE = 3
UNEXPLAINED = "own limit: unexplained"


class Agreement(BaseModel):
    """How often derivation and gold agree over `n` problems; fractions in [0, 1] or None.

    Attributes:
        n: problems.
        answers_exact: the derived answer set equals the gold set.
        category_match: the derived label equals the gold label.
        support_exact: the derived facts are the gold facts (as sets of sentences).
        trace_bytes_equal: stored correct traces that `traces.render` gives byte for byte.
    """

    n: int
    answers_exact: float | None
    category_match: float | None
    support_exact: float | None
    trace_bytes_equal: float | None


class Disagreement(BaseModel):
    """One problem on which derivation and gold differ."""

    id: str
    cause: str
    question: str
    gold: tuple[str, ...]
    derived: tuple[str, ...]


class Audit(BaseModel):
    """What `artifact decompose --json` writes.

    Attributes:
        parsed: problems from which anything could be derived.
        disagreements: count by cause; causes start with "label noise" or "own limit".
        baseline_n: problems behind the shortcuts: the test side, where there is one.
        baselines: shortcut -> category -> fraction of exact answer sets ("overall" over all).
        category_baselines: shortcut -> category -> fraction of right labels.
        examples: up to three disagreements of each cause.
        notes: why a value is None.
    """

    dataset: str
    source: str
    n: int
    parsed: int
    by_category: dict[str, Agreement]
    overall: Agreement
    disagreements: dict[str, int]
    baseline_n: int
    baselines: dict[str, dict[str, float]]
    category_baselines: dict[str, dict[str, float]]
    examples: list[Disagreement] = Field(default_factory=list)
    notes: dict[str, str] = Field(default_factory=dict)


def audit(
    dataset: Dataset,
    problems: Sequence[Problem],
    *,
    source: str,
    train: Sequence[Problem] = (),
    test: Sequence[Problem] = (),
    stored: Sequence[StoredTrace] = (),
) -> Audit:
    """Derive each of `problems`, compare with gold and with shortcuts.

    Args:
        dataset: whose rules to use.
        problems: at least one.
        source: the source as named on the command line, for the record.
        train: problems that a shortcut may learn from; the audited ones where there is no split.
        test: problems that shortcuts are tested on, as models are; likewise.
        stored: the release's correct traces, where it is at hand.
    """
    known, tried = train or problems, test or problems
    derivations = [dataset.rules.solve(problem) for problem in problems]
    answers_derived = any(derivation.answers for derivation in derivations)
    rows = [_compare(p, d) for p, d in zip(problems, derivations, strict=True)]
    bytes_equal = {
        label: [_renders(dataset, s) for s in stored if s.problem.category == label]
        for label in {s.problem.category for s in stored}
    }
    differing = [
        _disagreement(dataset, problem, derivation)
        for problem, derivation, row in zip(problems, derivations, rows, strict=True)
        if not all(row)
    ]
    return Audit(
        dataset=dataset.name,
        source=source,
        n=len(problems),
        parsed=sum(derivation.failure is None for derivation in derivations),
        by_category={
            label: _agreement(
                [r for p, r in zip(problems, rows, strict=True) if p.category == label],
                bytes_equal.get(label, []),
                answers_derived=answers_derived,
            )
            for label in _present(dataset, problems)
        },
        overall=_agreement(
            rows,
            [equal for flags in bytes_equal.values() for equal in flags],
            answers_derived=answers_derived,
        ),
        disagreements=dict(sorted(Counter(d.cause for d in differing).items())),
        baseline_n=len(tried),
        baselines={
            name: _by_category(dataset, tried, _answers_with(rule, known))
            for name, rule in dataset.rules.shortcuts.items()
        },
        category_baselines={
            name: _by_category(dataset, tried, _labels_with(rule, known))
            for name, rule in dataset.rules.category_shortcuts.items()
        },
        examples=_first_of_each_cause(differing),
        notes=_reasons(dataset, source, stored, answers_derived=answers_derived),
    )


def as_text(audit: Audit) -> str:
    """The audit as lines for a terminal, shares in percent."""
    columns = ("answers", "category", "support", "trace bytes")
    lines = [
        f"{audit.dataset} from {audit.source}: {audit.n} problems, {audit.parsed} derived",
        f"  {'':24} {'n':>6} " + " ".join(f"{column:>11}" for column in columns),
    ]
    for label, row in [*audit.by_category.items(), ("overall", audit.overall)]:
        shares = (
            row.answers_exact,
            row.category_match,
            row.support_exact,
            row.trace_bytes_equal,
        )
        lines.append(f"  {label:24} {row.n:6} " + " ".join(f"{_percent(s):>11}" for s in shares))
    lines += [f"  {count:6} x {cause}" for cause, count in audit.disagreements.items()]
    for name, shares_by_label in (audit.baselines | audit.category_baselines).items():
        share = _percent(shares_by_label["overall"])
        lines.append(f"  shortcut {name}: {share} (n = {audit.baseline_n})")
    lines += [f"  {name}: {note}" for name, note in audit.notes.items()]
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def trace_records(
    dataset: Dataset, problems: Sequence[Problem], kind: str, *, seed: int
) -> list[dict[str, str]]:
    """Assistant turns of one trace kind, ready for JSON lines: id, kind, text."""
    rng = random.Random(seed)
    return [
        {"id": problem.id, "kind": kind, "text": traces.render(dataset, problem, kind, rng=rng)}
        for problem in problems
    ]


def _compare(problem: Problem, derivation: Derivation) -> tuple[bool, bool, bool]:
    derived_facts = {problem.context[index] for index in derivation.support}
    return (
        set(derivation.answers) == set(problem.answers),
        derivation.category == problem.category,
        derived_facts == set(problem.supporting_facts),
    )


def _agreement(
    rows: Sequence[tuple[bool, bool, bool]], bytes_equal: Sequence[bool], *, answers_derived: bool
) -> Agreement:
    answers, categories, supports = zip(*rows, strict=True)
    return Agreement(
        n=len(rows),
        answers_exact=_share(answers) if answers_derived else None,
        category_match=_share(categories),
        support_exact=_share(supports),
        trace_bytes_equal=_share(bytes_equal),
    )


def _share(flags: Iterable[bool]) -> float | None:
    flags = list(flags)
    return sum(flags) / len(flags) if flags else None


def _renders(dataset: Dataset, stored: StoredTrace) -> bool:
    return traces.render(dataset, stored.problem, "correct") == stored.text


def _disagreement(dataset: Dataset, problem: Problem, derivation: Derivation) -> Disagreement:
    if derivation.failure is not None:
        cause = f"own limit: {derivation.failure}"
    else:
        cause = (
            dataset.rules.explain_disagreement(problem, derivation)
            if dataset.rules.explain_disagreement
            else UNEXPLAINED
        )
    return Disagreement(
        id=problem.id,
        cause=cause,
        question=problem.question,
        gold=problem.answers,
        derived=derivation.answers,
    )


def _first_of_each_cause(differing: Sequence[Disagreement]) -> list[Disagreement]:
    taken: Counter[str] = Counter()
    first = []
    for disagreement in differing:
        taken[disagreement.cause] += 1
        if taken[disagreement.cause] <= EXAMPLES_PER_CAUSE:
            first.append(disagreement)
    return first


Verdict = Callable[[Problem], bool]


def _answers_with(rule: Shortcut, train: Sequence[Problem]) -> Verdict:
    return lambda problem: set(rule(problem, train)) == set(problem.answers)


def _labels_with(rule: Shortcut, train: Sequence[Problem]) -> Verdict:
    return lambda problem: rule(problem, train) == (problem.category,)


def _by_category(dataset: Dataset, problems: Sequence[Problem], right: Verdict) -> dict[str, float]:
    flags = [(problem.category, right(problem)) for problem in problems]
    shares = {
        label: sum(ok for category, ok in flags if category == label)
        / sum(category == label for category, _ in flags)
        for label in _present(dataset, problems)
    }
    return shares | {"overall": sum(ok for _, ok in flags) / len(flags)}


def _present(dataset: Dataset, problems: Iterable[Problem]) -> list[str]:
    """The labels that some problem has, in reporting order."""
    there = {problem.category for problem in problems}
    return [label for label in dataset.labels if label in there]


def _reasons(
    dataset: Dataset, source: str, stored: Sequence[StoredTrace], *, answers_derived: bool
) -> dict[str, str]:
    reasons = {}
    if not stored:
        reasons["trace_bytes_equal"] = "no stored traces: only the release holds them"
    if not answers_derived:
        reasons["answers_exact"] = "no answer can be derived by rule for this dataset"
    if notes := dataset.notes_on(source):
        reasons["dataset"] = " ".join(notes)
    return reasons
