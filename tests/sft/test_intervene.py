"""A forced trace is read as if the model had written it, and nothing else changes."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.common.errors import CheckError, InputError
from artifact.decomposition import traces
from artifact.sft import generate as generation
from artifact.sft import intervene as intervening
from artifact.sft import run_folder
from artifact.sft.forced_traces import FORCED, forced_traces, interventions
from artifact.sft.generate import Generated
from artifact.sft.intervene import intervene
from artifact.sft.models import loading
from artifact.sft.run_data import choose, prompt
from artifact.sft.run_folder import Appender, Run
from artifact.sft.spec import Spec

SpecOf = Callable[..., Spec]
KINDS = ("correct", "incorrect", "filler", "vanilla")
"""What the model is made to have said, in turn: the last has no trace."""


@pytest.fixture
def spoken(answered: Run, runs_folder: Path) -> Run:
    """A copy of the run that answered in whole sentences, most of them with a trace."""
    run = Run(runs_folder / answered.folder.name)
    shutil.copytree(answered.folder, run.folder)
    dataset, problems = datasets.get("babi"), {it.id: it for it in choose(run.record.spec).test}
    (run.folder / run_folder.PREDICTIONS).unlink()
    lines = [
        line.model_copy(
            update={"prediction": traces.render(dataset, problems[line.id], KINDS[i % 4])}
        )
        for i, line in enumerate(answered.predictions)
    ]
    Appender(run.folder / run_folder.PREDICTIONS).add(lines)
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

    monkeypatch.setattr(generation, "complete", listen)
    return seen


def test_the_model_reads_the_prompt_and_the_forced_trace(spoken: Run, asked: list[str]) -> None:
    intervene(spoken)
    spec, dataset = spoken.record.spec, datasets.get("babi")
    tokenizer: Any = loading.load_tokenizer(loading.weights(spec.model))
    chosen, expected, kinds = choose(spec), [], set()
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
    intervene(spoken)
    dataset, chosen = datasets.get("babi"), choose(spoken.record.spec)
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
    for _, turn in choose(small(model=model)).train:
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

    monkeypatch.setattr(generation, "complete", listen)
    intervene(spoken)
    dataset, own = datasets.get("babi"), spoken.record.spec
    tokenizer: Any = loading.load_tokenizer(loading.weights(own.model))
    limit = specs[0].decoding.max_new_tokens
    for problem in choose(own).test:
        answer = f" <answer>{dataset.template.answer(problem.answers)}</answer>"
        assert len(tokenizer(answer)["input_ids"]) < limit
    untouched = own.decoding.model_copy(update={"max_new_tokens": limit})
    assert all(it == own.model_copy(update={"decoding": untouched}) for it in specs)


TORN = """
add, batches = run_folder.Appender.add, []
def add_and_die(self, records):
    add(self, records)
    batches.append(records)
    if len(batches) == 3:
        os.truncate(self._path, self._path.stat().st_size - 300)
        die()
run_folder.Appender.add = add_and_die
"""


def test_killed_and_begun_again_it_leaves_the_same_file(
    spoken: Run, command: Any, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Run(runs_folder / "copy")
    shutil.copytree(spoken.folder, other.folder)
    whole = (intervene(other).folder / run_folder.INTERVENTIONS).read_bytes()
    path = spoken.folder / run_folder.INTERVENTIONS
    killed = command("intervene", spoken.folder, sabotage=TORN)
    assert killed.code == -signal.SIGKILL
    assert 0 < len(path.read_bytes()) < len(whole)
    ended = command("intervene", spoken.folder)
    assert (ended.code, ended.out) == (0, f"{path}\n")
    assert path.read_bytes() == whole
    monkeypatch.setattr(generation, "complete", None)
    intervene(spoken)
    assert path.read_bytes() == whole


# What can't be asked


def test_a_run_without_predictions_is_one_line(spoken: Run) -> None:
    spoken.write(spoken.record.model_copy(update={"generation": None}))
    with pytest.raises(InputError) as caught:
        intervene(spoken)
    name = spoken.record.run
    assert str(caught.value) == (
        f"{spoken.folder}: has no predictions yet; run `artifact generate {name}`"
    )


def test_a_run_without_traces_is_one_line(spoken: Run, small: SpecOf) -> None:
    spoken.write(spoken.record.model_copy(update={"spec": small(variant="vanilla")}))
    with pytest.raises(InputError, match="was trained without traces, so there is none to force"):
        intervene(spoken)


def test_problems_that_changed_since_training_stop_it(spoken: Run) -> None:
    spoken.write(spoken.record.model_copy(update={"data_sha256": "0" * 64}))
    with pytest.raises(CheckError, match="its problems are not those it was trained on"):
        intervene(spoken)
    assert intervening.interventions(spoken) == []
