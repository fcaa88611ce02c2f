"""A run is a folder named after everything that can change its result.

``run.json`` records spec, data, environment and results; ``adapter/`` holds the trained weights;
``predictions.jsonl`` has one line per test problem, in the order generated. A finished run is found
by its hash and not repeated; ``run.json`` holds a hash of each file that was finished, itself
included, and `Run.check` says whether they are still the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict

from artifact.common import paths, provenance
from artifact.common.errors import CheckError, InputError
from artifact.common.files import check_fetched, read_record, write_atomically, writing
from artifact.common.json_lines import read_whole_lines
from artifact.common.provenance import Provenance, file_sha256
from artifact.sft.spec import Spec

METHOD = 1
"""Goes up by one when a change of code changes a run's result."""

LIBRARIES = ("accelerate", "peft", "tokenizers", "torch", "transformers", "trl")
"""Libraries whose versions can change a result."""

Backend = Literal["hf", "vllm"]
"""What generates: transformers, or vLLM."""

DTYPES = ("float32", "bfloat16")
DTYPE_VARIABLE = "ARTIFACT_DTYPE"
"""Environment variable that makes a run use another number type than the machine's own, such as
that of a processor without bfloat16 products. The type is part of a run's identity."""

HASH_DIGITS = 12
RECORD, ADAPTER = "run.json", "adapter"
PREDICTIONS, INTERVENTIONS = "predictions.jsonl", "interventions.jsonl"
WEIGHTS = (f"{ADAPTER}/adapter_config.json", f"{ADAPTER}/adapter_model.safetensors")
"""Files of the adapter, as PEFT names them."""

CURES = {
    PREDICTIONS: "remove it, and `artifact generate` makes it again",
    INTERVENTIONS: "remove it, and `artifact intervene` makes it again",
}
CLOCKED = ("seconds", "peak_bytes")
"""Fields of a record that are measured and vary from run to run."""

WHOLE_RUN = "remove the run's folder, and the run is made again"
AS_SHIPPED = "its weights are not here, so restore the committed one (`git checkout`)"
"""The cure for a file of a run that is shipped without its adapter."""


class Numerics(BaseModel):
    """What determines the order and precision of floating-point sums.

    Attributes:
        device: cpu or cuda.
        dtype: of the frozen weights and of activations.
        threads: of the processor that one product is spread over; 0 on a GPU.
    """

    model_config = ConfigDict(frozen=True)

    device: str
    dtype: str
    threads: int


def forced_dtype() -> str | None:
    """The number type that ARTIFACT_DTYPE asks for; None for the machine's own.

    Raises:
        InputError: if it names none of `DTYPES`.
    """
    asked = os.environ.get(DTYPE_VARIABLE) or None
    if asked not in (None, *DTYPES):
        known = " or ".join(DTYPES)
        raise InputError(f"'{asked}' is not {known}", field=DTYPE_VARIABLE, cure="or unset it")
    return asked


class Identity(BaseModel):
    """All that can change a run's result, and nothing else.

    Attributes:
        spec: resolved.
        data_sha256: of problems and training turns.
        weights_sha256: of the model's frozen weights.
        libraries: version by name of `LIBRARIES`.
        numerics: see `Numerics`.
        method: of this package, see `METHOD`.
    """

    model_config = ConfigDict(frozen=True)

    spec: Spec
    data_sha256: str
    weights_sha256: str
    libraries: dict[str, str | None]
    numerics: Numerics
    method: int = METHOD

    @property
    def hash(self) -> str:
        """The name of the run's folder."""
        fields = self.model_dump(mode="json") | {"spec": self.spec.identity}
        text = json.dumps(fields, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]


class LossAt(BaseModel):
    """A point of the training curve: mean loss per target token of one optimiser step, in nats."""

    step: int
    epoch: float
    loss: float


class Training(BaseModel):
    """The record of a finished training.

    Attributes:
        examples: number of examples trained on.
        too_long: number left out because they are longer than the limit.
        cut: number cut from the right to the limit.
        left_out: for each other problem left out, the reason.
        tokens, target_tokens: per epoch: all, and those with a loss.
        mean_target_tokens: mean length of trace, answer and end token, in tokens.
        mean_prompt_tokens: mean length of the prompt, in tokens.
        longest: length of the longest example, in tokens.
        trainable: number of trained weights.
        curve: the training loss, one point per optimiser step.
        seconds: wall time of the process that finished it; describes the machine, not the result.
        peak_bytes: largest resident memory of the process that finished it, in bytes.
    """

    examples: int
    too_long: int
    cut: int = 0
    left_out: tuple[str, ...]
    tokens: int
    target_tokens: int
    mean_target_tokens: float
    mean_prompt_tokens: float
    longest: int
    trainable: int
    curve: tuple[LossAt, ...]
    seconds: float
    peak_bytes: int


class Generation(BaseModel):
    """The record of a finished generation.

    Attributes:
        predictions: their number.
        truncated: how many of them were cut at the limit.
        mean_tokens: mean length of a prediction with its end token, in tokens.
        seconds: wall time of the process that finished it; describes the machine, not the result.
    """

    predictions: int
    truncated: int
    mean_tokens: float
    seconds: float


class Record(BaseModel):
    """``run.json``.

    Attributes:
        run: the run's hash.
        spec, data_sha256, weights_sha256, libraries, numerics, method: its `Identity`.
        test_sha256: of the test problems alone; None in records that are older than the field.
        model_revision: of the hub, or None.
        provenance: code, libraries and machine of the process that trained it.
        backend: the one that generates its predictions. Not part of the identity: backends aim
            at the same output but round differently.
        code: hash of the code that trained it (`training_code`); "" in older records.
        training, generation: None until done.
        sha256: by file, of each that is finished: the adapter's, predictions, interventions, and of
            all else in this record. Empty in records made before these were kept.
    """

    run: str
    spec: Spec
    data_sha256: str
    weights_sha256: str
    libraries: dict[str, str | None]
    numerics: Numerics
    method: int
    test_sha256: str | None = None
    model_revision: str | None = None
    provenance: Provenance
    backend: Backend = "hf"
    code: str = ""
    training: Training | None = None
    generation: Generation | None = None
    sha256: dict[str, str] = {}

    @property
    def identity(self) -> Identity:
        """What names the run."""
        return Identity(**{name: getattr(self, name) for name in Identity.model_fields})

    @property
    def result_sha256(self) -> str:
        """sha256 of the run's results, without what depends on its machine: the same run made twice
        has the same one."""
        fields = self.model_dump(mode="json", exclude={"provenance", "code"})
        fields["sha256"].pop(RECORD, None)
        for part in ("training", "generation"):
            fields[part] = {k: v for k, v in (fields[part] or {}).items() if k not in CLOCKED}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


class Prediction(BaseModel):
    """One line of ``predictions.jsonl``.

    Attributes:
        id, category: of the problem.
        prediction: generated text, without the end token.
        tokens: generated, with the end token.
        truncated: whether the limit cut it.
    """

    id: str
    category: str
    prediction: str
    tokens: int
    truncated: bool


@dataclass(frozen=True, slots=True)
class Run:
    """A run's folder."""

    folder: Path

    @property
    def record(self) -> Record:
        """The content of ``run.json``.

        Raises:
            InputError: if it is not there or can't be read.
        """
        return read_record(self.folder / RECORD, Record)

    @property
    def is_trained(self) -> bool:
        """Whether there is a ``run.json`` that says so."""
        return (self.folder / RECORD).is_file() and self.record.training is not None

    def write(self, record: Record, *, finished: Sequence[str] = ()) -> None:
        """Replace ``run.json``.

        Args:
            finished: files that are whole now; their hashes are taken and go into the record.
        """
        hashes = record.sha256 | {it: file_sha256(self.folder / it) for it in finished}
        record = record.model_copy(update={"sha256": hashes})
        hashes[RECORD] = _record_sha256(record.model_dump_json())
        write_atomically(self.folder / RECORD, record.model_dump_json(indent=1) + "\n")

    @property
    def adapter(self) -> Path:
        """The folder of the trained weights.

        Raises:
            InputError: if it is not here: runs are shipped without.
            CheckError: as `check`.
        """
        folder = self.folder / ADAPTER
        if not folder.is_dir():
            raise InputError("holds no adapter", path=folder, cure="train the run's spec here")
        self.check(*WEIGHTS)
        return folder

    def check(self, *names: str) -> Record:
        """The record, if it is this folder's and the files `names` are those that were finished.

        A file without a hash is not finished, or is of an older record, and is not checked.

        Raises:
            InputError: if the record can't be read, or Git LFS left a pointer in place of a file.
            CheckError: naming the file that was changed or is gone.
        """
        record, path = self.record, self.folder / RECORD
        if record.sha256 and record.sha256.get(RECORD) != _record_sha256(path.read_bytes()):
            raise CheckError(f"{path}: was changed after it was written; {self.cure(RECORD)}")
        if not record.identity.hash == record.run == self.folder.name:
            raise CheckError(
                f"{path}: by its spec, data and libraries it belongs to run "
                f"{record.identity.hash}, not to '{self.folder.name}'; {self.cure(RECORD)}"
            )
        for name in names:
            file, cure = self.folder / name, self.cure(name)
            check_fetched(file)
            if name in record.sha256 and not file.is_file():
                raise CheckError(f"{file}: has been removed since the run finished; {cure}")
            if name in record.sha256 and file_sha256(file) != record.sha256[name]:
                raise CheckError(f"{file}: was changed after it was written; {cure}")
        return record

    def cure(self, name: str) -> str:
        """The cure for a wrong file `name`: make it again, or restore it as it was shipped."""
        made = (self.folder / ADAPTER).is_dir()
        return CURES.get(name, WHOLE_RUN) if made else AS_SHIPPED

    @property
    def is_answered(self) -> bool:
        """Whether its predictions are finished and all there, to the byte where a hash is kept."""
        record, path = self.record, self.folder / PREDICTIONS
        if record.generation is None or not path.is_file():
            return False
        if PREDICTIONS in record.sha256:
            return file_sha256(path) == record.sha256[PREDICTIONS]
        return len(self.predictions) == record.generation.predictions

    @property
    def predictions(self) -> list[Prediction]:
        """All whole lines of ``predictions.jsonl``, as generated so far.

        Raises:
            InputError: with the line, if one can't be read; if a problem is answered twice.
        """
        path = self.folder / PREDICTIONS
        lines = read_whole_lines(path, Prediction)
        for name, count in Counter(line.id for line in lines).items():
            if count > 1:
                fault = f"'{name}' is answered {count} times"
                raise InputError(fault, path=path, field="id", cure=self.cure(PREDICTIONS))
        return lines

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out of this run; the lock goes with the process.

        Raises:
            CheckError: if another one is working on it.
            InputError: if its folder can't be written.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise CheckError(
                f"{self.folder}: another process is working on this run; wait for it to end"
            ) from error
        try:
            yield
        finally:
            lock.release()


def _record_sha256(text: str | bytes) -> str:
    """sha256 of a record's JSON, without this hash."""
    fields = json.loads(text)
    fields["sha256"].pop(RECORD, None)
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def find(name: str | Path, runs: Path | None = None) -> Run:
    """The run in a folder, or the one whose hash starts with `name` in `runs`.

    Raises:
        InputError: if there is none, or several; if `name` is empty.
    """
    if not str(name):
        raise InputError("is empty", field="run", cure="give the folder of a run")
    folder = Path(name)
    if os.path.isfile(folder / RECORD):
        return Run(folder)
    runs = paths.RUNS if runs is None else runs
    found = [
        it.parent for it in sorted(runs.glob(f"*/{RECORD}")) if it.parent.name.startswith(str(name))
    ]
    if len(found) != 1:
        many = f"{len(found)} runs start with" if found else "there is no run"
        cure = "give the folder of a run"
        raise InputError(f"{many} '{name}'", path=runs, field="run", cure=cure)
    return Run(found[0])


def identity(spec: Spec, data: str, weights: str, numerics: Numerics) -> Identity:
    """The identity of a run in this environment."""
    libraries = provenance.library_versions(LIBRARIES)
    return Identity(
        spec=spec,
        data_sha256=data,
        weights_sha256=weights,
        libraries=libraries,
        numerics=numerics,
    )
