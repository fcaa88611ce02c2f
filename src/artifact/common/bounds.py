"""How large a number may be that someone gives: beyond these nothing would be computed, only hang.

Options of the command line, parameters of sections and fields of specs all take theirs from here.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

MOST = 1_000_000
"""Of anything counted: steps, tokens, epochs."""

MOST_PROBLEMS = 100_000
"""Look-alikes: a minute and some hundred megabytes."""

MOST_PEOPLE = 10_000
"""Participants of a group, problems that each rates, and simulated studies."""

MOST_SEED = 2**32 - 1
"""numpy's generators take no larger one."""

MOST_FACTOR = 1_000.0
"""Of anything measured: a rate, a temperature, a price, a difference on a scale."""

MOST_TIMEOUT = 86_400.0
"""Seconds that one request may take."""

Count = Annotated[int, Field(ge=1, le=MOST)]
Problems = Annotated[int, Field(ge=1, le=MOST_PROBLEMS)]
People = Annotated[int, Field(ge=1, le=MOST_PEOPLE)]
Seed = Annotated[int, Field(ge=0, le=MOST_SEED)]
