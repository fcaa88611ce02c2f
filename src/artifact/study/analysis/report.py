"""An analysis as plain tables, for a terminal or a text file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from artifact.study.analysis.findings import (
    Estimate,
    MeasureFindings,
    Sample,
    StudyAnalysis,
    TestResult,
)
from artifact.study.instrument.items import POINTS

Row = Sequence[str]


def as_text(analysis: StudyAnalysis) -> str:
    """All figures as readable tables.

    Where the ratings are simulated, every table's title and every row begins with the mark, so
    that a single copied line still tells.
    """
    mark = analysis.meta.mark
    parts = [_head(analysis), _exclusions(analysis, mark)]
    parts += _sample("after exclusions", analysis.kept, mark)
    if any(analysis.left_out.values()):
        parts += _sample("everyone", analysis.everyone, mark)
    else:
        parts.append(_title("Nobody was left out: the figures over everyone are the same.", mark))
    return "\n\n".join(parts) + "\n"


def _head(analysis: StudyAnalysis) -> str:
    meta = analysis.meta
    lines = [
        f"Ratings: {meta.source} (sha256 {meta.sha256[:12]})",
        f"{meta.problems} problems, {meta.items} items; bootstrap of {meta.resamples} resamples, "
        f"seed {meta.seed}; intervals at {meta.confidence:.0%}",
    ]
    if meta.unusable_rows:
        lines.append(f"rows left out: {len(meta.unusable_rows)}")
        lines += [f"  {reason}" for reason in meta.unusable_rows]
    if meta.mark:
        lines.insert(0, f"{meta.mark}: no person gave these ratings.")
    return "\n".join(lines)


def _exclusions(analysis: StudyAnalysis, mark: str | None) -> str:
    groups = list(analysis.everyone.participants)
    rows = [
        [
            rule.rule,
            f"{rule.threshold:g}",
            *(str(rule.left_out[group]) for group in groups),
            str(sum(rule.not_judged.values())),
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


def _sample(name: str, sample: Sample, mark: str | None) -> list[str]:
    tables: list[str] = []
    for measure in sample.measures:
        title = f"{measure.measure} ({name})"
        tables.append(_groups(title, measure, mark))
        tables.append(_tests(title, measure, mark))
        if measure.pairs:
            tables.append(_pairs(title, measure, mark))
        if any(model.contrasts for model in measure.models):
            tables.append(_contrasts(title, measure, mark))
    return tables


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


def _tests(title: str, measure: MeasureFindings, mark: str | None) -> str:
    tests = [("Kruskal-Wallis", measure.kruskal_wallis)]
    tests += [(model.model, model.test) for model in measure.models]
    rows = [[name, *_test(test)] for name, test in tests]
    return _table(f"{title}: does any group differ?", ["test", "statistic", "df", "p"], rows, mark)


def _pairs(title: str, measure: MeasureFindings, mark: str | None) -> str:
    rows = [
        [
            f"{pair.first} - {pair.second}",
            _p(pair.dunn_p),
            _p(pair.dunn_p_holm),
            _estimate(pair.delta),
            _estimate(pair.equivalence.difference, because=pair.equivalence.because),
            _p(pair.equivalence.p),
        ]
        for pair in measure.pairs
    ]
    margin = measure.pairs[0].equivalence.margin
    header = ["pair", "Dunn p", "Holm p", "Cliff's delta", "difference (90 %)"]
    header.append(f"p equivalent within {margin:g}")
    return _table(f"{title}: pairs", header, rows, mark)


def _contrasts(title: str, measure: MeasureFindings, mark: str | None) -> str:
    rows = [
        [
            f"{model.model} ({model.unit})",
            f"{contrast.group} - {contrast.reference}",
            _estimate(contrast.estimate),
            _p(contrast.p),
        ]
        for model in measure.models
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
