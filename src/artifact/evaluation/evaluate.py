"""One model's outputs of one variant, scored and summed up in a record.

Stored outputs of the release and outputs of our own runs go the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from types import MappingProxyType
from typing import Any

from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.release_records import StoredOutput, StoredOutputs
from artifact.evaluation.answers import TRACELESS, Scorer
from artifact.evaluation.evaluation import (
    Answer,
    Category,
    Classification,
    Counts,
    Evaluation,
    Retrieval,
    Semantics,
    TraceShares,
    null_fields,
)
from artifact.evaluation.scoring import (
    Scored,
    Step,
    associate_steps,
    by_category,
    score_outputs,
    share,
)
from artifact.evaluation.statistics.association import Independence
from artifact.evaluation.steps import Gold, StrictSteps

TABLE_STEP: dict[Semantics, Step] = {"strict": "ok_exact", "released": "ok_any"}
"""What counts as "trace ok" in the table."""

NO_TRACES = "the model was not trained to write traces"
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
        missing: what should have been there and is not, one line each.
        gold: which facts are gold under strict semantics.

    Raises:
        InputError: if there is no output, or released semantics is asked for without `root`.
    """
    if not outputs:
        raise InputError(f"there are no outputs of {model} ({variant})", field="outputs")
    rows = score_outputs(dataset, outputs, variant, semantics, root=root, gold=gold)
    notes = {"n": f"not there: {lines}"} if (lines := "; ".join(missing)) else {}
    if semantics == "strict" and gold == "solver":
        notes["retrieval"] = SOLVERS_GOLD
    return summarise(dataset, rows, model=model, variant=variant, semantics=semantics, notes=notes)


def summarise(
    dataset: Dataset,
    rows: Sequence[Scored],
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
        notes: what the reader must know besides, by dotted field.
    """
    traced = any(row.steps is not None for row in rows)
    association = associate_steps(dataset, rows, TABLE_STEP[semantics])
    notes = dict(notes) | _left_out(rows, variant)
    if traced:
        notes |= {f"independence.{name}": why for name, why in association.notes.items()}
    else:
        notes["independence.testable"] = _why_null("independence", variant, traced=False)
    fields: dict[str, Any] = {
        "dataset": dataset.name,
        "model": model,
        "variant": variant,
        "semantics": semantics,
        "n": len(rows),
        "answer": _answer(dataset, rows, semantics, notes),
        "classification": _classification(dataset, rows, notes),
        "retrieval": _retrieval(rows, notes),
        "trace": _trace(rows, variant),
        "table": Counts(**asdict(association.table)) if traced else Counts(),
        "independence": association.figures if traced else Independence(),
    }
    draft = Evaluation.model_construct(**fields, notes={}).model_dump(exclude={"notes"})
    for name in null_fields(draft):
        notes.setdefault(name, _why_null(name, variant, traced=traced))
    return Evaluation(**fields, notes=notes)


def _answer(
    dataset: Dataset, rows: Sequence[Scored], semantics: Semantics, notes: dict[str, str]
) -> Answer:
    groups = by_category(dataset, rows)
    released = {label: _right(group, "released") for label, group in groups.items()}
    return Answer(
        released_micro=_right(rows, "released"),
        released_macro=_macro(released, "answer.released_macro", notes),
        flag_fixed_micro=_right(rows, "flag_fixed"),
        exact_set_micro=fmean(row.answer.exact_set for row in rows),
        by_category={
            label: Category(
                n=len(group),
                released=_right(group, "released"),
                flag_fixed=_right(group, "flag_fixed"),
                exact_set=fmean(row.answer.exact_set for row in group),
                classification=share(group, "class_right"),
                any_context=share(group, "any_context"),
                any_gold=share(group, "any_gold"),
                recall_all=share(group, "recall_all"),
                exact=share(group, "exact"),
                trace_ok=share(group, TABLE_STEP[semantics]),
            )
            for label, group in groups.items()
            if group
        },
    )


def _classification(
    dataset: Dataset, rows: Sequence[Scored], notes: dict[str, str]
) -> Classification:
    groups = by_category(dataset, rows)
    shares = {label: share(group, "class_right") for label, group in groups.items()}
    return Classification(
        micro=share(rows, "class_right"), macro=_macro(shares, "classification.macro", notes)
    )


def _retrieval(rows: Sequence[Scored], notes: dict[str, str]) -> Retrieval:
    strict = [row.steps for row in rows if isinstance(row.steps, StrictSteps)]
    citing = [steps.precision for steps in strict if steps.precision is not None]
    if strict:
        notes["retrieval.precision"] = (
            f"over the {len(citing)} outputs that cite anything" if citing else NO_CITATION
        )
    return Retrieval(
        any_context=share(rows, "any_context"),
        any_gold=share(rows, "any_gold"),
        recall_all=share(rows, "recall_all"),
        exact=share(rows, "exact"),
        precision=fmean(citing) if citing else None,
    )


def _trace(rows: Sequence[Scored], variant: str) -> TraceShares:
    """Strict steps say themselves where there is no trace; the release leaves those outputs out."""
    if variant in TRACELESS:
        return TraceShares()
    lacking = [row.steps is None or getattr(row.steps, "no_trace", False) for row in rows]
    return TraceShares(
        ok_exact=share(rows, "ok_exact"), ok_any=share(rows, "ok_any"), no_trace=fmean(lacking)
    )


def _why_null(name: str, variant: str, *, traced: bool) -> str:
    if name.startswith("answer") and name.rpartition(".")[2].startswith(("released", "flag_fixed")):
        return NO_RULE
    if variant in TRACELESS:
        return NO_TRACES
    return ONE_RULE if traced else NO_TRACE_FOUND


def _right(rows: Iterable[Scored], scorer: Scorer) -> float | None:
    values = [right for row in rows if (right := getattr(row.answer, scorer)) is not None]
    return fmean(values) if values else None


def _macro(shares: Mapping[str, float | None], name: str, notes: dict[str, str]) -> float | None:
    """Mean of the categories, or None with a note: a category left out would change its meaning."""
    empty = [label for label, value in shares.items() if value is None]
    if not empty:
        return fmean(value for value in shares.values() if value is not None)
    if len(empty) < len(shares):
        notes[name] = f"nothing to count in {', '.join(empty)}"
    return None


def _left_out(rows: Sequence[Scored], variant: str) -> dict[str, str]:
    count = sum(row.steps is None for row in rows)
    if not count or variant in TRACELESS:
        return {}
    why = f"{count} outputs without a trace are left out, as by the release"
    return dict.fromkeys(("classification", "retrieval", "trace.ok_any", "table"), why)
