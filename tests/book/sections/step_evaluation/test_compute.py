"""The step evaluation section: committed figures, the same live, and what its prose may show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.book.sections.step_evaluation import compute
from artifact.book.sections.step_evaluation.compute import StepEvaluation
from artifact.book.sections.step_evaluation.tables import all_tables
from artifact.book.sections.step_evaluation.values import all_values
from artifact.claims.snapshot import Snapshot, load_snapshot
from artifact.common.errors import InputError
from artifact.datasets.sources import load
from artifact.decomposition.traces import render
from artifact.evaluation.statistics.proportions import share
from artifact.sft.models.token_counts import tokenizer_at_hand
from artifact.workflow.results import SectionResult, glue_values

QWEN, LLAMA = "Qwen3-1.7B", "Llama-3.2-1B-Instruct"
N = 60


def committed(model: str = QWEN, dataset: str = "", **given: Any) -> StepEvaluation:
    return compute.report(
        dataset, model, **({"source": "lookalike", "release": "", "n": N, "seed": 0} | given)
    )


@pytest.fixture(scope="module")
def report() -> StepEvaluation:
    return committed()


@pytest.fixture(scope="module")
def live(release: Path) -> StepEvaluation:
    """bAbI's model, the quickest; `tests/claims/test_snapshot.py` holds all figures together."""
    return committed(LLAMA, "babi", release=str(release))


@pytest.fixture(scope="module")
def babi() -> StepEvaluation:
    return committed(LLAMA, "babi")


def test_without_the_release_the_committed_figures_are_shown(report: StepEvaluation) -> None:
    assert report.evidence == "committed release figures"
    assert report.figures is load_snapshot()
    assert report.source == (
        "committed numbers of the release; "
        "SIMULATED outputs on look-alike problems for the calibration"
    )


def test_live_figures_are_the_committed_ones(live: StepEvaluation, babi: StepEvaluation) -> None:
    assert live.evidence == "release"
    assert live.source.startswith("stored outputs of the release, scored in this build")
    now, before = all_values(live), all_values(babi)
    assert list(now) == list(before)
    for key, value in now.items():
        assert value.evidence == "release"
        assert value.value == pytest.approx(before[key].value, abs=1e-12)
        assert value.n == before[key].n
        assert value.interval == (
            before[key].interval and pytest.approx(before[key].interval, abs=1e-12)
        )


def test_live_tables_are_the_committed_ones(live: StepEvaluation, babi: StepEvaluation) -> None:
    now, before = all_tables(live), all_tables(babi)
    assert list(now) == list(before)
    for key, table in now.items():
        rows, rows_before = table.rows, before[key].rows
        if key == "probe_counts" and tokenizer_at_hand() is None:
            estimated, rows = cut_rows_apart(rows)
            counted, rows_before = cut_rows_apart(rows_before)
            assert len(estimated) == len(counted) > 0
            assert all("estimated" in row[1] for row in estimated)
        assert json.dumps(rows) == json.dumps(rows_before), key
        assert table.columns == before[key].columns


def cut_rows_apart(rows: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """The rows counted by a tokenizer, or by an estimate where none is at hand, and the others."""
    cut = [row for row in rows if "rows cut" in row[1]]
    return cut, [row for row in rows if row not in cut]


def test_one_model_live_is_its_part_of_the_committed_figures(live: StepEvaluation) -> None:
    def part(of: Snapshot, name: str) -> list[Any]:
        mine = [e for e in getattr(of, name) if (e.dataset, e.model) == ("babi", LLAMA)]
        assert mine
        return json.loads(json.dumps([e.model_dump(mode="json") for e in mine]))

    for name in ("evaluations", "label_associations", "comparisons"):
        assert part(live.figures, name) == part(load_snapshot(), name)
    assert {e.dataset for e in live.figures.evaluations} == {"babi"}
    assert [audit.dataset for audit in live.figures.audits] == ["babi"]
    assert live.figures.reproductions == load_snapshot().reproductions


def test_a_release_named_as_source_is_the_release(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{tmp_path}: holds no stored outputs of the release"):
        committed(source=f"release:{tmp_path}")


@pytest.mark.parametrize(
    ("model", "dataset", "chosen"),
    [
        (QWEN, "", "cotempqa"),
        (QWEN, "cotempqa", "cotempqa"),
        (LLAMA, "", "cotempqa"),
        (LLAMA, "babi", "babi"),
        ("Qwen3-8B", "", "cotempqa"),
    ],
)
def test_a_model_is_evaluated_on_the_dataset_that_holds_its_outputs(
    model: str, dataset: str, chosen: str
) -> None:
    report = committed(model, dataset)
    assert (report.dataset.name, report.model) == (chosen, model)
    values = all_values(report)
    assert values["model"].value == model
    assert values["dataset"].value == datasets.get(chosen).title


@pytest.mark.parametrize(
    ("model", "dataset", "message"),
    [
        ("GPT-0", "", rf"field 'model': no numbers of GPT-0; choose one of .*{QWEN} \(cotempqa\)"),
        ("Qwen3-8B", "babi", rf"no numbers of Qwen3-8B on bAbI.*; choose one of .*{QWEN} \(babi\)"),
        (QWEN, "marco", "no numbers of"),
        (QWEN, "triviaqa", "no dataset is called 'triviaqa'"),
    ],
)
def test_what_is_not_stored_lists_what_is(model: str, dataset: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        committed(model, dataset)


# Values


def sealed(report: StepEvaluation) -> SectionResult:
    return SectionResult.of(
        "step_evaluation",
        parameters={},
        source=report.source,
        values=all_values(report),
        tables=all_tables(report),
    )


@pytest.mark.parametrize("model", [QWEN, LLAMA, "Qwen3-8B"])
def test_every_value_that_the_prose_shows_is_there(
    model: str, glued: Callable[[str], set[str]]
) -> None:
    asked = glued("step_evaluation")
    assert "model" in asked
    assert asked <= set(glue_values(sealed(committed(model))))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("vanilla.released.answer", 0.574),
        ("correct.released.answer", 0.539),
        ("incorrect.released.answer", 0.560),
        ("vanilla.strict.flag_fixed", 0.525),
        ("correct.strict.flag_fixed", 0.479),
        ("incorrect.strict.flag_fixed", 0.437),
        ("correct.strict.classification", 0.639),
        ("correct.strict.any_context", 0.975),
        ("correct.strict.any_gold", 0.752),
        ("correct.strict.exact", 0.456),
        ("incorrect.strict.classification", 0.103),
        ("correct.strict.phi", 0.63),
        ("correct.strict.chi2", 376),
        ("correct.strict.given_ok", 0.984),
        ("correct.strict.given_not", 0.318),
        ("correct.strict.difference", 0.666),
        ("correct.released.joint", 258 / 950),
    ],
)
def test_figures_known_of_qwen(report: StepEvaluation, key: str, value: float) -> None:
    assert all_values(report)[key].value == pytest.approx(value, abs=0.5 if value > 1 else 0.001)


@pytest.mark.parametrize(
    ("model", "turns", "start"),
    [
        (
            QWEN,
            "depends on the rule, but vanilla comes first under each",
            "released: vanilla 57.4 %, incorrect 56.0 %, ",
        ),
        (LLAMA, "is the same by each rule", "released: vanilla"),
    ],
)
def test_what_is_said_of_the_order_is_true_of_the_model(model: str, turns: str, start: str) -> None:
    values = all_values(committed(model))
    assert values["order.turns"].value == turns
    assert str(values["order"].value).startswith(start)
    strict = values["correct.strict.given_ok"], values["correct.strict.given_not"]
    assert values["columns.strict"].value == (
        "{:.1f} % of the answers are right where the trace is, {:.1f} % where it is not".format(
            *(100 * it.value for it in strict)
        )
    )


def test_every_share_has_its_n_and_a_wilson_interval_around_it(report: StepEvaluation) -> None:
    shares = {k: v for k, v in all_values(report).items() if v.unit == "share"}
    assert shares
    for value in shares.values():
        assert value.n
        assert value.interval == share(round(value.value * value.n), value.n).interval
    values = all_values(report)
    ok, not_ok = values["correct.strict.given_ok"].n, values["correct.strict.given_not"].n
    assert ok + not_ok == values["correct.strict.joint"].n == 950
    low, high = values["correct.strict.difference"].interval
    assert (round(100 * low, 1), round(100 * high, 1)) == (62.3, 70.2), "Newcombe"


def test_without_traces_there_are_answers_only(report: StepEvaluation) -> None:
    of_vanilla = {key for key in all_values(report) if key.startswith("vanilla.")}
    assert of_vanilla == {
        f"vanilla.{semantics}.{name}"
        for semantics in ("released", "strict")
        for name in ("answer", "flag_fixed")
    }


def test_a_variant_without_stored_outputs_has_no_values() -> None:
    report = committed("Qwen3-8B")
    assert [e.variant for e in report.evaluations("strict", ("vanilla", "verbose", "correct"))] == [
        *("vanilla", "correct")
    ]
    assert report.evaluation("verbose", "strict") is None
    assert not [key for key in all_values(report) if key.startswith("verbose")]


def test_how_many_stored_files_come_out_the_same(report: StepEvaluation) -> None:
    value = all_values(report)["reproduced"]
    done = [r for r in report.figures.reproductions if r.equal is not None]
    assert (value.value, value.n) == (sum(r.equal is True for r in done), len(done))


# The live part


def test_the_calibration_is_made_anew_and_seeded(report: StepEvaluation) -> None:
    assert report.simulated_n == N
    assert all(each.strict == each.truth for each in report.calibration)
    assert committed().calibration == report.calibration
    assert committed(seed=1).calibration != report.calibration


def test_every_fault_is_shown_on_its_example(report: StepEvaluation) -> None:
    assert report.probes
    assert all(probe.shown for probe in report.probes)


EXAMPLES = Path(__file__).parents[4] / "book/examples"


@pytest.mark.parametrize("released", [False, True])
def test_outputs_made_elsewhere_stand_beside_the_releases(
    released: bool, babi: StepEvaluation, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Correct traces of look-alikes, and of the release's own problems under both scorings."""
    root = str(request.getfixturevalue("release")) if released else ""
    source = f"release:{root}" if released else f"file:{EXAMPLES / 'problems.jsonl'}"
    chosen = datasets.get("babi")
    problems = load(source, chosen).problems
    lines = [{"id": it.id, "prediction": render(chosen, it, "correct")} for it in problems[1:]]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    report = committed(LLAMA, "babi", source=source, release=root, predictions=str(path))
    table = all_tables(report)["beside"]
    stored = all_tables(babi)["beside"].rows
    own = [row for row in table.rows if row not in stored]
    assert len(table.rows) == len(stored) + len(own)
    assert [row[:4] for row in own] == [
        ["mine.jsonl", "correct", how, len(lines)]
        for how in (("released", "strict") if released else ("strict",))
    ]
    strict = dict(zip(table.columns, own[-1], strict=True))
    assert strict["answer, exact set"] == strict["label"] == strict["exactly the gold facts"] == 100
    assert f"1 problems have no prediction in mine.jsonl ({problems[0].id})." in table.note
    assert ("not scored as released: released semantics" in table.note) is not released
    assert table.evidence == "file"
    assert report.source.endswith("; outputs of the reader's file")


def test_too_few_look_alikes_are_an_error_of_one_line() -> None:
    with pytest.raises(InputError, match="simulate more problems"):
        committed(n=1)
