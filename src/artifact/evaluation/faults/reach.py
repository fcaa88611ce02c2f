"""How far each fault of the released scoring reaches on the stored outputs and tables.

Computed over whatever runs are on disk. Keys are words to print beside the number. A whole number
is a count; any other is a share in [0, 1] or a difference of shares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from artifact import datasets
from artifact.common.intake import Intake
from artifact.datasets.cotempqa.release.scoring import Ends, asks_subject, ends_of
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem, counts_by_category
from artifact.datasets.release_files import read_figures
from artifact.datasets.release_records import VARIANTS, StoredOutput, StoredRun
from artifact.datasets.release_scoring import normalise
from artifact.evaluation.faults.examples import CHI2_THRESHOLD
from artifact.evaluation.released import GoldTables, rules_of, score_answers, step_results, trace_of
from artifact.evaluation.statistics.association import Table, associate

Counts = dict[str, float]


class Conversation(NamedTuple):
    """A row that the release stores for SFT: its category, the user's turn, the assistant's."""

    category: str
    asked: str
    answered: str


CHI2 = "chi-squared"
"""Ends the words for a count that is this statistic, not a share."""
DIFFERENCE = " minus "
"""Occurs in the words for a count that is a difference of shares."""

_ANSWER_LINE = re.compile(r"\s*(?:the )?answer(?: is)?\s*:?", re.IGNORECASE)
"""The start of a line that states the answer."""


TABLED = ("cotempqa", "babi")
"""Datasets whose problems and outputs are in every copy of the release."""


class Stored:
    """What the release holds of one dataset, read once.

    Args:
        name: folder name of the dataset.
        root: folder of the release.
    """

    def __init__(self, name: str, root: Path) -> None:
        self.dataset: Dataset = datasets.get(name)
        self.rules = rules_of(self.dataset)
        assert self.dataset.release is not None  # or it had no rules
        self.release = self.dataset.release
        self.root = root
        self._read: dict[StoredRun, tuple[StoredOutput, ...]] = {}

    def runs(self, *variants: str) -> list[StoredRun]:
        """The runs of these variants whose generations for every category are on disk."""
        listed = self.rules.list_stored(self.root)
        return [run for run in listed if run.variant in variants and self.outputs(run)]

    def outputs(self, run: StoredRun) -> tuple[StoredOutput, ...]:
        """The outputs of `run`; none if a category is missing."""
        if run not in self._read:
            stored = self.release.read_outputs(self.root, *run)
            self._read[run] = () if stored.missing else stored.outputs
        return self._read[run]

    @cached_property
    def tested(self) -> tuple[StoredOutput, ...]:
        """The outputs of one complete run, one for each test problem; none without such a run."""
        return next((self.outputs(run) for run in self.runs(*VARIANTS.values())), ())

    @cached_property
    def problems(self) -> list[Problem]:
        """Training and test problems of the release."""
        return self.release.read_problems(self.root, Intake())

    @cached_property
    def conversations(self) -> dict[str, list[Conversation]]:
        """The stored rows for training and test, by variant."""
        user_turn, answer = self.dataset.template.user_turn, self.dataset.template.answer
        rows = {
            "vanilla": [
                Conversation(each.category, user_turn(each), answer(each.answers))
                for each in self.problems
            ]
        }
        for variant in ("correct", "incorrect"):
            traces = self.release.read_stored_traces(self.root, variant, Intake())
            rows[variant] = [
                Conversation(each.problem.category, user_turn(each.problem), each.text)
                for each in traces
            ]
        return rows


def wrong_gold_rows(release: Mapping[str, Stored]) -> Counts:
    """F1: problems for which the row that is looked up is their own."""
    counts: Counts = {}
    for stored in (release[name] for name in TABLED if release[name].tested):
        own, tables = 0, GoldTables(stored.rules, stored.root)
        for output in stored.tested:
            own += tables.row_for(output).is_of(output.problem)
        counts[f"{stored.dataset.title} test problems"] = len(stored.tested)
        counts[f"{stored.dataset.title}, the row is the problem's own"] = own
    return counts


def hits_without_gold(release: Mapping[str, Stored]) -> Counts:
    """F2: retrieval hits in outputs that quote no gold fact anywhere, the answer included."""
    stored = release["cotempqa"]
    counts: Counts = {}
    for run in stored.runs("correct", "incorrect"):
        outputs = stored.outputs(run)
        steps = step_results(stored.dataset, stored.root, outputs)
        hits = [o for o, step in zip(outputs, steps, strict=True) if step and step.any_context]
        empty = [
            output
            for output in hits
            if not any(fact in output.prediction for fact in output.problem.supporting_facts)
        ]
        counts[f"{named(run)}: hits"] = len(hits)
        counts[f"{named(run)}: hits that quote no gold fact"] = len(empty)
    return counts


def answers_of_everything(release: Mapping[str, Stored]) -> Counts:
    """F3: the score of an output that names every object of its context, asked for or not."""
    stored = release["cotempqa"]
    if not stored.tested:
        return {}
    objects = [_naming(o, (end.object for end in _ends(o.problem))) for o in stored.tested]
    asked = [
        _naming(
            o, (end.subject if asks_subject(o.problem) else end.object for end in _ends(o.problem))
        )
        for o in stored.tested
    ]
    macro = _by_category(stored, _rights(stored, objects))
    runs = [fmean(shares.values()) for shares in _stored_runs(stored, "main").values()]
    return {
        "test problems": len(objects),
        "every object named: right": fmean(_rights(stored, objects)),
        "every object named: right, mean of the categories": macro,
        "every object named: right, flag turned round": fmean(_rights(stored, objects, fixed=True)),
        "everything of the kind asked for named: right": fmean(_rights(stored, asked)),
        "stored runs of all categories": len(runs),
        "of these, runs whose mean of the categories is lower": sum(run < macro for run in runs),
    }


def answers_without_tag(release: Mapping[str, Stored]) -> Counts:
    """F4: outputs without ``<answer>``, and how many say the gold answers in their last line."""
    stored = release["cotempqa"]
    counts: Counts = {}
    for run in stored.runs("correct", "incorrect"):
        without = [o for o in stored.outputs(run) if "<answer>" not in o.prediction.lower()]
        counts[f"{named(run)}: outputs without <answer>"] = len(without)
        counts[f"{named(run)}: of these scored right"] = sum(_rights(stored, without))
        counts[f"{named(run)}: of these with the gold answers in the last line"] = sum(
            _ends_in_gold(stored, output) for output in without
        )
    return counts


def joint_shares(release: Mapping[str, Stored]) -> Counts:
    """F5: joint and conditional shares of the stored matrices of correct-trace models."""
    stored = release["cotempqa"]
    counts: Counts = {}
    for file in stored.rules.matrix_files(stored.root):
        if file.run.variant != "correct":
            continue
        table = _trace_matrix(file.path)
        shares = associate(table).figures
        conditional = {
            "right answers among right traces": shares.p_right_given_ok,
            "right answers among wrong traces": shares.p_right_given_not,
        }
        name = named(file.run)
        counts[f"{name}: outputs"] = table.n
        counts[f"{name}: trace and answer right"] = table.right_ok
        counts[f"{name}: their share of all outputs"] = table.right_ok / table.n
        counts |= {f"{name}: {key}": n for key, n in conditional.items() if n is not None}
    return counts


def lower_cased_traces(release: Mapping[str, Stored]) -> Counts:
    """F6: incorrect traces that quote a fact of their own context, with case and ignoring it.

    A model trained on them may revert to the facts' own case. The row that the release looks up
    is usually another problem's, so facts right by its rule are counted separately.
    """
    stored = release["babi"]
    trained = stored.release.read_stored_traces(stored.root, "incorrect", Intake())
    pairs = [(trace.problem, trace.text) for trace in trained]
    counts = _quoting("stored incorrect traces", pairs)
    for run in stored.runs("incorrect"):
        outputs = stored.outputs(run)
        name = f"{named(run)}: outputs"
        counts |= _quoting(name, [(output.problem, output.prediction) for output in outputs])
        steps = step_results(stored.dataset, stored.root, outputs)
        counts[f"{name}, facts right by the released rule"] = sum(
            step is not None and step.any_context for step in steps
        )
    return counts


def means_and_repeats(release: Mapping[str, Stored]) -> Counts:
    """F7: mean of the categories against share of the problems, and one run against its repeat."""
    stored = release["cotempqa"]
    sizes = counts_by_category(output.problem for output in stored.tested)
    counts: Counts = {f"{label}: test problems": n for label, n in sizes.items()}
    here, before = _stored_runs(stored, "main"), _stored_runs(stored, "cotempqa")
    for run, shares in here.items():
        counts[f"{named(run)}: mean of the categories"] = fmean(shares.values())
        if sizes:
            weights = [sizes[label] for label in shares]
            counts[f"{named(run)}: share of the problems"] = fmean(shares.values(), weights)
    for model in sorted({run.model for run in here.keys() & before.keys()}):
        incorrect, vanilla = StoredRun(model, "incorrect"), StoredRun(model, "vanilla")
        for name, runs in (("published run", before), ("run with stored outputs", here)):
            if incorrect in runs and vanilla in runs:
                gap = fmean(runs[incorrect].values()) - fmean(runs[vanilla].values())
                counts[f"{model}: incorrect{DIFFERENCE}vanilla, {name}"] = gap
    return counts


def training_overlap(release: Mapping[str, Stored]) -> Counts:
    """F8: test problems that are training problems, or share a subject or the story of one."""
    counts: Counts = {}
    for stored in (release[name] for name in TABLED):
        train, test = (
            [problem for problem in stored.problems if problem.meta["split"] == split]
            for split in ("train", "test")
        )
        seen = {(p.question, p.context, p.answers) for p in train}
        groups = {group for problem in train for group in stored.dataset.rules.groups_of(problem)}
        title = stored.dataset.title
        counts[f"{title} training problems on disk"] = len(train)
        counts[f"{title} test problems"] = len(test)
        counts[f"{title} test problems that are training problems"] = sum(
            (p.question, p.context, p.answers) in seen for p in test
        )
        counts[f"{title} test problems with a subject or story of training"] = sum(
            not groups.isdisjoint(stored.dataset.rules.groups_of(problem)) for problem in test
        )
    return counts


def labels_by_rule(release: Mapping[str, Stored]) -> Counts:
    """F9: right labels by rules that look for no answer, beside the correct-trace models'."""
    stored = release["cotempqa"]
    problems = [output.problem for output in stored.tested]
    if not problems:
        return {}
    counts: Counts = {"test problems": len(problems)}
    for name, rule in stored.dataset.rules.category_shortcuts.items():
        rights = [rule(problem, problems) == (problem.category,) for problem in problems]
        counts[f"label right: {name}"] = fmean(rights)
    for run in stored.runs("correct"):
        steps = step_results(stored.dataset, stored.root, stored.outputs(run))
        rights = [step is not None and step.class_right for step in steps]
        counts[f"label right, released rule: {named(run)}"] = fmean(rights)
    return counts


def missing_anchors(release: Mapping[str, Stored]) -> Counts:
    """F10: correct traces of test problems without a fact that states the event in question."""
    stored = release["cotempqa"]
    if not stored.tested:
        return {}
    without = [
        not set(stored.dataset.rules.solve(output.problem).anchor) & set(output.problem.support)
        for output in stored.tested
    ]
    return {"correct traces": len(without), "without the event's own fact": fmean(without)}


def associated_matrices(release: Mapping[str, Stored]) -> Counts:
    """F14: the stored matrices of correct-trace models, trace against answer, each by chi-squared.

    Their third matrix is that of the whole trace: label and facts right.
    """
    found = {}
    for stored in release.values():
        for file in stored.rules.matrix_files(stored.root):
            if file.run.variant == "correct":
                figures = associate(_trace_matrix(file.path)).figures
                found[f"{stored.dataset.title}, {file.run.model}"] = figures
    if not found:
        return {}
    beyond = [it for it in found.values() if it.chi2 is not None and it.chi2 > CHI2_THRESHOLD]
    counts: Counts = {
        "stored matrices of correct-trace models": len(found),
        f"of these with chi-squared above {CHI2_THRESHOLD}": len(beyond),
        "of these with fewer right answers after right traces": sum(
            (it.difference or 0.0) < 0 for it in beyond
        ),
    }
    for name, figures in found.items():
        shares = {
            CHI2: figures.chi2,
            "right answers among right traces": figures.p_right_given_ok,
            "right answers among wrong traces": figures.p_right_given_not,
        }
        counts |= {f"{name}: {key}": n for key, n in shares.items() if n is not None}
    return counts


def _trace_matrix(path: Path) -> Table:
    cells = [n for name, n in read_figures(path).items() if name.startswith("matrix3.")]
    return Table(*map(int, cells))


def named(run: StoredRun) -> str:
    """Model and variant of a run."""
    return f"{run.model} {run.variant}"


def _quoting(name: str, pairs: Iterable[tuple[Problem, str]]) -> Counts:
    traces = [(problem.context, trace_of(text) or "") for problem, text in pairs]
    return {
        name: len(traces),
        f"{name}, a fact quoted": sum(
            any(fact in trace for fact in context) for context, trace in traces
        ),
        f"{name}, a fact quoted but for case": sum(
            any(fact.lower() in trace.lower() for fact in context) for context, trace in traces
        ),
    }


def _ends(problem: Problem) -> list[Ends]:
    return [ends for fact in problem.context if (ends := ends_of(fact))]


def _naming(output: StoredOutput, names: Iterable[str]) -> StoredOutput:
    return replace(output, prediction=f"<answer>{list(dict.fromkeys(names))}</answer>")


def _rights(stored: Stored, outputs: Iterable[StoredOutput], *, fixed: bool = False) -> list[bool]:
    scores = score_answers(stored.dataset, outputs, flag_fixed=fixed)
    return [score.right for score in scores]


def _by_category(stored: Stored, rights: Sequence[bool]) -> float:
    """Mean of the categories' shares; `rights` belong to the tested problems."""
    shares: dict[str, list[bool]] = {}
    for output, right in zip(stored.tested, rights, strict=True):
        shares.setdefault(output.problem.category, []).append(right)
    return fmean(fmean(category) for category in shares.values())


def _ends_in_gold(stored: Stored, output: StoredOutput) -> bool:
    """Whether the last line, after "Answer:" or the like, states the gold answers."""
    last = output.prediction.strip().rpartition("\n")[2]
    stated = stored.dataset.template.parse_answer(_ANSWER_LINE.sub("", last, count=1))
    return {normalise(answer) for answer in stated} == {normalise(gold) for gold in output.gold}


def _stored_runs(stored: Stored, branch: str) -> dict[StoredRun, dict[str, float]]:
    """Stored accuracy by category of the trained runs that `branch` has in all categories."""
    runs: dict[StoredRun, dict[str, float]] = {}
    for file in stored.rules.result_files(stored.root):
        of_branch = file.path.relative_to(stored.root).parts[0] == branch
        if of_branch and file.category and file.run.variant in VARIANTS.values():
            share = read_figures(file.path)["acc"] / 100
            runs.setdefault(file.run, {})[file.category] = share
    return {
        run: shares for run, shares in runs.items() if set(shares) == set(stored.dataset.labels)
    }
