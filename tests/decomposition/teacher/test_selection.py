"""Which problems a teacher is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets import problem_files
from artifact.datasets.problem import Problem
from artifact.decomposition.teacher.selection import choose

PROBLEMS: tuple[Problem, ...] = tuple(datasets.get("cotempqa").lookalikes.generate(30, 1))


def written(folder: Path, *problems: Problem) -> str:
    problem_files.write(problems, folder / "problems.jsonl")
    return f"file:{folder / 'problems.jsonl'}"


def test_look_alikes_are_made_to_number() -> None:
    chosen = choose("cotempqa", "lookalike", n=30, seed=1, skip_bad=False)
    assert (chosen.problems, chosen.left_out) == (PROBLEMS, ())


def test_of_another_source_so_many_are_drawn_in_its_order(tmp_path: Path) -> None:
    source = written(tmp_path, *PROBLEMS)

    def ids(n: int, seed: int) -> list[str]:
        return [p.id for p in choose("cotempqa", source, n=n, seed=seed, skip_bad=False).problems]

    everything = [problem.id for problem in PROBLEMS]
    drawn = ids(10, 0)
    assert drawn == [each for each in everything if each in set(drawn)]
    assert len(drawn) == 10
    assert drawn == ids(10, 0) != ids(10, 1)
    assert ids(30, 0) == ids(99, 0) == everything


def test_what_readers_of_records_would_refuse_is_not_asked(tmp_path: Path) -> None:
    first, second = PROBLEMS[:2]
    others = [fact for fact in second.context if second.answers[0] not in fact]
    noisy = replace(second, id="noisy", answers=(others[0].split(" ")[-1].rstrip("."),))
    again = replace(first, id="again")
    source = written(tmp_path, first, again, noisy)
    chosen = choose("cotempqa", source, n=9, seed=0, skip_bad=True)
    assert [problem.id for problem in chosen.problems] == [first.id]
    reasons = [left_out.reason for left_out in chosen.left_out]
    assert f"again: asks the same as {first.id}" in reasons
    assert any("noisy" in reason or "line 3" in reason for reason in reasons)


def test_nothing_to_ask(tmp_path: Path) -> None:
    second = PROBLEMS[1]
    noisy = replace(
        second, answers=(*second.answers, "Nobody"), context=(*second.context, "Nobody.")
    )
    said = rf"holds no usable problems for a teacher: 1 left out \({second.id}: .+\)"
    with pytest.raises(InputError, match=said):
        choose("cotempqa", written(tmp_path, noisy), n=9, seed=0, skip_bad=False)


def test_a_dataset_without_records() -> None:
    with pytest.raises(InputError, match="choose one of babi, cotempqa"):
        choose("marco", "lookalike", n=1, seed=0, skip_bad=False)
