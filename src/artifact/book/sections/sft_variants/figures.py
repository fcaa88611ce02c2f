"""The runs as points of figures, and each figure in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from artifact.book.figures.charts import Point
from artifact.book.figures.runs import Curve, DosePoint, LengthPoint
from artifact.book.figures.style import NOTHING
from artifact.book.sections.common import caption
from artifact.book.sections.sft_variants.compute import Experiment, Group, evidence_of
from artifact.book.sections.sft_variants.tables import mean_tokens
from artifact.evaluation.scored_runs import ScoredRun
from artifact.sft.forced_traces import Forced

TRACE_NAMES: Mapping[Forced, str] = {
    "own": "its own",
    "correct": "correct",
    "anchored": "anchored",
    "incorrect": "incorrect",
    "label_only": "wrong label only",
    "facts_only": "wrong facts only",
    "misleading": "misleading",
    "reordered": "reordered",
    "masked": "answer masked",
    "mistake": "a mistake in its own",
    "other": "another problem's",
    "filler": "filler",
    "early_75": "75 % of its own",
    "early_50": "50 % of its own",
    "early_25": "25 % of its own",
    "none": "none",
}
"""Forced traces as the figure calls them."""


def title_of(group: Group) -> str:
    """What a figure of one group is of."""
    made = "reference runs" if group.made == "reference" else "made here"
    return f"{group.title} ({made})"


def seed_points(group: Group) -> list[Point]:
    """Accuracy of every run with Wilson's interval, by kind and its length."""
    return [
        Point(
            f"{kind} ({mean_tokens(runs):.0f} tokens)",
            kind,
            run.accuracy.value,
            *run.accuracy.interval,
            run=f"seed {run.spec.seed}",
        )
        for kind, runs in sorted(group.kinds.items(), key=lambda item: mean_tokens(item[1]))
        for run in runs
    ]


def seed_alt(group: Group) -> str:
    """What the figure of `seed_points` shows."""
    told = "; ".join(f"{p.group}, {p.run}: {100 * p.value:.1f} %" for p in seed_points(group))
    return f"Dot plot of accuracy by kind of trace and run. {told}."


def seed_caption(group: Group) -> str:
    """The caption of the figure of `seed_points`."""
    text = (
        "Accuracy of every run by kind of trace, shortest first; "
        "bars are 95 % Wilson intervals over problems"
    )
    return caption(text, evidence_of([group]), n=group.n)


def length_points(experiment: Experiment) -> list[LengthPoint]:
    """Mean accuracy by kind against the length of the training target."""
    return [
        LengthPoint(
            group.title,
            kind,
            group.made,
            mean_tokens(runs),
            mean.value,
            *mean.interval,
            runs=tuple(run.accuracy.value for run in runs),
        )
        for group in experiment.groups
        for kind, runs in group.kinds.items()
        if (mean := group.means.get(kind)) is not None
    ]


def shortcut_lines(experiment: Experiment) -> dict[str, dict[str, float]]:
    """Panel -> rule -> share of right answers, for the lines of `length_points`' figure."""
    return {
        group.title: {rule: share.value for rule, share in group.shortcuts.items()}
        for group in experiment.groups
    }


def length_alt(experiment: Experiment) -> str:
    """What the figure of `length_points` shows."""
    told = "; ".join(
        f"{p.panel}, {p.kind} ({p.made}): {p.tokens:.0f} tokens, {100 * p.value:.1f} %"
        for p in length_points(experiment)
    )
    best = "; ".join(
        f"{panel}: {max(lines.values()) * 100:.1f} %"
        for panel, lines in shortcut_lines(experiment).items()
        if lines
    )
    return (
        f"Scatter plot of accuracy against tokens of the training target. {told or NOTHING}. "
        f"Best shortcut: {best}."
    )


def dose_points(experiment: Experiment) -> list[DosePoint]:
    """Accuracy by the share of incorrect training traces."""
    return [
        DosePoint(
            group.title,
            group.made,
            dose,
            mean.value,
            *mean.interval,
            runs=tuple(run.accuracy.value for run in group.doses[dose]),
        )
        for group in experiment.groups
        for dose, mean in group.dose_means.items()
    ]


def dose_alt(experiment: Experiment) -> str:
    """What the figure of `dose_points` shows."""
    told = "; ".join(
        f"{p.panel} ({p.made}), {100 * p.dose:.0f} % incorrect: {100 * p.value:.1f} %"
        for p in dose_points(experiment)
    )
    return f"Line plot of accuracy against the share of incorrect traces. {told or NOTHING}."


def dose_groups(experiment: Experiment) -> list[Group]:
    """Groups with doses in between."""
    return [group for group in experiment.groups if group.doses]


def forced_groups(experiment: Experiment) -> list[Group]:
    """Groups in which traces were forced."""
    return [group for group in experiment.groups if group.forced]


def forced_points(group: Group) -> list[Point]:
    """Right answers after each forced trace, by kind of trace in training."""
    return [
        Point(name, kind, mean.value, *mean.interval)
        for trace, name in TRACE_NAMES.items()
        for kind, forcing in group.forced.items()
        if (mean := forcing.means.get(trace)) is not None
    ]


def forced_alt(group: Group) -> str:
    """What the figure of `forced_points` shows."""
    told = "; ".join(
        f"{p.group}, trained on {p.series}: {100 * p.value:.1f} %" for p in forced_points(group)
    )
    return f"Bar chart of right answers after forced traces. {told}."


def forced_caption(group: Group) -> str:
    """The caption of the figure of `forced_points`."""
    text = (
        "Right answers after each forced trace, by what the model was trained on; "
        "lines are 95 % bootstrap intervals over problems"
    )
    return caption(text, evidence_of([group]))


def curves(experiment: Experiment) -> list[Curve]:
    """Loss by step and kind, mean over the runs of a group."""
    return [
        Curve(
            f"{group.title} ({group.made})",
            kind,
            group.made,
            _mean_losses(runs),
        )
        for group in experiment.groups
        for kind, runs in group.kinds.items()
    ]


def _mean_losses(runs: Sequence[ScoredRun]) -> tuple[float, ...]:
    """Step by step, as far as all runs went."""
    trained = [run.record.training for run in runs if run.record.training is not None]
    steps = zip(*(training.curve for training in trained), strict=False)
    return tuple(fmean(point.loss for point in step) for step in steps)


def curves_alt(experiment: Experiment) -> str:
    """What the figure of `curves` shows."""
    told = "; ".join(
        f"{it.panel}, {it.kind}: from {it.losses[0]:.2f} to {it.losses[-1]:.2f}"
        for it in curves(experiment)
        if it.losses
    )
    return f"Line plot of training loss by step. {told or NOTHING}."
