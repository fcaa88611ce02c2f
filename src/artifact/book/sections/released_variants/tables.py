"""The published and released accuracies as tables, percent."""

from __future__ import annotations

from artifact import datasets
from artifact.book.sections.common import LIMITS, percent
from artifact.book.sections.released_variants.compute import READ_KINDS, model_order
from artifact.claims import read_by_eye
from artifact.claims.published import (
    macro_accuracies,
    over_seeds,
    published,
    released_results,
)
from artifact.claims.rules import decomposed_minus_r1
from artifact.claims.snapshot import VARIANTS, load_snapshot
from artifact.common.p_values import p_text
from artifact.evaluation.statistics.proportions import share
from artifact.workflow.results import Scalar, Table

OF_THE_TABLE = "cotempqa"
"""The dataset of the published table, which the section shows run by run."""
KINDS = (*VARIANTS, "prompting")


def all_tables() -> dict[str, Table]:
    """The tables that the section shows, by key."""
    return {
        "published": published_table(),
        "runs": runs_table(r1_subset=False),
        "seeds": seeds_table(),
        "r1_subset": runs_table(r1_subset=True),
        "read_by_eye": read_by_eye_table(),
        "read_models": read_models_table(),
        "decomposed": decomposed_table(),
        "other_datasets": other_datasets_table(),
    }


def published_table() -> Table:
    """The paper's CoTemp QA table as printed, percent."""
    table = published().cotemp_table
    return Table(
        columns=["model", "variant", "final answer", "classification", "retrieval"],
        rows=[[r.model, r.variant, r.final, r.classification, r.retrieval] for r in table.rows],
        evidence="published",
        note=f"Source: {table.source}. Percent, unweighted mean over the four categories.",
    )


def runs_table(*, r1_subset: bool) -> Table:
    """Every run with its macro accuracy and interval, percent."""
    runs = sorted(
        macro_accuracies(r1_subset=r1_subset),
        key=lambda run: (model_order(run.model), run.variant, run.run),
    )
    sizes = published().cotemp_test_sizes
    return Table(
        columns=["model", "variant", "run", "n", "macro accuracy", *LIMITS],
        rows=[
            [r.model, READ_KINDS.get(r.variant, r.variant), r.run, r.n, r.accuracy, *r.interval]
            for r in runs
        ],
        evidence="published",
        note=f"Result files of the public release. Test sizes: {sizes.source}. The interval is "
        "over problems and says nothing about another training run.",
    )


def seeds_table() -> Table:
    """Mean and standard deviation over the three seeds, percent."""
    rows = over_seeds(macro_accuracies(r1_subset=False))
    return Table(
        columns=["model", "variant", "seeds", "mean", "sd"],
        rows=[[row.model, row.variant, row.seeds, row.mean, row.sd] for row in rows],
        evidence="published",
        note="Result files of the public release with a seed in their name.",
    )


def read_by_eye_table() -> Table:
    """Every file whose outputs were read: what they reach, beside the release's own figure."""
    rows: list[list[Scalar]] = []
    for file in read_by_eye.files_read():
        exact = share(file.exact, file.n)
        rows.append(
            [
                file.model,
                READ_KINDS[file.variant],
                file.category,
                file.n,
                percent(file.released),
                file.begun,
                file.closed,
                file.exact,
                percent(exact.value),
                percent(exact.interval.low),
                percent(exact.interval.high),
                file.mentioned,
                ", ".join(map(str, file.doubtful_rows)) or "none",
                file.commit[:8],
            ]
        )
    return Table(
        columns=[
            *("model", "kind", "category", "n", "as released %", "answer begun", "and closed"),
            *("exactly gold", "exactly gold %", *LIMITS, "all gold mentioned"),
            *("doubtful rows", "commit"),
        ],
        rows=rows,
        evidence="read by eye",
        note="Every output of these files, read by one reader; rows are lines of the file at that "
        "commit. Vanilla outputs are answers from their first word on. A text that ends in the "
        "gold answers without any tag is not counted as exactly gold.",
    )


def read_models_table() -> Table:
    """Model by model what the outputs read by eye reach, beside R1 traces on the same problems."""
    rows: list[list[Scalar]] = []
    for model in sorted(read_by_eye.models(), key=model_order):
        for kind, read in read_by_eye.reads_of(model).items():
            pair: list[Scalar] = [None] * 4
            if kind != "verbose":
                c = read_by_eye.paired(model, "verbose", kind)
                pair = [100 * c.difference, *(100 * limit for limit in c.interval), p_text(c.p)]
            shares = (
                100 * limit
                for found in (read.begun, read.exact)
                for limit in (found.value, *found.interval)
            )
            rows.append([model, READ_KINDS[kind], read.n, percent(read.released), *shares, *pair])
    return Table(
        columns=[
            *("model", "kind", "n", "as released", "answer begun", *LIMITS),
            *("exactly gold", *LIMITS, "R1 traces minus this", *LIMITS, "p"),
        ],
        rows=rows,
        evidence="read by eye",
        note="Percent, equal and mix together, Wilson intervals; differences in percentage points, "
        "paired on the problems; McNemar's exact p.",
    )


def decomposed_table() -> Table:
    """Decomposed traces against R1's on the R1 subset, model by model; percentage points."""
    return Table(
        columns=["model", "n", "decomposed minus R1 traces", *LIMITS],
        rows=[
            [e.model, e.n, 100 * e.value, *(100 * limit for limit in e.interval or ())]
            for e in decomposed_minus_r1()
        ],
        evidence="published",
        note="Macro accuracy by the result files of the public release, one run each; intervals "
        "are over problems.",
    )


def other_datasets_table() -> Table:
    """Accuracy files of the other datasets, percent: what they say in the release's branches, and
    what a file of the same name says in another commit."""
    elsewhere = {(it.path, it.acc): it.commit for it in released_results()}
    rows: list[list[Scalar]] = []
    for file in load_snapshot().reproductions:
        if file.kind != "answers" or file.category or file.dataset == OF_THE_TABLE:
            continue
        others = {
            f"{accuracy} ({commit[:7]})"
            for (path, accuracy), commit in elsewhere.items()
            if file.path.endswith(path) and accuracy != file.stored["acc"]
        }
        title = datasets.get(file.dataset).title
        beside = ", ".join(sorted(others)) or None
        rows.append([title, file.run.model, file.run.variant, file.stored["acc"], beside])
    return Table(
        columns=["dataset", "model", "variant", "accuracy", "in another commit"],
        rows=sorted(
            rows, key=lambda row: (str(row[0]).casefold(), row[1], KINDS.index(str(row[2])))
        ),
        evidence="published",
        note="Result files of the release's branches, one run each; in brackets the commit of a "
        "file of the same name that says something else.",
    )
