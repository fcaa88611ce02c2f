"""Which dataset's outputs of a model are scored, and where they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.workflow.stored_outputs import dataset_of, release_root


@pytest.mark.parametrize(
    ("source", "release", "root"),
    [
        ("lookalike", "", None),
        ("lookalike", "/r", Path("/r")),
        ("release:/s", "/r", Path("/s")),
        ("file:/p.jsonl", "/r", Path("/r")),
        ("hub", "", None),
    ],
)
def test_the_release_is_the_sources_or_the_parameters(
    source: str, release: str, root: Path | None
) -> None:
    assert release_root(source, release) == root


@pytest.mark.parametrize(
    ("model", "dataset", "found"),
    [
        ("Qwen3-1.7B", "", "cotempqa"),
        ("Qwen3-1.7B", "babi", "babi"),
        ("Qwen3-8B", "", "cotempqa"),
    ],
)
def test_the_papers_main_dataset_comes_first(model: str, dataset: str, found: str) -> None:
    assert dataset_of(model, dataset, None) == found


@pytest.mark.parametrize(
    ("model", "dataset", "said"),
    [
        ("GPT-0", "", "no numbers of GPT-0; choose one of Llama"),
        ("qwen3-1.7b", "", "no numbers of qwen3-1.7b; choose"),
        ("Qwen3-8B", "babi", "no numbers of Qwen3-8B on bAbI QA; choose"),
        ("Qwen3-1.7B", "marco", "no numbers of Qwen3-1.7B on MARCO QA; choose"),
    ],
)
def test_a_model_without_outputs_lists_those_that_have_some(
    model: str, dataset: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        dataset_of(model, dataset, None)
    assert str(caught.value).startswith(f"field 'model': {said}")
    assert "Qwen3-1.7B (babi)" in str(caught.value)


def test_a_folder_without_outputs_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no stored outputs of the release"):
        dataset_of("Qwen3-1.7B", "", tmp_path)
