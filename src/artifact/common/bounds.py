"""Upper bounds on the numbers that users give: beyond them a computation would only hang.

Command-line options, section parameters and spec fields all take their bounds from here.
"""

from __future__ import annotations

from typing import Annotated

from annotated_types import Interval

MOST = 1_000_000
"""For anything counted: steps, tokens, epochs."""

MOST_PROBLEMS = 100_000
"""Look-alikes: a minute and some hundred megabytes."""

MOST_PEOPLE = 10_000
"""Participants in a group, problems that each rates, and simulated studies."""

MOST_SEED = 2**32 - 1
"""NumPy's generators accept no larger seed."""

MOST_FACTOR = 1_000.0
"""For anything measured: a rate, a temperature, a price, a difference on a scale."""

MOST_TIMEOUT = 86_400.0
"""Seconds that one request may take."""

Count = Annotated[int, Interval(ge=1, le=MOST)]
Problems = Annotated[int, Interval(ge=1, le=MOST_PROBLEMS)]
People = Annotated[int, Interval(ge=1, le=MOST_PEOPLE)]
Seed = Annotated[int, Interval(ge=0, le=MOST_SEED)]
