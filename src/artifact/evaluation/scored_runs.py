"""The runs that can be shown: those made here, and those that come with the repository.

Both are scored by the same code; which is which stays with every one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from artifact import datasets
from artifact.common import paths
from artifact.decomposition.traces import KINDS
from artifact.evaluation.evaluation import Evaluation
from artifact.evaluation.forced_traces import Judged, judge
from artifact.evaluation.run_scores import evaluate_run, outputs_of, rights
from artifact.evaluation.statistics.paired import Share, share
from artifact.sft.forced_traces import Forced, interventions
from artifact.sft.run_data import problem_set
from artifact.sft.run_folder import RECORD, Record, Run
from artifact.sft.spec import Spec

Made = Literal["here", "reference"]

DOSES = {"correct": 0.0, "incorrect": 1.0}
"""Kinds that are the ends of the scale of `Spec.corruption`."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """A run that is trained and answered, with its scores.

    Attributes:
        run: its folder.
        record: what its ``run.json`` says.
        made: here, or with the repository.
        rights: problem id -> whether the answer is right (`exact_set`), in the order drawn.
        evaluation: under strict semantics.
        forced: trace -> problem id -> the answer after it; empty without interventions.
    """

    run: Run
    record: Record
    made: Made
    rights: dict[str, bool]
    evaluation: Evaluation
    forced: dict[Forced, dict[str, Judged]]

    @property
    def spec(self) -> Spec:
        """What was run."""
        return self.record.spec

    @property
    def kind(self) -> str:
        """The kind of trace, or a dose of incorrect ones: ``25 % incorrect``."""
        dose = self.spec.corruption
        return self.spec.variant if dose is None else f"{100 * dose:.0f} % incorrect"

    @property
    def dose(self) -> float | None:
        """The share of training traces that are incorrect; None where that is no question."""
        if self.spec.corruption is not None:
            return self.spec.corruption
        return DOSES.get(self.spec.variant)

    @property
    def accuracy(self) -> Share:
        """Right answers with Wilson's interval."""
        return share(sum(self.rights.values()), len(self.rights))


def read(run: Run, made: Made) -> Rerun:
    """Score `run`.

    Raises:
        InputError: if it is not answered to its end, or can't be read.
        CheckError: if its problems are not those that its spec gives today.
    """
    template = datasets.get(run.record.spec.dataset).template
    lines = interventions(run)
    problems = {output.problem.id: output.problem for output in outputs_of(run)} if lines else {}
    return Rerun(
        run=run,
        record=run.record,
        made=made,
        rights=rights(run),
        evaluation=evaluate_run(run),
        forced=judge(lines, problems, template),
    )


def reference(folder: Path | None = None) -> list[Rerun]:
    """The finished runs in `folder` (``reference/runs`` by default), in the order of `in_order`.

    Raises:
        InputError, CheckError: as `read`.
    """
    found = [Run(path.parent) for path in (folder or paths.REFERENCE_RUNS).glob(f"*/{RECORD}")]
    return in_order(read(run, "reference") for run in found if run.record.generation)


def in_order(runs: Iterable[Rerun]) -> list[Rerun]:
    """By dataset, model, kind of trace, dose, seed and hash."""
    return sorted(
        runs,
        key=lambda it: (
            datasets.names().index(it.spec.dataset),
            it.spec.model,
            KINDS.index(it.spec.variant),
            it.spec.corruption or 0.0,
            it.spec.seed,
            it.record.run,
        ),
    )


def shortcuts(spec: Spec) -> dict[str, Share]:
    """What each rule that skips the reasoning gets right on the test problems of `spec`; rules
    that learn count over the problems that the run was trained on."""
    return _shortcuts(spec.setting.model_copy(update={"variant": "vanilla"}))


@lru_cache(maxsize=8)
def _shortcuts(spec: Spec) -> dict[str, Share]:
    chosen = problem_set(spec)
    train = [problem for problem, _ in chosen.train]
    return {
        name: share(
            sum(set(rule(problem, train)) == set(problem.answers) for problem in chosen.test),
            len(chosen.test),
        )
        for name, rule in datasets.get(spec.dataset).rules.shortcuts.items()
    }


def of_kinds(runs: Iterable[Rerun], kinds: Sequence[str]) -> dict[str, list[Rerun]]:
    """Runs by kind, in the order of `kinds`; a kind without runs is left out."""
    found: dict[str, list[Rerun]] = {kind: [] for kind in kinds}
    for run in runs:
        if run.kind in found:
            found[run.kind].append(run)
    return {kind: them for kind, them in found.items() if them}
