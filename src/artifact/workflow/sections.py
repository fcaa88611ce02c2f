"""The sections of the book, each with a strict model of the parameters it can be run with.

This is the one place that knows which sections there are; the table of contents gives the book's
order of pages, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_serializer,
    model_validator,
)

from artifact.claims.published import published
from artifact.common import paths
from artifact.common.bounds import Count, People, Problems, Seed
from artifact.common.errors import InputError
from artifact.sft import grid
from artifact.sft.models import registry
from artifact.sft.run_folder import find
from artifact.sft.spec import RECIPES, Spec, said_as_typed, with_overrides
from artifact.workflow.parameter_types import (
    PATHS,
    DatasetName,
    DatasetNameOrAny,
    DatasetNames,
    FileText,
    FolderText,
    KindName,
    KindNames,
    ModelName,
    ModelsWithFigures,
    RecipeName,
    RunNames,
    ScoredModel,
    SomeKinds,
    SomeSeeds,
    SourceText,
    instead,
    source_path,
)


class Parameters(BaseModel):
    """The parameters that every section has; the page of parameters is made from these models.

    Attributes:
        seed: for all random draws.
        release: folder of the paper's release, read beside the source.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_default=True)

    seed: Seed = Field(0, examples=[7])
    release: FolderText = Field("", examples=["data/release"])

    @field_serializer("*", mode="wrap")
    def _portable(self, value: Any, plain: SerializerFunctionWrapHandler) -> Any:
        """As stored and shown: a copy of the project has the same parameters."""
        found = plain(value)
        if isinstance(found, list):
            return [paths.portable(it) if isinstance(it, str) else it for it in found]
        return paths.portable(found) if isinstance(found, str) else found

    @property
    def data_paths(self) -> tuple[Path, ...]:
        """Files and folders of this machine that the section reads."""
        named = [getattr(self, name, "") for name in PATHS]
        source = source_path(getattr(self, "source", "lookalike"))
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

    @property
    def forced_on(self) -> int | None:
        """On how many of the test problems traces are forced, the first ones; None for all."""
        return None


class DecompositionParameters(Parameters):
    """The solver's audit.

    Attributes:
        datasets: which to decompose; if none is named, all.
        source: where the problems come from: `lookalike[:SIZE]`, `release:DIR`, `hub[:REVISION]` or
            `file:PATH`.
        n: look-alike problems per dataset.
    """

    datasets: DatasetNames = Field([], examples=[["cotempqa", "babi"]])
    source: SourceText = Field("lookalike", examples=["release:data/release"])
    n: Problems = Field(1000, examples=[2000])


class ReleasedVariantsParameters(Parameters):
    """The paper's fine-tuned variants: published and released figures.

    Attributes:
        release: accepted, as by every section, but not used by this one.
        models: whose figures are drawn.
    """

    models: ModelsWithFigures = Field(
        ["Qwen3-1.7B", "Llama-3.2-1B-Instruct"], examples=[["Llama-3.2-1B-Instruct"]]
    )


class SftVariantsParameters(Parameters):
    """The fine-tuned variants of our own: reference runs, and runs made here.

    Attributes:
        model: the one trained here; one of your own is a folder, or ``ORG/NAME@COMMIT`` on the
            hub.
        dataset: the one whose problems are used.
        source: where they come from: `lookalike[:SIZE]`, `release:DIR`, `hub[:REVISION]` or
            `file:PATH`.
        n: look-alike problems made, before they are split.
        variants: kinds of trace to train on, a run each.
        seeds: of training, a run of each variant for each; ``seed`` is that of the problems.
        train: problems to train on.
        test: problems to answer.
        recipe: settings of training and decoding; one of your own is a YAML file.
        settings: some of them in place of the recipe's; on the command line each is written
            ``-p recipe.NAME=VALUE``.
        interventions: those of ``variants`` on whose models traces are forced.
        forced_problems: on how many of the test problems, the first ones.
        reference: whether the runs that come with the repository are shown, too.
        runs: further runs of your own that are shown, by folder or first digits of the hash, such
            as those of ``artifact train``.
        predictions: a file of outputs made elsewhere, which answer problems of ``source``, to stand
            beside the runs.
        variant: what the model behind ``predictions`` was trained on.
    """

    model: ModelName = Field(registry.DEFAULT, examples=["tiny-llama"])
    dataset: DatasetName = Field("babi", examples=["cotempqa"])
    source: SourceText = Field("lookalike", examples=["lookalike:3"])
    n: Problems = Field(1000, examples=[2000])
    variants: SomeKinds = Field(["vanilla", "correct"], examples=[["correct", "anchored"]])
    seeds: SomeSeeds = Field([0], examples=[[0, 1]])
    train: Count | None = Field(32, examples=[200])
    test: Count | None = Field(12, examples=[None])
    recipe: RecipeName = Field("demonstration", examples=["laptop"])
    settings: list[str] = Field([], examples=[["learning_rate=1e-3"]])
    interventions: KindNames = Field(["correct"], examples=[[]])
    forced_problems: Count | None = Field(4, examples=[20])
    reference: bool = Field(True, examples=[False])
    runs: RunNames = Field([], examples=[["runs/HASH"]])
    predictions: FileText = Field("", examples=["book/examples/predictions.jsonl"])
    variant: KindName = Field("correct", examples=["vanilla"])

    @model_validator(mode="after")
    def _fit_together(self) -> SftVariantsParameters:
        if self.variant != type(self).model_fields["variant"].default and not self.predictions:
            raise InputError(
                "describes outputs made elsewhere, but none were given",
                field="variant",
                cure="name their file with predictions; what is trained here is variants",
            )
        for kind in self.interventions:
            if kind not in self.variants:
                raise InputError(
                    f"'{kind}' is not one of the variants",
                    field="interventions",
                    cure=f"choose one of {', '.join(self.variants)}, or none",
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
        """As for every section, plus the reader's own model and recipe, and the reference runs if
        they are shown and available."""
        model = registry.entry(self.model)
        own = [Path(model.name)] if model.kind == "folder" else []
        own += [Path(self.recipe)] if self.recipe not in RECIPES else []
        own += [find(name).folder for name in self.runs]
        return (*super().data_paths, *own, *(_reference_runs() if self.reference else ()))

    @property
    def specs(self) -> list[Spec]:
        """One for each variant and seed, in that order.

        Raises:
            InputError: naming the field at fault, if they can't be run together.
        """
        same = ("model", "dataset", "source", "n", "train", "test", "recipe")
        fields = {name: getattr(self, name) for name in same} | {"data_seed": self.seed}
        typed = [f"recipe.{it}" for it in self.settings]
        fields = with_overrides(fields, typed) | {"variant": self.variants, "seed": self.seeds}
        with said_as_typed(typed):
            return grid.expand(fields)

    @property
    def forced(self) -> list[Spec]:
        """Those of `specs` on whose models traces are forced."""
        return [spec for spec in self.specs if spec.variant in self.interventions]

    @property
    def forced_on(self) -> int | None:
        """As `forced_problems`."""
        return self.forced_problems


class StepEvaluationParameters(Parameters):
    """The evaluation of one model's answers and traces.

    Attributes:
        dataset: whose problems; if none is named, the first that holds outputs of the model.
        model: as in the release's file names.
        source: where the problems come from: `lookalike[:SIZE]`, `release:DIR`, `hub[:REVISION]` or
            `file:PATH`.
        n: look-alike problems behind the calibration of the scorings.
        predictions: a file of outputs made elsewhere, which answer problems of `source`, to stand
            beside the release's.
        variant: what the model behind them was trained on.
    """

    dataset: DatasetNameOrAny = Field("", examples=["babi"])
    model: ScoredModel = Field("Qwen3-1.7B", examples=["Llama-3.2-1B-Instruct"])
    source: SourceText = Field("lookalike", examples=["lookalike:3"])
    n: Problems = Field(1000, examples=[2000])
    predictions: FileText = Field("", examples=["book/examples/predictions.jsonl"])
    variant: KindName = Field("correct", examples=["vanilla"])


class UserStudyParameters(Parameters):
    """The user study: what is public, the instrument, and the analysis of ratings.

    Attributes:
        release: accepted, as by every section, but not used by this one.
        ratings: CSV file of ratings, of the design named; without one they are simulated.
        comprehension: CSV file of the guesses of the same export, where the study asked for them.
        design: whether each person rates one trace type, or all of them in turn. Simulated ratings
            agree with the published numbers between subjects; within subjects, where none are
            published, one trace type is half a point better by choice.
        per_group: simulated participants per trace type; within subjects, those who begin with it.
        problems: problems that each of them rates; within subjects at least one of every trace
            type.
        power_studies: simulated studies behind each point of the power curves.
    """

    ratings: FileText = Field("", examples=["book/examples/ratings.csv"])
    comprehension: FileText = Field("", examples=["export/comprehension.csv"])
    design: Literal["between", "within"] = Field("between", examples=["within"])
    per_group: People = Field(25, examples=[40])
    problems: People = Field(10, examples=[6])
    power_studies: People = Field(1000, examples=[4000])

    @model_validator(mode="after")
    def _guesses_stand_beside_ratings(self) -> UserStudyParameters:
        if self.comprehension and not self.ratings:
            raise InputError(
                "belongs to a study whose ratings were not given",
                field="comprehension",
                cure="name their file with ratings",
            )
        return self

    @model_validator(mode="after")
    def _everyone_meets_every_trace_type(self) -> UserStudyParameters:
        fewest = len(published().study.traces)
        if self.design == "within" and self.problems < fewest:
            raise InputError(
                f"{self.problems} are too few for everyone to rate every trace type",
                field="problems",
                cure=f"ask for {fewest} or more",
            )
        return self

    @property
    def data_paths(self) -> tuple[Path, ...]:
        """As for every section, and the reference runs, which the plane shows."""
        return (*super().data_paths, *_reference_runs())


def _reference_runs() -> tuple[Path, ...]:
    return (paths.REFERENCE_RUNS,) if paths.REFERENCE_RUNS.is_dir() else ()


SECTIONS: Mapping[str, type[Parameters]] = MappingProxyType(
    {
        "decomposition": DecompositionParameters,
        "released_variants": ReleasedVariantsParameters,
        "sft_variants": SftVariantsParameters,
        "step_evaluation": StepEvaluationParameters,
        "user_study": UserStudyParameters,
    }
)
"""The sections by notebook name, in the book's order."""


def check_section(name: str) -> str:
    """`name`, if there is such a section.

    Raises:
        InputError: otherwise.
    """
    if name not in SECTIONS:
        raise InputError(
            f"no section is called '{name}'", field="section", cure=instead(name, SECTIONS)
        )
    return name
