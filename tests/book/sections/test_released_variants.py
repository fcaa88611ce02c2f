"""The published and released runs: every one of them, with intervals, in words and in points."""

from __future__ import annotations

from collections.abc import Callable
from statistics import variance

import pytest
from scipy import stats

from artifact.book.figures import charts
from artifact.book.figures.style import GREYED, variant_colours
from artifact.book.sections import released_variants
from artifact.book.sections.released_variants.compute import SEEDED_MODELS, key_of
from artifact.book.sections.released_variants.figures import PUBLISHED_RUN
from artifact.claims.published import macro_accuracies, published
from artifact.claims.snapshot import load_snapshot
from artifact.common.errors import InputError
from artifact.workflow.results import SectionResult, glue_values

QWEN, LLAMA = SEEDED_MODELS
VARIANTS = ("vanilla", "correct", "incorrect")


def result() -> SectionResult:
    return SectionResult.of(
        "released_variants",
        parameters={},
        source=released_variants.compute.SOURCE,
        values=released_variants.values.all_values(),
        tables=released_variants.tables.all_tables(),
    )


def test_every_value_that_the_prose_shows_is_there(glued: Callable[[str], set[str]]) -> None:
    asked = glued("released_variants")
    assert len(asked) > 10
    assert asked <= set(glue_values(result()))


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (QWEN, "Qwen3_1_7B"),
        (LLAMA, "Llama_3_2_1B"),
        ("Llama-3.1-8B-Instruct", "Llama_3_1_8B"),
        ("Qwen3-8B", "Qwen3_8B"),
    ],
)
def test_a_models_name_as_a_key(model: str, key: str) -> None:
    assert key_of(model) == key


def test_all_is_published_and_nothing_was_scored_here() -> None:
    stand_behind = {"published", "read by eye"}
    assert {
        value.evidence for value in released_variants.values.all_values().values()
    } == stand_behind
    assert {
        table.evidence for table in released_variants.tables.all_tables().values()
    } == stand_behind


def test_what_was_read_by_eye_is_shown_file_by_file_and_adds_up() -> None:
    table = released_variants.tables.read_by_eye_table()
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert len(rows) == 16
    drawn = sum(sum(bar.counts) for bar in released_variants.figures.answers_reached())
    assert sum(row["n"] for row in rows) == drawn == 1024
    for row in rows:
        assert row["exactly gold"] <= row["answer begun"] <= row["n"]
        assert row["95 % low"] <= row["exactly gold %"] <= row["95 % high"]
    mix = next(row for row in rows if (row["model"], row["category"]) == ("Qwen3-8B", "mix"))
    assert (mix["answer begun"], mix["as released %"], mix["commit"]) == (0, 71.7, "2a6d75f7")


def test_r1_traces_are_worse_than_vanilla_where_both_were_read() -> None:
    table = released_variants.tables.read_models_table()
    assert table.columns[10:13] == ["R1 traces minus this", "95 % low", "95 % high"]
    pairs = {(row[0], row[1]): row[10:13] for row in table.rows}
    assert pairs["Qwen3-1.7B", "vanilla"][0] == pytest.approx(36.7 - 62.5, abs=0.1)
    assert pairs["Llama-3.1-8B-Instruct", "summaries"][0] == pytest.approx(35.2 - 76.6, abs=0.1)
    for (_, kind), (difference, low, high) in pairs.items():
        assert (difference is None) == (kind == "R1 traces")
        assert difference is None or low <= difference <= high


def test_the_bars_of_answers_reached_are_split_without_a_rest() -> None:
    numbers = released_variants.figures.answers_reached_numbers()
    rows = {row[0]: row[1:4] for row in numbers.rows}
    assert rows["Qwen3-8B, R1 traces"] == [20, 3, 105]
    figure = charts.parts_of_whole(
        released_variants.figures.answers_reached(),
        parts=released_variants.figures.ANSWERS_REACHED,
        marked="right as released",
        title="t",
    )
    widths: dict[float, float] = {}
    for bar in figure.axes[0].patches:
        middle = bar.get_y() + bar.get_height() / 2
        widths[middle] = widths.get(middle, 0) + bar.get_width()
    assert list(widths.values()) == pytest.approx([100] * 8)


@pytest.mark.parametrize(
    ("key", "share"),
    [
        ("Qwen3_1_7B.vanilla.published", 0.6033),
        ("Qwen3_1_7B.incorrect.published", 0.6388),
        ("Llama_3_2_1B.correct.published", 0.3955),
        ("Qwen3_1_7B.vanilla.seed_mean", 0.572),
        ("Llama_3_2_1B.incorrect.seed_mean", 0.366),
        ("Llama_3_2_1B.verbose.r1_subset", 0.630),
        ("Qwen3_8B.vanilla.r1_subset", 0.811),
        ("Llama_3_1_8B.swapped.r1_subset", 0.196),
    ],
)
def test_figures_known_of_the_paper_and_its_release(key: str, share: float) -> None:
    assert released_variants.values.all_values()[key].value == pytest.approx(share, abs=0.0006)


@pytest.mark.parametrize("model", SEEDED_MODELS)
def test_differences_of_seed_means_are_those_of_the_means(model: str) -> None:
    values, key = released_variants.values.all_values(), key_of(model)
    for second, first in (
        ("vanilla", "correct"),
        ("vanilla", "incorrect"),
        ("correct", "incorrect"),
    ):
        difference = values[f"{key}.{first}_minus_{second}"]
        means = [values[f"{key}.{variant}.seed_mean"].value for variant in (first, second)]
        assert difference.value == pytest.approx(means[0] - means[1])
        assert difference.interval is not None
        low, high = difference.interval
        assert low < difference.value < high
        assert (difference.n, difference.unit) == (3, "points")


def test_in_the_seeds_incorrect_traces_never_beat_no_traces() -> None:
    values = released_variants.compute.seed_differences()
    assert all(values[f"{key_of(m)}.incorrect_minus_vanilla"].value < 0 for m in SEEDED_MODELS)


def test_welchs_interval_is_the_textbooks() -> None:
    """From the three seeds' spreads, with Welch's and Satterthwaite's degrees of freedom."""
    seeds = {
        variant: [
            run.accuracy / 100
            for run in macro_accuracies(r1_subset=False)
            if (run.model, run.variant) == (QWEN, variant) and run.run.startswith("seed")
        ]
        for variant in ("vanilla", "correct")
    }
    a, b = (variance(accuracies) / 3 for accuracies in seeds.values())
    degrees = (a + b) ** 2 / (a**2 / 2 + b**2 / 2)
    value = released_variants.compute.seed_differences()[f"{key_of(QWEN)}.correct_minus_vanilla"]
    assert value.interval is not None
    half = (value.interval[1] - value.interval[0]) / 2
    assert half == pytest.approx(stats.t.ppf(0.975, degrees) * (a + b) ** 0.5)


# Points and words


def test_every_run_of_the_chosen_models_is_a_point() -> None:
    points = released_variants.figures.accuracy_points()
    runs = [run for run in macro_accuracies(r1_subset=False) if run.model in SEEDED_MODELS]
    printed = published().cotemp_table.rows
    assert len(points) == len(runs) + len(printed)
    assert {p.value for p in points if p.run == PUBLISHED_RUN} == {r.final / 100 for r in printed}
    assert all(p.low is None for p in points if p.run == PUBLISHED_RUN), "no counts, no interval"
    assert all(p.low < p.value < p.high for p in points if p.run != PUBLISHED_RUN)
    assert [p.panel for p in points] == sorted((p.panel for p in points), key=SEEDED_MODELS.index)


def test_one_model_is_one_panel() -> None:
    assert {point.panel for point in released_variants.figures.accuracy_points([LLAMA])} == {LLAMA}


@pytest.mark.parametrize("models", [["GPT-0"], [QWEN, "GPT-0"]])
def test_an_unknown_model_lists_the_known_ones(models: list[str]) -> None:
    with pytest.raises(InputError, match=rf"field 'models': no numbers of GPT-0; .*{QWEN}"):
        released_variants.figures.accuracy_points(models)


def test_the_r1_subset_shows_later_files_only_small_models_first() -> None:
    points = released_variants.figures.r1_subset_points()
    panels = list(dict.fromkeys(point.panel for point in points))
    assert set(panels[:2]) == {QWEN, LLAMA}
    assert {point.group for point in points} <= set(variant_colours())
    pairs = [(point.panel, point.group) for point in points]
    assert len(pairs) == len(set(pairs)), "one run each"


def test_what_was_trained_on_other_problems_conversations_is_greyed() -> None:
    points = released_variants.figures.r1_subset_points()
    assert {p.group for p in points if p.series == GREYED} == {"correct"}
    assert all(p.series == p.group for p in points if p.series != GREYED)
    figure = charts.dots_by_group(points, title="t", x_label="%", columns=2)
    models = list(dict.fromkeys(p.panel for p in points))
    shown = [axis for axis in figure.axes if axis.axison]
    assert [axis.get_title(loc="left") for axis in shown] == models
    places = [axis.get_subplotspec() for axis in shown]
    assert [(it.rowspan.start, it.colspan.start) for it in places] == [
        divmod(place, 2) for place in range(len(models))
    ]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [GREYED]


# Tables


def test_the_published_table_is_as_printed() -> None:
    rows = released_variants.tables.published_table().rows
    assert [QWEN, "correct", 52.88, 47.06, 78.99] in rows
    assert [LLAMA, "vanilla", 44.65, None, None] in rows
    assert len(rows) == 6


@pytest.mark.parametrize(("r1_subset", "n"), [(False, 950), (True, 742)])
def test_a_table_of_runs_has_every_run_with_its_interval(r1_subset: bool, n: int) -> None:
    rows = released_variants.tables.runs_table(r1_subset=r1_subset).rows
    assert len(rows) == len(macro_accuracies(r1_subset=r1_subset))
    assert {row[3] for row in rows} == {n}
    assert all(low <= accuracy <= high for *_, accuracy, low, high in rows)


def test_the_seeds_table_is_the_values_of_the_prose() -> None:
    values = released_variants.values.all_values()
    rows = released_variants.tables.seeds_table().rows
    assert {(row[0], row[1]) for row in rows} == {(m, v) for m in SEEDED_MODELS for v in VARIANTS}
    for model, variant, seeds, mean, sd in rows:
        assert (seeds, sd is None) == (3, False)
        assert values[f"{key_of(str(model))}.{variant}.seed_mean"].value == pytest.approx(
            mean / 100
        )


def test_other_datasets_are_those_of_the_branches_beside_other_commits() -> None:
    rows = {tuple(row[:3]): row[3:] for row in released_variants.tables.other_datasets_table().rows}
    assert {row[0] for row in rows} == {"bAbI QA", "MARCO QA"}
    for evaluation in load_snapshot().evaluations:
        if (evaluation.dataset, evaluation.semantics) == ("babi", "released"):
            accuracy, _ = rows["bAbI QA", evaluation.model, evaluation.variant]
            assert accuracy == pytest.approx(
                100 * (evaluation.answer.released_micro or 0), abs=0.05
            )
    assert rows["bAbI QA", "Qwen3-1.7B", "vanilla"] == [97.9, "3.4 (6f0fecb)"]
    assert rows["bAbI QA", "Qwen3-1.7B", "correct"] == [96.5, None]
