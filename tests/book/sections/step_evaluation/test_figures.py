"""Figures of the step evaluation in words, and drawn, also where outputs are missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from matplotlib import pyplot as plt

from artifact.book.figures import charts
from artifact.book.figures.style import NOTHING
from artifact.book.sections.step_evaluation import compute, figures
from artifact.book.sections.step_evaluation.compute import StepEvaluation
from artifact.evaluation.faults.probes import ProbeResult

QWEN, LLAMA, EIGHT = "Qwen3-1.7B", "Llama-3.2-1B-Instruct", "Qwen3-8B"
TOLD: dict[str, Callable[[StepEvaluation], str]] = {
    "categories": figures.category_in_words,
    "steps": figures.step_in_words,
    "effects": figures.probe_effects_in_words,
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
@pytest.mark.parametrize("figure", TOLD)
def test_words_hold_the_numbers(
    reports: dict[str, StepEvaluation], model: str, figure: str
) -> None:
    told = TOLD[figure](reports[model])
    assert len(re.findall(r"\d+\.\d %", told)) >= 4
    assert NOTHING not in told
    assert "nan" not in told


def test_each_bar_is_told_in_words(qwen: StepEvaluation) -> None:
    for points, told in (
        (figures.category_points(qwen), figures.category_in_words(qwen)),
        (figures.step_points(qwen), figures.step_in_words(qwen)),
    ):
        for p in points:
            assert f"{p.group}, {p.series}: {100 * p.value:.1f} %" in told
    for rule in figures.label_shortcuts(qwen):
        assert rule in figures.step_in_words(qwen)


def test_effects_pair_the_released_figure_with_the_strict_one(qwen: StepEvaluation) -> None:
    effects = figures.probe_effects(qwen)
    percent = {
        name: tuple(round(100 * value, 1) for value in pair) for name, pair in effects.items()
    }
    assert percent == {
        "retrieval right (F1, F2)": (78.4, 45.6),
        "answer right (F3, F4)": (53.9, 47.9),
        "right given trace ok (F1, F2)": (56.2, 98.4),
        "right given trace not ok": (51.7, 31.8),
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
    assert {name for name, told in TOLD.items() if NOTHING in told(part)} == blank
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
