"""Figures of the step evaluation in numbers, and drawn, also where outputs are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from matplotlib import pyplot as plt

from artifact.book.figures import charts
from artifact.book.sections.step_evaluation import compute, figures
from artifact.book.sections.step_evaluation.compute import StepEvaluation
from artifact.book.tables import Numbers
from artifact.evaluation.faults.probes import ProbeResult

QWEN, LLAMA, EIGHT = "Qwen3-1.7B", "Llama-3.2-1B-Instruct", "Qwen3-8B"
NUMBERS: dict[str, Callable[[StepEvaluation], Numbers]] = {
    "categories": figures.category_numbers,
    "steps": figures.step_numbers,
    "effects": figures.probe_effect_numbers,
}
DRAWN: dict[str, Callable[[StepEvaluation], object]] = {
    "categories": lambda r: charts.grouped_bars(figures.category_points(r), title="t", x_label="%"),
    "calibration": lambda r: charts.before_after(
        figures.calibration_rows(r), before="released", after="truth", title="t"
    ),
    "steps": lambda r: charts.grouped_bars(
        figures.step_points(r), title="t", x_label="%", references=figures.label_shortcuts(r)
    ),
    "mosaic": lambda r: charts.answer_trace_mosaic(figures.mosaic_tables(r, "correct"), title="t"),
    "effects": lambda r: charts.before_after(
        figures.probe_effects(r), before="released", after="strict", title="t"
    ),
}


@pytest.fixture(scope="module")
def reports() -> dict[str, StepEvaluation]:
    return {
        model: compute.report(dataset, model, source="lookalike", release="", n=60, seed=0)
        for model, dataset in {QWEN: "cotempqa", LLAMA: "babi", EIGHT: "cotempqa"}.items()
    }


@pytest.fixture
def qwen(reports: dict[str, StepEvaluation]) -> StepEvaluation:
    return reports[QWEN]


def with_variants(report: StepEvaluation, kept: Iterable[str]) -> StepEvaluation:
    """`report` as if the release stored outputs of these variants alone."""
    kept = set(kept)
    evaluations = tuple(e for e in report.figures.evaluations if e.variant in kept)
    return replace(report, figures=report.figures.model_copy(update={"evaluations": evaluations}))


@pytest.mark.parametrize("model", [QWEN, LLAMA, EIGHT])
@pytest.mark.parametrize("figure", NUMBERS)
def test_every_figure_of_every_model_has_its_numbers(
    reports: dict[str, StepEvaluation], model: str, figure: str
) -> None:
    numbers = NUMBERS[figure](reports[model])
    shares = [cell for row in numbers.rows for cell in row if isinstance(cell, float)]
    assert len(shares) >= 4
    assert all(0 <= share <= 100 for share in shares)


def test_each_bar_and_each_line_is_a_row_with_its_limits(qwen: StepEvaluation) -> None:
    lines = [[figures.LABEL, rule] for rule in figures.label_shortcuts(qwen)]
    for points, numbers, more in (
        (figures.category_points(qwen), figures.category_numbers(qwen), []),
        (figures.step_points(qwen), figures.step_numbers(qwen), lines),
    ):
        rows = [
            [p.group, p.series, 100 * p.value, 100 * (p.low or 0), 100 * (p.high or 0)]
            for p in points
        ]
        assert numbers.rows[: len(rows)] == rows
        assert [list(row[:2]) for row in numbers.rows[len(rows) :]] == more


def test_effects_pair_the_released_figure_with_the_strict_one(qwen: StepEvaluation) -> None:
    effects = figures.probe_effects(qwen)
    percent = {
        name: tuple(round(100 * value, 1) for value in pair) for name, pair in effects.items()
    }
    assert percent == {
        "retrieval right (F1, F2)": (78.4, 45.6),
        "answer right (F3, F4)": (53.9, 47.9),
        "right given trace right (F1, F2)": (56.2, 98.4),
        "right given trace wrong": (51.7, 31.8),
    }


@pytest.mark.parametrize(
    ("stored", "blank"),
    [
        (("prompting",), {"categories", "steps", "effects"}),
        (("vanilla",), {"steps", "effects"}),
        (("vanilla", "incorrect"), {"effects"}),
        (("correct",), set()),
    ],
)
def test_what_is_not_stored_leaves_a_figure_blank_and_says_so(
    qwen: StepEvaluation, stored: tuple[str, ...], blank: set[str]
) -> None:
    part = with_variants(qwen, stored)
    assert {name for name, numbers in NUMBERS.items() if not numbers(part).rows} == blank
    for draw in DRAWN.values():
        plt.close(draw(part))  # type: ignore[arg-type]


@pytest.mark.parametrize("model", [LLAMA, EIGHT])
@pytest.mark.parametrize("figure", DRAWN)
def test_the_figures_of_every_stored_model_can_be_drawn(
    reports: dict[str, StepEvaluation], model: str, figure: str
) -> None:
    plt.close(DRAWN[figure](reports[model]))  # type: ignore[arg-type]


def test_the_faults_are_a_list_of_what_goes_in_comes_out_and_would_be_right(
    qwen: StepEvaluation,
) -> None:
    markup = figures.probe_list(qwen).markup
    assert markup.count("<details") == markup.count("</details>") == len(qwen.probes)
    assert 'id="fault-f1"><summary>F1: ' in markup
    assert markup.count("<dt>") == 3 * len(qwen.probes)
    assert markup.count("<p>shown in this build</p>") == len(qwen.probes)


def test_a_fault_is_escaped_and_says_when_it_did_not_show(qwen: StepEvaluation) -> None:
    probe = ProbeResult(
        id="F0",
        title="<b>a & b</b>",
        went_in="<think>x</think>",
        came_out="right",
        would_be_right="wrong",
        shown=False,
        counts=None,
    )
    markup = figures.probe_list(replace(qwen, probes=(probe,))).markup
    assert "F0: &lt;b&gt;a &amp; b&lt;/b&gt;</summary>" in markup
    assert "<dt>in</dt><dd>&lt;think&gt;x&lt;/think&gt;</dd>" in markup
    assert "<p>not shown in this build</p>" in markup
