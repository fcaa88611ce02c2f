"""Counts the release's bAbI problems, and stores the figures beside this module::

python -m artifact.datasets.babi.count_release RELEASE_DIR
"""

from __future__ import annotations

from pathlib import Path

from artifact.common.intake import Intake
from artifact.datasets.babi.read import read_release
from artifact.datasets.babi.statistics import RELEASE_STATISTICS, Statistics, describe
from artifact.datasets.recount import recount


def count(root: Path) -> Statistics:
    """The statistics of the release under `root`."""
    return describe(read_release(root, Intake()))


if __name__ == "__main__":
    recount(count, RELEASE_STATISTICS)
