"""How far the released scoring, run on the stored generations, reproduces the stored figures.

Every file of answer scores and every confusion matrix of the release is compared with what the
same rules give here. Where that differs or cannot be done, the record says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import nan
from pathlib import Path
from typing import Literal

from artifact import datasets
from artifact.datasets.dataset import Dataset
from artifact.datasets.release_files import read_figures
from artifact.datasets.release_records import ReleasedRules, ResultFile, StoredRun
from artifact.evaluation.released import matrices, score_answers, step_results, summarise_answers
from artifact.evaluation.statistics.association import Table

Kind = Literal["answers", "matrix"]

NOT_STORED = "the generations behind it are not on disk"
TIES = (
    "among candidates of one length the release follows set order, which varies from run to run; "
    "the reverse of the order fixed here gives the stored numbers"
)
UNEXPLAINED = "neither order of candidates of one length gives the stored numbers"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One stored file of figures, and the same figures computed here.

    Attributes:
        dataset: folder name of the dataset.
        kind: "answers" (acc, f1, p, r, avg in percent) or "matrix" (counts).
        path: the file, from the release's root.
        run: whose figures.
        category: the one category covered, or None for all.
        n: generations scored here.
        stored: the figures of the file.
        recomputed: the same here, or None where not recomputed.
        ties_reversed: the same under the other order of ties, where the first differs.
        equal: whether `recomputed` gives every stored figure; None where not recomputed.
        reason: why not equal, or why it cannot be said.
    """

    dataset: str
    kind: Kind
    path: str
    run: StoredRun
    category: str | None
    n: int
    stored: Mapping[str, float]
    recomputed: Mapping[str, float] | None = None
    ties_reversed: Mapping[str, float] | None = None
    equal: bool | None = None
    reason: str | None = None


MATRIX = (
    "correct_answer_correct_trace",
    "correct_answer_incorrect_trace",
    "incorrect_answer_correct_trace",
    "incorrect_answer_incorrect_trace",
)
"""The release's names of the counts of answer by trace, in the order of `Table`."""


def answer_by_trace(figures: Mapping[str, float]) -> Table:
    """The answer-by-trace table of a matrix, stored or recomputed."""
    return Table(*(int(figures[f"matrix3.{name}"]) for name in MATRIX))


def reproduce(root: Path) -> list[Reproduction]:
    """Every stored file of answer scores and every stored matrix under `root`, by dataset.

    Datasets without any stored generations are not covered.

    Raises:
        InputError: if `root` is not a folder, or a file cannot be read.
    """
    found: list[Reproduction] = []
    for dataset in map(datasets.get, datasets.names()):
        if dataset.release is None:
            continue
        rules = dataset.release.scoring
        answers = [_answers(dataset, rules, root, file) for file in rules.result_files(root)]
        found += answers
        found += [_matrix(dataset, rules, root, file, answers) for file in rules.matrix_files(root)]
    return found


def _answers(dataset: Dataset, rules: ReleasedRules, root: Path, file: ResultFile) -> Reproduction:
    outputs = rules.read_file(file.outputs) if file.outputs else ()
    record = replace(_as_stored("answers", dataset, root, file), n=len(outputs))
    if not outputs:
        return replace(record, reason=NOT_STORED)
    recomputed = asdict(summarise_answers(score_answers(dataset, outputs)))
    if recomputed == record.stored:
        return replace(record, recomputed=recomputed, equal=True)
    other = asdict(summarise_answers(score_answers(dataset, outputs, ties_reversed=True)))
    return replace(
        record,
        recomputed=recomputed,
        ties_reversed=other,
        equal=False,
        reason=TIES if other == record.stored else UNEXPLAINED,
    )


def _matrix(
    dataset: Dataset,
    rules: ReleasedRules,
    root: Path,
    file: ResultFile,
    answers: Sequence[Reproduction],
) -> Reproduction:
    record = _as_stored("matrix", dataset, root, file)
    if dataset.release is None or file.run not in rules.list_stored(root):
        return replace(record, reason=NOT_STORED)
    generations = dataset.release.read_outputs(root, *file.run)
    tables = {rules.gold_table(root, output.problem.category) for output in generations.outputs}
    absent = [f"{table}: no such file" for table in sorted(tables) if not table.is_file()]
    if lacking := (*generations.missing, *absent):
        return replace(record, n=len(generations.outputs), reason="; ".join(lacking))
    outputs = generations.outputs
    rights = [score.right for score in score_answers(dataset, outputs)]
    recomputed = matrices(rights, step_results(dataset, root, outputs)).as_stored()
    # the oldest matrices do not count the outputs they leave out
    equal = all(recomputed.get(name) == figure for name, figure in record.stored.items())
    return replace(
        record,
        n=len(outputs),
        recomputed=recomputed,
        equal=equal,
        reason=None if equal else _why_unlike(record, recomputed, answers),
    )


def _as_stored(kind: Kind, dataset: Dataset, root: Path, file: ResultFile) -> Reproduction:
    return Reproduction(
        dataset=dataset.name,
        kind=kind,
        path=file.path.relative_to(root).as_posix(),
        run=file.run,
        category=file.category,
        n=0,
        stored=read_figures(file.path),
    )


def _why_unlike(
    matrix: Reproduction, recomputed: Mapping[str, float], answers: Sequence[Reproduction]
) -> str:
    of_run = [file for file in answers if file.run == matrix.run and file.equal is not None]
    if not of_run or not all(file.equal for file in of_run):
        return "neither the answer scores nor the matrix of this run follow from these generations"
    rights = "accuracies.answer_accuracy"
    return (
        f"all {len(of_run)} stored files of answer scores of this run follow from these "
        f"generations ({recomputed[rights]:g} right answers), the matrix does not "
        f"({matrix.stored.get(rights, nan):g}), so it was made from others, which are not stored"
    )
