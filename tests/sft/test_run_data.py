"""Which problems a run gets, what it learns of them, and in which tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets import problem_files
from artifact.datasets.problem import content_hash
from artifact.datasets.sources import load
from artifact.decomposition import traces
from artifact.sft import run_data
from artifact.sft.models import loading
from artifact.sft.run_data import encode, filler_turn, problem_set, prompt
from artifact.sft.run_data import test_problems as problems_of
from artifact.sft.spec import Chat, Spec

SpecOf = Callable[..., Spec]
TINY = ("tiny-llama", "tiny-qwen3")


def ids(problems: Any) -> list[str]:
    return [problem.id for problem in problems]


def forget() -> None:
    run_data._problem_set.cache_clear()
    run_data._loaded.cache_clear()


@pytest.fixture(autouse=True)
def _nothing_cached() -> Iterator[None]:
    """No test sees the problems of another, whose rules or files it may have changed."""
    forget()
    yield
    forget()


def test_every_variant_of_a_dataset_has_the_same_problems(small: SpecOf) -> None:
    chosen = [
        problem_set(small(variant=kind)) for kind in ("vanilla", "correct", "filler", "summary")
    ]
    assert len({tuple(ids(p for p, _ in it.train)) for it in chosen}) == 1
    assert len({it.test for it in chosen}) == 1
    assert len({it.sha256 for it in chosen}) == 4
    assert {it.test_sha256 for it in chosen} == {content_hash(chosen[0].test)}


def test_the_draws_are_nested(small: SpecOf) -> None:
    few, many = problem_set(small(train=5, test=3)), problem_set(small(train=16, test=6))
    assert many.train[:5] == few.train
    assert many.test[:3] == few.test


def test_no_problem_is_on_both_sides(small: SpecOf) -> None:
    chosen = problem_set(small())
    assert len({*ids(p for p, _ in chosen.train), *ids(chosen.test)}) == 16 + 6


def test_another_data_seed_draws_other_problems_and_the_training_seed_none(small: SpecOf) -> None:
    assert problem_set(small(seed=1)) == problem_set(small())
    assert set(problem_set(small(data_seed=1)).test).isdisjoint(problem_set(small()).test)


def test_runs_that_differ_in_variant_and_seed_load_their_source_once(
    small: SpecOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Any] = []

    def counted(source: Any, dataset: Any, **more: Any) -> Any:
        loaded.append(source)
        return load(source, dataset, **more)

    monkeypatch.setattr(run_data, "load", counted)
    problem_set(small())
    problem_set(small(variant="vanilla", seed=3, train=10))
    problems_of(small(recipe="laptop"))
    assert len(loaded) == 1
    problems_of(small(data_seed=3))
    assert len(loaded) == 2


def test_the_problems_of_a_run_are_drawn_once(small: SpecOf) -> None:
    first = problem_set(small(corruption=0.5))
    assert problem_set(small(corruption=0.5)) is first
    assert problem_set(small(corruption=0.5, seed=1)) is not first
    assert problem_set(small(seed=1)) is problem_set(small())


def test_the_test_problems_are_those_of_the_run(small: SpecOf) -> None:
    assert problems_of(small()) == problem_set(small()).test


@pytest.mark.parametrize("kind", ["vanilla", "correct", "incorrect", "irrelevant", "verbose"])
def test_the_training_turn_is_the_variants(small: SpecOf, kind: str) -> None:
    chosen, dataset = problem_set(small(variant=kind)), datasets.get("babi")
    others = [problem for problem, _ in chosen.train]
    for problem, turn in chosen.train:
        assert turn == traces.render(dataset, problem, kind, others=others)


@pytest.mark.parametrize("name", datasets.names())
@pytest.mark.parametrize("model", TINY)
def test_filler_has_as_many_tokens_as_the_correct_trace_and_no_content(
    name: str, model: str
) -> None:
    dataset, tokenizer = datasets.get(name), loading.load_tokenizer(loading.weights(model))
    for problem in dataset.lookalikes.generate(12, 3):
        turns = (
            filler_turn(tokenizer, dataset, problem),
            traces.render(dataset, problem, "correct"),
        )
        filler, correct = (len(tokenizer(turn)["input_ids"]) for turn in turns)
        assert filler == correct
        assert turns[0] == filler_turn(tokenizer, dataset, problem)
        trace, _, answer = turns[0].removeprefix("<think>").partition("</think>")
        assert set(trace) == {".", " "}
        assert answer == turns[1].partition("</think>")[2]


def test_doses_are_nested_and_each_is_the_share_it_says(small: SpecOf) -> None:
    correct = dict(problem_set(small()).train)
    incorrect = dict(problem_set(small(variant="incorrect")).train)
    before: set[str] = set()
    for share in (0.25, 0.5, 0.75):
        turns = dict(problem_set(small(corruption=share)).train)
        wrong = {problem.id for problem, turn in turns.items() if turn == incorrect[problem]}
        right = {problem.id for problem, turn in turns.items() if turn == correct[problem]}
        assert wrong.isdisjoint(right)
        assert (len(wrong), len(right)) == (16 * share, 16 - 16 * share)
        assert before < wrong
        before = wrong


def test_another_seed_corrupts_other_traces(small: SpecOf) -> None:
    one, other = (problem_set(small(corruption=0.5, seed=seed)).train for seed in (0, 1))
    assert one != other


def test_a_problem_without_such_a_trace_is_left_out_and_told(
    small: SpecOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    render, refused = traces.render, problem_set(small()).train[3][0]

    def picky(dataset: Any, problem: Any, kind: Any, **more: Any) -> str:
        if problem == refused:
            raise InputError(f"no such trace for '{problem.id}'")
        return render(dataset, problem, kind, **more)

    whole = problem_set(small())
    monkeypatch.setattr(traces, "render", picky)
    forget()
    chosen = problem_set(small())
    assert [it.reason for it in chosen.left_out] == [f"no such trace for '{refused.id}'"]
    assert chosen.train == whole.train[:3] + whole.train[4:]
    assert chosen.sha256 != whole.sha256

    def refuse(*given: Any, **more: Any) -> str:
        raise InputError("no such trace")

    monkeypatch.setattr(traces, "render", refuse)
    forget()
    with pytest.raises(InputError, match="field 'variant': no problem has the trace 'correct'"):
        problem_set(small())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"train": 1000}, r"field 'train': the source has \d+, not 1000"),
        ({"test": 61}, r"field 'test': the source has \d+, not 61"),
        ({"test": None}, "field 'test': look-alikes are unlimited; say how many test"),
        ({"train": None}, "field 'train': look-alikes are unlimited"),
    ],
)
def test_too_few_problems_are_one_line(small: SpecOf, change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        problem_set(small(**change))


# Files


def test_a_file_without_problems_is_one_line(small: SpecOf, tmp_path: Path) -> None:
    path = tmp_path / "problems.jsonl"
    path.touch()
    with pytest.raises(InputError) as caught:
        problem_set(small(source=f"file:{path}"))
    assert "\n" not in str(caught.value)


def test_a_file_is_used_whole_where_no_numbers_are_given(small: SpecOf, tmp_path: Path) -> None:
    path = tmp_path / "problems.jsonl"
    problem_files.write(datasets.get("babi").lookalikes.generate(40, 3), path)
    chosen = problem_set(small(source=f"file:{path}", train=None, test=None))
    assert len(chosen.train) + len(chosen.test) == 40


def test_content_and_not_only_ids_make_the_hash(small: SpecOf, tmp_path: Path) -> None:
    problems = datasets.get("marco").lookalikes.generate(40, 3)
    path = tmp_path / "problems.jsonl"
    spec = small(dataset="marco", source=f"file:{path}", train=None, test=None)
    hashes = set()
    for question in (problems[0].question, "and why?"):
        problem_files.write([replace(problems[0], question=question), *problems[1:]], path)
        hashes.add(problem_set(spec).sha256)
    assert len(hashes) == 2


@pytest.fixture(params=[name for name in datasets.names() if datasets.get(name).r1])
def taught(request: pytest.FixtureRequest) -> str:
    """A dataset of which there can be records of a teacher's texts."""
    name: str = request.param
    return name


@pytest.fixture
def records(taught: str, tmp_path: Path) -> Path:
    """R1's texts about look-alikes, in the release's records, one line each."""
    dataset, path = datasets.get(taught), tmp_path / "r1/records.jsonl"
    assert dataset.r1 is not None
    path.parent.mkdir()
    lines = []
    for problem in dataset.lookalikes.generate(40, 3):
        texts = {
            "prediction": dataset.template.answer(problem.answers),
            "r1_trace": "Let me see.",
            "r1_trace_summary": "In short.",
            "r1_exp_ans": "That is why.",
        }
        lines.append(json.dumps({**dataset.r1.state(problem), **texts}) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("kind", "text"),
    [("verbose", "Let me see."), ("summary", "In short."), ("explanation", "That is why.")],
)
@pytest.mark.parametrize("whole_folder", [False, True])
def test_r1s_own_texts_are_learned_where_a_file_has_them(
    small: SpecOf, taught: str, records: Path, kind: str, text: str, whole_folder: bool
) -> None:
    place = records.parent if whole_folder else records
    spec = small(dataset=taught, variant=kind, source=f"file:{place}", train=None, test=None)
    chosen = problem_set(spec)
    assert len(chosen.train) + len(chosen.test) == 40
    assert all(turn.startswith(f"<think>{text}</think>") for _, turn in chosen.train)
    assert problems_of(spec) == chosen.test


def test_a_folder_without_records_is_one_line(small: SpecOf, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(tmp_path)):
        problem_set(small(dataset="cotempqa", variant="verbose", source=f"file:{tmp_path}"))


def test_records_without_their_other_half_are_one_line_that_says_why(
    small: SpecOf, taught: str, records: Path
) -> None:
    text = records.read_text(encoding="utf-8").replace('"r1_exp_ans"', '"other"')
    records.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"no problem has the trace 'explanation' \(first: .* has"):
        problem_set(small(dataset=taught, variant="explanation", source=f"file:{records}"))


TEXTS = {"verbose": "r1_trace", "summary": "r1_trace_summary", "explanation": "r1_exp_ans"}


@pytest.mark.parametrize("variant", TEXTS)
@pytest.mark.parametrize("lacking", TEXTS)
def test_records_that_lack_a_text_train_what_they_have(
    small: SpecOf, taught: str, records: Path, variant: str, lacking: str
) -> None:
    lines = records.read_text(encoding="utf-8").splitlines(keepends=True)
    half = [line.replace(f'"{TEXTS[lacking]}"', '"other"') for line in lines[:20]] + lines[20:]
    records.write_text("".join(half), encoding="utf-8")
    spec = small(dataset=taught, variant=variant, source=f"file:{records}", train=None, test=None)
    chosen = problem_set(spec)
    assert len(chosen.train) + len(chosen.left_out) + len(chosen.test) == 40
    if variant == lacking:
        assert len(chosen.left_out) + len(chosen.test) >= 20
        assert all(f"has no {variant} text for" in it.reason for it in chosen.left_out)
    else:
        assert chosen.left_out == ()


# Tokens


@pytest.mark.parametrize("model", TINY)
def test_a_prompt_is_the_users_turn_and_the_start_of_the_answer(small: SpecOf, model: str) -> None:
    tokenizer: Any = loading.load_tokenizer(loading.weights(model))
    dataset, problem = datasets.get("babi"), problem_set(small()).test[0]
    text = tokenizer.decode(prompt(tokenizer, dataset, problem))
    turn = dataset.template.user_turn(problem)
    assert text == f"<|im_start|>user\n{turn}<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize("model", TINY)
def test_without_a_generation_prompt_the_header_is_the_models(small: SpecOf, model: str) -> None:
    tokenizer: Any = loading.load_tokenizer(loading.weights(model))
    dataset, (pair, *_) = datasets.get("babi"), problem_set(small()).train
    bare = Chat(generation_prompt=False)
    (usual,) = encode(tokenizer, dataset, [pair])
    (example,) = encode(tokenizer, dataset, [pair], bare)
    assert tokenizer.decode(example.prompt).endswith("<|im_end|>\n")
    assert tokenizer.decode(example.target).startswith("<|im_start|>assistant\n<think>")
    # The conversation is the same; only where the model begins to write differs.
    assert example.prompt + example.target == usual.prompt + usual.target


def test_a_system_message_stands_before_the_question(small: SpecOf) -> None:
    tokenizer: Any = loading.load_tokenizer(loading.weights("tiny-llama"))
    dataset, problem = datasets.get("babi"), problem_set(small()).test[0]
    text = tokenizer.decode(prompt(tokenizer, dataset, problem, Chat(system="Be brief.")))
    assert text.startswith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n")


@pytest.mark.parametrize("model", TINY)
def test_an_example_is_the_prompt_then_the_turn_then_the_end(small: SpecOf, model: str) -> None:
    tokenizer: Any = loading.load_tokenizer(loading.weights(model))
    dataset, turns = datasets.get("babi"), problem_set(small()).train
    for (problem, turn), example in zip(turns, encode(tokenizer, dataset, turns), strict=True):
        assert list(example.prompt) == prompt(tokenizer, dataset, problem)
        assert tokenizer.decode(example.target[:-1]) == turn
        assert example.target[-1] == tokenizer.eos_token_id
        assert example.target.count(tokenizer.eos_token_id) == 1
        assert len(example) == len(example.prompt) + len(example.target)
