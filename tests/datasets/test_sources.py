"""One way in for every source; every kind of bad record is one line, or is listed as left out."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets import hub
from artifact.datasets.dataset import Dataset, Hub
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredTrace
from artifact.datasets.sources import GRAMMAR, Source, check, load, stored_traces
from artifact.datasets.splits import release_split
from artifact.decomposition.audit import audit

MARCO = datasets.get("marco")


def problem(identity: str, category: str = "PERSON", **meta: str) -> Problem:
    return Problem(
        id=identity,
        dataset="marco",
        category=category,
        context=("Herons nest there.", "The mill was built by Ida Holm."),
        question=f"who built the mill {identity}",
        answers=("Ida Holm",),
        support=(1,),
        meta=meta,
    )


def releasing(problems: list[Problem]) -> Dataset:
    return replace(
        MARCO, release=replace(MARCO.release, read_problems=lambda root, intake: problems)
    )


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("lookalike", Source("lookalike")),
        ("release:some/folder", Source("release", "some/folder")),
        ("hub", Source("hub")),
        ("hub:main", Source("hub", "main")),
        ("file:C:/problems.jsonl", Source("file", "C:/problems.jsonl")),
    ],
)
def test_a_source_is_read_and_printed_alike(text: str, source: Source) -> None:
    assert Source.parse(text) == source
    assert str(source) == text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "'' is not a source"),
        ("lookalikes", "'lookalikes' is not a source"),
        ("Release:x", "'Release:x' is not a source"),
        ("release", "'release' is incomplete"),
        ("release:", "'release:' is incomplete"),
        ("file", "'file' is incomplete"),
        ("hub:", "'hub:' is incomplete"),
        ("lookalike:", "'lookalike:' is incomplete"),
        ("lookalike:0", "'0' is not a size of look-alikes"),
        ("lookalike:07", "'07' is not a size of look-alikes"),
        ("lookalike:few", "'few' is not a size of look-alikes"),
        ("lookalike:-3", "'-3' is not a size of look-alikes"),
        ("lookalike:2.5", "'2.5' is not a size of look-alikes"),
    ],
)
def test_what_is_no_source_is_refused_with_the_grammar(text: str, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        Source.parse(text)
    assert str(caught.value) == f"field 'source': {fault}; write {GRAMMAR}"


@given(st.text())
def test_any_text_is_a_source_or_an_input_error(text: str) -> None:
    try:
        assert str(Source.parse(text)) == text
    except InputError:
        assert text.partition(":")[0] not in {"lookalike", "hub"} or ":" in text


@pytest.mark.parametrize("name", datasets.names())
def test_lookalikes_are_split_by_group_and_fixed_by_the_seed(name: str) -> None:
    loaded = load("lookalike", name, n=60, seed=3)
    dataset = datasets.get(name)
    assert len(loaded.problems) == 60
    assert loaded.split_rule == "grouped"
    assert loaded.test
    assert loaded == load(Source("lookalike"), dataset, n=60, seed=3)
    assert loaded.sha256 != load("lookalike", name, n=60, seed=4).sha256
    assert set(dataset.notes) <= set(loaded.notes)


def _write(problems: list[Problem], path: Path) -> Path:
    lines = (json.dumps(problem.as_record()) + "\n" for problem in problems)
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", datasets.names())
def test_what_is_wrong_with_the_release_is_said_of_the_release_alone(
    name: str, tmp_path: Path
) -> None:
    dataset = datasets.get(name)
    path = _write(dataset.lookalikes.generate(40, 1), tmp_path / "own.jsonl")
    own, lookalikes = load(f"file:{path}", dataset), load("lookalike", dataset, n=40)
    assert dataset.release is not None
    assert dataset.hub is not None
    assert dataset.release.notes
    assert dataset.hub.notes
    for loaded in (own, lookalikes):
        assert len(loaded.notes) == len(dataset.notes) + 1, "and how it is split"
        assert {*dataset.release.notes, *dataset.hub.notes}.isdisjoint(loaded.notes)
    assert set(dataset.release.notes) <= set(dataset.notes_on("release:DIR"))
    assert set(dataset.hub.notes) <= set(dataset.notes_on("hub"))
    audited = audit(dataset, own.problems, source=own.source)
    assert audited.notes.get("dataset", "") == " ".join(dataset.notes)


def test_no_supporting_fact_is_said_with_what_it_means(tmp_path: Path) -> None:
    dataset = datasets.get("babi")
    problems = dataset.lookalikes.generate(40, 1)
    path = _write(problems, tmp_path / "own.jsonl")
    assert not [note for note in check(f"file:{path}", "babi").notes if "support" in note]
    emptied = [replace(it, support=()) if n in (3, 7) else it for n, it in enumerate(problems)]
    _write(emptied, path)
    (note,) = [note for note in check(f"file:{path}", "babi").notes if "support: []" in note]
    first = f"the first is '{problems[3].id}'"
    assert note.startswith(f"2 problems name no supporting fact (support: []; {first})")
    assert "count as wrong" in note
    assert note in check(f"file:{path}", "babi").as_text()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone: no such folder"):
        load(f"release:{tmp_path / 'gone'}", "marco")


def test_sides_that_the_source_states_are_kept(tmp_path: Path) -> None:
    problems = [problem("a", split="test"), problem("b", split="train"), problem("c", split="test")]
    loaded = load(f"release:{tmp_path}", releasing(problems))
    assert loaded.split_rule == "release"
    assert [p.id for p in loaded.test] == ["a", "c"]
    assert [p.id for p in loaded.train] == ["b"]

    regrouped = load(f"release:{tmp_path}", releasing(problems), split="grouped")
    assert regrouped.split_rule == "grouped"
    assert regrouped.sha256 == loaded.sha256


def test_the_releases_rule_is_drawn_by_category_where_no_side_is_stated(tmp_path: Path) -> None:
    persons = [problem(f"p{i}") for i in range(10)]
    numbers = [problem(f"n{i}", category="NUMERIC") for i in range(25)]
    mixed = [p for pair in zip(persons, numbers, strict=False) for p in pair] + numbers[10:]
    loaded = load(f"release:{tmp_path}", releasing(mixed), split="release")
    expected = {f"p{i}" for i in release_split(10)} | {f"n{i}" for i in release_split(25)}
    assert {p.id for p in loaded.test} == expected


def test_two_problems_with_one_id_are_refused_from_any_source(tmp_path: Path) -> None:
    dataset = releasing([problem("a"), problem("b"), problem("a")])
    with pytest.raises(InputError, match=r"release:.*, field 'id': two problems are called 'a'"):
        load(f"release:{tmp_path}", dataset)
    loaded = load(f"release:{tmp_path}", dataset, skip_bad=True)
    assert [p.id for p in loaded.problems] == ["a", "b"]
    assert len(loaded.left_out) == 1


def test_the_hubs_tables_go_through_the_datasets_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def tables(asked_of: Hub, revision: str | None) -> Iterator[hub.HubTable]:
        asked.append(revision)
        yield hub.HubTable([{"name": "a"}, {"name": "b"}], "train", "the first table")
        yield hub.HubTable([{"name": "c"}], "validation", "the second table")

    def read_hub(rows: Any, split: str, intake: Intake, where: str) -> list[Problem]:
        side = "train" if split == "train" else "test"
        return [problem(f"{row['name']} of {where}", split=side) for row in rows]

    monkeypatch.setattr(hub, "tables", tables)
    dataset = replace(MARCO, hub=replace(MARCO.hub, read=read_hub))
    loaded = load("hub", dataset)
    assert [p.id for p in loaded.train] == ["a of the first table", "b of the first table"]
    assert [p.id for p in loaded.test] == ["c of the second table"]
    load("hub:v9", dataset)
    assert asked == [None, "v9"]


def test_stored_traces_come_from_the_release_alone(tmp_path: Path) -> None:
    trace = StoredTrace(problem("a"), "a trace", "a file, row 1")

    def read(root: Path, variant: str, intake: Intake) -> list[StoredTrace]:
        intake.reject(InputError(f"no other {variant} trace", path=root))
        return [trace]

    dataset = replace(MARCO, release=replace(MARCO.release, read_stored_traces=read))
    intake = Intake(skip_bad=True)
    assert stored_traces(f"release:{tmp_path}", dataset, "correct", intake) == (trace,)
    assert [out.reason for out in intake.left_out] == [f"{tmp_path}: no other correct trace"]
    with pytest.raises(InputError, match="no other correct trace"):
        stored_traces(f"release:{tmp_path}", dataset, "correct")
    assert stored_traces("lookalike", dataset, "correct") == ()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("hub", "marco has no copy on the hub; use lookalike or file:PATH"),
        ("release:{}", "marco has no part in the release; use lookalike or file:PATH"),
    ],
)
def test_a_source_that_the_dataset_does_not_have_is_refused(
    source: str, message: str, tmp_path: Path
) -> None:
    bare = replace(MARCO, release=None, hub=None)
    with pytest.raises(InputError, match=message):
        load(source.format(tmp_path), bare)


def test_the_report_counts_everything(tmp_path: Path) -> None:
    unable = replace(problem("b", category="NUMERIC", split="test"), answers=("Per Brand",))
    dataset = releasing([problem("a", split="train"), unable, problem("a", split="train")])
    report = check(f"release:{tmp_path}", dataset, skip_bad=True)
    assert report.n == 2
    assert report.by_category == {"NUMERIC": 1, "PERSON": 1}
    assert (report.split_rule, report.train, report.test) == ("release", 1, 1)
    assert len(report.sha256) == 64
    assert len(report.left_out) == 1
    assert report.impossible == ("b: no word of the answer 'Per Brand' occurs in the passages",)
    text = report.as_text()
    assert f"release:{tmp_path}: 2 problems of marco, sha256 {report.sha256}" in text
    assert report.left_out[0] in text
    assert report.impossible[0] in text


def test_lookalikes_come_in_sizes() -> None:
    small, usual = load("lookalike:3", "cotempqa", n=20), load("lookalike", "cotempqa", n=20)
    assert small.source == "lookalike:3"
    assert mean(len(it.context) for it in small.problems) < 10
    assert mean(len(it.context) for it in usual.problems) > 10
    assert load("lookalike:10", "cotempqa", n=20).sha256 == usual.sha256


def test_a_dataset_with_lookalikes_of_one_size_is_one_line() -> None:
    with pytest.raises(InputError) as caught:
        load("lookalike:3", "babi", n=20)
    assert str(caught.value) == (
        "field 'source': look-alikes of babi have one size; write lookalike"
    )


@pytest.mark.parametrize("name", datasets.names())
def test_problems_on_disk_are_those_in_memory(name: str) -> None:
    in_memory = load("lookalike", name, n=200, seed=3)
    on_disk = load("lookalike", name, n=200, seed=3, on_disk=True)
    assert on_disk.sha256 == in_memory.sha256
    for side in ("problems", "train", "test"):
        there, here = getattr(on_disk, side), getattr(in_memory, side)
        assert isinstance(here, tuple)
        assert not isinstance(there, tuple)
        assert tuple(there) == here
        assert [problem.meta for problem in there] == [problem.meta for problem in here]


@pytest.mark.parametrize("name", datasets.names())
def test_memory_hardly_grows_with_look_alikes_on_disk(name: str) -> None:
    def peak(n: int) -> int:
        tracemalloc.start()
        try:
            load("lookalike", name, n=n, on_disk=True)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = 500, 2500
    peak(few)  # what is read once and kept
    assert (peak(many) - peak(few)) / (many - few) < 400  # bytes; in memory it is 1,000 to 3,600
