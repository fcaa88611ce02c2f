"""Each dataset's folder is found by being there and offers what the others rely on."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

import artifact.datasets
from artifact import datasets
from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem, content_hash

FOLDER = Path(artifact.datasets.__file__).parent


@pytest.fixture(params=datasets.names(), scope="module")
def dataset(request: pytest.FixtureRequest) -> Dataset:
    return datasets.get(request.param)


@pytest.fixture(scope="module")
def problems(dataset: Dataset) -> list[Problem]:
    return dataset.lookalikes.generate(200, 7)


def test_the_folders_are_the_datasets() -> None:
    assert datasets.names() == tuple(
        sorted(path.parent.name for path in FOLDER.glob("*/__init__.py"))
    )
    assert "marco" in datasets.names()


@pytest.mark.parametrize("name", ["triviaqa", "", "base", "../marco"])
def test_an_unknown_dataset_lists_the_known_ones(name: str) -> None:
    known = ", ".join(datasets.names())
    with pytest.raises(InputError) as caught:
        datasets.get(name)
    assert str(caught.value) == (
        f"field 'dataset': no dataset is called '{name}'; choose one of {known}"
    )


def test_a_dataset_is_named_after_its_folder(dataset: Dataset) -> None:
    assert datasets.get(dataset.name) is dataset
    assert (FOLDER / dataset.name / "__init__.py").is_file()
    assert dataset.title
    assert len(set(dataset.labels)) == len(dataset.labels) > 1


def test_lookalikes_are_as_many_as_asked_and_fixed_by_the_seed(
    dataset: Dataset, problems: list[Problem]
) -> None:
    assert len(problems) == 200
    assert len({problem.id for problem in problems}) == 200
    assert content_hash(problems) == content_hash(dataset.lookalikes.generate(200, 7))
    assert content_hash(problems) != content_hash(dataset.lookalikes.generate(200, 8))


def test_lookalikes_are_whole(dataset: Dataset, problems: list[Problem]) -> None:
    for problem in problems:
        assert problem.dataset == dataset.name
        assert problem.category in dataset.labels
        assert dataset.rules.check(problem) is None
        groups = dataset.rules.groups_of(problem)
        assert groups
        assert all(groups)
    assert {problem.category for problem in problems} == set(dataset.labels)


def test_ten_thousand_lookalikes_take_under_twenty_seconds(dataset: Dataset) -> None:
    start = time.process_time()
    assert len(dataset.lookalikes.generate(10_000, 1)) == 10_000
    assert time.process_time() - start < 20


def test_the_solver_points_into_the_context(dataset: Dataset, problems: list[Problem]) -> None:
    for problem in problems:
        derived = dataset.rules.solve(problem)
        places = (*derived.support, *derived.anchor)
        assert all(0 <= index < len(problem.context) for index in places)
        assert derived.category is None or derived.category in dataset.labels
        assert derived.answers or derived.failure


def test_the_template_reads_back_what_it_writes(dataset: Dataset, problems: list[Problem]) -> None:
    template = dataset.template
    for problem in problems:
        facts = problem.supporting_facts
        trace = template.trace(problem.category, facts)
        cited = template.cited_facts(trace)
        assert template.label_of(trace) == problem.category
        assert cited is not None
        assert all(fact in cited or repr(fact) in cited for fact in facts)
        assert template.parse_answer(template.answer(problem.answers)) == set(problem.answers)
        assert problem.question in template.user_turn(problem)


def test_a_corrupt_trace_states_the_label_it_is_given(
    dataset: Dataset, problems: list[Problem]
) -> None:
    if dataset.wording.corrupt_trace is None:
        pytest.skip(f"{dataset.name} offers no corrupt trace")
    for problem in problems[:50]:
        label = next(label for label in dataset.labels if label != problem.category)
        trace = dataset.wording.corrupt_trace(problem, label, Random(1))
        assert dataset.template.label_of(trace) == label
        assert trace == dataset.wording.corrupt_trace(problem, label, Random(1))


def test_shortcuts_answer_with_texts(dataset: Dataset, problems: list[Problem]) -> None:
    training = tuple(problems[:150])
    for problem in problems[150:]:
        for rule in dataset.rules.shortcuts.values():
            assert all(isinstance(answer, str) for answer in rule(problem, training))
        for rule in dataset.rules.category_shortcuts.values():
            assert set(rule(problem, training)) <= set(dataset.labels)


def test_the_release_reader_names_the_folder_that_is_not_there(
    dataset: Dataset, tmp_path: Path
) -> None:
    if dataset.release is None:
        pytest.skip(f"the release does not have {dataset.name}")
    with pytest.raises(InputError, match=str(tmp_path)):
        dataset.release.read_problems(tmp_path, Intake())


def test_asking_for_the_names_imports_no_heavy_library() -> None:
    heavy = ("pandas", "scipy", "torch", "datasets", "matplotlib")
    code = (
        "import sys; from artifact import datasets; datasets.names(); "
        f"sys.exit(any(name in sys.modules for name in {heavy}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
