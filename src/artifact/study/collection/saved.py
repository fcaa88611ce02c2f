"""Sessions that the page saved itself, as files or in JATOS, as if the server had collected them.

A file holds one session as JSON, or one to a line as JATOS exports result data. What the server
would not have taken is not taken here either.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import read_bytes
from artifact.study.collection.collected import Collected, Given, Participant
from artifact.study.collection.messages import Answer
from artifact.study.collection.refusals import MisfitError
from artifact.study.instrument.manifest import Manifest, read_manifest
from artifact.study.instrument.trials import check_fit, required

SUFFIXES = (".json", ".jsonl", ".txt")


class Session(BaseModel):
    """One session as the page writes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: str
    participant: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    group: str
    problems: list[str]
    answers: list[Answer]
    code: str | None


def read_saved(page: Path, folder: Path) -> Collected:
    """The sessions in the files of `folder`, participants sorted by name.

    Args:
        page: the folder of the page that saved them.
        folder: holds the files, named ``*.json``, ``*.jsonl`` or ``*.txt``.

    Raises:
        InputError: if there is no such file, or one holds something else than sessions of this
            page; the line names the file, the line in it, and the field.
    """
    manifest = read_manifest(page)
    people: dict[str, Participant] = {}
    for path, line, text in _sessions(folder):
        try:
            person = _participant(text, manifest)
            if people.setdefault(person.name, person) != person:
                raise InputError("differs from an earlier session of this participant")
        except InputError as error:
            raise InputError(error.problem, path=path, line=line, field=error.field) from None
    return Collected(manifest, tuple(people[name] for name in sorted(people)))


def _sessions(folder: Path) -> Iterator[tuple[Path, int, str]]:
    if not folder.is_dir():
        raise InputError("no such folder", path=folder)
    files = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    if not files:
        raise InputError(f"holds no file named *{', *'.join(SUFFIXES)}", path=folder)
    for path in files:
        text = read_bytes(path).decode("utf-8", errors="replace")
        if path.suffix == ".json":
            yield path, 1, text
            continue
        for line, session in enumerate(text.split("\n"), start=1):
            if session.strip():
                yield path, line, session


def _participant(text: str, manifest: Manifest) -> Participant:
    try:
        session = Session.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, fault["loc"])) or None
        raise InputError(f"is no session: {fault['msg']}", field=field) from None
    if session.version != manifest.version:
        raise InputError("is of another version of the page", field="version")
    if session.group not in manifest.groups:
        raise InputError("is no group of the page", field="group")
    if sorted(session.problems) != sorted(shown.id for shown in manifest.problems):
        raise InputError("are not those of the page", field="problems")
    given: dict[str, Given] = {}
    for number, answer in enumerate(session.answers):
        field = f"answers.{number}"
        try:
            check_fit(answer, manifest, session.group)
        except MisfitError as misfit:
            raise InputError(str(misfit), field=field) from None
        if answer.trial in given:
            raise InputError(f"answers '{answer.trial}' a second time", field=field)
        # as the database gives them: item ids sorted
        given[answer.trial] = Given(dict(sorted(answer.answers.items())), answer.seconds)
    finished = session.code is not None and required(manifest) <= given.keys()
    return Participant(
        name=session.participant,
        group=session.group,
        state="finished" if finished else "unfinished",
        code=session.code if finished else None,
        problems=tuple(session.problems),
        given=given,
    )
