"""What a lesson will cost at most, estimated before it starts.

The rule: four characters make a token; an answer that is not there yet is as long as the prompts
file expects (for the release's prompts: the mean of the release's records) or as its limit of
tokens allows; every answer is right, so that summary and explanation are asked for too. Repeated
attempts are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from artifact.common.errors import InputError
from artifact.decomposition.teacher.prompts import Kind

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of a million input and output tokens, in any one currency."""

    per_million_in: float
    per_million_out: float

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """The price of so many tokens."""
        return (tokens_in * self.per_million_in + tokens_out * self.per_million_out) / 1e6


def prices(per_million_in: float | None, per_million_out: float | None) -> Prices | None:
    """The prices, or None where none are given.

    Raises:
        InputError: if only one is given.
    """
    if per_million_in is None and per_million_out is None:
        return None
    if per_million_in is None or per_million_out is None:
        raise InputError(
            "only one of the two prices is given", field="price", cure="give both or neither"
        )
    return Prices(per_million_in, per_million_out)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is still to be made.

    Attributes:
        kind: what is asked for.
        tokens_in, tokens_out: estimated.
    """

    kind: Kind
    tokens_in: int
    tokens_out: int


def tokens(characters: int) -> int:
    """The estimated tokens of so many characters, rounded up."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def as_text(requests: Iterable[Request], asked: dict[Kind, str], prices: Prices | None) -> str:
    """The estimate as lines for a terminal.

    Args:
        requests: all that are still to be made.
        asked: by kind, the model and where it is.
        prices: None leaves money out.
    """
    listed = list(requests)
    lines = []
    for kind, model in asked.items():
        of_kind = [request for request in listed if request.kind == kind]
        lines.append(f"{kind}: {_sum(of_kind)} ({model})")
    money = ""
    if prices is not None:
        total = prices.of(sum(r.tokens_in for r in listed), sum(r.tokens_out for r in listed))
        money = f", {total:.2f} at these prices"
    lines.append(f"estimate, at most: {_sum(listed)}{money}")
    lines.append(
        f"  ({CHARACTERS_PER_TOKEN} characters per token, answers as long as the prompts expect, "
        "every answer right, no attempt repeated)"
    )
    return "\n".join(lines)


def _sum(requests: list[Request]) -> str:
    tokens_in = sum(request.tokens_in for request in requests)
    tokens_out = sum(request.tokens_out for request in requests)
    return f"{len(requests):,} requests, {tokens_in:,} tokens in, {tokens_out:,} out"
