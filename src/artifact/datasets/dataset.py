"""What a dataset offers: one frozen record, filled in by the dataset's own folder.

A dataset is a folder whose ``__init__`` defines ``DATASET``; no other file changes. `Dataset` lists
its parts, each a record of its own: what is optional (the release, the hub, R1's records, a
wording) is None if the dataset has no such thing, and callers tell the reader so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from artifact.common.intake import Intake
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import ReleasedRules, StoredOutputs, StoredTrace


@dataclass(frozen=True, slots=True)
class Derivation:
    """What a solver gets from context and question alone, never from gold fields.

    Attributes:
        answers: derived answers, in context order; empty if none can be derived.
        category: derived label of the classification step, or None.
        support: indices of the facts that hold the answers, in trace order.
        anchor: indices of facts needed besides `support` (the event that the question starts from).
        failure: why nothing could be derived, in a few words; None if something was.
    """

    answers: tuple[str, ...] = ()
    category: str | None = None
    support: tuple[int, ...] = ()
    anchor: tuple[int, ...] = ()
    failure: str | None = None


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: fast cache keys
class Template:
    """How the release words this dataset's prompts, traces and answers, byte for byte.

    Attributes:
        user_turn: the prompt of a problem.
        trace: ``(label, facts) -> text`` between ``<think>`` and ``</think>``.
        answer: gold answers -> text between ``<answer>`` and ``</answer>``.
        label_of: trace text -> the label it states, or None if the sentence is not there.
        cited_facts: trace text -> the text of its fact list, or None if the sentence is not there.
        parse_answer: text inside ``<answer>`` -> the set of answers it states.
        fold_case: whether facts are compared without case (where incorrect traces are lower-cased).
    """

    user_turn: Callable[[Problem], str]
    trace: Callable[[str, Sequence[str]], str]
    answer: Callable[[Sequence[str]], str]
    label_of: Callable[[str], str | None]
    cited_facts: Callable[[str], str | None]
    parse_answer: Callable[[str], frozenset[str]]
    fold_case: bool = False


@dataclass(frozen=True, slots=True)
class HubFile:
    """A text file on the hub, for a repository that has a loading script and no data tables.

    `datasets` runs no loading scripts since its version 4, so the archive is fetched whole
    (``hf_hub_download``) and the member's lines are the rows, each ``{"text": line}``.

    Attributes:
        archive: path of the archive in the repository.
        member: path of the file in the archive; `Hub.read` gets it as ``where``.
        split: the split that the file holds.
    """

    archive: str
    member: str
    split: str


@dataclass(frozen=True, slots=True)
class ReleaseComparison:
    """One statistic of some problems beside that of the release; 0 where one has no such value."""

    statistic: str
    ours: float
    release: float


SUMMARY_WORDS = 100
"""A summary has fewer words than this, the limit in the prompt for the release's summaries."""


@dataclass(frozen=True, slots=True)
class Narration:
    """A problem's reasoning in free text, three ways; each of them ends in the right answer.

    What a rule wrote has all three; records of a teacher may lack some, which are None then.

    Attributes:
        verbose: thinking aloud, fact by fact, as DeepSeek-R1 does.
        summary: the same in a few sentences, under 100 words.
        explanation: why the answer is the answer, told afterwards.
        made: "rule" where a rule wrote them from the solver's steps, "r1" where R1 did, else the
            name of the model that was asked.
    """

    verbose: str | None
    summary: str | None
    explanation: str | None
    made: str


@dataclass(frozen=True, slots=True)
class Narrated:
    """A problem with the narration that came with it in a file."""

    problem: Problem
    narration: Narration


Shortcut = Callable[[Problem, Sequence[Problem]], tuple[str, ...]]
"""A baseline ``(problem, training problems) -> answers`` that skips the reasoning."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """Which sentences the dataset's rules can read, where all of them follow templates."""

    reads_fact: Callable[[str], bool]
    """Whether a sentence of the context is worded as a fact."""

    reads_question: Callable[[str], bool]
    """Whether a text is worded as a question."""


@dataclass(frozen=True)
class ProblemRules:
    """What is derived from a problem's text, and how it is compared with the gold fields."""

    solve: Callable[[Problem], Derivation]
    """Derives answers, label and support from context and question alone."""

    check: Callable[[Problem], str | None]
    """None, or why the gold answers cannot come from this context."""

    groups_of: Callable[[Problem], tuple[str, ...]]
    """The units that must not be on both sides of a split (subjects, story, query and
    passages), at least one."""

    explain_disagreement: Callable[[Problem, Derivation], str] | None = None
    """Why gold and a derivation differ; starts with "label noise: " or "own limit: "."""

    shortcuts: Mapping[str, Shortcut] = field(default_factory=dict)
    """Baselines that answer, by rule name."""

    category_shortcuts: Mapping[str, Shortcut] = field(default_factory=dict)
    """Baselines that only classify, by rule name; each returns one label."""

    grammar: Grammar | None = None
    """How facts and questions are worded; None where they are free text."""


@dataclass(frozen=True, slots=True)
class Lookalikes:
    """Generated problems of the dataset's kind, about invented names."""

    draw: Callable[[int, int], Iterable[Problem]]
    """``(n, seed) -> problems``, preferably one by one; equal arguments give equal problems."""

    compare_with_release: Callable[[Sequence[Problem]], Sequence[ReleaseComparison]] | None = None
    """Problems -> their statistics beside those of the release, where these are known."""

    draw_sized: Callable[[int, int, int], Iterable[Problem]] | None = None
    """``(n, seed, size) -> problems`` with larger or smaller contexts than the release's; the
    function says what the size counts."""

    def generate(self, n: int, seed: int) -> list[Problem]:
        """What `draw` gives, as a list."""
        return list(self.draw(n, seed))


@dataclass(frozen=True, slots=True)
class Wording:
    """How traces other than the correct one are worded; each part is optional."""

    corrupt_trace: Callable[[Problem, str, Random], str] | None = None
    """``(problem, label, rng) -> trace`` that states `label` and quotes facts that do not hold the
    answer, as the release makes its incorrect traces."""

    anchored_trace: Callable[[Problem], str | None] | None = None
    """The correct trace, preceded by where the question starts and how the facts lead from there
    to the answer (for dated facts: how the times compare); None if the solver can't find them."""

    narrate: Callable[[Problem], Narration | None] | None = None
    """The reasoning in free text, written by rule from the solver's steps; None where the solver
    does not reach the gold answers."""

    answer_from: Callable[[Problem, Sequence[str]], tuple[str, ...] | None] | None = None
    """``(problem, facts) -> answers`` that the facts give a reader who takes these alone for the
    supporting ones, or None. A problem's own supporting facts give its gold answers, as far as
    these follow from any facts."""

    question_for_people: Callable[[str], str] | None = None
    """The question as it is shown to people, where the dataset's own wording is no sentence."""

    misleading_facts: Callable[[Problem, Random], tuple[str, ...] | None] | None = None
    """``(problem, rng) -> facts`` of its context, as many as the supporting ones where there are
    enough, that point by `answer_from` to answers none of which is gold; None if the context has no
    such facts. Needs `answer_from`."""


@dataclass(frozen=True, slots=True)
class Release:
    """What the paper's release stores of the dataset; `root` holds its branches as folders."""

    read_problems: Callable[[Path, Intake], list[Problem]]
    """``(root, intake) -> problems``; ``meta['split']`` is the release's split."""

    read_stored_traces: Callable[[Path, str, Intake], list[StoredTrace]]
    """``(root, variant, intake) -> stored traces``, for the variants correct and incorrect."""

    read_outputs: Callable[[Path, str, str], StoredOutputs]
    """``(root, model, variant) -> stored generations``."""

    scoring: ReleasedRules
    """The release's own scoring, faults and all."""

    notes: tuple[str, ...] = ()
    """What to know about the release's problems, in sentences for the reader."""


@dataclass(frozen=True, slots=True)
class Hub:
    """Where the dataset is on the Hugging Face hub, and how its rows are read."""

    repository: str
    """``owner/name``."""

    revision: str
    """The pinned commit, 40 hexadecimal digits."""

    read: Callable[[Iterable[Mapping[str, Any]], str, Intake, str], list[Problem]]
    """``(rows, split, intake, where) -> problems`` from the hub's record format."""

    config: str | None = None
    """The repository's configuration, where it has several."""

    splits: tuple[str, ...] = ("test",)
    """What to read: ``NAME``, or ``NAME[:N]`` for the first N rows only."""

    files: tuple[HubFile, ...] = ()
    """What to read instead of `config` and `splits`, where it isn't empty."""

    notes: tuple[str, ...] = ()
    """What to know about the hub's problems, in sentences for the reader."""


@dataclass(frozen=True, slots=True)
class R1Records:
    """Records of a teacher's texts, in the release's format for DeepSeek-R1."""

    read: Callable[[Path, Intake], list[Narrated]]
    """``(path, intake) -> problems`` with the texts, from a file of JSON lines or a folder."""

    state: Callable[[Problem], dict[str, object]]
    """The part of such a record that states a problem.

    Raises InputError where `read` would refuse the problem.
    """

    is_right: Callable[[Problem, str], bool]
    """``(problem, final text) -> whether`` a teacher's text gives the gold answers and no others,
    so that its reasoning is kept. What it accepts, `read` does too."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset. The parts without a default are all that decompose, train and evaluate need."""

    name: str
    """The folder's name, as on the command line."""

    title: str
    """The name in prose."""

    labels: tuple[str, ...]
    """Values of the classification step, in reporting order."""

    template: Template
    """Wording of prompts, correct traces and answers."""

    rules: ProblemRules
    """Solver, checks and baselines."""

    lookalikes: Lookalikes
    """The generator behind source ``lookalike``."""

    wording: Wording = Wording()
    """Wording of the other traces."""

    release: Release | None = None
    """The paper's release, if it holds the dataset."""

    hub: Hub | None = None
    """The Hugging Face hub, if the dataset is there."""

    read_original: Callable[[Path, bytes, Intake], list[Problem] | None] | None = None
    """``(path, content, intake) -> problems`` of a file as the dataset's makers publish it; None
    if it isn't one. The side, if the file states it, is ``meta['split']``."""

    r1: R1Records | None = None
    """Records of R1 and other teachers, if the dataset has their format."""

    notes: tuple[str, ...] = ()
    """What cannot be derived or read, whatever the source, in sentences for the reader."""

    def notes_on(self, source: str) -> tuple[str, ...]:
        """What to know about problems from `source`: users' own files and look-alikes have none of
        the faults of the release or the hub."""
        part = {"release": self.release, "hub": self.hub}.get(source.partition(":")[0])
        return (*self.notes, *(part.notes if part else ()))
