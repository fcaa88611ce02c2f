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
from types import MappingProxyType, NoneType
from typing import Annotated, Any, get_args, get_origin

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from artifact import datasets
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.common.paths import release_root
from artifact.datasets.sources import Source
from artifact.decomposition.traces import KINDS
from artifact.sft import grid
from artifact.sft.models import registry
from artifact.sft.spec import RECIPES, Seed, Spec


def _one_of(known: Iterable[str], what: str, field: str) -> AfterValidator:
    """Lets the names in `known` pass; any other is an error that names a close one."""
    names = tuple(known)

    def check(name: str) -> str:
        if name not in names:
            problem = f"no {what} is called '{name}'"
            raise InputError(problem, field=field, cure=_instead(name, filter(None, names)))
        return name

    return AfterValidator(check)


def _known_model(name: str) -> str:
    return registry.entry(name).name


def _known_source(text: str) -> str:
    return str(Source.parse(text))


def _source_path(text: str) -> Path | None:
    """The file or folder of this machine that a source names."""
    source = Source.parse(text)
    return source.path if source.kind in ("release", "file") else None


DatasetName = Annotated[str, _one_of(datasets.names(), "dataset", "dataset")]
SourceText = Annotated[str, AfterValidator(_known_source)]
DatasetNameOrAny = Annotated[str, _one_of(["", *datasets.names()], "dataset", "dataset")]
ModelName = Annotated[str, AfterValidator(_known_model)]
RecipeName = Annotated[str, _one_of(RECIPES, "recipe", "recipe")]
KindName = Annotated[str, _one_of(KINDS, "trace kind", "variants")]
Count = Annotated[int, Field(ge=1)]

ALL = "all"
"""How no limit is typed: ``-p train=all``."""

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

    @property
    def specs(self) -> list[Spec]:
        """The runs that the section shows; they are made before it is executed."""
        return []

    @property
    def forced(self) -> list[Spec]:
        """Those of `specs` on whose models traces are forced."""
        return []


class DecompositionParameters(Parameters):
    """The solver's audit.

    Attributes:
        datasets: which to decompose.
        source: where the problems come from (see `artifact.datasets.sources`).
        n: look-alike problems per dataset.
    """

    datasets: list[DatasetName] = ["cotempqa", "babi", "marco"]
    source: SourceText = "lookalike"
    n: Count = 1000


class SftVariantsParameters(Parameters):
    """The fine-tuned variants: published figures, reference runs, and runs made here.

    Attributes:
        models: whose published and released figures are drawn.
        model: which is trained here (`artifact.sft.models.registry`).
        dataset: whose problems.
        source: where they come from (see `artifact.datasets.sources`).
        n: look-alike problems made, before they are split.
        variants: kinds of trace in training (`traces.KINDS`), a run each.
        seeds: of training, a run of each variant for each; `seed` is that of the problems.
        train, test: problems of either side; None for all.
        recipe: settings of training and decoding (`artifact.sft.spec.RECIPES`).
        interventions: those of `variants` on whose models traces are forced.
        reference: whether the runs that come with the repository are shown, too.
    """

    models: list[str] = ["Qwen3-1.7B", "Llama-3.2-1B-Instruct"]
    model: ModelName = registry.DEFAULT
    dataset: DatasetName = "babi"
    source: SourceText = "lookalike"
    n: Count = 1000
    variants: list[KindName] = ["vanilla", "correct", "incorrect", "verbose"]
    seeds: list[Seed] = [0]
    train: Count | None = 160
    test: Count | None = 60
    recipe: RecipeName = "laptop"
    interventions: list[KindName] = ["correct"]
    reference: bool = True

    @model_validator(mode="after")
    def _fit_together(self) -> SftVariantsParameters:
        for name in ("variants", "seeds"):
            if not getattr(self, name):
                raise InputError("holds no value", field=name)
        for kind in self.interventions:
            if kind not in self.variants:
                raise InputError(
                    f"'{kind}' is none of the variants",
                    field="interventions",
                    cure=f"choose of {', '.join(self.variants)}, or none",
                )
            if kind == "vanilla":
                raise InputError(
                    "vanilla has no traces, so there is none to force",
                    field="interventions",
                    cure="leave it out",
                )
        return self

    @property
    def data_paths(self) -> tuple[Path, ...]:
        """As of every section, and the reference runs where they are shown and there."""
        return (*super().data_paths, *(_reference_runs() if self.reference else ()))

    @property
    def specs(self) -> list[Spec]:
        """One for each variant and seed, in that order.

        Raises:
            InputError: with the field at fault, if they can't be run together.
        """
        same = ("model", "dataset", "source", "n", "train", "test", "recipe")
        fields = {name: getattr(self, name) for name in same} | {"data_seed": self.seed}
        return grid.expand(fields | {"variant": self.variants, "seed": self.seeds})

    @property
    def forced(self) -> list[Spec]:
        """Those of `specs` on whose models traces are forced."""
        return [spec for spec in self.specs if spec.variant in self.interventions]


class StepEvaluationParameters(Parameters):
    """The evaluation of one model's answers and traces.

    Attributes:
        dataset: whose problems; "" takes the first that holds outputs of the model.
        model: as in the release's file names.
        source: where the problems come from (see `artifact.datasets.sources`).
        n: look-alike problems behind the calibration of the scorings.
    """

    dataset: DatasetNameOrAny = ""
    model: str = "Qwen3-1.7B"
    source: SourceText = "lookalike"
    n: Count = 1000


def _reference_runs() -> tuple[Path, ...]:
    return (paths.REFERENCE_RUNS,) if paths.REFERENCE_RUNS.is_dir() else ()


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

    @property
    def data_paths(self) -> tuple[Path, ...]:
        """As of every section, and the reference runs, which the plane shows."""
        return (*super().data_paths, *_reference_runs())


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

    No value makes an empty list, and `ALL` takes a limit away.

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
        raise InputError(
            "no such folder",
            path=root,
            field="ARTIFACT_RELEASE",
            cure="point it at the release, or unset it",
        )
    return {"release": str(root)} if root is not None else {}


def _typed(section: str, name: str, text: str) -> Any:
    field = SECTIONS[section].model_fields[name]
    of_field: Any = Annotated[field.annotation, field]
    # Not the whole model: whether parameters fit together shows when all are known.
    alone: TypeAdapter[Any] = TypeAdapter(of_field)
    try:
        return alone.validate_python(_read(name, text, field.annotation), strict=False)
    except ValidationError as error:
        raise _one_line(error, section, name) from error


def _read(name: str, text: str, annotation: Any) -> Any:
    if get_origin(annotation) is list:
        return [part.strip() for part in text.split(",")] if text.strip() else []
    if NoneType in get_args(annotation) and text == ALL:
        return None
    return _absolute(name, text)


def _absolute(name: str, text: str) -> str:
    if name in PATHS and text:
        return str(Path(text).resolve())
    if name == "source" and (path := _source_path(text)) is not None:
        return f"{text.partition(':')[0]}:{path.resolve()}"
    return text


def _one_line(error: ValidationError, section: str, name: str = "") -> InputError:
    first = error.errors()[0]
    name = name or str(first["loc"][0])
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
