"""The codebook of an export: the questions word for word, and the meaning of columns and values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from artifact.study.instrument import answer_files, ratings_file
from artifact.study.instrument.manifest import Manifest


def codebook(manifest: Manifest) -> str:
    """The codebook as Markdown."""
    asked = manifest.questionnaire
    sections = [
        "# Codebook",
        f"Wording of the items: {asked.wording}. Version of the page: `{manifest.version}`.",
        f"Design: {manifest.design} subjects; trace types {', '.join(manifest.arms)}; "
        f"{manifest.per_group} participants wanted in each group; "
        f"{len(manifest.problems)} problems.",
        "## Items, asked after every problem",
        _table(
            ("item", "dimension", "scale", "reversed", "about the trace", "text"),
            (
                (
                    item.id,
                    item.dimension,
                    item.scale,
                    _yes(item.reversed),
                    _yes(item.needs_trace),
                    item.text,
                )
                for item in asked.items
            ),
        ),
        "## Attention checks",
        _table(
            ("check", "scale", "point asked for", "text"),
            ((check.id, check.scale, str(check.expected), check.text) for check in asked.checks),
        ),
        "## Comment",
        f"`{asked.comment.id}`: {asked.comment.text}",
        *_comprehension(manifest),
        *_personal_questions(manifest),
        "## Scales",
        _table(
            ("scale", "point", "anchor"),
            (
                (name, str(point), anchor)
                for name, anchors in asked.scales.items()
                for point, anchor in enumerate(anchors, start=1)
            ),
        ),
        "## Columns of the ratings",
        f"```\n{ratings_file.__doc__}```",
    ]
    return "\n\n".join(sections) + "\n"


def _comprehension(manifest: Manifest) -> tuple[str, ...]:
    question = manifest.questionnaire.comprehension
    if question is None:
        return ()
    return (
        "## Guesses from the reasoning text, before the answer is shown",
        question,
        _table(
            ("problem", "choice", "right"),
            (
                (shown.id, choice.text, _yes(choice.right))
                for shown in manifest.problems
                for choice in shown.choices
            ),
        ),
        f"Columns of `{answer_files.COMPREHENSION_CSV}`:\n\n```\n{answer_files.__doc__}```",
    )


def _personal_questions(manifest: Manifest) -> tuple[str, ...]:
    about = manifest.questionnaire.demographics
    if about is None:
        return ()
    return (
        "## Questions about the participant, which may be left out",
        _table(
            ("question", "option", "answer", "text"),
            (
                (question.id, str(number), answer, question.text)
                for question in about.questions
                for number, answer in enumerate(about.options(question), start=1)
            ),
        ),
        f"Columns of `{answer_files.DEMOGRAPHICS_CSV}`:\n\n```\n{answer_files.__doc__}```",
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines
    )


def _yes(value: bool) -> str:
    return "yes" if value else "no"
