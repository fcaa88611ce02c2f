"""Two sets of answers to the same problems, side by side: of runs, or of files made anywhere.

Compares the share of answers that are exactly gold, on the problems that both answered. Two runs
must have been given the same test problems; a file answers those of the other side's source.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from artifact import datasets
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.common.p_values import p_text
from artifact.datasets.sources import DEFAULT_N, load
from artifact.evaluation.answers import exact_set
from artifact.evaluation.predictions import read_predictions
from artifact.evaluation.scored_runs import ScoredRun, score_run
from artifact.evaluation.scoring import check_variant
from artifact.evaluation.statistics.paired import contrasts
from artifact.sft.run_folder import Run, find


class Side(BaseModel):
    """One side of a comparison.

    Attributes:
        name: of the file, or model, kind of trace, seed and hash of the run.
        n: problems that it answered.
        right: how many of these it answered exactly.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    n: int
    right: int


class Comparison(BaseModel):
    """The first side minus the second, on the problems that both answered.

    Attributes:
        dataset: whose problems.
        first, second: see `Side`.
        n: problems that both answered.
        difference, interval, p, p_equivalence: as in `paired.Contrast`.
    """

    model_config = ConfigDict(frozen=True)

    dataset: str
    first: Side
    second: Side
    n: int
    difference: float
    interval: tuple[float, float]
    p: float
    p_equivalence: float

    def as_text(self) -> str:
        """The comparison as lines; shares in percent, the difference in percentage points."""
        low, high = (100 * limit for limit in self.interval)
        sides = [
            f"{it.name}: {it.right} of {it.n} answers exactly gold ({100 * it.right / it.n:.1f} %)"
            for it in (self.first, self.second)
        ]
        return "\n".join(
            [
                *sides,
                f"first minus second: {100 * self.difference:+.1f} points [{low:+.1f}, {high:+.1f}]"
                f", n = {self.n} problems that both answered, p {p_text(self.p)}",
            ]
        )


def compare(
    first: str,
    second: str,
    *,
    dataset: str | None = None,
    source: str = "lookalike",
    n: int = DEFAULT_N,
    seed: int = 0,
    variant: str = "vanilla",
) -> Comparison:
    """Set two runs, two files of predictions, or one of each side by side.

    Args:
        first, second: a file, a run's folder, or the first digits of its hash.
        dataset, source, n, seed: whose problems two files answer; beside a run they are the run's.
        variant: what the models behind the files were trained on.

    Raises:
        InputError: if one can't be read, there is no such variant, or the two did not answer the
            same problems.
        CheckError: if a run has changed since it was finished.
    """
    check_variant(variant)
    runs = {name: _run(name) for name in (first, second) if not os.path.isfile(name)}
    if len({run.test_sha256 for run in runs.values()}) > 1:
        fault = (
            f"{first} and {second} were given different test problems, so they can't be compared"
        )
        raise InputError(
            fault, field="run", cure="compare runs of one dataset, source and data seed"
        )
    for run in runs.values():
        spec = run.spec
        if dataset not in (None, spec.dataset):
            raise InputError(f"the run is of {spec.dataset}", field="dataset", cure="leave it out")
        dataset, source, n, seed = spec.dataset, spec.source, spec.n, spec.data_seed
    if dataset is None:
        raise InputError(
            "is missing", field="dataset", cure="name the dataset that the files answer"
        )
    chosen = datasets.get(dataset)
    problems = load(source, chosen, n=n, seed=seed).problems if len(runs) < 2 else ()
    named: dict[str, dict[str, bool]] = {}
    for name in (first, second):
        if name in runs:
            run = runs[name]
            named[f"{run.spec.name} ({run.record.run})"] = run.rights
        else:
            outputs = read_predictions(Path(name), problems).outputs
            named[name] = {it.problem.id: exact_set(chosen, it, variant) for it in outputs}
    if len(named) < 2:
        raise InputError("is named twice", field="second", cure="name two different ones")
    names = (*named,)[0], (*named,)[1]
    found = contrasts(named, [names])
    if not found:
        raise InputError(f"{first} and {second} have fewer than two answered problems in common")
    sides = [Side(name=it, n=len(named[it]), right=sum(named[it].values())) for it in names]
    return Comparison(
        dataset=dataset,
        first=sides[0],
        second=sides[1],
        n=found[0].n,
        difference=found[0].difference,
        interval=(found[0].interval.low, found[0].interval.high),
        p=found[0].p,
        p_equivalence=found[0].p_equivalence,
    )


def _run(name: str) -> ScoredRun:
    """The run with this folder or hash, made here or shipped with the repository."""
    shipped = [it for it in paths.REFERENCE_RUNS.glob("*") if name and it.name.startswith(name)]
    run = Run(shipped[0]) if len(shipped) == 1 else find(name)
    return score_run(run, "reference" if shipped else "here")
