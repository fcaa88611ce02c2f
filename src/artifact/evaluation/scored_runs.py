"""Our own runs, scored by the code that scores the release's stored outputs, each output once.

There are runs made here and reference runs, which come with the repository; each says which of
the two it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from artifact import datasets
from artifact.common import paths
from artifact.common.errors import CheckError, InputError
from artifact.datasets.problem import content_hash
from artifact.datasets.release_records import StoredOutput
from artifact.datasets.sources import Source
from artifact.decomposition.traces import KINDS
from artifact.evaluation import kept_scores
from artifact.evaluation.evaluate import summarise
from artifact.evaluation.evaluation import Evaluation
from artifact.evaluation.forced_traces import (
    ForcedAnswer,
    Margin,
    score_forced,
    score_margins,
)
from artifact.evaluation.kept_scores import SCORES, KeptScores
from artifact.evaluation.scoring import ScoredOutput, score_outputs
from artifact.evaluation.statistics.proportions import Share, share
from artifact.evaluation.steps import Gold
from artifact.sft.forced_traces import Forced, interventions
from artifact.sft.models import registry
from artifact.sft.run_data import problem_set, test_problems
from artifact.sft.run_folder import INTERVENTIONS, PREDICTIONS, RECORD, Record, Run
from artifact.sft.spec import Spec

Origin = Literal["here", "reference"]

DOSES = {"correct": 0.0, "incorrect": 1.0}
"""Kinds at the two ends of the `Spec.corruption` scale."""


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """A finished run with its scores.

    Attributes:
        run: its folder.
        record: what its ``run.json`` says.
        made: here, or shipped with the repository.
        test_sha256: of the problems that were scored.
        rights: problem id -> whether the answer is right (`exact_set`), in the order drawn.
        released: the same by the release's rule; empty where it has none for the dataset.
        evaluation: under strict semantics.
        forced: trace -> problem id -> the answer after it; empty without interventions.
        margins: trace -> problem id -> how much likelier gold is after it than wrong answers;
            empty where no log-probabilities were taken.
        kept: the stored scores that all this was read from, if the outputs are not shipped.
    """

    run: Run
    record: Record
    made: Origin
    test_sha256: str
    rights: dict[str, bool]
    released: dict[str, bool]
    evaluation: Evaluation
    forced: dict[Forced, dict[str, ForcedAnswer]]
    margins: dict[Forced, dict[str, Margin]]
    kept: KeptScores | None = None

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
        """The share of training traces that are incorrect; None for other kinds of trace."""
        if self.spec.corruption is not None:
            return self.spec.corruption
        return DOSES.get(self.spec.variant)

    @property
    def accuracy(self) -> Share:
        """Right answers with Wilson's interval."""
        return share(sum(self.rights.values()), len(self.rights))

    def rights_after(self, trace: Forced) -> dict[str, bool]:
        """Problem id -> whether the answer after a forced trace is right."""
        return {name: answer.right for name, answer in self.forced.get(trace, {}).items()}

    def followed(self, trace: Forced) -> dict[str, bool]:
        """Problem id -> whether the answer is what a forced trace points to, where that is not
        gold."""
        answers = self.forced.get(trace, {}).items()
        return {name: answer.followed for name, answer in answers if answer.followed is not None}

    @property
    def shortcuts(self) -> dict[str, Share]:
        """What each rule that skips the reasoning gets right on the same test problems."""
        return shortcuts(self.spec) if self.kept is None else self.kept.shortcuts

    @property
    def rival_margins(self) -> dict[Forced, dict[str, float]]:
        """`Margin.rival` after each trace by problem id."""
        return {
            trace: {name: it.rival for name, it in margins.items() if it.rival is not None}
            for trace, margins in self.margins.items()
        }


def score_run(run: Run, made: Origin) -> ScoredRun:
    """Score `run` under strict semantics, or read the scores that were kept for it.

    Raises:
        InputError: if its answers are incomplete, or it can't be read.
        CheckError: if its problems are not those that its spec gives today, or its files have
            changed since it was finished.
    """
    if (run.folder / SCORES).is_file():
        return _kept_run(run, made)
    record = run.check(PREDICTIONS, INTERVENTIONS)
    outputs, template = outputs_of(run), datasets.get(record.spec.dataset).template
    rows = _score(run, outputs)
    problems = {output.problem.id: output.problem for output in outputs}
    lines = interventions(run)
    return ScoredRun(
        run=run,
        record=record,
        made=made,
        test_sha256=content_hash(problems.values()),
        rights={row.problem.id: bool(row.answer["exact_set"]) for row in rows},
        released={
            row.problem.id: right for row in rows if (right := row.answer["released"]) is not None
        },
        evaluation=_evaluation(record.spec, rows),
        forced=score_forced(lines, problems, template),
        margins=score_margins(lines),
    )


def _kept_run(run: Run, made: Origin) -> ScoredRun:
    kept = kept_scores.read(run)
    return ScoredRun(
        run=run,
        record=run.record,
        made=made,
        test_sha256=kept.test_sha256,
        rights=kept.exact_set,
        released=kept.released,
        evaluation=kept.evaluation,
        forced=kept.forced,
        margins=kept.margins,
        kept=kept,
    )


def keep(run: Run, into: Path) -> Run:
    """Keep the record and scores of `run`, but none of its texts, in a folder of the same name.

    Raises:
        InputError, CheckError: as `score_run`.
    """
    scored = score_run(run, "here")
    scores = KeptScores(
        run=scored.record.run,
        test_sha256=scored.test_sha256,
        released=scored.released,
        exact_set=scored.rights,
        evaluation=scored.evaluation,
        forced=scored.forced,
        margins=scored.margins,
        shortcuts=scored.shortcuts,
    )
    return kept_scores.write(scores, scored.record, into / run.folder.name)


def evaluate_run(run: Run) -> Evaluation:
    """The evaluation of `run` alone, as `score_run` gives it; errors as there."""
    if (run.folder / SCORES).is_file():
        return kept_scores.read(run).evaluation
    return _evaluation(run.record.spec, _score(run, outputs_of(run)))


def outputs_of(run: Run) -> tuple[StoredOutput, ...]:
    """The predictions of `run`, each with its problem, in the order drawn; errors: `score_run`."""
    record = run.check(PREDICTIONS)
    if record.generation is None:
        raise InputError(
            "has no predictions yet",
            path=run.folder / RECORD,
            cure=f"run `artifact generate {record.run}`",
        )
    predictions = {prediction.id: prediction for prediction in run.predictions}
    problems = test_problems(record.spec)
    answered = {(prediction.id, prediction.category) for prediction in predictions.values()}
    asked = {(problem.id, problem.category) for problem in problems}
    if asked != answered:
        raise CheckError(
            f"{run.folder / PREDICTIONS}: answers {len(asked & answered)} of the {len(asked)} "
            f"problems of the run's spec, and {len(answered - asked)} others; "
            f"{run.cure(PREDICTIONS)}"
        )
    if record.test_sha256 not in (None, content_hash(problems)):
        raise CheckError(
            f"{run.folder / RECORD}: the test problems of its spec have been reworded since they "
            "were answered; train the spec again"
        )
    return tuple(
        StoredOutput(problem, predictions[problem.id].prediction, problem.answers, str(run.folder))
        for problem in problems
    )


def _score(run: Run, outputs: Sequence[StoredOutput]) -> list[ScoredOutput]:
    """An anchored trace is scored against the solver's facts, including the one that the question
    starts from; any other trace against the facts that contain an answer."""
    spec = run.record.spec
    gold: Gold = "solver" if spec.variant == "anchored" else "stored"
    return score_outputs(datasets.get(spec.dataset), outputs, spec.variant, "strict", gold=gold)


def _evaluation(spec: Spec, rows: Sequence[ScoredOutput]) -> Evaluation:
    return summarise(
        datasets.get(spec.dataset),
        rows,
        model=spec.model_title,
        variant=spec.variant,
        semantics="strict",
    )


def reference_runs(folder: Path | None = None) -> list[ScoredRun]:
    """The finished runs in `folder` (``reference/runs`` by default), in the order of `in_order`.

    Raises:
        InputError, CheckError: as `score_run`.
    """
    folder = folder or paths.REFERENCE_RUNS
    files = sorted(folder.glob("*/*.json*"))
    stats = tuple((file, (stat := file.lstat()).st_mtime_ns, stat.st_size) for file in files)
    return list(_scored_while_unchanged(folder, stats))


@lru_cache(maxsize=1)
def _scored_while_unchanged(
    folder: Path, stats: tuple[tuple[Path, int, int], ...]
) -> tuple[ScoredRun, ...]:
    """The runs in `folder`, scored once in a process for every page that shows them."""
    found = [Run(path.parent) for path in folder.glob(f"*/{RECORD}")]
    return tuple(in_order(score_run(run, "reference") for run in found if run.record.generation))


def papers_runs(shipped: Iterable[ScoredRun] = ()) -> list[ScoredRun]:
    """The finished runs made here with the paper's models on its data, in the order of `in_order`.

    Args:
        shipped: runs with the same hash as one of these are left out.

    Raises:
        InputError, CheckError: as `score_run`.
    """
    known = {run.record.run for run in shipped}
    found = [Run(path.parent) for path in sorted(paths.RUNS.glob(f"*/{RECORD}"))]
    finished = ((run, run.record) for run in found)
    return in_order(
        score_run(run, "here")
        for run, record in finished
        if record.generation and record.run not in known and of_paper(record.spec)
    )


def of_paper(spec: Spec) -> bool:
    """Whether a run is of one of the paper's models on the paper's data, traces included."""
    papers = registry.entry(spec.model).is_papers and not KINDS[spec.variant].narrated
    return papers and Source.parse(spec.source).kind in ("hub", "release")


def in_order(runs: Iterable[ScoredRun]) -> list[ScoredRun]:
    """By dataset, model, kind of trace, dose, amount of training, seed and hash."""
    return sorted(
        runs,
        key=lambda run: (
            datasets.names().index(run.spec.dataset),
            run.spec.model,
            list(KINDS).index(run.spec.variant),
            run.spec.corruption or 0.0,
            run.spec.train or math.inf,
            run.spec.optimisation.epochs,
            run.spec.seed,
            run.record.run,
        ),
    )


def by_setting(runs: Iterable[ScoredRun]) -> list[list[ScoredRun]]:
    """Groups of runs that differ in kind of trace and seed alone, in the order of `in_order`.

    All runs of a group answered the same test problems, whatever their specs promise.
    """
    groups: dict[tuple[Spec, str, str], list[ScoredRun]] = {}
    for run in in_order(runs):
        same = (run.spec.setting, run.record.weights_sha256, run.test_sha256)
        groups.setdefault(same, []).append(run)
    return list(groups.values())


def by_kind(runs: Iterable[ScoredRun], kinds: Iterable[str]) -> dict[str, list[ScoredRun]]:
    """Runs by kind, in the order of `kinds`; a kind without runs is left out."""
    groups: dict[str, list[ScoredRun]] = {kind: [] for kind in kinds}
    for run in runs:
        if run.kind in groups:
            groups[run.kind].append(run)
    return {kind: group for kind, group in groups.items() if group}


def shortcuts(spec: Spec) -> dict[str, Share]:
    """What each rule that skips the reasoning gets right on the test problems of `spec`; rules
    that learn do so from the run's training problems."""
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
