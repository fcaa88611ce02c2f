"""The audit: derive every problem from its text alone and compare the result with gold.

The paper decomposes each question by rule into a classification and a retrieval step. The audit
asks three things of a dataset: do the rules give the gold answers, label and facts; where they do
not, is it label noise or a limit of ours; and how far does a shortcut get that skips the steps.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

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
        train: problems that a shortcut may learn from; the audited ones if there is no split.
        test: problems that shortcuts are tested on, as models are; the same default.
        stored: the release's correct traces, if it is at hand.
    """
    known, tried = train or problems, test or problems
    asked = Counter(problem.category for problem in tried)
    # A copy of the release may lack the training part of a label: no count over it says which
    # label is the commonest.
    labelled = known if _all_met(asked, known) else tried
    tally = _Tally()
    for problem in problems:
        tally.add(dataset, problem, dataset.rules.solve(problem))
    for trace in stored:
        tally.add_stored(dataset, trace)
    shares = _shares(
        dataset,
        tried,
        asked,
        {name: _answers_with(rule, known) for name, rule in dataset.rules.shortcuts.items()}
        | {
            name: _labels_with(rule, labelled)
            for name, rule in dataset.rules.category_shortcuts.items()
        },
    )
    return Audit(
        dataset=dataset.name,
        source=source,
        n=len(problems),
        parsed=tally.overall["parsed"],
        by_category={
            label: tally.agreement(tally.by_label[label])
            for label in dataset.labels
            if label in tally.by_label
        },
        overall=tally.agreement(tally.overall),
        disagreements=dict(sorted(tally.causes.items())),
        baseline_n=len(tried),
        baselines={name: shares[name] for name in dataset.rules.shortcuts},
        category_baselines={name: shares[name] for name in dataset.rules.category_shortcuts},
        examples=tally.examples,
        notes=_reasons(dataset, source, stored, answers_derived=bool(tally.overall["answered"])),
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
    dataset: Dataset, problems: Iterable[Problem], kind: str, *, seed: int
) -> Iterator[dict[str, str]]:
    """Assistant turns of one trace kind, one by one, ready for JSON lines: id, kind, text."""
    rng = random.Random(seed)
    for problem in problems:
        text = traces.render(dataset, problem, kind, rng=rng)
        yield {"id": problem.id, "kind": kind, "text": text}


@dataclass
class _Tally:
    """Counts and examples from the problems seen so far; it does not grow with them.

    Attributes:
        by_label: per label, the number of problems and on how many of them each part agrees.
        causes: number of disagreements by cause.
        examples: the first disagreements of each cause.
    """

    by_label: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    causes: Counter[str] = field(default_factory=Counter)
    examples: list[Disagreement] = field(default_factory=list)

    @property
    def overall(self) -> Counter[str]:
        """As `by_label`, over all labels."""
        return sum(self.by_label.values(), Counter[str]())

    def add(self, dataset: Dataset, problem: Problem, derivation: Derivation) -> None:
        """Count a problem, and compare what was derived from it with gold."""
        facts = {problem.context[index] for index in derivation.support}
        agree = {
            "answers": set(derivation.answers) == set(problem.answers),
            "category": derivation.category == problem.category,
            "support": facts == set(problem.supporting_facts),
        }
        self.by_label[problem.category].update(
            met=1,
            parsed=derivation.failure is None,
            answered=bool(derivation.answers),
            **agree,
        )
        if not all(agree.values()):
            found = _disagreement(dataset, problem, derivation)
            self.causes[found.cause] += 1
            if self.causes[found.cause] <= EXAMPLES_PER_CAUSE:
                self.examples.append(found)

    def add_stored(self, dataset: Dataset, stored: StoredTrace) -> None:
        """Count a stored trace, and whether rendering reproduces it."""
        rendered = traces.render(dataset, stored.problem, "correct")
        self.by_label[stored.problem.category].update(stored=1, bytes=rendered == stored.text)

    def agreement(self, counts: Counter[str]) -> Agreement:
        """Counts of one label, or of all, as shares."""
        met, stored = counts["met"], counts["stored"]
        return Agreement(
            n=met,
            answers_exact=counts["answers"] / met if self.overall["answered"] else None,
            category_match=counts["category"] / met,
            support_exact=counts["support"] / met,
            trace_bytes_equal=counts["bytes"] / stored if stored else None,
        )


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


Verdict = Callable[[Problem], bool]


def _answers_with(rule: Shortcut, train: Sequence[Problem]) -> Verdict:
    return lambda problem: set(rule(problem, train)) == set(problem.answers)


def _labels_with(rule: Shortcut, train: Sequence[Problem]) -> Verdict:
    return lambda problem: rule(problem, train) == (problem.category,)


def _shares(
    dataset: Dataset,
    problems: Sequence[Problem],
    met: Counter[str],
    verdicts: Mapping[str, Verdict],
) -> dict[str, dict[str, float]]:
    """By verdict and label, the share of `problems` on which it is right; and overall.

    All verdicts on one problem come before the next, so that each problem is read once. `met`
    counts the problems of each label.
    """
    right: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for problem in problems:
        for name, verdict in verdicts.items():
            right[name][problem.category] += verdict(problem)
    labels = [label for label in dataset.labels if label in met]
    return {
        name: {label: right[name][label] / met[label] for label in labels}
        | {"overall": right[name].total() / met.total()}
        for name in verdicts
    }


def _all_met(labels: Iterable[str], problems: Iterable[Problem]) -> bool:
    """Whether each of `labels` is that of some problem; stops reading once all have been met."""
    left = set(labels)
    for problem in problems:
        left.discard(problem.category)
        if not left:
            break
    return not left


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
