"""What the value of a parameter may be: the types of the sections' models, each with its check.

A check looks at the value alone and at what is on this machine, and names the parameter that it
was given to; whether parameters fit together is for the section to check.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo

from artifact import datasets
from artifact.claims.published import COTEMP, require_figures
from artifact.common import paths
from artifact.common.bounds import Seed
from artifact.common.errors import InputError
from artifact.common.files import require_file, require_folder
from artifact.datasets.sources import Source
from artifact.decomposition.traces import KINDS
from artifact.sft.models import registry
from artifact.sft.run_folder import RECORD, find
from artifact.sft.spec import RECIPES, recipe_name

V = TypeVar("V")
H = TypeVar("H", bound=Hashable)


def _checked(check: Callable[[V], V]) -> AfterValidator:
    """Makes an error of `check` name the parameter, whatever name a file of runs or another command
    has for it."""

    def of_parameter(value: V, info: ValidationInfo) -> V:
        try:
            return check(value)
        except InputError as error:
            raise error.changed(field=info.field_name or error.field) from error

    return AfterValidator(of_parameter)


def _one_of(known: Callable[[], Iterable[str]], what: str) -> AfterValidator:
    """Accepts the names that `known` gives; any other is an error that suggests a close one."""

    def check(name: str) -> str:
        if name not in known():
            raise InputError(f"no {what} is called '{name}'", cure=instead(name, known()))
        return name

    return _checked(check)


def _listing(known: Callable[[], Iterable[str]], key: str = "enum") -> Any:
    """Puts the names that `known` gives into the JSON schema, from which the page of parameters
    is made; under "known" if others are accepted, too."""

    def add(schema: dict[str, Any]) -> None:
        schema[key] = list(known())

    return Field(json_schema_extra=add)


def _each_once(values: list[H]) -> list[H]:
    twice = [it for it in values if values.count(it) > 1]
    if twice:
        raise InputError(f"names {twice[0]} twice", cure="name each once")
    return values


def _known_model(name: str) -> str:
    stored = paths.absolute(name, root_first=True)  # a folder below the root
    is_folder = name and name not in registry.MODELS and os.path.isdir(stored)
    return registry.entry(str(stored) if is_folder else name).name


def _known_recipe(name: str) -> str:
    stored = paths.absolute(name, root_first=True)
    return recipe_name(str(stored) if os.path.isfile(stored) else name)


def _known_source(text: str) -> str:
    located = Source.parse(text).located(root_first=True)
    if located.kind in ("release", "file") and os.path.exists(located.path):
        (require_folder if located.kind == "release" else require_file)(located.path)
    return str(located)


def _located(require: Callable[[Path], None]) -> AfterValidator:
    """The full path; what is there must pass `require` before anything hashes it."""

    def locate(text: str) -> str:
        if not text:
            return ""
        path = paths.absolute(text, root_first=True)
        if os.path.exists(path):
            require(path)
        return str(path)

    return _checked(locate)


def _known_run(name: str) -> str:
    stored = paths.absolute(name, root_first=True)
    folder = find(stored if name and os.path.isfile(stored / RECORD) else name).folder.absolute()
    return folder.name if folder.parent == paths.RUNS else str(folder)


def _with_figures(models: list[str]) -> list[str]:
    require_figures(models)
    return models


def source_path(text: str) -> Path | None:
    """The file or folder on this machine that a source names."""
    source = Source.parse(text)
    return source.path if source.kind in ("release", "file") else None


def _all_if_none(names: list[str]) -> list[str]:
    """`names`, or every dataset, the paper's main one first."""
    return names or sorted(datasets.names(), key=lambda name: (name != COTEMP, name))


def _kinds() -> Iterable[str]:
    return KINDS


NotEmpty, EachOnce = Field(min_length=1), _checked(_each_once)

DatasetName = Annotated[str, _one_of(datasets.names, "dataset"), _listing(datasets.names)]
DatasetNames = Annotated[list[DatasetName], EachOnce, AfterValidator(_all_if_none)]
DatasetNameOrAny = Literal[""] | DatasetName
SourceText = Annotated[str, _checked(_known_source)]
ModelName = Annotated[str, _checked(_known_model), _listing(lambda: registry.MODELS, "known")]
ScoredModel = Annotated[str, NotEmpty]
ModelsWithFigures = Annotated[list[str], NotEmpty, EachOnce, _checked(_with_figures)]
RecipeName = Annotated[str, _checked(_known_recipe), _listing(lambda: RECIPES, "known")]
RunNames = Annotated[list[Annotated[str, _checked(_known_run)]], EachOnce]
FileText = Annotated[str, _located(require_file)]
FolderText = Annotated[str, _located(require_folder)]
KindName = Annotated[str, _one_of(_kinds, "trace kind"), _listing(_kinds)]
KindNames = Annotated[list[KindName], EachOnce]
SomeKinds = Annotated[KindNames, NotEmpty]
SomeSeeds = Annotated[list[Seed], NotEmpty, EachOnce]

PATHS = ("release", "ratings", "comprehension", "predictions")
"""Parameters that name a file or folder on this machine; "" for none."""


def instead(name: str, known: Iterable[str]) -> str:
    """A cure for a name that is not known: close matches, or all that are."""
    known = list(known)
    close = difflib.get_close_matches(name, known)
    return f"did you mean {' or '.join(close)}?" if close else f"choose one of {', '.join(known)}"
