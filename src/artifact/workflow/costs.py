"""What a run will take: time, memory and disk, estimated from parameters and tokens.

Time is the arithmetic of a model of that size on that many tokens, at the rate of timed runs: of
the same model on the same kind of device, else of other models on it, else at an assumed rate. All
of it is an estimate; what a rate rests on is stated beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Literal

from artifact import datasets
from artifact.common import paths
from artifact.datasets.sources import Source
from artifact.sft.forced_traces import FORCED
from artifact.sft.models import registry
from artifact.sft.run_data import problem_set
from artifact.sft.run_folder import RECORD, Run
from artifact.sft.spec import Spec

Device = Literal["cuda", "cpu"]

LIBRARIES_MB, BYTES_PER_PARAMETER = 500, 4
"""Memory of a job besides activations: libraries, and weights in fp32."""

ACTIVATIONS_MB, MB_PER_TOKEN = 3400, 3
"""Activations of a batch that is read at once, and per token of one that is read in parts; for
SmolLM2-135M in fp32, including what the backward pass of a layer takes."""

READING, TRAINING = 2, 4
"""Operations per parameter for a token that is read or written, and for one that is trained on:
backward through frozen weights, which have no gradients of their own."""

ASSUMED: dict[Device, tuple[float, float]] = {"cuda": (4e13, 2e12), "cpu": (1e11, 2e10)}
"""Operations per second in training and in writing answers if nothing was timed: a tenth of a
data-centre GPU's peak, and what 32 answers at a time in 4 bits leave of that; two cores."""

START_SECONDS = 60
"""To load libraries and weights from a shared disk."""

CHARACTERS_PER_TOKEN, TEMPLATE_TOKENS = 4, 30
"""Characters per token of English text, and tokens that a chat template adds."""

UNSEEN, SAMPLE = (4000, 1000), (100, 40)
"""Training and test problems assumed for a source that is not at hand, about as many as in the
release's tables; and the number of look-alikes whose lengths stand in for theirs."""

FORCED_ANSWER_TOKENS = 16
"""Tokens of an answer that follows a forced trace."""

MARGIN, SPARE_MINUTES = 3, 30
"""A job may take this many times its estimate, plus this many minutes, before Slurm ends it."""

CHECKPOINTS, STATES = 2, 3
"""Checkpoints kept while a run trains, and numbers in each per adapter weight: the weight, and the
optimiser's two."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a run: trained on, over all epochs; read as prompts; and written as answers."""

    trained: float
    read: float
    written: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Operations per second in training and in writing, and what they rest on, in words."""

    training: float
    writing: float
    basis: str


def seconds(spec: Spec, *, trains: bool = True, forced: int | None = 0) -> float:
    """How long the rest of a run takes, given what is already there.

    Args:
        trains: whether the run has yet to be trained and to answer.
        forced: on how many test problems traces are forced; None for all.
    """
    tokens, rates = tokens_of(spec, trains=trains, forced=forced), rates_of(spec)
    each = registry.parameters(spec.model)
    computed = TRAINING * tokens.trained + READING * tokens.read
    return START_SECONDS + each * (
        computed / rates.training + READING * tokens.written / rates.writing
    )


def minutes_allowed(spec: Spec) -> int:
    """Minutes after which Slurm may end a run's job, which then continues from its checkpoint."""
    return SPARE_MINUTES + math.ceil(MARGIN * seconds(spec, forced=None) / 60)


def device_of(spec: Spec) -> Device:
    """Where a run is made: 4-bit weights need a GPU."""
    return "cuda" if spec.lora.quantise else "cpu"


def memory_mb(spec: Spec) -> int:
    """Main memory of a run's job, in MB."""
    weights = BYTES_PER_PARAMETER * registry.parameters(spec.model) / 1e6
    tokens = spec.optimisation.tokens
    in_parts = ACTIVATIONS_MB if tokens is None else MB_PER_TOKEN * tokens
    return LIBRARIES_MB + round(weights) + min(ACTIVATIONS_MB, in_parts)


def adapter_mb(spec: Spec) -> float:
    """What a run leaves on disk apart from its texts: adapters, for matrices as wide as a model of
    that size has."""
    return 4 * spec.lora.rank * math.pow(registry.parameters(spec.model), 2 / 3) / 1e6


def training_mb(spec: Spec) -> float:
    """What a run keeps on disk while it trains, in addition to that."""
    return CHECKPOINTS * STATES * adapter_mb(spec)


def weights_mb(model: str) -> float:
    """A model's weights on disk, 16 bits each."""
    return 2 * registry.parameters(model) / 1e6


def tokens_of(spec: Spec, *, trains: bool = True, forced: int | None = 0) -> Tokens:
    """Tokens that the rest of a run takes; arguments as for `seconds`."""
    same = spec.model_copy(update={"seed": 0, "model": registry.DEFAULT})
    n_train, n_test, asked, turn = _lengths(same, at_hand(spec))
    n_forced = n_test if forced is None else min(forced, n_test)
    after = n_forced * len(FORCED)
    return Tokens(
        trained=trains * spec.optimisation.epochs * n_train * (asked + turn),
        read=trains * n_test * asked + after * (asked + turn),
        written=trains * n_test * min(turn, spec.decoding.max_new_tokens)
        + after * FORCED_ANSWER_TOKENS,
    )


def at_hand(spec: Spec) -> bool:
    """Whether the problems can be read without a network, which a login node may not have."""
    return Source.parse(spec.source).kind != "hub"


@lru_cache(maxsize=256)
def _lengths(spec: Spec, readable: bool) -> tuple[int, int, float, float]:
    """Training and test problems, and mean tokens of a prompt and of a training turn."""
    wanted = spec
    if not readable:
        train, test = SAMPLE
        like = {"source": "lookalike", "n": 4 * train, "split": None, "train": train, "test": test}
        wanted = spec.model_copy(update=like)
    problems = problem_set(wanted)
    template = datasets.get(spec.dataset).template
    turns = len(problems.train)
    asked = sum(len(template.user_turn(problem)) for problem, _ in problems.train) / turns
    turn = sum(len(text) for _, text in problems.train) / turns
    sides = (turns, len(problems.test)) if readable else (spec.train, spec.test)
    n_train, n_test = (n or unseen for n, unseen in zip(sides, UNSEEN, strict=True))
    per_token = CHARACTERS_PER_TOKEN
    return n_train, n_test, asked / per_token + TEMPLATE_TOKENS, turn / per_token


def rates_of(spec: Spec) -> Rates:
    """The rates at which a run of this model is made on its kind of device."""
    device = device_of(spec)
    timed = [it for it in _timed(paths.RUNS, paths.REFERENCE_RUNS) if it.device == device]
    own = [it for it in timed if it.model == spec.model]
    others = [it for it in timed if registry.entry(it.model).kind != "tiny"]
    if not (measured := own or others):
        return Rates(*ASSUMED[device], "assumed rates")
    count = f"the rates of {len(measured)} timed run{'s' * (len(measured) > 1)}"
    return Rates(
        median(it.training for it in measured),
        median(it.writing for it in measured),
        count if own else f"{count} of other models",
    )


@dataclass(frozen=True, slots=True)
class _Timed:
    """The rates of one finished run."""

    model: str
    device: str
    training: float
    writing: float


@lru_cache(maxsize=8)
def _timed(*folders: Path) -> list[_Timed]:
    """The finished runs in these folders, as they are when first asked for."""
    found = []
    for folder in folders:
        for path in sorted(folder.glob(f"*/{RECORD}")):
            record = Run(path.parent).record
            trained, answered, spec = record.training, record.generation, record.spec
            size = registry.parameters(spec.model)
            if trained is None or answered is None or not size:
                continue
            learned = TRAINING * trained.tokens * spec.optimisation.epochs * size
            written = READING * answered.predictions * answered.mean_tokens * size
            if written and trained.seconds and answered.seconds:
                rates = learned / trained.seconds, written / answered.seconds
                found.append(_Timed(spec.model, record.numerics.device, *rates))
    return found
