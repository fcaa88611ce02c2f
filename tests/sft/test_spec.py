"""A spec says all of a run; what is wrong with one is a line with its field."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from artifact.common import paths
from artifact.common.errors import InputError
from artifact.sft.run_data import problem_set
from artifact.sft.spec import OWN, PARTS, PROJECTIONS, RECIPES, Spec, read, resolve

SpecOf = Callable[..., Spec]

BASE = {"model": "smollm2-135m", "dataset": "babi", "variant": "correct"}


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_a_spec_leaves_out_is_the_recipes(recipe: str) -> None:
    spec = resolve(BASE | {"recipe": recipe})
    assert spec.recipe == recipe
    assert spec.lora.projections == PROJECTIONS
    assert resolve(BASE | spec.model_dump(mode="json")) == spec


def test_the_default_recipe_is_the_laptops() -> None:
    assert resolve(BASE) == resolve(BASE | {"recipe": "laptop"})


@pytest.mark.parametrize("recipe", ["paper", "release"])
def test_both_have_the_settings_of_the_releases_training_scripts(recipe: str) -> None:
    spec = resolve(BASE | {"recipe": recipe})
    assert (spec.lora.rank, spec.lora.alpha, spec.lora.dropout) == (16, 32, 0.05)
    assert spec.lora.quantise
    how = spec.optimisation
    assert (how.epochs, how.batch, how.accumulation, how.learning_rate) == (3, 4, 4, 2e-4)


def test_paper_is_release_without_its_faults() -> None:
    """Everything else is the same, so a difference between the two is due to these."""
    release, paper = (
        resolve(BASE | {"recipe": recipe}).model_dump() for recipe in ("release", "paper")
    )
    differing = {
        f"{part}.{name}": (value, paper[part][name])
        for part in ("lora", "optimisation", "decoding", "chat")
        for name, value in release[part].items()
        if value != paper[part][name]
    }
    assert differing == {
        "optimisation.max_length": (1024, 8192),
        "optimisation.cut": (True, False),
        "optimisation.loss": ("conversation", "assistant"),
        "decoding.max_new_tokens": (500, 2048),
        "chat.generation_prompt": (False, True),
    }
    assert {name for name, value in release.items() if value != paper[name]} == {
        "recipe",
        "optimisation",
        "decoding",
        "chat",
    }


def test_fields_that_came_later_count_where_they_are_not_at_their_default() -> None:
    first = resolve(BASE).identity
    assert "chat" not in first
    assert first["optimisation"].keys().isdisjoint({"cut", "loss"})
    assert "model_sampling" not in first["decoding"]
    assert resolve(BASE | {"chat": {"generation_prompt": True}}).identity == first
    changes = (
        {"chat": {"generation_prompt": False}},
        {"chat": {"system": ""}},
        {"optimisation": {"cut": True}},
        {"optimisation": {"loss": "conversation"}},
        {"decoding": {"model_sampling": True}},
    )
    later = [resolve(BASE | change).identity for change in changes]
    assert all(identity != first for identity in later)
    assert len({str(identity) for identity in later}) == len(changes)


@pytest.mark.parametrize("other", [{"temperature": 0.5}, {"top_p": 0.9}])
def test_the_models_own_sampling_has_no_other_beside_it(other: dict[str, float]) -> None:
    with pytest.raises(InputError, match="leave these two out") as caught:
        resolve(BASE | {"decoding": {"model_sampling": True} | other})
    assert caught.value.field == "decoding.model_sampling"


def test_a_recipes_settings_are_overridden_one_by_one() -> None:
    spec, recipe = resolve(BASE | {"lora": {"rank": 3}}), resolve(BASE)
    assert spec.lora == recipe.lora.model_copy(update={"rank": 3})
    assert (spec.optimisation, spec.decoding) == (recipe.optimisation, recipe.decoding)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"corruption": 0}, {}),
        ({"corruption": 0.0}, {"corruption": None}),
        ({"corruption": 1}, {"variant": "incorrect"}),
        ({"corruption": 1.0, "corrupt": "label"}, {"variant": "incorrect", "corrupt": "label"}),
        ({"lora": {"alpha": 32}}, {}),
        ({"seed": 0, "recipe": "laptop"}, {}),
    ],
)
def test_what_means_the_same_is_the_same(given: dict[str, Any], meant: dict[str, Any]) -> None:
    assert resolve(BASE | given) == resolve(BASE | meant)


def test_a_dose_between_stays_a_dose_and_is_in_the_name() -> None:
    spec = resolve(BASE | {"corruption": 0.25, "seed": 3})
    assert (spec.variant, spec.corruption) == ("correct", 0.25)
    assert spec.name == "SmolLM2-135M on babi, correct with 25% incorrect, seed 3"
    assert resolve(BASE).name == "SmolLM2-135M on babi, correct, seed 0"


FAULTS: dict[str, tuple[str, str]] = {
    "model: smollm2": ("model", "no model is called 'smollm2'; did you mean smollm2-135m?"),
    "model: 7": ("model", "should be a valid string"),
    "dataset: babbi": ("dataset", "no dataset is called 'babbi'"),
    "source: nowhere": (
        "source",
        "'nowhere' is not a source; write lookalike[:SIZE] | release:DIR",
    ),
    "source: 'file:'": ("source", "'file:' is incomplete"),
    "variant: corect": (
        "variant",
        "no kind of trace is called 'corect'; choose one of vanilla, correct, ",
    ),
    "corrupt: answer": ("corrupt", "should be 'label', 'facts' or 'both'"),
    "corruption: 1.5": ("corruption", "less than or equal to 1"),
    "corruption: -0.1": ("corruption", "greater than or equal to 0"),
    "{variant: vanilla, corruption: 0.5}": ("corruption", "is a share of correct traces"),
    "{variant: incorrect, corruption: 1}": ("corruption", "is a share of correct traces"),
    "{variant: corect, corruption: 0.5}": ("variant", "no kind of trace is called 'corect'"),
    "{dataset: marco, variant: verbose}": (
        "variant",
        "marco has no verbose traces; choose one of vanilla, correct, incorrect, irrelevant,",
    ),
    "split: random": ("split", "should be 'release' or 'grouped'"),
    "n: 0": ("n", "greater than or equal to 1"),
    "train: 0": ("train", "greater than or equal to 1"),
    "test: -3": ("test", "greater than or equal to 1"),
    "train: 1.5": ("train", "should be a valid integer"),
    "train: many": ("train", "should be a valid integer"),
    "seed: -1": ("seed", "greater than or equal to 0"),
    "seed: 4294967296": ("seed", "less than or equal to 4294967295"),
    "seed: true": ("seed", "should be a valid integer"),
    "data_seed: .nan": ("data_seed", "should be a valid integer"),
    "recipe: laptob": (
        "recipe",
        "no recipe is called 'laptob'; did you mean laptop?",
    ),
    "recipe: [laptop]": ("recipe", "no recipe is called"),
    "lora:": ("lora", "should be an object"),
    "lora: {rank: -4}": ("lora.rank", "greater than or equal to 1"),
    "lora: {rank: 0}": ("lora.rank", "greater than or equal to 1"),
    "lora: {dropout: 1}": ("lora.dropout", "less than 1"),
    "lora: {projections: []}": ("lora.projections", "is empty"),
    "lora: {quantise: maybe}": ("lora.quantise", "should be a valid boolean"),
    "lora: {rnak: 4}": ("lora.rnak", "Extra inputs are not permitted"),
    "optimisation: {epochs: 0}": ("optimisation.epochs", "greater than or equal to 1"),
    "optimisation: {batch: -1}": ("optimisation.batch", "greater than or equal to 1"),
    "optimisation: {learning_rate: 0}": ("optimisation.learning_rate", "greater than 0"),
    "optimisation: {learning_rate: .nan}": ("optimisation.learning_rate", "a finite number"),
    "optimisation: {learning_rate: .inf}": ("optimisation.learning_rate", "a finite number"),
    "optimisation: {learning_rate: 2e-3}": ("optimisation.learning_rate", "write 0.002"),
    "optimisation: {warmup: 1}": ("optimisation.warmup", "less than 1"),
    "decoding: {max_new_tokens: 0}": ("decoding.max_new_tokens", "greater than or equal to 1"),
    "decoding: {temperature: -1}": ("decoding.temperature", "greater than or equal to 0"),
    "decoding: {top_p: 0}": ("decoding.top_p", "greater than 0"),
    "modle: smollm2-135m": ("modle", "Extra inputs are not permitted"),
}
"""Fields of a spec, as YAML, that can't be used; the field at fault; what is said of it."""


@pytest.mark.parametrize("fields", FAULTS)
def test_a_fault_is_one_line_with_file_and_field(fields: str, tmp_path: Path) -> None:
    field, said = FAULTS[fields]
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(BASE | yaml.safe_load(fields)), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(path)
    line = str(caught.value)
    assert line.startswith(f"{path}, field '{field}': ")
    assert said in line
    assert "\n" not in line


EXAMPLE = paths.BOOK / "examples/spec.yaml"


def test_the_documented_spec_shows_every_field_and_is_the_laptops() -> None:
    given = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert given.keys() == Spec.model_fields.keys()
    assert {name: set(given[name]) for name in PARTS} == {
        name: set(part.model_fields) for name, part in PARTS.items()
    }
    assert read(EXAMPLE) == resolve(BASE | {"train": 160, "test": 60})


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text("optimisation: {epochs: 3}\nlora: {rank: 2}\n", encoding="utf-8")
    return path


def test_a_recipe_in_a_file_changes_what_it_names_and_nothing_else(recipe: Path) -> None:
    own = resolve(BASE | {"recipe": str(recipe), "lora": {"alpha": 5}})
    same = resolve(BASE | {"optimisation": {"epochs": 3}, "lora": {"rank": 2, "alpha": 5}})
    assert own.recipe == OWN
    assert own == same.model_copy(update={"recipe": OWN})
    recipe.unlink()
    assert resolve(own.model_dump(mode="json")) == own, "a resolved spec needs no file"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "optimization: {epochs: 3}",
            "field 'optimization': is not a part of a recipe; choose one of",
        ),
        (
            "epochs: 3",
            "is not a mapping of settings by part; write `optimisation: {learning_rate: 0.001}`",
        ),
        ("- 3", "is not a mapping of settings by part"),
        ("a: [", "is not YAML"),
        (None, "no such file"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_one_line_with_its_file(
    recipe: Path, content: str | None, said: str
) -> None:
    recipe.unlink()
    if content is not None:
        recipe.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        resolve(BASE | {"recipe": str(recipe)})
    assert str(caught.value).startswith(str(recipe))


@pytest.mark.parametrize(
    ("override", "same"),
    [
        ("recipe.learning_rate=1e-3", {"optimisation": {"learning_rate": 0.001}}),
        ("recipe.optimisation.batch=2", {"optimisation": {"batch": 2}}),
        ("decoding.batch=2", {"decoding": {"batch": 2}}),
        ('recipe.projections=["q_proj"]', {"lora": {"projections": ["q_proj"]}}),
        ("recipe.generation_prompt=false", {"chat": {"generation_prompt": False}}),
        ("chat.system=Be brief.", {"chat": {"system": "Be brief."}}),
        ("seed=4", {"seed": 4}),
        ("recipe=smoke", {"recipe": "smoke"}),
        ("model=tiny-llama", {"model": "tiny-llama"}),
    ],
)
def test_a_setting_can_be_changed_where_the_command_is_typed(
    tmp_path: Path, override: str, same: dict[str, Any]
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(BASE), encoding="utf-8")
    assert read(path, [override]) == resolve(BASE | same)
    assert read(path, [override]) != read(path)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("recipe.batch=2", "write recipe.optimisation.batch or recipe.decoding.batch"),
        ("recipe.lerning_rate=1", "is not a recipe setting; write recipe.learning_rate"),
        ("learning_rate=1", "is not a field of a spec; did you mean recipe.learning_rate?"),
        ("seeds=", "field 'seeds': is not a field of a spec; did you mean seed?"),
        ("nope=1", "field 'nope': is not a field of a spec; choose one of model, dataset"),
        ("model=", "field 'model': is empty"),
        ("recipe.seed=1", "is not a recipe setting; "),
        ("seed", "'seed' has no '='; write name=value"),
        ("recipe.learning_rate=much", "field 'recipe.learning_rate': should be a valid number"),
    ],
)
def test_a_setting_that_is_none_is_one_line(tmp_path: Path, override: str, said: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(BASE), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)):
        read(path, [override])


@pytest.mark.parametrize("missing", BASE)
def test_what_no_recipe_has_must_be_said(missing: str) -> None:
    fields = {name: value for name, value in BASE.items() if name != missing}
    with pytest.raises(InputError, match=f"field '{missing}': is missing"):
        resolve(fields)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no fields; write `model: smollm2-135m`"),
        (b"# nothing\n", "holds no fields"),
        (b"- model\n", "holds no fields"),
        (b"model\n", "holds no fields"),
        (b"model: x\n  dataset: y\n", "line 2: is not YAML"),
        (b"model: [\n", "is not YAML"),
        (b"\xff\xfe", "is UTF-16, not UTF-8"),
        (b"model: \x00", "is not YAML"),
        (b"a: !!python/object:os.system {}", "line 1: is not YAML"),
        (b"? [a, b]\n: 3\n", "line 1: is not YAML"),
        (b"seed: 2020-01-01\n", "holds something other than text, numbers and lists"),
        (b"lora: &it [*it]\n", "line 1: holds an alias of itself"),
    ],
)
def test_a_file_that_holds_no_spec_is_one_line(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "spec.yaml")
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path)


def test_a_file_is_read_as_its_fields_say(tmp_path: Path, small: SpecOf) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(small().model_dump(mode="json")), encoding="utf-8")
    assert read(path) == small()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["rank", "epochs", "batch", "top_p"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*Spec.model_fields, "other"]), VALUES, max_size=4))
def test_whatever_fields_hold_it_is_a_spec_or_an_error_for_people(fields: dict[str, Any]) -> None:
    with suppress(InputError):
        spec = resolve(BASE | fields)
        assert resolve(spec.model_dump(mode="json")) == spec


TOO_LONG = ("a" * 300, "a/" * 3000, "a" * 300 + ".yaml", "file:" + "a" * 300)


@pytest.mark.parametrize("text", TOO_LONG)
@pytest.mark.parametrize("field", Spec.model_fields)
def test_a_name_too_long_for_any_file_is_an_error_for_people(field: str, text: str) -> None:
    with pytest.raises(InputError):
        problem_set(resolve(BASE | {field: text}))


def test_a_spec_is_read_without_torch() -> None:
    code = (
        "import sys\n"
        "from artifact.sft import forced_traces, missing_runs, progress, run_data, run_folder\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
