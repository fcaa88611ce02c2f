"""Progress is some lines and not too many, each with the time that is left."""

from __future__ import annotations

import re

import pytest

from artifact.sft.progress import LINES, Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands until it is set."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_a_line_says_how_much_is_done_and_how_long_the_rest_takes(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress("weaving", 20)
    clock[0] += 30
    progress.report(5, "loss 1.5, ")
    assert capsys.readouterr() == ("", "weaving: 5 of 20, loss 1.5, about 90 s left\n")


def test_a_restart_takes_its_pace_from_its_own_work(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress("weaving", 20, done=15)
    clock[0] += 8
    progress.report(17)
    assert capsys.readouterr().err == "weaving: 17 of 20, about 12 s left\n"


@pytest.mark.parametrize("total", [1, 3, 10, 77, 1000])
def test_however_long_the_work_the_lines_are_few_and_the_last_is_the_end(
    total: int, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress("weaving", total)
    for done in range(1, total + 1):
        progress.report(done)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == min(total, LINES)
    assert re.fullmatch(rf"weaving: {total} of {total}, about 0 s left", lines[-1])


def test_what_was_done_before_is_not_told_again(capsys: pytest.CaptureFixture[str]) -> None:
    Progress("weaving", 20, done=20).report(20)
    assert capsys.readouterr().err == ""
