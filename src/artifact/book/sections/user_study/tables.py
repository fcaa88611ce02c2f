"""The user study as tables: what is public, the items, and the analysis of the ratings."""

from __future__ import annotations

from artifact.book.sections.common import percent
from artifact.book.sections.user_study.compute import UserStudy
from artifact.claims.published import published
from artifact.common.p_values import p_text
from artifact.study.analysis.findings import INTERPRETABILITY_SCORE, Comprehension, Estimate
from artifact.workflow.results import Scalar, Table


def all_tables(report: UserStudy) -> dict[str, Table]:
    """Every table of the section, by key."""
    found = report.analysis.kept.comprehension
    guessed = {"comprehension": comprehension_table(found, report)} if found else {}
    return guessed | {
        "published": published_table(),
        "items": items_table(report),
        "exclusions": exclusions_table(report),
        "groups": groups_table(report),
        "tests": tests_table(report),
        "pairs": pairs_table(report),
        "false_positives": false_positive_table(report),
    }


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
        note=f"Source: {study.source}. A dash is a number that is not public. "
        f"Not public either: {', '.join(study.not_public)}.",
    )


def items_table(report: UserStudy) -> Table:
    """The questionnaire of this artifact, in its own wording."""
    rows: list[list[Scalar]] = [
        [
            item.dimension.replace("_", " "),
            item.text,
            "reversed" if item.reversed else "as answered",
        ]
        for item in report.questionnaire.items
    ]
    return Table(
        columns=["dimension", "item", "coding"],
        rows=rows,
        evidence="published",
        note=f"{report.questionnaire.wording[0].upper()}{report.questionnaire.wording[1:]}.",
    )


def exclusions_table(report: UserStudy) -> Table:
    """Participants that each rule, written beforehand, leaves out."""
    people = report.analysis.everyone.people
    rows: list[list[Scalar]] = []
    for rule in report.analysis.rules:
        if judged := people - rule.people_not_judged:
            name = rule.rule.replace("_", " ")
            rows.append([name, rule.threshold, judged, rule.people_left_out])
    return Table(
        columns=["rule", "threshold", "people judged by it", "left out"],
        rows=rows,
        evidence=report.evidence,
        note=f"{report.mark}a rule is applied only to people for whom the ratings record what it "
        "needs, and listed if there are any; simulated ones have neither attention checks nor "
        "times.",
    )


def groups_table(report: UserStudy) -> Table:
    """Medians, means and reliability by measure and group."""
    rows: list[list[Scalar]] = [
        [
            m.measure.replace("_", " "),
            g.group,
            g.participants,
            _with_limits(g.median),
            _with_limits(g.mean),
            _with_limits(g.alpha),
        ]
        for m in report.analysis.kept.measures
        for g in m.groups
    ]
    return Table(
        columns=["measure", "group", "people", "median", "mean", "Cronbach's alpha"],
        rows=rows,
        evidence=report.evidence,
        note=f"{report.mark}bootstrap over participants, "
        f"{report.analysis.meta.resamples:,} resamples; Cronbach's alpha with Feldt's interval.",
    )


def tests_table(report: UserStudy) -> Table:
    """Whether any group differs, by every test, per measure; the note names measures that no test
    could compare."""
    rows: list[list[Scalar]] = []
    procedure = report.analysis.meta.procedure
    for m in report.analysis.kept.measures:
        name = m.measure.replace("_", " ")
        rows.append([name, procedure.omnibus, m.omnibus.statistic, p_text(m.omnibus.p)])
        rows += [
            [name, model.model, model.test.statistic, p_text(model.test.p)] for model in m.models
        ]
    tested = [row for row in rows if row[2] is not None]
    untested = {str(row[0]) for row in rows} - {row[0] for row in tested}
    too_few = f"Too few groups to compare: {', '.join(sorted(untested))}" if untested else ""
    return Table(
        columns=["measure", "test", "statistic", "p"],
        rows=tested,
        evidence=report.evidence,
        note=". ".join(filter(None, [report.mark.removesuffix(": "), too_few])),
    )


def pairs_table(report: UserStudy) -> Table:
    """Every pair of groups on interpretability: rank test, how one-sided, equivalence."""
    procedure = report.analysis.meta.procedure
    pairs = report.analysis.kept.measure(INTERPRETABILITY_SCORE).pairs
    rows: list[list[Scalar]] = [
        [
            f"{p.first} - {p.second}",
            p_text(p.p_holm),
            _with_limits(p.effect),
            _with_limits(p.equivalence.difference),
            p.equivalence.equivalent,
        ]
        for p in pairs
    ]
    margin = pairs[0].equivalence.margin if pairs else None
    return Table(
        columns=[
            "groups",
            f"{procedure.pairs} p (Holm)",
            procedure.effect,
            "difference (90 %)",
            "comparable",
        ],
        rows=rows,
        evidence=report.evidence,
        note=f"{report.mark}comparable: the 90 % interval lies within {margin} scale points.",
    )


def comprehension_table(found: Comprehension, report: UserStudy) -> Table:
    """How often people expected the answer that the trace points to, percent, and a test."""
    rows: list[list[Scalar]] = [
        [
            it.group,
            it.participants,
            it.answers,
            percent(it.share.value),
            percent(it.share.low),
            percent(it.share.high),
            100 * it.by_chance,
        ]
        for it in found.groups
    ]
    test = found.model.test
    compared = (
        f"Trace types compared: p {p_text(test.p)}"
        if test.p is not None
        else f"Trace types not compared: {test.because}"
    )
    return Table(
        columns=["trace type", "people", "guesses", "right", "95 % low", "95 % high", "at random"],
        rows=rows,
        evidence=report.evidence,
        note=f"{report.mark}guessed from the trace, before the answer was shown; right: all that "
        "the trace points to and nothing else. Limits count several guesses of one person as the "
        f"fewer independent ones that they are worth. {compared} ({found.model.model} model, "
        "errors clustered by person).",
    )


NAMES = {
    "kruskal_wallis": "Kruskal-Wallis",
    "dunn": "Dunn, one pair",
    "dunn_holm": "Dunn, all pairs after Holm",
    "cliffs_delta": "Cliff's delta",
    "friedman": "Friedman",
}
"""Tests that bear the name of a person or need more words; the others are called as in code."""


def false_positive_table(report: UserStudy) -> Table:
    """How often each test says yes where nothing differs, percent."""
    found = report.false_positives
    rows: list[list[Scalar]] = [
        [
            NAMES.get(rate.test, rate.test.replace("_", " ")),
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
        note=f"Seed {found.seed}. Made by: {found.command}",
    )


def _with_limits(estimate: Estimate) -> str | None:
    if estimate.value is None:
        return None
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f}"
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"
