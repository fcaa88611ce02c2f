"""The command line: thin commands that parse, call one helper, and print.

Exit codes: 0 done, 1 a check failed, 2 bad input. Every module that costs time to import is
imported inside its command, so ``--help`` answers at once.
"""

from __future__ import annotations

import json
import math
import sys
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from typer.exceptions import TyperException

from artifact import datasets
from artifact.cli import data, study, training
from artifact.cli.options import (
    SOURCES,
    DatasetOption,
    JsonOption,
    NumberOption,
    SeedOption,
    SkipBadOption,
    SourceOption,
    SplitOption,
    list_left_out,
    one_of,
    refuse_to_overwrite,
    warn_if_altered,
    warn_of_altered,
    write_json,
)
from artifact.common.errors import ArtifactError, CheckError, InputError
from artifact.common.home import ensure_home
from artifact.datasets.release_records import PROMPTING, R1_VARIANTS, VARIANTS
from artifact.workflow import profiles

app = typer.Typer(
    name="artifact",
    help="The executable paper on trace-based knowledge distillation (arXiv 2505.13792).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(data.app, name="data")
app.add_typer(study.app, name="study")
training.register(app)


T = TypeVar("T")


def main() -> None:
    """Run the command line; an `ArtifactError` is printed as one line and sets the exit code."""
    try:
        if substituted := ensure_home():
            print(f"artifact: {substituted}", file=sys.stderr)
        _refuse_empty(["artifact", *sys.argv[1:]])
        sys.exit(app(prog_name=app.info.name, standalone_mode=False) or 0)
    except typer.Abort:
        sys.exit(CheckError.exit_code)
    except TyperException as error:
        _usage(error)
    except ArtifactError as error:
        print(f"artifact: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:  # a place that can't be written, a full disk
        place, said = error.filename2 or error.filename, error.strerror or error
        print(f"artifact: {place}: {said}" if place else f"artifact: {said}", file=sys.stderr)
        sys.exit(InputError.exit_code)


def _refuse_empty(words: list[str]) -> None:
    """Refuse an option without a value, as an unset shell variable leaves it: an empty path would
    mean the current folder."""
    for before, word in pairwise(words):
        option = word.removesuffix("=") if word.startswith("--") else word or before
        if option != word:
            cure = "give it a value; perhaps a shell variable is not set"
            raise InputError("is empty", field=option, cure=cure)


def _usage(error: Any) -> NoReturn:
    """Say in one line what is wrong with the words of a command; show help if there were none."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        sys.exit(InputError.exit_code)
    context, said = getattr(error, "ctx", None), " ".join(error.format_message().split())
    if _is_not_finite(error):  # which no bound catches
        said = f"{said.partition(': ')[0]}: should be a finite number"
    hint = f"; see `{context.command_path} --help`" if context is not None else ""
    print(f"artifact: {said.removesuffix('.')}{hint}", file=sys.stderr)
    sys.exit(InputError.exit_code)


def _is_not_finite(error: BaseException | None) -> bool:
    """Whether an option was refused because its value is nan or infinity."""
    while error is not None and not hasattr(error, "errors"):
        error = error.__cause__ or error.__context__
    given = error.errors()[0]["input"] if error is not None else None
    try:
        return isinstance(given, str | float) and not math.isfinite(float(given))
    except ValueError:
        return False


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
    from artifact.common.files import write_atomically
    from artifact.common.intake import Intake
    from artifact.datasets.sources import load, stored_traces
    from artifact.decomposition import audit
    from artifact.decomposition.traces import offered

    chosen = datasets.get(dataset)
    loaded = load(source, chosen, n=n, seed=seed, split=split, skip_bad=skip_bad, on_disk=True)
    list_left_out("left out", loaded.left_out)
    intake = Intake(skip_bad=skip_bad)
    stored = stored_traces(source, chosen, "correct", intake)
    list_left_out("stored traces left out", intake.left_out)
    audited = audit.audit(
        chosen,
        loaded.problems,
        source=source,
        train=loaded.train,
        test=loaded.test,
        stored=stored,
    )
    kinds = [kind for kind in ("correct", "incorrect") if kind in offered(chosen)]
    for kind in kinds:
        records = audit.trace_records(chosen, loaded.problems, kind, seed=seed)
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        write_atomically(out / f"traces_{kind}.jsonl", lines)
    write_json(audited, out / "audit.json")
    write_json(audited, json_file)
    print(audit.as_text(audited))
    written = ", ".join(f"traces_{kind}.jsonl" for kind in kinds)
    print(f"written: {out / 'audit.json'}, {written}")


@app.command()
def evaluate(
    dataset: Annotated[str | None, typer.Option("--dataset", help=one_of(datasets.names()))] = None,
    release: Annotated[
        Path | None, typer.Option("--release", help="Folder of the paper's release.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="Model, as named in the release's files; MODEL@SEED for a run that was repeated "
            "with a seed (data fetch release --with seeds).",
        ),
    ] = None,
    variant: Annotated[
        str | None,
        typer.Option(
            "--variant",
            help=f"{', '.join(VARIANTS.values())} or {PROMPTING}; on the problems that R1 solved "
            f"(data fetch release --with r1) {one_of(R1_VARIANTS.values())}",
        ),
    ] = None,
    semantics: Annotated[
        str, typer.Option("--semantics", help="released (faults and all) or strict.")
    ] = "strict",
    run: Annotated[
        str | None,
        typer.Option("--run", help="One of your own runs, instead of the release's outputs."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            help="With --run: folder in which to keep the run's record and scores, and none of "
            "its texts, for data that may not be passed on.",
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            "--predictions",
            help="Outputs from elsewhere: JSON lines with id (or question and context) and "
            "prediction.",
        ),
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            "--source",
            help=f"Source of their problems: {SOURCES}",
            callback=warn_if_altered,
        ),
    ] = "lookalike",
    n: NumberOption = 1000,
    seed: SeedOption = 0,
    compare: Annotated[
        Path | None,
        typer.Option("--compare", help="A second file of predictions for the same problems."),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Score stored outputs of the release, one of your own runs, or outputs from elsewhere."""
    from artifact.datasets.sources import load
    from artifact.evaluation import scored_runs
    from artifact.evaluation.evaluate import evaluate as score
    from artifact.evaluation.evaluation import check_semantics
    from artifact.evaluation.predictions import (
        compare_predictions,
        contrast_text,
        evaluate_predictions,
        read_predictions,
    )
    from artifact.evaluation.report import as_text
    from artifact.evaluation.scoring import check_variant
    from artifact.sft import run_folder

    if keep is not None and run is None:
        raise InputError("scores are kept only for runs", field="keep", cure="name one with --run")
    named = {"dataset": dataset, "release": release, "model": model, "variant": variant}
    how = check_semantics(semantics)
    if predictions is not None:
        refuse_to_overwrite(json_file, predictions, compare)
        for name, value in {"run": run, "model": model}.items():
            if value is not None:
                raise InputError(
                    "does not apply to a file of predictions",
                    field=name,
                    cure=f"leave out --{name}",
                )
        chosen = datasets.get(_needed("dataset", dataset))
        kind = check_variant(variant or "vanilla")
        problems = load(source, chosen, n=n, seed=seed).problems
        read = read_predictions(predictions, problems)
        contrast = None
        if compare is not None:
            other = read_predictions(compare, problems)
            contrast = compare_predictions(chosen, read, other, kind)
        evaluation = evaluate_predictions(chosen, read, kind, how, root=release)
        write_json(evaluation, json_file)
        print(as_text(evaluation))
        if contrast is not None:
            print(contrast_text(contrast))
        return
    if run is not None:
        if given := [name for name, value in named.items() if value is not None]:
            raise InputError(
                f"a run has its own {given[0]}", field="run", cure=f"leave out --{given[0]}"
            )
        if how != "strict":
            raise InputError(
                "the release's scoring is for its own outputs only",
                field="semantics",
                cure="leave out --semantics",
            )
        found = run_folder.find(run)
        evaluation = scored_runs.evaluate_run(found)
        record = found.record
        unhashed = (
            "" if record.sha256 else " (made before files were hashed, so they are not checked)"
        )
        print(f"run {record.run}, seed {record.spec.seed}{unhashed}")
        if keep is not None:
            print(f"kept: {scored_runs.keep(found, keep).folder}")
    else:
        chosen, root = datasets.get(_needed("dataset", dataset)), _needed("release", release)
        named_run = _needed("model", model), _needed("variant", variant)
        warn_of_altered(root)
        evaluation = score(chosen, root, *named_run, how)
    write_json(evaluation, json_file)
    print(as_text(evaluation))


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A file of predictions, or a run.")],
    second: Annotated[str, typer.Argument(help="Another.")],
    dataset: Annotated[
        str | None, typer.Option("--dataset", help=f"For two files: {one_of(datasets.names())}")
    ] = None,
    source: Annotated[
        str,
        typer.Option(
            "--source",
            help=f"For two files, the source of their problems: {SOURCES}",
            callback=warn_if_altered,
        ),
    ] = "lookalike",
    n: NumberOption = 1000,
    seed: SeedOption = 0,
    variant: Annotated[
        str, typer.Option("--variant", help="What the models behind the files were trained on.")
    ] = "vanilla",
    json_file: JsonOption = None,
) -> None:
    """Compare the answers of two runs, two files of predictions, or a run and a file."""
    from artifact.evaluation import comparison

    found = comparison.compare(
        first, second, dataset=dataset, source=source, n=n, seed=seed, variant=variant
    )
    write_json(found, json_file)
    print(found.as_text())


@app.command()
def run(
    profile: Annotated[str, typer.Option("--profile", help=one_of(profiles.names()))] = "laptop",
    section: Annotated[
        str | None,
        typer.Option("--section", help="Only this section; the others are left as they are."),
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("-p", help="name=value; may be repeated; a list is separated by commas."),
    ] = None,
    executor: Annotated[str, typer.Option("--executor", help="local or slurm.")] = "local",
    cores: Annotated[int, typer.Option("--cores", min=1, max=1024, help="Cores to use.")] = 2,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would run and why; run nothing.")
    ] = False,
) -> None:
    """Execute the sections whose inputs changed, and say why."""
    from artifact.book.measurements import cost
    from artifact.workflow.run import run as run_workflow

    if section is None and (measured := cost.expected(profile)):
        print(measured)
    run_workflow(profile, section, parameters or [], executor, dry_run, cores)


@app.command()
def book(
    with_release_texts: Annotated[
        bool,
        typer.Option(
            "--with-release-texts",
            help="Let the explorer show the release's outputs too: for local reading only, such "
            "a book may not be passed on.",
        ),
    ] = False,
    claims: Annotated[
        bool, typer.Option("--claims", help="Also print the claims as the book shows them.")
    ] = False,
) -> None:
    """Check that every page may be published, then build the book from scratch.

    The book is left as it is unless something that it is made from has changed.
    """
    from artifact.book.build import build
    from artifact.book.gate import notes

    page = build(with_release_texts=with_release_texts)
    if claims:
        from artifact.book import up_to_date
        from artifact.claims import ledger
        from artifact.claims.text import as_text

        print(as_text(ledger.read(up_to_date.claims_path())))
    for line in notes():
        print(line)
    print(f"the book: {page}")


@app.command()
def claims(
    release: Annotated[
        Path | None,
        typer.Option(
            "--release", help="Recompute from the release in this folder (half a minute)."
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            help="Print this claim, or this row of it, as the claims page numbers them: C2, C2.17.",
        ),
    ] = None,
    json_file: JsonOption = None,
) -> None:
    """Print, claim by claim, what holds and on what evidence."""
    from artifact.claims import ledger
    from artifact.claims.text import as_text, row_text

    if only is not None:
        ledger.check_name(only)
    entries = ledger.current(release)
    chosen = entries if only is None else ledger.only(only, entries, ledger.current())
    if json_file is not None:
        ledger.write(entries, json_file)
    if only is not None and "." in only:
        (entry,) = chosen
        print(f"{entry.id}: {entry.claim}\n{row_text(entry.evidence[0])}")
    else:
        print(as_text(chosen))


@app.command()
def verify(
    quick: Annotated[
        bool, typer.Option("--quick", help="Every step once, and the claims' numbers (5 minutes).")
    ] = False,
    rerun: Annotated[
        str | None,
        typer.Option("--rerun", metavar="SECTION", help="Re-execute a section and compare."),
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="--quick, and one reference run retrained (half an hour)."),
    ] = False,
) -> None:
    """Check the numbers (exit 1 if one is not as it should be).

    Without an option: whether the book's sections still follow from their inputs. With one: numbers
    as shipped beside the same numbers recomputed in a copy of the checkout.
    """
    if quick + full + (rerun is not None) > 1:
        raise InputError("--quick, --rerun and --full are separate checks", cure="give one of them")
    if quick or full or rerun is not None:
        from artifact.workflow.verify import as_text, refuse_for
        from artifact.workflow.verify import verify as verify_again

        checks = verify_again("rerun" if rerun else "full" if full else "quick", rerun)
        print(as_text(checks))
        refuse_for(checks)
        return
    from artifact.book import up_to_date
    from artifact.book.gate import LEFT_TO_THE_BUILD, check, notes

    faults = [*check(), *up_to_date.changed_by_hand()]
    for line in (*notes(), *faults):
        print(line)
    if faults:
        raise CheckError(f"{len(faults)} checks failed")
    print(f"every section is executed, current and clean\n({LEFT_TO_THE_BUILD})")


def _needed(name: str, value: T | None) -> T:
    if value is None:
        raise InputError("is missing", field=name, cure=f"give --{name}, or --run RUN")
    return value
