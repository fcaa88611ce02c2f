from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from artifact import datasets
from artifact.book import build as book
from artifact.book import gate, up_to_date
from artifact.book.build import build
from artifact.book.generated import released_outputs
from artifact.book.generated.released_outputs import ReleasedRun
from artifact.common import paths
from artifact.common.errors import CheckError, InputError
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput, StoredRun
from artifact.workflow import lock
from artifact.workflow.processes import StoppedError

STOPPED = "import os, signal; os.kill(os.getppid(), signal.SIGTERM); signal.pause()"
PROBLEM = Problem(
    id="equal-1",
    dataset="cotempqa",
    category="equal",
    context=("A worked for B in 1900.",),
    question="While A was working for B, who else was?",
    answers=("A",),
    support=(0,),
    meta={"triple_element": "S2_R1_O1"},
)
INDEX = "# A book\n\n{glue:text}`sections/user_study.ipynb::size:s` people took part.\n"


def page(name: str) -> str:
    return (paths.BUILD / "html" / f"{name}.html").read_text(encoding="utf-8")


def append(text: str) -> Callable[[], object]:
    return lambda: (paths.BOOK / "index.md").write_text(f"{INDEX}\n{text}\n")


def test_a_book_is_whole_and_replaces_the_last_one(write_executed) -> None:
    write_executed()
    append("First.")()
    assert build() == paths.BUILD / "html" / "index.html"
    assert "First." in page("book/index")
    assert ">100</span> people took part" in page("book/index")
    assert "There are" in page("book/sections/user_study")
    (paths.BUILD / "html" / "left.html").write_text("from before")

    append("Second.")()
    build()
    assert "Second." in page("book/index")
    assert sorted(entry.name for entry in paths.BUILD.iterdir()) == [
        *("book.json", "book.log", "html")
    ]
    assert not (paths.BUILD / "html" / "left.html").exists(), "built from clean"


def test_a_book_that_was_changed_after_it_was_built_is_named(write_executed, command_line) -> None:
    write_executed()
    append("First.")()
    build()
    assert command_line("verify").code == 0
    (paths.BUILD / "html" / "book" / "index.html").write_text("9 of 9")
    done = command_line("verify")
    assert done.code == 1
    assert "html: was changed after it was built; run `artifact book`" in done.out


def append_to_config() -> None:
    config = paths.ROOT / "_config.yml"
    config.write_text(f"{config.read_text()}# more\n")


def run_added() -> None:
    (paths.RUNS / "new").mkdir(parents=True)
    (paths.RUNS / "new" / "train.log").write_text("a training has begun")


@pytest.mark.parametrize(
    ("change", "built"),
    [
        (lambda: None, False),
        (lambda: (paths.BOOK / "index.md").touch(), False),
        (append("Second."), True),
        (append_to_config, True),
        (lambda: (paths.BOOK / "references.bib").write_text("@misc{a}\n"), True),
        (run_added, True),
        (lambda: (paths.RESULTS / "claims.json").write_text("[]"), True),
        (lambda: (paths.BUILD / "html" / "book" / "index.html").write_text("9 of 9"), True),
        (lambda: (paths.BUILD / "html" / "genindex.html").unlink(), True),
        (lambda: (paths.BUILD / "html" / "more.html").write_text(""), True),
        (lambda: (paths.BUILD / "book.json").write_text("{"), True),
    ],
)
def test_a_book_is_built_again_only_if_it_would_be_another(
    write_executed, monkeypatch: pytest.MonkeyPatch, change: Callable[[], object], built: bool
) -> None:
    write_executed()
    append("First.")()
    build()
    good, builds = everything_below(paths.BUILD / "html"), []
    run_builder = book._built
    monkeypatch.setattr(book, "_built", lambda *given: builds.append(1) or run_builder(*given))
    change()
    by_hand = up_to_date.changed_by_hand()
    build()
    assert bool(builds) is built
    assert built or not by_hand
    assert not up_to_date.changed_by_hand()
    assert everything_below(paths.BUILD / "html").keys() == good.keys()
    assert "9 of 9" not in page("book/index")
    build()
    assert len(builds) == built, "up to date now"


def test_other_code_or_another_library_builds_again(
    write_executed, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_executed()
    append("First.")()
    before = up_to_date.inputs_sha256()
    assert before == up_to_date.inputs_sha256()
    with monkeypatch.context() as patched:
        patched.setattr(up_to_date, "installed", lambda: {"numpy": "3"})
        assert up_to_date.inputs_sha256() != before
    monkeypatch.setattr(up_to_date, "data_sha256", lambda folder: "other code")
    assert up_to_date.inputs_sha256() != before


def everything_below(folder: Path) -> dict[str, bytes]:
    files = (it for it in sorted(folder.rglob("*")) if it.is_file())
    return {it.relative_to(folder).as_posix(): it.read_bytes() for it in files}


def test_the_same_inputs_give_the_same_bytes_in_another_folder(
    project: Path, write_executed, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_executed()
    append("First.")()
    here = everything_below(build().parent)
    elsewhere = project.with_name("a folder with a longer name")
    shutil.copytree(project, elsewhere, ignore=shutil.ignore_patterns("_build", "lock"))
    monkeypatch.setenv("ARTIFACT_ROOT", str(elsewhere))
    for name, place in vars(paths).items():
        if isinstance(place, Path) and place.is_relative_to(project):
            monkeypatch.setattr(paths, name, elsewhere / place.relative_to(project))
    assert gate.check() == []
    there = everything_below(build().parent)
    assert here.keys() == there.keys()
    assert [name for name, content in here.items() if there[name] != content] == []
    assert not [name for name, content in here.items() if str(project).encode() in content]


def test_the_releases_texts_are_in_a_book_only_if_asked_for_and_gone_from_the_next(
    write_executed, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = StoredOutput(PROBLEM, "<answer>UNIQUE WORDS</answer>", ("A",), "place")
    run = ReleasedRun(datasets.get("cotempqa"), StoredRun("m", "vanilla"), "abc1234", (output,))
    monkeypatch.setattr(released_outputs, "root_at_hand", lambda: paths.ROOT)
    monkeypatch.setattr(released_outputs, "runs_in", lambda root: iter([run]))
    write_executed()
    append("```{include} sections/local_only.md\n```")()
    html = build(with_release_texts=True).parent
    texts = html / "_static" / "explorer" / "release"
    assert "UNIQUE WORDS" in (texts / "cotempqa-m-vanilla-0.js").read_text()
    assert "do not publish it or pass it on" in page("book/index")
    assert (html / released_outputs.NOTICE).read_text() == f"{released_outputs.LOCAL_ONLY}\n"
    (note,) = [line for line in gate.notes() if released_outputs.LOCAL_ONLY in line]
    assert note.startswith("note: ")
    described = json.loads((html / "ro-crate-metadata.json").read_text())["@graph"]
    licences = {it["@id"]: it["license"]["@id"] for it in described if "license" in it}
    assert licences["./"] == licences["_static/explorer/release/"] == "#local-only"

    build()
    assert not [name for name, text in everything_below(html).items() if b"UNIQUE WORDS" in text]
    assert "pass it on" not in page("book/index")
    assert not [line for line in gate.notes() if released_outputs.LOCAL_ONLY in line]


def test_outside_a_checkout_the_cure_is_named_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "BOOK", tmp_path / "book")
    with pytest.raises(InputError) as caught:
        build()
    assert str(caught.value) == (
        f"the root of the project ({tmp_path}) has no book; run this in a checkout, or set "
        "ARTIFACT_ROOT to one"
    )
    assert not list(tmp_path.iterdir())


def test_the_book_is_light_and_its_search_finds_numbers(write_executed) -> None:
    write_executed()
    append("First.")()
    build()
    static = paths.BUILD / "html" / "_static"
    assert "fontawesome.js" not in page("book/index")
    assert not [
        path for path in static.rglob("*") if path.name.endswith(("fontawesome.js", ".map"))
    ]
    search = (static / "searchtools.js").read_text()
    assert "match(/^\\d+$/)" not in search
    assert search.count("SEARCH_SUMMARY && location.protocol !==") == 1
    assert (static / "explorer" / "runs.js").is_file()


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (
            lambda: paths.LOCK.write_text("numpy==3\n"),
            "book/sections/user_study: out of date: requirements.lock changed; "
            "run `artifact run --section user_study`",
        ),
        (append("[x](gone.md)"), "book/index.md:5: WARNING: 'myst' cross-reference target not"),
        (append("```{include} gone.md\n```"), "book/index.md:5: CRITICAL: Directive"),
        (append("### Too deep"), "book/index.md:5: WARNING: Non-consecutive header level"),
        (
            append('<img src="https://example.org/a.png" alt="A">'),
            "book/index.html: loads https://example.org/a.png from the net",
        ),
        (append('<a href="gone.html">x</a>'), "book/index.html: gone.html leads nowhere"),
        (append("![](pixel.gif)"), "pixel.gif has no text alternative"),
    ],
)
def test_a_fault_leaves_the_last_good_book(
    write_executed, damage: Callable[[], object], fault: str
) -> None:
    write_executed()
    append("")()
    (paths.BOOK / "pixel.gif").write_bytes(b"GIF89a")
    good = paths.BUILD / "html" / "index.html"
    good.parent.mkdir(parents=True)
    good.write_text("the last good book")
    damage()
    with pytest.raises(CheckError) as caught:
        build()
    first, *faults = str(caught.value).splitlines()
    assert first == "the book was not built:"
    assert [line for line in faults if fault in line], faults
    assert all(str(paths.ROOT) not in line for line in faults)
    assert good.read_text() == "the last good book"


def test_a_build_that_is_stopped_leaves_the_last_good_book_and_the_next_one_builds(
    write_executed, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_executed()
    append("")()
    good = paths.BUILD / "html" / "index.html"
    good.parent.mkdir(parents=True)
    good.write_text("the last good book")
    with monkeypatch.context() as patched:
        patched.setattr(book, "BUILDER", STOPPED)
        with pytest.raises(StoppedError, match="stopped by SIGTERM"):
            build()
    assert good.read_text() == "the last good book"
    assert good.parent.with_name("fresh").exists(), "half a book"

    append("Next.")()
    build()
    assert "Next." in page("book/index")
    assert sorted(entry.name for entry in paths.BUILD.iterdir()) == [
        *("book.json", "book.log", "html")
    ]


def test_a_book_set_aside_by_a_build_that_was_killed_comes_back(write_executed) -> None:
    """Killed between the two renames that put the new book in place of the last one."""
    aside = paths.BUILD / "old" / "index.html"
    aside.parent.mkdir(parents=True)
    aside.write_text("the last good book")
    with pytest.raises(CheckError, match="the book was not built"):
        build()
    assert (paths.BUILD / "html" / "index.html").read_text() == "the last good book"


def test_no_book_is_built_while_sections_run(write_executed) -> None:
    with lock.exclusive("artifact run"), pytest.raises(CheckError, match="artifact run"):
        build()


def test_the_projects_own_frame_builds_pages_that_need_no_net(
    write_executed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The committed configuration and templates, around a page with toggles and references."""
    own = Path(__file__).parents[2]
    config = yaml.safe_load((own / "_config.yml").read_text())
    (paths.ROOT / "_config.yml").write_text(yaml.safe_dump(config))
    for folder in ("_templates", "_static"):
        (paths.BOOK / folder).symlink_to(own / "book" / folder)
    cited = "@misc{someone, title = {A title}, author = {Some One}, year = {2020}}\n"
    (paths.BOOK / "references.bib").write_text(cited)
    append("As {cite}`someone` says.\n\n```{bibliography}\n```")()
    write_executed()
    build()
    index, section = page("book/index"), page("book/sections/user_study")
    assert "unpkg.com" not in index
    assert 'role="complementary" aria-label="Contents" id="pst-primary-sidebar"' in index
    assert 'role="list"' not in index
    assert 'aria-label="Search" data-bs' not in index.split("search-button-field")[1][:200]
    assert "<summary>" in section
    assert "Toggle hidden content" not in section
