"""One output as the explorer shows it: its text, what was read from it, and both verdicts."""

from __future__ import annotations

from typing import Any

from artifact.datasets.dataset import Dataset
from artifact.datasets.release_records import StoredOutput
from artifact.decomposition.parse import Trace, parse
from artifact.evaluation.scoring import score_output
from artifact.evaluation.steps import Gold, gold_facts

Json = dict[str, Any]

LISTED = ("right", "released", "strict", "lenient")
"""Verdicts by which outputs are chosen, in the order in which the page has them."""


def judged(dataset: Dataset, output: StoredOutput, variant: str, gold: Gold = "stored") -> Json:
    """An output of a model trained as `variant`, with what was read from it and how it is judged.

    ``strict`` and ``lenient`` are (label right, facts right): exactly the gold facts, or any fact
    of the context, which is what the release counts where it looks up the output's own problem;
    None where no steps are scored. ``mended`` is the release's answer rule with its inverted flag
    set right.
    """
    problem = output.problem
    scored = score_output(dataset, output, variant, gold=gold)
    trace = parse(output.prediction, dataset.template, problem.context)
    read = trace if isinstance(trace, Trace) else None
    steps = scored.steps
    return {
        "text": output.prediction,
        "label": read.label if read else None,
        "quoted": read.quoted if read else (),
        "invented": read.hallucinated if read else (),
        "strict": steps and (steps.class_right, bool(steps.retrieval["exact"])),
        "lenient": steps and (steps.class_right, steps.any_context),
        "right": scored.answer["exact_set"],
        "released": scored.answer["released"],
        "mended": scored.answer["flag_fixed"],
        "swaps": {},
        "gold": gold_facts(dataset, problem, gold),
    }


def by_verdicts(rows: list[Json]) -> list[list[object]]:
    """The verdicts of each row that are in `LISTED`."""
    return [[row[name] for name in LISTED] for row in rows]
