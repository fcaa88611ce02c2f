"""A number in prose is glued, needs no word, or is listed with where it comes from."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
import yaml
from markdown_it import MarkdownIt

from artifact.book import gate, typed_numbers
from artifact.common import paths
from artifact.common.errors import InputError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("35 of 36 are right", ["35", "36"]),
        ("by -5.2 points, +3 or 1,024.", ["-5.2", "+3", "1,024"]),
        ("n=99999 and 50%", ["99999", "50"]),
        ("at 2e-3, from 10-20", ["2e-3", "10", "20"]),
        ("In 2025 (arXiv 2505.13792), since 1999", []),
        ("Qwen3-1.7B, R1, UTF-8 and F11", []),
        ("1. first\n2) second\n> 3. third", []),
        ("`n=7`, {glue:text}`a.7`, {cite}`b2024c`, [a link](x7.md), https://a.b/7", []),
        ('<span class="w-7">seven</span> <!-- 8 -->', []),
        ("```bash\nrun 7\n```\n35", ["35"]),
        ("```{glue:figure} curve-7\n:doc: x7\n```", []),
        ("```{note} All 7\n:class: w8\nOf 35\n```", ["7", "35"]),
        (":::{admonition} All 7\nOf 35\n:::", ["7", "35"]),
        ("```{note}\nAll\n```\n35\n```bash\n7\n```\n36", ["35", "36"]),
        ("````{note}\n```bash\n7\n```\n35\n````\n36\n~~~\n```\n8\n~~~", ["35", "36"]),
        ("```{figure} x7.png\n:alt: 35 of 36\n:width: 80%\n```", ["35", "36"]),
        ("| a | 35 |\n|---|---|", ["35"]),
        ("&#x39;&#57; and &frac12;", ["99", "1", "2"]),
        ("３５ and ⁹⁹", ["35", "99"]),
        ("{abbr}`R (35)` {sub}`36` {ref}`x-7`", ["35", "36"]),
        ("```{csv-table} Right\n:header: all, 35\n:widths: 7 7\nsome, 36\n```", ["35", "36"]),
        ("```{math}\n35\n```", ["35"]),
        (".984, was .45, r=−.5, and so on...7", [".984", ".45", "−.5", "7"]),
        ("by/98.4 only+98.4 x-98.4 q.98 by_98.4", ["98.4", "+98.4", "-98.4", ".98", "98.4"]),
        ("by/98 only+98 x+2e-3 x-1,024 x-98.4-point", ["98", "+98", "+2e-3", "-1,024", "-98.4"]),
        ("GPT-4, bf16, Llama-3.2-1B, Qwen2.5-1.5B, v1.2, torch-2.5.1, Apache-2.0, CC-BY-4.0", []),
        ("n = 2000, n=1999, ≥ 2000, a > 2000", ["2000", "1999", "2000", "2000"]),
        ("2000 cases, 2000 test problems, a 2000-token limit", ["2000"] * 3),
        ("1950 of 2000, 2000 people, 2000 %", ["1950", "2000", "2000", "2000"]),
        ("> 2025 was good; the end of 2025, a study of 2024; 2025, people", []),
        ('<img alt="98.4" src="7.png"> <a title=35>', ["98.4", "35"]),
        ("<b class='7' aria-label='All 36'> ![98.4](x7.png)", ["36", "98.4"]),
        ("where a <b then 98.4 and c> d", ["98.4"]),
        ("it is\n98. That", ["98"]),
        ("```{note} All 7\n2. second\n```", ["7"]),
    ],
)
def test_what_is_a_typed_number(text: str, found: list[str]) -> None:
    assert [number for number, _ in typed_numbers.typed(text)] == found


@pytest.mark.parametrize("number", [1, 98])
@pytest.mark.parametrize(
    "before",
    [
        *("", "It is\n", "It is\n\n", "# Title\n", "1. one\n", "1. one\n   ", "1. one\nlazy\n"),
        *("- one\n", "- one\n  ", "- one\n\n  ", "> It is\n", "> It is\n> ", "It is\n> ", "---\n"),
        *("> 1. one\n> ", "> 1. one\n", "It is\n- one\n", "> 1. one\n>\n> It is\n> "),
    ],
)
def test_the_number_of_an_item_is_where_markdown_begins_one(before: str, number: int) -> None:
    tokens = MarkdownIt().parse(f"{before}{number}. That")
    shown = [it.content for it in tokens if it.type == "inline"]
    found = [it for it, _ in typed_numbers.typed(f"{before}{number}. That")]
    assert found == ([] if "That" in shown else [str(number)])


def test_a_typed_number_is_named_until_it_is_listed(project: Path) -> None:
    toc = {"format": "jb-book", "root": "book/index"}
    (project / "_toc.yml").write_text(yaml.safe_dump(toc))
    (paths.BOOK / "index.md").write_text("# A book\n\nAll 35 of them are right.\n")
    assert gate.check() == [
        "book/index: the number 35 (“# A book All 35 of them are right.”) is not glued; "
        "glue it, or say in book/numbers.yml where it comes from"
    ]
    line = "book/index:\n  - {numbers: '35', origin: counted by hand}\n"
    (paths.BOOK / "numbers.yml").write_text(line)
    assert gate.check() == []
    (paths.BOOK / "index.md").write_text("# A book\n\nAll 36 of them are right.\n")
    assert "the number 36" in gate.check()[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "numbers.yml: "),
        ("book/index:\n  - {numbers: '35'}", "numbers.yml, field 'book/index.0.origin'"),
        ("book/index:\n  - {numbers: '35', origin: ' '}", "does not say where the numbers come"),
    ],
)
def test_a_list_that_says_nothing_is_refused(project: Path, text: str, said: str) -> None:
    (paths.BOOK / "numbers.yml").write_text(text)
    with pytest.raises(InputError) as refused:
        typed_numbers.listed()
    assert said in str(refused.value)


def _written() -> dict[str, str]:
    """The Markdown of each page that a person writes, by docname."""
    texts = {f"book/{it.stem}": it.read_text("utf-8") for it in (ROOT / "book").glob("*.md")}
    for file in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(file, as_version=4).cells
        texts[f"book/sections/{file.stem}"] = "\n\n".join(
            cell.source for cell in cells if cell.cell_type == "markdown"
        )
    return texts


def test_every_number_typed_into_a_page_is_on_the_list() -> None:
    allowed, texts = typed_numbers.listed(), _written()
    assert allowed.keys() <= texts.keys()
    for page, text in texts.items():
        numbers = {number for number, _ in typed_numbers.typed(text)}
        assert numbers <= allowed.get(page, set()), page


@pytest.mark.parametrize(
    "shows",
    [
        "```{include} beside.txt\n```",
        ":::{include}  /book/beside.txt \n:::",
        "```{csv-table} Right\n:file: beside.txt\n```",
        "```{raw} html\n:file: beside.txt\n```",
        "```{eval-rst}\n.. include:: beside.txt\n```",
        "```{include} between.txt\n```",
    ],
)
def test_a_number_in_a_file_that_a_page_shows_is_the_pages(project: Path, shows: str) -> None:
    (paths.BOOK / "beside.txt").write_text("All 35.\n```{include} between.txt\n```\n")
    (paths.BOOK / "between.txt").write_text("```{include} beside.txt\n```\n")
    text = typed_numbers.with_files(f"# A page\n\n{shows}\n", paths.BOOK)
    assert [number for number, _ in typed_numbers.typed(text)] == ["35"]


def test_what_the_build_makes_is_not_typed(project: Path) -> None:
    paths.SECTIONS.mkdir(parents=True, exist_ok=True)
    (paths.SECTIONS / "made.md").write_text("All 35.\n")
    text = typed_numbers.with_files("```{include} sections/made.md\n```\n", paths.BOOK)
    assert not list(typed_numbers.typed(text))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "_toc.yml",
            "format: jb-book\nroot: book/index\nparts:\n"
            "  - {caption: All 35, chapters: [{url: https://a.b/7}]}\n",
        ),
        ("_config.yml", "copyright: All 35\n"),
        ("_config.yml", "html: {announcement: All 35}\n"),
    ],
)
def test_a_number_in_the_frame_of_the_book_is_named(project: Path, file: str, text: str) -> None:
    toc = {"format": "jb-book", "root": "book/index"}
    (project / "_toc.yml").write_text(yaml.safe_dump(toc))
    (paths.BOOK / "index.md").write_text("# A book\n")
    assert gate.check() == []
    with (project / file).open("a" if file == "_config.yml" else "w") as stream:
        stream.write(text)
    (fault,) = gate.check()
    assert fault.startswith(f"{file}: the number 35 ")
