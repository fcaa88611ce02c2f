"""Other people's scripts: pinned, checked, kept, and never half there."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.study.page import vendor

PINNED = json.loads(vendor.LOCK.read_text(encoding="utf-8"))["packages"]


def test_every_package_is_pinned_by_version_and_sha512_and_by_no_address() -> None:
    assert {"node_modules/jspsych", "node_modules/axe-core"} < set(PINNED)
    for name, package in PINNED.items():
        if name:
            assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
            assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package


def test_the_versions_asked_for_are_exact() -> None:
    asked = json.loads(vendor.LOCK.with_name("package.json").read_text(encoding="utf-8"))
    for version in (asked["dependencies"] | asked["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)


def test_without_npm_it_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        InputError, match=r"npm, which fetches .*is not installed; install Node\.js"
    ) as caught:
        vendor.packages(cache=tmp_path / "npm")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("npm")
def test_what_was_fetched_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = vendor.packages(cache=tmp_path)
    assert (fetched / "jspsych").is_dir()
    assert not (fetched / "axe-core").exists()
    assert [folder.name[:1] != "." for folder in tmp_path.iterdir()] == [True]
    monkeypatch.setenv("PATH", "")
    assert vendor.packages(cache=tmp_path) == fetched


@pytest.mark.usefixtures("npm")
def test_a_package_with_other_bytes_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "pins"
    folder.mkdir()
    shutil.copyfile(vendor.LOCK.with_name("package.json"), folder / "package.json")
    pinned = vendor.LOCK.read_text(encoding="utf-8")
    other = PINNED["node_modules/seedrandom"]["integrity"]
    lock = folder / "package-lock.json"
    lock.write_text(
        pinned.replace(PINNED["node_modules/jspsych"]["integrity"], other), encoding="utf-8"
    )
    with pytest.raises(InputError, match="is not the pinned one"):
        vendor.packages(lock=lock, cache=tmp_path / "npm")
    assert list((tmp_path / "npm").iterdir()) == []


@pytest.mark.usefixtures("npm")
def test_a_registry_out_of_reach_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "empty"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(InputError, match="npm could not fetch the page's scripts"):
        vendor.packages(cache=tmp_path / "npm")


@pytest.mark.usefixtures("npm")
def test_jspsych_comes_whole_and_names_no_source_map() -> None:
    folder = vendor.packages()
    original = (folder / "jspsych/dist/index.browser.min.js").read_text(encoding="utf-8")
    ours = vendor.jspsych(folder)
    assert "sourceMappingURL" not in ours
    assert original.startswith(ours.rstrip("\n"))
    assert len(original) - len(ours) < 100
    assert "initJsPsych" in ours


@pytest.mark.usefixtures("npm")
def test_notices_name_every_package_with_its_licence() -> None:
    notices = vendor.notices(vendor.packages())
    shipped = {name.removeprefix("node_modules/") for name, p in PINNED.items() if "dev" not in p}
    for name in shipped - {""}:
        assert re.search(rf"^{name} [0-9.]+, .+, licence: ", notices, re.MULTILINE)
