"""The runs as points of figures, and the numbers of each figure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean

from artifact.book.figures.charts import Point
from artifact.book.figures.explorable import Bar, Choice
from artifact.book.figures.numbers import of_points
from artifact.book.figures.runs import Curve, DosePoint, KindPoint
from artifact.book.figures.style import LONGEST_ALT
from artifact.book.sections.common import caption
from artifact.book.sections.sft_variants.compute import Experiment, Forcing, Group, evidence_of
from artifact.book.sections.sft_variants.tables import mean_tokens
from artifact.book.tables import Numbers
from artifact.evaluation.scored_runs import Origin, ScoredRun
from artifact.sft.forced_traces import IN_WORDS, Forced
from artifact.workflow.results import Scalar

TRACE_GROUPS: Mapping[str, Sequence[Forced]] = {
    "Right facts, right label": ("correct", "anchored", "reordered"),
    "One thing wrong": ("label_only", "facts_only", "masked", "mistake"),
    "Wrong facts": ("incorrect", "misleading", "other"),
    "Its own, and less of it": ("own", "early_75", "early_50", "early_25"),
    "No content": ("filler", "none"),
}
"""Forced traces in the groups that the figures set apart."""

RIGHT_TRACES = TRACE_GROUPS["Right facts, right label"]
"""These point to the gold answer, so a right answer follows them."""


def title_of(group: Group) -> str:
    """What a figure of one group is of."""
    made = "reference runs" if group.made == "reference" else "made here"
    return f"{group.title} ({made})"


def compared(experiment: Experiment) -> list[Group]:
    """The groups that compare kinds of trace or doses, and all that was made here."""
    groups = experiment.groups
    return [it for it in groups if len(it.kinds) > 1 or it.doses or it.made == "here"]


LENGTHS: dict[Origin, int] = {"here": 3, "reference": 5}
"""Fewest kinds for which accuracy against length is shown: with fewer it shows no more than the
table of kinds does."""


def of_lengths(experiment: Experiment) -> list[Group]:
    """The groups with kinds of enough different lengths."""
    return [it for it in experiment.groups if len(it.kinds) >= LENGTHS[it.made]]


def of_seeds(experiment: Experiment) -> list[Group]:
    """The groups with several runs of a kind, and all that was made here: of single runs a figure
    would repeat the table of kinds."""
    groups = compared(experiment)
    return [
        it for it in groups if it.made == "here" or any(len(runs) > 1 for runs in it.kinds.values())
    ]


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


def seed_numbers(group: Group) -> Numbers:
    """The numbers of `seed_points`."""
    columns = {"group": "kind of trace", "run": "run", "value": "right (%)"}
    return of_points(seed_points(group), columns)


def seed_caption(group: Group) -> str:
    """The caption of the figure of `seed_points`."""
    text = (
        f"{title_of(group)}: accuracy of every run by kind of trace, shortest first; "
        "bars are 95 % Wilson intervals over problems"
    )
    return caption(text, evidence_of([group]), n=group.n)


def length_points(experiment: Experiment) -> list[KindPoint]:
    """Mean accuracy by kind against the length of the training target."""
    return [
        KindPoint(
            group.title,
            kind,
            group.made,
            mean_tokens(runs),
            mean.value,
            *mean.interval,
            runs=tuple(run.accuracy.value for run in runs),
        )
        for group in of_lengths(experiment)
        for kind, runs in group.kinds.items()
        if (mean := group.means.get(kind)) is not None
    ]


def shortcut_lines(experiment: Experiment) -> dict[str, dict[str, float]]:
    """Panel -> rule -> share of right answers, for the lines of `length_points`' figure.

    Runs made here share a panel with reference runs; a rule that reaches another share on their
    test problems has a line of its own.
    """
    lines: dict[str, dict[str, float]] = {}
    for group in of_lengths(experiment):
        drawn = lines.setdefault(group.title, {})
        for rule, share in group.shortcuts.items():
            alike = drawn.get(rule, share.value) == share.value
            drawn[rule if alike else f"{rule} ({group.made})"] = share.value
    return lines


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


def dose_groups(experiment: Experiment) -> list[Group]:
    """Groups with doses in between."""
    return [group for group in experiment.groups if group.doses]


def forced_groups(experiment: Experiment) -> list[Group]:
    """Groups in which traces were forced."""
    return [group for group in experiment.groups if group.forced]


def forced_cells(group: Group) -> dict[str, dict[str, float]]:
    """Right answers: forced trace -> what the model was trained on -> share, rows as drawn."""
    return {
        IN_WORDS[trace]: cells
        for traces in TRACE_GROUPS.values()
        for trace in traces
        if (
            cells := {
                kind: forcing.means[trace].value
                for kind, forcing in group.forced.items()
                if trace in forcing.means
            }
        )
    }


def forced_breaks(group: Group) -> list[int]:
    """The rows before which another group of traces begins."""
    shown = forced_cells(group)
    sizes = [sum(IN_WORDS[trace] in shown for trace in it) for it in TRACE_GROUPS.values()]
    return [row for row in accumulate(sizes[:-1]) if 0 < row < len(shown)]


def forced_caption(group: Group) -> str:
    """The caption of the figure of `forced_cells`, with the number of problems of its cells."""
    asked = [mean.n for forcing in group.forced.values() for mean in forcing.means.values()]
    of = f"{min(asked)} to {max(asked)}" if min(asked) < max(asked) else str(max(asked))
    text = (
        f"{title_of(group)}: right answers (%) after each forced trace, by what the model was "
        "trained on; "
        f"{of} problems a cell, intervals in the table. Lines set apart right traces, traces with "
        "one thing wrong, wrong facts, the model's own, and no content"
    )
    return caption(text, evidence_of([group]))


def alt_of(what: str, group: Group) -> str:
    """The text alternative of a figure of one group, short enough to be heard."""
    return textwrap.shorten(f"{what}: {title_of(group)}", LONGEST_ALT, placeholder=" …")


SWAPPED_ALT = (
    "Bars of right answers after each forced trace, and diamonds for answers that go where the "
    "trace points; the sentence above sums them up."
)


def swapped(experiment: Experiment) -> dict[str, Choice]:
    """For each setting and kind in which traces were forced, its bars and what they say; first the
    model trained on correct traces, of the setting with most problems.
    """
    found = [
        (group, kind, forcing)
        for group in forced_groups(experiment)
        for kind, forcing in group.forced.items()
    ]
    found.sort(key=lambda it: (it[0].made != "reference", it[1] != "correct", -_asked(it[2])))
    return {
        f"{kind}: {title_of(group)}": Choice(_swapped_bars(forcing), _swapped_said(kind, forcing))
        for group, kind, forcing in found
    }


def _asked(forcing: Forcing) -> int:
    return max(mean.n for mean in forcing.means.values())


def _swapped_bars(forcing: Forcing) -> list[Bar]:
    bars = []
    for group, traces in TRACE_GROUPS.items():
        for trace in traces:
            mean, followed = forcing.means.get(trace), forcing.followed.get(trace)
            mark = followed.value if followed and trace not in RIGHT_TRACES else None
            if mean is None:
                bars.append(Bar(group, IN_WORDS[trace], None, mark=mark))
            else:
                shown = (mean.value, *mean.interval, mark, mean.n)
                bars.append(Bar(group, IN_WORDS[trace], *shown))
    return bars


def _swapped_said(kind: str, forcing: Forcing) -> str:
    right, wrong = forcing.means.get("correct"), forcing.means.get("misleading")
    followed = forcing.followed.get("misleading")
    if not (right and wrong and followed):
        return f"Trained on {kind} traces, asked {_asked(forcing)} problems."
    return (
        f"Trained on {kind} traces: {100 * right.value:.1f} % of the answers are right after a "
        f"correct trace and {100 * wrong.value:.1f} % after a misleading one; "
        f"after that one, {100 * followed.value:.1f} % go where it points "
        f"({followed.n} problems)."
    )


def early_points(experiment: Experiment) -> list[KindPoint]:
    """Right answers by the share of its own trace that a model has read."""
    return [
        KindPoint(title_of(group), kind, group.made, 100 * share, mean.value, *mean.interval, ())
        for group in experiment.groups
        for kind, forcing in group.forced.items()
        if (early := forcing.early) is not None
        for share, mean in zip(early.shares, early.accuracy, strict=True)
    ]


def learning_points(experiment: Experiment) -> list[KindPoint]:
    """Mean accuracy by kind against the number of training problems."""
    return [
        KindPoint(
            learning_title(sizes),
            kind,
            group.made,
            size,
            mean.value,
            *mean.interval,
            runs=tuple(run.accuracy.value for run in group.kinds[kind]),
        )
        for sizes in experiment.learning
        for size, group in sizes.items()
        for kind, mean in group.means.items()
    ]


def learning_groups(experiment: Experiment) -> list[Group]:
    """The groups of `learning_points`."""
    return [group for sizes in experiment.learning for group in sizes.values()]


def learning_title(sizes: Mapping[int, Group]) -> str:
    """What a panel of the learning curves is of."""
    group = next(iter(sizes.values()))
    return f"{group.dataset.title}, {group.spec.model_title}, n = {group.n}"


def learning_lines(experiment: Experiment) -> dict[str, float]:
    """Panel -> what the best rule that skips the reasoning reaches, at most over the sizes."""
    return {
        learning_title(sizes): max(
            share.value for group in sizes.values() for share in group.shortcuts.values()
        )
        for sizes in experiment.learning
    }


def learning_numbers(experiment: Experiment) -> Numbers:
    """The numbers of `learning_points`, then those of the dotted lines."""
    columns = {
        "panel": "runs",
        "made": "made",
        "kind": "kind of trace",
        "x": "training problems",
        "value": "right (%)",
        "runs": "single runs (%)",
    }
    lines = [_Line(*item) for item in learning_lines(experiment).items()]
    return of_points([*learning_points(experiment), *lines], columns)


@dataclass(frozen=True, slots=True)
class _Line:
    """A dotted line across a panel."""

    panel: str
    value: float
    kind: str = "best shortcut rule"


def learning_caption(experiment: Experiment) -> str:
    """The caption of the figure of `learning_points`."""
    text = (
        "Mean accuracy by kind of trace; bars are 95 % bootstrap intervals over problems, dashes "
        "single runs, the dotted line the best rule that skips the reasoning"
    )
    return caption(text, evidence_of(learning_groups(experiment)))


def early_numbers(experiment: Experiment) -> Numbers:
    """The numbers of `early_points`."""
    columns = {
        "panel": "runs",
        "kind": "kind of trace",
        "x": "share read (%)",
        "value": "right (%)",
    }
    return of_points(early_points(experiment), columns)


def curves(experiment: Experiment) -> list[Curve]:
    """Loss by step and kind, mean over the runs of a group: of all that was made here and, of the
    reference runs on one source of problems, of those with most steps."""
    longest: dict[tuple[str, ...], list[Curve]] = {}
    for group in compared(experiment):
        title = f"{group.title} ({group.made})"
        found = [
            Curve(title, kind, group.made, _mean_losses(runs)) for kind, runs in group.kinds.items()
        ]
        place = (group.spec.dataset, group.spec.source)
        key = place if group.made == "reference" else (*place, title)
        longest[key] = max(longest.get(key, found), found, key=_most_steps)
    return [curve for found in longest.values() for curve in found]


def _most_steps(curves: Sequence[Curve]) -> int:
    return max(len(curve.losses) for curve in curves)


def _mean_losses(runs: Sequence[ScoredRun]) -> tuple[float, ...]:
    """Mean loss by step, up to the last step that all runs reached."""
    trained = [run.record.training for run in runs if run.record.training is not None]
    steps = zip(*(training.curve for training in trained), strict=False)
    return tuple(fmean(point.loss for point in step) for step in steps)


def curve_numbers(experiment: Experiment) -> Numbers:
    """The points of `curves` that are drawn."""
    rows: list[list[Scalar]] = [
        [it.panel, it.kind, step, loss] for it in curves(experiment) for step, loss in it.drawn()
    ]
    return Numbers(["runs", "kind of trace", "step", "loss"], rows, digits=3)
