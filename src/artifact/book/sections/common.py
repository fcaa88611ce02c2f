"""What every section shows alike: text as it stands, captions with their evidence, provenance."""

from __future__ import annotations

import html

from artifact.book.tables import Caption, Markup
from artifact.common.p_values import p_text
from artifact.evaluation.statistics.association import Independence
from artifact.evaluation.statistics.proportions import share
from artifact.workflow.parameters import as_typed
from artifact.workflow.results import Evidence, Scalar, SectionResult, Table

EVIDENCE_IN_WORDS: dict[Evidence, str] = {
    "lookalike": "look-alike problems",
    "simulated": "SIMULATED",
    "release": "release, recomputed in this build",
    "committed release figures": "committed numbers of the release",
    "published": "published or released numbers",
    "read by eye": "outputs of the release's later commits, read by eye",
    "hub": "problems from the hub",
    "file": "problems from the reader's file",
    "own run": "runs made here",
    "reference run": "reference runs, which come with the repository",
    "own and reference runs": "runs made here and reference runs, labelled",
}


BADGES: dict[Evidence, str] = EVIDENCE_IN_WORDS | {
    "release": "release, recomputed",
    "committed release figures": "release, committed",
    "published": "published",
    "read by eye": "release, read by eye",
    "hub": "hub",
    "file": "reader's file",
    "own run": "made here",
    "reference run": "reference runs",
    "own and reference runs": "own and reference runs",
}
"""The same in a word or two, for the badge of a caption."""


def caption(text: str, evidence: Evidence, *, n: int | None = None) -> Caption:
    """`text` with the number of cases and the evidence behind it."""
    cases = f", n = {n:,}" if n is not None else ""
    return Caption.of(
        text, badge=BADGES[evidence], evidence=EVIDENCE_IN_WORDS[evidence], cases=cases
    )


def percent(share: float | None) -> float | None:
    """A share in [0, 1] in percent; None stays None."""
    return None if share is None else 100 * share


LIMITS = ("95 % low", "95 % high")
GIVEN_RIGHT = ("right traces", "right given trace right", *LIMITS)
TESTS = ("chi²", "Fisher's p")


def given_right(right: int, ok: int) -> list[Scalar]:
    """The cells of `GIVEN_RIGHT`: of `ok` outputs whose trace is right, `right` answer right."""
    if not ok:
        return [ok, None, None, None]
    given = share(right, ok)
    return [ok, *(100 * it for it in (given.value, *given.interval))]


def tests(figures: Independence) -> list[Scalar]:
    """The cells of `TESTS`; Fisher's exact p only where chi-squared is not to be relied on."""
    return [figures.chi2, None if figures.testable else p_text(figures.fisher_p)]


def preformatted(text: str, *, label: str) -> Markup:
    """Text in its own lines, which wraps on a narrow page."""
    return Markup(
        f'<figure class="artifact-text"><figcaption>{html.escape(label)}</figcaption>'
        f'<pre tabindex="0">{html.escape(text)}</pre></figure>'
    )


def provenance_table(result: SectionResult) -> Table:
    """Parameters, versions and machine of a section, as rows for the reader.

    Folders of the machine that ran are not shown: they mean nothing to a reader.
    """
    provenance, machine = result.provenance, result.provenance.hardware
    rows = [
        ["data", result.source],
        ["parameters", "; ".join(typed_parameters(result))],
        ["artifact", provenance.artifact],
        ["Python", provenance.python],
        ["libraries", ", ".join(f"{k} {v}" for k, v in sorted(provenance.libraries.items()))],
        ["machine", f"{machine.cpu}, {machine.cores} cores"],
        ["content hash", result.content_hash[:16]],
    ]
    return Table(columns=["what", "value"], rows=[list(row) for row in rows], evidence="lookalike")


def typed_parameters(result: SectionResult) -> list[str]:
    """What a section was run with, ``NAME=VALUE`` as typed after ``-p``."""
    return [
        f"{name}={_without_folder(value)}"
        for name, value in result.parameters.items()
        if value != ""
    ]


def _without_folder(value: object) -> str:
    """A value as it is typed; for a place on the machine, its kind alone."""
    text = as_typed(value)
    if text.startswith(("release:", "file:")):
        return text.partition(":")[0] + ":…"
    return "…" if text.startswith("/") else text
