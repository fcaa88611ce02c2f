"""The flags of outputs read by eye: every file whole, and the counts known of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact.claims import read_by_eye
from artifact.claims.read_by_eye import FILE, READ_CATEGORIES, FileRead, files_read

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


def test_the_table_holds_no_text(tmp_path: Path) -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()[1:]
    texts = {cell for line in lines for cell in line.split(",") if not cell.isdigit()}
    models = {read.model for read in files_read()}
    variants = {"vanilla", "summary", "verbose"}
    commits = {read.commit for read in files_read()}
    assert texts == models | variants | set(READ_CATEGORIES) | {
        c for c in commits if not c.isdigit()
    }


def test_a_flag_that_no_reader_gave_is_refused(tmp_path: Path) -> None:
    row = files_read()[0].flags[0].model_dump() | {"variant": "r1-traces", "mood": True}
    path = tmp_path / "flags.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="mood"):
        read_by_eye.main([str(path)])
