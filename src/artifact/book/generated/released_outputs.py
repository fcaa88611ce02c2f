"""The release's outputs for the explorer, where a reader asked for them on their own machine.

Their texts are the release's and may not be passed on, so no book holds them unless it was built
with ``--with-release-texts``; such a book says so where it is read, and keeps them in a folder of
their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from artifact import datasets
from artifact.book.generated.explorer_rows import Json, judged
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.common.fetch.release import RELEASE_BRANCHES, require_pinned
from artifact.common.files import write_atomically
from artifact.datasets.dataset import Dataset
from artifact.datasets.release_records import GoldRow, StoredOutput, StoredRun
from artifact.evaluation.released import GoldTables, released_steps, rules_of
from artifact.evaluation.scoring import why_no_steps

OPTION = "--with-release-texts"
PLACE = "release/"
"""Where their files lie below the explorer's."""

LONGEST = 8000
"""Characters of an output that are shown; verdicts are those of the whole text."""

LOCAL_ONLY = (
    "This build of the book holds texts of the paper's release (single outputs, with questions and "
    "facts of its datasets). It is for reading on this machine only: do not publish it or pass it "
    "on. `artifact book` without options builds one that can be."
)
ABSENT = (
    f"It holds the reference runs only; where the release is available, `artifact book {OPTION}` "
    "adds its stored outputs, for reading on your own machine ([Data](data.md))."
)
NOTICE_PAGE = "local_only.md"
"""What the first page includes: the notice, or nothing."""

NOTICE = "LOCAL-ONLY.txt"
"""Marks the folder of a book that contains such texts."""


@dataclass(frozen=True, slots=True)
class ReleasedRun:
    """The outputs that the release stores of one model and variant, at least one.

    Attributes:
        dataset: whose problems were asked.
        run: model and variant.
        commit: the first seven digits of the upstream commit that they are read from.
        outputs: in file order.
    """

    dataset: Dataset
    run: StoredRun
    commit: str
    outputs: tuple[StoredOutput, ...]

    @property
    def name(self) -> str:
        """Names its files, below the explorer's."""
        words = "-".join((self.dataset.name, *self.run))
        return PLACE + re.sub(r"[^\w.-]", "_", words, flags=re.ASCII)


def root_at_hand() -> Path:
    """The release whose texts were asked for.

    Raises:
        InputError: if it is not at hand.
        CheckError: if a file of it is not the pinned one, so that no commit can be named.
    """
    root = paths.release_root()
    if root is None or not root.is_dir():
        raise InputError(
            "needs the paper's release, which was not found",
            field=OPTION.removeprefix("--"),
            cure="run `artifact data fetch release`, or set ARTIFACT_RELEASE to its folder",
        )
    require_pinned(root)
    return root


def runs_in(root: Path) -> Iterator[ReleasedRun]:
    """Every run whose outputs the release below `root` stores, by dataset."""
    for dataset in map(datasets.get, datasets.names()):
        if dataset.release is None:
            continue
        for run in dataset.release.scoring.list_stored(root):
            outputs = dataset.release.read_outputs(root, *run).outputs
            yield ReleasedRun(dataset, run, _commit(outputs[0], root), outputs)


def _commit(output: StoredOutput, root: Path) -> str:
    """That of the branch or later commit in whose folder the output's file lies."""
    branch, below, *_ = Path(output.where).relative_to(root).parts
    pinned = {it.name: it.commit for it in RELEASE_BRANCHES}
    return pinned.get(branch, below)[:7]


def rows_of(released: ReleasedRun, root: Path) -> list[Json]:
    """Each output as `judged`, ``lenient`` as the release itself counts, and why.

    ``looked_up`` is the question and label of the row in which the release looked for gold steps,
    where that is not the output's own problem; None where it is, or where it looked for none.
    ``cut`` counts the characters left out of a long text.
    """
    dataset, variant = released.dataset, released.run.variant
    scored = why_no_steps(variant, "released") is None
    tables = GoldTables(rules_of(dataset), root) if scored else None
    rows = []
    for output in released.outputs:
        row = judged(dataset, output, variant) | {"lenient": None, "looked_up": None}
        steps = released_steps(output, tables) if tables else None
        if tables and steps:
            row["lenient"] = (steps.class_right, steps.any_context)
            found = tables.row_for(output)
            if not found.is_of(output.problem):
                row["looked_up"] = {"question": _asked(found), "label": found.category}
        text = row["text"]
        rows.append(row | {"text": text[:LONGEST], "cut": max(0, len(text) - LONGEST)})
    return rows


def _asked(row: GoldRow) -> str:
    """The question of a row, without the facts and instructions that its column may hold too."""
    return row.question.rpartition("Question:")[2].partition("Only return")[0].strip()


def listed(released: ReleasedRun, problems: str, rows: Sequence[Json]) -> Json:
    """How the page lists the run; ``right`` is the share of right answers by `exact_set`."""
    return {
        "id": released.name,
        "group": f"Released outputs (commit {released.commit}), {released.dataset.title}, "
        f"{len(rows)} test problems",
        "kind": ", ".join(released.run),
        "seed": None,
        "right": round(100 * sum(row["right"] for row in rows) / len(rows), 1),
        "problems": problems,
        "forced": False,
        "commit": released.commit,
    }


def write_pages(folder: Path, *, shown: bool) -> None:
    """Write ``explorer_release.md`` and ``local_only.md``, which pages include: what this build
    holds, and on the first page nothing unless it holds texts of the release."""
    warning = f":::{{warning}}\n{LOCAL_ONLY}\n:::\n"
    limit = (
        f"The release's outputs are every stored generation of each model and variant; texts of "
        f"more than {LONGEST:,} characters are cut, as a note below them says.\n"
    )
    write_atomically(folder / "explorer_release.md", warning + limit if shown else ABSENT + "\n")
    write_atomically(folder / NOTICE_PAGE, warning if shown else "\n")
