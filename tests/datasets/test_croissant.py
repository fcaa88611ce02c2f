"""Descriptions that the vocabulary's own checker accepts, and by which it reads the records."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.datasets import croissant
from artifact.datasets.sources import convert


def described(name: str, folder: Path, n: int = 12) -> Path:
    file = folder / f"{name}.jsonl"
    loaded = convert("lookalike", name, file, n=n, seed=3)
    return croissant.write(datasets.get(name), loaded, "lookalike", 3, file)


def checked(path: Path) -> Any:
    """The description as mlcroissant reads it; it raises for one that is none."""
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependencies' own
        return mlcroissant.Dataset(jsonld=str(path))


@pytest.mark.parametrize("name", datasets.names())
def test_the_checker_accepts_it_and_reads_every_problem(name: str, tmp_path: Path) -> None:
    path = described(name, tmp_path)
    dataset = checked(path)
    assert not dataset.metadata.ctx.issues.errors
    assert not dataset.metadata.ctx.issues.warnings
    lines = (tmp_path / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        records = list(dataset.records("problems"))
    assert len(records) == len(lines) == 12
    for record, line in zip(records, lines, strict=True):
        problem = json.loads(line)
        assert plain(record) == {key: problem[key] for key in croissant.FIELDS}


def plain(record: dict[str, Any]) -> dict[str, Any]:
    def text(value: Any) -> Any:
        if isinstance(value, bytes):
            return value.decode()
        return [text(it) for it in value] if isinstance(value, list) else value

    return {key.removeprefix("problems/"): text(value) for key, value in record.items()}


def test_the_checker_refuses_a_description_of_another_file(tmp_path: Path) -> None:
    path = described("babi", tmp_path)
    given = json.loads(path.read_text(encoding="utf-8"))
    given["recordSet"][0]["field"][0]["source"]["fileObject"]["@id"] = "elsewhere"
    path.write_text(json.dumps(given), encoding="utf-8")
    with pytest.raises(Exception, match="elsewhere"):
        checked(path)


def test_it_says_how_the_file_is_made_and_that_no_one_is_in_it(tmp_path: Path) -> None:
    given = json.loads(described("babi", tmp_path).read_text(encoding="utf-8"))
    assert "artifact data convert lookalike --dataset babi --n 12 --seed 3" in given["description"]
    assert given["rai:personalSensitiveInformation"][0].startswith("None.")
    assert {name for name in given if name.startswith("rai:")} >= {
        f"rai:{name}"
        for name in ("dataLimitations", "dataBiases", "dataUseCases", "annotatorDemographics")
    }
    assert str(tmp_path) not in json.dumps(given)


def test_the_same_seed_gives_the_same_description(tmp_path: Path) -> None:
    first, second = (
        described("cotempqa", folder).read_bytes()
        for folder in (tmp_path / "a", tmp_path / "b")
        if not folder.mkdir()
    )
    assert first == second


def test_the_command_writes_it_and_refuses_what_is_not_its_own(command_line, tmp_path) -> None:
    out = tmp_path / "babi.jsonl"
    convert_it = ("data", "convert", "lookalike", "--dataset", "babi", "--n", "11", "--out", out)
    assert f"{out}.croissant.json" in command_line(*convert_it, "--croissant").out
    other = ("data", "convert", f"file:{out}", "--dataset", "babi", "--out", tmp_path / "b.jsonl")
    refused = command_line(*other, "--croissant")
    assert refused.code == 2
    assert "field 'croissant': describes look-alikes only" in refused.err
    assert not (tmp_path / "b.jsonl").exists()
