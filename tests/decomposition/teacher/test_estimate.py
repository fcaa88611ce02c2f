"""The estimate: rule, sums, money."""

from __future__ import annotations

import pytest

from artifact.common.errors import InputError
from artifact.decomposition.teacher.estimate import Prices, Request, as_text, prices, tokens


@pytest.mark.parametrize(("characters", "expected"), [(0, 0), (1, 1), (4, 1), (5, 2), (4000, 1000)])
def test_four_characters_make_a_token(characters: int, expected: int) -> None:
    assert tokens(characters) == expected


def test_money_is_for_a_million() -> None:
    assert Prices(0.5, 2.0).of(1_000_000, 500_000) == 1.5


def test_prices_come_in_twos() -> None:
    assert prices(None, None) is None
    assert prices(0, 1) == Prices(0, 1)
    for pair in [(1.0, None), (None, 1.0)]:
        with pytest.raises(InputError, match="give both or neither"):
            prices(*pair)


def test_sums_by_kind_and_in_all() -> None:
    requests = [Request("traces", 1000, 500), Request("traces", 1000, 500)]
    requests.append(Request("summaries", 200, 100))
    text = as_text(requests, {"traces": "r at h", "summaries": "s at h"}, Prices(100, 1000))
    lines = text.splitlines()
    assert lines[0] == "traces: 2 requests, 2,000 tokens in, 1,000 out (r at h)"
    assert lines[1] == "summaries: 1 requests, 200 tokens in, 100 out (s at h)"
    assert lines[2] == (
        "estimate, at most: 3 requests, 2,200 tokens in, 1,100 out, 1.32 at these prices"
    )
