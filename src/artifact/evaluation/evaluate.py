"""One model's outputs of one variant, scored and summed up in a record.

Stored outputs of the release and outputs of our own runs are treated alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from types import MappingProxyType
from typing import Any

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.release_records import StoredOutput, StoredOutputs
from artifact.evaluation.answers import SCORERS
from artifact.evaluation.evaluation import (
    Answer,
    Category,
    Classification,
    Counts,
    Evaluation,
    Retrieval,
    Semantics,
    TraceShares,
    category_retrieval,
    null_fields,
)
from artifact.evaluation.scoring import (
    ScoredOutput,
    associate_steps,
    by_category,
    score_outputs,
    share,
    steps_of,
    why_no_steps,
)
from artifact.evaluation.statistics.association import Independence
from artifact.evaluation.steps import RETRIEVAL, Gold, Steps

TRACE_OK: Mapping[Semantics, Callable[[Steps], bool | None]] = {
    "strict": lambda steps: steps.ok_exact,
    "released": lambda steps: steps.ok_any,
}
"""What counts as "trace ok" in the table."""

NO_TRACE_FOUND = "no output has a trace that the release would score"
NO_RULE = "how the release scores this dataset is not known"
ONE_RULE = "the release scores only whether any context fact of its gold row is quoted"
SOLVERS_GOLD = "gold are the solver's facts, with the fact that the question starts from"
NO_CITATION = "no output cites a fact"


def evaluate(
    dataset: Dataset,
    root: Path,
    model: str,
    variant: str,
    semantics: Semantics,
    *,
    gold: Gold = "stored",
) -> Evaluation:
    """Score the outputs that the release stores for one model and variant.

    Args:
        dataset: whose outputs.
        root: folder of the release, with its branches as subfolders.
        model, variant: as the release's file names give them.
        semantics: how the steps are scored; answers are scored by every rule.
        gold: which facts are gold under strict semantics.

    Raises:
        InputError: if there are no such outputs, or one can't be read.
    """
    stored = stored_outputs(dataset, root, model, variant)
    return evaluate_outputs(
        dataset,
        stored.outputs,
        model=model,
        variant=variant,
        semantics=semantics,
        root=root,
        missing=stored.missing,
        gold=gold,
    )


def stored_outputs(dataset: Dataset, root: Path, model: str, variant: str) -> StoredOutputs:
    """The outputs that the release stores for one model and variant, at least one.

    Raises:
        InputError: if there are none, or one can't be read.
    """
    if dataset.release is None:
        raise InputError(f"the release stores no outputs of {dataset.title}", field="dataset")
    stored = dataset.release.read_outputs(root, model, variant)
    if not stored.outputs:
        lines = "; ".join(stored.missing)
        raise InputError(f"no stored outputs of {model} ({variant}): {lines}", field="model")
    return stored


def evaluate_outputs(
    dataset: Dataset,
    outputs: Sequence[StoredOutput],
    *,
    model: str,
    variant: str,
    semantics: Semantics,
    root: Path | None = None,
    missing: Iterable[str] = (),
    gold: Gold = "stored",
) -> Evaluation:
    """Score any outputs of one model and variant.

    Args:
        dataset: whose problems were asked.
        outputs: at least one, each with its own problem.
        model, variant: carried into the record; the variant says whether there are traces.
        semantics: how the steps are scored.
        root: folder of the release, needed under released semantics.
        missing: what was expected but is absent, one line each.
        gold: which facts are gold under strict semantics.

    Raises:
        InputError: if there is no output, or released semantics is asked for without `root`.
    """
    if not outputs:
        raise InputError(f"no outputs of {model} ({variant})", field="outputs")
    rows = score_outputs(dataset, outputs, variant, semantics, root=root, gold=gold)
    notes = {"n": f"not there: {lines}"} if (lines := "; ".join(missing)) else {}
    if semantics == "strict" and gold == "solver":
        notes["retrieval"] = SOLVERS_GOLD
    return summarise(dataset, rows, model=model, variant=variant, semantics=semantics, notes=notes)


def summarise(
    dataset: Dataset,
    rows: Sequence[ScoredOutput],
    *,
    model: str,
    variant: str,
    semantics: Semantics,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> Evaluation:
    """The record of scored outputs.

    Args:
        dataset, model, variant, semantics: as in `evaluate_outputs`.
        rows: at least one.
        notes: what else the reader must know, by dotted field.
    """
    traced = any(row.steps is not None for row in rows)
    association = associate_steps(dataset, rows, TRACE_OK[semantics])
    unscored = why_no_steps(variant, semantics)
    notes = dict(notes) | _wrapped(rows) | ({} if unscored else _left_out(rows))
    untold = unscored or (ONE_RULE if traced else NO_TRACE_FOUND)
    if traced:
        notes |= {f"independence.{name}": why for name, why in association.notes.items()}
    else:
        notes["independence.testable"] = untold
    fields: dict[str, Any] = {
        "dataset": dataset.name,
        "model": model,
        "variant": variant,
        "semantics": semantics,
        "n": len(rows),
        "answer": _answer(dataset, rows, semantics, notes),
        "classification": _classification(dataset, rows, notes),
        "retrieval": _retrieval(rows, notes),
        "trace": TraceShares() if unscored else _trace(rows),
        "table": Counts(**asdict(association.table)) if traced else Counts(),
        "independence": association.figures if traced else Independence(),
    }
    draft = Evaluation.model_construct(**fields, notes={}).model_dump(exclude={"notes"})
    for name in null_fields(draft):
        notes.setdefault(name, NO_RULE if _is_of_scorer(name) else untold)
    return Evaluation(**fields, notes=notes)


def _answer(
    dataset: Dataset, rows: Sequence[ScoredOutput], semantics: Semantics, notes: dict[str, str]
) -> Answer:
    groups = by_category(dataset, rows)
    figures: dict[str, Any] = {}
    for name, scorer in SCORERS.items():
        if "micro" in scorer.averages:
            figures[f"{name}_micro"] = _right(rows, name)
        if "macro" in scorer.averages:
            shares = {label: _right(group, name) for label, group in groups.items()}
            figures[f"{name}_macro"] = _macro(shares, f"answer.{name}_macro", notes)
    categories = {label: _category(group, semantics) for label, group in groups.items() if group}
    return Answer(**figures, by_category=categories)


def _category(rows: Sequence[ScoredOutput], semantics: Semantics) -> Category:
    return Category(
        n=len(rows),
        classification=share(steps.class_right for steps in steps_of(rows)),
        trace_ok=share(map(TRACE_OK[semantics], steps_of(rows))),
        **{name: _right(rows, name) for name in SCORERS},
        **{name: _retrieved(rows, name) for name in category_retrieval()},
    )


def _classification(
    dataset: Dataset, rows: Sequence[ScoredOutput], notes: dict[str, str]
) -> Classification:
    shares = {
        label: share(steps.class_right for steps in steps_of(group))
        for label, group in by_category(dataset, rows).items()
    }
    return Classification(
        micro=share(steps.class_right for steps in steps_of(rows)),
        macro=_macro(shares, "classification.macro", notes),
    )


def _retrieval(rows: Sequence[ScoredOutput], notes: dict[str, str]) -> Retrieval:
    steps = [steps for steps in steps_of(rows) if "precision" in steps.retrieval]
    if steps:
        citing = sum(each.retrieval["precision"] is not None for each in steps)
        notes["retrieval.precision"] = (
            f"over the {citing} outputs that cite anything" if citing else NO_CITATION
        )
    return Retrieval(**{name: _retrieved(rows, name) for name in RETRIEVAL})


def _trace(rows: Sequence[ScoredOutput]) -> TraceShares:
    """Strict steps record a missing trace themselves; the release leaves such outputs out."""
    return TraceShares(
        ok_exact=share(steps.ok_exact for steps in steps_of(rows)),
        ok_any=share(steps.ok_any for steps in steps_of(rows)),
        no_trace=fmean(row.steps is None or row.steps.no_trace for row in rows),
    )


def _is_of_scorer(name: str) -> bool:
    """Whether a dotted name is that of a scorer's figure."""
    metric = re.sub("_(micro|macro)$", "", name.rpartition(".")[2])
    return name.startswith("answer") and metric in SCORERS


def _right(rows: Iterable[ScoredOutput], scorer: str) -> float | None:
    return share(row.answer[scorer] for row in rows)


def _retrieved(rows: Iterable[ScoredOutput], metric: str) -> float | None:
    return share(steps.retrieval.get(metric) for steps in steps_of(rows))


def _macro(shares: Mapping[str, float | None], name: str, notes: dict[str, str]) -> float | None:
    """Mean of the categories, or None with a note: leaving one out would change its meaning."""
    empty = [label for label, value in shares.items() if value is None]
    if not empty:
        return fmean(value for value in shares.values() if value is not None)
    if len(empty) < len(shares):
        notes[name] = f"nothing to count in {', '.join(empty)}"
    return None


def _left_out(rows: Sequence[ScoredOutput]) -> dict[str, str]:
    count = sum(row.steps is None for row in rows)
    if not count:
        return {}
    why = f"{count} outputs without a trace are left out, as by the release"
    return dict.fromkeys(("classification", "retrieval", "trace.ok_any", "table"), why)


def _wrapped(rows: Sequence[ScoredOutput]) -> dict[str, str]:
    """What `exact_set` would give if answers had to be unwrapped, where that differs."""
    wrapped = sum(bool(row.answer.get("exact_set")) != row.bare_right for row in rows)
    if not wrapped:
        return {}
    bare = fmean(row.bare_right for row in rows)
    return {
        "answer.exact_set_micro": f"{wrapped} of {len(rows)} answers are wrapped in quotes, markup "
        f"or the like; as written {100 * bare:.1f} % are right"
    }
