"""Which traces can be forced on a problem, where each points, and what a model then reads."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.common.errors import CheckError, InputError
from artifact.common.json_lines import JsonLines
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.decomposition import traces
from artifact.sft import generate
from artifact.sft.forced_traces import (
    FORCED,
    Forced,
    Intervention,
    force_traces,
    forced_traces,
    interventions,
)
from artifact.sft.generate import Generated
from artifact.sft.models import loading
from artifact.sft.run_data import problem_set, prompt
from artifact.sft.run_folder import INTERVENTIONS, PREDICTIONS, Run
from artifact.sft.spec import Spec

N = 60
SpecOf = Callable[..., Spec]


def lookalikes(name: str) -> tuple[Dataset, list[Problem]]:
    dataset = datasets.get(name)
    return dataset, dataset.lookalikes.generate(N, 2)


def between_tags(turn: str) -> str:
    return turn.removeprefix("<think>").split("</think>")[0]


@pytest.mark.parametrize("name", datasets.names())
@pytest.mark.parametrize("kind", ["correct", "anchored", "incorrect", "filler"])
def test_a_trace_as_in_training_is_that_of_training(name: str, kind: traces.Kind) -> None:
    dataset, problems = lookalikes(name)
    found = 0
    for problem in problems:
        forced = forced_traces(dataset, problem, None, problems)
        try:
            turn = traces.render(dataset, problem, kind)
        except InputError:
            assert kind not in forced
            continue
        assert forced[kind].text == between_tags(turn)  # type: ignore[index]
        found += 1
    assert found > 0 or kind == "anchored"


@pytest.mark.parametrize("name", ["babi", "cotempqa"])
def test_correct_facts_point_to_gold_and_misleading_ones_elsewhere(name: str) -> None:
    dataset, problems = lookalikes(name)
    elsewhere = 0
    for problem in problems:
        forced = forced_traces(dataset, problem, None, problems)
        assert set(forced["correct"].points_to or ()) == set(problem.answers)
        if "misleading" in forced:
            elsewhere += 1
            trace = forced["misleading"]
            assert trace.points_to
            assert set(trace.points_to).isdisjoint(problem.answers)
            assert dataset.template.label_of(trace.text) == problem.category
            assert trace.points_to == traces.points_to(dataset, problem, trace.text)
    assert elsewhere > N / 4


@pytest.mark.parametrize("name", ["babi", "cotempqa"])
def test_what_has_no_facts_points_nowhere(name: str) -> None:
    dataset, problems = lookalikes(name)
    for problem in problems:
        forced = forced_traces(dataset, problem, None, problems)
        assert forced["none"].text == ""
        assert (forced["none"].points_to, forced["filler"].points_to) == (None, None)


@pytest.mark.parametrize("name", datasets.names())
def test_another_problems_trace_points_to_that_ones_answers(name: str) -> None:
    dataset, problems = lookalikes(name)
    correct = {
        between_tags(traces.render(dataset, problem, "correct")): problem for problem in problems
    }
    for problem in problems:
        other = forced_traces(dataset, problem, None, problems)["other"]
        lender = correct[other.text]
        assert lender.id != problem.id
        assert other.points_to == lender.answers
        assert set(lender.supporting_facts).isdisjoint(problem.context)


def test_the_own_trace_is_as_it_was_and_points_where_its_facts_do() -> None:
    dataset, problems = lookalikes("babi")
    problem, other = problems[0], problems[1]
    own = dataset.template.trace(other.category, problem.supporting_facts)
    found = forced_traces(dataset, problem, own, problems)["own"]
    assert found.text == own
    assert set(found.points_to or ()) == set(problem.answers)
    nonsense = forced_traces(dataset, problem, "I can't say.", problems)["own"]
    assert (nonsense.text, nonsense.points_to) == ("I can't say.", None)


def test_what_can_not_be_had_is_left_out() -> None:
    dataset, problems = lookalikes("babi")
    assert "own" not in forced_traces(dataset, problems[0], None, problems)
    assert "other" not in forced_traces(dataset, problems[0], None, problems[:1])
    alone = forced_traces(dataset, problems[0], None, [])
    assert {"none", "correct", "incorrect", "filler"} <= set(alone)


@pytest.mark.parametrize("name", datasets.names())
def test_traces_come_in_one_order_and_are_the_same_each_time(name: str) -> None:
    dataset, problems = lookalikes(name)
    for problem in problems[:9]:
        forced = forced_traces(dataset, problem, "Own.", problems)
        assert list(forced) == [kind for kind in FORCED if kind in forced]
        assert forced == forced_traces(dataset, problem, "Own.", problems)


def test_a_dataset_that_does_not_say_where_facts_point_has_the_traces_all_the_same() -> None:
    dataset, problems = lookalikes("marco")
    forced = forced_traces(dataset, problems[0], None, problems)
    expected: set[Forced] = {"none", "correct", "incorrect", "other", "filler"}
    assert expected <= set(forced)


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert interventions(run) == []
    lines = [
        Intervention(
            id="p",
            category="c",
            forced=forced,
            points_to=points_to,
            prediction="<answer>mill</answer>",
            tokens=4,
            truncated=False,
        )
        for forced, points_to in (("own", None), ("other", ("mill", "barn")))
    ]
    JsonLines(tmp_path / INTERVENTIONS).append(*lines)
    assert interventions(run) == lines
    with (tmp_path / INTERVENTIONS).open("a", encoding="utf-8") as file:
        file.write('{"id": "torn')
    assert interventions(run) == lines
    with (tmp_path / INTERVENTIONS).open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(InputError, match="line 3"):
        interventions(run)


# On a model

KINDS = ("correct", "incorrect", "filler", "vanilla")
"""What the model is made to have said, in turn: the last has no trace."""


@pytest.fixture
def spoken(answered: Run, runs_folder: Path) -> Run:
    """A copy of the run that answered in whole sentences, most of them with a trace."""
    run = Run(runs_folder / answered.folder.name)
    shutil.copytree(answered.folder, run.folder)
    dataset, problems = (
        datasets.get("babi"),
        {it.id: it for it in problem_set(run.record.spec).test},
    )
    (run.folder / PREDICTIONS).unlink()
    lines = [
        line.model_copy(
            update={"prediction": traces.render(dataset, problems[line.id], KINDS[i % 4])}
        )
        for i, line in enumerate(answered.predictions)
    ]
    JsonLines(run.folder / PREDICTIONS).append(*lines)
    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every prompt that the model was given, as text; its answers are made up."""
    seen: list[str] = []

    def listen(
        model: Any, tokenizer: Any, prompts: Any, spec: Spec, salt: int = 0
    ) -> list[Generated]:
        seen.extend(tokenizer.decode(tokens) for tokens in prompts)
        return [Generated(" <answer>mill</answer>", 5, False) for _ in prompts]

    monkeypatch.setattr(generate, "complete", listen)
    return seen


def test_the_model_reads_the_prompt_and_the_forced_trace(spoken: Run, asked: list[str]) -> None:
    force_traces(spoken)
    spec, dataset = spoken.record.spec, datasets.get("babi")
    tokenizer: Any = loading.load_tokenizer(loading.weights(spec.model))
    chosen, expected, kinds = problem_set(spec), [], set()
    said = {line.id: line.prediction for line in spoken.predictions}
    for problem in chosen.test:
        own = traces.parse(said[problem.id], dataset.template, problem.context)
        text = own.text if isinstance(own, traces.Trace) else None
        forced = forced_traces(dataset, problem, text, chosen.test)
        assert ("own" in forced) == said[problem.id].startswith("<think>")
        kinds |= set(forced)
        start = tokenizer.decode(prompt(tokenizer, dataset, problem))
        expected += [f"{start}<think>{trace.text}</think>" for trace in forced.values()]
    assert kinds >= set(FORCED) - {"anchored"}
    assert sorted(asked) == sorted(expected)


def test_a_line_says_what_was_forced_and_where_it_points(spoken: Run, asked: list[str]) -> None:
    force_traces(spoken)
    dataset, chosen = datasets.get("babi"), problem_set(spoken.record.spec)
    lines = {(line.id, line.forced): line for line in interventions(spoken)}
    assert len(lines) == len(asked)
    for problem in chosen.test:
        for kind, trace in forced_traces(dataset, problem, None, chosen.test).items():
            line = lines[problem.id, kind]
            assert line.points_to == trace.points_to
            assert line.category == problem.category
            assert (line.prediction, line.tokens) == (" <answer>mill</answer>", 5)


@pytest.mark.parametrize("model", ["tiny-llama", "tiny-qwen3"])
def test_the_forced_tokens_are_those_that_training_had(small: SpecOf, model: str) -> None:
    """A tokenizer that joined ``</think>`` to what follows would show the model an unknown end."""
    tokenizer: Any = loading.load_tokenizer(loading.weights(model))
    for _, turn in problem_set(small(model=model)).train:
        head, sign, _ = turn.partition("</think>")
        whole = tokenizer(turn, add_special_tokens=False)["input_ids"]
        forced = tokenizer(head + sign, add_special_tokens=False)["input_ids"]
        assert whole[: len(forced)] == forced


def test_the_answer_has_room_and_goes_by_the_runs_own_settings(
    spoken: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs: list[Spec] = []

    def listen(
        model: Any, tokenizer: Any, prompts: Any, spec: Spec, salt: int = 0
    ) -> list[Generated]:
        specs.append(spec)
        return [Generated("", 1, False) for _ in prompts]

    monkeypatch.setattr(generate, "complete", listen)
    force_traces(spoken)
    dataset, own = datasets.get("babi"), spoken.record.spec
    tokenizer: Any = loading.load_tokenizer(loading.weights(own.model))
    limit = specs[0].decoding.max_new_tokens
    for problem in problem_set(own).test:
        answer = f" <answer>{dataset.template.answer(problem.answers)}</answer>"
        assert len(tokenizer(answer)["input_ids"]) < limit
    untouched = own.decoding.model_copy(update={"max_new_tokens": limit})
    assert all(it == own.model_copy(update={"decoding": untouched}) for it in specs)


TORN = """
append, batches = json_lines.JsonLines.append, []
def append_and_die(self, *records):
    append(self, *records)
    batches.append(records)
    if len(batches) == 3:
        os.truncate(self._path, self._path.stat().st_size - 300)
        die()
json_lines.JsonLines.append = append_and_die
"""


def test_killed_and_begun_again_it_leaves_the_same_file(
    spoken: Run, command: Any, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Run(runs_folder / "copy")
    shutil.copytree(spoken.folder, other.folder)
    whole = (force_traces(other).folder / INTERVENTIONS).read_bytes()
    path = spoken.folder / INTERVENTIONS
    killed = command("intervene", spoken.folder, sabotage=TORN)
    assert killed.code == -signal.SIGKILL
    assert 0 < len(path.read_bytes()) < len(whole)
    ended = command("intervene", spoken.folder)
    assert (ended.code, ended.out) == (0, f"{path}\n")
    assert path.read_bytes() == whole
    monkeypatch.setattr(generate, "complete", None)
    force_traces(spoken)
    assert path.read_bytes() == whole


# What can't be asked


def test_a_run_without_predictions_is_one_line(spoken: Run) -> None:
    spoken.write(spoken.record.model_copy(update={"generation": None}))
    with pytest.raises(InputError) as caught:
        force_traces(spoken)
    name = spoken.record.run
    assert str(caught.value) == (
        f"{spoken.folder}: has no predictions yet; run `artifact generate {name}`"
    )


def test_a_run_without_traces_is_one_line(spoken: Run, small: SpecOf) -> None:
    spoken.write(spoken.record.model_copy(update={"spec": small(variant="vanilla")}))
    with pytest.raises(InputError, match="was trained without traces, so there is none to force"):
        force_traces(spoken)


def test_problems_that_changed_since_training_stop_it(spoken: Run) -> None:
    spoken.write(spoken.record.model_copy(update={"data_sha256": "0" * 64}))
    with pytest.raises(CheckError, match="its problems are not those it was trained on"):
        force_traces(spoken)
    assert interventions(spoken) == []
