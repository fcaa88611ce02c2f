"""The built page: its files, what they hold, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from artifact.common.errors import InputError
from artifact.study.instrument.completion import Completion
from artifact.study.instrument.items import DEFAULT_ITEMS
from artifact.study.instrument.manifest import read_manifest
from artifact.study.instrument.ratings import ANSWER_ONLY, GROUPS
from artifact.study.instrument.texts import DEFAULT_TEXTS, OPTIONS
from artifact.study.page.build import SCRIPTS, build_page

if TYPE_CHECKING:
    from conftest import Build


def files_of(page: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(page)): path.read_bytes() for path in page.rglob("*") if path.is_file()
    }


def shown(page: Path) -> dict[str, Any]:
    """What the page's data script defines."""
    script = (page / "study.js").read_text(encoding="utf-8")
    (found,) = re.findall(r'\A"use strict";\nconst STUDY = (.*);\n\Z', script, re.DOTALL)
    return dict(json.loads(found))


@pytest.fixture(scope="module")
def page(built: Build) -> Path:
    return built()


def test_the_page_is_whole_and_nothing_else_is_there(page: Path) -> None:
    own = {"index.html", "page.css", "study.js", "study.json", *SCRIPTS}
    assert set(files_of(page)) == own | {"vendor/jspsych.js", "vendor/notices.txt"}


def test_every_script_and_style_named_is_a_file_of_the_page(page: Path) -> None:
    html = (page / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="([^"]*)"', html)
    local = [name for name in named if name != "data:,"]
    assert len(local) == len(SCRIPTS) + 3
    assert all((page / name).is_file() for name in local)


def test_no_own_file_names_another_host(page: Path) -> None:
    for name, content in files_of(page).items():
        if name.startswith("vendor/"):
            continue
        assert b"//" not in re.sub(rb"(?m)^\s*//.*|\s// .*", b"", content), name


def test_the_same_choices_give_the_same_bytes(page: Path, built: Build) -> None:
    assert files_of(built()) == files_of(page)
    assert files_of(built(seed=1))["study.json"] != files_of(page)["study.json"]


def test_the_manifest_is_what_the_page_shows(page: Path) -> None:
    manifest = read_manifest(page)
    record = json.loads((page / "study.json").read_text(encoding="utf-8"))
    data = shown(page)
    assert {name: data[name] for name in record} == record
    assert manifest.version == data["version"]
    assert manifest.arms == GROUPS
    assert [problem["id"] for problem in data["problems"]] == [p.id for p in manifest.problems]
    assert set(data["problems"][0]["traces"]) == set(GROUPS)


def test_the_foot_of_the_page_holds_nothing_for_its_makers(page: Path) -> None:
    html = (page / "index.html").read_text(encoding="utf-8")
    assert "wording" not in html
    assert "not public" not in html


def test_open_places_are_named_until_they_are_completed(
    page: Path, built: Build, tmp_path: Path
) -> None:
    assert "[name of the institution]" in shown(page)["open_places"]
    assert "[name of the institution]" in read_manifest(page).open_places
    texts = tmp_path / "texts.yml"
    text = DEFAULT_TEXTS.read_text(encoding="utf-8").replace("[", "").replace("]", "")
    texts.write_text(text.replace("title: Reading", "title: R&D <b>"), encoding="utf-8")
    completed = built(texts=texts)
    assert shown(completed)["open_places"] == []
    assert read_manifest(completed).open_places == ()
    assert read_manifest(completed).version == read_manifest(page).version
    assert "<title>R&amp;D &lt;b&gt;" in (completed / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("post", "scripts"), [("server", 0), ("file", 0), ("jatos", 1)])
def test_only_a_page_for_jatos_asks_for_its_script(built: Build, post: str, scripts: int) -> None:
    made = built(post=post)
    html = (made / "index.html").read_text(encoding="utf-8")
    assert html.count('src="jatos.js"') == scripts
    assert shown(made)["post"] == post


def test_a_page_without_a_server_carries_code_and_link(built: Build) -> None:
    completion = Completion("C0DE", "https://example.org/done?cc={code}")
    made = shown(built(post="jatos", completion=completion))
    assert made["completion"] == {"code": "C0DE", "return_url": completion.return_url}
    assert shown(built())["completion"] == {"code": None, "return_url": None}


def test_a_page_with_a_server_must_not_give_the_code_away(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give it to `artifact study serve`"):
        build_page(tmp_path / "page", completion=Completion(code="C0DE"))
    assert not (tmp_path / "page").exists()


def test_design_and_items_are_as_asked(built: Build, tmp_path: Path) -> None:
    items = tmp_path / "items.yml"
    own = DEFAULT_ITEMS.read_text(encoding="utf-8")
    items.write_text(own.replace("own wording;", "wording of Orla Fenn;"), encoding="utf-8")
    made = built(problems=5, design="within", answer_only=True, per_group=7, items=items)
    manifest = read_manifest(made)
    assert (manifest.design, manifest.arms) == ("within", (*GROUPS, ANSWER_ONLY))
    assert (len(manifest.problems), manifest.per_group) == (5, 7)
    assert manifest.questionnaire.wording.startswith("wording of Orla Fenn;")


def test_an_earlier_page_is_replaced(built: Build) -> None:
    made = built()
    build_page(made, problems=3)
    assert len(read_manifest(made).problems) == 3


@pytest.mark.usefixtures("npm")
def test_other_files_are_not_mixed_with(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds files other than a page of this study"):
        build_page(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        build_page(tmp_path / "thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"problems": 2000}, "problems that can be shown, but 2001 are needed"),
        ({"problems": 0}, "0 problems are too few"),
        (
            {"problems": 3, "design": "within"},
            "3 problems are too few for this design; give at least 4",
        ),
        ({"dataset": "marco"}, "marco has no texts for the trace types"),
        ({"post": "mail"}, "field 'post': is 'mail'; choose one of server, jatos, file"),
        ({"design": "mixed"}, "field 'design': is 'mixed'; choose one of between, within"),
        ({"source": "nowhere"}, "is not a source"),
        ({"items": Path("/nowhere.yml")}, "no such file"),
        ({"texts": Path("/nowhere.yml")}, "no such file"),
    ],
)
def test_what_cannot_be_built_leaves_nothing(
    tmp_path: Path, choices: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        build_page(tmp_path / "page", **choices)
    assert not (tmp_path / "page").exists()


def test_what_is_asked_or_stored_besides_is_off_unless_it_is_chosen(
    page: Path, built: Build
) -> None:
    plain, full = shown(page), shown(built(options=OPTIONS))
    assert (
        "demographics" not in plain["questionnaire"] or not plain["questionnaire"]["demographics"]
    )
    assert not plain["time_away"]
    assert full["questionnaire"]["demographics"]["questions"]
    assert full["time_away"]
    assert plain["version"] != full["version"]
    headings = [{it["heading"] for it in each["texts"]["information"]} for each in (plain, full)]
    assert headings[1] - headings[0] == {
        "Questions about you",
        "Time away from the page",
        "A guess before each answer",
    }
    assert not any(problem["choices"] for problem in plain["problems"])
    for problem in (*full["problems"], full["practice"]):
        right = [choice["text"] for choice in problem["choices"] if choice["right"]]
        assert sorted(right) == sorted(problem["answers"])
        assert len(problem["choices"]) > 2


def test_an_option_that_texts_or_items_lack_is_refused(tmp_path: Path) -> None:
    texts, items = tmp_path / "texts.yml", tmp_path / "items.yml"
    text = DEFAULT_TEXTS.read_text(encoding="utf-8")
    texts.write_text(text.replace("    only_with: time_away\n", ""), encoding="utf-8")
    with pytest.raises(InputError, match=r"texts\.yml, .*no passage tells .* of time_away"):
        build_page(tmp_path / "page", texts=texts, options=["time_away"])
    own, _, _ = DEFAULT_ITEMS.read_text(encoding="utf-8").rpartition("demographics:\n")
    items.write_text(own, encoding="utf-8")
    with pytest.raises(InputError, match=r"demographics.*is not in the questionnaire; add"):
        build_page(tmp_path / "page", items=items, options=["demographics"])
    assert not (tmp_path / "page").exists()
