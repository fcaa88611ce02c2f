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
from artifact.claims.snapshot import Snapshot, compute_model, load_snapshot, runs_in
from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.sources import load
from artifact.evaluation.evaluation import Evaluation, Semantics
from artifact.evaluation.faults.calibration import Measured, Rates, calibrate, simulate
from artifact.evaluation.faults.probes import ProbeResult, run_probes
from artifact.evaluation.statistics.proportions import share
from artifact.workflow.results import Evidence, Value

LIBRARIES = ("numpy", "scipy", "statsmodels")
TRACED = ("correct", "incorrect")
VARIANTS = ("vanilla", *TRACED)


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


def compute(
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


PROBLEMS_OF = {
    "lookalike": "look-alike problems",
    "release": "problems of the release",
    "hub": "problems from the hub",
    "file": "problems from the reader's file",
}


def _committed_runs() -> dict[str, list[str]]:
    snapshot = load_snapshot()
    return {name: snapshot.models(name) for name in datasets.names()}


def _dataset_of(model: str, dataset: str, stored: Mapping[str, Sequence[str]]) -> Dataset:
    main_first = sorted(stored, key=lambda name: (name != MAIN, name))
    for name in [dataset] if dataset else main_first:
        if model in stored.get(name, ()):
            return datasets.get(name)
    known = sorted({f"{each} ({name})" for name in stored for each in stored[name]})
    where = f" on {datasets.get(dataset).title}" if dataset else ""
    raise InputError(f"no figures of {model}{where}", field="model",
                     cure=f"choose of {', '.join(known)}")  # fmt: skip


MAIN = "cotempqa"
"""The paper's main dataset, in which a model's outputs are looked for first."""


def values(report: StepEvaluation) -> dict[str, Value]:
    """The figures that the section's prose shows, by key."""
    shown: dict[str, Value] = {
        "model": Value(value=report.model, unit="text", evidence=report.evidence),
        "dataset": Value(value=report.dataset.title, unit="text", evidence=report.evidence),
    }
    for semantics in ("released", "strict"):
        for e in report.evaluations(semantics, VARIANTS):
            shown |= _values_of(e, report.evidence)
    done = [r for r in report.figures.reproductions if r.equal is not None]
    shown["reproduced"] = Value(value=sum(bool(r.equal) for r in done), unit="count",
                                evidence=report.evidence, n=len(done))  # fmt: skip
    return shown


def _values_of(e: Evaluation, evidence: Evidence) -> dict[str, Value]:
    prefix, i, t = f"{e.variant}.{e.semantics}", e.independence, e.table
    figures: dict[str, Value | None] = {
        "answer": _share(e.answer.released_micro, e.n, evidence),
        "flag_fixed": _share(e.answer.flag_fixed_micro, e.n, evidence),
        "classification": _share(e.classification.micro, e.n, evidence),
        "any_context": _share(e.retrieval.any_context, e.n, evidence),
        "any_gold": _share(e.retrieval.any_gold, e.n, evidence),
        "exact": _share(e.retrieval.exact, e.n, evidence),
        "no_trace": _share(e.trace.no_trace, e.n, evidence),
        "chi2": _number(i.chi2, e.n, evidence),
        "phi": _number(i.phi, e.n, evidence),
    }
    if t.right_ok is not None and t.right_not is not None:
        ok, not_ok = t.right_ok + (t.wrong_ok or 0), t.right_not + (t.wrong_not or 0)
        figures |= {
            "given_ok": _share(i.p_right_given_ok, ok, evidence),
            "given_not": _share(i.p_right_given_not, not_ok, evidence),
            "joint": _share(t.right_ok / (ok + not_ok), ok + not_ok, evidence),
        }
    if i.difference is not None and i.difference_ci is not None:
        figures["difference"] = Value(
            value=i.difference,
            unit="points",
            evidence=evidence,
            n=e.n,
            interval=(i.difference_ci.low, i.difference_ci.high),
        )
    return {f"{prefix}.{name}": value for name, value in figures.items() if value is not None}


def _share(value: float | None, n: int, evidence: Evidence) -> Value | None:
    if value is None:
        return None
    low, high = share(round(value * n), n).interval
    return Value(value=value, unit="share", evidence=evidence, n=n, interval=(low, high))


def _number(value: float | None, n: int, evidence: Evidence) -> Value | None:
    return None if value is None else Value(value=value, unit="number", evidence=evidence, n=n)
