"""The figures that others published: read from two files, each row with its source.

``published.yml`` holds the paper's claims and tables, ``released_results.json`` the accuracy
files of the public release (252 rows; per row the commit and path it was read from).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from statistics import NormalDist, fmean, stdev
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import RESTORE, first_fault, located, read_record, read_yaml
from artifact.study.simulation.published_rating import PublishedRating

MEAN_DECIMALS = 9
"""Decimals kept in a mean of one-decimal numbers: a rounding error of the sum far behind them
(38.050000000000004) could change the digit that is shown."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Paper(_Record):
    """Where the figures come from."""

    title: str
    authors: str
    venue: str
    arxiv: str
    sister: str


class PublishedClaim(_Record):
    """One claim of the paper, in our words, with the figure printed for it."""

    id: str
    claim: str
    published: str
    source: str


class CotempRow(_Record):
    """A row of the paper's CoTemp QA table; macro means in percent."""

    model: str
    variant: str
    final: float
    classification: float | None
    retrieval: float | None


class CotempTable(_Record):
    """The paper's CoTemp QA table."""

    source: str
    rows: tuple[CotempRow, ...]

    def row(self, model: str, variant: str) -> CotempRow | None:
        """The row of a model and variant, or None if the paper prints none."""
        return next((r for r in self.rows if (r.model, r.variant) == (model, variant)), None)


class TestSizes(_Record):
    """Test problems per CoTemp category: of all problems, and of those that R1 solved."""

    all: dict[str, int]
    r1_subset: dict[str, int]
    source: str


class Study(_Record):
    """What is public of the user study."""

    source: str
    participants: int
    groups: int
    per_group: int
    scale: tuple[int, int]
    traces: tuple[PublishedRating, ...]
    not_public: tuple[str, ...]


class Published(_Record):
    """Everything in ``published.yml``."""

    paper: Paper
    claims: tuple[PublishedClaim, ...]
    cotemp_table: CotempTable
    cotemp_test_sizes: TestSizes
    study: Study


class ReleasedResult(_Record):
    """One accuracy file of the release; figures in percent.

    Attributes:
        variant: the release's own name ("reasoning-facts" is `correct`).
        seed: 121, 122 or 123; "unsuffixed" where the file name holds none; None where the run
            belongs to the R1 subset.
        correct, total: counts, for the three files that give them.
        version: which of two result files of the same name, where the history holds two.
        category: None where the file covers the whole dataset.
    """

    dataset: str
    model: str
    variant: str
    seed: int | str | None
    category: str | None
    acc: float
    f1: float | None = None
    p: float | None = None
    r: float | None = None
    avg: float | None = None
    correct: int | None = None
    total: int | None = None
    version: Literal["earlier", "later"] | None = None
    commit: str
    path: str
    source: str


VARIANT_NAMES = {
    "vanilla": "vanilla",
    "reasoning-facts": "correct",
    "reasoning-facts-perturbed": "incorrect",
    "reasoning-r1-traces": "verbose",
    "reasoning-summarized-r1-traces": "summary",
    "reasoning-r1-explanations": "explanation",
    "reasoning-r1-set-vanilla": "vanilla",
    "reasoning-r1-set-custom-traces": "correct",
    "reasoning-r1-set-incorrect-traces": "incorrect",
    "reasoning-r1-set-swapped": "swapped",
}
"""The release's variant names in this book's words."""


class MacroAccuracy(_Record):
    """The unweighted mean over the four CoTemp categories of one run, in percent.

    Attributes:
        run: a seed, the stored run, or the R1 subset.
        interval: 95 % normal limits over problems (categories as strata); they say nothing about
            another training run.
        n: test problems.
        path: pattern of the result files.
    """

    model: str
    variant: str
    run: str
    accuracy: float
    interval: tuple[float, float]
    n: int
    path: str


@cache
def published() -> Published:
    """The paper's figures."""
    path = Path(__file__).with_name("published.yml")
    try:
        return Published.model_validate(read_yaml(path))
    except ValidationError as error:
        raise located(first_fault(error), path=path, cure=RESTORE) from error


@cache
def released_results() -> tuple[ReleasedResult, ...]:
    """The accuracy files of the release."""
    path = Path(__file__).with_name("released_results.json")
    found = read_record(path, tuple[ReleasedResult, ...], cure=RESTORE)
    if not found:
        raise InputError("holds no results", path=path, cure=RESTORE)
    return found


def require_figures(models: Iterable[str]) -> None:
    """Check that accuracies of these models are published or released.

    Raises:
        InputError: naming those that have none.
    """
    known = {row.model for row in published().cotemp_table.rows} | {
        run.model for run in macro_accuracies(r1_subset=False)
    }
    unknown = sorted(set(models) - known)
    if unknown:
        raise InputError(
            f"no numbers of {', '.join(unknown)}",
            field="models",
            cure=f"choose one of {', '.join(sorted(known))}",
        )


def macro_accuracies(*, r1_subset: bool) -> list[MacroAccuracy]:
    """Macro means over the four CoTemp categories, one per run that has all four.

    Where the release holds an earlier and a later file for a category, there are two means: one
    with the later files and one with the earlier ones, each filled up where only one file exists.

    Args:
        r1_subset: the runs on problems that R1 solved, or the runs on all problems.
    """
    rows = [
        row
        for row in released_results()
        if row.dataset == "CoTempQA"
        and row.variant in VARIANT_NAMES
        and ("r1" in row.variant) == r1_subset
    ]
    test_sizes = published().cotemp_test_sizes
    sizes = test_sizes.r1_subset if r1_subset else test_sizes.all
    runs: dict[tuple[str, str, str, str], list[ReleasedResult]] = {}
    for row in rows:
        pattern = row.path.replace(f"/{row.category}/", "/<category>/")
        run = "R1 subset" if r1_subset else _run_name(row.seed)
        runs.setdefault((row.model, VARIANT_NAMES[row.variant], run, pattern), []).append(row)
    means = []
    for (model, variant, run, pattern), files_of_run in sorted(runs.items()):
        two_versions = {row.version for row in files_of_run} >= {"earlier", "later"}
        for version in ("later", "earlier") if two_versions else (None,):
            accuracy = {
                str(row.category): row.acc
                for row in sorted(files_of_run, key=lambda row: row.version == version)
            }
            if len(accuracy) == len(COTEMP_CATEGORIES):
                name = f"{run}, {version} files" if version else run
                means.append(
                    MacroAccuracy(
                        model=model,
                        variant=variant,
                        run=name,
                        accuracy=round(fmean(accuracy.values()), MEAN_DECIMALS),
                        interval=_macro_interval(accuracy, sizes),
                        n=sum(sizes.values()),
                        path=pattern,
                    )
                )
    return means


COTEMP = "cotempqa"
"""The dataset of the paper's main table, as `artifact.datasets` names it."""

COTEMP_CATEGORIES = ("equal", "during", "overlap", "mix")


def _run_name(seed: int | str | None) -> str:
    return f"seed {seed}" if isinstance(seed, int) else "stored run"


def _macro_interval(accuracy: Mapping[str, float], sizes: Mapping[str, int]) -> tuple[float, float]:
    """95 % limits of an unweighted mean of independent proportions, all in percent."""
    variances = [accuracy[c] * (100 - accuracy[c]) / sizes[c] for c in COTEMP_CATEGORIES]
    half = NormalDist().inv_cdf(0.975) * sum(variances) ** 0.5 / len(COTEMP_CATEGORIES)
    mean = fmean(accuracy.values())
    return max(0.0, mean - half), min(100.0, mean + half)


class SeedSummary(_Record):
    """Mean and sample standard deviation over seeds, in percent."""

    model: str
    variant: str
    seeds: int
    mean: float
    sd: float | None


def over_seeds(runs: Iterable[MacroAccuracy]) -> list[SeedSummary]:
    """Summaries of the runs that are named by a seed, by model and variant."""
    values: dict[tuple[str, str], list[float]] = {}
    for run in runs:
        if run.run.startswith("seed "):
            values.setdefault((run.model, run.variant), []).append(run.accuracy)
    return [
        SeedSummary(
            model=model,
            variant=variant,
            seeds=len(accuracies),
            mean=fmean(accuracies),
            sd=stdev(accuracies) if len(accuracies) > 1 else None,
        )
        for (model, variant), accuracies in sorted(values.items())
    ]
