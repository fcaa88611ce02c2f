"""From a model's name to weights on disk, and from there to a model that computes.

A folder of weights is complete or absent: what is made or unpacked here is written aside, marked
with the hash of every file, and put in place at the end.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stderr
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)
from pydantic import BaseModel
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    GgufConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from artifact.common import fetch
from artifact.common.errors import InputError, one_line
from artifact.common.fetch.atomic_folder import alone, replacing
from artifact.common.fetch.download import differences
from artifact.common.files import located, read_record
from artifact.common.paths import DATA
from artifact.common.provenance import file_sha256
from artifact.sft.kernels import heap
from artifact.sft.models import families, out_of_memory, tiny
from artifact.sft.models.gguf_reading import read_once
from artifact.sft.models.registry import (
    DEFAULT,
    ModelEntry,
    combined,
    entry,
    fingerprint,
    require_there,
)
from artifact.sft.run_folder import Numerics, forced_dtype

MARKER = "made.json"
"""Written into a folder of weights that was made here: what it was made from, and its files."""

BF16_CAPABILITIES = ("avx512_bf16", "amx_bf16", "sve_bf16")
"""Instructions with which a CPU multiplies bf16 matrices; without them fp32 is faster."""

NF4_BYTES = 0.75
"""Bytes per parameter of a model in NF4. Its layers take 4.127 bits with double quantisation
(Dettmers et al. 2023, arXiv 2305.14314, section 3); embeddings stay at 16 bits, which makes about
0.75 bytes on average for a model of 8 billion parameters."""

OVERHEAD = 1.5
"""Room for adapters, their optimiser's state, activations and cache, as a factor on the weights."""

SHOWN = 160
"""Characters of a library's complaint about a model's files."""

LIBRARIES_BYTES = 1 << 30
"""What the interpreter and the libraries take before any weight is read, about 1 GiB."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's weights on this machine.

    Attributes:
        name: the model's, as of `registry.entry`.
        path: the folder that transformers reads.
        revision: commit on the hub; None for what is not from there.
        sha256: of what determines weights and tokenizer: `registry.fingerprint`, and all files
            of a tiny model.
    """

    name: str
    path: str
    revision: str | None
    sha256: str


def numerics() -> Numerics:
    """What this machine computes with best: bf16 where its hardware has it, else fp32.

    ARTIFACT_DTYPE, where it is set, names the other.

    Raises:
        InputError: if it names neither.
    """
    cuda = torch.cuda.is_available()
    if cuda:
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        capabilities = torch.cpu.get_capabilities()
        fast = any(capabilities.get(name) for name in BF16_CAPABILITIES)
    dtype = forced_dtype() or ("bfloat16" if fast else "float32")
    threads = 0 if cuda else torch.get_num_threads()
    return Numerics(device="cuda" if cuda else "cpu", dtype=dtype, threads=threads)


def memory_needed(entry: ModelEntry, dtype: torch.dtype, *, quantise: bool = False) -> int:
    """Bytes that training adapters of a model takes: 1.5 x its weights + 1 GiB, an estimate."""
    size = NF4_BYTES if quantise else dtype.itemsize
    return round(OVERHEAD * (entry.parameters or 0) * size) + LIBRARIES_BYTES


def require_memory(entry: ModelEntry, using: Numerics, *, quantise: bool = False) -> None:
    """Return if the model fits into the memory of the device that `using` names.

    Raises:
        InputError: if it needs more (`memory_needed`) than there is.
    """
    if using.device == "cuda":
        have: int | None = torch.cuda.get_device_properties(0).total_memory
    else:
        have = out_of_memory.memory_bytes()
    need = memory_needed(entry, getattr(torch, using.dtype), quantise=quantise)
    if have is not None and need > have:
        raise InputError(
            f"{entry.title} needs about {need / 1e9:.1f} GB of memory on {using.device}, "
            f"but only {have / 1e9:.1f} GB are available",
            field="model",
            cure="choose a smaller model, or a larger machine",
        )


def weights(name: str, *, offline: bool = False, into: Path | None = None) -> Weights:
    """The weights of a model, fetched or made where they are not there yet.

    Args:
        name: as `registry.entry` takes it.
        offline: whether nothing may be fetched.
        into: the folder that holds a folder per model, ``data/models`` by default. Models from
            the hub stay in the hub's own cache.

    Raises:
        InputError: if there is no such model or it can't be obtained; the message says what to do.
        CheckError: if what was fetched differs from its pinned hash.
    """
    found, root = entry(name), (into or DATA / "models").absolute()
    if found.kind == "hub":
        return _from_hub(found, offline)
    if found.kind == "folder":
        require_there(found)
        return Weights(found.name, found.name, None, str(fingerprint(found)))
    if found.kind == "tiny":
        recipe = tiny.recipe(found)
        folder = _place(root, name, recipe)
        files = _made(folder, recipe, partial(tiny.make, found))
        return Weights(name, str(folder), None, combined(files))
    assert found.package is not None
    recipe = {"gguf_sha256": found.package.sha256, "dtype": "bfloat16"}
    folder = _place(root, name, recipe)
    _made(folder, recipe, partial(_convert, found, root / name, offline=offline))
    return Weights(name, str(folder), None, found.package.sha256)


def load_tokenizer(weights: Weights) -> PreTrainedTokenizerBase:
    """A model's tokenizer, with a padding token, and the token that ends a turn as its end token.

    If neither the tokenizer nor the registry has a padding token, the end token serves: padding is
    masked everywhere.

    Raises:
        InputError: if there is none, or it has no chat template.
    """
    tokenizer: PreTrainedTokenizerBase
    with _loadable(weights):
        tokenizer = AutoTokenizer.from_pretrained(weights.path, local_files_only=True)
    try:
        tokenizer.eos_token = families.end_of_turn(tokenizer)
    except InputError as error:
        raise located(error, path=weights.path) from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = entry(weights.name).pad_token or tokenizer.eos_token
    return tokenizer


def load_model(
    weights: Weights, *, dtype: torch.dtype, device: str = "cpu", quantise: bool = False
) -> PreTrainedModel:
    """The model, ready to compute.

    While it is read its weights are in memory twice, in the file's number type and in `dtype`; on
    a CPU, processes that share its memory do this one after the other.

    Args:
        weights: as `weights` gave them.
        dtype: of weights and activations; with `quantise` of activations.
        device: "cuda" or "cpu".
        quantise: whether layers are held in NF4 with double quantisation, as in QLoRA.

    Raises:
        InputError: if transformers does not load it, or `quantise` is asked for without a GPU or
            without bitsandbytes.
    """
    heap.stay_small()
    with _loadable(weights):
        config = AutoConfig.from_pretrained(weights.path, local_files_only=True)
    kernel = families.attention_kernel(config, device)
    options: dict[str, Any] = {"dtype": dtype, "attn_implementation": kernel}
    if quantise:
        _require_quantisation(device)
        options["quantization_config"] = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
        )
    if device != "cpu":
        options["device_map"] = {"": device}
    model: PreTrainedModel
    turn = alone(DATA / "models" / "reading") if device == "cpu" else nullcontext()
    with turn, _quiet(), _loadable(weights):
        model = AutoModelForCausalLM.from_pretrained(weights.path, local_files_only=True, **options)
    return model


@contextmanager
def _loadable(weights: Weights) -> Iterator[None]:
    """Reports in one line what transformers finds wrong with a model's files."""
    try:
        yield
    # ValueError and OSError are what it raises itself; the others come from damaged files.
    except (OSError, ValueError, KeyError, ImportError, SafetensorError) as error:
        if isinstance(error, InputError):
            raise
        why = textwrap.shorten(one_line(error), SHOWN, placeholder=" …")
        fault = f"is not a language model that transformers can load ({why})"
        raise InputError(fault, path=weights.path, field="model") from error


def _require_quantisation(device: str) -> None:
    cure = "set quantise to false, or run on a GPU"
    if device == "cpu" or not torch.cuda.is_available():
        raise InputError("four-bit weights need a CUDA GPU", field="quantise", cure=cure)
    if importlib.util.find_spec("bitsandbytes") is None:
        cure = "pip install bitsandbytes, or set quantise to false"
        raise InputError("four-bit weights need bitsandbytes", field="quantise", cure=cure)


def _place(root: Path, name: str, recipe: Mapping[str, Any]) -> Path:
    """The folder for what is made from `recipe`: another recipe has another folder."""
    written = json.dumps(recipe, sort_keys=True)
    return root / f"{name}-{hashlib.sha256(written.encode()).hexdigest()[:8]}"


def _made(
    folder: Path, recipe: Mapping[str, Any], make: Callable[[Path], None]
) -> Mapping[str, str]:
    """sha256 by name of the files in `folder`, which `make` wrote now or before."""
    if files := _whole(folder):
        return files
    with alone(folder):
        if files := _whole(folder):  # another process made it while this one waited
            return files
        with replacing(folder) as part, _quiet():
            make(part)
            files = {path.name: file_sha256(path) for path in sorted(part.iterdir())}
            marker = json.dumps({"recipe": recipe, "files": files}, indent=2) + "\n"
            (part / MARKER).write_text(marker, encoding="utf-8")
    return files


class _Made(BaseModel):
    files: dict[str, str]


def _whole(folder: Path) -> Mapping[str, str] | None:
    """sha256 by name of the files in `folder`; None if it isn't all there, to the byte."""
    try:
        files = read_record(folder / MARKER, _Made).files
    except InputError:
        return None
    return None if differences(folder, files) else files


def _convert(found: ModelEntry, source: Path, folder: Path, *, offline: bool) -> None:
    """Turn a packaged model's GGUF file in `source` into what can be trained, in `folder`.

    Stored in bf16. Each weight is rounded by at most 2^-9 of itself, a small part of what four
    bits had already cost (steps of a fifteenth of a block's range); in return the files take half
    the space, and machines that compute in bf16 and in fp32 start from equal weights.
    """
    assert found.package is not None
    if offline and not (source / found.package.file).is_file():
        cure = f"artifact data fetch {found.name}"
        raise InputError(f"{found.name} is not here, and fetching is switched off", cure=cure)
    fetch.fetch(found.name, into=source)
    heap.stay_small()
    unpacking = f"{found.name}: unpacking its four-bit weights, once (about 10 s)"
    with _telling(unpacking), read_once():
        model: Any = AutoModelForCausalLM.from_pretrained(
            source,
            gguf_file=found.package.file,
            # Without it every product dequantises again, and the model can't be saved.
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.float32,
        )
        model.to(dtype=torch.bfloat16).save_pretrained(folder)
        tokenizer = AutoTokenizer.from_pretrained(source, gguf_file=found.package.file)
        tokenizer.save_pretrained(folder)


def _from_hub(found: ModelEntry, offline: bool) -> Weights:
    """A model from the hub's cache or, at its pinned revision, from the hub."""
    assert found.hub_id is not None
    assert found.revision is not None
    # The Llama repositories hold the weights a second time, as Meta's own checkpoints.
    snapshot = partial(
        snapshot_download, found.hub_id, revision=found.revision, ignore_patterns=["original/*"]
    )
    try:
        path = snapshot(local_files_only=True)
    except LocalEntryNotFoundError as error:
        if offline or os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
            cure = f"fetch it while online, or choose {DEFAULT}"
            fault = f"{found.hub_id} is not in the hub's cache, and fetching is switched off"
            raise InputError(fault, field="model", cure=cure) from error
        hub = os.environ.get("HF_ENDPOINT") or None
        try:
            # Asked first, because the download retries for half a minute where there is no network.
            HfApi(endpoint=hub).auth_check(found.hub_id)
            path = snapshot(endpoint=hub)
        # The client's errors share no base class; whatever it is, the weights are not there.
        except Exception as error:
            raise _complaint(found, error) from error
    return Weights(found.name, str(path), found.revision, str(fingerprint(found)))


def _complaint(found: ModelEntry, error: Exception) -> InputError:
    page = f"https://huggingface.co/{found.hub_id}"
    if isinstance(error, GatedRepoError | RepositoryNotFoundError):
        return InputError(
            f"{found.hub_id} is gated on the hub",
            field="model",
            cure=f"accept the licence at {page} and set HF_TOKEN, or choose {DEFAULT}",
        )
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[0] if lines else type(error).__name__
    return InputError(
        f"{found.hub_id} can't be fetched from the hub ({reason})",
        field="model",
        cure=f"check the network and HF_ENDPOINT, or choose {DEFAULT}",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Hides transformers' own bars, which count shards: every model made here has just one.

    Download bars are the hub's, and stay.
    """
    were_on = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if were_on:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def _telling(what: str) -> Iterator[None]:
    """Say on standard error what is taking time and, at the end, how long it took.

    Progress bars that libraries draw there meanwhile are swallowed; errors pass.
    """
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, redirect_stderr=False) as progress:
        progress.add_task(what, total=None)
        with redirect_stderr(io.StringIO()):
            yield
