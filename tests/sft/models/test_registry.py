"""Every model is fixed to the byte or the commit, and a wrong name is one line."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from artifact.common.errors import InputError
from artifact.sft.models.registry import DEFAULT, MODELS, ModelEntry, entry

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


def test_the_registry_is_light() -> None:
    code = "import sys, artifact.sft.models.registry; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
