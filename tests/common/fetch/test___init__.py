"""Downloads are fetched by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common import fetch
from artifact.common.errors import InputError
from artifact.common.fetch.download import Fetched


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"called 'relaese'; choose one of release, smollm2-135m"):
        fetch.fetch("relaese")


@pytest.mark.parametrize("name", fetch.FETCHERS)
def test_a_name_is_handed_to_its_own_fetcher(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    def bring(*, repository: str | None = None, into: Path | None = None) -> Fetched:
        assert (repository, into) == ("there", tmp_path)
        return Fetched(name, tmp_path, 1, was_complete=False)

    monkeypatch.setitem(fetch.FETCHERS, name, bring)
    assert fetch.fetch(name, repository="there", into=tmp_path).name == name
