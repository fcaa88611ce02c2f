"""The hub gives rows at a pinned revision, or one line within seconds that says what to do."""

from __future__ import annotations

import io
import json
import re
import socket
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets as registry
from artifact.common.errors import InputError
from artifact.datasets import hub
from artifact.datasets.dataset import HubFile

MARCO = registry.get("marco").hub
RECORD = {
    "query": "who built the mill",
    "query_id": 712,
    "query_type": "PERSON",
    "answers": ["Ida Holm"],
    "wellFormedAnswers": "[]",
    "passages": {
        "is_selected": [0, 1],
        "passage_text": ["Herons nest there.", "The mill was built by Ida Holm."],
        "url": ["https://example.org/1", "https://example.org/2"],
    },
}


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub is not asked whether it has the revision."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unasked: None) -> list[dict[str, Any]]:
    """`datasets` reads one JSON file for every split and keeps what it was asked for."""
    import datasets

    path = tmp_path / "rows.jsonl"
    rows = [RECORD | {"query_id": number} for number in range(5)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    load = datasets.load_dataset
    asked: list[dict[str, Any]] = []

    def load_local(name: str, config: str | None, **options: Any) -> Any:
        asked.append({"name": name, "config": config, **options})
        return load(
            "json",
            data_files=str(path),
            split="train",
            streaming=options["streaming"],
            cache_dir=str(tmp_path / "cache"),
        )

    monkeypatch.setattr(datasets, "load_dataset", load_local)
    return asked


def test_splits_are_read_at_the_pinned_revision(calls: list[dict[str, Any]]) -> None:
    two = replace(MARCO, splits=("train[:2]", "validation"))
    first, second = hub.tables(two)
    assert [row["query_id"] for row in first.rows] == [0, 1]
    assert [row["query_id"] for row in second.rows] == [0, 1, 2, 3, 4]
    assert (first.split, first.where) == ("train", "microsoft/ms_marco v2.1 train")
    common = {"name": "microsoft/ms_marco", "config": "v2.1", "revision": MARCO.revision}
    assert calls == [
        common | {"split": "train", "streaming": True},
        common | {"split": "validation", "streaming": False},
    ]


def test_another_revision_can_be_asked_for(calls: list[dict[str, Any]]) -> None:
    list(hub.tables(MARCO, "main"))
    assert {call["revision"] for call in calls} == {"main"}


@pytest.mark.parametrize("name", registry.names())
def test_every_dataset_pins_a_whole_commit_and_names_what_to_read(name: str) -> None:
    pinned = registry.get(name).hub
    if pinned is None:
        pytest.skip(f"{name} is not on the hub")
    assert all(re.fullmatch(r"\w+(\[:\d+\])?", split) for split in pinned.splits)
    assert re.fullmatch("[0-9a-f]{40}", pinned.revision)


def test_a_complaint_of_the_library_becomes_one_line(
    monkeypatch: pytest.MonkeyPatch, unasked: None
) -> None:
    import datasets

    def complain(*_: Any, **__: Any) -> None:
        raise RuntimeError("\nDataset scripts are no longer supported\nsecond line")

    monkeypatch.setattr(datasets, "load_dataset", complain)
    with pytest.raises(InputError) as caught:
        list(hub.tables(MARCO))
    assert str(caught.value) == (
        f"microsoft/ms_marco at {MARCO.revision} can't be fetched from the hub "
        f"(Dataset scripts are no longer supported); {hub.CURE}"
    )


ARCHIVED = replace(
    MARCO, files=(HubFile(archive="told.tar.gz", member="told/one.txt", split="train"),)
)


def archive(path: Path, content: bytes, member: str = "told/one.txt") -> Path:
    with tarfile.open(path, "w:gz") as opened:
        entry = tarfile.TarInfo(member)
        entry.size = len(content)
        opened.addfile(entry, io.BytesIO(content))
    return path


def give(monkeypatch: pytest.MonkeyPatch, path: Path) -> list[tuple[Any, ...]]:
    import huggingface_hub

    asked: list[tuple[Any, ...]] = []

    def download(repository: str, name: str, *, repo_type: str, revision: str) -> str:
        asked.append((repository, name, repo_type, revision))
        return str(path)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    return asked


def test_a_file_of_an_archive_gives_its_lines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unasked: None
) -> None:
    asked = give(monkeypatch, archive(tmp_path / "told.tar.gz", "1 Ida søg.\n2 Where?".encode()))
    (table,) = hub.tables(ARCHIVED)
    assert table.rows == [{"text": "1 Ida søg."}, {"text": "2 Where?"}]
    assert (table.split, table.where) == ("train", "told/one.txt")
    assert asked == [("microsoft/ms_marco", "told.tar.gz", "dataset", MARCO.revision)]


def test_faults_of_an_archive_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unasked: None
) -> None:
    give(monkeypatch, archive(tmp_path / "a.tar.gz", b"1 Ida.", member="told/two.txt"))
    with pytest.raises(InputError, match=r"a\.tar\.gz: holds no file told/one\.txt"):
        list(hub.tables(ARCHIVED))
    give(monkeypatch, archive(tmp_path / "b.tar.gz", b"1 Ida s\xf8g."))
    with pytest.raises(InputError, match=r"b\.tar\.gz: is not UTF-8 in told/one\.txt"):
        list(hub.tables(ARCHIVED))
    torn = tmp_path / "c.tar.gz"
    torn.write_bytes(archive(tmp_path / "whole.tar.gz", b"1 Ida." * 1000).read_bytes()[:60])
    give(monkeypatch, torn)
    with pytest.raises(InputError, match=r"c\.tar\.gz: is not a complete archive"):
        list(hub.tables(ARCHIVED))


class Refusal(BaseHTTPRequestHandler):
    """Answers every request with the status that its path ends in."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.rpartition("/")[2]))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def refusing_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", 0), Refusal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("404", "the hub has no public revision '404' of microsoft/ms_marco; use lookalike"),
        ("503", "the hub answers 503 for microsoft/ms_marco; use lookalike"),
    ],
)
def test_a_refusal_of_the_hub_is_one_line(refusing_hub: None, revision: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(hub.tables(MARCO, revision))


def test_an_unreachable_hub_is_one_line_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    start = time.monotonic()
    with pytest.raises(InputError, match=rf"the hub http://127\.0\.0\.1:{port} can't be reached"):
        list(hub.tables(MARCO))
    assert time.monotonic() - start < 5
