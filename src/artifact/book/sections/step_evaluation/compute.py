"""Step evaluation of one model: as released, strictly, and what each fault does to a figure.

Stored outputs are scored where the release is at hand; elsewhere the committed figures of the
same computation are shown, and the label of each figure says which. The scorers themselves are
checked live, on SIMULATED outputs whose truth is known. A file of outputs made elsewhere is scored
beside the release's, in both ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artifact import datasets
from artifact.book.sections import own_outputs
from artifact.book.sections.own_outputs import OwnOutputs
from artifact.claims.snapshot import Snapshot, compute_model, load_snapshot
from artifact.datasets.dataset import Dataset
from artifact.datasets.sources import load
from artifact.evaluation.evaluation import Evaluation, Semantics
from artifact.evaluation.faults.calibration import Measured, Rates, calibrate, simulate
from artifact.evaluation.faults.probes import ProbeResult, run_probes
from artifact.workflow.results import Evidence
from artifact.workflow.stored_outputs import dataset_of, release_root

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
        own: outputs of the reader's file; None where none was given.
    """

    dataset: Dataset
    model: str
    figures: Snapshot
    evidence: Evidence
    calibration: tuple[Measured, ...]
    simulated_n: int
    simulated_on: str
    probes: tuple[ProbeResult, ...]
    own: OwnOutputs | None = None

    @property
    def source(self) -> str:
        """Which data stand behind the section, in words."""
        stored = (
            "stored outputs of the release, scored in this build"
            if self.evidence == "release"
            else "committed numbers of the release"
        )
        own = own_outputs.SOURCE if self.own else ""
        return f"{stored}; SIMULATED outputs on {self.simulated_on} for the calibration{own}"

    def evaluation(self, variant: str, semantics: Semantics) -> Evaluation | None:
        """One variant's evaluation, or None if its outputs are not stored."""
        return self.figures.evaluation(self.dataset.name, self.model, variant, semantics)

    def evaluations(self, semantics: Semantics, variants: Sequence[str]) -> list[Evaluation]:
        """Those of `variants` that are stored, in order."""
        found = (self.evaluation(variant, semantics) for variant in variants)
        return [evaluation for evaluation in found if evaluation is not None]


def report(
    dataset: str,
    model: str,
    *,
    source: str,
    release: str,
    n: int,
    seed: int,
    predictions: str = "",
    variant: str = "correct",
) -> StepEvaluation:
    """Score `model`'s stored outputs, or read their committed figures.

    Args:
        dataset: name of the dataset; "" takes the first that holds outputs of the model.
        model: as in the release's file names.
        source: where the problems of the calibration, and of `predictions`, come from;
            ``release:DIR`` also names the release.
        release: folder of the release; "" reads the committed figures.
        n, seed: of look-alikes, and of the simulated outputs.
        predictions: file of outputs made elsewhere; "" for none.
        variant: what the model behind them was trained on.

    Raises:
        InputError: if no outputs of the model are stored, or the file can't be read.
    """
    root = release_root(source, release)
    chosen = datasets.get(dataset_of(model, dataset, root))
    figures = compute_model(root, chosen, model) if root else load_snapshot()
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
        own=own_outputs.score_own(chosen, Path(predictions), problems, variant, root)
        if predictions
        else None,
    )
