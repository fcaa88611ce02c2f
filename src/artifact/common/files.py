"""Reading and writing data files, with every fault located.

Faults go to the `Intake`, which stops or keeps count. A fault concerns one record (a truncated
line, a row with an extra cell) or a whole table (missing, a column gone), which costs all its rows.
A missing file of JSON lines always stops.
"""

from __future__ import annotations

import codecs
import csv
import errno
import gzip
import io
import json
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from artifact.common.documents import MOST_BYTES, json_value, yaml_value
from artifact.common.errors import InputError
from artifact.common.intake import Intake

T = TypeVar("T")

# The release's `messages` columns exceed the csv module's default of 128 KiB per cell.
csv.field_size_limit(2**31 - 1)

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""Start of the text that Git LFS leaves in place of a file that was not fetched."""

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
"""First bytes of packed files, whatever they are called."""

MOST_UNPACKED = 4 << 30
"""Bytes that a gzipped file may unpack to, so that a small one can't take all memory."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Error numbers of a full disk and of an exhausted quota."""

RESTORE = "restore it with `git checkout`"
"""Cures a damaged file that came with the repository."""

ONE_A_LINE = "write one JSON object on each line"

_NUMBER = re.compile(r"[-+]?\d{1,9}(\.\d{1,9})?([eE][-+]?0?\d)?")
"""A number that is short when written out."""


def read_bytes(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        InputError: as `require_file`; if it may not be read, or Git LFS left a pointer in its
            place.
    """
    require_file(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from error
    _check_start(content, path)
    return content


def require_file(path: Path) -> None:
    """Check that `path` is a regular file, so that reading it comes to an end.

    Raises:
        InputError: if there is none, it is a folder, or a pipe or device, which could hang.
    """
    try:
        if not path.exists():
            raise InputError("no such file", path=path)
        if path.is_dir():
            raise InputError("is a folder, not a file", path=path, cure="name a file")
        if not path.is_file():
            cure = "write its output to a file, and name that file"
            raise InputError("is not a regular file", path=path, cure=cure)
    except OSError as error:  # the name is too long, or access is denied
        raise InputError(f"cannot be read ({error.strerror})", path=path) from error


def require_folder(path: Path) -> None:
    """Check that there is a folder at `path`.

    Raises:
        InputError: if there is none, or it is something else.
    """
    if not os.path.isdir(path):
        there = os.path.exists(path)
        raise InputError("is not a folder" if there else "no such folder", path=path)


def check_fetched(*files: Path) -> None:
    """Check that none of these files is a Git LFS pointer; they may be missing.

    Raises:
        InputError: naming the first that is.
    """
    for path in files:
        if path.is_file():
            with path.open("rb") as file:
                _check_start(file.read(len(LFS_POINTER)), path)


def _check_start(content: bytes, path: Path) -> None:
    if content.startswith(LFS_POINTER):
        fault = "is a Git LFS pointer, not the file itself"
        raise InputError(fault, path=path, cure="run `git lfs pull` there")


def read_text_bytes(path: Path) -> bytes:
    """The bytes of a UTF-8 text file, unpacked if it is gzipped, without a byte-order mark.

    Raises:
        InputError: as `read_bytes`; if the file is UTF-16 or UTF-32, an archive, or gzip that is
            damaged or unpacks to more than `MOST_UNPACKED`. Whether each line is UTF-8 is left to
            the reader, so that one bad line costs no other.
    """
    content = read_bytes(path)
    if content.startswith(GZIP):
        try:
            with gzip.open(io.BytesIO(content)) as packed:
                content = packed.read(MOST_UNPACKED + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"is not a complete gzip file ({error})", path=path) from error
        if len(content) > MOST_UNPACKED:
            raise InputError(
                f"unpacks to more than {MOST_UNPACKED >> 20} MiB", path=path, cure="split it"
            )
    if content.startswith(ZIP) or content[257:262] == b"ustar":
        raise InputError("is an archive", path=path, cure="unpack it and name a file in it")
    encoding = json.detect_encoding(content[:4])  # with a byte-order mark and without
    if not encoding.startswith("utf-8"):
        name = encoding[:6].upper()
        raise InputError(f"is {name}, not UTF-8", path=path, cure="save it as UTF-8")
    return content.removeprefix(codecs.BOM_UTF8)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        InputError: as `read_text_bytes`; if it is not YAML, or refused by `documents`.
    """
    return _parsed(yaml_value, path)


def read_json(path: Path) -> Any:
    """The content of a JSON file; errors as `read_yaml`."""
    return _parsed(json_value, path)


def read_record(path: Path, kind: type[T], *, cure: str | None = None) -> T:
    """A JSON file as a record, read strictly where `kind` says so.

    Args:
        kind: a pydantic model, or any other type that pydantic reads.
        cure: for whatever is wrong with the file.

    Raises:
        InputError: as `read_yaml`; with the field, if one does not fit `kind`.
    """
    try:
        content = read_text_bytes(path)
        if len(content) > MOST_BYTES:
            raise InputError(f"is larger than {MOST_BYTES >> 20} MiB", path=path)
        return record_of(content, kind)
    except InputError as error:
        raise located(error, path=path, line=error.line, cure=cure) from error


def record_of(content: bytes | str, kind: type[T]) -> T:
    """A JSON text as a record; errors as `read_record`, without a path."""
    json_value(content)
    try:
        return TypeAdapter(kind).validate_json(content)
    except ValidationError as error:
        raise first_fault(error) from error


def _parsed(parse: Callable[[bytes], Any], path: Path) -> Any:
    content = read_text_bytes(path)
    if len(content) > MOST_BYTES:
        raise InputError(f"is larger than {MOST_BYTES >> 20} MiB", path=path)
    try:
        return parse(content)
    except InputError as error:
        raise located(error, path=path, line=error.line) from error


def read_json_lines(path: Path, intake: Intake) -> Iterator[tuple[int, dict[str, object]]]:
    """Each line's 1-based number and JSON object; blank lines are skipped.

    Raises:
        InputError: as `read_text_bytes`; for a line that is not UTF-8, not valid JSON or not an
            object, unless `intake` skips it.
    """
    return json_lines(read_text_bytes(path), path, intake)


def json_lines(
    content: bytes, path: Path, intake: Intake
) -> Iterator[tuple[int, dict[str, object]]]:
    """As `read_json_lines`, for the `content` of the file at `path`."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        raw = line.removeprefix(codecs.BOM_UTF8)  # files that were joined have one in the middle
        if not raw.strip():
            continue
        try:
            yield number, _json_object(raw)
        except InputError as error:
            intake.reject(located(error, path=path, line=number))


def read_csv_rows(
    path: Path, columns: Sequence[str], intake: Intake
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each data row's 1-based number (the header not counted) and its cells by column.

    Blank lines are skipped.

    Raises:
        InputError: as `read_text_bytes`; if the file lacks one of `columns`; for a row that is not
            UTF-8, has too few or too many cells, or breaks off. Unless `intake` skips it: then a
            fault of the file costs all its rows.
    """
    try:
        header, rows = _opened(path, columns)
    except InputError as error:
        intake.reject(error)
        return
    number = 0
    try:
        for number, cells in enumerate(rows, start=1):
            try:
                row = _by_column(header, cells)
            except InputError as error:
                intake.reject(located(error, path=path, row=number))
                continue
            yield number, row
    except csv.Error as error:
        fault = f"is not CSV ({error}), so nothing is read from here on"
        intake.reject(InputError(fault, path=path, row=number + 1, cure=csv_cure(error)))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns an `OSError` within the block into an error that names `path`.

    Raises:
        InputError: if it can't be written: a full disk, a folder that is read-only.
    """
    try:
        yield
    except OSError as error:
        cure = "free space there" if error.errno in FULL else None
        fault = f"cannot be written ({error.strerror})"
        raise InputError(fault, path=path, cure=cure) from error


def write_atomically(path: Path, text: str | Iterable[str]) -> None:
    """Write `text` as UTF-8 so that `path` is either untouched or complete, even if killed.

    Args:
        path: the file.
        text: whole, or part by part.

    Raises:
        InputError: as `writing`; if `path` is "" or a folder's root, which name no file.
    """
    if not path.name:
        raise InputError("names no file", path=path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("w", encoding="utf-8", newline="\n") as stream:
                stream.writelines([text] if isinstance(text, str) else text)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def located(
    error: InputError,
    *,
    path: Path | str,
    line: int | None = None,
    row: int | None = None,
    cure: str | None = None,
) -> InputError:
    """The same error with its place: `path`, and a line or row if given; `cure` if it had none."""
    return error.changed(
        path=path,
        line=error.line if line is None else line,
        row=error.row if row is None else row,
        cure=error.cure or cure,
    )


SCALARS, SHOWN = (str, int, float, bool), 40
"""An error quotes the value given if it has one of these types and at most so many characters."""


def first_fault(error: ValidationError) -> InputError:
    """The first fault that pydantic found in a record, with its field."""
    first = error.errors()[0]
    given, fault = first["input"], first["msg"].removeprefix("Value error, ")
    fault = fault.removeprefix("Input ").replace("Field required", "is missing")
    if isinstance(given, SCALARS) and fault.startswith("should") and len(str(given)) <= SHOWN:
        fault = f"{fault.partition(', unable')[0]}, not {json.dumps(given, ensure_ascii=False)}"
    if first["type"] in ("too_short", "string_too_short") and first["ctx"]["min_length"] == 1:
        fault = "is empty"
    cure = _unquoted(given) if first["type"] in ("int_type", "float_type") else None
    return InputError(fault, field=".".join(map(str, first["loc"])) or None, cure=cure)


def _unquoted(given: object) -> str | None:
    """How to write a number that was read as text, as YAML reads ``2e-3``."""
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        return f"'{given}' is text, write {Decimal(given):f}"
    return None


def _json_object(raw: bytes) -> dict[str, object]:
    try:
        value = json_value(raw)
    except InputError as error:
        raise InputError(error.problem, field=error.field, cure=error.cure or ONE_A_LINE) from error
    if not isinstance(value, dict):
        raise InputError(f"holds {type(value).__name__}, not an object", cure=ONE_A_LINE)
    return value


def _opened(path: Path, columns: Sequence[str]) -> tuple[list[str], Iterator[list[str]]]:
    """The header of a CSV file, which has `columns`, and its rows that are not blank."""
    # Bytes that are not UTF-8 pass as lone surrogates, so that one bad row costs no other.
    text = read_text_bytes(path).decode("utf-8", errors="surrogateescape")
    rows = (cells for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if cells)
    try:
        header = next(rows, [])
    except csv.Error as error:
        raise InputError(
            f"is not CSV ({error})", path=path, line=1, cure=csv_cure(error)
        ) from error
    for column in columns:
        if column not in header:
            raise InputError("column is missing", path=path, field=column)
    return header, rows


def csv_cure(error: csv.Error) -> str:
    """The cure for an error of the csv module."""
    if "unexpected end" in str(error):
        return "a quote is opened but not closed: close it, or double it if it is meant literally"
    return "save it as CSV again"


def _by_column(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise InputError(f"has {len(cells)} cells where the header has {len(header)}")
    row = dict(zip(header, cells, strict=True))
    for column, cell in row.items():
        try:
            cell.encode("utf-8")
        except UnicodeEncodeError as error:
            raise InputError("is not UTF-8", field=column) from error
    return row
