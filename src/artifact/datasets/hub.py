"""Rows from the Hugging Face hub, at a pinned revision, or one line that says why not.

The hub's client retries for minutes where there is no network, so the hub is asked first for the
revision itself, which takes seconds to fail. With HF_HUB_OFFLINE set, the hub is not asked
and only the cache is read.
"""

from __future__ import annotations

import os
import re
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from artifact.common.errors import InputError
from artifact.datasets.dataset import Hub, HubFile

ANSWER_SECONDS = 10
CURE = (
    "use lookalike, release:DIR, or file:PATH written by `artifact data convert hub` where the hub "
    "answers"
)
_SPLIT = re.compile(r"(?P<name>\w+)(?:\[:(?P<first>\d+)\])?")


@dataclass(frozen=True, slots=True)
class HubTable:
    """Rows of one split or one file.

    Attributes:
        rows: records as `datasets` yields them.
        split: the hub's name of the split.
        where: names the rows in messages; for a `HubFile` its member.
    """

    rows: list[Mapping[str, Any]]
    split: str
    where: str


def tables(hub: Hub, revision: str | None = None) -> Iterator[HubTable]:
    """The splits or files that `hub` lists, in its order.

    Of a split written ``train[:5000]`` only the first 5,000 rows are streamed; others are fetched
    whole into the cache of `datasets`.

    Args:
        hub: names repository, configuration, splits or files.
        revision: a commit or branch instead of the pinned one.

    Raises:
        InputError: if the hub can't be reached, or does not have what is asked for.
    """
    pinned = revision or hub.revision
    _ask_for(hub.repository, pinned)
    for file in hub.files:
        yield HubTable(_lines(hub, file, pinned), file.split, file.member)
    if not hub.files:
        for split in hub.splits:
            yield _split(hub, split, pinned)


def _split(hub: Hub, split: str, revision: str) -> HubTable:
    import datasets

    found = _SPLIT.fullmatch(split)
    if found is None:
        raise ValueError(f"{hub.repository}: hub split '{split}' is neither NAME nor NAME[:N]")
    name, first = found["name"], found["first"]
    try:
        rows = datasets.load_dataset(
            hub.repository,
            hub.config,
            split=name,
            revision=revision,
            streaming=first is not None,
        )
        records = list(islice(rows, int(first) if first else None))
    # `datasets` lets through what its many backends raise; whatever it is, the rows are not there.
    except Exception as error:
        raise _complaint(hub, revision, error) from error
    where = " ".join(filter(None, (hub.repository, hub.config, name)))
    return HubTable(records, name, where)


def _lines(hub: Hub, file: HubFile, revision: str) -> list[Mapping[str, Any]]:
    from huggingface_hub import hf_hub_download

    try:
        archive = Path(
            hf_hub_download(hub.repository, file.archive, repo_type="dataset", revision=revision)
        )
    # As above: the client's errors share no base class.
    except Exception as error:
        raise _complaint(hub, revision, error) from error
    try:
        with tarfile.open(archive) as opened:
            stream = opened.extractfile(file.member)
            content = b"" if stream is None else stream.read()
        return [{"text": line} for line in content.decode("utf-8").split("\n")]
    except KeyError as error:
        raise InputError(f"holds no file {file.member}", path=archive) from error
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 in {file.member}", path=archive) from error
    except (tarfile.TarError, OSError, EOFError) as error:
        raise InputError(f"is not a complete archive ({error})", path=archive) from error


def _ask_for(repository: str, revision: str) -> None:
    """Return if the hub has the revision, or must not be asked."""
    if any(_is_set(name) for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")):
        return
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    url = f"{endpoint}/api/datasets/{repository}/revision/{revision}"
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS):
            return
    except urllib.error.HTTPError as error:
        if error.code in (401, 403, 404):
            fault = f"the hub has no public revision '{revision}' of {repository}"
        else:
            fault = f"the hub answers {error.code} for {repository}"
        raise InputError(fault, cure=CURE) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise InputError(f"the hub {endpoint} can't be reached ({reason})", cure=CURE) from error


def _is_set(name: str) -> bool:
    return os.environ.get(name, "").upper() in {"1", "ON", "YES", "TRUE"}


def _complaint(hub: Hub, revision: str, error: Exception) -> InputError:
    first = next((line for line in str(error).splitlines() if line.strip()), "no reason given")
    fault = f"{hub.repository} at {revision} can't be fetched from the hub ({first.strip()})"
    return InputError(fault, cure=CURE)
