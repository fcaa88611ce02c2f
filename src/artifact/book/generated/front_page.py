"""What a reader sees first: one figure, three sentences, and a reason for each verdict.

All numbers come from the ledger and from what was read by eye; none is typed. A sentence whose
evidence is not at hand (no model was intervened on) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from artifact.book.figures.style import INK, OUTLINE, RIGHT, WRONG, show, style
from artifact.book.tables import Numbers
from artifact.claims import read_by_eye
from artifact.claims.evidence import Evidence, Tier
from artifact.claims.ledger import Entry
from artifact.claims.rules import PRINTED_MODEL
from artifact.claims.run_evidence import OVER_RUNS, setting
from artifact.claims.text import figure as value_of
from artifact.common import paths
from artifact.common.characters import unbroken, with_minus
from artifact.common.files import read_yaml, write_atomically
from artifact.common.provenance import commit_date, git_state
from artifact.evaluation.scored_runs import reference_runs
from artifact.evaluation.statistics.proportions import Share, share
from artifact.workflow.results import Scalar

Bars = Mapping[str, tuple[float, str]]
"""Label of a bar -> its length as a fraction, and its colour."""


def write_pages(found: Sequence[Entry], folder: Path) -> None:
    """Write ``front_page.md``, ``claims_summary.md`` and ``version.md`` for the index."""
    by_id = {entry.id: entry for entry in found}
    write_atomically(folder / "front_page.md", front_markdown(by_id))
    write_atomically(folder / "claims_summary.md", summary_markdown(found))
    write_atomically(folder / "version.md", version_markdown())


def front_markdown(found: Mapping[str, Entry]) -> str:
    """The figure and the sentences."""
    moved = _moved(found)
    own = f" Pale bar: wrong answers of our own model, {moved[0].model}." if moved else ""
    shown = show(
        draw(panels(found)),
        name="what-was-found",
        alt="Three small bar charts; the three sentences below give their numbers.",
        caption="Filled bars: strict scoring or reading by eye. Outlined bars: the release's "
        f"scoring.{own}",
        numbers=Numbers(["chart", "bar", "%"], list(_numbers(panels(found)))),
    )
    return (
        "\n\n".join([shown.markup, *(unbroken(with_minus(each)) for each in sentences(found))])
        + "\n"
    )


def sentences(found: Mapping[str, Entry]) -> Iterator[str]:
    """What 28 % is, what the models trained on R1's traces wrote, what a misleading trace does."""
    joint, given = _printed(found, "A"), _printed(found, "B")
    yield (
        f"**What 28 % is.** The abstract's 28 % is the share of *all* test outputs of "
        f"{joint.model} whose trace and answer are both right as the release scores them "
        f"({value_of(joint)}, n = {joint.n}); with each output scored against its own problem, "
        f"{value_of(given)} of the {given.n} with a right trace have the right answer, much of "
        "which is built in, because gold facts contain the answer. "
        "[Trace and answer](sections/step_evaluation.ipynb)"
    )
    read = _read()
    low, high = read.exact.interval
    yield (
        f"**What the models trained on R1's traces really wrote.** Of {read.exact.n} outputs of "
        f"{len(read.models)} such models, read one by one, {100 * read.exact.value:.1f} % "
        f"[{100 * low:.1f}, {100 * high:.1f}] give exactly the gold answers, where the release's "
        f"files say {100 * read.released:.1f} %: many stop at 500 tokens before they answer, and "
        "the released scoring then searches the unfinished trace. "
        "[R1 traces](sections/released_variants.ipynb)"
    )
    if moved := _moved(found):
        followed, effect = moved
        over = OVER_RUNS if effect.what.endswith(OVER_RUNS) else ""
        yield (
            f"**What a misleading trace does.** Our small model, trained on correct traces, goes "
            f"where a misleading trace points in {value_of(followed)} of {followed.n} problems; "
            f"replacing that trace with a correct one changes its accuracy there by "
            f"{value_of(effect)}{over}, so its answer does follow the trace. "
            f'<a href="explorer.html{_swap(followed)}">See it</a>'
        )


def panels(found: Mapping[str, Entry]) -> dict[str, Bars]:
    """The three charts: title -> bars."""
    joint, given, read = _printed(found, "A"), _printed(found, "B"), _read()
    drawn: dict[str, Bars] = {
        f"What 28 % is ({joint.model})": {
            "trace and answer right,\nof all (as released)": (joint.value, "none"),
            "answer right, of those with\na right trace (strict)": (given.value, RIGHT),
        },
        f"What {len(read.models)} models trained\non R1's traces wrote": {
            "answers right, by the\nrelease's files": (read.released, "none"),
            "answers exactly gold,\nread by eye": (read.exact.value, RIGHT),
        },
    }
    if moved := _moved(found):
        drawn["What a misleading trace does"] = {
            "answers of our small model\nthat go where it points": (moved[0].value, WRONG)
        }
    return drawn


def _numbers(drawn: Mapping[str, Bars]) -> Iterator[list[Scalar]]:
    for title, bars in drawn.items():
        for label, (value, _) in bars.items():
            yield [" ".join(title.split()), " ".join(label.split()), 100 * value]


def draw(drawn: Mapping[str, Bars]) -> Figure:
    """The charts, one below the other, each bar with its number."""
    heights = [len(bars) for bars in drawn.values()]
    with style():
        figure, axes = plt.subplots(
            len(drawn),
            1,
            figsize=(3.3, 0.5 + 0.36 * sum(heights) + 0.3 * len(drawn)),
            height_ratios=heights,
            squeeze=False,
            sharex=True,
        )
        for axis, (title, bars) in zip(axes[:, 0], drawn.items(), strict=True):
            for place, (value, colour) in enumerate(bars.values()):
                axis.barh(place, 100 * value, height=0.72, fc=colour, **OUTLINE)
                axis.text(100 * value + 1.5, place, f"{100 * value:.1f} %", va="center", color=INK)
            axis.set_yticks(range(len(bars)), list(bars))
            axis.set(ylim=(len(bars) - 0.5, -0.5), xlim=(0, 115), title=title)
            axis.set_xticks([0, 50, 100])
            axis.grid(axis="y", visible=False)
        axes[-1, 0].set_xlabel("%")
        figure.tight_layout()
    return figure


def summary_markdown(found: Sequence[Entry]) -> str:
    """A table of claims, verdicts and reasons, each row linked to its evidence."""
    head = "| Claim | Verdict, and in how many models it holds | Why, in one line |"
    rows = [
        f"| {{ref}}`{e.id} <claim-{e.id.lower()}>` {e.claim} | **{e.verdict}** "
        f"{_counted(e)} | {why(e)} |"
        for e in found
    ]
    table = "\n".join([head, "|---|---|---|", *rows])
    return unbroken(f":::{{div}} artifact-claims\n{table}\n:::\n")


def why(entry: Entry) -> str:
    """The reason of a claim's verdict in one line."""
    return WHY[entry.id](entry)


def _why_28(entry: Entry) -> str:
    joint, given = _printed({"C1": entry}, "A"), _printed({"C1": entry}, "B")
    return (
        f"It is a share of all outputs ({100 * joint.value:.1f} % as released); of those with a "
        f"right trace, {100 * given.value:.1f} % have the right answer."
    )


def _why_incorrect(entry: Entry) -> str:
    worse = sum(e.holds is False for e in entry.evidence if e.tier == "B" and e.decides)
    k, n = entry.counts.strict
    return (
        "It says only that this can happen: incorrect traces are as good as none, within 5 points, "
        f"in {k} of {n} models; in {worse} they are shown to be worse."
    )


def _why_independent(entry: Entry) -> str:
    k, n = entry.counts.strict
    forced = [100 * e.value for e in entry.evidence if e.tier == "D" and e.unit == "share"]
    low, high = (f"{limit:.0f}" for limit in (min(forced, default=0), max(forced, default=0)))
    takes = f"{low} to {high}" if low != high else high
    forced_text = (
        f" Forced on our models trained on correct traces, a misleading trace takes {takes} % of "
        "the answers."
        if forced
        else ""
    )
    return (
        f"Scored against its own problem, a right trace goes with a right answer in {n - k} of {n} "
        f"models.{forced_text}"
    )


def _why_r1(_: Entry) -> str:
    exact = [100 * read.exact.value for read in read_by_eye.reads("verbose")]
    released = [100 * read.released for read in read_by_eye.reads("verbose")]
    return (
        f"Read by eye, {min(exact):.0f} to {max(exact):.0f} % of the answers are exactly gold, not "
        f"{min(released):.0f} to {max(released):.0f} %: many outputs stop before they answer."
    )


def _why_not_public(entry: Entry) -> str:
    k, n = entry.counts.as_released
    seen = (
        f" In the result files decomposed traces cost more than 5 points for {k} of {n} models."
        if n
        else ""
    )
    return f"The ratings are not public.{seen}"


WHY: Mapping[str, Callable[[Entry], str]] = {
    "C1": _why_28,
    "C2": _why_incorrect,
    "C3": _why_independent,
    "C4": _why_r1,
    "C5": _why_not_public,
    "C6": _why_not_public,
    "C7": lambda _: "A recommendation; it rests on C3 to C6.",
}


def version_markdown() -> str:
    """Version, commit and date of what was built, how to cite it, and where the code is."""
    file = paths.ROOT / "CITATION.cff"
    cited = read_yaml(file) if file.is_file() else {}
    git = git_state(paths.ROOT)
    built = "built outside a checkout"
    if git is not None:
        changed = ", with changes that are not committed" if git.dirty else ""
        built = f"commit `{git.revision[:12]}` of {commit_date(paths.ROOT)}{changed}"
    by = "; ".join(author.get("name", "") for author in cited.get("authors", ()))
    where = cited.get("repository-code", "the address follows with the release")
    return (
        f"Version {cited.get('version', 'unknown')}, {built}.\n\n"
        f"To cite: {by}: *{cited.get('title', '')}*, version {cited.get('version', '')}; and the "
        "paper {cite}`bhambri2025interpretable`. `CITATION.cff` has both.\n\n"
        f"Code: {where}; look into `src/artifact` and `notebooks`.\n"
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """All outputs of models trained on R1's traces that were read by eye, as one."""

    models: tuple[str, ...]
    exact: Share
    released: float


def _read() -> _Reading:
    read = read_by_eye.reads("verbose")
    n = sum(it.n for it in read)
    return _Reading(
        models=tuple(it.model for it in read),
        exact=share(sum(it.exact.right for it in read), n),
        released=sum(it.released * it.n for it in read) / n,
    )


def _printed(found: Mapping[str, Entry], tier: Tier) -> Evidence:
    """The evidence of C1 for the model whose figure it is."""
    return next(
        e for e in found["C1"].evidence if e.tier == tier and (e.model, e.dataset) == PRINTED_MODEL
    )


def _moved(found: Mapping[str, Entry]) -> tuple[Evidence, Evidence] | None:
    """Of the setting with the most problems: the answers that follow a misleading trace, and what
    it costs in accuracy."""
    forced = [e for e in found["C3"].evidence if e.tier == "D"]
    followed = [e for e in forced if e.unit == "share"]
    effects = [e for e in forced if e.unit == "points" and "misleading" in e.what]
    pairs = zip(followed, effects, strict=False)
    return max(pairs, key=lambda pair: pair[0].n or 0, default=None)


def _swap(followed: Evidence) -> str:
    """What the explorer shows first: a misleading trace forced on a run behind the evidence,
    at a problem whose answer follows it; empty if no such run is shipped."""
    for run in reference_runs():
        asked = run.kept is None and run.forced and run.spec.variant == "correct"
        if asked and followed.what.startswith(f"{setting(run)}, seed"):
            return f"#run={run.record.run}&amp;trace=misleading"
    return ""


def _counted(entry: Entry) -> str:
    counted = entry.counts.as_text()
    return f"({counted})" if counted else ""
