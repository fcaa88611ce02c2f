"""False-positive rates: how often each test rejects where no group differs.

The committed table is reproduced, figure for figure, by

    python -m artifact.study.simulation.false_positives --studies 1000 --rank-studies 2000 --seed 1

Over 1,000 studies, the observed rate of a test that rejects in `LEVEL` of all studies lies within
`BAND` of it nineteen times in twenty. The rank tests are quick and get more studies than the
models.
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

from artifact.common.files import RESTORE, read_record
from artifact.study.analysis.comparisons import LEVEL
from artifact.study.instrument.ratings import MARK
from artifact.study.simulation.power import RejectionRate, rejection_rates
from artifact.study.simulation.rejections import (
    CLAIMS,
    MODEL_TESTS,
    RANK_TESTS,
    Rejections,
    rejections,
)
from artifact.study.simulation.simulated_study import SimulationDesign, simulate_study

TABLE = Path(__file__).with_name("false_positive_rates.json")
"""The committed table."""

BAND = 0.014
"""1.96 standard errors of a rate of 5 % over 1,000 studies."""

DESIGNS = (SimulationDesign(mean=3.5), SimulationDesign(mean=4.5), SimulationDesign(mean=4.8))
"""The study's design at means in the range of the published medians: from the middle of the scale
to near its end, where ratings are skewed."""


class FalsePositives(BaseModel):
    """False-positive rates, and all that is needed to reproduce them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mark: str = MARK
    command: str
    seed: int
    level: float = LEVEL
    band: float = BAND
    claims: dict[str, str]
    """What a rejection by each test claims; here every rejection is false."""
    designs: tuple[SimulationDesign, ...]
    rates: tuple[RejectionRate, ...]

    def outside(self) -> tuple[RejectionRate, ...]:
        """The rates further from the level than the band allows."""
        return tuple(rate for rate in self.rates if abs(rate.rate - self.level) > self.band)


def measure(
    *,
    studies: int = 1_000,
    rank_studies: int = 1_000,
    seed: int = 1,
    designs: tuple[SimulationDesign, ...] = DESIGNS,
    processes: int = 1,
) -> FalsePositives:
    """Simulate studies without effect and apply every test.

    The equivalence test is applied at the boundary of its null hypothesis: the means of one
    group are shifted by exactly the margin.

    Args:
        studies: simulated per design for the models.
        rank_studies: simulated per design for the tests on participant means.
        seed: study n of a design uses the seed (seed, n), so `processes` changes no figure.
        designs: the designs to simulate.
        processes: how many to run at once. Each exempts what it starts with from garbage
            collection (see `power.frozen_garbage`).
    """
    rates: list[RejectionRate] = []
    with ProcessPoolExecutor(processes, initializer=gc.freeze) as pool:
        for design in designs:
            for tests, count in ((RANK_TESTS, rank_studies), (MODEL_TESTS, studies)):
                simulate = partial(_null_rejections, design, tuple(tests), seed)
                outcomes = list(pool.map(simulate, range(count), chunksize=20))
                rates += rejection_rates(outcomes, design, effect=0.0)
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


def _null_rejections(
    design: SimulationDesign, tests: tuple[str, ...], seed: int, number: int
) -> Rejections:
    study = simulate_study(design, effect=0.0, rng=np.random.default_rng((seed, number)))
    return rejections(study, tests, at_margin=True)


def committed() -> FalsePositives:
    """The committed table."""
    return read_record(TABLE, FalsePositives, cure=RESTORE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table; this command made the committed one."""
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
