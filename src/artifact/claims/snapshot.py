"""What the release gives when it is scored here, kept as figures for readers without it.

A `Snapshot` is computed from the release if that is available, or else read from the committed
``snapshot.json``; both have the same shape, and the tests compare the two. It
holds counts and shares, no text of the release. The command that made the file::

    python -m artifact.claims.snapshot RELEASE_DIR
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from artifact import datasets
from artifact.claims.read_by_eye import Agreement, agreements
from artifact.common.errors import InputError
from artifact.common.fetch.release import require_pinned
from artifact.common.files import RESTORE, located, read_record, record_of
from artifact.datasets.dataset import Dataset
from artifact.datasets.release_records import R1_VARIANTS, StoredRun
from artifact.datasets.sources import load, stored_traces
from artifact.decomposition.audit import Audit, audit
from artifact.evaluation.answers import SCORERS
from artifact.evaluation.evaluate import evaluate, stored_outputs
from artifact.evaluation.evaluation import SEMANTICS, Evaluation, Semantics, fill_gaps
from artifact.evaluation.faults.probes import run_probes
from artifact.evaluation.released import rules_of
from artifact.evaluation.reproduction import Reproduction, reproduce
from artifact.evaluation.scoring import associate_steps, score_outputs, why_no_steps
from artifact.evaluation.statistics.association import Independence
from artifact.evaluation.statistics.paired import Contrast, contrasts

FILE = Path(__file__).with_name("snapshot.json")
NOT_COMMITTED = "not in the committed numbers"

VARIANTS = ("vanilla", "correct", "incorrect")
"""The paper's variants, in its order."""


class ModelComparison(BaseModel):
    """Two variants of one model on the problems that both answered, by one scorer."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    model: str
    scorer: str
    contrast: Contrast


class LabelAssociation(BaseModel):
    """Whether answers go with the classification step alone, strictly scored."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    model: str
    variant: str
    figures: Independence


class Snapshot(BaseModel):
    """Every figure that this artifact computes from the release.

    Attributes:
        evaluations: one per stored run and semantics.
        label_associations: one per stored run with traces.
        comparisons: every pair of variants of a model, by each rule for answers.
        reproductions: every stored file of figures beside the same computed here.
        probe_counts: probe -> how far its fault reaches; an int counts, a float is a share.
        audits: the solver's audit per dataset; without examples, which would be text.
        agreements: flags read by eye beside the same by code; none without the later runs.
    """

    model_config = ConfigDict(frozen=True)

    evaluations: tuple[Evaluation, ...]
    label_associations: tuple[LabelAssociation, ...]
    comparisons: tuple[ModelComparison, ...]
    reproductions: tuple[Reproduction, ...]
    probe_counts: dict[str, dict[str, int | float]]
    audits: tuple[Audit, ...]
    agreements: tuple[Agreement, ...] = ()

    def models(self, dataset: str) -> list[str]:
        """Models with evaluations, sorted."""
        return sorted({e.model for e in self.evaluations if e.dataset == dataset})

    def evaluation(
        self, dataset: str, model: str, variant: str, semantics: Semantics
    ) -> Evaluation | None:
        """The evaluation of one run, or None if its outputs are not stored."""
        wanted = (dataset, model, variant, semantics)
        return next(
            (e for e in self.evaluations if (e.dataset, e.model, e.variant, e.semantics) == wanted),
            None,
        )

    def audit_of(self, dataset: str) -> Audit | None:
        """The audit of a dataset, or None if the release at hand holds no problems of it."""
        return next((a for a in self.audits if a.dataset == dataset), None)


@cache
def load_snapshot() -> Snapshot:
    """The committed figures; a metric that they lack is null, and the notes say so."""
    figures = read_record(FILE, dict[str, Any], cure=RESTORE)
    try:
        figures["evaluations"] = [fill_gaps(each, NOT_COMMITTED) for each in figures["evaluations"]]
        return record_of(json.dumps(figures), Snapshot)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("holds no evaluations", path=FILE, cure=RESTORE) from error
    except InputError as error:
        raise located(error, path=FILE, cure=RESTORE) from error


def compute(root: Path) -> Snapshot:
    """Score everything under `root`, in about half a minute.

    Raises:
        InputError: if no outputs are stored there, or one can't be read.
        CheckError: if a file of the release is not as pinned.
    """
    require_pinned(root)
    runs = [
        (datasets.get(name), model) for name, models in runs_in(root).items() for model in models
    ]
    return _assemble(root, runs, datasets.names())


def runs_in(root: Path) -> dict[str, list[str]]:
    """Models with stored outputs under `root`, by dataset.

    Raises:
        InputError: if there are none.
    """
    runs = {
        dataset.name: sorted({run.model for run in _stored_runs(dataset, root)})
        for dataset in _scored_datasets()
    }
    if not any(runs.values()):
        raise InputError(
            "holds no stored outputs of the release",
            path=root,
            cure="name the folder that holds its branches",
        )
    return runs


def compute_model(root: Path, dataset: Dataset, model: str) -> Snapshot:
    """The part of `compute` that is about one model of one dataset, and all stored figures.

    Raises:
        InputError: if no outputs of the model are stored.
        CheckError: if a file of the release is not as pinned.
    """
    require_pinned(root)
    known = sorted({run.model for run in _stored_runs(dataset, root)})
    if model not in known:
        raise InputError(
            f"no stored outputs of {model} on {dataset.title}",
            path=root,
            field="model",
            cure=f"choose from {', '.join(known)}",
        )
    return _assemble(root, [(dataset, model)], [dataset.name])


def _assemble(root: Path, runs: Sequence[tuple[Dataset, str]], audited: Sequence[str]) -> Snapshot:
    return Snapshot(
        evaluations=tuple(e for d, model in runs for e in evaluate_stored(d, root, model)),
        label_associations=tuple(a for d, m in runs for a in associate_labels(d, root, m)),
        comparisons=tuple(c for d, model in runs for c in compare_stored(d, root, model)),
        reproductions=tuple(reproduce(root)),
        probe_counts={probe.id: dict(probe.counts or {}) for probe in run_probes(root)},
        audits=tuple(a for name in audited if (a := audit_release(name, root))),
        agreements=agreements(root),
    )


def evaluate_stored(dataset: Dataset, root: Path, model: str) -> list[Evaluation]:
    """Every stored run of `model`, under both semantics."""
    return [
        evaluate(dataset, root, model, run.variant, semantics)
        for run in _stored_runs(dataset, root)
        if run.model == model
        for semantics in SEMANTICS
    ]


def associate_labels(dataset: Dataset, root: Path, model: str) -> list[LabelAssociation]:
    """Answer right against label right, for every stored run of `model` that has traces."""
    found = []
    for run in _stored_runs(dataset, root):
        if run.model == model and why_no_steps(run.variant, "strict") is None:
            outputs = stored_outputs(dataset, root, model, run.variant).outputs
            rows = score_outputs(dataset, outputs, run.variant, "strict")
            figures = associate_steps(dataset, rows, lambda steps: steps.class_right).figures
            found.append(
                LabelAssociation(
                    dataset=dataset.name, model=model, variant=run.variant, figures=figures
                )
            )
    return found


def compare_stored(dataset: Dataset, root: Path, model: str) -> list[ModelComparison]:
    """Every pair of the paper's variants of `model` by each scorer, and on the R1 subset verbose
    traces against each other variant; corrected over the pairs of each; empty where fewer than two
    are stored."""
    stored = {run.variant for run in _stored_runs(dataset, root) if run.model == model}
    in_paper = [variant for variant in VARIANTS if variant in stored]
    others = [variant for variant in R1_VARIANTS.values() if variant in stored - {"verbose"}]
    families = [list(combinations(in_paper, 2))]
    if "verbose" in stored:
        families.append([("verbose", other) for other in others])
    outputs = {
        variant: stored_outputs(dataset, root, model, variant).outputs
        for pairs in families
        for variant in dict.fromkeys(name for pair in pairs for name in pair)
    }
    return [
        ModelComparison(dataset=dataset.name, model=model, scorer=name, contrast=contrast)
        for pairs in families
        for name, scorer in SCORERS.items()
        for contrast in contrasts(
            {
                variant: {o.problem.id: bool(scorer.right(dataset, o, variant)) for o in of_variant}
                for variant, of_variant in outputs.items()
            },
            pairs,
        )
    ]


def audit_release(name: str, root: Path) -> Audit | None:
    """The audit of a dataset's problems in the release; None where it has none of them.

    Raises:
        InputError: if a file of the folder is missing or can't be read.
    """
    source, dataset = f"release:{root}", datasets.get(name)
    if dataset.release is None:
        return None
    try:
        loaded = load(source, dataset)
    except InputError as error:
        if error.path is None or not _is_absent(Path(error.path)):
            raise
        return None
    found = audit(
        dataset,
        loaded.problems,
        source="release",
        train=loaded.train,
        test=loaded.test,
        stored=stored_traces(source, dataset, "correct"),
    )
    return found.model_copy(update={"examples": []})


def _is_absent(path: Path) -> bool:
    """Whether `path` is a folder that is not there, or a file whose folder is not."""
    return not (path.parent if path.suffix else path).exists()


def _stored_runs(dataset: Dataset, root: Path) -> tuple[StoredRun, ...]:
    return rules_of(dataset).list_stored(root)


def _scored_datasets() -> Iterator[Dataset]:
    for name in datasets.names():
        dataset = datasets.get(name)
        if dataset.release is not None:
            yield dataset


def main() -> None:
    """Compute the figures of the release at the folder named, and commit them to the package."""
    parser = ArgumentParser(description=main.__doc__)
    parser.add_argument("release", type=Path, help="folder that holds the release's branches")
    try:
        snapshot = compute(parser.parse_args().release)
    except InputError as error:
        parser.error(str(error))
    FILE.write_text(snapshot.model_dump_json(indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
