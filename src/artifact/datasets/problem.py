"""A problem: one question over a context of facts, with its gold answers and gold steps.

Everything that is read, generated, solved, traced or scored is a `Problem`. The paper's two
steps are two of its fields: `category` is the gold label of the classification step, `support`
names the gold facts of the retrieval step.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from artifact.common.errors import InputError

MetaValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Problem:
    """One open-book question.

    Attributes:
        id: unique within its dataset and source.
        dataset: a folder name of `artifact.datasets`.
        category: gold label of the classification step, one of the dataset's labels.
        context: the facts (sentences or passages), in the order shown.
        question: the question alone, without instructions.
        answers: gold answers, at least one, in the source's order. Scored as a set.
        support: indices into `context` of the gold facts, in the order a trace quotes them.
        meta: what only this dataset or source knows (e.g. ``split``, ``triple_element``).
    """

    id: str
    dataset: str
    category: str
    context: tuple[str, ...]
    question: str
    answers: tuple[str, ...]
    support: tuple[int, ...]
    meta: Mapping[str, MetaValue] = field(default_factory=dict, compare=False, hash=False)

    def __post_init__(self) -> None:
        if not self.answers or not all(self.answers):
            raise InputError("is empty", field="answers", cure="give at least one answer")
        if not self.context:
            raise InputError("is empty", field="context", cure="give at least one fact")
        beyond = [index for index in self.support if not 0 <= index < len(self.context)]
        if beyond:
            raise InputError(
                f"names facts {beyond} of {len(self.context)}",
                field="support",
                cure="count facts from 0",
            )
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))

    def __reduce__(self) -> tuple[type[Problem], tuple[object, ...]]:
        """How pickle rebuilds it; `meta`'s read-only view can't be pickled itself."""
        values = [getattr(self, name) for name in FIELDS[:-1]]
        return Problem, (*values, dict(self.meta))

    @property
    def supporting_facts(self) -> tuple[str, ...]:
        """The gold facts as text, in the order of `support`."""
        return tuple(self.context[index] for index in self.support)

    def as_record(self) -> dict[str, object]:
        """The problem as a JSON-ready dict; `source` ``file:`` reads the same shape."""
        return {name: getattr(self, name) for name in FIELDS[:-1]} | {"meta": dict(self.meta)}


FIELDS = ("id", "dataset", "category", "context", "question", "answers", "support", "meta")


def content_hash(problems: Iterable[Problem]) -> str:
    """sha256 (hex) of the problems' content in their order; equal data give equal hashes."""
    digest = hashlib.sha256()
    for problem in problems:
        record = json.dumps(problem.as_record(), sort_keys=True, ensure_ascii=False)
        digest.update(record.encode() + b"\n")
    return digest.hexdigest()


def counts_by_category(problems: Iterable[Problem]) -> dict[str, int]:
    """Number of problems per category, sorted by category."""
    counts: dict[str, int] = {}
    for problem in problems:
        counts[problem.category] = counts.get(problem.category, 0) + 1
    return dict(sorted(counts.items()))
