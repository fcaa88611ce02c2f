"""The flags of outputs read by eye: every file whole, and the counts known of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact.claims import read_by_eye
from artifact.claims.read_by_eye import (
    FILE,
    READ_CATEGORIES,
    FileRead,
    agreement,
    agreements,
    files_read,
)
from artifact.common.errors import InputError
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import StoredOutput

KNOWN = {
    # model, category: released accuracy, answers begun, closed, exactly gold, all gold mentioned
    ("Qwen3-1.7B", "mix"): (0.565, 17, 10, 7, 39),
    ("Qwen3-1.7B", "equal"): (0.817, 49, 44, 40, 74),
    ("Llama-3.2-1B-Instruct", "mix"): (0.522, 26, 20, 10, 40),
    ("Llama-3.2-1B-Instruct", "equal"): (0.829, 54, 53, 37, 76),
    ("Llama-3.1-8B-Instruct", "mix"): (0.587, 14, 7, 4, 42),
    ("Llama-3.1-8B-Instruct", "equal"): (0.915, 45, 41, 41, 80),
    ("Qwen3-8B", "mix"): (0.717, 0, 0, 0, 40),
    ("Qwen3-8B", "equal"): (0.902, 23, 20, 20, 78),
}


def of(model: str, variant: str, category: str) -> FileRead:
    wanted = (model, variant, category)
    return next(it for it in files_read() if (it.model, it.variant, it.category) == wanted)


@pytest.mark.parametrize(("model", "category"), KNOWN)
def test_counts_of_the_models_trained_on_r1_traces(model: str, category: str) -> None:
    read = of(model, "verbose", category)
    assert (read.released, read.begun, read.closed, read.exact, read.mentioned) == KNOWN[
        model, category
    ]


@pytest.mark.parametrize(
    ("model", "variant", "released", "exact"),
    [
        ("Qwen3-1.7B", "vanilla", 68.8, 62.5),
        ("Qwen3-1.7B", "summary", 70.3, 39.1),
        ("Qwen3-1.7B", "verbose", 72.7, 36.7),
        ("Llama-3.1-8B-Instruct", "vanilla", 89.8, 85.2),
        ("Llama-3.1-8B-Instruct", "summary", 77.3, 76.6),
        ("Llama-3.1-8B-Instruct", "verbose", 79.7, 35.2),
        ("Llama-3.2-1B-Instruct", "verbose", 71.9, 36.7),
        ("Qwen3-8B", "verbose", 83.6, 15.6),
    ],
)
def test_shares_over_both_categories(
    model: str, variant: str, released: float, exact: float
) -> None:
    read = [of(model, variant, category) for category in READ_CATEGORIES]
    n = sum(it.n for it in read)
    assert n == 128
    assert 100 * sum(it.exact for it in read) / n == pytest.approx(exact, abs=0.05)
    as_released = sum(round(it.released * it.n) for it in read)
    assert 100 * as_released / n == pytest.approx(released, abs=0.05)


def test_every_row_of_a_file_was_read_once() -> None:
    assert sum(read.n for read in files_read()) == 1024
    for read in files_read():
        assert [flags.row for flags in read.flags] == list(range(1, read.n + 1))


def test_an_answer_that_is_exactly_gold_mentions_all_gold() -> None:
    for read in files_read():
        assert all(it.all_gold_mentioned for it in read.flags if it.strict_right)
        assert read.exact <= read.begun


def test_the_table_is_written_as_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "flags.csv"
    read_by_eye.write_table((flags for read in files_read() for flags in read.flags), path)
    assert path.read_bytes() == FILE.read_bytes()


LINES = FILE.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "field 'model': column is missing"),
        (LINES[0], "holds no flags"),
        (b"\xff\xfe" + b"".join(LINES), "is UTF-16"),
        (b"".join(LINES[:500]), "rows of .* are missing or duplicated"),
        (b"".join([*LINES[:7], *LINES[8:]]), "rows of .* are missing or duplicated"),
        (b"".join([*LINES[:8], *LINES[7:]]), "rows of .* are missing or duplicated"),
        (b"".join([*LINES[:5], LINES[5][:-8]]), "row 5: has .* cells where the header has"),
        (b"".join([*LINES[:5], LINES[5].replace(b",1,", b",7,")]), "row 5, field .*boolean"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer"),
    ],
)
def test_a_damaged_table_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, said: str
) -> None:
    path = tmp_path / "read_by_eye.csv"
    path.write_bytes(content)
    monkeypatch.setattr(read_by_eye, "FILE", path)
    with pytest.raises(
        InputError, match=rf"read_by_eye\.csv.*{said}.*; (restore it|run `git lfs|save it)"
    ):
        files_read.__wrapped__()


def test_the_table_holds_no_text(tmp_path: Path) -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()[1:]
    texts = {cell for line in lines for cell in line.split(",") if not cell.isdigit()}
    models = {read.model for read in files_read()}
    variants = {"vanilla", "summary", "verbose"}
    commits = {read.commit for read in files_read()}
    assert texts == models | variants | set(READ_CATEGORIES) | {
        c for c in commits if not c.isdigit()
    }


PROBLEM = Problem(
    "p",
    "cotempqa",
    "mix",
    ("Runa Tolv works for Vellby Mill from 1901 to 1904.",),
    "While Runa Tolv was there, for whom did Runa Tolv work?",
    ("Vellby Mill",),
    (0,),
)
TEXTS = (
    "<think>At Vellby Mill.</think> <answer>['Vellby Mill']</answer>",
    "<think>At Vellby Mill, I think, but let me",
    "<think>Elsewhere.</think> <answer>['Osk']</answer>",
)


def outputs_of(*texts: str) -> list[StoredOutput]:
    return [StoredOutput(PROBLEM, text, PROBLEM.answers, "invented") for text in texts]


def invented_read(*flags: dict[str, object], variant: str = "verbose") -> FileRead:
    """A file of which `flags` say how each row differs from a finished, right output."""
    finished = (
        files_read()[0]
        .flags[0]
        .model_copy(
            update={
                **dict.fromkeys(
                    ("think_open", "think_closed", "answer_open", "answer_closed"), True
                ),
                **{"all_gold_mentioned": True, "strict_right": True, "doubtful": False},
            }
        )
    )
    rows = [finished.model_copy(update={"row": n, **it}) for n, it in enumerate(flags, start=1)]
    return FileRead("Norn-2", variant, "mix", "c" * 40, 1.0, tuple(rows))


CUT = dict.fromkeys(("think_closed", "answer_open", "answer_closed", "strict_right"), False)
WRONG = {"strict_right": False, "all_gold_mentioned": False}


def test_flags_by_eye_and_by_code_that_agree() -> None:
    found = agreement(outputs_of(*TEXTS), invented_read({}, CUT, WRONG))
    assert found.n == 3
    assert found.by_eye == found.by_code
    assert (found.by_code["answer_closed"], found.by_code["strict_right"]) == (2, 1)
    assert found.by_code["all_gold_mentioned"] == 2
    assert set(found.differing.values()) == {()}


def test_rows_on_which_they_differ_are_named() -> None:
    read = invented_read({"strict_right": False, "doubtful": True}, CUT, WRONG | {"think_open": 0})
    found = agreement(outputs_of(*TEXTS), read)
    assert (found.by_eye["strict_right"], found.by_code["strict_right"]) == (0, 1)
    assert found.differing["strict_right"] == found.doubtful == (1,)
    assert found.differing["think_open"] == (3,)
    assert found.differing["answer_open"] == ()


def test_a_vanilla_output_is_its_answer() -> None:
    read = invented_read({}, {"strict_right": False}, variant="vanilla")
    found = agreement(outputs_of("Vellby Mill", "Vellby Mill, Osk"), read)
    assert (found.by_code["strict_right"], found.differing["strict_right"]) == (1, ())


def test_other_outputs_than_were_read_are_refused() -> None:
    with pytest.raises(InputError, match=r"2 outputs of Norn-2 \(verbose\), of which 3 were read"):
        agreement(outputs_of(*TEXTS[:2]), invented_read({}, {}, {}))


def test_files_that_were_read_are_found_at_their_commit(tmp_path: Path) -> None:
    assert agreements(tmp_path) == ()
    read = of("Qwen3-1.7B", "vanilla", "mix")
    name = "Qwen3-1.7B-sft-adapter-reasoning-r1-set-vanilla_default.json"
    line = {
        "prediction": "nobody",
        "gold": ["Vellby Mill"],
        "triple_element": "S1_R1_O2",
        "question": PROBLEM.question,
        "facts": list(PROBLEM.context),
    }
    for commit in (read.commit, "0" * 40):
        folder = tmp_path / "r1" / commit / "results/Cotempqa/evaluation_outputs/mix"
        folder.mkdir(parents=True)
        (folder / name).write_text((json.dumps(line) + "\n") * read.n)
    (found,) = agreements(tmp_path)
    assert (found.model, found.variant, found.commit) == (read.model, "vanilla", read.commit)
    assert found.by_eye["strict_right"] == read.exact > 0 == found.by_code["strict_right"]


def test_a_flag_that_no_reader_gave_is_refused(tmp_path: Path) -> None:
    row = files_read()[0].flags[0].model_dump() | {"variant": "r1-traces", "mood": True}
    path = tmp_path / "flags.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="mood"):
        read_by_eye.main([str(path)])
