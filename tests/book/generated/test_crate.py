"""The crate names what is in the book, and its library reads it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from artifact.book.generated import crate, lookalikes
from artifact.common import paths
from artifact.common.provenance import file_sha256
from artifact.workflow import results
from artifact.workflow.results import SectionResult


@pytest.fixture
def html(project: Path, tmp_path: Path) -> Path:
    """A built book of two pages, one of them a section's."""
    made = tmp_path / "html"
    section = made / "book" / "sections" / "user_study.html"
    section.parent.mkdir(parents=True)
    section.write_text("<title>User study\n &amp; more</title>")
    (made / "index.html").write_text("<title>A book</title>")
    paths.RESULTS.mkdir()
    for name in ("claims", "left_over"):
        (paths.RESULTS / f"{name}.json").write_text("{}")
    made_with = {"seed": 7, "ratings": "", "variants": ["correct", "vanilla"]}
    result = SectionResult.of("user_study", parameters=made_with, source="none", values={})
    results.write(result, paths.RESULTS / "user_study.json")
    lookalikes.write_sets(made / lookalikes.PLACE)
    crate.write_results(made)
    return made


def graph(html: Path) -> dict[str, Any]:
    described = json.loads(crate.write(html).read_text(encoding="utf-8"))
    return {entity["@id"]: entity for entity in described["@graph"]}


def test_its_library_reads_it(html: Path) -> None:
    library = pytest.importorskip("rocrate.rocrate", reason="rocrate is not installed")
    crate.write(html)
    read = library.ROCrate(html)
    assert read.name == "A book"
    assert read.license.id == crate.MIT
    assert read.mainEntity.id == "index.html"
    assert {"index.html", "book/sections/user_study.html"} <= {it.id for it in read.data_entities}
    (run,) = read.get_by_type("CreateAction")
    command = "artifact run --section user_study -p seed=7 -p variants=correct,vanilla"
    assert run["name"] == command
    assert [it.id for it in run["result"]] == [
        "book/sections/user_study.html",
        "_static/results/user_study.json",
    ]


def test_each_reference_leads_somewhere_and_each_file_has_its_hash(html: Path) -> None:
    entities = graph(html)

    def referred(value: Any) -> set[str]:
        if isinstance(value, list):
            return {each for it in value for each in referred(it)}
        return {value["@id"]} if isinstance(value, dict) else set()

    goals = {
        it for entity in entities.values() for value in entity.values() for it in referred(value)
    }
    assert {it for it in goals if it not in entities} == {"https://w3id.org/ro/crate/1.1"}
    files = {name: it for name, it in entities.items() if it["@type"] == "File"}
    there = {path.relative_to(html).as_posix() for path in html.rglob("*") if path.is_file()}
    assert set(files) == there - {crate.NAME}
    assert all(it["sha256"] == file_sha256(html / name) for name, it in files.items())
    assert entities["book/sections/user_study.html"]["name"] == "User study & more"
    assert "_static/results/left_over.json" not in files


def test_the_same_book_has_the_same_crate(html: Path) -> None:
    assert crate.write(html).read_bytes() == crate.write(html).read_bytes()
    assert graph(html)["./"]["datePublished"] == crate.UNDATED, "no clock"
