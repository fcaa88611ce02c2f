"""The stored statistics are what this command counts in the release."""

from __future__ import annotations

from pathlib import Path

from artifact.datasets.cotempqa.count_release import count
from artifact.datasets.cotempqa.statistics import release_statistics


def test_the_stored_statistics_are_the_releases(release: Path) -> None:
    assert count(release) == release_statistics()
