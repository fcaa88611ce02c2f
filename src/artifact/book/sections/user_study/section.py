"""The user study: what is public of it, and the analysis of whatever ratings are given.

Without a file of ratings they are simulated from the published figures; everything made from
them bears the mark SIMULATED, and shows the analysis at work, never what people think.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from artifact.claims.published import macro_accuracies, published
from artifact.study.analysis.analysis import analyse
from artifact.study.analysis.findings import INTERPRETABILITY_SCORE, Estimate, StudyAnalysis
from artifact.study.instrument.items import Questionnaire, load_items
from artifact.study.simulation.false_positives import FalsePositives, committed
from artifact.study.simulation.power import PowerTable, power
from artifact.study.simulation.synthetic_ratings import simulate_ratings
from artifact.workflow.results import Evidence, Scalar, Table, Value

LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "scikit-posthocs")
VARIANT_OF = {"decomposed": "correct"}
"""The SFT variant that a trace type of the study belongs to, where the names differ."""
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


def compute(
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
            simulated = Path(folder, "ratings_SIMULATED.csv")
            simulate_ratings(
                published().study.traces,
                simulated,
                per_group=per_group,
                problems=problems,
                seed=seed,
            )
            analysis = analyse(simulated, seed=seed)
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


def published_table() -> Table:
    """What is public of the ratings, and blanks where nothing is."""
    study = published().study
    rows: list[list[Scalar]] = [
        [t.trace, study.per_group, t.interpretability, t.interpretability_median, t.cognitive_load]
        for t in study.traces
    ]
    return Table(
        columns=["trace type", "people", "interpretability", "its median", "cognitive load"],
        rows=rows,
        evidence="published",
        note=f"Source: {study.source}. A dash is a figure that is not public. "
        f"Not public either: {', '.join(study.not_public)}.",
    )


def items_table(report: UserStudy) -> Table:
    """The questionnaire of this artifact, in its own wording."""
    rows: list[list[Scalar]] = [
        [item.dimension.replace("_", " "), item.text, "reversed" if item.reversed else ""]
        for item in report.questionnaire.items
    ]
    return Table(
        columns=["dimension", "item", "coding"],
        rows=rows,
        evidence="published",
        note=f"{report.questionnaire.wording[0].upper()}{report.questionnaire.wording[1:]}.",
    )


def distributions(report: UserStudy, measure: str) -> dict[str, tuple[int, ...]]:
    """Counts of the five points by group, for `rating_figures.diverging_bars`."""
    found = report.analysis.kept.measure(measure)
    return {group.group: group.distribution for group in found.groups}


def groups_table(report: UserStudy) -> Table:
    """Medians, means and reliability by measure and group."""
    rows: list[list[Scalar]] = [
        [m.measure.replace("_", " "), g.group, g.participants, _with_limits(g.median),
         _with_limits(g.mean), _with_limits(g.alpha)]
        for m in report.analysis.kept.measures
        for g in m.groups
    ]  # fmt: skip
    return Table(
        columns=["measure", "group", "people", "median", "mean", "alpha"],
        rows=rows,
        evidence=report.evidence,
        note=f"{report.mark}bootstrap over participants, "
        f"{report.analysis.meta.resamples:,} resamples; alpha with Feldt's interval.",
    )


def tests_table(report: UserStudy) -> Table:
    """Whether any group differs, by every test, per measure."""
    rows: list[list[Scalar]] = []
    for m in report.analysis.kept.measures:
        name = m.measure.replace("_", " ")
        rows.append([name, "Kruskal-Wallis", m.kruskal_wallis.statistic, _p(m.kruskal_wallis.p)])
        rows += [[name, model.model, model.test.statistic, _p(model.test.p)] for model in m.models]
    return Table(columns=["measure", "test", "statistic", "p"], rows=rows,
                 evidence=report.evidence, note=report.mark.removesuffix(": "))  # fmt: skip


def pairs_table(report: UserStudy) -> Table:
    """Every pair of groups on interpretability: Dunn, Cliff's delta, equivalence."""
    pairs = report.analysis.kept.measure(INTERPRETABILITY_SCORE).pairs
    rows: list[list[Scalar]] = [
        [f"{p.first} - {p.second}", _p(p.dunn_p_holm), _with_limits(p.delta),
         _with_limits(p.equivalence.difference), p.equivalence.equivalent]
        for p in pairs
    ]  # fmt: skip
    margin = pairs[0].equivalence.margin if pairs else None
    return Table(
        columns=["groups", "Dunn p (Holm)", "Cliff's delta", "difference (90 %)", "comparable"],
        rows=rows,
        evidence=report.evidence,
        note=f"{report.mark}comparable: the 90 % interval lies within {margin} scale points.",
    )


def exclusions_table(report: UserStudy) -> Table:
    """Participants that each rule, written beforehand, leaves out."""
    rows: list[list[Scalar]] = [
        [
            rule.rule.replace("_", " "),
            rule.threshold,
            sum(rule.left_out.values()),
            sum(rule.not_judged.values()),
        ]
        for rule in report.analysis.rules
    ]
    return Table(columns=["rule", "threshold", "left out", "not judged"], rows=rows,
                 evidence=report.evidence, note=report.mark.removesuffix(": "))  # fmt: skip


def false_positive_table(report: UserStudy) -> Table:
    """How often each test says yes where nothing differs, percent."""
    found = report.false_positives
    rows: list[list[Scalar]] = [
        [
            rate.test.replace("_", " "),
            rate.mean,
            rate.studies,
            100 * rate.rate,
            100 * rate.low,
            100 * rate.high,
        ]
        for rate in found.rates
    ]
    return Table(
        columns=["test", "mean rating", "SIMULATED studies", "rate", "95 % low", "95 % high"],
        rows=rows,
        evidence="simulated",
        note=f"Seed {found.seed}. Made by `{found.command}`.",
    )


def tables(report: UserStudy) -> Mapping[str, Table]:
    """Every table of the section, by key."""
    return {
        "published": published_table(),
        "items": items_table(report),
        "exclusions": exclusions_table(report),
        "groups": groups_table(report),
        "tests": tests_table(report),
        "pairs": pairs_table(report),
        "false_positives": false_positive_table(report),
    }


def values(report: UserStudy) -> dict[str, Value]:
    """The figures that the section's prose shows, by key."""
    study = published().study
    verbose = next(trace for trace in study.traces if trace.trace == "verbose")
    decomposed = next(trace for trace in study.traces if trace.trace == "decomposed")
    shown = {
        "participants": Value(value=study.participants, unit="count", evidence="published"),
        "per_group": Value(value=study.per_group, unit="count", evidence="published"),
        "verbose.mean": _rating(verbose.interpretability),
        "verbose.median": _rating(verbose.interpretability_median),
        "verbose.load": _rating(verbose.cognitive_load),
        "decomposed.mean": _rating(decomposed.interpretability),
    }
    for group in report.analysis.kept.measure(INTERPRETABILITY_SCORE).groups:
        if group.median.value is not None:
            shown[f"{group.group}.analysed_median"] = Value(
                value=group.median.value, unit="number", evidence=report.evidence,
                n=group.participants, note=report.mark,
            )  # fmt: skip
    return shown


def accuracy_of_traces() -> dict[tuple[str, str], tuple[float, float, float]]:
    """``(trace type, model)`` -> accuracy on the R1 subset with its limits, in [0, 1]."""
    return {
        (run.variant, run.model): (
            run.accuracy / 100,
            run.interval[0] / 100,
            run.interval[1] / 100,
        )
        for run in macro_accuracies(r1_subset=True)
        if not run.run.endswith("earlier files")
    }


def _rating(value: float | None) -> Value:
    return Value(
        value=value,
        unit="number",
        evidence="published",
        note="" if value is not None else "not public",
    )


def _with_limits(estimate: Estimate) -> str | None:
    if estimate.value is None:
        return None
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f}"
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _p(p: float | None) -> str | None:
    if p is None:
        return None
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
