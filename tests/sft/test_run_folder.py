"""A run's name follows from all that can change its result, and its files survive a kill."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from artifact.common import paths, provenance
from artifact.common.errors import CheckError, InputError
from artifact.sft import run_folder
from artifact.sft.run_folder import (
    ADAPTER,
    INTERVENTIONS,
    LIBRARIES,
    PREDICTIONS,
    RECORD,
    WEIGHTS,
    Identity,
    Numerics,
    Record,
    Run,
    find,
    identity,
)
from artifact.sft.spec import Spec, resolve

SpecOf = Callable[..., Spec]

FIELDS = {"model": "smollm2-135m", "dataset": "babi", "variant": "correct"}
CPU = Numerics(device="cpu", dtype="bfloat16", threads=2)

CHANGES: dict[str, Any] = {
    "model": "tiny-llama",
    "dataset": "marco",
    "source": "file:problems.jsonl",
    "n": 999,
    "split": "grouped",
    "variant": "anchored",
    "corrupt": "label",
    "corruption": 0.5,
    "train": 100,
    "test": 30,
    "data_seed": 1,
    "seed": 1,
    "recipe": "smoke",
    "lora.rank": 8,
    "lora.alpha": 8,
    "lora.dropout": 0.5,
    "lora.projections": ["q_proj"],
    "lora.quantise": True,
    "optimisation.epochs": 7,
    "optimisation.batch": 7,
    "optimisation.tokens": 7,
    "optimisation.accumulation": 7,
    "optimisation.learning_rate": 0.7,
    "optimisation.warmup": 0.7,
    "optimisation.max_length": 7,
    "optimisation.cut": True,
    "optimisation.loss": "conversation",
    "optimisation.checkpoint_every": 7,
    "decoding.max_new_tokens": 7,
    "decoding.batch": 7,
    "decoding.temperature": 0.7,
    "decoding.top_p": 0.7,
    "decoding.model_sampling": True,
    "chat.system": "Be brief.",
    "chat.generation_prompt": False,
}
"""Another value for each field of a spec."""


def identity_of(spec: Spec, **changed: Any) -> Identity:
    return identity(spec, "d" * 64, "e" * 64, CPU).model_copy(update=changed)


def fields_of(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Names of all fields of a record, those of its parts with a dot."""
    names = []
    for name, field in model.model_fields.items():
        part = field.annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            names += fields_of(part, f"{prefix}{name}.")
        else:
            names.append(prefix + name)
    return names


def test_every_field_of_a_spec_is_put_to_the_test() -> None:
    assert list(CHANGES) == fields_of(Spec)


@pytest.mark.parametrize("name", CHANGES)
def test_every_field_of_the_spec_changes_the_hash(name: str) -> None:
    part, _, field = name.rpartition(".")
    change = {part: {field: CHANGES[name]}} if part else {field: CHANGES[name]}
    assert identity_of(resolve(FIELDS | change)).hash != identity_of(resolve(FIELDS)).hash


@pytest.mark.parametrize(
    "changed",
    [
        {"data_sha256": "0" * 64},
        {"weights_sha256": "0" * 64},
        {"libraries": dict.fromkeys(LIBRARIES, "0")},
        {"numerics": CPU.model_copy(update={"device": "cuda"})},
        {"numerics": CPU.model_copy(update={"dtype": "float32"})},
        {"numerics": CPU.model_copy(update={"threads": 1})},
        {"method": run_folder.METHOD + 1},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_a_spec_does_not_say_changes_the_hash_too(changed: dict[str, Any]) -> None:
    spec = resolve(FIELDS)
    assert identity_of(spec, **changed).hash != identity_of(spec).hash


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_version_of_a_library_is_another_run(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, version = identity_of(resolve(FIELDS)), provenance._version
    monkeypatch.setattr(
        provenance, "_version", lambda name: "0.0" if name == library else version(name)
    )
    assert identity_of(resolve(FIELDS)).hash != before.hash


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"corruption": 0}, {}),
        ({"corruption": 1}, {"variant": "incorrect"}),
        ({"lora": {"alpha": 32}}, {}),
    ],
)
def test_what_means_the_same_has_the_same_hash(
    change: dict[str, Any], same: dict[str, Any]
) -> None:
    one, other = resolve(FIELDS | change), resolve(FIELDS | same)
    assert identity_of(one).hash == identity_of(other).hash


TWO_PASSES = {**FIELDS, "optimisation": {"epochs": 2}}
"""As the reference runs were trained."""


def test_names_of_runs_stay_what_they_are() -> None:
    """Runs that were kept are found by this hash: print it anew only where they are trained anew.

    Made by ``identity_of(resolve(TWO_PASSES), libraries={"torch": "2.13.0"}).hash``.
    """
    named = identity_of(resolve(TWO_PASSES), libraries={"torch": "2.13.0"})
    assert named.method == 1
    assert named.hash == "730640f406bd"


REFERENCE = sorted(paths.REFERENCE_RUNS.glob(f"*/{RECORD}"))


@pytest.mark.parametrize("path", REFERENCE, ids=lambda path: path.parent.name)
def test_reference_runs_keep_their_names(path: Path) -> None:
    record = Run(path.parent).record
    assert record.identity.hash == record.run == path.parent.name


# The record


def test_a_record_is_read_as_it_was_written(answered: Run, tmp_path: Path) -> None:
    record, copy = answered.record, Run(tmp_path)
    copy.write(record)
    assert copy.record == record
    assert (tmp_path / RECORD).read_bytes() == (answered.folder / RECORD).read_bytes()


def test_a_record_holds_the_identity_that_names_its_folder(answered: Run) -> None:
    record = answered.record
    assert record.identity.hash == record.run == answered.folder.name


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not valid JSON"),
        ("{", "is not valid JSON"),
        ("{}", "field 'run': is missing"),
    ],
)
def test_a_damaged_record_is_one_line(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        _ = Run(tmp_path).record
    assert str(caught.value).startswith(f"{tmp_path / RECORD}")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_record_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        _ = Run(tmp_path).record


def test_a_record_whose_spec_can_no_longer_be_used_names_the_field(
    answered: Run, tmp_path: Path
) -> None:
    fields = json.loads((answered.folder / RECORD).read_text(encoding="utf-8"))
    fields["spec"]["lora"]["rank"] = -1
    (tmp_path / RECORD).write_text(json.dumps(fields), encoding="utf-8")
    with pytest.raises(InputError, match=r"field 'spec\.lora\.rank': should be greater"):
        _ = Run(tmp_path).record


# Whether it is still what was finished


def test_a_finished_run_holds_a_hash_of_each_of_its_files(answered: Run) -> None:
    hashes = answered.record.sha256
    assert sorted(hashes) == sorted([*WEIGHTS, PREDICTIONS, RECORD])
    for name in (*WEIGHTS, PREDICTIONS):
        assert hashes[name] == provenance.file_sha256(answered.folder / name)
    assert answered.check(*WEIGHTS, PREDICTIONS, INTERVENTIONS) == answered.record


def with_fields(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Change what ``run.json`` says."""

    def edit(path: Path) -> None:
        fields = json.loads(path.read_text(encoding="utf-8"))
        change(fields)
        path.write_text(json.dumps(fields), encoding="utf-8")

    return edit


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-400:] = bytes(255 - byte for byte in content[-400:])
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


CHANGED, GONE = "was changed after it was written", "has been removed since the run finished"
OTHER_RUN = "by its spec, data and libraries it belongs to run"
DAMAGE: list[tuple[str, Callable[[Path], object], str]] = [
    (WEIGHTS[0], cut, CHANGED),
    (WEIGHTS[0], Path.unlink, GONE),
    (WEIGHTS[1], flip, CHANGED),
    (WEIGHTS[1], Path.unlink, GONE),
    (PREDICTIONS, cut, CHANGED),
    (PREDICTIONS, lambda path: path.write_bytes(b""), CHANGED),
    (PREDICTIONS, Path.unlink, GONE),
    (RECORD, with_fields(lambda it: it["generation"].update(mean_tokens=1.0)), CHANGED),
    (RECORD, with_fields(lambda it: it["training"]["curve"][0].update(loss=0.1)), CHANGED),
    (RECORD, with_fields(lambda it: it["spec"].update(variant="vanilla")), CHANGED),
    (RECORD, with_fields(lambda it: it["sha256"].pop(RECORD)), CHANGED),
    (RECORD, with_fields(lambda it: it.update(sha256={}, run="0" * 12)), OTHER_RUN),
    *(
        (RECORD, with_fields(lambda it, to=to: it.update(sha256={}) or it.update(to)), OTHER_RUN)
        for to in ({"data_sha256": "0"}, {"weights_sha256": "0"}, {"libraries": {}}, {"method": 0})
    ),
    *(
        (
            RECORD,
            with_fields(lambda it, to=to: it.pop("sha256") and it["spec"].update(to)),
            OTHER_RUN,
        )
        for to in ({"variant": "vanilla"}, {"seed": 1}, {"n": 61})
    ),
]


@pytest.mark.parametrize(("name", "damage", "said"), DAMAGE)
def test_what_was_changed_after_a_run_was_finished_is_named(
    answered: Run, tmp_path: Path, name: str, damage: Callable[[Path], object], said: str
) -> None:
    copy = Run(tmp_path / answered.folder.name)
    shutil.copytree(answered.folder, copy.folder)
    damage(copy.folder / name)
    with pytest.raises(CheckError) as caught:
        copy.check(*WEIGHTS, PREDICTIONS)
    assert str(caught.value).startswith(f"{copy.folder / name}: {said}")
    assert "; remove " in str(caught.value)
    assert " made again" in str(caught.value) or " makes it again" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "damage"),
    [(PREDICTIONS, cut), (RECORD, with_fields(lambda it: it["spec"].update(seed=1)))],
)
def test_a_run_shipped_without_weights_is_restored_and_not_made_again(
    answered: Run, tmp_path: Path, name: str, damage: Callable[[Path], object]
) -> None:
    copy = Run(tmp_path / answered.folder.name)
    shutil.copytree(answered.folder, copy.folder)
    shutil.rmtree(copy.folder / ADAPTER)
    damage(copy.folder / name)
    with pytest.raises(CheckError, match=r"restore the committed one \(`git checkout`\)$"):
        copy.check(PREDICTIONS)


@pytest.mark.parametrize("name", [*WEIGHTS, PREDICTIONS])
def test_what_git_lfs_left_unfetched_is_not_called_changed(
    answered: Run, tmp_path: Path, name: str
) -> None:
    copy = Run(tmp_path / answered.folder.name)
    shutil.copytree(answered.folder, copy.folder)
    (copy.folder / name).write_text("version https://git-lfs.github.com/spec/v1\nsize 9\n")
    with pytest.raises(InputError, match=rf"{name}: is a Git LFS pointer.*git lfs pull"):
        copy.check(*WEIGHTS, PREDICTIONS)


def test_a_run_under_another_name_is_not_that_run(answered: Run, tmp_path: Path) -> None:
    copy = Run(tmp_path / ("0" * 12))
    shutil.copytree(answered.folder, copy.folder)
    with pytest.raises(CheckError, match=f"{OTHER_RUN} {answered.folder.name}, not to '0{{12}}'"):
        copy.check()


def test_a_problem_that_is_answered_twice_is_named(answered: Run, tmp_path: Path) -> None:
    (tmp_path / PREDICTIONS).write_bytes((answered.folder / PREDICTIONS).read_bytes() * 2)
    with pytest.raises(InputError, match=rf"{PREDICTIONS}, field 'id': '.+' is answered 2 times"):
        _ = Run(tmp_path).predictions


def test_a_record_of_before_hashes_is_read_and_its_files_taken_as_they_are(
    answered: Run, tmp_path: Path
) -> None:
    copy = Run(tmp_path / answered.folder.name)
    shutil.copytree(answered.folder, copy.folder)
    with_fields(lambda it: it.pop("sha256"))(copy.folder / RECORD)
    cut(copy.folder / PREDICTIONS)
    assert copy.check(*WEIGHTS, PREDICTIONS).sha256 == {}


# Finding


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A folder of runs, one of which has no record yet."""
    for name in ("abc111", "abd222", "bbb333"):
        (tmp_path / name).mkdir()
        (tmp_path / name / RECORD).touch()
    (tmp_path / "ccc444").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "found"), [("abc111", "abc111"), ("abc", "abc111"), ("b", "bbb333")]
)
def test_a_run_is_found_by_how_its_hash_starts(three: Path, name: str, found: str) -> None:
    assert find(name, three).folder == three / found


def test_a_run_is_found_by_its_folder_wherever_that_is(three: Path, tmp_path: Path) -> None:
    assert find(three / "abc111", tmp_path / "elsewhere").folder == three / "abc111"
    assert find(str(three / "bbb333"), tmp_path / "elsewhere").folder == three / "bbb333"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ab", "2 runs start with 'ab'; give the folder of a run"),
        ("", "field 'run': is empty"),
        ("c", "there is no run 'c'"),
        ("*", "there is no run '*'"),
        ("[", "there is no run '['"),
        ("..", "there is no run '..'"),
        ("/nowhere/at/all", "there is no run '/nowhere/at/all'"),
    ],
)
def test_a_run_that_is_not_there_or_not_alone_is_one_line(
    three: Path, name: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        find(name, three)
    assert str(caught.value).startswith(f"{three}, field 'run': {said}" if name else said)


def test_without_a_folder_of_runs_there_is_none(runs_folder: Path) -> None:
    with pytest.raises(InputError, match="there is no run 'a'"):
        find("a")


# The lock


def test_a_run_has_one_process_at_a_time(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from artifact.sft.run_folder import Run\n"
        f"with Run(Path({str(run.folder)!r})).locked():\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(CheckError, match="another process is working on this run"):
            run.locked().__enter__()
        other.kill()
    with run.locked():
        pass


def test_a_whole_run_has_its_files(answered: Run) -> None:
    assert {path.name for path in answered.folder.iterdir() if path.name[0] != "."} == {
        *(RECORD, ADAPTER, PREDICTIONS)
    }
    record: Record = answered.record
    assert record.training is not None
    assert record.generation is not None
    assert record.provenance.libraries == record.libraries
