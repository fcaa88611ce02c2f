"""Where problems come from: generated, the release, the hub, or a user's own file.

Whatever the source, what comes back is one `Loaded`: problems that passed every check, what was
left out and why, and the two sides of a split. Nothing is dropped in silence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from artifact import datasets
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.common.intake import Intake, LeftOut
from artifact.common.spool import Spool
from artifact.datasets import hub, problem_files
from artifact.datasets.dataset import Dataset, Grammar, Release
from artifact.datasets.problem import Problem, content_hash, counts_by_category
from artifact.datasets.release_records import StoredTrace
from artifact.datasets.splits import Split, grouped_split, release_split

Kind = Literal["lookalike", "release", "hub", "file"]
SplitRule = Literal["release", "grouped"]
KINDS: tuple[Kind, ...] = get_args(Kind)
GRAMMAR = "lookalike[:SIZE] | release:DIR | hub[:REVISION] | file:PATH"
DEFAULT_N = 1000
SHOWN = 3
"""How many of the sentences that the rules can't read are quoted; all are counted."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it is written on the command line.

    Attributes:
        kind: the word before the colon.
        place: what follows the colon: folder, revision, file, or size of look-alikes; empty if
            there is none.
    """

    kind: Kind
    place: str = ""

    @classmethod
    def parse(cls, text: str) -> Source:
        """Read ``lookalike[:SIZE] | release:DIR | hub[:REVISION] | file:PATH``.

        Raises:
            InputError: if `text` is none of these.
        """
        word, colon, place = text.partition(":")
        kind = next((known for known in KINDS if known == word), None)
        if kind is None:
            raise InputError(f"'{text}' is not a source", field="source", cure=f"write {GRAMMAR}")
        if (kind in ("release", "file") or colon) and not place:
            raise InputError(f"'{text}' is incomplete", field="source", cure=f"write {GRAMMAR}")
        if kind == "lookalike" and place and not re.fullmatch("[1-9][0-9]{0,3}", place):
            fault = f"'{place}' is not a size of look-alikes"
            raise InputError(fault, field="source", cure=f"write {GRAMMAR}")
        return cls(kind=kind, place=place)

    @property
    def path(self) -> Path:
        """The folder or file that `place` names."""
        return Path(self.place).expanduser()

    def located(self, *, root_first: bool = False) -> Source:
        """The same, with the path of a folder or file in full (see `paths.absolute`)."""
        if self.kind not in ("release", "file"):
            return self
        return replace(self, place=str(paths.absolute(self.place, root_first=root_first)))

    def __str__(self) -> str:
        return f"{self.kind}:{self.place}" if self.place else self.kind


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that a source gave.

    Attributes:
        source: where it came from, as on the command line.
        problems: in the source's order, ids unique; a tuple, or kept on disk (see `load`).
        split: the two sides.
        split_rule: how they were drawn.
        left_out: the records that could not be used, in reading order.
        notes: sentences for the reader about this source of this dataset.
    """

    source: str
    problems: Sequence[Problem]
    split: Split
    split_rule: SplitRule
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Of the problems' content, in their order; every problem is read for it."""
        return content_hash(self.problems)

    @property
    def train(self) -> Sequence[Problem]:
        """The training side."""
        return self.split.train

    @property
    def test(self) -> Sequence[Problem]:
        """The test side."""
        return self.split.test


def load(
    source: Source | str,
    dataset: Dataset | str,
    *,
    n: int = DEFAULT_N,
    seed: int = 0,
    split: SplitRule | None = None,
    skip_bad: bool = False,
    on_disk: bool = False,
) -> Loaded:
    """Read a source whole.

    Args:
        source: see `GRAMMAR`.
        dataset: the dataset, or its name.
        n: number of look-alike problems; other sources are read whole.
        seed: of look-alikes and of the grouped split.
        split: "release" takes the sides that the source states, or else draws each category by
            the release's rule; "grouped" keeps groups whole; None is "release" if every
            problem states its side, else "grouped".
        skip_bad: leave bad records out and list them, instead of stopping at the first.
        on_disk: keep the problems in a temporary file; memory then hardly grows with the number
            of look-alikes.

    Raises:
        InputError: if the source or a record of it can't be used.
    """
    source = Source.parse(source) if isinstance(source, str) else source
    dataset = datasets.get(dataset) if isinstance(dataset, str) else dataset
    intake = Intake(skip_bad=skip_bad)
    unique = _unique(_read(source, dataset, n, seed, intake), source, intake)
    problems: Sequence[Problem] = Spool(unique) if on_disk else tuple(unique)
    if not problems:
        raise intake.nothing_left("problems", str(source))
    rule = split or (
        "release" if all("split" in problem.meta for problem in problems) else "grouped"
    )
    return Loaded(
        source=str(source),
        problems=problems,
        split=_sides(problems, dataset, rule, seed),
        split_rule=rule,
        left_out=tuple(intake.left_out),
        notes=(*dataset.notes_on(source.kind), _split_note(rule)),
    )


def stored_traces(
    source: Source | str, dataset: Dataset | str, variant: str, intake: Intake | None = None
) -> tuple[StoredTrace, ...]:
    """The traces that the release stores for `variant`; none for other sources.

    Args:
        source, dataset: as for `load`.
        variant: correct or incorrect.
        intake: what becomes of a bad record; None stops at the first.

    Raises:
        InputError: if the traces can't be read, or one of them can't and is not skipped.
    """
    source = Source.parse(source) if isinstance(source, str) else source
    dataset = datasets.get(dataset) if isinstance(dataset, str) else dataset
    if source.kind != "release":
        return ()
    return tuple(
        _release_of(dataset).read_stored_traces(_folder(source), variant, intake or Intake())
    )


class Report(BaseModel):
    """What a source holds.

    Attributes:
        source, dataset: what was read.
        n: number of problems.
        by_category: problems per category.
        split_rule: how the sides were drawn; `train` and `test` are their sizes.
        sha256: of the problems' content.
        left_out: why each record that is missing was left out.
        impossible: problems whose gold answer their context can't give, each with the reason.
        unread: sentences that the dataset's rules can't read, by what they are ("facts").
        notes: sentences for the reader.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    dataset: str
    n: int
    by_category: dict[str, int]
    split_rule: SplitRule
    train: int
    test: int
    sha256: str
    left_out: tuple[str, ...]
    impossible: tuple[str, ...]
    unread: dict[str, tuple[str, ...]]
    notes: tuple[str, ...]

    def as_text(self) -> str:
        """The report as lines for a terminal."""
        lines = [
            f"{self.source}: {self.n} problems of {self.dataset}, sha256 {self.sha256}",
            *(f"  {category:24} {count:6}" for category, count in self.by_category.items()),
            f"split ({self.split_rule}): {self.train} train, {self.test} test",
            f"left out: {len(self.left_out)}",
            *(f"  {reason}" for reason in self.left_out),
            f"answers that can't come from their context: {len(self.impossible)}",
            *(f"  {reason}" for reason in self.impossible),
            *(self._unread_line(what) for what, texts in self.unread.items() if texts),
            *self.notes,
        ]
        return "\n".join(lines)

    def _unread_line(self, what: str) -> str:
        texts, title = self.unread[what], datasets.get(self.dataset).title
        shown = ", ".join(f"'{text}'" for text in texts[:SHOWN])
        more = ", …" if len(texts) > SHOWN else ""
        return f"{len(texts)} {what} not worded as {title} words them: {shown}{more}"


def check(
    source: Source | str,
    dataset: Dataset | str,
    *,
    n: int = DEFAULT_N,
    seed: int = 0,
    split: SplitRule | None = None,
    skip_bad: bool = False,
) -> Report:
    """Read a whole source and report what is in it; arguments and errors as `load`."""
    dataset = datasets.get(dataset) if isinstance(dataset, str) else dataset
    loaded = load(source, dataset, n=n, seed=seed, split=split, skip_bad=skip_bad)
    faults = ((problem, dataset.rules.check(problem)) for problem in loaded.problems)
    return Report(
        source=loaded.source,
        dataset=dataset.name,
        n=len(loaded.problems),
        by_category=counts_by_category(loaded.problems),
        split_rule=loaded.split_rule,
        train=len(loaded.train),
        test=len(loaded.test),
        sha256=loaded.sha256,
        left_out=tuple(left_out.reason for left_out in loaded.left_out),
        impossible=tuple(f"{problem.id}: {fault}" for problem, fault in faults if fault),
        unread=_unread(loaded.problems, dataset.rules.grammar),
        notes=(*loaded.notes, *_unsupported(loaded.problems)),
    )


def convert(
    source: Source | str,
    dataset: Dataset | str,
    out: Path,
    *,
    n: int = DEFAULT_N,
    seed: int = 0,
    skip_bad: bool = False,
) -> Loaded:
    """Write a source's problems to `out` as JSON lines that ``file:`` reads back; all or none.

    Args:
        source, dataset, n, seed, skip_bad: as for `load`.
        out: the file.

    Returns:
        What was read back, with everything that was left out on the way.

    Raises:
        InputError: as `load`; for a problem that ``file:`` would refuse, unless it is skipped.
    """
    dataset = datasets.get(dataset) if isinstance(dataset, str) else dataset
    loaded = load(source, dataset, n=n, seed=seed, skip_bad=skip_bad)
    intake = Intake(skip_bad=skip_bad)
    usable = problem_files.accepted(loaded.problems, dataset, intake, loaded.source)
    if not usable:
        raise intake.nothing_left("problems", loaded.source)
    problem_files.write(usable, out)
    written = load(Source("file", str(out)), dataset, seed=seed)
    return replace(written, left_out=(*loaded.left_out, *intake.left_out))


def _read(source: Source, dataset: Dataset, n: int, seed: int, intake: Intake) -> Iterable[Problem]:
    match source.kind:
        case "lookalike":
            if not source.place:
                return dataset.lookalikes.draw(n, seed)
            if dataset.lookalikes.draw_sized is None:
                fault = f"look-alikes of {dataset.name} have one size"
                raise InputError(fault, field="source", cure="write lookalike")
            return dataset.lookalikes.draw_sized(n, seed, int(source.place))
        case "release":
            return _release_of(dataset).read_problems(_folder(source), intake)
        case "hub":
            if dataset.hub is None:
                raise _has_no(dataset, "copy on the hub")
            return [
                problem
                for table in hub.tables(dataset.hub, source.place or None)
                for problem in dataset.hub.read(table.rows, table.split, intake, table.where)
            ]
        case "file":
            return problem_files.read(source.path, dataset, intake)


def _release_of(dataset: Dataset) -> Release:
    if dataset.release is None:
        raise _has_no(dataset, "part in the release")
    return dataset.release


def _has_no(dataset: Dataset, part: str) -> InputError:
    offered = [
        kind for kind, there in (("release:DIR", dataset.release), ("hub", dataset.hub)) if there
    ]
    cure = f"use {', '.join(['lookalike', *offered])} or file:PATH"
    return InputError(f"{dataset.name} has no {part}", field="source", cure=cure)


def _folder(source: Source) -> Path:
    if not os.path.isdir(source.path):
        raise InputError("no such folder", path=source.path)
    return source.path


def _unique(problems: Iterable[Problem], source: Source, intake: Intake) -> Iterator[Problem]:
    """The problems one by one; of several with the same id, only the first."""
    met: set[str] = set()
    for problem in problems:
        if problem.id in met:
            fault = f"two problems are called '{problem.id}'"
            intake.reject(InputError(fault, path=str(source), field="id"))
            continue
        met.add(problem.id)
        yield problem


def _sides(problems: Sequence[Problem], dataset: Dataset, rule: SplitRule, seed: int) -> Split:
    if rule == "grouped":
        return grouped_split(problems, dataset.rules.groups_of, seed=seed)
    if all("split" in problem.meta for problem in problems):
        in_test = [problem.meta["split"] == "test" for problem in problems]
    else:
        in_test = _drawn_by_category(problems)
    return Split.of(problems, in_test)


def _drawn_by_category(problems: Sequence[Problem]) -> list[bool]:
    counts = counts_by_category(problems)
    drawn = {category: release_split(count) for category, count in counts.items()}
    position = dict.fromkeys(counts, -1)
    in_test = []
    for problem in problems:
        position[problem.category] += 1
        in_test.append(position[problem.category] in drawn[problem.category])
    return in_test


def _unread(problems: Sequence[Problem], grammar: Grammar | None) -> dict[str, tuple[str, ...]]:
    """Distinct facts and questions outside the dataset's grammar, in the order met."""
    if grammar is None:
        return {}
    facts = dict.fromkeys(fact for problem in problems for fact in problem.context)
    questions = dict.fromkeys(problem.question for problem in problems)
    return {
        "facts": tuple(fact for fact in facts if not grammar.reads_fact(fact)),
        "questions": tuple(text for text in questions if not grammar.reads_question(text)),
    }


def _unsupported(problems: Sequence[Problem]) -> list[str]:
    ids = [problem.id for problem in problems if not problem.support]
    if not ids:
        return []
    first = f"the first is '{ids[0]}'"
    return [
        f"{len(ids)} problems name no supporting fact (support: []; {first}). Their correct traces "
        "quote none, and all facts found (recall_all) and exact facts count as wrong for them."
    ]


def _split_note(rule: SplitRule) -> str:
    if rule == "release":
        return "Split as in the release, by row: subjects and stories can stand on both sides."
    return "Split by group: no subject, story, query or passage stands on both sides."
