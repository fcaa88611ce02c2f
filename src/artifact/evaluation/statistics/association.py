"""Whether the answer depends on the trace: the 2x2 association of "answer right" with "trace ok".

The paper reads chi-squared against 3.841 on such tables. A test alone does not say how strongly
two things go together, so effect sizes and intervals stand beside it, and
Cochran-Mantel-Haenszel asks the same question within the categories.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from math import sqrt
from types import MappingProxyType

import numpy as np
from scipy.stats import chi2, chi2_contingency, fisher_exact
from scipy.stats.contingency import expected_freq
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep

from artifact.evaluation.statistics.proportions import Interval

LEAST_EXPECTED = 5.0
"""Cochran's rule: chi-squared is read only where every expected count reaches this."""

TWO_WAY = ("chi2", "chi2_yates", "phi", "odds_ratio", "odds_ratio_ci", "fisher_p", "testable")
"""Figures that need both kinds of answer and both kinds of trace."""


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of outputs: the answer is right or wrong, the trace is ok or not.

    The order of the four fields is the release's own order in its confusion matrices.
    """

    right_ok: int
    right_not: int
    wrong_ok: int
    wrong_not: int

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool]]) -> Table:
        """Count ``(answer right, trace ok)`` pairs."""
        counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
        for right, ok in pairs:
            counts[bool(right), bool(ok)] += 1
        return cls(*counts.values())

    @property
    def counts(self) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """2x2. Rows: answer right, wrong. Columns: trace ok, not."""
        return np.array([[self.right_ok, self.right_not], [self.wrong_ok, self.wrong_not]])

    @property
    def n(self) -> int:
        """Number of outputs."""
        return self.right_ok + self.right_not + self.wrong_ok + self.wrong_not

    @property
    def empty_margin(self) -> str | None:
        """What never occurs, in words, if one row or column of the table is empty."""
        margins = {
            "right answer": self.right_ok + self.right_not,
            "wrong answer": self.wrong_ok + self.wrong_not,
            "trace that is ok": self.right_ok + self.wrong_ok,
            "trace that is not ok": self.right_not + self.wrong_not,
        }
        absent = [name for name, count in margins.items() if not count]
        return f"there is no {' and no '.join(absent)}" if absent else None


@dataclass(frozen=True, slots=True)
class Independence:
    """Figures of a 2x2 table; None where the table cannot give one.

    Attributes:
        chi2: Pearson's statistic, 1 degree of freedom, without correction.
        chi2_yates: the same with Yates' continuity correction.
        phi: signed, in [-1, 1]; positive if right answers go with ok traces.
        odds_ratio: sample odds ratio ``right_ok * wrong_not / (right_not * wrong_ok)``.
        odds_ratio_ci: on the log scale (Woolf).
        fisher_p: two-sided exact p.
        cmh_p: Cochran-Mantel-Haenszel across categories, without correction.
        p_right_given_ok, p_right_given_not: share of right answers by trace.
        difference: the first minus the second.
        difference_ci: Newcombe's hybrid score interval (Stat. Med. 17, 1998, method 10).
        testable: whether every expected count is at least 5. Where it is False the chi-squared
            values are given but unreliable; rely on `fisher_p`.
    """

    chi2: float | None = None
    chi2_yates: float | None = None
    phi: float | None = None
    odds_ratio: float | None = None
    odds_ratio_ci: Interval | None = None
    fisher_p: float | None = None
    cmh_p: float | None = None
    p_right_given_ok: float | None = None
    p_right_given_not: float | None = None
    difference: float | None = None
    difference_ci: Interval | None = None
    testable: bool = False


@dataclass(frozen=True, slots=True)
class Association:
    """`figures` of `table`, and under `notes`, by field name, why one is None or not to be read."""

    table: Table
    figures: Independence
    notes: Mapping[str, str]


def associate(table: Table, strata: Iterable[Table] = ()) -> Association:
    """All association figures of `table`.

    Args:
        table: the counts over all outputs.
        strata: one table for each category, for Cochran-Mantel-Haenszel.
    """
    notes: dict[str, str] = {}
    figures = _with_shares(Independence(), table, notes)
    if absent := table.empty_margin:
        notes |= dict.fromkeys(TWO_WAY, absent)
    else:
        figures = _with_odds(_with_tests(figures, table, notes), table, notes)
    figures = replace(figures, cmh_p=_stratified_p(strata, notes))
    order = [field.name for field in fields(figures) if field.name in notes]
    return Association(table, figures, MappingProxyType({name: notes[name] for name in order}))


def _with_shares(figures: Independence, table: Table, notes: dict[str, str]) -> Independence:
    ok, not_ok = table.right_ok + table.wrong_ok, table.right_not + table.wrong_not
    given_ok = table.right_ok / ok if ok else None
    given_not = table.right_not / not_ok if not_ok else None
    figures = replace(figures, p_right_given_ok=given_ok, p_right_given_not=given_not)
    if given_ok is None or given_not is None:
        if given_ok is None:
            notes["p_right_given_ok"] = "no trace is ok"
        if given_not is None:
            notes["p_right_given_not"] = "every trace is ok" if ok else "there is no trace"
        notes |= dict.fromkeys(("difference", "difference_ci"), "needs both shares")
        return figures
    low, high = confint_proportions_2indep(
        table.right_ok, ok, table.right_not, not_ok, method="newcomb", compare="diff"
    )
    interval = Interval(float(low), float(high))
    return replace(figures, difference=given_ok - given_not, difference_ci=interval)


def _with_tests(figures: Independence, table: Table, notes: dict[str, str]) -> Independence:
    least = float(expected_freq(table.counts).min())
    if least < LEAST_EXPECTED:
        notes["testable"] = f"the least expected count is {least:.2f}, below {LEAST_EXPECTED:g}"
    (a, b), (c, d) = table.counts.tolist()
    return replace(
        figures,
        chi2=float(chi2_contingency(table.counts, correction=False).statistic),
        chi2_yates=float(chi2_contingency(table.counts, correction=True).statistic),
        phi=(a * d - b * c) / sqrt((a + b) * (c + d) * (a + c) * (b + d)),
        fisher_p=float(fisher_exact(table.counts).pvalue),
        testable=least >= LEAST_EXPECTED,
    )


def _with_odds(figures: Independence, table: Table, notes: dict[str, str]) -> Independence:
    if table.counts.all():
        odds = Table2x2(table.counts, shift_zeros=False)
        low, high = odds.oddsratio_confint()
        interval = Interval(float(low), float(high))
        return replace(figures, odds_ratio=float(odds.oddsratio), odds_ratio_ci=interval)
    notes["odds_ratio_ci"] = "a cell is 0, so its logarithm has no bounded error"
    if table.right_not and table.wrong_ok:
        return replace(figures, odds_ratio=0.0)
    notes["odds_ratio"] = "not finite: right_not or wrong_ok is 0"
    return figures


def _stratified_p(strata: Iterable[Table], notes: dict[str, str]) -> float | None:
    """Strata with an empty margin are left out: they add nothing to either sum of the test."""
    telling = [stratum.counts for stratum in strata if not stratum.empty_margin]
    if not telling:
        notes["cmh_p"] = "no category has right and wrong answers and ok and other traces"
        return None
    # The statistic only: statsmodels takes p as 1 - cdf, which is 0 from about 70 on.
    statistic = StratifiedTable(telling).test_null_odds(correction=False).statistic
    return float(chi2.sf(statistic, df=1))
