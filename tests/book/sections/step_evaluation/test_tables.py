"""The tables and points of the step evaluation: what each row holds, by model and as a whole."""

from __future__ import annotations

import html
from typing import Any

import pytest

from artifact.book.figures.style import DASHES
from artifact.book.sections.step_evaluation import compute, figures, tables
from artifact.book.sections.step_evaluation.compute import TRACED, VARIANTS, StepEvaluation
from artifact.book.tables import LIMITS, show
from artifact.claims.snapshot import Snapshot
from artifact.decomposition.wrapping import EXAMPLE, WRAPPINGS
from artifact.workflow.results import Scalar, Table

QWEN, LLAMA, EIGHT = "Qwen3-1.7B", "Llama-3.2-1B-Instruct", "Qwen3-8B"
MODELS = (QWEN, LLAMA, EIGHT)
DATASETS = {LLAMA: "babi"}
"""Where not the dataset in which a model is looked for first."""
N = 60


@pytest.fixture(scope="module")
def reports() -> dict[str, StepEvaluation]:
    return {
        model: compute.report(
            DATASETS.get(model, ""), model, source="lookalike", release="", n=N, seed=0
        )
        for model in MODELS
    }


@pytest.fixture
def qwen(reports: dict[str, StepEvaluation]) -> StepEvaluation:
    return reports[QWEN]


@pytest.fixture(params=MODELS)
def report(request: pytest.FixtureRequest, reports: dict[str, StepEvaluation]) -> StepEvaluation:
    return reports[request.param]


def records(table: Table) -> list[dict[str, Scalar]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def row(table: Table, **where: Scalar) -> dict[str, Scalar]:
    found = [r for r in records(table) if all(r[name] == value for name, value in where.items())]
    assert len(found) == 1
    return found[0]


def test_every_table_is_ready_for_the_page(report: StepEvaluation) -> None:
    for key, table in tables.all_tables(report).items():
        markup = show(table, caption=tables.caption_of(report, key)).markup
        read = markup.replace("&nbsp;", " ")
        assert all(
            html.escape(column) in read for column in table.columns if not column.startswith(LIMITS)
        )
        assert table.rows, key


@pytest.mark.parametrize(
    ("key", "evidence"),
    [
        ("released", "committed release figures"),
        ("association", "committed release figures"),
        ("probe_counts", "committed release figures"),
        ("calibration", "simulated"),
        ("probes", "lookalike"),
    ],
)
def test_each_table_says_what_stands_behind_it(
    qwen: StepEvaluation, key: str, evidence: str
) -> None:
    assert tables.all_tables(qwen)[key].evidence == evidence


def test_the_papers_figures_stand_beside_the_released_ones(qwen: StepEvaluation) -> None:
    table = tables.released_table(qwen)
    assert [r["variant"] for r in records(table)] == list(VARIANTS)
    correct = row(table, variant="correct")
    assert (correct["answer (paper)"], correct["classification (paper)"]) == (52.88, 47.06)
    assert correct["retrieval (paper)"] == 78.99
    evaluation = qwen.evaluation("correct", "released")
    assert evaluation is not None
    assert correct["answer"] == 100 * evaluation.answer.released_macro
    assert row(table, variant="vanilla")["retrieval"] is None


def test_the_paper_prints_no_such_table_of_babi(reports: dict[str, StepEvaluation]) -> None:
    printed = [r["answer (paper)"] for r in records(tables.released_table(reports[LLAMA]))]
    assert printed == [None] * len(VARIANTS)


def test_a_mean_over_categories_is_missing_where_a_category_is(
    reports: dict[str, StepEvaluation],
) -> None:
    correct = row(tables.released_table(reports[EIGHT]), variant="correct")
    assert (correct["n"], correct["answer"]) == (331, None)


def test_every_stored_file_is_counted_once(qwen: StepEvaluation) -> None:
    counted = [r[2:] for r in tables.reproduction_table(qwen).rows]
    assert sum(int(count) for row in counted for count in row) == len(qwen.figures.reproductions)
    equal = sum(int(row[0]) for row in counted)
    assert equal == sum(r.equal is True for r in qwen.figures.reproductions)


def test_the_files_that_differ_are_named_with_their_reason(qwen: StepEvaluation) -> None:
    rows = records(tables.unequal_table(qwen))
    assert len(rows) == sum(r.equal is False for r in qwen.figures.reproductions)
    assert all(each["why"] and each["run"] for each in rows)


def test_the_association_stands_under_both_scorings(qwen: StepEvaluation) -> None:
    table = tables.association_table(qwen)
    assert [(r["variant"], r["scoring"]) for r in records(table)] == [
        (variant, semantics) for semantics in ("released", "strict") for variant in TRACED
    ]
    released = row(table, variant="correct", scoring="released")
    counts = [
        released[c]
        for c in (
            f"{answer}, trace {trace}"
            for answer in ("right", "wrong")
            for trace in ("right", "wrong")
        )
    ]
    assert counts == [258, 254, 201, 237]
    strict = row(table, variant="correct", scoring="strict")
    assert strict["chi²"] == pytest.approx(376, abs=0.5)
    assert strict["right given trace right"] == pytest.approx(98.4, abs=0.05)
    assert strict["right given trace wrong"] == pytest.approx(31.8, abs=0.05)
    assert strict["testable"] is True
    assert row(table, variant="incorrect", scoring="strict")["testable"] is False


def test_the_scorers_change_the_order(qwen: StepEvaluation) -> None:
    by_variant = {r["variant"]: r for r in records(tables.scorer_table(qwen))}
    released = {v: round(float(r["released"]), 1) for v, r in by_variant.items()}
    fixed = {v: round(float(r["inverted flag corrected"]), 1) for v, r in by_variant.items()}
    assert released == {"vanilla": 57.4, "correct": 53.9, "incorrect": 56.0}
    assert fixed == {"vanilla": 52.5, "correct": 47.9, "incorrect": 43.7}


def test_what_an_answer_may_be_wrapped_in_stands_there_with_an_example() -> None:
    rows = records(tables.wrapping_table())
    assert [r["wrapped in"] for r in rows] == [wrapping.name for wrapping in WRAPPINGS]
    assert {r["read as"] for r in rows} == {EXAMPLE}
    shown = [str(r["in the output"]) for r in rows]
    assert len({*shown, EXAMPLE}) == len(rows) + 1
    assert all(sign == " " or sign.isprintable() for text in shown for sign in text)
    assert {"**Zoë O'Hara**", "\\u200bZoë O'Hara\\ufeff", "Zoe\\u0308 O'Hara"} <= set(shown)


def test_comparisons_are_of_the_model_shown_by_every_scorer(qwen: StepEvaluation) -> None:
    rows = records(tables.comparison_table(qwen))
    assert {r["answers scored by"] for r in rows} == {
        scorer.title for scorer in tables.SCORERS.values()
    }
    assert len(rows) == 3 * len(tables.SCORERS)
    first = row(
        tables.comparison_table(qwen),
        variants="vanilla - correct",
        **{"answers scored by": "released"},
    )
    assert (first["difference"], first["p"]) == (pytest.approx(3.5, abs=0.05), "0.029")
    low, high = (float(limit) for limit in str(first["95 % interval"]).strip("[]").split(", "))
    assert low < first["difference"] < high


def test_the_label_alone_is_hardly_associated(qwen: StepEvaluation) -> None:
    assert row(tables.label_table(qwen), variant="correct")["CMH p"] == "0.373"
    assert {r["variant"] for r in records(tables.label_table(qwen))} == set(TRACED)


def test_the_calibration_says_that_it_is_simulated(qwen: StepEvaluation) -> None:
    table = tables.calibration_table(qwen)
    assert table.note.startswith("SIMULATED")
    assert all(r["truth"] == r["strict"] for r in records(table))
    assert dict(figures.calibration_rows(qwen)) == {
        m.quantity: (m.released, m.truth) for m in qwen.calibration
    }


def test_every_fault_has_its_row_and_its_counts(qwen: StepEvaluation) -> None:
    faults = [f"F{number}" for number in range(1, 15)]
    probed = [r["fault"] for r in records(tables.probe_table(qwen))]
    assert probed == [probe.id for probe in qwen.probes]
    assert set(faults) <= set(probed)
    counted = tables.probe_counts_table(qwen)
    assert {r["fault"] for r in records(counted)} <= set(faults)
    assert (
        row(counted, fault="F1", **{"counted on the release": "CoTemp QA test problems"})["value"]
        == "950"
    )


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        *((1234, "1,234"), (1, "1"), (0, "0")),
        *((0.804, "80.4 %"), (1.0, "100.0 %"), (0.0, "0.0 %"), (-0.0097, "-1.0 %")),
    ],
)
def test_a_count_is_whole_and_a_share_in_percent(
    qwen: StepEvaluation, value: float, printed: str
) -> None:
    figures = qwen.figures.model_copy(update={"probe_counts": {"F3": {"what": value}}})
    assert tables.probe_counts_table(with_figures(qwen, figures)).rows == [["F3", "what", printed]]


def with_figures(report: StepEvaluation, figures: Snapshot) -> StepEvaluation:
    fields: dict[str, Any] = {n: getattr(report, n) for n in StepEvaluation.__dataclass_fields__}
    return StepEvaluation(**(fields | {"figures": figures}))


# Points


def test_answers_by_category_are_points_with_intervals(report: StepEvaluation) -> None:
    points = figures.category_points(report)
    assert {p.series for p in points} == set(VARIANTS)
    assert all(p.low - 1e-9 <= p.value <= p.high + 1e-9 for p in points)
    order = [label for label in report.dataset.labels if label in {p.group for p in points}]
    assert list(dict.fromkeys(p.group for p in points)) == order


def test_a_category_without_outputs_is_no_point(reports: dict[str, StepEvaluation]) -> None:
    pairs = {(p.group, p.series) for p in figures.category_points(reports[EIGHT])}
    assert ("during", "vanilla") in pairs
    assert ("during", "correct") not in pairs


def test_strict_steps_are_points_of_the_traced_variants(report: StepEvaluation) -> None:
    points = figures.step_points(report)
    assert {p.series for p in points} == set(TRACED)
    assert [p.group for p in points] == [s for s in figures.STRICT_STEPS.values() for _ in TRACED]
    for p in points:
        assert p.low - 1e-9 <= p.value <= p.high + 1e-9
        assert p.low < p.high


def test_steps_are_read_against_rules_that_see_no_trace(report: StepEvaluation) -> None:
    rules = figures.label_shortcuts(report)
    assert rules
    assert len(rules) <= len(DASHES), "one kind of line each"
    assert all(0 < share < 1 for share in rules.values())
    if report.dataset.name == "cotempqa":
        assert rules["label by majority class"] == pytest.approx(0.652, abs=0.001)


def test_a_mosaic_has_a_panel_for_each_scoring(report: StepEvaluation) -> None:
    for variant in TRACED:
        panels = figures.mosaic_tables(report, variant)
        assert list(panels) == ["released", "strict"]
        for semantics, counts in panels.items():
            evaluation = report.evaluation(variant, semantics)  # type: ignore[arg-type]
            assert len(counts) == 4
            assert sum(counts) <= evaluation.n
    assert figures.mosaic_tables(report, "vanilla") == {}


# Captions


def test_a_caption_names_model_dataset_evidence_and_n(qwen: StepEvaluation) -> None:
    assert tables.caption_of(qwen, "Answers") == (
        "Answers; Qwen3-1.7B on CoTemp QA (committed numbers of the release, n = 950)."
    )


def test_a_caption_of_all_runs_names_no_model(qwen: StepEvaluation) -> None:
    said = tables.caption_of(qwen, "Files", whole=True)
    assert said.startswith("Files; all stored runs (committed")
    assert "n =" not in said


def test_where_variants_differ_in_n_the_caption_gives_none(
    reports: dict[str, StepEvaluation],
) -> None:
    assert "n =" not in tables.caption_of(reports[EIGHT], "Answers")
