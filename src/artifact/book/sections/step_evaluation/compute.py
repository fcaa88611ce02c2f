"""Step evaluation of one model: as released, strictly, and what each fault does to a figure.

Stored outputs are scored where the release is at hand; elsewhere the committed figures of the
same computation are shown, and the label of each figure says which. The scorers themselves are
checked live, on SIMULATED outputs whose truth is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from artifact import datasets
from artifact.claims.published import COTEMP
from artifact.claims.snapshot import Snapshot, compute_model, load_snapshot, runs_in
from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.sources import load
from artifact.evaluation.evaluation import Evaluation, Semantics
from artifact.evaluation.faults.calibration import Measured, Rates, calibrate, simulate
from artifact.evaluation.faults.probes import ProbeResult, run_probes
from artifact.workflow.results import Evidence

LIBRARIES = ("numpy", "scipy", "statsmodels")
TRACED = ("correct", "incorrect")
VARIANTS = ("vanilla", *TRACED)

PROBLEMS_OF = {
    "lookalike": "look-alike problems",
    "release": "problems of the release",
    "hub": "problems from the hub",
    "file": "problems from the reader's file",
}


@dataclass(frozen=True, slots=True)
class StepEvaluation:
    """All that the section shows of one model.

    Attributes:
        figures: computed from the release, or committed.
        evidence: which of the two.
        calibration: SIMULATED; what each scoring makes of a known truth.
        simulated_n: outputs behind `calibration`.
        simulated_on: the problems that they answer, in words.
        probes: the faults on their invented examples; counts come from `figures`.
    """

    dataset: Dataset
    model: str
    figures: Snapshot
    evidence: Evidence
    calibration: tuple[Measured, ...]
    simulated_n: int
    simulated_on: str
    probes: tuple[ProbeResult, ...]

    @property
    def source(self) -> str:
        """Which data stand behind the section, in words."""
        stored = (
            "stored outputs of the release, scored in this build"
            if self.evidence == "release"
            else "committed figures of the release"
        )
        return f"{stored}; SIMULATED outputs on {self.simulated_on} for the calibration"

    def evaluation(self, variant: str, semantics: Semantics) -> Evaluation | None:
        """One variant's evaluation, or None if its outputs are not stored."""
        return self.figures.evaluation(self.dataset.name, self.model, variant, semantics)

    def evaluations(self, semantics: Semantics, variants: Sequence[str]) -> list[Evaluation]:
        """Those of `variants` that are stored, in order."""
        found = (self.evaluation(variant, semantics) for variant in variants)
        return [evaluation for evaluation in found if evaluation is not None]


def report(
    dataset: str, model: str, *, source: str, release: str, n: int, seed: int
) -> StepEvaluation:
    """Score `model`'s stored outputs, or read their committed figures.

    Args:
        dataset: name of the dataset; "" takes the first that holds outputs of the model.
        model: as in the release's file names.
        source: where the problems of the calibration come from; ``release:DIR`` also names the
            release.
        release: folder of the release; "" reads the committed figures.
        n, seed: of look-alikes, and of the simulated outputs.

    Raises:
        InputError: if no outputs of the model are stored.
    """
    root = source.removeprefix("release:") if source.startswith("release:") else release
    stored = runs_in(Path(root)) if root else _committed_runs()
    chosen = _dataset_of(model, dataset, stored)
    figures = compute_model(Path(root), chosen, model) if root else load_snapshot()
    problems = load(source, chosen, n=n, seed=seed).problems
    simulated = simulate(chosen, problems, Rates(), seed=seed)
    return StepEvaluation(
        dataset=chosen,
        model=model,
        figures=figures,
        evidence="release" if root else "committed release figures",
        calibration=tuple(calibrate(chosen, simulated)),
        simulated_n=len(simulated),
        simulated_on=PROBLEMS_OF[source.partition(":")[0]],
        probes=tuple(run_probes()),
    )


def _committed_runs() -> dict[str, list[str]]:
    snapshot = load_snapshot()
    return {name: snapshot.models(name) for name in datasets.names()}


def _dataset_of(model: str, dataset: str, stored: Mapping[str, Sequence[str]]) -> Dataset:
    main_first = sorted(stored, key=lambda name: (name != COTEMP, name))
    for name in [dataset] if dataset else main_first:
        if model in stored.get(name, ()):
            return datasets.get(name)
    known = sorted({f"{each} ({name})" for name in stored for each in stored[name]})
    where = f" on {datasets.get(dataset).title}" if dataset else ""
    raise InputError(
        f"no figures of {model}{where}", field="model", cure=f"choose one of {', '.join(known)}"
    )
