"""The committed figures are those that the release gives, and hold none of its text."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.claims import ledger, snapshot
from artifact.claims.evidence import Counts, Verdict
from artifact.claims.snapshot import (
    FILE,
    NOT_COMMITTED,
    Snapshot,
    audit_release,
    compare_stored,
    compute,
    compute_model,
    load_snapshot,
)
from artifact.common.errors import InputError
from artifact.datasets.sources import load
from artifact.evaluation.answers import SCORERS, TRACELESS, Scorer
from artifact.evaluation.evaluate import evaluate
from artifact.evaluation.evaluation import SEMANTICS
from artifact.evaluation.report import as_text
from artifact.evaluation.steps import RETRIEVAL
from artifact.sft.models.token_counts import tokenizer_at_hand

QWEN, LLAMA = "Qwen3-1.7B", "Llama-3.2-1B-Instruct"
LONG_ENOUGH = 12
"""Shorter texts of the release ("office", "yes") are words that anyone uses."""


@pytest.fixture(scope="session")
def fresh(release: Path) -> Snapshot:
    """The figures computed anew, in about half a minute."""
    return compute(release)


def test_the_verdicts_are_the_same_with_the_release_at_hand(fresh: Snapshot) -> None:
    def verdicts(snapshot: Snapshot) -> dict[str, tuple[Verdict, Counts]]:
        return {entry.id: (entry.verdict, entry.counts) for entry in ledger.entries(snapshot)}

    assert verdicts(fresh) == verdicts(load_snapshot())


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value of some JSON with the way to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{place}]")
    else:
        yield path, value


def test_the_committed_figures_are_those_that_the_release_gives(fresh: Snapshot) -> None:
    now = dict(leaves(json.loads(fresh.model_dump_json())))
    committed = dict(leaves(json.loads(FILE.read_text(encoding="utf-8"))))
    if tokenizer_at_hand() is None:  # with which the committed rows were counted
        cut_now, cut_committed = ([p for p in f if "rows cut" in p] for f in (now, committed))
        assert len(cut_now) == len(cut_committed) > 0
        assert all("estimated" in path for path in cut_now)
        for figures, cut in ((now, cut_now), (committed, cut_committed)):
            for path in cut:
                del figures[path]
    assert list(now) == list(committed)
    differing = {
        path: (committed[path], value)
        for path, value in now.items()
        if committed[path] != (pytest.approx(value, abs=1e-12) if is_number(value) else value)
    }
    assert differing == {}, f"run `python -m artifact.claims.snapshot DIR` ({len(differing)})"


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def test_the_committed_figures_hold_no_text_of_the_release(release: Path) -> None:
    committed = json.loads(FILE.read_text(encoding="utf-8"))
    ours = {value for _, value in leaves(committed) if isinstance(value, str)}
    ours |= {part for path, _ in leaves(committed) for part in path.split(".")}
    theirs = {
        text
        for name in ("cotempqa", "babi")
        for problem in load(f"release:{release}", datasets.get(name)).problems
        for text in (*problem.context, problem.question, *problem.answers)
        if len(text) > LONG_ENOUGH
    }
    assert len(theirs) > 10_000
    whole = "\n".join(sorted(ours))
    assert [text for text in theirs if text in whole] == []


def test_the_file_is_as_the_command_writes_it() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text == load_snapshot().model_dump_json(indent=1) + "\n"


def test_every_stored_run_is_scored_in_every_way() -> None:
    snapshot = load_snapshot()
    runs = {(e.dataset, e.model, e.variant) for e in snapshot.evaluations}
    assert len(snapshot.evaluations) == len(runs) * len(SEMANTICS)
    assert {(a.dataset, a.model, a.variant) for a in snapshot.label_associations} == {
        run for run in runs if run[2] not in TRACELESS
    }
    assert {each.scorer for each in snapshot.comparisons} == set(SCORERS)
    assert {f"F{number}" for number in range(1, 15)} == set(snapshot.probe_counts)
    assert all(audit.examples == [] for audit in snapshot.audits), "examples would be text"


@pytest.mark.parametrize(
    ("semantics", "figure", "percent"),
    [
        ("released", lambda e: e.answer.released_micro, 53.9),
        ("strict", lambda e: e.answer.flag_fixed_micro, 47.9),
        ("strict", lambda e: e.classification.micro, 63.9),
        ("strict", lambda e: e.classification.macro, 48.6),
        ("strict", lambda e: e.retrieval.any_context, 97.5),
        ("strict", lambda e: e.retrieval.any_gold, 75.2),
        ("strict", lambda e: e.retrieval.recall_all, 52.1),
        ("strict", lambda e: e.retrieval.exact, 45.6),
    ],
)
def test_figures_known_of_qwens_correct_traces(semantics: Any, figure: Any, percent: float) -> None:
    evaluation = load_snapshot().evaluation("cotempqa", QWEN, "correct", semantics)
    assert 100 * figure(evaluation) == pytest.approx(percent, abs=0.06)


def test_all_stored_figures_but_one_come_out_where_outputs_are_stored() -> None:
    done = [r for r in load_snapshot().reproductions if r.kind == "answers" and r.equal is not None]
    assert len(done) > 20
    unequal = [r for r in done if not r.equal]
    assert len(unequal) == 1
    assert unequal[0].reason
    assert all(r.reason for r in load_snapshot().reproductions if not r.equal)


MCNEMAR = [
    ("released", ("vanilla", "correct"), 3.5, 0.029),
    ("released", ("vanilla", "incorrect"), 1.4, 0.39),
    ("released", ("correct", "incorrect"), -2.1, 0.21),
    ("flag_fixed", ("vanilla", "correct"), 4.6, 0.005),
    ("flag_fixed", ("vanilla", "incorrect"), 8.8, 0.0),
    ("flag_fixed", ("correct", "incorrect"), 4.2, 0.017),
]


def test_variants_are_compared_by_each_scorer(release: Path) -> None:
    found = compare_stored(datasets.get("cotempqa"), release, QWEN)
    assert len(found) == 3 * len(SCORERS)
    for each, (scorer, names, points, p) in zip(found, MCNEMAR, strict=False):
        pair = each.contrast
        assert (each.scorer, (pair.first, pair.second), pair.n) == (scorer, names, 950)
        assert 100 * pair.difference == pytest.approx(points, abs=0.05)
        digits = len(f"{p:g}".partition(".")[2])
        assert round(pair.p, max(digits, 3)) == pytest.approx(p, abs=0.5 * 10**-digits)
        assert pair.interval.low < pair.difference < pair.interval.high
        assert pair.p_holm >= pair.p


def test_variants_are_compared_on_the_problems_that_both_have(release: Path) -> None:
    found = compare_stored(datasets.get("cotempqa"), release, "Qwen3-8B")
    assert [each.contrast.n for each in found] == [331, 950, 331] * len(SCORERS)


def test_a_model_that_is_not_stored_has_nothing_to_compare(release: Path) -> None:
    assert compare_stored(datasets.get("cotempqa"), release, "Nobody-1B") == []


@pytest.mark.parametrize(
    ("dataset", "models"),
    [
        ("cotempqa", ["Llama-3.1-8B-Instruct", LLAMA, QWEN, "Qwen3-8B"]),
        ("babi", [LLAMA, QWEN]),
        ("marco", []),
    ],
)
def test_which_models_have_figures(dataset: str, models: list[str]) -> None:
    assert load_snapshot().models(dataset) == models


def test_what_is_not_stored_is_none() -> None:
    snapshot = load_snapshot()
    assert snapshot.evaluation("babi", "Qwen3-8B", "correct", "strict") is None
    assert snapshot.evaluation("cotempqa", QWEN, "verbose", "strict") is None
    assert snapshot.audit_of("marco") is None


def test_an_unknown_model_lists_those_whose_outputs_are_stored(release: Path) -> None:
    with pytest.raises(InputError, match=f"no stored outputs of GPT-0 on .*; choose from {LLAMA}"):
        compute_model(release, datasets.get("babi"), "GPT-0")


def test_a_folder_without_stored_outputs_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no stored outputs of the release; name the folder"):
        compute(tmp_path)


def test_a_dataset_whose_problems_are_not_there_has_no_audit(release: Path) -> None:
    assert audit_release("marco", release) is None


def test_a_file_that_is_there_but_cannot_be_read_is_an_error(babi: Path) -> None:
    (babi / "test_dataset_for_prompting.csv").write_text("question\nWhere is Tamsel?\n")
    with pytest.raises(InputError, match="column is missing"):
        audit_release("babi", babi.parents[2])


def test_a_file_that_is_missing_beside_others_is_an_error(babi: Path) -> None:
    with pytest.raises(InputError, match=r"test_dataset_for_prompting\.csv: no such file"):
        audit_release("babi", babi.parents[2])


@pytest.fixture
def babi(tmp_path: Path) -> Path:
    """A release's folder of bAbI problems in which only the training file is whole."""
    folder = tmp_path / "babiqa/data/babiqa"
    folder.mkdir(parents=True)
    (folder / "train_dataset_for_prompting.csv").write_text(TABLE)
    return folder


TABLE = """\
passages,question,query_type,answer_passage,answer
"['Tamsel went to the belfry.', 'Orvik went to the larder.']",Where is Tamsel?,\
single-supporting-fact,['Tamsel went to the belfry.'],belfry
"""


class TestAddedMetric:
    """A metric is added where it is defined; committed figures from before have none of it."""

    @pytest.fixture(autouse=True)
    def added(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        lenient = Scorer(lambda dataset, output, variant: True, "anything goes", ("micro", "macro"))
        monkeypatch.setitem(SCORERS, "lenient", lenient)
        monkeypatch.setitem(RETRIEVAL, "hallucination_free", lambda cited: not cited.hallucinated)
        load_snapshot.cache_clear()
        ledger._committed.cache_clear()
        yield
        load_snapshot.cache_clear()
        ledger._committed.cache_clear()

    def test_the_committed_figures_say_that_they_lack_it(self) -> None:
        for evaluation in load_snapshot().evaluations:
            assert evaluation.answer.others == {"lenient_micro": None, "lenient_macro": None}
            assert evaluation.answer.micro("lenient") is None
            assert evaluation.retrieval.others == {"hallucination_free": None}
            for name in (
                "answer.lenient_micro",
                "answer.lenient_macro",
                "answer.by_category.lenient",
                "answer.by_category.hallucination_free",
                "retrieval.hallucination_free",
            ):
                assert evaluation.notes[name] == NOT_COMMITTED

    def test_the_claims_are_those_of_before(self, command_line: Any) -> None:
        done = command_line("claims")
        assert (done.code, done.err) == (0, "")
        assert "C7  NOT TESTABLE HERE" in done.out

    def test_outputs_scored_now_have_it(self, release: Path) -> None:
        found = evaluate(datasets.get("babi"), release, LLAMA, "correct", "strict")
        assert found.answer.others == {"lenient_micro": 1.0, "lenient_macro": 1.0}
        assert ", lenient micro 100.0, lenient macro 100.0" in as_text(found)
        share = found.retrieval.others["hallucination_free"]
        assert share is not None
        assert 0 < share < 1
        assert found.model_dump()["answer"]["by_category"]["counting"]["lenient"] == 1.0


class TestCommand:
    @pytest.fixture
    def written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Where the command writes in these tests."""
        path = tmp_path / "snapshot.json"
        monkeypatch.setattr(snapshot, "FILE", path)
        return path

    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
        monkeypatch.setattr(sys, "argv", ["snapshot.py", *words])
        snapshot.main()

    def test_it_writes_what_it_computed(
        self, written: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        committed = Snapshot.model_validate_json(FILE.read_bytes())
        monkeypatch.setattr(snapshot, "compute", lambda root: committed)
        self.run(monkeypatch, "somewhere")
        assert written.read_bytes() == FILE.read_bytes()

    def test_a_folder_of_something_else_leaves_the_figures_alone(
        self,
        written: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        with pytest.raises(SystemExit) as stopped:
            self.run(monkeypatch, str(tmp_path))
        assert stopped.value.code == 2
        assert "holds no stored outputs of the release" in capsys.readouterr().err
        assert not written.exists()
