"""The record of an analysis: every figure of the study, ready for JSON.

A figure that the ratings do not define is null and says why under `because`, the text of the
`UndefinedError` that the statistic raised. Each record that may be copied on its own carries
`simulated`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from artifact.study.instrument.items import DIMENSIONS
from artifact.study.instrument.ratings import Design

INTERPRETABILITY_SCORE = "interpretability"
MEASURES = (INTERPRETABILITY_SCORE, *DIMENSIONS)
"""What is analysed: the dimensions, before them the paper's "interpretability", which is all
items of predictability, understandability and faithfulness together."""


class UndefinedError(ValueError):
    """A statistic that these ratings do not define; the text says why, for people.

    Never shown as a failure: four identical ratings are not a fault of the file.
    """


class Finding(BaseModel):
    """Base of all records here."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Marked(Finding):
    """A finding that says whether people gave the ratings behind it."""

    simulated: bool


class Estimate(Finding):
    """A figure with the limits of its interval; null where the ratings do not define them."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    because: str | None = None


class TestResult(Finding):
    """A test's statistic, degrees of freedom and p value."""

    __test__ = False  # statistics' own term; not a test case

    statistic: float | None = None
    df: tuple[float, ...] = ()
    p: float | None = None
    because: str | None = None


class GroupFindings(Marked):
    """One group's ratings of one measure."""

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


class EquivalenceFindings(Finding):
    """The test that two groups' means are equivalent within a margin of scale points."""

    margin: float
    difference: Estimate
    """First minus second group, with the 90 % limits that decide the test at 5 %."""
    p: float | None = None
    equivalent: bool | None = None
    because: str | None = None


class PairFindings(Marked):
    """Two groups compared on one measure."""

    first: str
    second: str
    p: float | None
    p_holm: float | None
    """After Holm over the pairs of this measure."""
    effect: Estimate
    """From -1 to 1, positive where the first group's ratings are higher."""
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
    """Unit of the contrasts."""
    test: TestResult
    contrasts: tuple[ContrastFindings, ...]


class MeasureFindings(Marked):
    """Everything about one measure."""

    measure: str
    groups: tuple[GroupFindings, ...]
    omnibus: TestResult
    """Whether any group differs, by ranks."""
    pairs: tuple[PairFindings, ...]
    models: tuple[ModelFindings, ...]

    def group(self, name: str) -> GroupFindings:
        """The findings of one group.

        Raises:
            KeyError: the group did not rate this measure.
        """
        return {group.group: group for group in self.groups}[name]


class Guessing(Marked):
    """How often one group's guesses of the answer from a trace were what the trace points to."""

    group: str
    participants: int
    answers: int
    right: int
    share: Estimate
    """Of the answers, with Wilson's limits at `effective`."""
    effective: float | None
    """The number of independent answers that would be as informative: each person gave several."""
    by_chance: float
    """The share that random ticking would reach, each set of choices equally likely."""


class Comprehension(Marked):
    """Guesses of the answer from a trace, by trace type."""

    groups: tuple[Guessing, ...]
    model: ModelFindings


class Sample(Marked):
    """The findings for one set of participants."""

    participants: dict[str, int]
    """Participants by group."""
    people: int
    """Over all groups; within subjects a person is in several."""
    measures: tuple[MeasureFindings, ...]
    comprehension: Comprehension | None = None
    """None where no guesses were given."""

    def measure(self, name: str) -> MeasureFindings:
        """The findings of one measure.

        Raises:
            KeyError: no item of this measure was rated.
        """
        return {measure.measure: measure for measure in self.measures}[name]


class RuleCount(Marked):
    """How many participants an exclusion rule leaves out."""

    rule: str
    threshold: float
    left_out: dict[str, int]
    """By group; a participant who broke several rules is counted under each."""
    not_judged: dict[str, int]
    """By group: participants for whom the file does not record what the rule needs."""
    people_left_out: int
    people_not_judged: int
    """Over all groups; within subjects a person is in several."""


class Procedure(Finding):
    """What the tests of a design are called."""

    omnibus: str
    pairs: str
    effect: str


PROCEDURES: Mapping[Design, Procedure] = {
    "between": Procedure(omnibus="Kruskal-Wallis", pairs="Dunn", effect="Cliff's delta"),
    "within": Procedure(
        omnibus="Friedman", pairs="signed-rank", effect="rank-biserial correlation"
    ),
}
"""By design: between subjects each person rated one trace type, within subjects all of them."""


class Meta(Marked):
    """What was analysed, and how."""

    design: Design = "between"

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
    """By group: answers that a participant did not give but others in the group did."""
    unusable_rows: tuple[str, ...] = ()
    """Rows of the file that were left out when it was read, each with the reason."""

    @property
    def procedure(self) -> Procedure:
        """The tests used, by name."""
        return PROCEDURES[self.design]


class TimeAway(Marked):
    """How often and how long pages of problems were left for other windows, in one group; only what
    was recorded."""

    group: str
    participants: int
    participants_away: int
    """Who left at least once."""
    pages: int
    pages_away: int
    times: int
    seconds: float
    """Over all pages and people."""
    longest: float
    """Total seconds of the person who was away longest."""


class PersonalCount(Marked):
    """How many participants chose an option of a question about themselves."""

    question: str
    option: int | None
    """Its number; None counts those who left the question out."""
    answer: str
    kept: int
    """Of those in the analysis."""
    everyone: int


class StudyAnalysis(Finding):
    """The analysis of one file of ratings, without and with the participants left out."""

    meta: Meta
    rules: tuple[RuleCount, ...]
    left_out: dict[str, int]
    """By group: participants who broke at least one rule."""
    kept: Sample
    """The analysis: after the exclusions."""
    everyone: Sample
    """The same for everyone who took part."""
    time_away: tuple[TimeAway, ...] = ()
    """By group, for everyone; empty where the file does not record it."""
    demographics: tuple[PersonalCount, ...] = ()
    """Empty where none were given."""
