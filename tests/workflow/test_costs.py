from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from artifact.common import paths
from artifact.sft.forced_traces import FORCED
from artifact.sft.models import registry
from artifact.sft.spec import Spec, resolve
from artifact.workflow import costs

SMALL = {"dataset": "babi", "variant": "correct", "n": 200, "train": 8, "test": 10}


def spec(**fields: Any) -> Spec:
    return resolve({"model": "smollm2-135m"} | SMALL | fields)


@pytest.fixture(autouse=True)
def forgets() -> None:
    costs._timed.cache_clear()


def timed(make_run, changed, runs: Path, seconds: float, **fields: Any) -> None:
    """Leave a finished run behind that took so long, in training and in answering."""
    run = make_run(runs, lambda place: True, **fields)
    record = run.record
    training = record.training.model_copy(update={"seconds": seconds})
    generation = record.generation.model_copy(update={"seconds": seconds})
    numerics = record.numerics.model_copy(update={"device": "cpu"})
    changed(run, training=training, generation=generation, numerics=numerics)


def test_tokens_are_those_of_the_texts(project: Path) -> None:
    one = costs.tokens_of(spec())
    assert costs.tokens_of(spec(train=16, optimisation={"epochs": 2})).trained == pytest.approx(
        4 * one.trained, rel=0.2
    )
    assert costs.tokens_of(spec(test=20)).written == pytest.approx(2 * one.written)
    assert costs.tokens_of(spec(variant="vanilla")).written < one.written / 5
    assert costs.tokens_of(spec(decoding={"max_new_tokens": 1})).written == 10


def test_what_is_there_already_takes_nothing(project: Path) -> None:
    left = costs.tokens_of(spec(), trains=False, forced=4)
    assert left.trained == 0
    assert left.written == 4 * len(FORCED) * costs.FORCED_ANSWER_TOKENS
    assert costs.tokens_of(spec(), trains=False, forced=None).read == pytest.approx(2.5 * left.read)
    assert costs.tokens_of(spec(), trains=False) == costs.Tokens(0, 0, 0)
    assert costs.seconds(spec(), trains=False) == costs.START_SECONDS


def test_look_alikes_stand_for_problems_of_the_hub(project: Path) -> None:
    of_hub = spec(source="hub", train=None, test=None)
    like = spec(n=400, train=100, test=40)
    per_problem = costs.tokens_of(like).trained / 100
    assert costs.tokens_of(of_hub).trained == pytest.approx(per_problem * costs.UNSEEN[0])


def test_the_rate_is_that_of_timed_runs_the_models_own_first(
    project: Path, make_run, changed
) -> None:
    assert costs.rates_of(spec()) == costs.Rates(*costs.ASSUMED["cpu"], "assumed rates")
    timed(make_run, changed, paths.RUNS, 10, model="tiny-llama")
    costs._timed.cache_clear()
    assert costs.rates_of(spec()).basis == "assumed rates", "a tiny model's time is all start-up"
    timed(make_run, changed, paths.REFERENCE_RUNS, 10, model="smollm2-135m")
    timed(make_run, changed, paths.REFERENCE_RUNS, 20, model="smollm2-135m", seed=1)
    costs._timed.cache_clear()
    rates = costs.rates_of(spec())
    assert rates.basis == "the rates of 2 timed runs"
    trained = costs.TRAINING * 100 * registry.parameters("smollm2-135m")
    assert rates.training == pytest.approx((trained / 10 + trained / 20) / 2)
    assert (
        costs.rates_of(spec(model="tiny-qwen3")).basis
        == "the rates of 2 timed runs of other models"
    )
    on_gpu = spec(recipe="paper")
    assert costs.rates_of(on_gpu) == costs.Rates(*costs.ASSUMED["cuda"], "assumed rates")


def test_a_larger_model_takes_longer_and_slurm_leaves_it_more_time(project: Path) -> None:
    small, large = (spec(model=name, recipe="paper") for name in ("Qwen3-1.7B", "Qwen3-8B"))
    computing = [costs.seconds(it) - costs.START_SECONDS for it in (small, large)]
    assert computing[1] / computing[0] == pytest.approx(8.19 / 1.72, rel=0.01)
    assert costs.minutes_allowed(large) >= costs.minutes_allowed(small) > costs.SPARE_MINUTES


@pytest.mark.parametrize(
    ("model", "rank", "trainable"),
    [("smollm2-135m", 16, 4_884_480), ("Qwen3-1.7B", 16, 17_432_576)],
)
def test_an_adapter_on_disk_is_about_what_it_holds(
    project: Path, model: str, rank: int, trainable: int
) -> None:
    given = spec(model=model, lora={"rank": rank})
    assert costs.adapter_mb(given) == pytest.approx(4 * trainable / 1e6, rel=0.5)
    assert costs.weights_mb(model) == pytest.approx(2 * registry.parameters(model) / 1e6)
    assert costs.training_mb(given) > costs.adapter_mb(given)
