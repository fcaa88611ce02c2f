"""The figures about runs that the section's prose shows, by key.

Which runs there are is the reader's choice, so every figure may be absent; then its value says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from artifact.book.sections.sft_variants.cells import NOT_RUN
from artifact.book.sections.sft_variants.compute import EVIDENCE, Experiment, Forcing, Group
from artifact.book.sections.sft_variants.cutting import cutting_values
from artifact.book.sections.sft_variants.tables import same_table
from artifact.datasets.sources import Source
from artifact.decomposition.traces import KINDS
from artifact.evaluation.statistics import pooled
from artifact.evaluation.statistics.paired import Contrast
from artifact.evaluation.statistics.pooled import Mean
from artifact.evaluation.statistics.proportions import Interval, Share
from artifact.sft.forced_traces import Forced
from artifact.sft.models import registry
from artifact.workflow.results import Evidence, Scalar, Unit, Value

REFERENCES = ("babi", "cotempqa")
"""Datasets whose reference runs the prose is about."""

ON_RELEASE = "reference.release"
"""Name of the figures of reference runs on the release's own problems."""

FORCED_KINDS = {
    "correct": "forced",
    "incorrect": "forced_incorrect",
    "anchored": "forced_anchored",
}
"""Training traces of the models whose forced traces the prose is about -> their figures' name."""

EFFECTS: tuple[tuple[Forced, Forced], ...] = (
    ("correct", "misleading"),
    ("correct", "other"),
    ("correct", "none"),
    ("anchored", "correct"),
    ("correct", "label_only"),
    ("correct", "facts_only"),
    ("correct", "masked"),
    ("correct", "incorrect"),
)


def all_values(experiment: Experiment) -> dict[str, Value]:
    """Every figure, present or not."""
    shown = dict(_counts(experiment))
    for dataset in REFERENCES:
        shown |= _of_group(f"reference.{dataset}", experiment.reference(dataset), "reference run")
    papers = _on_release(experiment)
    shown |= _of_group(ON_RELEASE, papers, "reference run") | _as_released(papers)
    shown |= _learning(experiment) | _filler(experiment)
    dosed = next((it for it in experiment.made("reference") if it.doses), None)
    shown["doses.slope"] = _slope(dosed, "reference run")
    shown |= cutting_values(experiment)
    here = next(iter(experiment.made("here")), None)
    shown |= _of_group("here", here, "own run")
    return shown


def _counts(experiment: Experiment) -> Iterator[tuple[str, Value]]:
    for made in ("here", "reference"):
        runs = sum(len(group.runs) for group in experiment.made(made))
        evidence = EVIDENCE[frozenset({made})]
        yield f"{made}.runs", Value(value=runs, unit="count", evidence=evidence)
    said = describe_models(experiment)
    yield "models.said", Value(value=said, unit="text", evidence=experiment.evidence)
    alike = _alike_in_words(same_table(experiment).rows)
    yield "same.said", Value(value=alike, unit="text", evidence=experiment.evidence)


def _alike_in_words(rows: Sequence[Sequence[Scalar]]) -> str:
    """`same_table` summed up in words."""
    if not rows:
        return (
            "No run made here was trained as a reference run was: by default the demonstration "
            "trains briefly on few problems, to fit a cold start on a laptop"
        )
    same_hash = [row for row in rows if row[4]]
    return (
        f"Of the runs made here, {len(rows)} were trained as a reference run was, "
        f"{sum(bool(row[8]) for row in rows)} of them with the same training curve to the last "
        f"digit; {len(same_hash)} have the same hash, test problems and threads included, and "
        f"{sum(bool(row[5]) for row in same_hash)} of those gave the same predictions, byte for "
        "byte"
    )


def describe_models(experiment: Experiment) -> str:
    """Which models the runs are of, and whose accuracies mean nothing."""
    models = {it.spec.model: registry.entry(it.spec.model) for it in experiment.groups}
    notes = "; ".join(f"{it.title}: {it.note}" for it in models.values())
    tiny = [name for name, it in models.items() if it.kind == "tiny"]
    warning = f" The accuracies of {', '.join(tiny)} mean nothing." if tiny else ""
    return f"{notes or 'There are no runs in this build'}.{warning}"


def _of_group(name: str, group: Group | None, evidence: Evidence) -> dict[str, Value]:
    shown = {
        f"{name}.{kind}": _of_mean(group.means.get(kind) if group else None, evidence)
        for kind in KINDS
    }
    contrasts = {(it.first, it.second): it for it in group.contrasts} if group else {}
    for first in KINDS:
        for second in ("vanilla", "correct"):
            if first not in ("vanilla", second):
                shown[f"{name}.{first}_minus_{second}"] = _of_contrast(
                    contrasts.get((first, second)), evidence
                )
    train = group.spec.train if group else None
    shown[f"{name}.train"] = Value(value=train, unit="count", evidence=evidence, note=NOT_RUN)
    shown |= _shortcut(name, group, evidence)
    for kind, forced in FORCED_KINDS.items():
        forcing = group.forced.get(kind) if group else None
        shown |= _forced(f"{name}.{forced}", forcing, evidence)
    return shown


def _on_release(experiment: Experiment) -> Group | None:
    """The reference runs on the release's own problems with most runs."""
    groups = [
        it for it in experiment.made("reference") if Source.parse(it.spec.source).kind == "release"
    ]
    return max(groups, key=lambda it: len(it.runs), default=None)


def _as_released(group: Group | None) -> dict[str, Value]:
    """Accuracy of `_on_release` by kind, by the release's own rule."""
    shown = {}
    for kind in KINDS:
        runs = group.kinds.get(kind, []) if group else []
        mean = pooled.mean([run.released for run in runs if run.released])
        shown[f"{ON_RELEASE}.{kind}.released"] = _of_mean(mean, "reference run")
    examples = (
        next((it.record.training.examples for it in group.runs if it.record.training), None)
        if group
        else None
    )
    shown[f"{ON_RELEASE}.examples"] = Value(
        value=examples, unit="count", evidence="reference run", note=NOT_RUN
    )
    return shown


def _learning(experiment: Experiment) -> dict[str, Value]:
    """What the kinds do at the two ends of the first learning curves."""
    sizes = next(iter(experiment.learning), {})
    points = {
        "small": sizes[min(sizes)] if sizes else None,
        "large": sizes[max(sizes)] if sizes else None,
    }
    shown = {}
    for point, group in points.items():
        name = f"learning.{point}"
        shown[f"{name}.train"] = Value(
            value=group.spec.train if group else None,
            unit="count",
            evidence="reference run",
            note=NOT_RUN,
        )
        found = {(it.first, it.second): it for it in group.contrasts} if group else {}
        for pair in LEARNING:
            key = f"{name}.{pair[0]}_minus_{pair[1]}"
            contrast = found.get(pair)
            shown[key] = _of_contrast(contrast, "reference run")
            runs_too = contrast if contrast and contrast.over_runs else None
            runs_too = runs_too and replace(runs_too, interval=runs_too.judged)
            shown[f"{key}_over_runs"] = _of_contrast(runs_too, "reference run")
        for kind in ("vanilla", "correct", "incorrect"):
            mean = group.means.get(kind) if group else None
            shown[f"{name}.{kind}"] = _of_mean(mean, "reference run")
        shown |= _shortcut(name, group, "reference run")
    return shown


LEARNING = (("correct", "vanilla"), ("incorrect", "vanilla"), ("incorrect", "correct"))
"""Kinds that the prose on learning curves compares."""


def _shortcut(name: str, group: Group | None, evidence: Evidence) -> dict[str, Value]:
    """The best rule that skips the reasoning, and what it is called."""
    rules = group.shortcuts if group else {}
    best = max(rules, key=lambda rule: rules[rule].value, default=None)
    return {
        f"{name}.shortcut": _of_mean(rules[best] if best else None, evidence),
        f"{name}.shortcut_rule": Value(value=best, unit="text", evidence=evidence, note=NOT_RUN),
    }


def _forced(name: str, forcing: Forcing | None, evidence: Evidence) -> dict[str, Value]:
    shown = {
        f"{name}.{first}_minus_{second}": _of_contrast(
            forcing.effect(first, second) if forcing else None, evidence
        )
        for first, second in EFFECTS
    }
    followed = forcing.followed.get("misleading") if forcing else None
    own = forcing.means.get("own") if forcing else None
    return shown | {
        f"{name}.followed": _of_mean(followed, evidence),
        f"{name}.own": _of_mean(own, evidence),
    }


def _filler(experiment: Experiment) -> dict[str, Value]:
    """The reference run that was trained on dots: how many of its answers were stopped, and what
    it answers after as many dots as the correct trace has tokens."""
    evidence: Evidence = "reference run"
    group = next((it for it in experiment.made("reference") if "filler" in it.kinds), None)
    run = group.kinds["filler"][0] if group else None
    written = run.record.generation if run else None
    counts = {
        "train": group.spec.train if group else None,
        "limit": group.spec.decoding.max_new_tokens if group else None,
        "stopped": written.truncated if written else None,
        "answers": written.predictions if written else None,
    }
    forcing = group.forced.get("filler") if group else None
    dots = forcing.means.get("filler") if forcing else None
    same = run.forced.get("filler", {}).keys() if run else ()
    plain = experiment.reference("babi")
    rights = [
        {name: right for name, right in it.rights.items() if name in same}
        for it in (plain.kinds.get("vanilla", []) if plain else [])
    ]
    return {
        f"filler.{name}": Value(value=count, unit="count", evidence=evidence, note=NOT_RUN)
        for name, count in counts.items()
    } | {
        "filler.dots": _of_mean(dots, evidence),
        "filler.answers_alone": _of_mean(pooled.mean(rights) if same else None, evidence),
    }


def _slope(group: Group | None, evidence: Evidence) -> Value:
    trend = group.trend if group else None
    figure = (trend.slope, trend.n, trend.interval) if trend else None
    return _value("points", figure, evidence)


def _of_mean(it: Mean | Share | None, evidence: Evidence) -> Value:
    return _value("share", (it.value, it.n, it.interval) if it else None, evidence)


def _of_contrast(it: Contrast | None, evidence: Evidence) -> Value:
    return _value("points", (it.difference, it.n, it.interval) if it else None, evidence)


def _value(unit: Unit, figure: tuple[float, int, Interval] | None, evidence: Evidence) -> Value:
    """A share or difference with its n and interval."""
    if figure is None:
        return Value(value=None, unit=unit, evidence=evidence, note=NOT_RUN)
    value, n, (low, high) = figure
    return Value(value=value, unit=unit, evidence=evidence, n=n, interval=(low, high))
