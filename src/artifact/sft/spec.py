"""What to train and how, as data: a small YAML file, checked in full before anything is loaded.

A spec names a recipe, whose settings it may override one by one. All of it is resolved before it
is hashed, so two files that mean the same are one run.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from artifact import datasets
from artifact.common import paths
from artifact.common.bounds import MOST_FACTOR, Count, Problems, Seed
from artifact.common.errors import InputError
from artifact.common.files import first_fault, located, read_yaml
from artifact.datasets.sources import Source, SplitRule
from artifact.decomposition import traces
from artifact.sft.models import registry

DEFAULT_RECIPE: Final = "laptop"
RECIPES = ("demonstration", "laptop", "paper", "release", "smoke")
"""Files of ``recipes/``. release trains and answers as the release's scripts did, paper the same
but without their faults."""

RECIPE_FILES = Path(__file__).with_name("recipes")

OWN = "own"
"""What a resolved spec calls a recipe from a file: its settings are all in the spec."""

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""All linear layers of a block, as most models call them; a model with other names gets adapters
on all of its own."""


Loss = Literal["assistant", "conversation"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _known_model(name: str) -> str:
    return registry.entry(name).name


def _known_dataset(name: str) -> str:
    return datasets.get(name).name


def _known_kind(name: str) -> str:
    if name not in traces.KINDS:
        cure = f"choose one of {', '.join(traces.KINDS)}"
        raise InputError(f"no kind of trace is called '{name}'", field="variant", cure=cure)
    return name


def _readable_source(text: str) -> str:
    return str(Source.parse(text).located())


Portable = PlainSerializer(paths.portable)
"""Serialises a field as `paths.portable` writes it."""


Share = Annotated[float, Field(ge=0, le=1)]


class Lora(_Part):
    """The adapter.

    Attributes:
        rank, alpha: its output is scaled by alpha / rank.
        dropout: of the adapter's input.
        projections: names of the linear layers that get one; by default all of the model's blocks.
        quantise: whether the frozen weights are 4-bit (NF4, double quantisation), with 8-bit
            paged AdamW; needs CUDA.
    """

    rank: Count
    alpha: Count
    dropout: Annotated[float, Field(ge=0, lt=1)]
    projections: tuple[str, ...] = Field(default=PROJECTIONS, min_length=1)
    quantise: bool = False


class Optimisation(_Part):
    """How the adapter is trained.

    Attributes:
        epochs: passes over the training problems.
        batch: examples per forward pass; `accumulation` of them make one step.
        tokens: of one forward pass, padding included: a batch that has more is read in parts, whose
            gradients add up to the batch's. Only an example that is longer by itself has more. None
            reads a batch at once.
        learning_rate: its peak, after a linear warm-up over the share `warmup` of all steps; then
            a cosine to zero.
        max_length: longest example in tokens; longer ones are left out and counted.
        cut: whether longer ones are cut from the right instead, and counted. Their answers stand
            at the end, so they are trained in part or not at all.
        loss: on the assistant's turn, or on the conversation, question and facts included.
        checkpoint_every: steps between checkpoints from which a killed run resumes.
    """

    epochs: Count
    batch: Count
    tokens: Count | None = None
    accumulation: Count = 1
    learning_rate: Annotated[float, Field(gt=0, le=MOST_FACTOR)]
    warmup: Annotated[float, Field(ge=0, lt=1)]
    max_length: Count
    cut: bool = False
    loss: Loss = "assistant"
    checkpoint_every: Count


class Decoding(_Part):
    """How answers are generated.

    Attributes:
        max_new_tokens: after which a prediction is cut, and marked `truncated`.
        batch: problems per forward pass.
        temperature: 0 is greedy; above, tokens are sampled with the spec's seed.
        top_p: share of the probability mass that is sampled from (nucleus sampling).
        model_sampling: whether temperature, top_p and top_k are those of the model's own
            generation configuration, which may be greedy, with the spec's seed.
    """

    max_new_tokens: Count
    batch: Count
    temperature: Annotated[float, Field(ge=0, le=MOST_FACTOR)] = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    model_sampling: bool = False

    @field_validator("model_sampling")
    @classmethod
    def _one_configuration(cls, own: bool, info: ValidationInfo) -> bool:
        if own and (info.data.get("temperature") or info.data.get("top_p", 1) != 1):
            raise ValueError("has the model's temperature and top_p: leave these two out")
        return own


class Chat(_Part):
    """How a question and its answer become a conversation.

    Attributes:
        system: text of a system message; None adds none to what the model's chat template puts
            there by itself.
        generation_prompt: whether a prompt ends with the header of the assistant's turn. Without
            it the model writes the header, or another turn of the user's.
    """

    system: str | None = None
    generation_prompt: bool = True


class Spec(_Part):
    """One run.

    Attributes:
        model: a name of `registry.MODELS`, a model of the hub as ``org/name@commit``, or a folder
            that transformers loads.
        dataset: whose problems.
        source: where they come from (see `artifact.datasets.sources`).
        n: look-alikes made, before they are split; other sources are read whole.
        split: how the sides are drawn; None as the source has them.
        variant: kind of trace in training (`traces.KINDS`).
        corrupt: what is wrong in an incorrect trace.
        corruption: share of training traces that are incorrect, from 0 to 1, the others being
            correct; None for runs of one variant. 0 resolves to the variant correct, 1 to
            incorrect.
        train, test: how many problems of either side; None for all.
        data_seed: of look-alikes, of the split and of the draw from either side.
        seed: of everything random in training: adapter, order, dropout, which traces are corrupted.
        recipe: whose settings the next four start from: one of `RECIPES`, or a YAML file with those
            four or some of them, the rest being laptop's. A resolved spec says `OWN` for a file.
        lora, optimisation, decoding, chat: see `Lora`, `Optimisation`, `Decoding`, `Chat`.
    """

    model: Annotated[str, AfterValidator(_known_model), Portable]
    dataset: Annotated[str, AfterValidator(_known_dataset)]
    source: Annotated[str, AfterValidator(_readable_source), Portable] = "lookalike"
    n: Problems = 1000
    split: SplitRule | None = None
    variant: Annotated[str, AfterValidator(_known_kind)]
    corrupt: traces.Corrupt = "both"
    corruption: Share | None = None
    train: Count | None = None
    test: Count | None = None
    data_seed: Seed = 0
    seed: Seed = 0
    recipe: Literal["demonstration", "laptop", "paper", "release", "smoke", "own"] = DEFAULT_RECIPE
    lora: Lora
    optimisation: Optimisation
    decoding: Decoding
    chat: Chat = Chat()

    @field_validator("corruption")
    @classmethod
    def _dose_of_correct(cls, share: float | None, info: ValidationInfo) -> float | None:
        # An invalid variant is missing from the data.
        if share is not None and info.data.get("variant", "correct") != "correct":
            raise ValueError("is a share of correct traces: set variant to correct")
        return share

    @property
    def setting(self) -> Spec:
        """The spec without its treatment: equal for runs that differ in variant, corruption and
        seed alone, which are the runs that may be compared."""
        return self.model_copy(update={"variant": "correct", "corruption": None, "seed": 0})

    @property
    def identity(self) -> dict[str, Any]:
        """The part of the spec that tells its run from others.

        Where a release or a user's file lies does not count: the hash of the run's data tells
        what is in it. Fields that came after the first runs count only if they are not at their
        default, so that those runs keep their hashes.
        """
        fields = self.model_dump(mode="json")
        if registry.entry(self.model).kind == "folder":
            fields["model"] = "folder"  # its weights identify it, wherever it lies
        source = Source.parse(self.source)
        if source.kind in ("release", "file"):
            fields["source"] = source.kind
        for name in LATER:
            *parts, last = name.split(".")
            holder, part = fields, self
            for inner in parts:
                holder, part = holder[inner], getattr(part, inner)
            if getattr(part, last) == type(part).model_fields[last].default:
                del holder[last]
        return fields

    @property
    def model_title(self) -> str:
        """The model, as it is shown."""
        return registry.entry(self.model).title

    @property
    def name(self) -> str:
        """Model, dataset, variant, dose and seed, in a few words."""
        dose = "" if self.corruption is None else f" with {self.corruption:.0%} incorrect"
        return f"{self.model_title} on {self.dataset}, {self.variant}{dose}, seed {self.seed}"


LATER = (
    "optimisation.cut",
    "optimisation.loss",
    "optimisation.tokens",
    "decoding.model_sampling",
    "chat",
)
"""Fields that came after the first runs."""


def read(path: Path, overrides: Iterable[str] = ()) -> Spec:
    """The spec in a YAML file.

    Args:
        overrides: settings in place of the file's, as of `with_overrides`.

    Raises:
        InputError: with file and field, if it can't be read or used.
    """
    fields = read_yaml(path)
    if not isinstance(fields, dict):
        raise InputError("holds no fields", path=path, cure="write `model: smollm2-135m` and so on")
    typed = list(overrides)
    try:
        changed = with_overrides(fields, typed)
        with said_as_typed(typed):
            return resolve(changed)
    except InputError as error:
        raise error if error.path else located(error, path=path) from error


def as_yaml(spec: Spec) -> str:
    """`spec` as a file that `read` reads."""
    return yaml.safe_dump(spec.model_dump(mode="json"), sort_keys=False)


def resolve(fields: dict[str, Any]) -> Spec:
    """The spec that `fields` mean: what they leave out is the recipe's.

    Raises:
        InputError: with the field at fault.
    """
    recipe = fields.get("recipe", DEFAULT_RECIPE)
    settings = _recipe(recipe)
    fields = fields | {"recipe": recipe if recipe in RECIPES else OWN}
    for part, defaults in settings.items():
        given = fields.get(part, {})
        settings[part] = defaults | given if isinstance(given, dict) else given
    try:
        spec = Spec.model_validate_json(_json(fields | settings))
    except ValidationError as error:
        raise first_fault(error) from error
    _check_offered(spec)
    registry.require_there(registry.entry(spec.model))
    if spec.corruption in (0, 1):
        kind = "incorrect" if spec.corruption else "correct"
        return spec.model_copy(update={"variant": kind, "corruption": None})
    return spec


def _check_offered(spec: Spec) -> None:
    """Refuse a kind of trace that the dataset has no rule for, unless a file may bring the text."""
    dataset = datasets.get(spec.dataset)
    offered = traces.offered(dataset)
    kind = "incorrect" if spec.corruption else spec.variant
    only_label = kind == "incorrect" and spec.corrupt == "label"
    own_texts = dataset.r1 is not None and Source.parse(spec.source).kind == "file"
    if not (kind in offered or only_label or own_texts):
        raise InputError(
            f"{dataset.name} has no {kind} traces",
            field="variant",
            cure=f"choose one of {', '.join(offered)}",
        )


def recipe_name(text: str) -> str:
    """One of `RECIPES` as it is, or the absolute path of a file.

    Raises:
        InputError: if it is neither.
    """
    if text in (*RECIPES, OWN):
        return text
    path = Path(text).expanduser().absolute()
    if path.suffix not in (".yaml", ".yml"):
        close = difflib.get_close_matches(text, RECIPES, n=1)
        choice = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(RECIPES)}"
        cure = f"{choice}, or a YAML file" if not close else choice
        raise InputError(f"no recipe is called '{text}'", field="recipe", cure=cure)
    if not os.path.isfile(path):
        raise InputError("no such file", path=path, field="recipe")
    return str(path)


def _parts(path: Path) -> dict[str, dict[str, Any]]:
    """The settings in a recipe's file, by part."""
    found = read_yaml(path)
    if not isinstance(found, dict) or not all(isinstance(it, dict) for it in found.values()):
        raise InputError("is not a mapping of settings by part", path=path, cure=f"write {GRAMMAR}")
    return found


def _recipe(name: object) -> dict[str, dict[str, Any]]:
    """The settings of a recipe by part; none for `OWN`, whose spec holds them all."""
    name = recipe_name(str(name))
    if name == OWN:
        return {part: {} for part in PARTS}
    file = name not in RECIPES
    path = RECIPE_FILES / f"{DEFAULT_RECIPE if file else name}.yaml"
    settings: dict[str, dict[str, Any]] = _parts(path)
    if file:
        own = _parts(Path(name))
        for part, given in own.items():
            if part not in PARTS:
                cure = f"choose one of {', '.join(PARTS)}"
                raise InputError("is not a part of a recipe", path=name, field=str(part), cure=cure)
            settings[part] = settings.get(part, {}) | given
    return settings


def with_overrides(fields: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """`fields` of a spec with settings in their place, each written ``name=value``.

    A name is a field of the spec (``seed``), of a part (``optimisation.batch``), or, after
    ``recipe.``, that of a setting which only one part has (``recipe.learning_rate``).

    Raises:
        InputError: for a name that is none of these; values are checked when a spec is resolved.
    """
    changed = dict(fields)
    for override in overrides:
        name, equals, text = override.partition("=")
        if not equals:
            raise InputError(f"'{override}' has no '='", field="-p", cure="write name=value")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        part, dot, setting = _placed(name).partition(".")
        if not dot:
            changed[part] = value
            continue
        inner = changed.get(part, {})
        changed[part] = {**(inner if isinstance(inner, dict) else {}), setting: value}
    return changed


@contextmanager
def said_as_typed(overrides: Iterable[str]) -> Iterator[None]:
    """Makes an error about a field that one of `overrides` set name it as it was typed."""
    try:
        yield
    except InputError as error:
        typed = {_placed(name): name for name in (it.partition("=")[0] for it in overrides)}
        raise error.changed(field=typed.get(error.field or "", error.field)) from error


def _placed(name: str) -> str:
    """The name of a field as `Spec` has it: ``seed``, or ``optimisation.learning_rate``."""
    short = name.removeprefix("recipe.")
    known = [f"{part}.{it}" for part, of in PARTS.items() for it in of.model_fields]
    if short in known or (short == name and name in Spec.model_fields.keys() - PARTS.keys()):
        return short
    if short == name:
        raise _no_field(name, known)
    alike = [it for it in known if it.partition(".")[2] == short]
    if len(alike) == 1:
        return alike[0]
    close = difflib.get_close_matches(short, [*known, *(it.partition(".")[2] for it in known)])
    choice = [f"recipe.{it}" for it in alike or close]
    cure = f"write {' or '.join(choice)}" if choice else f"choose one of {', '.join(known)}"
    fault = "is in several parts of a recipe" if alike else "is not a recipe setting"
    raise InputError(fault, field=name, cure=cure)


def _no_field(name: str, settings: Iterable[str]) -> InputError:
    """An error for a name that is not a field of a spec; a recipe's setting needs ``recipe.``."""
    fields = [it for it in Spec.model_fields if it not in PARTS]
    of_recipe = {it.partition(".")[2]: f"recipe.{it.partition('.')[2]}" for it in settings}
    close = difflib.get_close_matches(name, [*fields, *of_recipe, *settings], n=1)
    meant = [of_recipe.get(it, it) for it in close]
    more = f"choose one of {', '.join(fields)}, or recipe.learning_rate and so on"
    cure = f"did you mean {meant[0]}?" if meant else more
    return InputError("is not a field of a spec", field=name, cure=cure)


PARTS: Mapping[str, type[BaseModel]] = {
    "lora": Lora,
    "optimisation": Optimisation,
    "decoding": Decoding,
    "chat": Chat,
}
"""The parts of a recipe."""

GRAMMAR = "`optimisation: {learning_rate: 0.001}` and so on"


def _json(fields: dict[str, Any]) -> str:
    """JSON, in which a list can stand for a tuple, unlike in strict Python values."""
    try:
        return json.dumps(fields)
    except (TypeError, ValueError) as error:
        raise InputError(f"holds something other than text, numbers and lists ({error})") from error
