"""CoTempQA's stored generations: found by name, read with their problems, checked against them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.common.fetch.later_commits import LATER_RUNS
from artifact.datasets.cotempqa.release.outputs import FILES, gold_table, read_file, read_outputs

CORRECT = "Norn-2-sft-adapter-reasoning-facts_default.json"
FACTS = [
    "Runa Tolv works for Vellby Mill from 1901 to 1904.",
    "Runa Tolv holds the position of warden of Osk from 1902 to 1903.",
]


def _line(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "input": {"text": "not used"},
        "prediction": f"<think>{number}</think>",
        "gold": ["warden of Osk"],
        "triple_element": "S1_R2_O2",
        "question": f"While Runa Tolv worked, what was number {number}?",
        "facts": FACTS,
    } | changes


def _write(root: Path, folder: str, name: str, *lines: dict[str, object] | str) -> Path:
    path = root / "main" / "results" / "Cotempqa" / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{line}\n" for line in text))
    return path


def _outputs(root: Path, category: str, name: str, *lines: dict[str, object] | str) -> Path:
    return _write(root, f"evaluation_outputs/{category}", name, *lines)


def _ask(root: Path, category: str, *lines: dict[str, object]) -> None:
    path = gold_table(root, category)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["question", "answer"])
        for line in lines:
            prompt = (
                f"Answer the question based on the context:\n{line['facts']}\n"
                f"Question: {line['question']} Only return the answer.\n"
            )
            writer.writerow([prompt, str(line["gold"])])


def test_an_output_comes_with_the_problem_that_was_asked(tmp_path: Path) -> None:
    path = _outputs(tmp_path, "mix", CORRECT, _line(1), _line(2))
    _ask(tmp_path, "mix", _line(2), _line(1))
    first, second = read_outputs(tmp_path, "Norn-2", "correct").outputs
    problem = first.problem
    assert (problem.dataset, problem.category) == ("cotempqa", "mix")
    assert problem.context == tuple(FACTS)
    assert problem.supporting_facts == (FACTS[1],)
    assert problem.answers == first.gold == ("warden of Osk",)
    assert problem.meta["triple_element"] == "S1_R2_O2"
    assert (first.prediction, first.where) == ("<think>1</think>", f"{path}, line 1")
    assert first.problem.id != second.problem.id


def test_one_problem_has_one_id_in_every_variant(tmp_path: Path) -> None:
    _outputs(tmp_path, "mix", CORRECT, _line(1), _line(2))
    _outputs(tmp_path, "mix", "Norn-2-sft-adapter_default.json", _line(2), _line(1))
    ids = [
        {o.problem.question: o.problem.id for o in read_outputs(tmp_path, "Norn-2", v).outputs}
        for v in ("correct", "vanilla")
    ]
    assert ids[0] == ids[1]


def test_categories_come_in_label_order_and_a_missing_one_is_listed(tmp_path: Path) -> None:
    for category in ("mix", "equal", "overlap"):
        _outputs(tmp_path, category, CORRECT, _line())
    stored = read_outputs(tmp_path, "Norn-2", "correct")
    assert [output.problem.category for output in stored.outputs] == ["equal", "overlap", "mix"]
    assert stored.missing == ("during: no generations of Norn-2 (correct) are stored",)


def test_what_is_on_disk_is_found_by_name(tmp_path: Path) -> None:
    for folder, name in (
        ("equal", CORRECT),
        ("mix", CORRECT),
        ("mix", "Norn-2-sft-adapter-reasoning-facts-perturbed-121_default.json"),
        ("mix", "Aal-8B-sft-adapter_default.json"),
        ("mix_default", "orgal_Norn-2_default_mix.json"),
        # neither a prompted model among trained ones, nor a trained one among prompted ones
        ("mix", "orgal_Norn-2_default_equal.json"),
        ("mix_default", "Bir-sft-adapter_default.json"),
        ("few_shot", "Bir-sft-adapter_default.json"),
    ):
        _outputs(tmp_path, folder, name, _line())
    assert FILES.list_stored(tmp_path) == (
        ("Aal-8B", "vanilla"),
        ("Norn-2", "correct"),
        ("Norn-2", "prompting"),
        ("Norn-2@121", "incorrect"),
    )
    assert read_outputs(tmp_path, "Norn-2@121", "incorrect").outputs


def test_a_run_that_is_not_there_is_told_what_is(tmp_path: Path) -> None:
    _outputs(tmp_path, "mix", CORRECT, _line())
    with pytest.raises(InputError, match=r"of Norn-2 \(vanilla\); there are Norn-2 \(correct\)"):
        read_outputs(tmp_path, "Norn-2", "vanilla")


def test_an_empty_release_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model has any"):
        read_outputs(tmp_path, "Norn-2", "vanilla")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"prediction": "', "line 2: is not valid JSON"),
        ("[]", "line 2: holds list"),
        (_line(2, prediction=None), "line 2, field 'prediction'"),
        (_line(2, gold=[]), "line 2, field 'gold'"),
        (_line(2, gold=[""]), r"line 2, field 'gold\.0'"),
        (_line(2, facts="A."), "line 2, field 'facts'"),
        (_line(2, question=""), "line 2, field 'question'"),
        (
            _line(3),
            "line 2, field 'question': .* match no test problem",
        ),
        (_line(2, facts=[*FACTS, "x"]), "match no test problem"),
        (_line(1), "line 2, field 'question': question and facts occur more often"),
        (_line(2, gold=["reeve of Tamm"]), "the gold answer is not the problem's"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(
    tmp_path: Path, line: dict[str, object] | str, message: str
) -> None:
    path = _outputs(tmp_path, "mix", CORRECT, _line(1), line)
    _ask(tmp_path, "mix", _line(1), _line(2))
    with pytest.raises(InputError, match=message) as caught:
        read_outputs(tmp_path, "Norn-2", "correct")
    assert str(path) in str(caught.value)


def test_prompted_models_may_repeat_problems_that_no_test_table_has(tmp_path: Path) -> None:
    _outputs(tmp_path, "mix_default", "orgal_Norn-2_default_mix.json", _line(7), _line(7))
    _ask(tmp_path, "mix", _line(1))
    first, again = read_outputs(tmp_path, "Norn-2", "prompting").outputs
    assert again.problem.id == f"{first.problem.id}-2"


def test_repeats_with_other_gold_answers_are_refused(tmp_path: Path) -> None:
    name = "orgal_Norn-2_default_mix.json"
    _outputs(tmp_path, "mix_default", name, _line(7), _line(7, gold=["Osk"]))
    with pytest.raises(InputError, match=r"line 2, .*different gold answers"):
        read_outputs(tmp_path, "Norn-2", "prompting")


R1_TRACES = "Norn-2-sft-adapter-reasoning-r1-traces_default.json"
SEEDED = "Norn-2-sft-adapter-reasoning-facts-122_default.json"
FIRST, SECOND, *_ = LATER_RUNS["r1"].folders("r1")
SEEDS = LATER_RUNS["seeds"].folders("seeds")[0]


def _later(root: Path, place: str, name: str, *lines: dict[str, object]) -> Path:
    folder = f"../../../{place}/results/Cotempqa/evaluation_outputs/mix"
    return _write(root, folder, name, *lines).resolve()


def _problems(root: Path, category: str, *lines: dict[str, object]) -> None:
    path = root / "main/data/cotempqa" / f"{category}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [
        {key: line[key] for key in ("triple_element", "question", "facts")}
        | {"index": number, "answer": line["gold"]}
        for number, line in enumerate(lines)
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def test_later_runs_are_read_from_folders_of_their_own(tmp_path: Path) -> None:
    _outputs(tmp_path, "mix", CORRECT, _line(1))
    first = _later(tmp_path, FIRST, R1_TRACES, _line(5))
    _later(tmp_path, SECOND, R1_TRACES, _line(6))
    seeded = _later(tmp_path, SEEDS, SEEDED, _line(1))
    # files of later commits that are no later runs may be others than at the pinned commit
    _later(tmp_path, FIRST, CORRECT, _line(7))
    _later(tmp_path, FIRST, "Norn-2-sft-adapter_default.json", _line(7))
    assert FILES.list_stored(tmp_path) == (
        ("Norn-2", "correct"),
        ("Norn-2", "verbose"),
        ("Norn-2@122", "correct"),
    )
    assert FILES.outputs_of(tmp_path, "Norn-2", "verbose")["mix"].resolve() == first
    assert FILES.outputs_of(tmp_path, "Norn-2@122", "correct")["mix"].resolve() == seeded
    (output,) = read_outputs(tmp_path, "Norn-2", "correct").outputs
    assert output.problem.question.endswith("number 1?")


def test_figures_of_later_runs_stand_beside_outputs_of_the_same_commit(tmp_path: Path) -> None:
    outputs = _later(tmp_path, FIRST, R1_TRACES, _line(5))
    _later(tmp_path, SECOND, SEEDED, _line(5))
    for place in (FIRST, SECOND):
        folder = f"../../../{place}/results/Cotempqa/evaluation_results/mix"
        _write(tmp_path, folder, R1_TRACES, "{}")
    (file,) = FILES.result_files(tmp_path)
    assert (file.run, file.category) == (("Norn-2", "verbose"), "mix")
    assert file.outputs is not None
    assert file.outputs.resolve() == outputs


def test_outputs_of_the_r1_subset_are_of_any_problem_of_their_category(tmp_path: Path) -> None:
    _ask(tmp_path, "mix", _line(1))
    _later(tmp_path, FIRST, R1_TRACES, _line(2), _line(3))
    assert len(read_outputs(tmp_path, "Norn-2", "verbose").outputs) == 2, "nothing to hold against"
    _problems(tmp_path, "mix", _line(1), _line(2), _line(3))
    assert len(read_outputs(tmp_path, "Norn-2", "verbose").outputs) == 2
    _problems(tmp_path, "mix", _line(1), _line(2))
    with pytest.raises(InputError, match=r"line 2, field 'question': .* match no test problem"):
        read_outputs(tmp_path, "Norn-2", "verbose")


def test_seeded_runs_are_of_the_test_problems(tmp_path: Path) -> None:
    _ask(tmp_path, "mix", _line(1))
    _later(tmp_path, SEEDS, SEEDED, _line(2))
    with pytest.raises(InputError, match="match no test problem"):
        read_outputs(tmp_path, "Norn-2@122", "correct")


def test_a_file_alone_has_its_category_from_its_folder(tmp_path: Path) -> None:
    for folder in ("during", "during_default"):
        (output,) = read_file(_outputs(tmp_path, folder, CORRECT, _line()))
        assert output.problem.category == "during"


def test_result_files_know_their_generations(tmp_path: Path) -> None:
    outputs = _outputs(tmp_path, "mix", CORRECT, _line())
    for category in ("mix", "equal"):
        _write(tmp_path, f"evaluation_results/{category}", CORRECT, "{}")
    (tmp_path / "cotempqa" / "results" / "Cotempqa" / "evaluation_results" / "mix").mkdir(
        parents=True
    )
    earlier = tmp_path / "cotempqa/results/Cotempqa/evaluation_results/mix" / CORRECT
    earlier.write_text("{}")
    files = {file.path: file for file in FILES.result_files(tmp_path)}
    assert [(f.category, f.outputs) for f in files.values()] == [
        ("equal", None),
        ("mix", outputs),
        ("mix", None),
    ]
    assert earlier in files
    assert {file.run for file in files.values()} == {("Norn-2", "correct")}


def test_every_stored_run_of_the_release_can_be_read(release: Path) -> None:
    sizes = {"equal": 87, "during": 619, "overlap": 131, "mix": 113}
    runs = FILES.list_stored(release)
    assert ("Qwen3-1.7B", "correct") in runs
    for run in runs:
        stored = read_outputs(release, *run)
        counts = dict.fromkeys(sizes, 0)
        for output in stored.outputs:
            counts[output.problem.category] += 1
        absent = {line.partition(":")[0] for line in stored.missing}
        assert counts == {label: 0 if label in absent else n for label, n in sizes.items()}
        assert len({output.problem.id for output in stored.outputs}) == len(stored.outputs)


def test_the_release_lacks_one_category_of_one_run(release: Path) -> None:
    stored = read_outputs(release, "Qwen3-8B", "correct")
    assert stored.missing == ("during: no generations of Qwen3-8B (correct) are stored",)
    assert len(stored.outputs) == 950 - 619


def test_the_releases_result_files_and_matrices_are_found(release: Path) -> None:
    assert any(file.outputs for file in FILES.result_files(release))
    assert {file.run.variant for file in FILES.matrix_files(release)} == {"correct", "incorrect"}
