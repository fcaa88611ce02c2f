"""The runs as tables: what was run, and what it gave. Shares in percent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean

from artifact import datasets
from artifact.book.sections.common import GIVEN_RIGHT, TESTS, given_right, percent, tests
from artifact.book.sections.own_outputs import scores_table
from artifact.book.sections.sft_variants import cutting, forced_tables
from artifact.book.sections.sft_variants.cells import (
    CONTRAST_COLUMNS,
    OVER_RUNS,
    POOLED,
    contrast_cells,
    percent_cells,
)
from artifact.book.sections.sft_variants.compute import Experiment, Group, evidence_of
from artifact.claims.snapshot import load_snapshot
from artifact.decomposition.traces import KINDS
from artifact.evaluation.evaluation import Evaluation
from artifact.evaluation.scored_runs import ScoredRun
from artifact.sft.run_folder import PREDICTIONS, LossAt, Record
from artifact.sft.spec import Spec
from artifact.sft.training_code import commits, of_other_code
from artifact.workflow.results import Scalar, Table

LAST_STEPS = 10
"""Last training steps, over which the final loss is averaged."""


def runs_table(experiment: Experiment) -> Table:
    """Every run with what it was trained on, how long, and where."""
    rows: list[list[Scalar]] = []
    for run in _runs(experiment):
        record, spec = run.record, run.spec
        training, generation = record.training, record.generation
        machine, numerics = record.provenance.hardware, record.numerics
        plural = "" if numerics.threads == 1 else "s"
        rows.append(
            [
                run.made,
                record.run,
                datasets.get(spec.dataset).title,
                spec.model_title,
                run.kind,
                spec.seed,
                training.examples if training else None,
                training.too_long if training else None,
                len(run.rights),
                spec.optimisation.epochs,
                training.tokens if training else None,
                final_loss(training.curve) if training else None,
                training.seconds if training and run.made == "reference" else None,
                generation.seconds if generation and run.made == "reference" else None,
                f"{numerics.dtype}, {numerics.device}, {numerics.threads} thread{plural}",
                f"{machine.cpu}, {machine.cores} cores" + "".join(f", {it}" for it in machine.gpus),
            ]
        )
    return Table(
        columns=[
            "made",
            "run",
            "dataset",
            "model",
            "trained on",
            "seed",
            "n train",
            "left out, too long",
            "n test",
            "epochs",
            "tokens an epoch",
            "final loss",
            "training time (s)",
            "answering time (s)",
            "numerics",
            "machine",
        ],
        rows=rows,
        evidence=experiment.evidence,
        note="Too long: examples beyond the limit of tokens, left out. "
        f"Final loss: nats per target token, mean of the last {LAST_STEPS} steps. The seconds "
        "describe a machine that may have had other work and are not a result; those of a run "
        "made here are in its run.json only, so that the same inputs give the same page. "
        + " ".join(_codes(experiment)),
    )


def _codes(experiment: Experiment) -> Iterator[str]:
    """Which code the runs were trained with, a sentence each."""
    by_origin: dict[str, list[Record]] = {"reference": [], "here": []}
    for run in _runs(experiment):
        by_origin[run.made].append(run.record)
    yield from filter(None, (commits(by_origin["reference"]), of_other_code(by_origin["here"])))


def final_loss(curve: Sequence[LossAt]) -> float | None:
    """Mean loss of the last steps; None without any."""
    return fmean(it.loss for it in curve[-LAST_STEPS:]) if curve else None


def accuracy_table(experiment: Experiment) -> Table:
    """Accuracy by kind of trace, seeds pooled, beside the length of the trace."""
    rows: list[list[Scalar]] = []
    for group in experiment.groups:
        for kind, runs in group.kinds.items():
            if (mean := group.means.get(kind)) is not None:
                accuracies = [100 * run.accuracy.value for run in runs]
                rows.append(
                    [
                        *experiment.about(group),
                        _named(kind, group),
                        mean_tokens(runs),
                        mean.runs,
                        mean.n,
                        *percent_cells(mean),
                        min(accuracies),
                        max(accuracies),
                        _share(run.evaluation.trace.no_trace for run in runs),
                        _truncated(runs),
                    ]
                )
    return Table(
        columns=[
            "made",
            "problems",
            "trained on",
            "tokens",
            "runs",
            "n",
            "right",
            "95 % low",
            "95 % high",
            "lowest run",
            "highest run",
            "no trace",
            "cut off",
        ],
        rows=rows,
        evidence=experiment.evidence,
        note=f"Percent; right: the stated answers are exactly the gold set. Tokens: of a training "
        f"target, on average. {POOLED}",
    )


def mean_tokens(runs: Sequence[ScoredRun]) -> float:
    """Tokens of a training target, mean over runs."""
    return fmean(
        training.mean_target_tokens for run in runs if (training := run.record.training) is not None
    )


def shortcuts_table(experiment: Experiment) -> Table:
    """What rules that skip the reasoning reach on the same test problems."""
    rows: list[list[Scalar]] = [
        [*experiment.about(group), rule, share.n, *percent_cells(share)]
        for group in experiment.groups
        for rule, share in group.shortcuts.items()
    ]
    return Table(
        columns=["made", "problems", "rule", "n", "right", "95 % low", "95 % high"],
        rows=rows,
        evidence=experiment.evidence,
        note="Percent, Wilson intervals. Rules that learn count over the runs' training problems.",
    )


def contrasts_table(experiment: Experiment) -> Table:
    """Kinds of trace compared on the same test problems; percentage points."""
    rows = [
        [*experiment.about(group), *contrast_cells(it)]
        for group in experiment.groups
        for it in group.contrasts
    ]
    return Table(
        columns=["made", "problems", *CONTRAST_COLUMNS],
        rows=rows,
        evidence=experiment.evidence,
        note=f"{POOLED} p: exact sign-flip test over problems (McNemar's with one run a side), "
        f"Holm over the comparisons of one group. {OVER_RUNS}",
    )


def steps_table(experiment: Experiment) -> Table:
    """Strict step scores of the kinds whose traces state a label and list facts."""
    rows: list[list[Scalar]] = []
    for group in experiment.groups:
        for kind, runs in group.kinds.items():
            scored = [run.evaluation for run in runs]
            scorable = any(it.classification.micro is not None for it in scored)
            if not (KINDS[kind].states_steps and scorable):
                continue
            rows.append(
                [
                    *experiment.about(group),
                    kind,
                    len(runs),
                    scored[0].n,
                    _share(it.classification.micro for it in scored),
                    _share(it.retrieval.any_gold for it in scored),
                    _share(it.retrieval.recall_all for it in scored),
                    _share(it.retrieval.exact for it in scored),
                    _share(it.trace.ok_exact for it in scored),
                ]
            )
    return Table(
        columns=[
            "made",
            "problems",
            "trained on",
            "runs",
            "n",
            "class",
            "any gold fact",
            "all gold facts",
            "exactly the gold facts",
            "class and facts exact",
        ],
        rows=rows,
        evidence=experiment.evidence,
        note="Percent, mean over runs; the same code scores the release's stored outputs. Free "
        "texts state no label and list no facts, so they have no steps. Anchored traces are held "
        "to the solver's facts, the one that the question starts from included.",
    )


def doses_table(experiment: Experiment) -> Table:
    """Accuracy by the share of training traces that are incorrect, and the trend."""
    rows: list[list[Scalar]] = []
    for group in experiment.groups:
        for dose, mean in group.dose_means.items():
            rows.append(
                [
                    *experiment.about(group),
                    f"{100 * dose:.0f} %",
                    mean.runs,
                    mean.n,
                    *percent_cells(mean),
                ]
            )
        if (trend := group.trend) is not None:
            limits = [100 * trend.slope, *(100 * it for it in trend.interval)]
            rows.append(
                [*experiment.about(group), "slope, from 0 to 100 %", trend.runs, trend.n, *limits]
            )
    return Table(
        columns=[
            "made",
            "problems",
            "incorrect traces",
            "runs",
            "n",
            "right",
            "95 % low",
            "95 % high",
        ],
        rows=rows,
        evidence=evidence_of(group for group in experiment.groups if group.doses),
        note=f"Percent; the slope in percentage points, by least squares over the doses. {POOLED}",
    )


def correlation_table(experiment: Experiment) -> Table:
    """Answer right by trace right, strictly: the stored outputs beside the runs of ours."""
    rows: list[list[Scalar]] = [
        [
            "the release",
            f"{datasets.get(e.dataset).title}, {e.model}",
            e.variant,
            None,
            e.n,
            *_associated(e),
        ]
        for e in load_snapshot().evaluations
        if e.semantics == "strict" and e.independence.p_right_given_ok is not None
    ]
    rows += [
        [
            *experiment.about(group),
            run.kind,
            run.spec.seed,
            len(run.rights),
            *_associated(run.evaluation),
        ]
        for group in experiment.groups
        for run in group.runs
        if run.evaluation.independence.p_right_given_ok is not None
    ]
    return Table(
        columns=[
            "outputs of",
            "problems",
            "trained on",
            "seed",
            "n",
            *("phi", *GIVEN_RIGHT, "right given trace wrong", "difference", *TESTS),
        ],
        rows=rows,
        evidence=experiment.evidence,
        note="Rows of the release: its committed numbers. Percent and percentage points; trace "
        "right: label right and exactly the gold facts quoted. Fisher's exact p: where an expected "
        "count is below 5, so that chi² is not to be relied on.",
    )


def _associated(e: Evaluation) -> list[Scalar]:
    right, found = e.table.right_ok or 0, e.independence
    return [
        None if found.phi is None else f"{found.phi:.2f}",
        *given_right(right, right + (e.table.wrong_ok or 0)),
        *map(percent, (found.p_right_given_not, found.difference)),
        *tests(found),
    ]


def same_table(experiment: Experiment) -> Table:
    """Runs made here that were trained as a reference run was: do they give the same?

    Sizes of the test set may differ, since the smaller one is part of the larger.
    """
    shipped = (run for group in experiment.made("reference") for run in group.runs)
    known = {_trained(run): run for run in shipped if run.kept is None}
    pairs = [
        (run, other)
        for group in experiment.made("here")
        for run in group.runs
        if (other := known.get(_trained(run))) is not None
    ]
    rows: list[list[Scalar]] = [
        [
            run.kind,
            run.spec.seed,
            run.record.run,
            other.record.run,
            run.record.run == other.record.run,
            _same_bytes(run, other),
            *_equal(run, other),
            _same_curve(run, other),
        ]
        for run, other in pairs
    ]
    return Table(
        columns=[
            "trained on",
            "seed",
            "run here",
            "reference run",
            "same hash",
            "same bytes",
            "equal predictions",
            "of",
            "same training curve",
        ],
        rows=rows,
        evidence=experiment.evidence,
        note="Equal hashes mean equal spec, data, weights, libraries, number type and threads; "
        "then the predictions should be the same bytes on the same kind of processor. With fewer "
        "test problems, or other threads, sums are taken in another order, and single answers "
        "may differ; they are compared on the problems that both answered.",
    )


def _trained(run: ScoredRun) -> Spec:
    return run.spec.model_copy(update={"test": None})


def _same_curve(run: ScoredRun, other: ScoredRun) -> bool:
    one, two = run.record.training, other.record.training
    return one is not None and two is not None and one.curve == two.curve


def _same_bytes(run: ScoredRun, other: ScoredRun) -> bool:
    one, two = (it.run.folder / PREDICTIONS for it in (run, other))
    return one.read_bytes() == two.read_bytes()


def _equal(run: ScoredRun, other: ScoredRun) -> tuple[int, int]:
    """How many predictions are the same text, and how many problems both answered."""
    texts = {it.id: it.prediction for it in other.run.predictions}
    shared = [it for it in run.run.predictions if it.id in texts]
    return sum(texts[it.id] == it.prediction for it in shared), len(shared)


def groups_table(experiment: Experiment) -> Table:
    """What was run: a row for each set of runs that differ in kind of trace and seed alone."""
    rows: list[list[Scalar]] = [
        [group.title, group.made, ", ".join(group.kinds), len(group.runs), group.n]
        for group in experiment.groups
    ]
    return Table(
        columns=["problems and model", "made", "trained on", "runs", "n"],
        rows=rows,
        evidence=experiment.evidence,
        note="n: test problems. Several runs of a kind differ in their seed.",
    )


ACCURACY = {
    "accuracy": "Accuracy by kind of trace",
    "brought": "Outputs you brought",
}
"""Captions of the accuracies and of the reader's own outputs, which are not always there."""


def all_tables(experiment: Experiment) -> dict[str, Table]:
    """Every table about runs, by key, except `runs_table`: its seconds are not a result."""
    own = experiment.own
    brought = {"brought": scores_table(own.evaluations, "file", own.note)} if own else {}
    return brought | {
        "groups": groups_table(experiment),
        "accuracy": accuracy_table(experiment),
        "shortcuts": shortcuts_table(experiment),
        "contrasts": contrasts_table(experiment),
        "steps": steps_table(experiment),
        "doses": doses_table(experiment),
        "cutting": cutting.cutting_table(experiment),
        "forced": forced_tables.forced_table(experiment),
        "effects": forced_tables.effects_table(experiment, to_own=False),
        "effects_to_own": forced_tables.effects_table(experiment, to_own=True),
        "following": forced_tables.following_table(experiment),
        "use": forced_tables.use_table(experiment),
        "area": forced_tables.early_table(experiment),
        "margins": forced_tables.margins_table(experiment),
        "correlation": correlation_table(experiment),
        "same": same_table(experiment),
    }


def _runs(experiment: Experiment) -> Iterable[ScoredRun]:
    return (run for group in experiment.groups for run in group.runs)


def _named(kind: str, group: Group) -> str:
    rule_made = KINDS[kind].narrated and not group.spec.source.startswith("file:")
    return f"{kind} (rule-made)" if rule_made else kind


def _share(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return 100 * fmean(known) if known else None


def _truncated(runs: Sequence[ScoredRun]) -> float | None:
    made = [run.record.generation for run in runs if run.record.generation is not None]
    cut, predictions = sum(it.truncated for it in made), sum(it.predictions for it in made)
    return 100 * cut / predictions if predictions else None
