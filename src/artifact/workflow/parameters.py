"""What a section can be run with: one strict model per section, checked before a kernel starts.

Papermill would take a misspelt name with a warning and turn ``true`` into ``'true'``; here both
are errors of one line. A value comes from the command line, else from the profile, else from
the model, whose defaults are those of the notebook's own parameters cell.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, get_origin

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from artifact import datasets
from artifact.errors import InputError
from artifact.paths import release_root
from artifact.sources import Source


def _known_dataset(name: str) -> str:
    if name not in datasets.names():
        raise InputError(
            f"no dataset is called '{name}'",
            field="dataset",
            cure=_instead(name, datasets.names()),
        )
    return name


def _known_source(text: str) -> str:
    return str(Source.parse(text))


def _source_path(text: str) -> Path | None:
    """The file or folder of this machine that a source names."""
    source = Source.parse(text)
    return source.path if source.kind in ("release", "file") else None


DatasetName = Annotated[str, AfterValidator(_known_dataset)]
SourceText = Annotated[str, AfterValidator(_known_source)]
DatasetNameOrAny = Annotated[str, AfterValidator(lambda name: name and _known_dataset(name))]
Count = Annotated[int, Field(ge=1)]

PATHS = ("release", "ratings")
"""Parameters that name a file or folder of this machine; "" for none."""


class Parameters(BaseModel):
    """What every section has.

    Attributes:
        seed: of everything drawn at random.
        release: folder of the paper's release, read beside the source; "" for none.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    seed: int = 0
    release: str = ""

    @property
    def data_paths(self) -> tuple[Path, ...]:
        """Files and folders of this machine that the section reads."""
        named = [getattr(self, name, "") for name in PATHS]
        source = _source_path(getattr(self, "source", "lookalike"))
        found = [*(Path(name) for name in named if name), *([source] if source else [])]
        return tuple(dict.fromkeys(found))


class DecompositionParameters(Parameters):
    """The solver's audit.

    Attributes:
        datasets: which to decompose.
        source: where the problems come from (see `artifact.sources`).
        n: look-alike problems per dataset.
    """

    datasets: list[DatasetName] = ["cotempqa", "babi", "marco"]
    source: SourceText = "lookalike"
    n: Count = 1000


class SftVariantsParameters(Parameters):
    """The stored and published figures of the fine-tuned variants.

    Attributes:
        models: whose runs on all problems are drawn.
    """

    models: list[str] = ["Qwen3-1.7B", "Llama-3.2-1B-Instruct"]


class StepEvaluationParameters(Parameters):
    """The evaluation of one model's answers and traces.

    Attributes:
        dataset: whose problems; "" takes the first that holds outputs of the model.
        model: as in the release's file names.
        source: where the problems come from (see `artifact.sources`).
        n: look-alike problems behind the calibration of the scorings.
    """

    dataset: DatasetNameOrAny = ""
    model: str = "Qwen3-1.7B"
    source: SourceText = "lookalike"
    n: Count = 1000


class UserStudyParameters(Parameters):
    """The user study: what is public, the instrument, and the analysis of ratings.

    Attributes:
        ratings: CSV file of ratings; "" simulates them from the published figures.
        per_group: simulated participants per trace type.
        problems: problems that each of them rates.
        power_studies: simulated studies behind each point of the power curves.
    """

    ratings: str = ""
    per_group: Count = 25
    problems: Count = 10
    power_studies: Count = 100


SECTIONS: Mapping[str, type[Parameters]] = MappingProxyType(
    {
        "decomposition": DecompositionParameters,
        "sft_variants": SftVariantsParameters,
        "step_evaluation": StepEvaluationParameters,
        "user_study": UserStudyParameters,
    }
)
"""The sections by notebook name, in the book's order."""


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
    chosen = [check_section(section)] if section else list(SECTIONS)
    typed = parse_overrides(overrides, section)
    defaults = read_profile(profile)
    return {
        name: validate(name, _at_hand() | defaults.get(name, {}) | typed.get(name, {}))
        for name in chosen
    }


def check_section(name: str) -> str:
    """`name` if a section is called so.

    Raises:
        InputError: otherwise.
    """
    if name not in SECTIONS:
        raise InputError(
            f"no section is called '{name}'", field="section", cure=_instead(name, SECTIONS)
        )
    return name


def validate(section: str, values: Mapping[str, Any]) -> Parameters:
    """Typed parameters of `section` from typed values.

    Raises:
        InputError: naming the parameter and the section.
    """
    try:
        return SECTIONS[section].model_validate(dict(values))
    except ValidationError as error:
        raise _one_line(error, section) from error


def parse_overrides(
    overrides: Iterable[str], section: str | None = None
) -> dict[str, dict[str, Any]]:
    """Typed values by section from ``name=value`` texts; a list is written with commas.

    Relative paths (``release``, ``ratings``, ``source``) start where the command was typed.

    Raises:
        InputError: for a text without ``=``, a name that no chosen section has (with close
            matches), or a value that can't be read as the parameter's type.
    """
    chosen = [check_section(section)] if section else list(SECTIONS)
    typed: dict[str, dict[str, Any]] = {}
    for override in overrides:
        name, equals, text = override.partition("=")
        if not equals:
            raise InputError(f"'{override}' has no '='", field="-p", cure="write name=value")
        having = [each for each in chosen if name in SECTIONS[each].model_fields]
        if not having:
            raise _unknown(name, chosen)
        for each in having:
            typed.setdefault(each, {})[name] = _typed(each, name, text)
    return typed


def read_profile(profile: str) -> dict[str, dict[str, Any]]:
    """The parameters that a profile sets, by section.

    Raises:
        InputError: if there is no such profile, or it names an unknown section.
    """
    folder = resources.files(__package__) / "profiles"
    names = sorted(Path(entry.name).stem for entry in folder.iterdir())
    if profile not in names:
        raise InputError(
            f"no profile is called '{profile}'", field="profile", cure=_instead(profile, names)
        )
    content: dict[str, dict[str, Any]] = yaml.safe_load(
        (folder / f"{profile}.yaml").read_text(encoding="utf-8")
    )
    return {check_section(name): values for name, values in content.items()}


def _at_hand() -> dict[str, str]:
    root = release_root()
    if root is not None and not root.is_dir():
        raise InputError("no such folder", path=root, field="ARTIFACT_RELEASE",
                         cure="point it at the release, or unset it")  # fmt: skip
    return {"release": str(root)} if root is not None else {}


def _typed(section: str, name: str, text: str) -> Any:
    model = SECTIONS[section]
    is_list = get_origin(model.model_fields[name].annotation) is list
    value = [part.strip() for part in text.split(",")] if is_list else _absolute(name, text)
    try:
        return getattr(model.model_validate({name: value}, strict=False), name)
    except ValidationError as error:
        raise _one_line(error, section) from error


def _absolute(name: str, text: str) -> str:
    if name in PATHS and text:
        return str(Path(text).resolve())
    if name == "source" and (path := _source_path(text)) is not None:
        return f"{text.partition(':')[0]}:{path.resolve()}"
    return text


def _one_line(error: ValidationError, section: str) -> InputError:
    first = error.errors()[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return _unknown(name, [section])
    problem = first["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return InputError(f"{problem} (section {section}, given {first['input']!r})", field=name)


def _unknown(name: str, sections: list[str]) -> InputError:
    fields = sorted({field for each in sections for field in SECTIONS[each].model_fields})
    of = f"section {sections[0]}" if len(sections) == 1 else "any section"
    return InputError(f"is no parameter of {of}", field=name, cure=_instead(name, fields))


def _instead(name: str, known: Iterable[str]) -> str:
    known = list(known)
    close = difflib.get_close_matches(name, known)
    return f"did you mean {' or '.join(close)}?" if close else f"choose of {', '.join(known)}"
