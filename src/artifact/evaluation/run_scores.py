"""Our own runs, scored by the same code as the outputs that the release stores."""

from __future__ import annotations

from dataclasses import replace

from artifact import datasets
from artifact.common.errors import CheckError, InputError
from artifact.datasets.release_records import StoredOutput
from artifact.evaluation.answers import exact_set
from artifact.evaluation.evaluate import summarise
from artifact.evaluation.evaluation import Evaluation, null_fields
from artifact.evaluation.scoring import score_outputs
from artifact.evaluation.steps import Gold
from artifact.sft.run_data import test_problems
from artifact.sft.run_folder import RECORD, Run

FREE_TEXT = frozenset({"verbose", "summary", "explanation", "filler"})
"""Variants whose traces state no label and list no facts, so that no step can be scored."""

NO_STEPS = "traces of this variant state no label and list no facts"


def outputs_of(run: Run) -> tuple[StoredOutput, ...]:
    """The predictions of `run`, each with its problem, in the order drawn.

    Raises:
        InputError: if the run is not answered to its end, or can't be read.
        CheckError: if its problems are not those that its spec gives today.
    """
    record = run.record
    if record.generation is None:
        raise InputError("has no predictions yet", path=run.folder / RECORD,
                         cure=f"run `artifact generate {record.run}`")  # fmt: skip
    texts = {it.id: it for it in run.predictions}
    problems = test_problems(record.spec)
    if {(p.id, p.category) for p in problems} != {(it.id, it.category) for it in texts.values()}:
        raise CheckError(f"{run.folder}: its predictions are not of the problems of its spec")
    return tuple(
        StoredOutput(problem, texts[problem.id].prediction, problem.answers, str(run.folder))
        for problem in problems
    )


def rights(run: Run) -> dict[str, bool]:
    """Whether each answer is right (`exact_set`), by problem id in the order drawn."""
    spec = run.record.spec
    template = datasets.get(spec.dataset).template
    return {
        output.problem.id: exact_set(output.prediction, output.problem, template, spec.variant)
        for output in outputs_of(run)
    }


def evaluate_run(run: Run) -> Evaluation:
    """Score `run` under strict semantics.

    An anchored trace is held to the solver's facts, the one that the question starts from
    included; every other one to the facts that hold an answer.

    Raises:
        InputError, CheckError: as `outputs_of`.
    """
    spec, dataset = run.record.spec, datasets.get(run.record.spec.dataset)
    gold: Gold = "solver" if spec.variant == "anchored" else "stored"
    rows = score_outputs(dataset, outputs_of(run), spec.variant, "strict", gold=gold)
    free = spec.variant in FREE_TEXT
    evaluation = summarise(
        dataset,
        [replace(row, steps=None) for row in rows] if free else rows,
        model=spec.model,
        variant=spec.variant,
        semantics="strict",
    )
    if not free:
        return evaluation
    nulls = null_fields(evaluation.model_dump(exclude={"notes"}))
    steps = {name: NO_STEPS for name in nulls if not name.startswith("answer")}
    return evaluation.model_copy(update={"notes": evaluation.notes | steps})
