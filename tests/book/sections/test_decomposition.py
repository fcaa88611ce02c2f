"""The decomposition section: live on any source, beside the release's audit, live or committed."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from math import isnan
from pathlib import Path

import pytest

from artifact import datasets
from artifact.book import tables
from artifact.book.sections import decomposition
from artifact.book.sections.decomposition.compute import Decomposed
from artifact.book.sections.decomposition.figures import SOLVER
from artifact.book.sections.decomposition.tables import CAPTIONS
from artifact.claims.snapshot import load_snapshot
from artifact.common.errors import InputError
from artifact.decomposition.audit import Audit
from artifact.workflow.results import SectionResult, glue_values

NAMES = ("cotempqa", "babi", "marco")
N = 60
Glued = Callable[[str], set[str]]


@pytest.fixture(scope="module")
def report() -> tuple[Decomposed, ...]:
    return decomposition.compute.report(NAMES, source="lookalike", release="", n=N, seed=0)


@pytest.fixture(scope="module")
def live(release: Path) -> Decomposed:
    """bAbI with the release at hand, which is also the source."""
    (one,) = decomposition.compute.report(
        ["babi"], source=f"release:{release}", release=str(release), n=N, seed=0
    )
    return one


@pytest.fixture(params=NAMES)
def one(request: pytest.FixtureRequest, report: tuple[Decomposed, ...]) -> Decomposed:
    return report[NAMES.index(request.param)]


def sealed(report: tuple[Decomposed, ...]) -> SectionResult:
    return SectionResult.of(
        "decomposition",
        parameters={},
        source=decomposition.compute.source_in_words(report),
        values=decomposition.values.all_values(report),
        tables=decomposition.tables.all_tables(report),
    )


def test_each_dataset_is_audited_in_the_order_asked(report: tuple[Decomposed, ...]) -> None:
    assert [each.dataset.name for each in report] == list(NAMES)
    assert {each.live.n for each in report} == {N}
    assert {each.evidence for each in report} == {"lookalike"}


def test_the_release_is_shown_from_committed_figures_where_it_is_not_at_hand(
    report: tuple[Decomposed, ...],
) -> None:
    snapshot = load_snapshot()
    assert [each.release for each in report] == [snapshot.audit_of(name) for name in NAMES]
    assert {each.release_evidence for each in report} == {"committed release figures"}
    assert (
        decomposition.compute.source_in_words(report)
        == "look-alike problems; beside them: committed numbers of the release"
    )


def test_what_the_release_gives_live_is_what_is_committed(live: Decomposed) -> None:
    committed = load_snapshot().audit_of("babi")
    assert live.release_evidence == "release"
    assert live.release is not None
    assert committed is not None
    assert figures(live.release) == figures(committed)
    assert figures(live.live) == figures(committed), "the release is the source as well"
    assert live.evidence == "release"
    recomputed = "release, recomputed in this build"
    assert (
        decomposition.compute.source_in_words([live]) == f"{recomputed}; beside them: {recomputed}"
    )


def figures(audit: Audit) -> str:
    return json.dumps(audit.model_dump(exclude={"examples", "notes"}))


def test_a_dataset_that_the_release_lacks_is_drawn_from_the_source(
    report: tuple[Decomposed, ...],
) -> None:
    marco = report[2]
    assert marco.release is None
    assert marco.shown == (marco.live, "lookalike")
    assert report[0].shown == (report[0].release, "committed release figures")


def test_an_unknown_source_or_dataset_is_an_error_of_one_line() -> None:
    with pytest.raises(InputError, match="no dataset is called 'triviaqa'"):
        decomposition.compute.report(["triviaqa"], source="lookalike", release="", n=N, seed=0)
    with pytest.raises(InputError):
        decomposition.compute.report(["babi"], source="nowhere", release="", n=N, seed=0)


# What the page shows


def test_every_value_that_the_prose_shows_is_there(
    report: tuple[Decomposed, ...], glued: Glued
) -> None:
    assert glued("decomposition") <= set(glue_values(sealed(report)))


def test_values_are_the_audits_own(one: Decomposed) -> None:
    values, name = decomposition.values.all_values([one]), one.dataset.name
    label = values[f"{name}.live.label"]
    assert (label.value, label.n, label.evidence) == (
        one.live.overall.category_match,
        N,
        "lookalike",
    )
    best = values[f"{name}.live.best_shortcut"]
    shares = {rule: shares["overall"] for rule, shares in one.live.baselines.items()}
    assert best.value == max(shares.values())
    assert best.n == one.live.baseline_n
    assert shares[str(values[f"{name}.live.best_shortcut_name"].value)] == best.value
    noise = values[f"{name}.live.noise"]
    assert noise.value == sum(
        count for cause, count in one.live.disagreements.items() if cause.startswith("label noise")
    )


def test_what_cannot_be_had_has_no_value(report: tuple[Decomposed, ...]) -> None:
    keys = set(decomposition.values.all_values(report))
    assert "cotempqa.release.trace_bytes" in keys
    assert "cotempqa.live.trace_bytes" not in keys, "only the release stores traces"
    assert "marco.live.answers" not in keys, "no rule derives a free answer"
    assert not [key for key in keys if key.startswith("marco.release.")]


def test_the_tables_have_a_row_for_each_category_and_one_for_all(one: Decomposed) -> None:
    table = decomposition.tables.all_tables([one])[f"{one.dataset.name}.live"]
    assert [row[0] for row in table.rows] == [*one.live.by_category, "overall"]
    assert table.rows[-1][1] == N
    assert all(0 <= cell <= 100 for row in table.rows for cell in row[2:] if cell is not None)
    assert "No stored traces: only the release holds them." in table.note


def test_tables_say_what_stands_behind_them(report: tuple[Decomposed, ...]) -> None:
    evidence = {
        key: table.evidence for key, table in decomposition.tables.all_tables(report).items()
    }
    assert evidence["cotempqa.live"] == evidence["cotempqa.likeness"] == "lookalike"
    assert evidence["cotempqa.release"] == "committed release figures"
    assert evidence["cotempqa.shortcuts"] == "committed release figures"
    assert evidence["marco.shortcuts"] == "lookalike"
    assert "marco.release" not in evidence


def test_the_table_of_shortcuts_holds_every_rule_once(one: Decomposed) -> None:
    found, _ = one.shown
    rows = decomposition.tables.all_tables([one])[f"{one.dataset.name}.shortcuts"].rows
    assert [(row[0], row[1]) for row in rows] == [
        *((name, "answers") for name in found.baselines),
        *((name, "label") for name in found.category_baselines),
    ]


def test_disagreements_are_counted_by_cause(one: Decomposed) -> None:
    rows = decomposition.tables.all_tables([one])[f"{one.dataset.name}.disagreements"].rows
    assert dict(rows) == one.shown[0].disagreements
    assert all(str(cause).startswith(("label noise: ", "own limit: ")) for cause, _ in rows)


def test_the_figure_sets_the_rules_above_every_shortcut(report: tuple[Decomposed, ...]) -> None:
    for one in report[:2]:
        cells, (found, _) = decomposition.figures.shortcut_cells(one), one.shown
        assert [name.replace("\n", " ") for name in cells] == [SOLVER, *found.baselines]
        assert all(list(row) == list(found.by_category) for row in cells.values())
        assert cells[SOLVER] == {k: row.answers_exact for k, row in found.by_category.items()}
        for row, shares in zip([*cells.values()][1:], found.baselines.values(), strict=True):
            assert all(isnan(it) or it == shares[label] for label, it in row.items())


@pytest.mark.parametrize(
    ("shortcut", "category", "applies"),
    [
        ("last candidate told", "counting", False),
        ("last candidate told", "two-arg-relations", True),
        ("last word of the last fact", "counting", True),
        ("last word of the last fact about the person", "positional-reasoning", False),
    ],
)
def test_no_answer_and_wrong_answers_look_different(
    report: tuple[Decomposed, ...], shortcut: str, category: str, applies: bool
) -> None:
    cells = decomposition.figures.shortcut_cells(report[1])
    (row,) = [row for name, row in cells.items() if name.replace("\n", " ") == shortcut]
    assert isnan(row[category]) is not applies


def test_there_is_no_such_figure_where_no_answer_can_be_derived(
    report: tuple[Decomposed, ...],
) -> None:
    by_name = {one.dataset.name: one for one in report}
    assert list(decomposition.figures.derivable(by_name)) == list(by_name)[:2]


@pytest.mark.parametrize("what", CAPTIONS)
def test_captions_name_the_dataset_its_evidence_and_n(one: Decomposed, what: str) -> None:
    said, (shown, _) = decomposition.tables.caption_of(one, what), one.shown
    assert one.dataset.title in said
    if what in ("live", "likeness"):
        assert said.endswith(f"(look-alike problems, n = {N}).")
    elif what == "shortcut table":
        assert said.endswith(f", n = {shown.baseline_n:,}).")
    else:
        assert said.endswith(f", n = {shown.n:,}).")


def test_the_example_is_a_whole_problem_with_its_traces(one: Decomposed) -> None:
    text, problem = decomposition.figures.example_text(one), one.example
    assert text == decomposition.figures.example_text(one), "the same each time"
    assert all(fact in text for fact in problem.context)
    assert problem.question in text
    derived = one.dataset.rules.solve(problem)
    assert f"label {derived.category}, facts {list(derived.support)}" in text
    for kind in ("correct", "incorrect"):
        assert f"{kind} trace\n" in text
    assert text.count("</think>") == 2


def test_the_tables_are_ready_for_the_page(report: tuple[Decomposed, ...]) -> None:
    for key, table in decomposition.tables.all_tables(report).items():
        markup = tables.show(table, caption=key).markup
        assert all(html.escape(column) in markup for column in table.columns)


def test_likeness_stands_beside_the_releases_statistics(one: Decomposed) -> None:
    table = decomposition.tables.all_tables([one])[f"{one.dataset.name}.likeness"]
    assert table.columns == ["statistic", "look-alikes", "release"]
    offered = datasets.get(one.dataset.name).lookalikes.compare_with_release
    assert bool(table.rows) is (offered is not None)
