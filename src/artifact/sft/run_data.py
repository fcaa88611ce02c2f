"""From problems to what a model reads and writes: chat messages, then tokens.

The prompt ends with the chat template's generation prompt, and it is the same list of tokens in
training, generation and intervention. The target is the trace with its answer and the end token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.files import read_json_lines
from artifact.common.intake import Intake, LeftOut
from artifact.datasets import sources
from artifact.datasets.dataset import Dataset, Narration
from artifact.datasets.problem import Problem, content_hash
from artifact.datasets.splits import grouped_split
from artifact.decomposition import traces
from artifact.sft.spec import Spec

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


R1_KEY = "r1_trace"
"""A key of the release's R1 records that no problem file has."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The problems of a run.

    Attributes:
        train: problem and assistant turn, in the order drawn.
        test: problems, in the order drawn.
        left_out: why a problem or record that was drawn could not be used.
        sha256: of the problems of both sides and the training turns.
    """

    train: tuple[tuple[Problem, str], ...]
    test: tuple[Problem, ...]
    left_out: tuple[LeftOut, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Example:
    """A training example in tokens: the loss is on the target alone.

    Attributes:
        prompt: up to and with the generation prompt.
        target: the assistant's turn with its end token.
    """

    prompt: tuple[int, ...]
    target: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.target)


def choose(spec: Spec) -> Chosen:
    """Draw the problems of a run and word the training turns.

    The draws are nested: a smaller run of one data seed uses the first problems of a larger one,
    and every variant has the same ones.

    Raises:
        InputError: if a side holds too few problems, or none has such a trace.
    """
    dataset = datasets.get(spec.dataset)
    pool, intake = _pool(spec, dataset), Intake(skip_bad=True)
    train = _draw(pool.train, spec.train, f"train {spec.data_seed}", "train")
    test = _draw(pool.test, spec.test, f"test {spec.data_seed}", "test")
    turns = []
    for problem, kind in zip(train, _kinds(spec, len(train)), strict=True):
        try:
            turn = traces.render(
                dataset,
                problem,
                kind,
                corrupt=spec.corrupt,
                others=train,
                narration=pool.narrations.get(problem.id),
            )
        except InputError as error:
            intake.reject(error)
            continue
        turns.append((problem, turn))
    if not turns:
        raise InputError(f"no problem has the trace '{spec.variant}'", field="variant")
    digest = hashlib.sha256(content_hash(p for p, _ in turns).encode())
    digest.update(content_hash(test).encode())
    digest.update("\0".join(turn for _, turn in turns).encode())
    left_out = (*pool.left_out, *intake.left_out)
    return Chosen(tuple(turns), test, left_out, digest.hexdigest())


def test_problems(spec: Spec) -> tuple[Problem, ...]:
    """The test problems of a run, in the order drawn; errors as `choose`."""
    pool = _pool(spec, datasets.get(spec.dataset))
    return _draw(pool.test, spec.test, f"test {spec.data_seed}", "test")


def prompt(tokenizer: PreTrainedTokenizerBase, dataset: Dataset, problem: Problem) -> list[int]:
    """The tokens that ask `problem`, with the template's generation prompt."""
    messages = [{"role": "user", "content": dataset.template.user_turn(problem)}]
    text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def encode(
    tokenizer: PreTrainedTokenizerBase, dataset: Dataset, turns: Iterable[tuple[Problem, str]]
) -> list[Example]:
    """Training examples of problems and their assistant turns."""
    end: Any = tokenizer.eos_token_id
    return [
        Example(
            tuple(prompt(tokenizer, dataset, problem)),
            (*tokenizer(turn, add_special_tokens=False)["input_ids"], end),
        )
        for problem, turn in turns
    ]


@dataclass(frozen=True, slots=True)
class _Pool:
    """What may be drawn from: two sides, and texts by problem id where they came with them."""

    train: tuple[Problem, ...]
    test: tuple[Problem, ...]
    left_out: tuple[LeftOut, ...]
    narrations: Mapping[str, Narration]


def _pool(spec: Spec, dataset: Dataset) -> _Pool:
    source = sources.Source.parse(spec.source)
    if source.kind == "lookalike" and None in (spec.train, spec.test):
        side = "train" if spec.train is None else "test"
        raise InputError("look-alikes have no end", field=side, cure=f"say how many {side}")
    if source.kind == "file" and dataset.r1 and _holds_r1_records(source.path):
        intake = Intake(skip_bad=True)
        narrated = dataset.r1.read(source.path, intake)
        if not narrated:
            first = f" (first: {intake.left_out[0].reason})" if intake.left_out else ""
            raise InputError(f"holds no usable record{first}", path=source.path,
                             cure="give the folder with all files of these records")  # fmt: skip
        problems = [it.problem for it in narrated]
        sides = grouped_split(problems, dataset.rules.groups_of, seed=spec.data_seed)
        texts = {it.problem.id: it.narration for it in narrated}
        return _Pool(sides.train, sides.test, tuple(intake.left_out), texts)
    loaded = sources.load(source, dataset, n=spec.n, seed=spec.data_seed, split=spec.split)
    return _Pool(loaded.train, loaded.test, loaded.left_out, {})


def _holds_r1_records(path: Path) -> bool:
    """Whether a file, or a folder of them, has the release's R1 records and not our problems."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    first = next(iter(read_json_lines(files[0], Intake())), None) if files else None
    return path.is_dir() or (first is not None and R1_KEY in first[1])


def _draw(side: Sequence[Problem], wanted: int | None, seed: str, name: str) -> tuple[Problem, ...]:
    if not side or (wanted or 0) > len(side):
        raise InputError(f"the source has {len(side)}, not {wanted or 'one'}", field=name)
    return tuple(Random(seed).sample(side, len(side))[:wanted])


def _kinds(spec: Spec, n: int) -> Sequence[traces.Kind]:
    if spec.corruption is None:
        return [spec.variant] * n
    return traces.kinds_for_corruption(n, spec.corruption, spec.seed)
