"""Do the tests hold their level? How often each says yes where nothing differs.

The committed table is made again, figure for figure, by

    python -m artifact.study.simulation.false_positives --studies 1000 --rank-studies 2000 --seed 1

A test that says yes in `LEVEL` of all studies lies within `BAND` of it over 1,000 studies
nineteen times in twenty. More studies sharpen the figures: the rank tests, being quick, get
more of them than the models.
"""

from __future__ import annotations

import argparse
import gc
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from artifact.study.analysis.comparisons import LEVEL
from artifact.study.analysis.decisions import (
    CLAIMS,
    MODEL_TESTS,
    RANK_TESTS,
    Answers,
    Design,
    decide,
    draw,
)
from artifact.study.instrument.ratings import MARK
from artifact.study.simulation.power import Rate, summarise

TABLE = Path(__file__).with_name("false_positive_rates.json")
"""The committed table."""

BAND = 0.014
"""1.96 standard errors of a share of 5 % over 1,000 studies."""

DESIGNS = (Design(mean=3.5), Design(mean=4.5), Design(mean=4.8))
"""The study's design with ratings in the range of the published medians: from the middle of the
scale to close to its end, where ratings are skewed."""


class FalsePositives(BaseModel):
    """False-positive rates, and all that is needed to make them again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mark: str = MARK
    command: str
    seed: int
    level: float = LEVEL
    band: float = BAND
    claims: dict[str, str]
    """What a yes of each test says; here it is wrong each time."""
    designs: tuple[Design, ...]
    rates: tuple[Rate, ...]

    def outside(self) -> tuple[Rate, ...]:
        """The rates further from the level than the band allows."""
        return tuple(rate for rate in self.rates if abs(rate.rate - self.level) > self.band)


def measure(
    *,
    studies: int = 1_000,
    rank_studies: int = 1_000,
    seed: int = 1,
    designs: tuple[Design, ...] = DESIGNS,
    processes: int = 1,
) -> FalsePositives:
    """Simulate studies without effect and ask every test.

    Equivalence is asked at the edge of its null hypothesis: means of one group are moved by
    exactly the margin.

    Args:
        studies: simulated per design for the models.
        rank_studies: simulated per design for the tests on participant means.
        seed: of study number n of a design: (seed, n). The processes change no figure.
        designs: the designs to simulate.
        processes: how many to run at once. Each spares what it starts with from garbage
            collection (see `power.light_collections`).
    """
    rates: list[Rate] = []
    with ProcessPoolExecutor(processes, initializer=gc.freeze) as pool:
        for design in designs:
            for tests, count in ((RANK_TESTS, rank_studies), (MODEL_TESTS, studies)):
                ask = partial(_ask, design, tuple(tests), seed)
                answers = list(pool.map(ask, range(count), chunksize=20))
                rates += summarise(answers, design, effect=0.0)
    return FalsePositives(
        command=(
            f"python -m artifact.study.simulation.false_positives --studies {studies} "
            f"--rank-studies {rank_studies} --seed {seed}"
        ),
        seed=seed,
        claims=CLAIMS,
        designs=designs,
        rates=tuple(rates),
    )


def _ask(design: Design, tests: tuple[str, ...], seed: int, number: int) -> Answers:
    study = draw(design, effect=0.0, rng=np.random.default_rng((seed, number)))
    return decide(study, tests, at_margin=True)


def committed() -> FalsePositives:
    """The committed table."""
    return FalsePositives.model_validate_json(TABLE.read_text(encoding="utf-8"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table: the command that the committed one was made with."""
    parser = argparse.ArgumentParser(prog="python -m artifact.study.simulation.false_positives")
    parser.add_argument("--studies", type=int, default=1_000)
    parser.add_argument("--rank-studies", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, default=TABLE)
    given = parser.parse_args(arguments)
    table = measure(
        studies=given.studies,
        rank_studies=given.rank_studies,
        seed=given.seed,
        processes=given.processes,
    )
    given.out.write_text(table.model_dump_json(indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
