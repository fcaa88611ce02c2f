"""The user study: what is public of it, and the analysis of whatever ratings are given.

Without a file of ratings they are simulated: between subjects from the published figures, within
subjects with an effect of our choice. Everything made from them bears the mark SIMULATED, and
shows the analysis at work, never what people think.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from artifact.claims.published import published
from artifact.study.analysis.analysis import analyse
from artifact.study.analysis.findings import StudyAnalysis
from artifact.study.instrument.items import Questionnaire, load_items
from artifact.study.instrument.ratings import GROUPS, Design
from artifact.study.simulation.false_positives import FalsePositives, committed
from artifact.study.simulation.power import PowerTable, power
from artifact.study.simulation.synthetic_ratings import simulate_ratings
from artifact.study.simulation.within_study import simulate_within
from artifact.workflow.results import Evidence

LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "scikit-posthocs")
POWER_SIZES = (10, 25, 40)
POWER_EFFECTS = (0.0, 0.25, 0.5)
POWER_TESTS: Mapping[Design, str] = {"between": "kruskal_wallis", "within": "friedman"}
"""The test of the power curves, by design: whether any trace type differs."""


@dataclass(frozen=True, slots=True)
class UserStudy:
    """What the section shows.

    Attributes:
        design: whether a person rated one trace type or all of them.
        analysis: of the ratings given, or of simulated ones.
        evidence: which of the two.
        power: SIMULATED studies of the same design.
        false_positives: committed; how often each test errs where nothing differs.
        questionnaire: the items, in our own wording.
    """

    design: Design

    analysis: StudyAnalysis
    evidence: Evidence
    power: PowerTable
    false_positives: FalsePositives
    questionnaire: Questionnaire

    @property
    def mark(self) -> str:
        """ "SIMULATED: " before everything made from simulated ratings, else nothing."""
        return f"{self.analysis.meta.mark}: " if self.analysis.meta.mark else ""

    @property
    def power_test(self) -> str:
        """The test whose power is shown, by its name in `power`."""
        return POWER_TESTS[self.design]

    @property
    def power_test_title(self) -> str:
        """The same test as a reader knows it."""
        return self.analysis.meta.procedure.omnibus

    @property
    def people_label(self) -> str:
        """What the sizes of the power curves count."""
        if self.design == "between":
            return "people per group"
        return f"people who begin with each of the {len(GROUPS)} trace types"

    @property
    def source(self) -> str:
        """Which data stand behind the section, in words."""
        ratings = "ratings given" if self.evidence == "file" else "SIMULATED ratings"
        return f"published numbers; {ratings}; SIMULATED studies for power"


def report(
    *,
    ratings: str,
    per_group: int,
    problems: int,
    power_studies: int,
    seed: int,
    design: Design = "between",
    comprehension: str = "",
) -> UserStudy:
    """Analyse `ratings`, or simulated ones, and the design's power.

    Args:
        ratings: CSV file; "" simulates.
        per_group, problems: of the simulation and of the power study.
        power_studies: simulated studies per point of a power curve.
        seed: of simulation, bootstrap and power.
        design: of the ratings, the simulation and the power study.
        comprehension: CSV file of the guesses of those who gave the ratings; "" for none.

    Raises:
        InputError: if the ratings or the guesses can't be used.
    """
    if ratings:
        guesses = Path(comprehension) if comprehension else None
        analysis = analyse(Path(ratings), seed=seed, design=design, comprehension=guesses)
    else:
        with TemporaryDirectory() as folder:
            file = Path(folder, "ratings_SIMULATED.csv")
            _simulate(file, design, per_group=per_group, problems=problems, seed=seed)
            analysis = analyse(file, seed=seed, design=design)
    return UserStudy(
        design=design,
        analysis=analysis,
        evidence="file" if ratings else "simulated",
        power=power(
            per_group=POWER_SIZES,
            effects=POWER_EFFECTS,
            tests=(POWER_TESTS[design],),
            studies=power_studies,
            seed=seed,
            within=design == "within",
        ),
        false_positives=committed(),
        questionnaire=load_items(),
    )


def _simulate(file: Path, design: Design, *, per_group: int, problems: int, seed: int) -> None:
    """Between subjects as published; within subjects, where nothing is, with a chosen effect."""
    if design == "within":
        simulate_within(file, people=per_group * len(GROUPS), problems=problems, seed=seed)
        return
    traces = published().study.traces
    simulate_ratings(traces, file, per_group=per_group, problems=problems, seed=seed)
