"""Trains the runs of a grid and keeps what the repository ships of them: records and outputs.

The reference runs were made this way. Finished runs in ``runs`` are not repeated, so the command
can be stopped and run again; the adapters' weights stay there::

    python -m artifact.sft.reference reference/grids.yaml --into reference/runs
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from artifact.common.errors import ERROR_PREFIX, ArtifactError
from artifact.datasets.sources import Source
from artifact.sft import grid
from artifact.sft.missing_runs import complete
from artifact.sft.run_folder import INTERVENTIONS, PREDICTIONS, RECORD, Run

SHIPPED = (RECORD, PREDICTIONS, INTERVENTIONS)
"""Files of a run that are kept, as far as they exist."""


def keep(run: Run, into: Path) -> Path:
    """Copy what is shipped of `run` to a folder of its name below `into`.

    Of a run on anything but look-alikes only its record is shipped: texts of others' data are not
    passed on. ``artifact evaluate --run RUN --keep INTO`` adds the scores.
    """
    folder = into / run.folder.name
    folder.mkdir(parents=True, exist_ok=True)
    invented = Source.parse(run.record.spec.source).kind == "lookalike"
    for name in SHIPPED if invented else (RECORD,):
        if (run.folder / name).is_file():
            shutil.copyfile(run.folder / name, folder / name)
    return folder


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and keep every run of a file of grids."""
    parser = argparse.ArgumentParser("python -m artifact.sft.reference", description=main.__doc__)
    parser.add_argument("grids", type=Path, help="YAML file with a list of grids")
    parser.add_argument("--into", type=Path, required=True, help="folder to keep them in")
    forced_on = "variants on whose models traces are forced"
    parser.add_argument("--interventions", nargs="*", default=[], metavar="VARIANT", help=forced_on)
    given = parser.parse_args(arguments)
    try:
        for spec in grid.read(given.grids):
            forced = spec.variant in given.interventions and spec.corruption is None
            run = complete(spec, forced=forced)
            print(f"{spec.name}: {keep(run, given.into)}", flush=True)
    except ArtifactError as error:
        print(f"{ERROR_PREFIX}{error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
