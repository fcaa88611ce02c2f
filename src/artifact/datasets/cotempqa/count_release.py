"""Counts the release's CoTempQA problems, and stores the figures beside this module::

python -m artifact.datasets.cotempqa.count_release RELEASE_DIR
"""

from __future__ import annotations

from pathlib import Path

from artifact.common.intake import Intake
from artifact.datasets.cotempqa.read import read_release
from artifact.datasets.cotempqa.statistics import (
    RELEASE_STATISTICS,
    UPSTREAM_SIZES,
    Statistics,
    describe,
)
from artifact.datasets.recount import recount


def count(root: Path) -> Statistics:
    """The statistics of the release under `root`, its categories weighted by upstream's sizes."""
    return describe(read_release(root, Intake()), UPSTREAM_SIZES)


if __name__ == "__main__":
    recount(count, RELEASE_STATISTICS)
