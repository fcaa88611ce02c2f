"""One output scored, in the order in which it is read: text, trace, steps, answer, verdict.

The scored outputs are the rows from which every figure, table and comparison is made.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import PROMPTING, R1_VARIANTS, VARIANTS, StoredOutput
from artifact.decomposition.parse import parse
from artifact.decomposition.traces import KINDS
from artifact.evaluation.answers import TRACELESS, bare_set, score_answer, verdict
from artifact.evaluation.evaluation import Semantics
from artifact.evaluation.released import GoldTables, released_steps, rules_of
from artifact.evaluation.statistics.association import Association, Table, associate
from artifact.evaluation.steps import Gold, Steps, gold_facts, strict_steps

SWAPPED = "r1-set-swapped"
"""A variant that only the release has: R1's free text, swapped between problems."""

NO_TRACES = "the model was not trained to write traces"
NO_STEPS = "traces of this variant state no label and list no facts"
NO_GOLD_ROWS = "in which table the release looks up gold steps of the R1 subset is not known"


def check_variant(name: str) -> str:
    """`name` if it is a kind of trace or a variant of the release.

    Raises:
        InputError: otherwise, with what there is.
    """
    known = dict.fromkeys((*KINDS, *VARIANTS.values(), PROMPTING, *R1_VARIANTS.values()))
    if name not in known:
        cure = f"choose one of {', '.join(known)}"
        raise InputError(f"no kind of trace is called '{name}'", field="variant", cure=cure)
    return name


def why_no_steps(variant: str, semantics: Semantics) -> str | None:
    """Why no output of a variant has steps that can be scored; None if some may have."""
    if variant in TRACELESS:
        return NO_TRACES
    if variant == SWAPPED or (variant in KINDS and not KINDS[variant].states_steps):
        return NO_STEPS
    if semantics == "released" and variant in R1_VARIANTS.values():
        return NO_GOLD_ROWS
    return None


@dataclass(frozen=True, slots=True)
class ScoredOutput:
    """One output with its scores.

    Attributes:
        problem: what was asked.
        steps: None if the variant has none to score, or the release leaves the output out.
        answer: scorer -> whether the answer is right; None where the scorer does not apply.
        right: the verdict on the answer, by the release's rule where that is known.
        bare_right: whether the answer is right by `exact_set` as it is written, wrapping and all.
    """

    problem: Problem
    steps: Steps | None
    answer: Mapping[str, bool | None]
    right: bool
    bare_right: bool


def score_output(
    dataset: Dataset,
    output: StoredOutput,
    variant: str,
    *,
    gold: Gold = "stored",
    gold_tables: GoldTables | None = None,
) -> ScoredOutput:
    """Score one output.

    Args:
        dataset: whose problem was asked.
        output: the text with its problem.
        variant: what the model was trained on; `why_no_steps` says which get no steps.
        gold: which facts are gold where steps are scored strictly.
        gold_tables: the release's, in which its scoring looks for gold rows; without them steps
            are scored strictly.
    """
    problem, text = output.problem, output.prediction
    if why_no_steps(variant, "strict" if gold_tables is None else "released"):
        steps = None
    elif gold_tables is not None:
        steps = released_steps(output, gold_tables)
    else:
        trace = parse(text, dataset.template, problem.context)
        facts = gold_facts(dataset, problem, gold)
        steps = strict_steps(trace, problem, dataset.template, facts)
    answer = score_answer(dataset, output, variant)
    bare = bare_set(dataset, output, variant)
    return ScoredOutput(problem, steps, answer, right=verdict(answer), bare_right=bare)


def score_outputs(
    dataset: Dataset,
    outputs: Sequence[StoredOutput],
    variant: str,
    semantics: Semantics,
    *,
    root: Path | None = None,
    gold: Gold = "stored",
) -> list[ScoredOutput]:
    """Score each output once, in order.

    Args:
        dataset, variant, gold: as in `score_output`.
        outputs: each with its own problem.
        semantics: how the steps are scored; answers are scored by every rule.
        root: folder of the release, in which released semantics looks for gold rows.

    Raises:
        InputError: if released semantics is asked for without `root`, or for a dataset that the
            release does not score.
    """
    tables = None
    if semantics == "released" and why_no_steps(variant, "strict") is None:
        if root is None:
            raise InputError(
                "released semantics looks for gold steps in the release's own tables",
                field="semantics",
                cure="name the release's folder, or score strictly",
            )
        tables = GoldTables(rules_of(dataset), root)
    with _without_cycle_search():
        return [
            score_output(dataset, output, variant, gold=gold, gold_tables=tables)
            for output in outputs
        ]


@contextmanager
def _without_cycle_search() -> Iterator[None]:
    """Stop Python from searching for reference cycles: scores hold none, and the search, which
    returns as they grow in number, took a sixth of the time for 40,000 outputs."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


def share(values: Iterable[float | None]) -> float | None:
    """Mean of the known values; None if there are none."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def steps_of(rows: Iterable[ScoredOutput]) -> list[Steps]:
    """The steps of the rows that have them."""
    return [row.steps for row in rows if row.steps is not None]


def by_category(dataset: Dataset, rows: Iterable[ScoredOutput]) -> dict[str, list[ScoredOutput]]:
    """Rows of each label of the dataset, in its order; a label without rows has an empty list."""
    grouped: dict[str, list[ScoredOutput]] = {label: [] for label in dataset.labels}
    for row in rows:
        grouped[row.problem.category].append(row)
    return grouped


def associate_steps(
    dataset: Dataset, rows: Sequence[ScoredOutput], holds: Callable[[Steps], bool | None]
) -> Association:
    """Answer right (the verdict) against a condition on the steps, over the rows for which it is
    defined."""

    def table(rows: Iterable[ScoredOutput]) -> Table:
        pairs = ((row.right, holds(row.steps)) for row in rows if row.steps is not None)
        return Table.of((right, ok) for right, ok in pairs if ok is not None)

    return associate(table(rows), map(table, by_category(dataset, rows).values()))
