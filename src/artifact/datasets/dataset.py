"""What a dataset must offer: one frozen record of functions, filled in by its own folder.

A fourth dataset is a fourth folder whose ``__init__`` defines ``DATASET``; no other file changes.
Functions that a dataset cannot offer (MARCO has no stored generations) are None, and callers
say so where the reader looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Protocol

from artifact.common.intake import Intake
from artifact.datasets.problem import Problem


@dataclass(frozen=True, slots=True)
class Derivation:
    """What a solver gets from context and question alone, never from gold fields.

    Attributes:
        answers: derived answers, in context order; empty if none can be derived.
        category: derived label of the classification step, or None.
        support: indices of the facts that hold the answers, in trace order.
        anchor: indices of facts needed besides `support` (cotempqa: the event in the question).
        failure: why nothing could be derived, in a few words; None if something was.
    """

    answers: tuple[str, ...] = ()
    category: str | None = None
    support: tuple[int, ...] = ()
    anchor: tuple[int, ...] = ()
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """How the release words this dataset's prompts, traces and answers, byte for byte.

    Attributes:
        user_turn: the prompt of a problem.
        trace: ``(label, facts) -> text`` between ``<think>`` and ``</think>``.
        answer: gold answers -> text between ``<answer>`` and ``</answer>``.
        label_of: trace text -> the label it states, or None if the sentence is not there.
        cited_facts: trace text -> the text of its fact list, or None if the sentence is not there.
        parse_answer: text inside ``<answer>`` -> the set of answers it states.
        fold_case: whether facts are compared without case (babi: incorrect traces are lower-cased).
    """

    user_turn: Callable[[Problem], str]
    trace: Callable[[str, Sequence[str]], str]
    answer: Callable[[Sequence[str]], str]
    label_of: Callable[[str], str | None]
    cited_facts: Callable[[str], str | None]
    parse_answer: Callable[[str], frozenset[str]]
    fold_case: bool = False


@dataclass(frozen=True, slots=True)
class StoredTrace:
    """An assistant turn that the release stores for SFT, with the problem it belongs to.

    Attributes:
        problem: the problem of the row.
        text: the whole assistant turn.
        where: file and 1-based data row, for messages.
    """

    problem: Problem
    text: str
    where: str


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """A generation that the release stores, aligned with its own problem.

    Attributes:
        problem: the problem that the model was asked, with its gold fields.
        prediction: the generation as stored, untouched.
        gold: the gold answers as stored beside the generation.
        where: file and 1-based line, for messages.
    """

    problem: Problem
    prediction: str
    gold: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class StoredOutputs:
    """All stored generations of one model and variant that are on disk.

    Attributes:
        outputs: in file order, categories in the dataset's label order.
        missing: one line for each file that is expected but absent.
    """

    outputs: tuple[StoredOutput, ...]
    missing: tuple[str, ...] = ()


class StoredRun(NamedTuple):
    """A model and the variant that it was trained on, as the release's file names give them."""

    model: str
    variant: str


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file of figures that the release stores.

    Attributes:
        path: the file.
        run: whose figures they are.
        category: the one category they cover, or None if they cover all.
        outputs: the generations they were made from, or None where those are not on disk.
    """

    path: Path
    run: StoredRun
    category: str | None = None
    outputs: Path | None = None


@dataclass(frozen=True, slots=True)
class AnswerScore:
    """How the release scores the answer of one output.

    Attributes:
        right: whether the answers found are the gold ones, its "acc".
        f1, precision, recall: in [0, 1], over whole answers.
    """

    right: bool
    f1: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class GoldRow:
    """A row of the table in which the release looks for the gold steps of an output.

    Attributes:
        answer: the answer column as text; the release takes the first row in which it holds the
            output's gold answer.
        category: the label that the release reads in the row.
        facts: the context facts of the row, each of which the release counts as gold.
        question: the question column as text.
    """

    answer: str
    category: str
    facts: tuple[str, ...]
    question: str


class ScoreAnswer(Protocol):
    """Scores the answer of one output as the release does."""

    def __call__(
        self, output: StoredOutput, *, flag_fixed: bool = False, ties_reversed: bool = False
    ) -> AnswerScore:
        """Score `output`.

        Args:
            output: a generation with the gold answers stored beside it.
            flag_fixed: turn round the one flag that the release has inverted (cotempqa).
            ties_reversed: walk candidates of one length in the reverse of the fixed order.
        """


@dataclass(frozen=True, slots=True)
class ReleasedRules:
    """How the release itself scores a dataset, faults and all.

    Attributes:
        score_answer: the score of one answer.
        gold_table: ``(root, category) -> file`` in which the release looks for gold steps.
        read_gold_table: file -> its rows, in file order.
        class_part: trace -> the part of it that must hold the label.
        list_stored: root -> the runs whose generations are on disk.
        read_file: one file of generations, in file order and not aligned with any problem set.
        result_files: root -> the stored files of answer scores.
        matrix_files: root -> the stored confusion matrices.
    """

    score_answer: ScoreAnswer
    gold_table: Callable[[Path, str], Path]
    read_gold_table: Callable[[Path], tuple[GoldRow, ...]]
    class_part: Callable[[str], str]
    list_stored: Callable[[Path], tuple[StoredRun, ...]]
    read_file: Callable[[Path], tuple[StoredOutput, ...]]
    result_files: Callable[[Path], tuple[ResultFile, ...]]
    matrix_files: Callable[[Path], tuple[ResultFile, ...]]


CorruptTrace = Callable[[Problem, str, Random], str]
"""``(problem, label, rng) -> trace text`` that states `label` and quotes facts beside the point."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A text file on the hub, for a repository that has a loading script and no data tables.

    `datasets` runs no loading scripts since its version 4, so the archive is fetched whole
    (``hf_hub_download``) and the member's lines are the rows, each ``{"text": line}``.

    Attributes:
        archive: path of the archive in the repository.
        member: path of the file in the archive; `Dataset.read_hub` is told it as ``where``.
        split: the split that the file holds.
    """

    archive: str
    member: str
    split: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """One statistic of some problems beside that of the release; 0 where one has no such value."""

    statistic: str
    ours: float
    release: float


@dataclass(frozen=True, slots=True)
class Narration:
    """A problem's reasoning in free text, three ways; each of them ends in the right answer.

    Attributes:
        verbose: thinking aloud, fact by fact, as DeepSeek-R1 does.
        summary: the same in a few sentences, under 100 words.
        explanation: why the answer is the answer, told afterwards.
        made: "rule" where a rule wrote them from the solver's steps, "r1" where R1 did, else the
            name of the model that was asked.
    """

    verbose: str
    summary: str
    explanation: str
    made: str


@dataclass(frozen=True, slots=True)
class Narrated:
    """A problem with the narration that came with it in a file."""

    problem: Problem
    narration: Narration


AnswerFrom = Callable[[Problem, Sequence[str]], tuple[str, ...] | None]
"""``(problem, facts) -> answers`` that these facts alone point to, or None."""

MisleadingFacts = Callable[[Problem, Random], tuple[str, ...] | None]
"""``(problem, rng) -> facts`` of the context that point to answers that are not gold, or None."""

Shortcut = Callable[[Problem, Sequence[Problem]], tuple[str, ...]]
"""A baseline ``(problem, training problems) -> answers`` that skips the reasoning."""


@dataclass(frozen=True)
class Dataset:
    """One dataset of the paper.

    Attributes:
        name: the folder's name, as on the command line.
        title: the name in the paper.
        labels: values of the classification step, in reporting order.
        template: wording of prompts and traces.
        generate: ``(n, seed) -> problems``, seeded look-alikes with invented names.
        solve: derives answers, label and support from context and question alone.
        check: None, or why the gold answers cannot come from this context.
        read_release: ``(root, intake) -> problems`` from the upstream layout; ``meta['split']``
            is the release's split.
        read_hub: ``(rows, split, intake, where) -> problems`` from the hub's record format.
        hub_id: repository on the hub, with `hub_revision` pinned and `hub_config` where needed.
        hub_splits: what to read of it: ``NAME``, or ``NAME[:N]`` for the first N rows alone.
        hub_files: what to read instead of `hub_config` and `hub_splits`, where it isn't empty.
        groups_of: the units that must not stand on both sides of a split (subjects, story, query
            and passages), at least one.
        explain: why gold and a derivation differ; starts with "label noise: " or "own limit: ".
        shortcuts: baselines that answer, by rule name.
        category_shortcuts: baselines that only classify, by rule name.
        read_stored_traces: ``(root, variant, intake) -> stored traces`` (variants correct,
            incorrect).
        read_outputs: ``(root, model, variant) -> stored generations``.
        released: the release's own scoring, where it stores generations.
        corrupt_trace: words a trace over facts that do not hold the answer, as the release makes
            its incorrect traces.
        anchored_trace: problem -> the correct trace after what the question starts from and how
            the facts lead from there to the answer (cotempqa: how the times compare), or None
            where the solver does not find them.
        narrate: problem -> its reasoning in free text, made by rule, or None where the solver does
            not reach the gold answers.
        read_narrated: ``(path, intake) -> problems`` with R1's own texts, from the release's
            records (a file of JSON lines, or a folder of them).
        r1_record: problem -> the part of such a record that states it, or an InputError where
            `read_narrated` would refuse the problem; a teacher's texts are added to it.
        answer_from: ``(problem, facts) -> answers`` that the facts give a reader who takes these
            alone for the supporting ones, or None where they give none. A problem's own supporting
            facts give its gold answers, as far as these follow from any facts.
        misleading_facts: ``(problem, rng) -> facts`` of its context, as many as the supporting ones
            where there are such, which by `answer_from` point to answers of which none is gold;
            None where the context has no such facts.
        likeness: problems -> their statistics beside those of the release, where these are known.
        notes: what can not be derived or read for this dataset, in sentences for the reader.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    template: Template
    generate: Callable[[int, int], list[Problem]]
    solve: Callable[[Problem], Derivation]
    check: Callable[[Problem], str | None]
    read_release: Callable[[Path, Intake], list[Problem]]
    read_hub: Callable[[Iterable[Mapping[str, Any]], str, Intake, str], list[Problem]]
    hub_id: str
    hub_revision: str
    groups_of: Callable[[Problem], tuple[str, ...]]
    hub_config: str | None = None
    hub_splits: tuple[str, ...] = ("test",)
    hub_files: tuple[HubFile, ...] = ()
    explain: Callable[[Problem, Derivation], str] | None = None
    shortcuts: Mapping[str, Shortcut] = field(default_factory=dict)
    category_shortcuts: Mapping[str, Shortcut] = field(default_factory=dict)
    read_stored_traces: Callable[[Path, str, Intake], list[StoredTrace]] | None = None
    read_outputs: Callable[[Path, str, str], StoredOutputs] | None = None
    released: ReleasedRules | None = None
    corrupt_trace: CorruptTrace | None = None
    anchored_trace: Callable[[Problem], str | None] | None = None
    narrate: Callable[[Problem], Narration | None] | None = None
    read_narrated: Callable[[Path, Intake], list[Narrated]] | None = None
    r1_record: Callable[[Problem], dict[str, object]] | None = None
    answer_from: AnswerFrom | None = None
    misleading_facts: MisleadingFacts | None = None
    likeness: Callable[[Sequence[Problem]], Sequence[Likeness]] | None = None
    notes: tuple[str, ...] = ()
