"""Each claim's rule: on which figures it holds, and how to get a figure again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from artifact.claims import read_by_eye
from artifact.claims.evidence import Evidence, Tier, Verdict
from artifact.claims.ledger import Entry, entries
from artifact.claims.read_by_eye import FileRead, files_read
from artifact.claims.rules import RULES
from artifact.claims.run_evidence import CRITICAL_CHI2
from artifact.claims.snapshot import Snapshot, load_snapshot
from artifact.cli.main import app
from artifact.evaluation.evaluation import Counts, Evaluation
from artifact.evaluation.statistics.paired import MARGIN
from artifact.evaluation.statistics.proportions import Interval

QWEN = "Qwen3-1.7B"
REPRODUCED: Verdict = "reproduced"
AS_RELEASED: Verdict = "reproduced only as released"
NOT: Verdict = "not reproduced"


def changed(
    change: Callable[[Evaluation], Evaluation], *, variant: str, semantics: str, model: str = QWEN
) -> Snapshot:
    """The committed figures with one run's evaluation changed."""
    snapshot = load_snapshot()
    wanted = ("cotempqa", model, variant, semantics)
    return snapshot.model_copy(
        update={
            "evaluations": tuple(
                change(e) if (e.dataset, e.model, e.variant, e.semantics) == wanted else e
                for e in snapshot.evaluations
            )
        }
    )


def with_table(*counts: int) -> Callable[[Evaluation], Evaluation]:
    fields = dict(zip(Counts.model_fields, counts, strict=True))
    return lambda e: e.model_copy(update={"table": Counts(**fields)})


def with_figures(**figures: Any) -> Callable[[Evaluation], Evaluation]:
    return lambda e: e.model_copy(update={"independence": replace(e.independence, **figures)})


def found(snapshot: Snapshot, claim: str) -> Entry:
    return next(entry for entry in entries(snapshot) if entry.id == claim)


def of(entry: Entry, tier: Tier, model: str = QWEN) -> Evidence:
    """The claim's deciding figure of `model` on CoTemp QA."""
    wanted = (tier, model, "cotempqa", True)
    figures = [e for e in entry.evidence if (e.tier, e.model, e.dataset, e.decides) == wanted]
    assert len(figures) == 1
    return figures[0]


@pytest.mark.parametrize(
    ("counts", "holds"),
    [
        ((280, 300, 200, 220), True),
        ((310, 290, 200, 200), False),
        ((250, 350, 200, 200), False),
        ((28, 30, 20, 22), True),
    ],
)
def test_c1_as_released_holds_where_the_joint_share_may_be_28_percent(
    counts: tuple[int, ...], holds: bool
) -> None:
    snapshot = changed(with_table(*counts), variant="correct", semantics="released")
    figure = of(found(snapshot, "C1"), "A")
    assert (figure.value, figure.n) == (pytest.approx(counts[0] / sum(counts)), sum(counts))
    assert figure.interval is not None
    assert (figure.interval[0] <= 0.28 <= figure.interval[1]) is holds
    assert figure.holds is holds


@pytest.mark.parametrize(
    ("counts", "holds"),
    [((98, 0, 2, 0), False), ((45, 0, 55, 0), False), ((28, 100, 72, 0), True)],
)
def test_c1_strictly_holds_where_most_answers_after_a_right_trace_are_wrong(
    counts: tuple[int, ...], holds: bool
) -> None:
    entry = found(changed(with_table(*counts), variant="correct", semantics="strict"), "C1")
    figure = of(entry, "B")
    assert (figure.value, figure.n) == (counts[0] / 100, 100)
    assert figure.holds is holds
    strict = [e for e in entry.evidence if e.tier == "B"]
    most = sum(e.value > 0.5 for e in strict)
    assert f"right for {most} of {len(strict)} models" in entry.because


def test_c1_has_no_strict_figure_of_a_model_without_a_right_trace() -> None:
    snapshot = changed(with_table(0, 500, 0, 450), variant="correct", semantics="strict")
    of_qwen = [e.tier for e in found(snapshot, "C1").evidence if e.model == QWEN]
    assert of_qwen == ["A"]


@pytest.mark.parametrize("semantics", ["released", "strict"])
def test_c1_and_c3_leave_out_runs_that_lack_a_category(semantics: str) -> None:
    eight = load_snapshot().evaluation("cotempqa", "Qwen3-8B", "correct", semantics)  # type: ignore[arg-type]
    assert eight is not None
    assert "n" in eight.notes
    for claim in ("C1", "C3"):
        assert not [e for e in found(load_snapshot(), claim).evidence if e.model == "Qwen3-8B"]


@pytest.mark.parametrize(
    ("low", "high", "holds", "word"),
    [
        (-0.02, 0.04, True, REPRODUCED),
        (0.0, 0.049, True, REPRODUCED),
        (-0.1, -0.02, True, REPRODUCED),  # better than vanilla
        (0.001, 0.04, False, NOT),  # shown to be worse, however little
        (0.06, 0.1, False, NOT),
        (-0.02, 0.05, None, NOT),  # not shown to be worse, which is no evidence of equality
        (-0.2, 0.2, None, NOT),
    ],
)
def test_c2_holds_where_incorrect_traces_are_shown_to_be_as_good_as_none(
    low: float, high: float, holds: bool | None, word: Verdict
) -> None:
    snapshot = load_snapshot()
    comparisons = tuple(
        each.model_copy(update={"contrast": replace(each.contrast, interval=Interval(low, high))})
        for each in snapshot.comparisons
    )
    entry = found(snapshot.model_copy(update={"comparisons": comparisons}), "C2")
    assert {e.holds for e in entry.evidence if e.decides} == {holds}
    assert entry.verdict == word


def test_c2_shows_the_equivalence_test_beside_each_difference() -> None:
    entry = found(load_snapshot(), "C2")
    differences = [e for e in entry.evidence if e.decides]
    tests = [e for e in entry.evidence if "equivalence within 5 points" in e.what]
    assert [(e.tier, e.model, e.dataset) for e in tests] == [
        (e.tier, e.model, e.dataset) for e in differences
    ]
    assert {e.unit for e in tests} == {"p"}
    assert all(e.holds is (e.value < 0.05) for e in tests)
    assert {True, False} == {e.holds for e in tests}


def test_c2_alone_speaks_of_some_models_and_c1_of_one_first() -> None:
    """C2 says what need not happen, so one model that is as good is enough; "28 %" is one's."""
    assert [name for name, rule in RULES.items() if rule.speaks == "of some"] == ["C2"]
    assert [name for name, rule in RULES.items() if rule.first] == ["C1"]
    assert RULES["C1"].first == (QWEN, "cotempqa")


def test_c1_is_held_to_the_model_whose_figure_it_is() -> None:
    away = changed(with_table(400, 300, 150, 100), variant="correct", semantics="released")
    other = changed(
        with_table(266, 300, 184, 200),
        variant="correct",
        semantics="released",
        model="Llama-3.2-1B-Instruct",
    )
    assert found(load_snapshot(), "C1").counts.as_released == (1, 3)
    assert (found(away, "C1").verdict, found(away, "C1").counts.as_released) == (NOT, (0, 3))
    assert found(other, "C1").counts.as_released == (2, 3)
    assert found(other, "C1").verdict == found(load_snapshot(), "C1").verdict == AS_RELEASED


def test_c2_scores_tier_b_so_that_wording_is_not_punished() -> None:
    scorers = {
        (e.tier, e.dataset, e.what.partition("(")[2].partition(")")[0])
        for e in found(load_snapshot(), "C2").evidence
    }
    assert scorers == {
        ("A", "babi", "released"),
        ("A", "cotempqa", "released"),
        ("B", "babi", "exact set"),
        ("B", "cotempqa", "inverted flag corrected"),
    }


@pytest.mark.parametrize(
    ("figures", "unit", "value", "holds"),
    [
        ({"chi2": 3.84, "testable": True}, "chi2", 3.84, True),
        ({"chi2": 3.85, "testable": True}, "chi2", 3.85, False),
        ({"chi2": 50.0, "testable": False, "fisher_p": 0.05}, "p", 0.05, True),
        ({"chi2": 1.0, "testable": False, "fisher_p": 0.049}, "p", 0.049, False),
    ],
)
def test_c3_holds_below_the_papers_threshold_or_by_the_exact_test(
    figures: dict[str, Any], unit: str, value: float, holds: bool
) -> None:
    snapshot = changed(with_figures(**figures), variant="correct", semantics="strict")
    figure = of(found(snapshot, "C3"), "B")
    assert (figure.unit, figure.value, figure.holds) == (unit, value, holds)
    assert CRITICAL_CHI2 == 3.841


def test_c3_says_for_how_many_models_trace_and_answer_go_together() -> None:
    decoupled = changed(
        with_figures(chi2=1.0, testable=True), variant="correct", semantics="strict"
    )
    before, after = found(load_snapshot(), "C3"), found(decoupled, "C3")
    models = sum(e.tier == "B" for e in before.evidence)
    associated = sum(e.tier == "B" and not e.holds for e in before.evidence)
    assert f"for {associated} of {models} models" in before.because
    assert f"for {associated - 1} of {models} models" in after.because


def test_c3_shows_the_releases_own_matrices_first() -> None:
    evidence = found(load_snapshot(), "C3").evidence
    stored = [e for e in evidence if e.tier is None]
    assert list(evidence[: len(stored)]) == stored
    chi2 = {(e.dataset, e.model.partition("-")[0]): round(e.value, 1) for e in stored}
    assert chi2 == {
        ("cotempqa", "Qwen3"): 4.6,
        ("cotempqa", "Llama"): 4.2,
        ("marco", "Qwen3"): 110.8,
        ("marco", "Llama"): 85.6,
        ("babi", "Qwen3"): 0.4,
        ("babi", "Llama"): 0.0,
    }
    assert "Of the release's 6 own matrices" in found(load_snapshot(), "C3").because
    assert "4 exceed the paper's threshold" in found(load_snapshot(), "C3").because


def test_a_stored_matrix_decides_only_where_its_outputs_are_not_stored() -> None:
    stored = [e for e in found(load_snapshot(), "C3").evidence if e.tier is None]
    assert {e.dataset for e in stored if e.decides} == {"marco"}
    turned = {e.dataset for e in stored if "right less often where the trace is right" in e.what}
    assert "marco" in turned
    assert "cotempqa" not in turned


def test_c4_counts_the_models_that_do_best_on_r1_traces() -> None:
    entry = found(load_snapshot(), "C4")
    assert {e.model: e.holds for e in entry.evidence if e.tier is None} == {
        "Llama-3.2-1B-Instruct": True,
        "Qwen3-1.7B": True,
        "Llama-3.1-8B-Instruct": False,
        "Qwen3-8B": False,
    }
    assert "best for 2 of 4 models" in entry.because
    assert "Qwen3-8B: 23 of 128 begin one" in entry.because


def test_c4_is_held_to_what_was_read_by_eye() -> None:
    entry = found(load_snapshot(), "C4")
    read = {e.model: e for e in entry.evidence if e.tier == "R" and e.decides}
    assert {model: (e.holds, round(e.value, 3), e.n) for model, e in read.items()} == {
        "Llama-3.1-8B-Instruct": (False, 0.352, 128),
        "Qwen3-1.7B": (False, 0.367, 128),
    }
    assert all("read by eye in equal and mix" in e.what for e in read.values())
    assert (entry.verdict, entry.counts.strict) == (AS_RELEASED, (0, 2))


def test_c4_holds_by_eye_where_r1_traces_give_most_right_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def all_right(read: FileRead) -> FileRead:
        flags = tuple(it.model_copy(update={"strict_right": True}) for it in read.flags)
        return replace(read, flags=flags) if read.variant == "verbose" else read

    made_up = tuple(all_right(read) for read in files_read())
    monkeypatch.setattr(read_by_eye, "files_read", lambda: made_up)
    entry = found(load_snapshot(), "C4")
    assert (entry.verdict, entry.counts.strict) == (REPRODUCED, (2, 2))
    pairs = [e for e in entry.evidence if "on the same problems" in e.what]
    assert len(pairs) == 4
    assert all(e.holds for e in pairs)


def of_r1_subset(variant: str, right: float, model: str = QWEN) -> Evaluation:
    """A strict evaluation of fetched outputs, made up from a committed one."""
    stored = load_snapshot().evaluation("cotempqa", QWEN, "vanilla", "strict")
    assert stored is not None
    answer = stored.answer.model_copy(update={"exact_set_micro": right})
    return stored.model_copy(update={"variant": variant, "model": model, "answer": answer})


@pytest.mark.parametrize(
    ("verbose", "vanilla", "strict", "word"),
    [(0.8, 0.6, (1, 2), "reproduced in part"), (0.6, 0.8, (0, 2), AS_RELEASED)],
)
def test_c4_goes_by_the_outputs_of_all_categories_where_they_were_fetched(
    verbose: float, vanilla: float, strict: tuple[int, int], word: str
) -> None:
    """What was read by eye still decides for the other model, of which nothing was fetched."""
    snapshot = load_snapshot()
    fetched = (of_r1_subset("verbose", verbose), of_r1_subset("r1-set-vanilla", vanilla))
    with_r1 = snapshot.model_copy(update={"evaluations": (*snapshot.evaluations, *fetched)})
    entry = found(with_r1, "C4")
    assert (entry.counts.strict, entry.verdict) == (strict, word)
    assert of(entry, "B").value == pytest.approx(verbose, abs=0.001)


def test_a_repetition_with_a_seed_is_no_further_model() -> None:
    snapshot = load_snapshot()
    seeds = tuple(
        each.model_copy(update={"model": f"{each.model}@121"})
        for each in (*snapshot.evaluations, *snapshot.comparisons)
    )
    cut = len(snapshot.evaluations)
    repeated = snapshot.model_copy(
        update={
            "evaluations": (*snapshot.evaluations, *seeds[:cut]),
            "comparisons": (*snapshot.comparisons, *seeds[cut:]),
        }
    )
    for before, after in zip(entries(snapshot), entries(repeated), strict=True):
        assert (after.verdict, after.counts) == (before.verdict, before.counts)


def test_c6_shows_accuracies_and_is_not_testable_without_ratings() -> None:
    entry = found(load_snapshot(), "C6")
    assert entry.verdict == "not testable here"
    assert entry.counts.as_released == (2, 4)
    for e in entry.evidence:
        assert e.interval is not None
        assert e.holds is (e.interval[1] < -MARGIN)


@pytest.mark.parametrize(
    ("claim", "tier", "value", "n"),
    [
        ("C1", "A", 258 / 950, 950),
        ("C1", "B", 0.984, 315),
        ("C2", "A", 0.014, 950),
        ("C2", "B", 0.088, 950),
        ("C3", "B", 376.0, 950),
    ],
)
def test_figures_known_of_qwen(claim: str, tier: Tier, value: float, n: int) -> None:
    figure = of(found(load_snapshot(), claim), tier)
    assert figure.value == pytest.approx(value, rel=0.02, abs=0.0005)
    assert figure.n == n


def test_running_a_command_gives_the_figure_again(release: Path, tmp_path: Path) -> None:
    figure = of(found(load_snapshot(), "C3"), "B")
    out = tmp_path / "evaluation.json"
    given = {"data/release": str(release)}
    words = [given.get(word, word) for word in shlex.split(figure.command)[1:]]
    app([*words, "--json", str(out)], standalone_mode=False)
    assert json.loads(out.read_text())["independence"]["chi2"] == pytest.approx(figure.value)
