"""Which dataset holds the outputs of a model, in the release or in the committed figures."""

from __future__ import annotations

from pathlib import Path

from artifact import datasets
from artifact.claims.published import COTEMP
from artifact.claims.snapshot import load_snapshot, runs_in
from artifact.common.errors import InputError
from artifact.datasets.sources import Source


def release_root(source: str, release: str) -> Path | None:
    """The release whose outputs are scored; None where the committed figures are shown.

    Args:
        source: where problems come from; ``release:DIR`` names the release, too.
        release: the parameter; "" for none.
    """
    parsed = Source.parse(source)
    if parsed.kind == "release":
        return parsed.path
    return Path(release) if release else None


def dataset_of(model: str, dataset: str, root: Path | None) -> str:
    """The dataset on which the model's outputs are scored.

    Args:
        model: as in the release's file names.
        dataset: the one asked for; "" takes the first that holds outputs of the model.
        root: the release; None for the committed figures.

    Raises:
        InputError: if no outputs of the model are stored.
    """
    if root is not None:
        stored = runs_in(root)
    else:
        stored = {name: load_snapshot().models(name) for name in datasets.names()}
    main_first = sorted(stored, key=lambda name: (name != COTEMP, name))
    for name in [dataset] if dataset else main_first:
        if model in stored.get(name, ()):
            return name
    known = sorted({f"{each} ({name})" for name in stored for each in stored[name]})
    where = f" on {datasets.get(dataset).title}" if dataset else ""
    raise InputError(
        f"no numbers of {model}{where}", field="model", cure=f"choose one of {', '.join(known)}"
    )
