"""The commands of the user study: page, collection, export, analysis, simulation, power."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The user study: instrument and analysis.", no_args_is_help=True)

PageOption = Annotated[Path, typer.Option("--page", help="Folder of the built page.")]
DatabaseOption = Annotated[Path, typer.Option("--db", help="SQLite file of the answers.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder or file to write.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Of everything drawn at random.")]


@app.command()
def page(
    out: OutOption,
    source: Annotated[
        str, typer.Option("--source", help="lookalike, or file:PATH with R1 records.")
    ] = "lookalike",
    dataset: Annotated[str, typer.Option("--dataset", help="Whose problems.")] = "cotempqa",
    problems: Annotated[int, typer.Option("--problems", min=1, help="Problems rated.")] = 10,
    seed: SeedOption = 0,
    items: Annotated[
        Path | None, typer.Option("--items", help="Your questionnaire, instead of ours.")
    ] = None,
    texts: Annotated[
        Path | None, typer.Option("--texts", help="Your information and consent texts.")
    ] = None,
    design: Annotated[
        str, typer.Option("--design", help="between or within subjects.")
    ] = "between",
    answer_only: Annotated[
        bool, typer.Option("--answer-only", help="Add a group that sees no trace.")
    ] = False,
    per_group: Annotated[int, typer.Option("--per-group", min=1, help="People a group.")] = 25,
    post: Annotated[
        str, typer.Option("--post", help="Where answers go: server, jatos or file.")
    ] = "server",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad records out and list them.")
    ] = False,
) -> None:
    """Write the experiment as a web page that needs nothing from the net."""
    from artifact.common.intake import Intake
    from artifact.study.instrument.items import OWN_ITEMS
    from artifact.study.instrument.texts import OWN_TEXTS
    from artifact.study.page import build

    intake = Intake(skip_bad=skip_bad)
    first = build(
        out,
        intake=intake,
        dataset=dataset,
        source=source,
        items=items or OWN_ITEMS,
        texts=texts or OWN_TEXTS,
        problems=problems,
        seed=seed,
        design=design,
        answer_only=answer_only,
        per_group=per_group,
        post=post,
    )
    for left_out in intake.left_out:
        print(f"left out: {left_out.reason}")
    print(f"the page: {first}")


@app.command()
def serve(
    page: PageOption = Path("study_page"),
    database: DatabaseOption = Path("study.sqlite"),
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.")] = 8000,
) -> None:
    """Serve the page and store answers until interrupted."""
    from artifact.study.collection.server import serve as run_server

    run_server(page, database, host=host, port=port)


@app.command()
def export(
    out: OutOption,
    database: DatabaseOption = Path("study.sqlite"),
    saved: Annotated[
        Path | None, typer.Option("--saved", help="Folder of sessions saved by JATOS or as files.")
    ] = None,
    page: PageOption = Path("study_page"),
) -> None:
    """Write ratings, comments and a codebook, on this machine only.

    From the server's database, or with --saved from files of sessions of the page at --page.
    """
    from artifact.study.collection.export import export as export_database
    from artifact.study.collection.export import write_export
    from artifact.study.collection.saved import read_saved

    report = write_export(read_saved(page, saved), out) if saved else export_database(database, out)
    print(report.as_text())


@app.command()
def analyse(
    ratings: Annotated[Path, typer.Argument(help="CSV file in the layout of the export.")],
    seed: SeedOption = 20260401,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the analysis to this file.")
    ] = None,
) -> None:
    """Analyse ratings, with and without the participants left out by rule."""
    from artifact.common.files import write_atomically
    from artifact.study.analysis.analysis import analyse as run_analysis
    from artifact.study.analysis.report import as_text

    analysis = run_analysis(ratings, seed=seed)
    if json_file is not None:
        write_atomically(json_file, analysis.model_dump_json(indent=2) + "\n")
    print(as_text(analysis))


@app.command()
def simulate(
    out: OutOption = Path("ratings_SIMULATED.csv"),
    per_group: Annotated[int, typer.Option("--per-group", min=1, help="People a group.")] = 25,
    problems: Annotated[int, typer.Option("--problems", min=1, help="Problems rated.")] = 10,
    seed: SeedOption = 20260401,
) -> None:
    """Write SIMULATED ratings that agree with the published figures and with nothing else."""
    from artifact.study.simulation.simulate import simulate as write_simulated

    ratings = write_simulated(out, per_group=per_group, problems=problems, seed=seed)
    print(f"SIMULATED: {len(ratings.frame)} ratings in {out}")


@app.command()
def power(
    per_group: Annotated[
        list[int] | None, typer.Option("--per-group", help="People a group; repeat for more.")
    ] = None,
    effects: Annotated[
        list[float] | None, typer.Option("--effect", help="Scale points; repeat for more.")
    ] = None,
    studies: Annotated[int, typer.Option("--studies", min=1, help="Per point.")] = 200,
    seed: SeedOption = 20260401,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the table to this file.")
    ] = None,
) -> None:
    """Simulate studies of this design: how often does each test find the difference?"""
    from artifact.common.files import write_atomically
    from artifact.study.simulation.power import power as simulate_power

    table = simulate_power(
        per_group=per_group or (10, 15, 25, 40),
        effects=effects or (0.0, 0.25, 0.5, 0.75),
        studies=studies,
        seed=seed,
    )
    if json_file is not None:
        write_atomically(json_file, table.model_dump_json(indent=2) + "\n")
    print(f"{table.mark}: share of {studies} simulated studies that say yes, with 95 % limits")
    for rate in table.rates:
        print(
            f"{table.mark} {rate.test:16} n {rate.per_group:3} effect {rate.effect:4.2f} "
            f"{100 * rate.rate:5.1f} % [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"
        )
