"""The explorer's data: every output of the reference runs, with its problem, verdicts and swaps,
and the release's where they were asked for.

Written as scripts that the page loads when a run or a problem is chosen, because a page opened
from a disk may load scripts and nothing else. Problems are shared by the runs that answered them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from artifact import datasets
from artifact.book.generated import released_outputs
from artifact.book.generated.explorer_rows import Json, by_verdicts, judged
from artifact.book.sections.sft_variants.compute import Group
from artifact.common.files import write_atomically
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput
from artifact.decomposition.parse import answer_text
from artifact.evaluation.scored_runs import ScoredRun, outputs_of
from artifact.evaluation.steps import Gold
from artifact.sft.forced_traces import FORCED, IN_WORDS, forced_traces, interventions

PAGE, PLACE, LIST = "book/explorer.html", "_static/explorer", "runs.js"
"""Below the book's folder: the page, the folder of its data, and there the list of runs."""

CHUNK = 12
"""Problems, and outputs, per file, so that the first look at a run loads little."""

OF_OWN = frozenset({"own", "mistake", "early_75", "early_50", "early_25", "none"})
"""Forced traces made of what the model wrote (or empty), which differ from run to run."""

LARGEST = 250_000
"""Bytes of one file at most, so that a page on a phone never waits for much at once."""


def write_data(runs: Sequence[ScoredRun], folder: Path, release: Path | None = None) -> None:
    """Write ``runs.js``, and for the runs and their problems the files that it names.

    Args:
        runs: those whose texts are at hand.
        folder: below which everything is written.
        release: folder of the paper's release whose outputs are shown too; theirs and their
            problems' files lie in a folder of their own (`released_outputs.PLACE`).
    """
    listed = []
    at_hand = [run for run in runs if run.kept is None]
    for run in at_hand:
        dataset, outputs = datasets.get(run.spec.dataset), outputs_of(run.run)
        problems = [output.problem for output in outputs]
        key = _key(problems, forced=bool(run.forced))
        _write_problems(dataset, problems, folder, key, problems if run.forced else ())
        rows = _rows(run, dataset, outputs)
        _write_rows(folder, run.record.run, rows)
        listed.append(_listed(run, key, rows))
    if release is not None:
        listed += _write_released(release, folder)
    first = _first(at_hand)
    _call(folder, "runs", {"chunk": CHUNK, "traces": IN_WORDS, "first": first, "runs": listed})


def _first(runs: Sequence[ScoredRun]) -> str | None:
    """The run that is shown if none was asked for: traces were forced on it, it was trained on
    correct ones if any was, and on the most problems."""
    forced = [run for run in runs if run.forced]
    best = max(
        forced,
        key=lambda it: (it.kind == "correct", it.spec.train or math.inf, -it.spec.seed),
        default=None,
    )
    return best.record.run if best else None


def _write_released(release: Path, folder: Path) -> Iterator[Json]:
    """The release's outputs; each run as it is listed."""
    for released in released_outputs.runs_in(release):
        problems = [output.problem for output in released.outputs]
        key = released_outputs.PLACE + _key(problems, forced=False)
        rows = released_outputs.rows_of(released, release)
        _write_problems(released.dataset, problems, folder, key)
        _write_rows(folder, released.name, rows)
        yield released_outputs.listed(released, key, rows)


def faults(folder: Path) -> list[str]:
    """What is wrong with the files that `write_data` wrote, one line each: one that is listed and
    missing, one that no run has, one that is too large."""
    there = {it.relative_to(folder).as_posix() for it in folder.rglob("*.js")}
    wanted = {LIST}
    data = read(folder / LIST)
    for run in data["runs"]:
        verdicts = f"{run['id']}.js"
        wanted.add(verdicts)
        outputs = len(read(folder / verdicts)) if verdicts in there else 0
        for part in range(-(-outputs // data["chunk"])):
            wanted |= {f"{run['id']}-{part}.js", f"{run['problems']}-{part}.js"}
    large = sorted(it for it in there & wanted if (folder / it).stat().st_size > LARGEST)
    return [
        *(f"explorer: {name} is missing" for name in sorted(wanted - there)),
        *(f"explorer: {name} belongs to no run" for name in sorted(there - wanted)),
        *(f"explorer: {name} has more than {LARGEST:,} bytes" for name in large),
    ]


def read(file: Path) -> Any:
    """What a script hands over; the page has a function of this name."""
    _, _, rest = file.read_text(encoding="utf-8").partition(",")
    return json.loads(rest.removesuffix(");\n"))


def _key(problems: Sequence[Problem], *, forced: bool) -> str:
    """Names the files of these problems, with or without the traces that can be forced on them."""
    shown = [(it.id, it.question, it.context, it.answers) for it in problems]
    return hashlib.sha256(json.dumps([forced, shown]).encode()).hexdigest()[:10]


def _call(folder: Path, name: str, data: object) -> None:
    """A script below `folder` that hands `data` to the page under `name`."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    file = folder / f"{name}.js"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, f'explorerData("{name}",{text});\n')


def _write_parts(folder: Path, name: str, rows: Sequence[Json]) -> None:
    for part, start in enumerate(range(0, len(rows), CHUNK)):
        _call(folder, f"{name}-{part}", rows[start : start + CHUNK])


def first_moved(rows: Sequence[Json]) -> int | None:
    """The place of the first right answer that a misleading trace takes with it, if there is one:
    where the page opens."""
    for place, row in enumerate(rows):
        misled = row["swaps"].get("misleading")
        if misled and misled["followed"] and row["right"]:
            return place
    return None


def _listed(run: ScoredRun, problems: str, rows: Sequence[Json]) -> Json:
    spec = run.spec
    return {
        "id": run.record.run,
        "group": f"{Group('reference', (run,)).title}, {len(run.rights)} test problems",
        "kind": run.kind,
        "seed": spec.seed,
        "right": round(100 * run.accuracy.value, 1),
        "problems": problems,
        "forced": bool(run.forced),
        "opens": first_moved(rows),
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


def _write_problems(
    dataset: Dataset,
    problems: Sequence[Problem],
    folder: Path,
    key: str,
    others: Sequence[Problem] = (),
) -> None:
    """The problems in parts, unless another run has the same ones and they are already there."""
    if not (folder / f"{key}-0.js").is_file():
        _write_parts(folder, key, [_problem(dataset, it, others) for it in problems])


def _write_rows(folder: Path, name: str, rows: list[Json]) -> None:
    """One file with the verdicts, by which outputs are chosen, and the outputs in parts."""
    _call(folder, name, by_verdicts(rows))
    _write_parts(folder, name, rows)


def _rows(run: ScoredRun, dataset: Dataset, outputs: Sequence[StoredOutput]) -> list[Json]:
    """Each output as `judged`, with what was answered after forced traces, in problem order."""
    variant = run.spec.variant
    gold: Gold = "solver" if variant == "anchored" else "stored"
    rows = [judged(dataset, output, variant, gold) for output in outputs]
    places = {output.problem.id: place for place, output in enumerate(outputs)}
    for place, swaps in _forced(run, places).items():
        rows[place]["swaps"] = swaps
    return rows


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
