"""An analysis as plain tables, for a terminal or a text file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from artifact.study.analysis.findings import (
    Comprehension,
    Estimate,
    MeasureFindings,
    ModelFindings,
    PersonalCount,
    Procedure,
    RuleCount,
    Sample,
    StudyAnalysis,
    TestResult,
    TimeAway,
)
from artifact.study.instrument.items import POINTS

Row = Sequence[str]

RECORDS = {
    "checks_failed": "attention checks",
    "too_fast": "times",
    "straight_lining": "pages with plain and reversed items",
    "incomplete": "answers",
    "long_away": "time away from the page",
}
"""What a file must record for each rule to be applied."""


def as_text(analysis: StudyAnalysis) -> str:
    """All figures as readable tables.

    Where the ratings are simulated, every table's title and every row begins with the mark, so
    that a single copied line still says so.
    """
    mark = analysis.meta.mark
    parts = [_head(analysis), _exclusions(analysis, mark)]
    if analysis.time_away:
        parts.append(_time_away(analysis.time_away, mark))
    if analysis.demographics:
        parts.append(_demographics(analysis.demographics, mark))
    parts += _sample("after exclusions", analysis.kept, analysis.meta.procedure, mark)
    if any(analysis.left_out.values()):
        parts += _sample("everyone", analysis.everyone, analysis.meta.procedure, mark)
    else:
        parts.append(_title("Nobody was left out: the numbers over everyone are the same.", mark))
    return "\n\n".join(parts) + "\n"


def _head(analysis: StudyAnalysis) -> str:
    meta = analysis.meta
    lines = [
        f"Ratings: {meta.source} (sha256 {meta.sha256[:12]})",
        f"{meta.design} subjects, {meta.problems} problems, {meta.items} items; bootstrap of "
        f"{meta.resamples} resamples, seed {meta.seed}; intervals at {meta.confidence:.0%}",
    ]
    if meta.unusable_rows:
        lines.append(f"rows left out: {len(meta.unusable_rows)}")
        lines += [f"  {reason}" for reason in meta.unusable_rows]
    if meta.mark:
        lines.insert(0, f"{meta.mark}: no person gave these ratings.")
    return "\n".join(lines)


def _exclusions(analysis: StudyAnalysis, mark: str | None) -> str:
    groups, people = list(analysis.everyone.participants), analysis.everyone.people
    rows = [
        [
            rule.rule,
            f"{rule.threshold:g}",
            *(_left_out(rule, group, analysis.everyone) for group in groups),
            _not_judged(rule, people),
        ]
        for rule in analysis.rules
    ]
    for name, counts in (
        ("any rule", analysis.left_out),
        ("took part", analysis.everyone.participants),
    ):
        rows.append([name, "", *(str(counts[group]) for group in groups), ""])
    header = ["rule", "threshold", *groups, "not judged"]
    return _table("Participants left out", header, rows, mark)


def _left_out(rule: RuleCount, group: str, everyone: Sample) -> str:
    """How many; a dash where the rule could be applied to nobody, which is not zero."""
    judged = everyone.participants[group] > rule.not_judged[group]
    return str(rule.left_out[group]) if judged else "-"


def _not_judged(rule: RuleCount, people: int) -> str:
    if rule.people_not_judged < people:
        return str(rule.people_not_judged)
    return f"all {people}: the file does not record {RECORDS[rule.rule]}"


def _time_away(found: Sequence[TimeAway], mark: str | None) -> str:
    rows = [
        [
            away.group,
            f"{away.participants_away} of {away.participants}",
            f"{away.pages_away} of {away.pages}",
            str(away.times),
            f"{away.seconds:.1f}",
            f"{away.longest:.1f}",
        ]
        for away in found
    ]
    header = ["group", "people away", "pages left", "times", "seconds", "longest, one person"]
    return _table("Time away from the page (everyone)", header, rows, mark)


def _demographics(counts: Sequence[PersonalCount], mark: str | None) -> str:
    rows = [
        [it.question, it.answer or "(no answer)", str(it.kept), str(it.everyone)] for it in counts
    ]
    title = "What participants said about themselves"
    return _table(title, ["question", "answer", "kept", "everyone"], rows, mark)


def _sample(name: str, sample: Sample, procedure: Procedure, mark: str | None) -> list[str]:
    tables: list[str] = []
    for measure in sample.measures:
        title = f"{measure.measure} ({name})"
        tables.append(_groups(title, measure, mark))
        tables.append(_tests(title, measure, procedure, mark))
        if measure.pairs:
            tables.append(_pairs(title, measure, procedure, mark))
        if any(model.contrasts for model in measure.models):
            tables.append(_contrasts(title, measure.models, mark))
    if sample.comprehension:
        tables += _comprehension(f"comprehension ({name})", sample.comprehension, mark)
    return tables


def _comprehension(title: str, found: Comprehension, mark: str | None) -> list[str]:
    rows = [
        [
            it.group,
            str(it.participants),
            f"{it.right} of {it.answers}",
            _estimate(it.share),
            "" if it.effective is None else f"{it.effective:.0f}",
            f"{it.by_chance:.2f}",
        ]
        for it in found.groups
    ]
    header = ["group", "n", "right", "share", "effective n", "at random"]
    test = [[found.model.model, *_test(found.model.test)]]
    tables = [
        _table(f"{title}: what the trace leads to, guessed before the answer", header, rows, mark),
        _table(f"{title}: does any group differ?", ["test", "statistic", "df", "p"], test, mark),
    ]
    return [*tables, *([_contrasts(title, [found.model], mark)] if found.model.contrasts else [])]


def _groups(title: str, measure: MeasureFindings, mark: str | None) -> str:
    rows = [
        [
            group.group,
            str(group.participants),
            _estimate(group.median),
            _estimate(group.mean),
            _estimate(group.alpha),
            *(str(count) for count in group.distribution),
        ]
        for group in measure.groups
    ]
    points = [str(point) for point in range(1, POINTS + 1)]
    return _table(title, ["group", "n", "median", "mean", "alpha", *points], rows, mark)


def _tests(title: str, measure: MeasureFindings, procedure: Procedure, mark: str | None) -> str:
    tests = [(procedure.omnibus, measure.omnibus)]
    tests += [(model.model, model.test) for model in measure.models]
    rows = [[name, *_test(test)] for name, test in tests]
    return _table(f"{title}: does any group differ?", ["test", "statistic", "df", "p"], rows, mark)


def _pairs(title: str, measure: MeasureFindings, procedure: Procedure, mark: str | None) -> str:
    rows = [
        [
            f"{pair.first} - {pair.second}",
            _p(pair.p),
            _p(pair.p_holm),
            _estimate(pair.effect),
            _estimate(pair.equivalence.difference, because=pair.equivalence.because),
            _p(pair.equivalence.p),
        ]
        for pair in measure.pairs
    ]
    margin = measure.pairs[0].equivalence.margin
    header = ["pair", f"{procedure.pairs} p", "Holm p", procedure.effect, "difference (90 %)"]
    header.append(f"p equivalent within {margin:g}")
    return _table(f"{title}: pairs", header, rows, mark)


def _contrasts(title: str, models: Sequence[ModelFindings], mark: str | None) -> str:
    rows = [
        [
            f"{model.model} ({model.unit})",
            f"{contrast.group} - {contrast.reference}",
            _estimate(contrast.estimate),
            _p(contrast.p),
        ]
        for model in models
        for contrast in model.contrasts
    ]
    return _table(f"{title}: models", ["model", "contrast", "estimate", "p"], rows, mark)


def _estimate(estimate: Estimate, *, because: str | None = None) -> str:
    if estimate.value is None:
        return f"none: {because or estimate.because}"
    if estimate.low is None:
        return f"{estimate.value:.2f}"
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _test(test: TestResult) -> Row:
    if test.p is None:
        return ["", "", f"none: {test.because}"]
    return [f"{test.statistic:.2f}", ", ".join(f"{df:g}" for df in test.df), _p(test.p)]


def _p(p: float | None) -> str:
    if p is None:
        return ""
    return "< .0001" if p < 0.0001 else f"{p:.4f}"


def _title(title: str, mark: str | None) -> str:
    return f"{mark}: {title}" if mark else title


def _table(title: str, header: Row, rows: Iterable[Row], mark: str | None) -> str:
    """A table in columns as wide as their widest cell, the mark first in every row."""
    lead = [mark] if mark else []
    lines = [[*lead, *header], *([*lead, *row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    body = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return "\n".join((_title(title, mark), *body))
