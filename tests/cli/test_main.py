"""The command line: commands and options as promised, JSON as promised, bad input in one line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from rich.text import Text

from artifact import datasets
from artifact.book import up_to_date
from artifact.book.gate import LEFT_TO_THE_BUILD
from artifact.claims import ledger
from artifact.cli.main import app
from artifact.common import paths
from artifact.common.errors import CheckError
from artifact.datasets import problem_files, sources

if TYPE_CHECKING:
    from conftest import Command

OPTIONS: dict[str, set[str]] = {
    "data list": set(),
    "data check": {"SOURCE", "--dataset", "--n", "--seed", "--skip-bad"},
    "data fetch": {"NAME", "--repository", "--into"},
    "data teach": {"--dataset", "--out", "--source", "--n", "--seed", "--endpoint", "--model"},
    "decompose": {"--dataset", "--source", "--out", "--json", "--n", "--seed", "--skip-bad"},
    "train": {"SPEC"},
    "generate": {"RUN"},
    "intervene": {"RUN"},
    "evaluate": {
        *("--dataset", "--release", "--model", "--variant", "--semantics", "--run", "--json"),
    },
    "study page": {"--out"},
    "study serve": set(),
    "study export": {"--out"},
    "study analyse": {"RATINGS"},
    "study simulate": {"--out"},
    "study power": set(),
    "run": {"--profile", "--section", "-p", "--executor", "--dry-run"},
    "book": set(),
    "claims": {"--release", "--json"},
    "verify": {"--quick", "--rerun", "--full"},
}
"""Every command with the options and arguments that users and scripts rely on."""

HEAVY = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "seaborn", "torch", "datasets")
SHARE_FIELDS = {
    "answer": "released_micro released_macro flag_fixed_micro exact_set_micro by_category",
    "classification": "micro macro",
    "retrieval": "any_context any_gold recall_all exact precision",
    "trace": "ok_exact ok_any no_trace",
    "table": "right_ok right_not wrong_ok wrong_not",
    "independence": "chi2 chi2_yates phi odds_ratio odds_ratio_ci fisher_p cmh_p "
    "p_right_given_ok p_right_given_not difference difference_ci testable",
}
LLAMA = "Llama-3.2-1B-Instruct"


@pytest.fixture
def run(command_line: Command) -> Command:
    """The command line, by a short name."""
    return command_line


def commands(group: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in sorted((group or typer.main.get_command(app)).commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} ")
        else:
            yield prefix + name, command


def test_the_commands_are_those_promised() -> None:
    assert {name for name, _ in commands()} >= set(OPTIONS)


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_promised_is_there_and_says_what_it_does(name: str, run: Command) -> None:
    command = dict(commands())[name]
    arguments = {p.name.upper() for p in command.params if p.param_type_name == "argument"}
    options = {o for p in command.params if p.param_type_name == "option" for o in p.opts}
    assert arguments | options >= OPTIONS[name]
    assert all(p.help for p in command.params), "an option without a word of help"
    done = run(*name.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert "Usage" in done.out


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        # Typer imports pydantic itself where a command has options.
        ([], (*HEAVY, "pydantic", "yaml")),
        (["evaluate"], HEAVY),
        (["study", "power"], HEAVY),
    ],
)
def test_help_imports_nothing_heavy(words: list[str], heavy: tuple[str, ...]) -> None:
    """What makes help slow is what it imports; seconds are measured in benchmarks."""
    code = (
        "import atexit, sys; from artifact.cli.main import main; "
        f"atexit.register(lambda: print([m for m in {heavy!r} if m in sys.modules])); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_a_command_there_is_help(run: Command) -> None:
    done = run()
    assert done.code == 2
    assert "Usage" in done.out + done.err


# What commands write


@pytest.fixture
def audit(run: Command, tmp_path: Path) -> dict[str, Any]:
    words = ("--dataset", "babi", "--n", "40", "--out", tmp_path / "out", "--json", tmp_path / "j")
    done = run("decompose", *words)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("babi from lookalike: 40 problems")
    found: dict[str, Any] = json.loads((tmp_path / "j").read_text())
    assert found == json.loads((tmp_path / "out/audit.json").read_text())
    return found


def test_decompose_writes_the_fields_promised(audit: dict[str, Any]) -> None:
    assert {"dataset", "source", "n", "parsed", "disagreements", "baselines"} <= set(audit)
    row = {"n", "answers_exact", "category_match", "support_exact", "trace_bytes_equal"}
    assert set(audit["overall"]) == row
    assert all(set(each) == row for each in audit["by_category"].values())
    assert (audit["dataset"], audit["source"], audit["n"]) == ("babi", "lookalike", 40)
    assert sum(each["n"] for each in audit["by_category"].values()) == 40
    assert audit["overall"]["trace_bytes_equal"] is None
    assert audit["notes"]["trace_bytes_equal"], "a value that is missing has its reason"
    for shares in audit["baselines"].values():
        assert set(shares) - {"overall"} <= set(audit["by_category"])
        assert all(0 <= share <= 1 for share in shares.values())


@pytest.mark.parametrize("kind", ["correct", "incorrect"])
def test_decompose_writes_a_trace_for_every_problem(
    audit: dict[str, Any], tmp_path: Path, kind: str
) -> None:
    lines = (tmp_path / f"out/traces_{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert len({record["id"] for record in records}) == audit["n"]
    assert {record["kind"] for record in records} == {kind}
    assert all("</think>" in record["text"] for record in records)


def test_decompose_is_the_same_each_time(run: Command, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("decompose", "--dataset", "marco", "--n", "12", "--seed", "5", "--out", tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.parametrize("semantics", ["released", "strict"])
def test_evaluate_writes_exactly_the_fields_promised(
    release: Path, run: Command, tmp_path: Path, semantics: str
) -> None:
    out = tmp_path / "new/evaluation.json"
    done = run(
        *("evaluate", "--dataset", "babi", "--release", release, "--model", LLAMA),
        *("--variant", "correct", "--semantics", semantics, "--json", out),
    )
    assert (done.code, done.err) == (0, "")
    written = json.loads(out.read_text())
    head = ["dataset", "model", "variant", "semantics", "n"]
    assert list(written) == [*head, *SHARE_FIELDS, "notes"]
    assert [written[name] for name in head] == ["babi", LLAMA, "correct", semantics, 376]
    for group, fields in SHARE_FIELDS.items():
        assert list(written[group]) == fields.split()
    assert sum(written["table"].values()) == 376
    assert f"n = {written['n']}" in done.out
    for group in ("answer", "classification", "retrieval", "trace"):
        shares = [value for value in written[group].values() if isinstance(value, float)]
        assert shares
        assert all(0 <= share <= 1 for share in shares)
    for group in ("retrieval", "trace"):
        for name, value in written[group].items():
            assert value is not None or written["notes"][f"{group}.{name}"]


def test_evaluate_scores_strictly_unless_told_otherwise(release: Path, run: Command) -> None:
    words = ("--dataset", "babi", "--release", release, "--model", LLAMA, "--variant", "correct")
    assert "steps scored as strict" in run("evaluate", *words).out


def test_claims_prints_the_ledger_and_writes_it(run: Command, tmp_path: Path) -> None:
    done = run("claims", "--json", tmp_path / "claims.json")
    written = json.loads((tmp_path / "claims.json").read_text())
    assert done.code == 0
    assert [entry["id"] for entry in written] == [f"C{number}" for number in range(1, 8)]
    for entry in written:
        (line,) = (it for it in done.out.splitlines() if it.startswith(f"{entry['id']}  "))
        assert line.startswith(f"{entry['id']}  {entry['verdict'].upper()}")
        assert line.endswith(entry["claim"])


def test_data_list_names_every_dataset_and_source(run: Command) -> None:
    done = run("data", "list")
    assert done.code == 0
    for name in datasets.names():
        assert any(line.startswith(name) for line in done.out.splitlines())
    assert "lookalike[:SIZE] | release:DIR | hub[:REVISION] | file:PATH" in done.out


def test_data_check_says_what_is_in_a_source(run: Command) -> None:
    done = run("data", "check", "lookalike", "--dataset", "marco", "--n", "30")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("lookalike: 30 problems of marco, sha256 ")


def test_data_convert_writes_what_file_reads(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "problems.jsonl"
    done = run("data", "convert", "lookalike", "--dataset", "babi", "--n", "5", "--out", path)
    checked = run("data", "check", f"file:{path}", "--dataset", "babi")
    assert (done.code, done.err, checked.code) == (0, "", 0)
    assert done.out == checked.out.partition("\n")[0].replace(" of babi", "") + "\n"


def test_prompts_are_what_a_model_is_asked(run: Command, tmp_path: Path) -> None:
    out, words = tmp_path / "prompts.jsonl", ("lookalike", "--dataset", "babi", "--n", "20")
    done = run("data", "write-prompts", *words, "--out", out, "--system", "Be brief.")
    loaded = sources.load("lookalike", "babi", n=20)
    assert done.out.startswith(f"{out}: {len(loaded.test)} prompts; ")
    template = datasets.get("babi").template
    assert [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] == [
        {
            "id": problem.id,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": template.user_turn(problem)},
            ],
        }
        for problem in loaded.test
    ]
    run("data", "write-prompts", *words, "--out", out, "--side", "all")
    assert len(out.read_text(encoding="utf-8").splitlines()) == 20


def test_a_side_of_the_split_without_problems_is_no_file_of_prompts(
    run: Command, tmp_path: Path
) -> None:
    out = tmp_path / "prompts.jsonl"
    done = run("data", "write-prompts", "lookalike", "--dataset", "babi", "--n", "3", "--out", out)
    assert done.code == 2
    assert "none of 3 problems is on the side test" in done.err
    assert not out.exists()


def test_data_convert_needs_skip_bad_for_bad_records(
    run: Command, impossible: Path, tmp_path: Path
) -> None:
    words = ("data", "convert", f"file:{impossible}", "--dataset", "babi", "--out", tmp_path / "o")
    assert_one_line(run(*words).err)
    assert not (tmp_path / "o").exists()
    assert run(*words, "--skip-bad").out.startswith(f"left out: 1\n  {impossible}, line 2")


def test_a_dry_run_runs_nothing(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setattr("artifact.workflow.run.run", lambda *given: seen.append(given))
    assert run("run", "--dry-run", "--profile", "smoke", "-p", "n=3", "-p", "seed=1").code == 0
    assert run("run").code == 0
    assert seen == [
        ("smoke", None, ["n=3", "seed=1"], "local", True, 2),
        ("laptop", None, [], "local", False, 2),
    ]


@pytest.mark.parametrize(
    ("faults", "code", "out", "err"),
    [
        ([], 0, f"every section is executed, current and clean\n({LEFT_TO_THE_BUILD})\n", ""),
        (["a: old", "b: gone"], 1, "a: old\nb: gone\n", "artifact: 2 checks failed\n"),
    ],
)
def test_verify_ends_with_1_where_a_check_failed(
    run: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    faults: list[str],
    code: int,
    out: str,
    err: str,
) -> None:
    monkeypatch.setattr("artifact.book.gate.check", lambda: faults)
    monkeypatch.setattr(paths, "BUILD", tmp_path)  # whose last book the notes are about
    assert run("verify") == (code, out, err)


def test_book_says_where_it_is_or_why_not(
    run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "BUILD", tmp_path)  # whose last book the notes are about

    def built(*, with_release_texts: bool) -> str:
        return "_build/local.html" if with_release_texts else "_build/index.html"

    monkeypatch.setattr("artifact.book.build.build", built)
    assert run("book") == (0, "the book: _build/index.html\n", "")
    assert run("book", "--with-release-texts") == (0, "the book: _build/local.html\n", "")

    monkeypatch.setattr(paths, "RESULTS", tmp_path / "results")
    ledger.write(ledger.current(), up_to_date.claims_path())
    shown = run("book", "--claims")
    assert shown.out == f"{run('claims').out}the book: _build/index.html\n"

    def refuse(*, with_release_texts: bool) -> None:
        raise CheckError("decomposition is out of date")

    monkeypatch.setattr("artifact.book.build.build", refuse)
    assert run("book") == (1, "", "artifact: decomposition is out of date\n")


# Bad input


@pytest.fixture
def impossible(tmp_path: Path) -> Path:
    """Three problems, the second with an answer that its context can't give."""
    problems = datasets.get("babi").lookalikes.generate(3, 0)
    problems[1] = replace(problems[1], answers=("Atlantis",))
    path = tmp_path / "impossible.jsonl"
    problem_files.write(problems, path)
    return path


@pytest.mark.parametrize(
    "words",
    ["data check SOURCE --dataset babi", "decompose --dataset babi --source SOURCE --out x"],
)
def test_an_answer_that_cannot_be_is_named_with_its_line(
    run: Command, impossible: Path, words: str
) -> None:
    stopped = run(*words.replace("SOURCE", f"file:{impossible}").split())
    assert stopped.code == 2
    assert_one_line(stopped.err)
    assert f"{impossible}, line 2, field 'answers': " in stopped.err


def test_impossible_answers_of_the_releases_own_fail_the_check(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = sources.check("lookalike", "babi", n=3)
    noisy = report.model_copy(update={"impossible": ("p-2: no fact says so",)})
    monkeypatch.setattr(sources, "check", lambda *given, **named: noisy)
    done = run("data", "check", "release:DIR", "--dataset", "babi")
    assert done.code == 1
    assert "answers that can't come from their context: 1\n  p-2: no fact says so" in done.out
    assert done.err == "artifact: 1 answers can't come from their context\n"


def test_skip_bad_lists_what_is_left_out(run: Command, impossible: Path, tmp_path: Path) -> None:
    done = run(
        *("decompose", "--dataset", "babi", "--source", f"file:{impossible}", "--skip-bad"),
        *("--out", tmp_path / "out"),
    )
    assert done.code == 0
    assert done.out.startswith("left out: 1\n")
    assert "2 problems" in done.out


def assert_one_line(said: str) -> None:
    assert said.startswith("artifact: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said


EVALUATE = ("evaluate", "--dataset", "babi", "--model", LLAMA, "--variant", "correct")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("decompose --dataset triviaqa --out OUT", f"choose one of {', '.join(datasets.names())}"),
        (
            "decompose --dataset babi --source nowhere --out OUT",
            "write lookalike[:SIZE] | release:DIR",
        ),
        ("decompose --dataset babi --source file:OUT/x --out OUT", "no such file"),
        ("decompose --dataset babi --source release:OUT/x --out OUT", "no such folder"),
        ("data check nowhere --dataset babi", "'nowhere' is not a source"),
        ("data fetch weights", "no download is called 'weights'"),
        ("evaluate", "field 'dataset': is missing; give --dataset, or --run RUN"),
        ("evaluate --release OUT/x --dataset babi --model M --variant correct", "no such folder"),
        (
            "evaluate --release FOLDER --dataset babi --model M --variant correct",
            "no model has any",
        ),
        ("evaluate --release FOLDER --dataset nope --model M --variant correct", "'nope'"),
        ("claims --release OUT/x", "no such folder"),
        ("claims --release FOLDER", "holds no stored outputs of the release"),
        ("claims --only C9.99", "field 'only': no claim is called 'C9'; choose one of C1"),
        ("claims --only C2.x", "field 'only': 'X' is not the number of a row"),
        ("compare FILE FILE --dataset babi", "holds no predictions"),
        ("compare FILE FILE --dataset babi --variant korrect", "no kind of trace is called"),
        ("evaluate --predictions FILE --dataset babi --variant korrect", "choose one of vanilla"),
        ("evaluate --dataset babi --predictions /dev/zero", "/dev/zero: is not a regular file"),
        ("study analyse /dev/zero", "/dev/zero: is not a regular file"),
        ("train /dev/zero", "/dev/zero: is not a regular file"),
        ("study power --effect nan", "'--effect': should be a finite number"),
        ("study power --effect=-inf", "'--effect': should be a finite number"),
        ("study analyse FILE --max-seconds-away nan", "should be a finite number"),
        ("data teach --dataset babi --out OUT --price-in inf", "should be a finite number"),
        ("run --dry-run -p modle=x", "did you mean model"),
        ("run --dry-run -p n", "'n' has no '='"),
        ("run --dry-run --section step_evalution", "did you mean step_evaluation?"),
        ("run --dry-run --profile smok", "did you mean smoke?"),
        ("run --dry-run --executor sge", "local or slurm"),
        ("run --dry-run --section step_evaluation -p n=many", "field 'n'"),
    ],
)
def test_bad_input_ends_with_2_and_one_line(
    run: Command, tmp_path: Path, words: str, said: str
) -> None:
    places = {name: str(tmp_path / name.lower()) for name in ("OUT", "FILE", "FOLDER")}
    Path(places["FILE"]).write_text("")
    Path(places["FOLDER"]).mkdir()
    for name, place in places.items():
        words, said = words.replace(name, place), said.replace(name, place)
    done = run(*words.split())
    assert done.code == 2
    assert_one_line(done.err)
    assert said in done.err
    assert not Path(places["OUT"]).exists(), "nothing is written for bad input"


@pytest.mark.parametrize(
    "words",
    [
        *(f"{it} EMPTY" for it in ("generate", "intervene", "evaluate --run", "claims --only")),
        "decompose --dataset babi --out EMPTY",  # which would write into the current folder
        "data check --source= --dataset babi",
        "EMPTY",
    ],
)
def test_an_empty_word_is_no_value(run: Command, words: str) -> None:
    done = run(*("" if it == "EMPTY" else it for it in words.split()))
    assert done.code == 2
    assert_one_line(done.err)
    assert "': is empty; " in done.err


def test_what_is_sure_to_fail_is_refused_before_anything_is_computed(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "current", lambda release=None: pytest.fail("computed"))
    for words in (("--only", "C9.99"), ("--only", ""), ("--json", tmp_path)):
        assert run("claims", *words).code == 2
    for words in ("study power --json", "study simulate --out"):
        assert "is a folder, not a file; name a file in it" in run(*words.split(), tmp_path).err


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_no_bracket_of_a_help_text_is_taken_for_markup(name: str) -> None:
    command = dict(commands())[name]
    texts = [command.help, *(param.help for param in command.params)]
    assert [text for text in texts if text and Text.from_markup(text).plain != text] == []


@pytest.mark.parametrize(
    "words",
    [
        "decompose --dataset babi --n 3 --out FILE",
        "decompose --dataset babi --n 3 --out OUT --json FOLDER",
        "claims --json FOLDER",
        "claims --json FILE/claims.json",
    ],
)
def test_a_place_that_cannot_be_written_is_named(run: Command, tmp_path: Path, words: str) -> None:
    (tmp_path / "FILE").write_text("")
    (tmp_path / "FOLDER").mkdir()
    for name in ("FILE", "FOLDER", "OUT"):
        words = words.replace(name, str(tmp_path / name))
    done = run(*words.split())
    assert done.code == 2
    assert_one_line(done.err)
    assert str(tmp_path) in done.err
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "OUT") == [
        *("FILE", "FOLDER")
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--model": "GPT-0"}, f"GPT-0.*{LLAMA}"),
        ({"--variant": "corect"}, f"field 'variant': .*corect.*{LLAMA} .*correct"),
        ({"--semantics": "lenient"}, "field 'semantics': .*choose released or strict"),
    ],
)
def test_an_unknown_name_lists_the_known_ones(
    release: Path, run: Command, change: dict[str, str], said: str
) -> None:
    given = dict(zip(EVALUATE[1::2], EVALUATE[2::2], strict=True)) | {"--release": str(release)}
    done = run("evaluate", *(word for pair in (given | change).items() for word in pair))
    assert done.code == 2
    assert_one_line(done.err)
    assert re.search(said, done.err)


@pytest.mark.parametrize(
    "words",
    ["decompose --dataset babi", "decompose --dataset babi --out x --n 0", "nonsense"],
)
def test_wrong_usage_ends_with_2_and_one_line(run: Command, words: str) -> None:
    done = run(*words.split())
    assert done.code == 2
    assert_one_line(done.err)
    assert "--help`" in done.err


def test_the_installed_command_ends_the_same_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("artifact"), "decompose", "--dataset", "x", "--out", "y"],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "ARTIFACT_RELEASE"},
    )
    assert done.returncode == 2
    assert_one_line(done.stderr)


def test_outputs_made_anywhere_are_scored_and_compared(tmp_path: Path, run: Command) -> None:
    problems = tmp_path / "problems.jsonl"
    run("data", "convert", "lookalike", "--dataset", "babi", "--n", "12", "--out", problems)
    records = [json.loads(line) for line in problems.read_text(encoding="utf-8").splitlines()]

    def write(name: str, right: int) -> Path:
        lines = [
            {"id": it["id"], "prediction": f"<answer>{', '.join(it['answers'])}</answer>"}
            if place < right
            else {"id": it["id"], "prediction": "<answer>nowhere at all</answer>"}
            for place, it in enumerate(records)
        ]
        path = tmp_path / name
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path

    words = ("--dataset", "babi", "--source", f"file:{problems}", "--variant", "correct")
    done = run(
        *("evaluate", "--predictions", write("all.jsonl", 12), *words),
        *("--compare", write("half.jsonl", 6), "--json", tmp_path / "out.json"),
    )
    assert "all.jsonl minus half.jsonl, answers exactly gold: +50.0 points" in done.out
    twice = write("twice.jsonl", 6)
    twice.write_text(twice.read_text(encoding="utf-8") * 2, encoding="utf-8")
    refused = run(
        *("evaluate", "--predictions", tmp_path / "all.jsonl", *words, "--compare", twice),
        *("--json", tmp_path / "refused.json"),
    )
    assert (refused.code, refused.out) == (2, ""), "both files are read before a number is shown"
    assert "twice.jsonl, line 13, field 'id': " in refused.err
    assert not (tmp_path / "refused.json").exists()
    written = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (written["n"], written["answer"]["exact_set_micro"]) == (12, 1)
