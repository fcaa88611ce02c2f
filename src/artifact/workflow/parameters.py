"""The parameters of a run of the workflow, read as typed and checked before a kernel starts.

Papermill would take a misspelt name with a warning and turn ``true`` into ``'true'``; here both
are errors of one line. A value comes from the command line, else from the profile, else from
the section's model, whose defaults are those of the notebook's own parameters cell.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.files import first_fault
from artifact.common.paths import release_root
from artifact.decomposition import traces
from artifact.workflow import profiles
from artifact.workflow.parameter_types import PATHS, instead, source_path
from artifact.workflow.sections import SECTIONS, Parameters, check_section

RESULTS_PARAMETER = "results"
"""Parameter of every notebook beside its model's: where to write the results JSON."""

PLAIN = (bool, int, float, str, list, NoneType)
"""Types that a notebook's parameter can have; modules, functions and results are not parameters."""

RECIPE, SETTINGS = "recipe.", "settings"
"""How a setting of the recipe is named on the command line, and the parameter that holds it."""

JOBS = "jobs"
"""What a profile sets for its jobs, besides the sections: ``memory_gb``, for all of them together,
and ``grid``, values of a section's parameters for which further runs are made."""

ALL = "all"
"""What stands for no limit: ``-p train=all``."""


def resolve(
    profile: str, overrides: Iterable[str] = (), section: str | None = None
) -> dict[str, Parameters]:
    """The parameters of one section, or of all.

    Args:
        profile: a file of ``profiles/``.
        overrides: ``name=value`` as typed; each applies to every chosen section that has it.
        section: the only section to choose; all if None.

    Raises:
        InputError: if the profile, the section, a name or a value is not known.
    """
    chosen = list(SECTIONS) if section is None else [check_section(section)]
    typed = parse_overrides(overrides, section)
    defaults = read_profile(profile)
    return {
        name: validate(name, _at_hand() | defaults.get(name, {}) | typed.get(name, {}))
        for name in chosen
    }


def validate(section: str, values: Mapping[str, Any]) -> Parameters:
    """Typed parameters of `section` from typed values.

    Raises:
        InputError: naming the parameter and the section.
    """
    try:
        return SECTIONS[section].model_validate(dict(values))
    except ValidationError as error:
        raise _one_line(error, section) from error


def of_notebook(section: str, names: Mapping[str, Any]) -> Parameters:
    """Typed parameters of `section` from the names that its notebook has set so far.

    Papermill itself only warns about an unknown name and sets a variable that no cell reads.

    Args:
        section: the notebook's.
        names: its ``globals()``, before a cell has set anything but parameters.

    Raises:
        InputError: naming the parameter and the section; for a name that is no parameter, too.
    """
    beside = (RESULTS_PARAMETER, "In", "Out")
    return validate(
        section,
        {
            name: value
            for name, value in names.items()
            if isinstance(value, PLAIN) and name not in beside and not name.startswith("_")
        },
    )


def parse_overrides(
    overrides: Iterable[str], section: str | None = None
) -> dict[str, dict[str, Any]]:
    """Typed values by section from ``name=value`` texts; a list is written with commas.

    No value makes an empty list, and `ALL` removes a limit.

    Relative paths (``release``, ``ratings``, ``source``) start from where the command was typed.

    Raises:
        InputError: for a text without ``=``, a name that no chosen section has (with close
            matches), or a value that can't be read as the parameter's type.
    """
    chosen = list(SECTIONS) if section is None else [check_section(section)]
    typed: dict[str, dict[str, Any]] = {}
    for override in overrides:
        name, equals, text = override.partition("=")
        if not equals:
            raise InputError(f"'{override}' has no '='", field="-p", cure="write name=value")
        of_recipe = name.startswith(RECIPE)
        held_by = SETTINGS if of_recipe else name
        having = [each for each in chosen if held_by in SECTIONS[each].model_fields]
        if not having:
            raise _unknown(name, chosen)
        for each in having:
            values = typed.setdefault(each, {})
            if of_recipe:
                values.setdefault(SETTINGS, []).append(override.removeprefix(RECIPE))
            else:
                values[name] = _typed(each, name, text)
    return typed


def read_profile(profile: str) -> dict[str, dict[str, Any]]:
    """The parameters that a profile sets, by section.

    Raises:
        InputError: if there is no such profile, or it names an unknown section.
    """
    content = _content(profile)
    return {check_section(name): it for name, it in content.items() if name != JOBS}


def profile_memory_mb(profile: str) -> int | None:
    """Memory in MB that all jobs of a profile may take together; None for all that is free."""
    gigabytes = _content(profile).get(JOBS, {}).get("memory_gb")
    return None if gigabytes is None else round(1000 * gigabytes)


def grid(
    profile: str, chosen: Mapping[str, Parameters], overrides: Iterable[str] = ()
) -> list[Parameters]:
    """The parameters of further runs that a profile wants made, besides those that a section shows.

    They are a section's own except for the values of the profile's grid. Kinds of trace that a
    dataset does not have are left out, and traces are forced on the section's own runs only. A
    source that was typed need not have every dataset, so it is used with the section's own only.

    Args:
        chosen: parameters by section.
        overrides: as typed; a parameter that is given has no grid.
    """
    typed = {override.partition("=")[0] for override in overrides}
    typed |= {"dataset"} if "source" in typed else set()
    found = []
    for section, lists in _content(profile).get(JOBS, {}).get("grid", {}).items():
        open_ = {name: values for name, values in lists.items() if name not in typed}
        for values in product(*open_.values()) if section in chosen else ():
            fields = chosen[section].model_dump() | dict(zip(open_, values, strict=True))
            has = traces.offered(datasets.get(fields["dataset"]))
            kinds = [kind for kind in fields["variants"] if kind in has]
            if kinds:
                fields |= {"variants": kinds, "interventions": []}
                found.append(validate(section, fields))
    return found


def _content(profile: str) -> dict[str, Any]:
    if profile not in profiles.names():
        problem = f"no profile is called '{profile}'"
        raise InputError(problem, field="profile", cure=instead(profile, profiles.names()))
    return profiles.content(profile)


def _at_hand() -> dict[str, str]:
    root = release_root()
    if root is not None and not os.path.isdir(root):
        raise InputError(
            "no such folder",
            path=root,
            field="ARTIFACT_RELEASE",
            cure="point it at the release, or unset it",
        )
    return {"release": str(root)} if root is not None else {}


def _typed(section: str, name: str, text: str) -> Any:
    field = SECTIONS[section].model_fields[name]
    typed: Any = Annotated[field.annotation, field]
    # Not the whole model: whether parameters fit together shows when all are known.
    alone: TypeAdapter[Any] = TypeAdapter(typed)
    try:
        return alone.validate_python(_read(name, text, field.annotation), strict=False)
    except ValidationError as error:
        raise _one_line(error, section, name) from error
    except InputError as error:
        raise error.changed(field=name, section=section) from error


def _read(name: str, text: str, annotation: Any) -> Any:
    if get_origin(annotation) is list:
        return [part.strip() for part in text.split(",")] if text.strip() else []
    if NoneType in get_args(annotation) and text == ALL:
        return None
    return _absolute(name, text)


def _absolute(name: str, text: str) -> str:
    if name in PATHS and text:
        return os.path.abspath(Path(text).expanduser())
    if name == "source" and (path := source_path(text)) is not None:
        return f"{text.partition(':')[0]}:{os.path.abspath(path)}"
    return text


def _one_line(error: ValidationError, section: str, name: str = "") -> InputError:
    first = error.errors()[0]
    name = name or str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return _unknown(name, [section])
    return first_fault(error).changed(field=name, section=section)


def _unknown(name: str, sections: list[str]) -> InputError:
    fields = sorted({field for each in sections for field in SECTIONS[each].model_fields})
    of = f"section {sections[0]}" if len(sections) == 1 else "any section"
    return InputError(f"is not a parameter of {of}", field=name, cure=instead(name, fields))


def as_typed(value: Any) -> str:
    """A value of a parameter as it is typed after ``-p NAME=``."""
    match value:
        case None:
            return ALL
        case bool():
            return str(value).lower()
        case list():
            return ",".join(map(str, value))
        case _:
            return str(value)
