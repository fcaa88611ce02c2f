from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.datasets.cotempqa.lookalikes.sampling import (
    QuantileSampler,
    WeightedChoice,
    whole_number,
)


@pytest.mark.parametrize(
    ("position", "value"), [(0.0, "a"), (0.24, "a"), (0.25, "b"), (0.74, "b"), (0.75, "c")]
)
def test_values_lie_side_by_side(position: float, value: str) -> None:
    assert WeightedChoice({"a": 1.0, "b": 2.0, "c": 1.0}).at(position) == value


def test_values_are_drawn_by_their_weights() -> None:
    draw, rng = WeightedChoice({"often": 3.0, "seldom": 1.0, "never": 0.0}), Random(1)
    drawn = Counter(draw.pick(rng) for _ in range(4000))
    assert drawn["never"] == 0
    assert drawn["often"] / 4000 == pytest.approx(0.75, abs=0.03)


def test_only_keeps_the_proportions() -> None:
    draw = WeightedChoice({"ab": 1.0, "cd": 5.0, "ae": 3.0}).only(
        lambda value: value.startswith("a")
    )
    assert [draw.at(position / 8) for position in range(8)] == ["ab"] * 2 + ["ae"] * 6


def test_a_spread_has_its_quantiles() -> None:
    spread, rng = QuantileSampler({"0.05": 1.0, "0.5": 4.0, "0.95": 27.0}), Random(1)
    drawn = sorted(spread.pick(rng) for _ in range(10_000))
    assert drawn[0] == pytest.approx(1.0)
    assert drawn[5000] == pytest.approx(4.0, rel=0.05)
    assert drawn[9400] == pytest.approx(27.0, rel=0.1)
    assert drawn[-1] == pytest.approx(27.0)


@given(st.integers(), st.lists(st.floats(0, 1e3), min_size=3, max_size=3).map(sorted))
def test_nothing_is_drawn_beyond_the_outermost_quantiles(seed: int, values: list[float]) -> None:
    spread = QuantileSampler(dict(zip(("0.01", "0.5", "0.99"), values, strict=True)))
    drawn = spread.pick(Random(seed))
    assert values[0] - 1e-6 <= drawn <= values[-1] + 1e-6


@given(st.integers(), st.integers(-(10**6), 10**6), st.integers(0, 10**6))
def test_a_whole_number_is_the_standard_librarys(seed: int, first: int, more: int) -> None:
    ours, theirs = Random(seed), Random(seed)
    for _ in range(3):
        assert whole_number(ours, first, first + more) == theirs.randint(first, first + more)
    assert ours.getstate() == theirs.getstate()


def test_there_is_no_whole_number_between_none() -> None:
    with pytest.raises(ValueError, match="no number from 2 to 1"):
        whole_number(Random(0), 2, 1)
