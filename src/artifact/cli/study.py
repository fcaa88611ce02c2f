"""The commands of the user study: page, collection, export, analysis, simulation, power."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artifact.cli.options import (
    SeedOption,
    SkipBadOption,
    list_left_out,
    refuse_to_overwrite,
    writable,
)
from artifact.common.bounds import MOST_FACTOR, MOST_PEOPLE, MOST_TIMEOUT

app = typer.Typer(
    help="The user study: questionnaire, collection and analysis.", no_args_is_help=True
)

PageOption = Annotated[Path, typer.Option("--page", help="Folder of the built page.")]
DatabaseOption = Annotated[Path, typer.Option("--db", help="SQLite file with the answers.")]
PerGroupOption = Annotated[
    int, typer.Option("--per-group", min=1, max=MOST_PEOPLE, help="Participants in each group.")
]
ProblemsOption = Annotated[
    int,
    typer.Option(
        "--problems", min=1, max=MOST_PEOPLE, help="Problems that each participant rates."
    ),
]
CodeOption = Annotated[
    str | None,
    typer.Option("--completion-code", help="One code for everyone who finishes, as on Prolific."),
]
ReturnOption = Annotated[
    str | None,
    typer.Option("--return-url", help="https link shown at the end; {code} stands for the code."),
]


DesignOption = Annotated[str, typer.Option("--design", help="between or within subjects.")]


@app.command()
def page(
    out: Annotated[Path, typer.Option("--out", help="Folder to write the page to.")],
    source: Annotated[
        str, typer.Option("--source", help="lookalike, or file:PATH with R1 records.")
    ] = "lookalike",
    dataset: Annotated[
        str, typer.Option("--dataset", help="Dataset of the problems.")
    ] = "cotempqa",
    problems: ProblemsOption = 10,
    seed: SeedOption = 0,
    items: Annotated[
        Path | None, typer.Option("--items", help="Your own questionnaire (YAML).")
    ] = None,
    texts: Annotated[
        Path | None, typer.Option("--texts", help="Your information and consent texts (YAML).")
    ] = None,
    design: DesignOption = "between",
    answer_only: Annotated[
        bool, typer.Option("--answer-only", help="Add a group that sees no trace.")
    ] = False,
    per_group: PerGroupOption = 25,
    demographics: Annotated[
        bool, typer.Option("--demographics", help="Ask voluntary questions about the person.")
    ] = False,
    time_away: Annotated[
        bool,
        typer.Option(
            "--time-away", help="Record how often and for how long people leave a problem."
        ),
    ] = False,
    comprehension: Annotated[
        bool,
        typer.Option(
            "--comprehension", help="Before showing each answer, ask which one the trace leads to."
        ),
    ] = False,
    post: Annotated[
        str, typer.Option("--post", help="Where answers go: server, jatos or file.")
    ] = "server",
    code: CodeOption = None,
    return_url: ReturnOption = None,
    skip_bad: SkipBadOption = False,
) -> None:
    """Build the experiment as a web page that loads nothing from other hosts."""
    from artifact.common.intake import Intake
    from artifact.study.instrument.completion import Completion
    from artifact.study.instrument.items import DEFAULT_ITEMS
    from artifact.study.instrument.texts import DEFAULT_TEXTS, OPTIONS
    from artifact.study.page.build import build_page

    intake = Intake(skip_bad=skip_bad)
    options = {
        "demographics": demographics,
        "time_away": time_away,
        "comprehension": comprehension,
    }
    index = build_page(
        out,
        intake=intake,
        options=[name for name in OPTIONS if options[name]],
        dataset=dataset,
        source=source,
        items=items or DEFAULT_ITEMS,
        texts=texts or DEFAULT_TEXTS,
        problems=problems,
        seed=seed,
        design=design,
        answer_only=answer_only,
        per_group=per_group,
        post=post,
        completion=Completion(code, return_url),
    )
    list_left_out("left out", intake.left_out)
    print(f"the page: {index}")


@app.command()
def serve(
    page: PageOption = Path("study_page"),
    database: DatabaseOption = Path("study.sqlite"),
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            "--port", min=0, max=2**16 - 1, help="Port to listen on; 0 chooses a free one."
        ),
    ] = 8000,
    code: CodeOption = None,
    return_url: ReturnOption = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="Serve a page whose texts are not yet complete.")
    ] = False,
) -> None:
    """Serve the page and store answers until interrupted."""
    from artifact.study.collection.server import serve as serve_page
    from artifact.study.instrument.completion import Completion

    completion = Completion(code, return_url)
    serve_page(page, database, host=host, port=port, completion=completion, draft=draft)


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="Folder to write the files to.")],
    database: DatabaseOption = Path("study.sqlite"),
    saved: Annotated[
        Path | None, typer.Option("--saved", help="Folder of sessions saved by JATOS or as files.")
    ] = None,
    page: PageOption = Path("study_page"),
    skip_bad: SkipBadOption = False,
) -> None:
    """Export ratings, comments and a codebook to files on this machine.

    Reads the server's database or, with --saved, session files of the page at --page.
    """
    from artifact.common.intake import Intake
    from artifact.study.collection.export import export as export_sessions
    from artifact.study.collection.sessions import read_database, read_saved_sessions

    intake = Intake(skip_bad=skip_bad)
    sessions = read_saved_sessions(page, saved, intake) if saved else read_database(database)
    list_left_out("left out", intake.left_out)
    print(export_sessions(sessions, out).as_text())


@app.command()
def analyse(
    ratings: Annotated[Path, typer.Argument(help="CSV file in the layout of the export.")],
    design: DesignOption = "between",
    demographics: Annotated[
        Path | None,
        typer.Option(
            "--demographics", help="The demographics file of the same export, to be tabulated."
        ),
    ] = None,
    comprehension: Annotated[
        Path | None, typer.Option("--comprehension", help="The guesses of the same export.")
    ] = None,
    max_seconds_away: Annotated[
        float | None,
        typer.Option(
            "--max-seconds-away",
            min=0,
            max=MOST_TIMEOUT,
            help="Leave out people who were away for longer in total; by default nobody.",
        ),
    ] = None,
    seed: SeedOption = 20260401,
    skip_bad: SkipBadOption = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write the analysis to this file.", callback=writable),
    ] = None,
) -> None:
    """Analyse ratings, with and without the participants excluded by rule."""
    from artifact.common.files import write_atomically
    from artifact.common.intake import Intake
    from artifact.study.analysis.analysis import analyse as analyse_ratings
    from artifact.study.analysis.exclusions import Rules
    from artifact.study.analysis.report import as_text
    from artifact.study.instrument.design import one_of_designs

    refuse_to_overwrite(json_file, ratings, comprehension)
    chosen, intake = one_of_designs(design), Intake(skip_bad=skip_bad)
    analysis = analyse_ratings(
        ratings,
        seed=seed,
        intake=intake,
        design=chosen,
        rules=Rules() if max_seconds_away is None else Rules(max_seconds_away=max_seconds_away),
        demographics=demographics,
        comprehension=comprehension,
    )
    if json_file is not None:
        write_atomically(json_file, analysis.model_dump_json(indent=2) + "\n")
    print(as_text(analysis))


@app.command()
def simulate(
    out: Annotated[
        Path, typer.Option("--out", help="CSV file to write.", callback=writable)
    ] = Path("ratings_SIMULATED.csv"),
    per_group: PerGroupOption = 25,
    problems: ProblemsOption = 10,
    design: DesignOption = "between",
    seed: SeedOption = 20260401,
    comprehension: Annotated[
        Path | None, typer.Option("--comprehension", help="Also write guesses to this CSV file.")
    ] = None,
) -> None:
    """Write SIMULATED ratings: between subjects they match the published numbers, no more.

    Within subjects one trace type is rated half a point better, by choice; --per-group counts those
    who begin with the same trace type.
    """
    from artifact.claims.published import published
    from artifact.study.instrument.design import one_of_designs
    from artifact.study.instrument.ratings import GROUPS
    from artifact.study.simulation.simulated_guesses import simulate_guesses
    from artifact.study.simulation.synthetic_ratings import simulate_ratings
    from artifact.study.simulation.within_study import simulate_within

    refuse_to_overwrite(comprehension, out)
    within = one_of_designs(design) == "within"
    if within:
        people = per_group * len(GROUPS)
        count = simulate_within(out, people=people, problems=problems, seed=seed)
    else:
        traces = published().study.traces
        ratings = simulate_ratings(traces, out, per_group=per_group, problems=problems, seed=seed)
        count = len(ratings.frame)
    print(f"SIMULATED: {count} ratings in {out}")
    if comprehension:
        count = simulate_guesses(out, comprehension, seed=seed, within=within)
        print(f"SIMULATED: {count} guesses in {comprehension}")


@app.command()
def power(
    per_group: Annotated[
        list[int] | None,
        typer.Option(
            "--per-group",
            min=2,
            max=MOST_PEOPLE,
            help="Participants in each group; may be repeated.",
        ),
    ] = None,
    effects: Annotated[
        list[float] | None,
        typer.Option(
            "--effect",
            min=-MOST_FACTOR,
            max=MOST_FACTOR,
            help="Difference in scale points; may be repeated.",
        ),
    ] = None,
    studies: Annotated[
        int,
        typer.Option(
            "--studies",
            min=1,
            max=MOST_PEOPLE,
            help="Studies simulated for each size and effect.",
        ),
    ] = 200,
    design: DesignOption = "between",
    seed: SeedOption = 20260401,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Also write the table to this file.", callback=writable),
    ] = None,
) -> None:
    """Estimate each test's power for studies of a design, by simulation.

    Within subjects --per-group counts those who begin with the same trace type.
    """
    from artifact.common.files import write_atomically
    from artifact.study.instrument.design import one_of_designs
    from artifact.study.simulation.power import power as simulate_power

    table = simulate_power(
        per_group=per_group or (10, 15, 25, 40),
        effects=effects or (0.0, 0.25, 0.5, 0.75),
        studies=studies,
        seed=seed,
        within=one_of_designs(design) == "within",
    )
    if json_file is not None:
        write_atomically(json_file, table.model_dump_json(indent=2) + "\n")
    print(
        f"{table.mark}: share of {studies} simulated studies in which the test is significant, "
        "with 95 % limits"
    )
    for rate in table.rates:
        print(
            f"{table.mark} {rate.test:17} n {rate.per_group:3} effect {rate.effect:4.2f} "
            f"{100 * rate.rate:5.1f} % [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"
        )
