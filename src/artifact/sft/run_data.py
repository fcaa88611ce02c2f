"""From problems to what a model reads and writes: chat messages, then tokens.

The prompt ends with the chat template's generation prompt, and it is the same list of tokens in
training, generation and forced traces. The target is the trace with its answer and the end token.
"""

from __future__ import annotations

import hashlib
import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Literal

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.files import read_json_lines
from artifact.common.intake import Intake, LeftOut
from artifact.common.provenance import file_sha256
from artifact.datasets.dataset import Dataset, Narration
from artifact.datasets.problem import Problem, content_hash
from artifact.datasets.r1_records import TEXT_KEYS
from artifact.datasets.sources import Source, SplitRule, load
from artifact.datasets.splits import grouped_split
from artifact.decomposition import traces
from artifact.sft.spec import Chat, Spec

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


CHAT = Chat()
"""No system message of ours, and a generation prompt."""

THINKING = re.compile(r"<think>\s*(</think>\s*)?$")
"""What templates of models with a thinking mode put after the header of the assistant's turn: an
opened trace, or an empty one where the mode is off."""

FIXED_DAY = "{% macro strftime_now(format) %}26 Jul 2024{% endmacro %}"
"""Put before templates that state the date, so that a prompt is the same tomorrow. The date is the
one that Llama 3's template uses without a clock."""

CACHED = 8
"""Sources, and problem sets, that are kept in memory: the runs of a section differ in variant and
seed, so most share one source."""


@dataclass(frozen=True, slots=True)
class ProblemSet:
    """The problems of a run.

    Attributes:
        train: (problem, assistant turn) pairs, in the order drawn. A filler turn holds one mark;
            `filler_turn` makes it as long as it is trained.
        test: problems, in the order drawn.
        left_out: problems or records that were drawn but could not be used, with the reason.
        sha256: of both sides' problems and the assistant turns.
        test_sha256: of the test problems alone: runs that differ in it can't be compared.
    """

    train: tuple[tuple[Problem, str], ...]
    test: tuple[Problem, ...]
    left_out: tuple[LeftOut, ...]
    sha256: str
    test_sha256: str


@dataclass(frozen=True, slots=True)
class Example:
    """A training example in tokens.

    Attributes:
        prompt: what comes before the model's own text, with the generation prompt if there is one.
        target: the assistant's turn with its end token.
    """

    prompt: tuple[int, ...]
    target: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.target)

    def cut(self, limit: int) -> Example:
        """The first `limit` tokens: what is lost is the end, where the answer stands."""
        return Example(self.prompt[:limit], self.target[: max(0, limit - len(self.prompt))])


def problem_set(spec: Spec) -> ProblemSet:
    """The problems of a run, with the training turns as text; drawn once per process.

    The draws are nested: a smaller run with the same data seed uses the first problems of a larger
    one, and all variants share the same problems.

    Raises:
        InputError: if a side has too few problems, or no problem has such a trace.
    """
    # Without a share to corrupt, nothing here depends on the training seed.
    same = spec if spec.corruption is not None else spec.model_copy(update={"seed": 0})
    return _problem_set(same, _content(spec))


@lru_cache(maxsize=CACHED)
def _problem_set(spec: Spec, content: str) -> ProblemSet:
    dataset, pool, intake = datasets.get(spec.dataset), _pool(spec), Intake(skip_bad=True)
    train, test = _draw(pool, spec, "train"), _draw(pool, spec, "test")
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
        first = f" (first: {intake.left_out[0].reason})" if pool.narrations else ""
        raise InputError(f"no problem has the trace '{spec.variant}'{first}", field="variant")
    digest = hashlib.sha256(content_hash(p for p, _ in turns).encode())
    tested = content_hash(test)
    digest.update(tested.encode())
    digest.update("\0".join(turn for _, turn in turns).encode())
    left_out = (*pool.left_out, *intake.left_out)
    return ProblemSet(tuple(turns), test, left_out, digest.hexdigest(), tested)


def test_problems(spec: Spec) -> tuple[Problem, ...]:
    """The test side of `problem_set` alone, without wording the training turns."""
    return _draw(_pool(spec), spec, "test")


def prompt(
    tokenizer: PreTrainedTokenizerBase, dataset: Dataset, problem: Problem, chat: Chat = CHAT
) -> list[int]:
    """The tokens that ask `problem`, by default with the template's generation prompt."""
    text = prompt_text(tokenizer, dataset.template.user_turn(problem), chat)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def prompt_text(tokenizer: PreTrainedTokenizerBase, asked: str, chat: Chat = CHAT) -> str:
    """What comes before the model's own words, as its chat template has it.

    A system message that the template refuses or drops is put before the question. What
    the template says about thinking is left out, since the trace that follows has tags of its own;
    a date in it is always that of `FIXED_DAY`.
    """
    if chat.system is not None:
        from jinja2 import TemplateError

        turns = [{"role": "system", "content": chat.system}, {"role": "user", "content": asked}]
        with suppress(TemplateError):
            text = _rendered(tokenizer, turns, chat)
            if chat.system in text:
                return text
        asked = f"{chat.system}\n\n{asked}"
    return _rendered(tokenizer, [{"role": "user", "content": asked}], chat)


def _rendered(tokenizer: PreTrainedTokenizerBase, turns: list[dict[str, str]], chat: Chat) -> str:
    template = tokenizer.get_chat_template()
    text: Any = tokenizer.apply_chat_template(
        turns,
        chat_template=f"{FIXED_DAY}\n{template}" if "strftime_now" in template else template,
        add_generation_prompt=chat.generation_prompt,
        tokenize=False,
    )
    return THINKING.sub("", text) if chat.generation_prompt else str(text)


def encode(
    tokenizer: PreTrainedTokenizerBase,
    dataset: Dataset,
    turns: Iterable[tuple[Problem, str]],
    chat: Chat = CHAT,
) -> list[Example]:
    """Training examples of problems and their assistant turns.

    Without a generation prompt the header of the assistant's turn is the target's to write.
    """
    end: Any = tokenizer.eos_token_id
    answered = chat.model_copy(update={"generation_prompt": True})
    examples = []
    for problem, turn in turns:
        asked = prompt(tokenizer, dataset, problem, chat)
        header = prompt(tokenizer, dataset, problem, answered)[len(asked) :]
        written = tokenizer(turn, add_special_tokens=False)["input_ids"]
        examples.append(Example(tuple(asked), (*header, *written, end)))
    return examples


def filler_turn(tokenizer: PreTrainedTokenizerBase, dataset: Dataset, problem: Problem) -> str:
    """The assistant turn with a filler trace, as long in tokens as the one with a correct trace.

    It holds as many whole marks as fit. Where a mark takes several tokens, single dots make up the
    rest.
    """
    one_mark = traces.render(dataset, problem, "filler")

    def turn(marks: int, dots: int = 0) -> str:
        return one_mark.replace(traces.FILLER, " ".join([traces.FILLER] * marks) + "." * dots, 1)

    def tokens(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    wanted = tokens(traces.render(dataset, problem, "correct"))
    fitting = bisect_right(range(1, wanted), wanted, key=lambda marks: tokens(turn(marks)))
    return turn(fitting, dots=wanted - tokens(turn(fitting)))


@dataclass(frozen=True, slots=True)
class _Pool:
    """What can be drawn: both sides, and by problem id the narrations that came with them."""

    train: Sequence[Problem]
    test: Sequence[Problem]
    left_out: tuple[LeftOut, ...]
    narrations: Mapping[str, Narration]


def _pool(spec: Spec) -> _Pool:
    if Source.parse(spec.source).kind == "lookalike" and None in (spec.train, spec.test):
        side = "train" if spec.train is None else "test"
        raise InputError("look-alikes are unlimited", field=side, cure=f"say how many {side}")
    return _loaded(
        spec.dataset, spec.source, spec.n, spec.split, spec.data_seed, content=_content(spec)
    )


def _content(spec: Spec) -> str:
    """Tells versions of a file apart in cache keys; the release and the hub's revisions do not
    change."""
    source = Source.parse(spec.source)
    if source.kind != "file":
        return ""
    return "".join(file_sha256(path) for path in _files(source.path) if os.path.isfile(path))


@lru_cache(maxsize=CACHED)
def _loaded(
    name: str, text: str, n: int, split: SplitRule | None, seed: int, *, content: str
) -> _Pool:
    dataset, source = datasets.get(name), Source.parse(text)
    if source.kind == "file" and dataset.r1 and _holds_r1_records(source.path):
        intake = Intake(skip_bad=True)
        narrated = dataset.r1.read(source.path, intake)
        if not narrated:
            first = f" (first: {intake.left_out[0].reason})" if intake.left_out else ""
            cure = "give the folder with all files of these records"
            raise InputError(f"holds no usable record{first}", path=source.path, cure=cure)
        sides = grouped_split([it.problem for it in narrated], dataset.rules.groups_of, seed=seed)
        texts = {it.problem.id: it.narration for it in narrated}
        return _Pool(sides.train, sides.test, tuple(intake.left_out), texts)
    loaded = load(source, dataset, n=n, seed=seed, split=split)
    return _Pool(loaded.train, loaded.test, loaded.left_out, {})


def _holds_r1_records(path: Path) -> bool:
    """Whether a file, or a folder of them, has the release's R1 records and not our problems."""
    files = _files(path)
    first = next(iter(read_json_lines(files[0], Intake())), None) if files else None
    return os.path.isdir(path) or (first is not None and any(key in first[1] for key in TEXT_KEYS))


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.jsonl")) if os.path.isdir(path) else [path]


def _draw(pool: _Pool, spec: Spec, name: Literal["train", "test"]) -> tuple[Problem, ...]:
    side, wanted = (pool.train, spec.train) if name == "train" else (pool.test, spec.test)
    if not side or (wanted or 0) > len(side):
        cure = f"ask for {len(side)} or fewer, or provide more problems" if side else None
        fault = f"the source has {len(side)}, not {wanted or 'one'}"
        raise InputError(fault, field=name, cure=cure or "provide more problems")
    return tuple(Random(f"{name} {spec.data_seed}").sample(side, len(side))[:wanted])


def _kinds(spec: Spec, n: int) -> Sequence[str]:
    if spec.corruption is None:
        return [spec.variant] * n
    return traces.kinds_for_corruption(n, spec.corruption, spec.seed)
