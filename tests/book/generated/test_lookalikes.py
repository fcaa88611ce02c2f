"""Sets of look-alikes that the book offers: what the page says of them is true of the files."""

from __future__ import annotations

from pathlib import Path

from artifact import datasets
from artifact.book.generated import lookalikes
from artifact.common.provenance import file_sha256


def test_each_dataset_has_a_set_with_its_description(tmp_path: Path) -> None:
    files = lookalikes.write_sets(tmp_path / "sets")
    assert [file.stem for file in files] == list(datasets.names())
    assert all(len(file.read_text().splitlines()) == lookalikes.N for file in files)
    assert all(file.with_name(f"{file.name}.croissant.json").is_file() for file in files)


def test_the_page_names_what_the_book_holds(tmp_path: Path) -> None:
    lookalikes.write_page(tmp_path)
    said = (tmp_path / "lookalikes.md").read_text(encoding="utf-8")
    for file in lookalikes.write_sets(tmp_path / "sets"):
        assert f'href="../_static/lookalikes/{file.name}"' in said
        assert file_sha256(file)[:16] in said
    assert str(tmp_path) not in said
