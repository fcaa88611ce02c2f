"""The record of an analysis: every figure of the study, ready for JSON.

A figure that the ratings do not define is null and says why under `because`. Each record that
may be copied out on its own carries `simulated`.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from artifact.study.instrument.items import DIMENSIONS

INTERPRETABILITY_SCORE = "interpretability"
MEASURES = (INTERPRETABILITY_SCORE, *DIMENSIONS)
"""What is analysed: the dimensions, before them the paper's "interpretability", which is all
items of predictability, understandability and faithfulness together."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Marked(_Record):
    """A record that says whether people gave the ratings behind it."""

    simulated: bool


class Estimate(_Record):
    """A figure with its limits."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    because: str | None = None


class TestResult(_Record):
    """A test's statistic, degrees of freedom and p value."""

    __test__ = False  # the name is the field's; it is no test case

    statistic: float | None = None
    df: tuple[float, ...] = ()
    p: float | None = None
    because: str | None = None


class GroupFindings(Marked):
    """What one group said of one measure."""

    group: str
    participants: int
    ratings: int
    median: Estimate
    """Of the participants' means."""
    mean: Estimate
    """Of the participants' means."""
    distribution: tuple[int, ...]
    """How often each point, 1 first, was given after reversed items were re-coded."""
    items: int
    alpha: Estimate
    """Cronbach's alpha over participants, each item averaged over the problems."""


class EquivalenceFindings(_Record):
    """Whether two groups are comparable within a margin of scale points."""

    margin: float
    difference: Estimate
    """First minus second, with the 90 % limits that the test at 5 % goes by."""
    p: float | None = None
    equivalent: bool | None = None
    because: str | None = None


class PairFindings(Marked):
    """Two groups compared on one measure."""

    first: str
    second: str
    dunn_p: float | None
    dunn_p_holm: float | None
    """After Holm over the pairs of this measure."""
    delta: Estimate
    """Cliff's delta, positive where the first group's ratings are higher."""
    equivalence: EquivalenceFindings


class ContrastFindings(Marked):
    """One group against the reference group in a model of single ratings."""

    group: str
    reference: str
    estimate: Estimate
    p: float


class ModelFindings(Marked):
    """A model of single ratings: the test that no group differs, and each group's contrast."""

    model: str
    unit: str
    """What a contrast is counted in."""
    test: TestResult
    contrasts: tuple[ContrastFindings, ...]


class MeasureFindings(Marked):
    """Everything about one measure."""

    measure: str
    groups: tuple[GroupFindings, ...]
    kruskal_wallis: TestResult
    pairs: tuple[PairFindings, ...]
    models: tuple[ModelFindings, ...]

    def group(self, name: str) -> GroupFindings:
        """The findings of one group.

        Raises:
            KeyError: the group did not rate this measure.
        """
        return {group.group: group for group in self.groups}[name]


class Sample(Marked):
    """The findings over one set of participants."""

    participants: dict[str, int]
    """Participants by group."""
    measures: tuple[MeasureFindings, ...]

    def measure(self, name: str) -> MeasureFindings:
        """The findings of one measure.

        Raises:
            KeyError: no item of this measure was rated.
        """
        return {measure.measure: measure for measure in self.measures}[name]


class RuleCount(Marked):
    """How many participants a rule of exclusion met."""

    rule: str
    threshold: float
    left_out: dict[str, int]
    """By group; who broke several rules is counted under each."""
    not_judged: dict[str, int]
    """By group: the file does not record what the rule needs."""


class Meta(Marked):
    """What was analysed, and how."""

    mark: str | None
    """SIMULATED where no person gave the ratings."""
    source: str
    """Name of the file of ratings."""
    sha256: str
    seed: int
    resamples: int
    confidence: float
    problems: int
    items: int
    missing_answers: dict[str, int]
    """By group: answers that others of the group gave and someone did not."""


class StudyAnalysis(_Record):
    """An analysis of one file of ratings, without and with the participants left out."""

    meta: Meta
    rules: tuple[RuleCount, ...]
    left_out: dict[str, int]
    """By group: participants who broke one rule or more."""
    kept: Sample
    """The analysis: after the exclusions."""
    everyone: Sample
    """The same over everyone who took part."""
