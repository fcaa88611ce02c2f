"""The picture on the README: one real figure, drawn from the committed figures of the release.

Made by ``python -m artifact.book.cover``; a test draws it again and compares.
"""

from __future__ import annotations

from artifact.book.figures.charts import answer_trace_mosaic
from artifact.book.figures.style import Shown, show
from artifact.claims.snapshot import load_snapshot
from artifact.common.files import write_atomically
from artifact.common.paths import BOOK
from artifact.evaluation.evaluation import Semantics

DATASET, MODEL, VARIANT = "cotempqa", "Qwen3-1.7B", "correct"
TITLES: dict[Semantics, str] = {"released": "scored as released", "strict": "scored strictly"}
FILE = BOOK / "_static" / "answer-by-trace.svg"


def draw() -> Shown:
    """Answer by trace for one model, under both scorings."""
    tables = {}
    for semantics, title in TITLES.items():
        found = load_snapshot().evaluation(DATASET, MODEL, VARIANT, semantics)
        assert found is not None  # the committed figures hold this run
        tables[title] = [count or 0 for count in found.table.model_dump().values()]
    return show(
        answer_trace_mosaic(tables, title="Is the answer right when the trace is?"),
        name="cover",
        alt=f"Answer by trace of {MODEL}, scored as released and strictly: {tables}",
        caption=f"{MODEL} trained on correct traces, CoTemp QA test set.",
    )


def main() -> None:
    """Write the picture."""
    write_atomically(FILE, draw().svg)


if __name__ == "__main__":
    main()
