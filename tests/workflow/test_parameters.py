from __future__ import annotations

import ast
import os
from pathlib import Path

import papermill
import pytest
from papermill.exceptions import PapermillExecutionError
from papermill.inspection import inspect_notebook

from artifact import datasets
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.workflow import parameters, profiles, run
from artifact.workflow.parameter_types import PATHS
from artifact.workflow.sections import (
    SECTIONS,
    SftVariantsParameters,
    StepEvaluationParameters,
    UserStudyParameters,
)

PROFILES = profiles.names()


@pytest.fixture(autouse=True)
def without_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "release_root", lambda: None)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_resolves_for_every_section(profile: str) -> None:
    assert list(parameters.resolve(profile)) == list(SECTIONS)


def test_the_profiles_are_the_documented_ones() -> None:
    for profile in PROFILES:
        assert set(parameters.read_profile(profile)) <= set(SECTIONS)
    with pytest.raises(InputError, match="no profile is called 'laptp'; did you mean laptop"):
        parameters.read_profile("laptp")


@pytest.mark.parametrize(
    ("override", "section", "typed"),
    [
        ("model=Llama-3.2-1B-Instruct", "step_evaluation", {"model": "Llama-3.2-1B-Instruct"}),
        ("model=1.7", "step_evaluation", {"model": "1.7"}),
        ("model=a=b", "step_evaluation", {"model": "a=b"}),
        ("n=40", "step_evaluation", {"n": 40}),
        ("source=hub", "step_evaluation", {"source": "hub"}),
        ("source=hub:abc", "step_evaluation", {"source": "hub:abc"}),
        ("release=", "step_evaluation", {"release": ""}),
        ("datasets=cotempqa, marco", "decomposition", {"datasets": ["cotempqa", "marco"]}),
        ("variants=correct,anchored", "sft_variants", {"variants": ["correct", "anchored"]}),
        ("seeds=0,1", "sft_variants", {"seeds": [0, 1]}),
        ("interventions=", "sft_variants", {"interventions": []}),
        ("interventions=verbose", "sft_variants", {"interventions": ["verbose"]}),
        ("recipe.learning_rate=1e-3", "sft_variants", {"settings": ["learning_rate=1e-3"]}),
        ("train=7", "sft_variants", {"train": 7}),
        ("train=all", "sft_variants", {"train": None}),
        ("reference=false", "sft_variants", {"reference": False}),
    ],
)
def test_text_becomes_the_parameters_type(
    override: str, section: str, typed: dict[str, object]
) -> None:
    assert parameters.parse_overrides([override], section) == {section: typed}


def test_a_name_without_a_section_goes_to_every_section_that_has_it() -> None:
    typed = parameters.parse_overrides(["model=Qwen3-1.7B"])
    assert typed == {name: {"model": "Qwen3-1.7B"} for name in ("sft_variants", "step_evaluation")}


def test_a_name_applies_to_every_section_that_has_it() -> None:
    typed = parameters.parse_overrides(["n=7", "seed=3"])
    for section in ("decomposition", "sft_variants", "step_evaluation"):
        assert typed[section] == {"n": 7, "seed": 3}
    assert typed["user_study"] == {"seed": 3}


@pytest.mark.parametrize(
    ("section", "name", "text"),
    [
        ("step_evaluation", "release", "here"),
        ("step_evaluation", "source", "release:here"),
        ("step_evaluation", "source", "file:here"),
        ("user_study", "ratings", "here"),
    ],
)
def test_a_relative_path_is_taken_from_where_it_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str, name: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    typed = parameters.parse_overrides([f"{name}={text}"], section)
    assert typed[section][name] == text.replace("here", str(tmp_path / "here"))


@pytest.mark.parametrize(
    ("override", "section", "message"),
    [
        ("dataste=x", None, "'dataste': is not a parameter of any section; did you mean dataset"),
        (
            "model=x",
            "decomposition",
            "'model': is not a parameter of section decomposition; choose",
        ),
        ("n=many", None, "field 'n': should be a valid integer"),
        ("n=2.5", None, "field 'n': should be a valid integer"),
        ("n=true", None, "field 'n': should be a valid integer"),
        ("n=0", None, "field 'n': should be greater than or equal to 1"),
        ("n", None, "'n' has no '='; write name=value"),
        ("source=relase:x", None, "field 'source': 'relase:x' is not a source; write lookalike"),
        ("dataset=cotemp", None, "no dataset is called 'cotemp'; did you mean cotempqa?"),
        ("dataset=x", "step_evaluation", "no dataset is called 'x'; choose one of babi, cotempqa"),
        ("model=smollm", "sft_variants", "no model is called 'smollm'; did you mean smollm2-135m?"),
        ("variants=corect", None, "no trace kind is called 'corect'; did you mean correct or inc"),
        ("recipe=lap", "sft_variants", "no recipe is called 'lap'; did you mean laptop?"),
        ("seeds=a", None, "field 'seeds': should be a valid integer"),
        ("seeds=-1", None, "field 'seeds': should be greater than or equal to 0"),
        ("train=some", "sft_variants", "field 'train': should be a valid integer"),
        ("reference=perhaps", None, "field 'reference': should be a valid boolean"),
        ("datasets=x", None, "field 'datasets': no dataset is called 'x'"),
        ("interventions=x", None, "field 'interventions': no trace kind is called 'x'"),
        ("models=", None, "section released_variants, field 'models': is empty"),
        ("models=x", None, "field 'models': no numbers of x"),
        ("model=", "sft_variants", "field 'model': is empty"),
        ("model=", "step_evaluation", "field 'model': is empty"),
        ("runs=,", None, "field 'runs': is empty"),
        ("runs=zzz", None, "field 'runs': there is no run 'zzz'"),
        ("datasets=babi,babi", None, "field 'datasets': names babi twice"),
        ("models=Qwen3-8B,Qwen3-8B", None, "field 'models': names Qwen3-8B twice"),
        ("variants=correct,correct", None, "field 'variants': names correct twice"),
        ("interventions=correct,correct", None, "field 'interventions': names correct twice"),
        ("seeds=0,0", None, "field 'seeds': names 0 twice"),
        (
            "recipe.learning_rate=1e-3",
            "decomposition",
            "field 'recipe.learning_rate': is not a parameter of section decomposition; choose",
        ),
        ("n=1", "", "no section is called ''; choose one of decomposition, "),
        ("n=1", "user_studdy", "no section is called 'user_studdy'; did you mean user_study?"),
    ],
)
def test_a_bad_override_is_one_line_that_names_it(
    override: str, section: str | None, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        parameters.parse_overrides([override], section)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_of_the_recipe_reach_every_run() -> None:
    typed = ["recipe.learning_rate=1e-3", "recipe.optimisation.batch=2"]
    (chosen,) = parameters.resolve("smoke", typed, "sft_variants").values()
    found = {(it.optimisation.learning_rate, it.optimisation.batch) for it in chosen.specs}
    assert found == {(0.001, 2)}


def test_a_setting_that_cannot_be_is_named_as_it_was_typed() -> None:
    (chosen,) = parameters.resolve("smoke", ["recipe.learning_rate=abc"], "sft_variants").values()
    with pytest.raises(
        InputError, match=r"field 'recipe\.learning_rate': should be a valid number"
    ):
        _ = chosen.specs


@pytest.mark.parametrize(
    ("section", "typed", "said"),
    [
        ("user_study", "ratings=FOLDER", "is a folder, not a file"),
        ("user_study", "comprehension=FOLDER", "is a folder, not a file"),
        ("step_evaluation", "predictions=FOLDER", "is a folder, not a file"),
        ("step_evaluation", "source=file:FOLDER", "is a folder, not a file"),
        ("user_study", "ratings=PIPE", "is not a regular file"),
        ("step_evaluation", "release=FILE", "is not a folder"),
        ("decomposition", "source=release:FILE", "is not a folder"),
    ],
)
def test_a_folder_in_place_of_a_file_is_refused_unread(
    tmp_path: Path, section: str, typed: str, said: str
) -> None:
    (tmp_path / "FILE").touch()
    (tmp_path / "FOLDER").mkdir()
    os.mkfifo(tmp_path / "PIPE")
    for name in ("FILE", "FOLDER", "PIPE"):
        typed = typed.replace(name, str(tmp_path / name))
    with pytest.raises(InputError, match=f"field '{typed.partition('=')[0]}': {said}"):
        parameters.parse_overrides([typed], section)


def test_a_recipe_in_a_file_is_an_input_of_the_section(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text("lora: {rank: 2}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (chosen,) = parameters.resolve("smoke", ["recipe=mine.yaml"], "sft_variants").values()
    assert tmp_path / "mine.yaml" in chosen.data_paths
    assert {it.lora.rank for it in chosen.specs} == {2}


def test_an_override_goes_before_the_profile_before_the_model() -> None:
    of_profile = parameters.read_profile("smoke")["step_evaluation"]["n"]
    of_model = StepEvaluationParameters().n
    resolved = [
        parameters.resolve("smoke", overrides)["step_evaluation"].model_dump()
        for overrides in (["n=7"], [])
    ]
    assert [values["n"] for values in resolved] == [7, of_profile]
    assert len({7, of_profile, of_model}) == 3


def test_no_dataset_named_means_all_the_papers_main_one_first() -> None:
    named = parameters.parse_overrides(["datasets="], "decomposition")["decomposition"]["datasets"]
    assert named == parameters.resolve("laptop")["decomposition"].model_dump()["datasets"]
    assert sorted(named) == list(datasets.names())
    assert named[0] == "cotempqa"


def test_one_section_alone() -> None:
    assert list(parameters.resolve("smoke", section="user_study")) == ["user_study"]


def test_the_release_is_read_beside_the_source_where_it_is_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parameters, "release_root", lambda: tmp_path)
    assert parameters.resolve("smoke")["sft_variants"].release == str(tmp_path)
    assert parameters.resolve("smoke", ["release="])["sft_variants"].release == ""


def test_a_release_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parameters, "release_root", lambda: tmp_path / "gone")
    with pytest.raises(InputError, match="gone, field 'ARTIFACT_RELEASE': no such folder"):
        parameters.resolve("smoke")


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({}, []),
        ({"source": "hub"}, []),
        ({"release": "/r"}, ["/r"]),
        ({"source": "release:/s", "release": "/r"}, ["/r", "/s"]),
        ({"source": "release:/r", "release": "/r"}, ["/r"]),
        ({"source": "file:/p.jsonl"}, ["/p.jsonl"]),
    ],
)
def test_the_data_that_a_section_reads(fields: dict[str, str], read: list[str]) -> None:
    assert [str(path) for path in StepEvaluationParameters(**fields).data_paths] == read


def test_ratings_are_data_too() -> None:
    given = UserStudyParameters(ratings="/ratings.csv", comprehension="/g.csv", release="/r")
    assert [str(path) for path in given.data_paths[:3]] == ["/r", "/ratings.csv", "/g.csv"]


def test_guesses_without_their_ratings_are_refused() -> None:
    with pytest.raises(InputError, match=r"comprehension.*ratings were not given; name their file"):
        UserStudyParameters(comprehension="/g.csv")


@pytest.mark.parametrize(
    ("values", "message"),
    [({"n": "7"}, "valid integer"), ({"seed": True}, "valid integer"), ({"size": 1}, "'size'")],
)
def test_typed_values_are_not_converted(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        parameters.validate("step_evaluation", values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"variants": []}, "field 'variants': is empty"),
        ({"seeds": []}, "field 'seeds': is empty"),
        (
            {"variants": ["verbose"]},
            "'correct' is not one of the variants; choose one of verbose, or",
        ),
        ({"interventions": ["vanilla"]}, "vanilla has no traces, so there is none to force"),
        (
            {"variant": "vanilla"},
            "field 'variant': describes outputs made elsewhere, but none were given",
        ),
    ],
)
def test_the_parameters_of_runs_fit_together(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        parameters.validate("sft_variants", values)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["a" * 300, "a/" * 3000, "file:" + "a" * 300])
@pytest.mark.parametrize("section", SECTIONS)
def test_a_name_too_long_for_any_file_is_an_error_for_people(section: str, text: str) -> None:
    for name in SECTIONS[section].model_fields:
        with pytest.raises(InputError):
            run.run("smoke", section, [f"{name}={text}"], dry_run=True)


def test_a_run_for_each_variant_and_seed() -> None:
    values = SftVariantsParameters(variants=["vanilla", "correct"], seeds=[2, 3], train=None)
    runs = [(spec.variant, spec.seed) for spec in values.specs]
    assert runs == [("vanilla", 2), ("vanilla", 3), ("correct", 2), ("correct", 3)]
    assert [spec.seed for spec in values.forced] == [2, 3]
    assert {spec.train for spec in values.specs} == {None}


def test_the_profiles_differ_in_what_they_train() -> None:
    specs = {name: parameters.resolve(name)["sft_variants"].specs for name in PROFILES}
    trained = {name: {(it.model, it.recipe) for it in them} for name, them in specs.items()}
    assert trained == {
        "smoke": {("tiny-llama", "smoke")},
        "laptop": {("smollm2-135m", "demonstration")},
        "full": {("smollm2-135m", "laptop")},
        "paper": {("Qwen3-1.7B", "paper")},
    }
    assert all(spec.lora.quantise and spec.train is None for spec in specs["paper"])
    full = specs["full"]
    assert {(spec.train, spec.test) for spec in full} == {(160, 60)}
    assert {spec.variant for spec in full} >= {"vanilla", "correct", "incorrect", "verbose"}
    assert [spec.variant for spec in specs["laptop"]] == ["vanilla", "correct"]
    assert parameters.resolve("laptop")["sft_variants"] == SftVariantsParameters()


def test_a_profile_may_have_further_runs_made() -> None:
    chosen = parameters.resolve("paper")
    grid = parameters.grid("paper", chosen)
    assert len(grid) == 12
    assert (
        len({(it.model, it.dataset) for it in grid if isinstance(it, SftVariantsParameters)}) == 12
    )
    assert not any(each.forced for each in grid)
    specs = {spec for each in (*grid, chosen["sft_variants"]) for spec in each.specs}
    assert len(specs) == 132, "MARCO QA has no verbose traces"
    one = parameters.grid("paper", chosen, ["dataset=babi"])
    assert len(one) == 4
    elsewhere = parameters.grid("paper", chosen, ["source=release:somewhere"])
    assert {it.dataset for it in elsewhere if isinstance(it, SftVariantsParameters)} == {"cotempqa"}
    verbose = parameters.resolve("paper", ["variants=verbose", "interventions="])
    assert len(parameters.grid("paper", verbose, ["variants=verbose"])) == 8
    assert parameters.grid("paper", {"user_study": chosen["user_study"]}) == []
    assert parameters.grid("laptop", parameters.resolve("laptop")) == []


def test_a_profile_may_limit_the_memory_of_its_jobs() -> None:
    limits = {name: parameters.profile_memory_mb(name) for name in PROFILES}
    assert {name: limit for name, limit in limits.items() if limit} == {"laptop": 3000}


def test_sections_without_runs_have_none() -> None:
    assert [name for name, model in SECTIONS.items() if model().specs] == ["sft_variants"]
    assert StepEvaluationParameters().forced == []


def test_reference_runs_are_data_where_they_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "REFERENCE_RUNS", tmp_path / "reference")
    read = {"source": "file:/p.jsonl"}
    assert SftVariantsParameters(**read).data_paths == (Path("/p.jsonl"),)
    paths.REFERENCE_RUNS.mkdir()
    assert SftVariantsParameters(**read).data_paths == (Path("/p.jsonl"), paths.REFERENCE_RUNS)
    assert SftVariantsParameters(reference=False).data_paths == ()
    assert UserStudyParameters().data_paths == (paths.REFERENCE_RUNS,)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_notebooks_own_defaults_are_those_of_its_model(section: str) -> None:
    cell = inspect_notebook(str(paths.NOTEBOOKS / f"{section}.ipynb"))
    # papermill tells a default as the text of its expression
    given = {name: ast.literal_eval(info["default"]) for name, info in cell.items()}
    assert given.pop("results") == ""
    assert parameters.validate(section, given) == SECTIONS[section]()
    assert set(given) == set(SECTIONS[section].model_fields)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (
            {"modle": "x"},
            "field 'modle': is not a parameter of section step_evaluation; did you mean",
        ),
        (
            {"seeds": [1]},
            "field 'seeds': is not a parameter of section step_evaluation; did you mean",
        ),
        ({"per_group": 3}, "field 'per_group': is not a parameter of section step_evaluation"),
        ({"Model": "x"}, "field 'Model': is not a parameter"),
        ({"train": None}, "field 'train': is not a parameter"),
        ({"fast": True}, "field 'fast': is not a parameter"),
        ({"n": "5"}, "field 'n': should be a valid integer"),
    ],
)
def test_a_name_that_papermill_sets_beside_the_parameters_is_refused(
    names: dict[str, object], said: str
) -> None:
    defaults = dict(StepEvaluationParameters())
    with pytest.raises(InputError) as caught:
        parameters.of_notebook("step_evaluation", defaults | names)
    assert said in str(caught.value)


def test_what_a_notebook_holds_beside_its_parameters_is_passed_over() -> None:
    given = dict(StepEvaluationParameters(seed=3)) | {"results": "r.json", "ast": ast, "Path": Path}
    session = {"In": [""], "Out": {}, "_": 1, "__name__": "__main__", "report": object()}
    read = parameters.of_notebook("step_evaluation", given | session)
    assert read == StepEvaluationParameters(seed=3)


@pytest.mark.parametrize("section", SECTIONS)
def test_each_notebook_checks_the_names_that_it_was_given(section: str, tmp_path: Path) -> None:
    """Papermill alone, as a reader may use it, in a kernel that stops at the check."""
    with pytest.raises(PapermillExecutionError, match="is not a parameter of section") as caught:
        papermill.execute_notebook(
            paths.NOTEBOOKS / f"{section}.ipynb",
            tmp_path / "out.ipynb",
            {"sede": 5},
            kernel_name="python3",
            progress_bar=False,
        )
    assert (caught.value.ename, caught.value.exec_count) == ("InputError", 3)


def test_each_parameter_that_names_a_place_is_one_of_a_section() -> None:
    assert set(PATHS) <= {name for model in SECTIONS.values() for name in model.model_fields}
