"""The probes as a reader runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.evaluation.faults.probes import PROBES, SCOPE, run_probes


def test_there_is_a_probe_for_each_fault() -> None:
    assert [probe.id for probe in PROBES] == [f"F{number}" for number in range(1, 15)]
    assert len({probe.title for probe in PROBES}) == len(PROBES)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.id)
def test_a_probe_needs_no_release(probe) -> None:
    result = probe.run()
    assert (result.id, result.title, result.shown) == (probe.id, probe.title, True)
    assert (result.counts, result.note) == (None, None)
    assert all((result.went_in, result.came_out, result.would_be_right))


def test_what_is_in_the_way_of_a_count_is_said(tmp_path: Path) -> None:
    overlap = next(probe for probe in PROBES if probe.id == "F8")
    result = overlap.run(tmp_path)
    assert result.shown
    assert result.counts is None
    assert "no such folder" in (result.note or "")


def test_a_missing_release_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: no such folder"):
        PROBES[0].run(tmp_path / "nowhere")


def test_all_probes_count_on_the_release(release: Path) -> None:
    results = run_probes(release)
    assert [result.id for result in results] == [probe.id for probe in PROBES]
    assert all(result.shown and result.counts and result.note is None for result in results)


def test_the_scope_is_said() -> None:
    assert "May 2025" in SCOPE
    assert "have not been asked" in SCOPE
