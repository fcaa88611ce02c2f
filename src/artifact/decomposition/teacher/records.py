"""The files of a lesson: they only grow, a line at a time, each on disk before the next request.

A kill can leave half a last line; the next start removes it and repeats what it held. Beside
FILE are ``FILE.meta.json``, which says what the lines were made with, and ``FILE.answers``, every
answer that was paid for.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict

from artifact.common.errors import CheckError, InputError
from artifact.common.files import read_record, write_atomically
from artifact.common.json_lines import JsonLines, read_whole_lines
from artifact.decomposition.teacher.completion import Answer
from artifact.decomposition.teacher.prompts import Kind

TEXT_FIELDS: dict[Kind, tuple[str, str | None]] = {
    "traces": ("prediction", "r1_trace"),
    "summaries": ("r1_trace_summary", None),
    "explanations": ("r1_exp_ans", "r1_exp_trace"),
}
"""By kind, the fields of a record that hold the final text and the reasoning."""

_BINDS: dict[str, tuple[Kind, ...]] = {
    "model": ("traces", "explanations"),
    "endpoint": ("traces", "explanations"),
    "summary_model": ("summaries",),
    "summary_endpoint": ("summaries",),
}
"""For a field of the header, the kinds of text that depend on it; all kinds for other fields."""


class Header(BaseModel):
    """What the lines of a file were made with.

    To continue, every field but `source` that existing texts depend on must be unchanged: the
    prompt of a kind that has no text yet may change.

    Attributes:
        dataset: whose problems.
        source: as on the command line.
        source_sha256: of the problems' content, in their order.
        model, endpoint: who was asked for traces and explanations, at which host.
        summary_model, summary_endpoint: the same for summaries; None where none are asked for.
        prompts_sha256: by kind, of the prompt and its settings.
        kinds: what each record holds.
        max_tokens: limit of an answer besides those of the prompts.
        keep_wrong: whether records of wrong answers are among the lines.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    source: str
    source_sha256: str
    model: str
    endpoint: str
    summary_model: str | None
    summary_endpoint: str | None
    prompts_sha256: dict[Kind, str]
    kinds: tuple[Kind, ...]
    max_tokens: int | None
    keep_wrong: bool


class _Noted(BaseModel):
    """A line of ``FILE.answers``."""

    id: str
    kind: Kind
    answer: Answer


class TeacherRecords:
    """The three files of a lesson, held by one process at a time.

    Attributes:
        records: the lines of FILE.
        answers: every answer so far, by problem id and kind.

    Args:
        path: FILE.
        header: what is to be made.

    Raises:
        InputError: if FILE was made with something else, or a line of it can't be read.
        CheckError: if another process holds it.
    """

    def __init__(self, path: Path, header: Header) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as held:
            lock = FileLock(f"{path}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout as error:
                raise CheckError(f"{path}: is being written by another command") from error
            held.callback(lock.release)
            place = _beside(path, "meta.json")
            began = _read_header(path, place)
            self.records = JsonLines(path)
            self._answers = JsonLines(_beside(path, "answers"))
            self.answers = {
                (line.id, line.kind): line.answer
                for line in read_whole_lines(_beside(path, "answers"), _Noted)
            }
            if began is not None:
                _check(path, began, header, self._kinds_there())
            if began != header:
                write_atomically(place, header.model_dump_json(indent=2) + "\n")
            self._held = held.pop_all()

    def _kinds_there(self) -> set[Kind]:
        """The kinds with at least one text."""
        written = {field for record in self.records.records for field in record}
        in_records = {kind for kind, (field, _) in TEXT_FIELDS.items() if field in written}
        return in_records | {kind for _, kind in self.answers}

    def note(self, problem: str, kind: Kind, answer: Answer) -> None:
        """Keep an answer; it is on disk when this returns."""
        self._answers.append(_Noted(id=problem, kind=kind, answer=answer))
        self.answers[problem, kind] = answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


def _read_header(path: Path, place: Path) -> Header | None:
    """The header at `place`, or None where nothing has been made yet."""
    if not any(_has_content(each) for each in (path, _beside(path, "answers"))):
        return None
    if not place.exists():
        fault = f"{place.name}, which says what it was made with, is missing"
        raise InputError(fault, path=path, cure="choose another --out")
    try:
        return read_record(place, Header)
    except InputError as found:
        raise InputError(
            f"does not match the format of this version: {found.problem}",
            path=place,
            field=found.field,
            cure=f"choose another --out; {path.name} can be trained on as it is",
        ) from found


def _check(path: Path, began: Header, header: Header, there: set[Kind]) -> None:
    """Compare `header` with that of a file, in the fields that existing texts depend on.

    Raises:
        InputError: with the field that differs.
    """
    for field in Header.model_fields:
        was, now = getattr(began, field), getattr(header, field)
        if field == "prompts_sha256":
            changed = there & {kind for kind, of_kind in was.items() if now.get(kind) != of_kind}
        else:
            changed = there & set(_BINDS.get(field, there)) if was != now else set()
        if changed and field != "source":
            of_hash = {"source_sha256": "other problems", "prompts_sha256": "other prompts"}
            raise InputError(
                f"was made with {of_hash.get(field) or f'{was}, not {now}'}",
                path=path,
                field=field,
                cure="continue with the original settings, or choose another --out",
            )


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0
