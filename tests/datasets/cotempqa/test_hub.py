"""The hub's one split is told apart into the four categories' files."""

from __future__ import annotations

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.cotempqa.hub import read_hub
from artifact.datasets.problem import counts_by_category
from artifact.datasets.splits import release_split

from .conftest import record, without


def hub_rows(*sizes: int) -> list[dict]:
    return [record(index) for size in sizes for index in range(size)]


def test_the_hub_joins_four_files_and_index_tells_them_apart():
    problems = read_hub(hub_rows(6, 1, 2, 5), "train", Intake(), "hub")
    assert counts_by_category(problems) == {"during": 6, "equal": 1, "mix": 2, "overlap": 5}
    assert [p.id for p in problems[:7]] == [*(f"during-{i}" for i in range(6)), "equal-0"]
    during = [position for position, p in enumerate(problems[:6]) if p.meta["split"] == "test"]
    assert set(during) == release_split(6)


@pytest.mark.parametrize("sizes", [(), (3,), (1, 1, 1), (1, 1, 1, 1, 1)])
def test_hub_rows_of_other_than_four_files_are_refused(sizes):
    with pytest.raises(InputError, match="give the rows of during, equal, mix, overlap"):
        read_hub(hub_rows(*sizes), "train", Intake(skip_bad=True), "hub")


@pytest.mark.parametrize(
    ("position", "bad", "message"),
    [
        (0, without(record(0), "index"), "hub, row 1, field 'index': is missing"),
        (1, record(1, facts=None), "hub, row 2, field 'facts': should be a valid list"),
        (2, record(1), "hub, row 3, field 'index': repeats the index of hub, row 2"),
        (4, record(1, answer=["Far"]), "hub, row 5, field 'answer': no fact names 'Far'"),
    ],
)
def test_a_bad_hub_record_is_named_or_skipped(position, bad, message):
    rows = hub_rows(3, 3, 1, 1)
    rows[position] = bad
    with pytest.raises(InputError) as caught:
        read_hub(rows, "train", Intake(), "hub")
    assert str(caught.value).startswith(message)
    intake = Intake(skip_bad=True)
    assert len(read_hub(rows, "train", intake, "hub")) == 7
    assert len(intake.left_out) == 1
