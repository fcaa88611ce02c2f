"""The commands of a run: train it, generate its answers, force traces on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from artifact.cli.options import warn_if_altered
from artifact.common.bounds import MOST
from artifact.common.errors import InputError

Backend = Literal["hf", "vllm"]
RunArgument = Annotated[
    str, typer.Argument(help="Folder of a run, or the first digits of its hash.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (train, generate, intervene):
        app.command()(command)


def train(
    spec: Annotated[Path, typer.Argument(help="A YAML file; book/examples/spec.yaml is one.")],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "-p", help="name=value instead of the file's: seed=1, recipe.learning_rate=1e-3 …"
        ),
    ] = None,
) -> None:
    """Fine-tune a model as SPEC says; a run that exists is found, not trained again."""
    from artifact.common.files import located
    from artifact.sft.spec import read

    wanted = read(spec, settings or [])
    warn_if_altered(wanted.source)
    from artifact.sft.train import train as train_run

    try:
        print(train_run(wanted).folder)
    except InputError as error:
        if error.path is None:  # a fault that only the data or the machine reveal
            raise located(error, path=spec) from error
        raise


def generate(
    run: RunArgument,
    backend: Annotated[
        Backend,
        typer.Option(help="vllm needs a CUDA GPU and the extra 'vllm'; not yet tried on one."),
    ] = "hf",
) -> None:
    """Generate answers to those of RUN's test problems that have none yet."""
    from artifact.sft import run_folder

    found = run_folder.find(run)
    from artifact.sft.generate import generate as generate_run

    print(generate_run(found, backend).folder / run_folder.PREDICTIONS)


def intervene(
    run: RunArgument,
    margins_only: Annotated[
        bool,
        typer.Option(
            "--margins-only",
            help="Only score log-probabilities of gold and wrong answers; generate nothing.",
        ),
    ] = False,
    problems: Annotated[
        int | None,
        typer.Option(min=1, max=MOST, help="Only the first N test problems.", metavar="N"),
    ] = None,
) -> None:
    """Force traces on RUN's model; generate its answers and score right and wrong ones."""
    from artifact.sft import run_folder

    found = run_folder.find(run)
    from artifact.sft.forcing import force_traces

    forced = force_traces(found, problems=problems, margins_only=margins_only)
    print(forced.folder / run_folder.INTERVENTIONS)
