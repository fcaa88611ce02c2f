"""A kind of trace is one declaration: a new one is rendered, parsed, trained, scored and drawn."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

from artifact import datasets
from artifact.book.figures import runs
from artifact.book.sections import sft_variants
from artifact.decomposition import traces
from artifact.decomposition.parse import Trace, parse
from artifact.evaluation.scored_runs import score_run
from artifact.sft import generate, train
from artifact.sft.run_data import problem_set
from artifact.sft.spec import Spec
from artifact.workflow import parameters

NAME, COLOUR, MARKER = "reversed", "#5b6ad0", "p"


def _reversed(asked: traces.TraceRequest) -> str:
    facts = asked.problem.supporting_facts[::-1]
    return asked.dataset.template.trace(asked.problem.category, facts)


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = traces.TraceKind("the correct trace, last fact first", _reversed, COLOUR, MARKER)
    monkeypatch.setitem(traces.KINDS, NAME, kind)


@pytest.mark.parametrize("name", datasets.names())
def test_it_is_rendered_and_read_back_and_the_answer_stays_right(name: str) -> None:
    dataset = datasets.get(name)
    assert NAME in traces.offered(dataset)
    for problem in dataset.lookalikes.generate(20, 0):
        turn = traces.render(dataset, problem, NAME)
        trace = parse(turn, dataset.template, problem.context)
        assert isinstance(trace, Trace)
        assert trace.label == problem.category
        assert trace.answer_text == dataset.template.answer(problem.answers)


def test_it_is_trained_scored_and_shown(
    small: Callable[..., Spec], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = small(variant=NAME, train=4, test=4, optimisation={"epochs": 1})
    for problem, turn in problem_set(spec).train:
        assert turn == traces.render(datasets.get("babi"), problem, NAME)
    scored = score_run(generate.generate(train.train(spec)), "here")
    assert scored.kind == NAME
    assert scored.evaluation.trace.no_trace is not None
    shown = sft_variants.compute.gather([scored], [])
    assert any(NAME in row for row in sft_variants.tables.all_tables(shown)["accuracy"].rows)
    monkeypatch.setitem(sft_variants.figures.LENGTHS, "here", 1)
    points = sft_variants.figures.length_points(shown)
    figure = runs.accuracy_by_length(points, title="t", references={})
    drawn = {(line.get_marker(), to_hex(line.get_color())) for line in figure.axes[0].lines}
    plt.close(figure)
    assert (MARKER, COLOUR) in drawn


def test_a_section_may_be_run_with_it() -> None:
    typed = parameters.parse_overrides([f"variants=correct,{NAME}"], "sft_variants")
    assert typed["sft_variants"]["variants"] == ["correct", NAME]
