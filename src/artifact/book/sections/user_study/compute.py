"""The user study: what is public of it, and the analysis of whatever ratings are given.

Without a file of ratings they are simulated from the published figures; everything made from
them bears the mark SIMULATED, and shows the analysis at work, never what people think.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from artifact.claims.published import published
from artifact.study.analysis.analysis import analyse
from artifact.study.analysis.findings import StudyAnalysis
from artifact.study.instrument.items import Questionnaire, load_items
from artifact.study.simulation.false_positives import FalsePositives, committed
from artifact.study.simulation.power import PowerTable, power
from artifact.study.simulation.synthetic_ratings import simulate_ratings
from artifact.workflow.results import Evidence

LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "scikit-posthocs")
POWER_SIZES = (10, 25, 40)
POWER_EFFECTS = (0.0, 0.25, 0.5)
POWER_TEST = "kruskal_wallis"


@dataclass(frozen=True, slots=True)
class UserStudy:
    """What the section shows.

    Attributes:
        analysis: of the ratings given, or of simulated ones.
        evidence: which of the two.
        power: SIMULATED studies of the same design.
        false_positives: committed; how often each test errs where nothing differs.
        questionnaire: the items, in our own wording.
    """

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
    def source(self) -> str:
        """Which data stand behind the section, in words."""
        ratings = "ratings given" if self.evidence == "file" else "SIMULATED ratings"
        return f"published figures; {ratings}; SIMULATED studies for power"


def report(
    *, ratings: str, per_group: int, problems: int, power_studies: int, seed: int
) -> UserStudy:
    """Analyse `ratings`, or simulated ones, and the design's power.

    Args:
        ratings: CSV file; "" simulates.
        per_group, problems: of the simulation and of the power study.
        power_studies: simulated studies per point of a power curve.
        seed: of simulation, bootstrap and power.

    Raises:
        InputError: if the ratings can't be used.
    """
    if ratings:
        analysis = analyse(Path(ratings), seed=seed)
    else:
        with TemporaryDirectory() as folder:
            file = Path(folder, "ratings_SIMULATED.csv")
            traces = published().study.traces
            simulate_ratings(traces, file, per_group=per_group, problems=problems, seed=seed)
            analysis = analyse(file, seed=seed)
    return UserStudy(
        analysis=analysis,
        evidence="file" if ratings else "simulated",
        power=power(
            per_group=POWER_SIZES,
            effects=POWER_EFFECTS,
            tests=(POWER_TEST,),
            studies=power_studies,
            seed=seed,
        ),
        false_positives=committed(),
        questionnaire=load_items(),
    )
