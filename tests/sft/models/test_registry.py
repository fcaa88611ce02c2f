"""Every model is fixed to the byte or the commit, and a wrong name is one line."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.sft.models.registry import (
    DEFAULT,
    MODELS,
    ModelEntry,
    entry,
    fingerprint,
    parameters,
    require_there,
)

PAPER = ("Llama-3.2-1B-Instruct", "Qwen3-1.7B", "Llama-3.1-8B-Instruct", "Qwen3-8B")


def test_the_models_are_the_papers_and_three_for_every_machine() -> None:
    assert set(MODELS) == {DEFAULT, "tiny-llama", "tiny-qwen3", *PAPER}
    assert all(entry(name).name == name for name in MODELS)


@pytest.mark.parametrize("found", MODELS.values(), ids=lambda found: found.name)
def test_where_weights_come_from_is_pinned(found: ModelEntry) -> None:
    assert (found.package is not None) == (found.kind == "package")
    assert (found.hub_id is not None) == (found.kind == "hub")
    assert (found.revision is not None) == (found.kind == "hub")
    assert found.revision is None or re.fullmatch(r"[0-9a-f]{40}", found.revision)
    assert found.package is None or re.fullmatch(r"[0-9a-f]{64}", found.package.sha256)


@pytest.mark.parametrize("name", PAPER)
def test_metas_models_are_gated_and_have_no_token_to_pad_with(name: str) -> None:
    found = entry(name)
    assert found.hub_id is not None
    assert found.hub_id.endswith(f"/{name}")
    assert found.gated == (found.pad_token is not None) == found.hub_id.startswith("meta-llama/")


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("smollm2", "did you mean smollm2-135m?"),
        ("qwen3-8b", "did you mean Qwen3-8B?"),
        ("Llama-3.2-1B", "did you mean Llama-3.2-1B-Instruct?"),
        ("xyz", "choose one of smollm2-135m, tiny-llama, tiny-qwen3, Llama-3.2-1B-Instruct, "),
    ],
)
def test_a_wrong_name_is_one_line_with_the_likely_one(name: str, cure: str) -> None:
    with pytest.raises(InputError) as caught:
        entry(name)
    assert str(caught.value).startswith(f"field 'model': no model is called '{name}'; {cure}")


COMMIT = "70d244cc86ccca08cf5af4e1e306ecf908b1ad5e"


def test_a_model_of_the_hub_is_named_with_its_commit() -> None:
    found = entry(f"org/some-model@{COMMIT}")
    assert (found.kind, found.hub_id, found.revision) == ("hub", "org/some-model", COMMIT)
    assert found.title == "org/some-model@70d244cc"
    assert not found.is_papers
    assert entry(f"Qwen/Qwen3-1.7B@{COMMIT}") is MODELS["Qwen3-1.7B"]
    assert fingerprint(found) != fingerprint(entry(f"org/another@{COMMIT}"))


def test_a_model_that_nothing_is_known_of_counts_as_the_largest() -> None:
    assert parameters(f"org/some-model@{COMMIT}") == MODELS["Qwen3-8B"].parameters
    assert parameters(DEFAULT) == MODELS[DEFAULT].parameters


@pytest.mark.parametrize("name", ["Qwen/Qwen3-0.6B@main", "Qwen/Qwen3-0.6B@70d244c"])
def test_a_branch_is_no_commit(name: str) -> None:
    with pytest.raises(InputError, match=f"'{name}' names no commit; give the commit in full"):
        entry(name)


@pytest.mark.parametrize("name", ["Qwen/Qwen3-0.6B", "./mine", "~/mine", "/nowhere/mine"])
def test_anything_else_with_a_slash_is_a_folder_that_need_not_be_there_yet(name: str) -> None:
    found = entry(name)
    assert (found.kind, Path(found.name).is_absolute()) == ("folder", True)
    assert found.title in name
    assert entry(found.name) == found
    with pytest.raises(InputError, match=r"no such folder; .*, or org/name@commit"):
        require_there(found)


def test_only_the_papers_models_are_the_papers() -> None:
    assert {name for name in MODELS if entry(name).is_papers} == set(PAPER)


def test_the_registry_is_light() -> None:
    code = "import sys, artifact.sft.models.registry; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
