"""The explorer's data: every output of the reference runs, with its problem, verdicts and swaps.

Written as scripts that the page loads when a run or a problem is chosen, because a page opened
from a disk may load scripts and nothing else. Problems are shared by the runs that answered them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from artifact import datasets
from artifact.common.files import write_atomically
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput
from artifact.decomposition.parse import Trace, answer_text, parse
from artifact.decomposition.traces import KINDS
from artifact.evaluation.scored_runs import ScoredRun, outputs_of
from artifact.evaluation.scoring import score_output
from artifact.evaluation.steps import Gold, gold_facts
from artifact.sft.forced_traces import FORCED, forced_traces, interventions

CHUNK = 25
"""Problems, and outputs, in one file, so that the first look at a run loads little."""

OF_OWN = frozenset({"own", "mistake", "early_75", "early_50", "early_25", "none"})
"""Forced traces made of what the model wrote (or empty), which differ from run to run."""

Json = dict[str, Any]


def write_data(runs: Sequence[ScoredRun], folder: Path) -> None:
    """Write ``runs.js``, and for the runs and their problems the files that it names."""
    listed, written = [], set()
    for run in (it for it in runs if it.kept is None):
        dataset, outputs = datasets.get(run.spec.dataset), outputs_of(run.run)
        problems = [output.problem for output in outputs]
        key = _key(problems, forced=bool(run.forced))
        if key not in written:
            written.add(key)
            others = problems if run.forced else ()
            for start in range(0, len(problems), CHUNK):
                chunk = problems[start : start + CHUNK]
                name = f"{key}-{start // CHUNK}"
                _call(folder / f"{name}.js", name, [_problem(dataset, it, others) for it in chunk])
        _write_run(run, outputs, folder)
        listed.append(_listed(run, key))
    _call(folder / "runs.js", "runs", {"chunk": CHUNK, "runs": listed})


def _key(problems: Sequence[Problem], *, forced: bool) -> str:
    """Names the files of these problems, with or without the traces that can be forced on them."""
    shown = [(it.id, it.question, it.context, it.answers) for it in problems]
    return hashlib.sha256(json.dumps([forced, shown]).encode()).hexdigest()[:10]


def _call(path: Path, name: str, data: object) -> None:
    """A script that hands `data` to the page under `name`."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    write_atomically(path, f'explorerData("{name}",{text});\n')


def _listed(run: ScoredRun, problems: str) -> Json:
    spec = run.spec
    return {
        "id": run.record.run,
        "group": f"{datasets.get(spec.dataset).title}, {spec.model}, "
        f"{spec.train or 'all'} training problems, {len(run.rights)} test problems",
        "kind": run.kind,
        "seed": spec.seed,
        "right": round(100 * run.accuracy.value, 1),
        "problems": problems,
        "forced": bool(run.forced),
        "states": KINDS[spec.variant].states_steps,
    }


def _problem(dataset: Dataset, problem: Problem, others: Sequence[Problem]) -> Json:
    """A problem; with `others`, also the texts of the traces that can be forced on any model."""
    forced = forced_traces(dataset, problem, None, others) if others else {}
    return {
        "id": problem.id,
        "category": problem.category,
        "question": problem.question,
        "context": problem.context,
        "answers": problem.answers,
        "traces": {name: it.text for name, it in forced.items() if name not in OF_OWN},
        "points": {name: it.points_to for name, it in forced.items() if it.points_to},
    }


def _write_run(run: ScoredRun, outputs: Sequence[StoredOutput], folder: Path) -> None:
    """One file with the verdicts, by which outputs are chosen, and the outputs in parts."""
    name, rows = run.record.run, list(_outputs(run, outputs))
    verdicts = [[row[it] for it in ("right", "released", "strict", "lenient")] for row in rows]
    _call(folder / f"{name}.js", name, verdicts)
    places = {output.problem.id: place for place, output in enumerate(outputs)}
    for place, swaps in _forced(run, places).items():
        rows[place]["swaps"] = swaps
    for start in range(0, len(rows), CHUNK):
        part = f"{name}-{start // CHUNK}"
        _call(folder / f"{part}.js", part, rows[start : start + CHUNK])


def _outputs(run: ScoredRun, outputs: Sequence[StoredOutput]) -> Iterator[Json]:
    """Each output with what was read from it and how it is judged, in the order of the problems.

    ``strict`` and ``lenient`` are (label right, facts right): exactly the gold facts, or any fact
    of the context, which is what the release counts.
    """
    dataset, variant = datasets.get(run.spec.dataset), run.spec.variant
    gold: Gold = "solver" if variant == "anchored" else "stored"
    for output in outputs:
        text, problem = output.prediction, output.problem
        scored = score_output(dataset, output, variant, gold=gold)
        trace = parse(text, dataset.template, problem.context)
        read = trace if isinstance(trace, Trace) else None
        steps = scored.steps
        yield {
            "text": text,
            "label": read.label if read else None,
            "quoted": read.quoted if read else (),
            "invented": read.hallucinated if read else (),
            "strict": steps and (steps.class_right, bool(steps.retrieval["exact"])),
            "lenient": steps and (steps.class_right, steps.any_context),
            "right": scored.answer["exact_set"],
            "released": scored.answer["released"],
            "swaps": {},
            "gold": gold_facts(dataset, problem, gold),
        }


def _forced(run: ScoredRun, places: Mapping[str, int]) -> dict[int, dict[str, Json]]:
    """Place of a problem -> forced trace -> what was answered after it, and how it is judged."""
    found: dict[int, dict[str, Json]] = {}
    for line in interventions(run.run):
        if line.prediction is not None:
            answer = run.forced[line.forced][line.id]
            said = line.prediction if line.forced == "mistake" else answer_text(line.prediction)
            swap = {"text": said, "right": answer.right, "followed": answer.followed}
            found.setdefault(places[line.id], {})[line.forced] = swap
    order = {kind: rank for rank, kind in enumerate(FORCED)}
    return {
        place: dict(sorted(swaps.items(), key=lambda it: order[it[0]]))  # type: ignore[index]
        for place, swaps in found.items()
    }
