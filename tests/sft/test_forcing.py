"""A model reads a prompt and a forced trace: what it is given, what is kept, and how likely it
finds right and wrong answers."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from artifact import datasets
from artifact.common.errors import CheckError, InputError
from artifact.common.json_lines import JsonLines
from artifact.decomposition import traces
from artifact.decomposition.parse import Trace, parse
from artifact.sft import forcing, generate
from artifact.sft.forced_traces import (
    FORCED,
    Intervention,
    between_tags,
    forced_traces,
    interventions,
    rival_of,
)
from artifact.sft.forcing import force_traces
from artifact.sft.generate import Generated
from artifact.sft.models import loading
from artifact.sft.run_data import filler_turn, problem_set, prompt
from artifact.sft.run_folder import INTERVENTIONS, PREDICTIONS, Run
from artifact.sft.spec import Spec

SpecOf = Callable[..., Spec]

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
    run.write(run.record, finished=[PREDICTIONS])
    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every prompt that the model was given, as text; its answers are made up."""
    seen: list[str] = []

    def listen(
        model: Any, tokenizer: Any, ids: Any, mask: Any, cache: Any, spec: Spec, salt: int = 0
    ) -> list[Generated]:
        seen.extend(tokenizer.decode(row[kept == 1]) for row, kept in zip(ids, mask, strict=True))
        return [Generated(" <answer>mill</answer>", 5, False) for _ in ids]

    monkeypatch.setattr(generate, "proceed", listen)
    return seen


def test_the_model_reads_the_prompt_and_the_forced_trace(spoken: Run, asked: list[str]) -> None:
    force_traces(spoken)
    spec, dataset = spoken.record.spec, datasets.get("babi")
    tokenizer: Any = loading.load_tokenizer(loading.weights(spec.model))
    chosen, expected, kinds = problem_set(spec), [], set()
    said = {line.id: line.prediction for line in spoken.predictions}
    for problem in chosen.test:
        own = parse(said[problem.id], dataset.template, problem.context)
        text = own.text if isinstance(own, Trace) else None
        forced = forced_traces(dataset, problem, text, chosen.test)
        filler = between_tags(filler_turn(tokenizer, dataset, problem))
        forced["filler"] = replace(forced["filler"], text=filler)
        assert ("own" in forced) == said[problem.id].startswith("<think>")
        kinds |= set(forced)
        start = tokenizer.decode(prompt(tokenizer, dataset, problem))
        for kind, trace in forced.items():
            if kind == "mistake":
                # A token that reaches beyond the mistake is the model's to write.
                head = f"{start}<think>{trace.text[: trace.goes_on_at]}"
                expected += [it for it in asked if it in (head, head[:-1])]
            elif not kind.startswith("early"):
                expected.append(f"{start}<think>{trace.text}</think>")
    assert kinds >= set(FORCED) - {"anchored"}
    assert Counter(expected) <= Counter(asked)
    assert len(asked) == len(expected) + 3 * len([it for it in said.values() if "<think>" in it])


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
            assert (line.rival is None) == (line.rival_logprob is None)
            elsewhere = set(trace.points_to or ()) - set(problem.answers)
            assert (line.pointed is not None) == bool(elsewhere)


def test_early_answers_follow_the_first_tokens_of_the_own_trace(
    spoken: Run, asked: list[str]
) -> None:
    force_traces(spoken)
    spec, dataset = spoken.record.spec, datasets.get("babi")
    tokenizer: Any = loading.load_tokenizer(loading.weights(spec.model))
    said = {line.id: line.prediction for line in spoken.predictions}
    for problem in problem_set(spec).test:
        own = parse(said[problem.id], dataset.template, problem.context)
        if not isinstance(own, Trace):
            continue
        start = tokenizer.decode(prompt(tokenizer, dataset, problem))
        given = [it for it in asked if it.startswith(f"{start}<think>") and it.endswith("</think>")]
        beginnings = {it.removeprefix(f"{start}<think>").removesuffix("</think>") for it in given}
        lengths = [
            len(tokenizer(it, add_special_tokens=False)["input_ids"])
            for it in sorted(beginnings, key=len)
            if own.text.startswith(it)
        ]
        whole = lengths[-1]
        assert lengths[0] == 0
        for share in (0.25, 0.5, 0.75):
            assert any(abs(it - share * whole) <= 2 for it in lengths)


def test_after_a_mistake_the_line_holds_the_whole_turn(spoken: Run, asked: list[str]) -> None:
    force_traces(spoken)
    found = [it for it in interventions(spoken) if it.forced == "mistake"]
    assert found
    for line in found:
        assert line.prediction is not None
        assert line.prediction.startswith("<think>")
        assert line.prediction.endswith(" <answer>mill</answer>")
        assert "</think>" not in line.prediction
        assert line.gold is not None


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
        model: Any, tokenizer: Any, ids: Any, mask: Any, cache: Any, spec: Spec, salt: int = 0
    ) -> list[Generated]:
        specs.append(spec)
        return [Generated("", 1, False) for _ in ids]

    monkeypatch.setattr(generate, "proceed", listen)
    force_traces(spoken)
    dataset, own = datasets.get("babi"), spoken.record.spec
    tokenizer: Any = loading.load_tokenizer(loading.weights(own.model))
    (limit,) = {it.decoding.max_new_tokens for it in specs if it != own}
    for problem in problem_set(own).test:
        answer = f" <answer>{dataset.template.answer(problem.answers)}</answer>"
        assert len(tokenizer(answer)["input_ids"]) < limit
    short = own.decoding.model_copy(update={"max_new_tokens": limit})
    # Where the model goes on by itself, it has the room of its own answers.
    assert all(it in (own, own.model_copy(update={"decoding": short})) for it in specs)
    assert own in specs


def naive(run: Run, line: Intervention) -> tuple[str, dict[str, float]]:
    """What comes after a closed forced trace, read alone and in one piece."""
    spec, dataset = run.record.spec, datasets.get("babi")
    model, tokenizer = generate.load(run)
    coder: Any = tokenizer
    test = problem_set(spec).test
    problem = next(it for it in test if it.id == line.id)
    said = {it.id: it.prediction for it in run.predictions}
    own = parse(said[line.id], dataset.template, problem.context)
    forced = forced_traces(dataset, problem, own.text if isinstance(own, Trace) else None, test)
    filler = between_tags(filler_turn(tokenizer, dataset, problem))
    trace = f"<think>{filler if line.forced == 'filler' else forced[line.forced].text}</think>"
    start = [*prompt(coder, dataset, problem), *coder(trace, add_special_tokens=False)["input_ids"]]
    answers = {"gold": problem.answers, "rival_logprob": rival_of(forced, problem, test)}
    if line.pointed:
        answers["pointed"] = line.points_to
    sums = {}
    for name, them in answers.items():
        if them is not None:
            text = f" <answer>{dataset.template.answer(them)}</answer>"
            reply = coder(text, add_special_tokens=False)["input_ids"]
            with torch.inference_mode():
                logits = model(torch.tensor([[*start, *reply]])).logits[0].float()
            logprobs = logits.log_softmax(-1)[len(start) - 1 : -1]
            sums[name] = float(logprobs[range(len(reply)), reply].sum())
    (generated,) = generate.complete(model, tokenizer, [start], spec)
    return generated.text, sums


def test_a_prompt_read_once_gives_what_each_trace_read_alone_gives(spoken: Run) -> None:
    """Shared prompts, padding within and batches change nothing but rounding."""
    force_traces(spoken)
    lines = [it for it in interventions(spoken) if not it.forced.startswith(("early", "mistake"))]
    for line in lines[::4]:
        text, sums = naive(spoken, line)
        assert line.prediction is not None
        assert text[:20] == line.prediction[:20]
        for name, expected in sums.items():
            assert getattr(line, name).sum == pytest.approx(expected, rel=0.03), (line, name)
    assert {name for line in lines for name in ("pointed",) if getattr(line, name)} == {"pointed"}


def test_margins_alone_need_no_predictions(spoken: Run, asked: list[str]) -> None:
    record = spoken.record.model_copy(update={"generation": None})
    del record.sha256[PREDICTIONS]
    spoken.write(record)
    (spoken.folder / PREDICTIONS).rename(spoken.folder / "aside")
    force_traces(spoken, margins_only=True)
    lines = interventions(spoken)
    assert lines
    assert asked == []
    assert all(it.gold and it.prediction is None for it in lines)
    assert {it.forced for it in lines}.isdisjoint({"own", "mistake", "early_50"})


def test_answers_are_added_to_margins(spoken: Run, asked: list[str]) -> None:
    force_traces(spoken, margins_only=True)
    margins = {(it.id, it.forced): it.gold for it in interventions(spoken)}
    force_traces(spoken)
    lines = interventions(spoken)
    assert {(it.id, it.forced): it.gold for it in lines} == margins
    assert all(it.prediction is not None for it in lines)
    assert len(lines) == len(asked)


def test_a_few_problems_are_the_first_ones(spoken: Run, asked: list[str]) -> None:
    force_traces(spoken, problems=2)
    first = [it.id for it in problem_set(spoken.record.spec).test[:2]]
    assert {it.id for it in interventions(spoken)} == set(first)
    force_traces(spoken)
    assert len({it.id for it in interventions(spoken)}) == len(problem_set(spoken.record.spec).test)


TORN = """
append, batches = json_lines.JsonLines.append, []
def append_and_die(self, *records):
    append(self, *records)
    batches.append(records)
    if len(batches) == 2:
        os.truncate(self._path, self._path.stat().st_size - 300)
        die()
json_lines.JsonLines.append = append_and_die
"""


def test_killed_and_begun_again_it_leaves_the_same_file(
    spoken: Run, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Run(tmp_path / "copy" / spoken.folder.name)
    shutil.copytree(spoken.folder, other.folder)
    whole = (force_traces(other).folder / INTERVENTIONS).read_bytes()
    path = spoken.folder / INTERVENTIONS
    killed = command("intervene", spoken.folder, sabotage=TORN)
    assert killed.code == -signal.SIGKILL
    assert 0 < len(path.read_bytes()) < len(whole)
    ended = command("intervene", spoken.folder)
    assert (ended.code, ended.out) == (0, f"{path}\n")
    assert path.read_bytes() == whole
    monkeypatch.setattr(forcing, "_outcomes", None)
    force_traces(spoken)
    assert path.read_bytes() == whole


def test_forced_traces_are_hashed_when_all_that_was_asked_is_there(
    spoken: Run, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    force_traces(spoken, margins_only=True)
    first = spoken.check(INTERVENTIONS).sha256[INTERVENTIONS]
    with monkeypatch.context() as patch:
        patch.setattr(forcing, "_outcomes", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            force_traces(spoken)
    assert INTERVENTIONS not in spoken.check(INTERVENTIONS).sha256
    force_traces(spoken)
    assert spoken.check(INTERVENTIONS).sha256[INTERVENTIONS] != first


def test_nothing_is_added_to_forced_traces_that_were_changed(spoken: Run, asked: list[str]) -> None:
    path = force_traces(spoken, problems=1).folder / INTERVENTIONS
    path.write_bytes(path.read_bytes().replace(b"mill", b"hill"))
    with pytest.raises(CheckError, match="was changed after it was written"):
        force_traces(spoken)


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


def test_problems_that_changed_since_training_stop_it(spoken: Run, changed: Any) -> None:
    spoken = changed(spoken, data_sha256="0" * 64)
    with pytest.raises(CheckError, match="its problems are not those it was trained on"):
        force_traces(spoken)
    assert interventions(spoken) == []
