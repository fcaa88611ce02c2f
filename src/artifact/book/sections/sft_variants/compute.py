"""The runs behind the section: those made here for its parameters, and the reference runs.

Runs that differ in nothing but kind of trace and seed form a group; figures and tests are made
within a group, never across two. Outputs that the reader brought are in no group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from artifact import datasets
from artifact.book.sections import own_outputs
from artifact.book.sections.own_outputs import OwnOutputs
from artifact.datasets import sources
from artifact.datasets.dataset import Dataset
from artifact.decomposition.traces import KINDS
from artifact.evaluation import scored_runs
from artifact.evaluation.forced_traces import (
    BASELINE,
    CONTRASTS,
    EarlyAnswering,
    MarginMean,
    NormalisedEffect,
    early_answering,
    margin_means,
    normalised,
)
from artifact.evaluation.scored_runs import Origin, ScoredRun
from artifact.evaluation.statistics import pooled
from artifact.evaluation.statistics.paired import Contrast
from artifact.evaluation.statistics.pooled import Mean, Trend
from artifact.evaluation.statistics.proportions import Share
from artifact.sft.forced_traces import FORCED, Forced
from artifact.sft.missing_runs import finished, train_missing
from artifact.sft.run_folder import find
from artifact.sft.spec import OWN, Spec, resolve
from artifact.workflow.results import Evidence
from artifact.workflow.sections import SftVariantsParameters
from artifact.workflow.stored_outputs import release_root

LIBRARIES = ("torch", "transformers", "peft", "trl")
AGAINST = ("vanilla", "correct")
"""Kinds that every other one is compared with."""

EVIDENCE: Mapping[frozenset[Origin], Evidence] = {
    frozenset(): "own and reference runs",
    frozenset({"here"}): "own run",
    frozenset({"reference"}): "reference run",
    frozenset({"here", "reference"}): "own and reference runs",
}


@dataclass(frozen=True)
class Group:
    """Runs that differ in kind of trace and seed alone.

    Attributes:
        made: here, or shipped with the repository.
        runs: at least one, in the order of `scored_runs.in_order`.
    """

    made: Origin
    runs: tuple[ScoredRun, ...]

    @property
    def spec(self) -> Spec:
        """The spec of the first run, for what all have in common."""
        return self.runs[0].spec

    @property
    def dataset(self) -> Dataset:
        """Whose problems were asked."""
        return datasets.get(self.spec.dataset)

    @property
    def title(self) -> str:
        """Dataset, kind of source and model."""
        source, _, _ = self.spec.source.partition(":")
        named = {"lookalike": "look-alikes", "release": "of the release", "hub": "from the hub"}
        made = named.get(source, f"from a {source}")
        return f"{self.dataset.title} {made}{self.size}, {self.spec.model_title}, {self.recipe}"

    @property
    def size(self) -> str:
        """The size of look-alikes in words, "" at the dataset's own."""
        source, _, place = self.spec.source.partition(":")
        return f" of size {place}" if source == "lookalike" and place else ""

    @cached_property
    def recipe(self) -> str:
        """How much was trained on, and how, where that differs from the recipe."""
        spec = self.spec
        passes = f", {spec.optimisation.epochs} epochs" if spec.optimisation.epochs > 1 else ""
        cut = f", cut at {spec.optimisation.max_length} tokens" if spec.optimisation.cut else ""
        most, usual = spec.decoding.max_new_tokens, _usual_tokens(spec)
        stopped = f", answers stopped after {most} tokens" if usual and most < usual else ""
        trained = f"{spec.train:,}" if spec.train else "all"
        return f"{trained} training problems{passes}{cut}{stopped}"

    @property
    def n(self) -> int:
        """Test problems, each answered by every run."""
        return len(self.runs[0].rights)

    @cached_property
    def kinds(self) -> dict[str, list[ScoredRun]]:
        """Runs by kind of trace; doses between 0 and 1 are not a kind."""
        return scored_runs.by_kind(self.runs, KINDS)

    @cached_property
    def means(self) -> dict[str, Mean]:
        """Accuracy by kind, seeds pooled."""
        return _means({kind: [run.rights for run in runs] for kind, runs in self.kinds.items()})

    @cached_property
    def contrasts(self) -> list[Contrast]:
        """Every kind against each of `AGAINST`, corrected over all of them."""
        rights = {kind: [run.rights for run in runs] for kind, runs in self.kinds.items()}
        return pooled.contrasts(rights, [(a, b) for b in AGAINST for a in KINDS if _apart(a, b)])

    @cached_property
    def doses(self) -> dict[float, list[ScoredRun]]:
        """Runs by share of incorrect training traces, ascending; empty without one in between."""
        found: dict[float, list[ScoredRun]] = {}
        for run in sorted(self.runs, key=lambda run: run.dose or 0.0):
            if run.dose is not None:
                found.setdefault(run.dose, []).append(run)
        return found if found.keys() - {0.0, 1.0} else {}

    @cached_property
    def dose_means(self) -> dict[float, Mean]:
        """Accuracy by dose, seeds pooled."""
        return _means({dose: [run.rights for run in runs] for dose, runs in self.doses.items()})

    @cached_property
    def trend(self) -> Trend | None:
        """How accuracy changes with the dose."""
        return pooled.trend({dose: [r.rights for r in runs] for dose, runs in self.doses.items()})

    @cached_property
    def forced(self) -> dict[str, Forcing]:
        """What forced traces did, by kind of trace in training."""
        return {
            kind: Forcing(tuple(run for run in runs if run.forced))
            for kind, runs in self.kinds.items()
            if any(run.forced for run in runs)
        }

    @cached_property
    def shortcuts(self) -> dict[str, Share]:
        """What rules that skip the reasoning get right on the same test problems."""
        return self.runs[0].shortcuts


@dataclass(frozen=True)
class Forcing:
    """Traces forced on the models of one kind, seeds pooled.

    Attributes:
        runs: those with interventions, at least one.
    """

    runs: tuple[ScoredRun, ...]

    @property
    def rights(self) -> dict[Forced, list[dict[str, bool]]]:
        """Right answers after each trace, one mapping per run."""
        return {
            trace: [run.rights_after(trace) for run in self.runs if trace in run.forced]
            for trace in FORCED
            if any(trace in run.forced for run in self.runs)
        }

    @cached_property
    def means(self) -> dict[Forced, Mean]:
        """Right answers after each trace."""
        return _means(self.rights)

    @cached_property
    def effects(self) -> list[Contrast]:
        """Each trace against the model's own, and the pairs whose difference is the trace's."""
        rights = {str(trace): runs for trace, runs in self.rights.items()}
        to_own = [(trace, BASELINE) for trace in FORCED if trace != BASELINE]
        return pooled.contrasts(rights, [*to_own, *CONTRASTS], same_runs=True)

    def effect(self, first: Forced, second: Forced) -> Contrast | None:
        """The effect of one trace against another, or None if it was not measured."""
        return next((it for it in self.effects if (it.first, it.second) == (first, second)), None)

    @cached_property
    def early(self) -> EarlyAnswering | None:
        """How soon in its own trace a model has its answer."""
        return early_answering([run.forced for run in self.runs])

    @cached_property
    def normalised(self) -> list[NormalisedEffect]:
        """Pairs of traces as a share of what the own trace does for accuracy at all."""
        rights = {str(trace): runs for trace, runs in self.rights.items()}
        found = (normalised(rights, *pair, without="none") for pair in CONTRASTS)
        return [it for it in found if it is not None]

    @cached_property
    def margins(self) -> dict[Forced, MarginMean]:
        """How much likelier gold is than the same wrong answer after each trace."""
        return margin_means([run.rival_margins for run in self.runs])

    @cached_property
    def followed(self) -> dict[Forced, Mean]:
        """Where a trace points elsewhere: how often the answer is what it points to."""
        return _means(
            {
                trace: [run.followed(trace) for run in self.runs if trace in run.forced]
                for trace in self.rights
            }
        )


@dataclass(frozen=True)
class Experiment:
    """All runs of the section.

    Attributes:
        groups: reference runs first, then those made here.
        own: outputs of the reader's file; None where none was given.
    """

    groups: tuple[Group, ...]
    own: OwnOutputs | None = None

    @property
    def source(self) -> str:
        """Which data stand behind the section, in words."""
        runs = "models trained here, and reference runs with their predictions"
        return runs + (own_outputs.SOURCE if self.own else "")

    def made(self, made: Origin) -> list[Group]:
        """The groups made here, or those shipped with the repository."""
        return [group for group in self.groups if group.made == made]

    def reference(self, dataset: str) -> Group | None:
        """The reference runs on a dataset that the prose is about: of the groups with the most test
        problems that compare kinds, the one with the most runs, and then the most training."""
        groups = [it for it in self.made("reference") if it.dataset.name == dataset]
        return max(
            groups,
            key=lambda it: (len(it.kinds) > 1, it.n, len(it.runs), it.spec.train or 0),
            default=None,
        )

    def about(self, group: Group) -> tuple[str, str]:
        """Who made a group, and what it is of, where groups differ in that."""
        parts = [group.dataset.title + group.size]
        if len({it.spec.model for it in self.groups}) > 1:
            parts.append(group.spec.model_title)
        if len({it.recipe for it in self.groups}) > 1:
            parts.append(group.recipe)
        if len({it.n for it in self.groups if it.title == group.title}) > 1:
            parts.append(f"{group.n} test problems")
        return group.made, ", ".join(parts)

    @cached_property
    def learning(self) -> list[dict[int, Group]]:
        """Reference runs that differ in how many problems they were trained on, kind and seed
        alone: by that number, ascending; only where there are several."""
        found: dict[tuple[Spec, str], dict[int, Group]] = {}
        for group in self.made("reference"):
            spec, answered = group.spec.setting, group.runs[0].test_sha256
            if spec.train and len(group.kinds) > 1:
                key = spec.model_copy(update={"train": None}), answered
                found.setdefault(key, {})[spec.train] = group
        return [dict(sorted(sizes.items())) for sizes in found.values() if len(sizes) > 1]

    @property
    def evidence(self) -> Evidence:
        """What stands behind figures of all runs."""
        return evidence_of(self.groups)


def evidence_of(groups: Iterable[Group]) -> Evidence:
    """What stands behind a figure of `groups`."""
    return EVIDENCE[frozenset(group.made for group in groups)]


def report(parameters: SftVariantsParameters) -> Experiment:
    """Make the runs that are missing, and score all.

    Raises:
        InputError: if a run can't be made or read, or the reader's file can't be read.
        CheckError: if making one fails.
    """
    specs = parameters.specs
    train_missing(specs, parameters.interventions, parameters.forced_problems)
    made = (*finished(specs).values(), *map(find, parameters.runs))
    each_once = {run.folder.name: run for run in made}.values()
    found = gather(
        [scored_runs.score_run(run, "here") for run in each_once],
        scored_runs.reference_runs() if parameters.reference else [],
    )
    return replace(found, own=_own(parameters)) if parameters.predictions else found


def _own(parameters: SftVariantsParameters) -> OwnOutputs:
    dataset, source = datasets.get(parameters.dataset), parameters.source
    asked = sources.load(source, dataset, n=parameters.n, seed=parameters.seed).problems
    root = release_root(source, parameters.release)
    path = Path(parameters.predictions)
    return own_outputs.score_own(dataset, path, asked, parameters.variant, root)


def gather(own: Iterable[ScoredRun], reference: Iterable[ScoredRun]) -> Experiment:
    """Runs as groups; within an origin, those with the most test, then training problems first."""
    made: tuple[tuple[Origin, Iterable[ScoredRun]], ...] = (("reference", reference), ("here", own))
    groups = [
        Group(who, tuple(group)) for who, runs in made for group in scored_runs.by_setting(runs)
    ]
    origins = [who for who, _ in made]
    return Experiment(
        tuple(sorted(groups, key=lambda it: (origins.index(it.made), -it.n, -(it.spec.train or 0))))
    )


def _usual_tokens(spec: Spec) -> int | None:
    """After how many tokens the spec's recipe stops an answer; None for a reader's own recipe."""
    if spec.recipe == OWN:
        return None
    named = {"model": spec.model, "dataset": spec.dataset, "variant": "vanilla"}
    return resolve(named | {"recipe": spec.recipe}).decoding.max_new_tokens


Key = TypeVar("Key")


def _means(rights: Mapping[Key, pooled.Rights]) -> dict[Key, Mean]:
    found = {key: pooled.mean(runs) for key, runs in rights.items()}
    return {key: mean for key, mean in found.items() if mean is not None}


def _apart(first: str, second: str) -> bool:
    """Whether the pair is to be compared; two kinds in `AGAINST` only once."""
    return first != second and (first, second) != AGAINST
