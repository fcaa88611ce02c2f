"""From the database to files for analysis: `artifact study export`, on this machine only.

==================================  ==========================================================
file                                holds
==================================  ==========================================================
ratings.csv                         ratings of those who finished, in the layout of `ratings`
participants.csv                    everyone who enrolled: group, state, how far they got
comments_possibly_personal.csv      free text of those who finished; people may name themselves
demographics_possibly_personal.csv  where asked, what those who finished said about themselves
comprehension.csv                   where asked, the answers that they expected from the traces
completion_codes.csv                codes given out, sorted, so that they lead to no answers
codebook.md                         what the items, scales, checks and columns are
==================================  ==========================================================

Participants carry their pseudonyms; no hash of a platform's id is exported. Within subjects the
group of a rating is the trace type seen with the problem, so a participant has several; these
ratings go to ratings_within_subjects.csv, which is analysed with ``--design within``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from artifact.common.errors import CheckError
from artifact.common.files import write_atomically
from artifact.study.collection.codebook import codebook
from artifact.study.collection.sessions import Participant, Sessions, State
from artifact.study.instrument.answer_files import (
    COMPREHENSION_CSV,
    DEMOGRAPHICS_CSV,
    Guess,
    PersonalAnswer,
    write_guesses,
    write_personal_answers,
)
from artifact.study.instrument.items import Demographics
from artifact.study.instrument.manifest import DEMOGRAPHICS, Manifest
from artifact.study.instrument.ratings import Rating, as_ratings
from artifact.study.instrument.ratings_file import read_ratings, write_ratings

POSSIBLY_PERSONAL = (
    "POSSIBLY PERSONAL: free text, in which people may name themselves or others.",
    "Read it before sharing it, and keep it apart from the ratings.",
)


@dataclass(frozen=True)
class ExportReport:
    """What was exported, and who is not in it.

    Attributes:
        folder: where the files are.
        ratings, comments: rows written.
        wanted: participants wanted in each group.
        states: participants by group and state.
    """

    folder: Path
    ratings: int
    comments: int
    wanted: int
    states: Mapping[str, Mapping[State, int]]

    def as_text(self) -> str:
        """The counts, a line for each group."""
        lines = [
            f"{group:14}{by['finished']:9}{self.wanted:8}{by['unfinished']:12}{by['left']:6}"
            for group, by in self.states.items()
        ]
        return "\n".join(
            [
                f"{self.folder}: ratings {self.ratings}, comments {self.comments} (possibly "
                "personal); only from those who finished",
                f"{'group':14}{'finished':>9}{'wanted':>8}{'unfinished':>12}{'left':>6}",
                *lines,
            ]
        )


def export(sessions: Sessions, out: Path) -> ExportReport:
    """Write the files into the folder `out`.

    Raises:
        CheckError: the ratings, read back, are not what was collected.
    """
    manifest = sessions.manifest
    finished = [person for person in sessions.participants if person.state == "finished"]
    rows = [rating for person in finished for rating in _ratings(manifest, person)]
    comments = [row for person in finished for row in _comment(manifest, person)]
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    within = manifest.design == "within"
    ratings = out / ("ratings_within_subjects.csv" if within else "ratings.csv")
    write_ratings(rows, ratings)
    _check_ratings(rows, ratings, within=within)
    _write(
        out / "participants.csv",
        ("participant", "group", "state", "trials_answered", "problems_answered", "seconds"),
        (_progress(manifest, person) for person in sessions.participants),
    )
    _write(
        out / "comments_possibly_personal.csv",
        ("participant", "group", "comment"),
        comments,
        remarks=POSSIBLY_PERSONAL,
    )
    about = manifest.questionnaire.demographics
    if about is not None:
        write_personal_answers(
            (row for person in finished for row in _personal(about, person)), out / DEMOGRAPHICS_CSV
        )
    if manifest.questionnaire.comprehension is not None:
        write_guesses(
            (row for person in finished for row in _guesses(manifest, person)),
            out / COMPREHENSION_CSV,
        )
    codes = sorted(person.code for person in finished if person.code)
    _write(out / "completion_codes.csv", ("code",), ((code,) for code in codes))
    write_atomically(out / "codebook.md", codebook(manifest))
    return ExportReport(out, len(rows), len(comments), manifest.per_group, _states(sessions))


def _ratings(manifest: Manifest, person: Participant) -> Iterable[Rating]:
    passed = _checks_passed(manifest, person)
    for shown in manifest.problems:
        answer = person.answers[shown.id]
        for item in manifest.asked(person.group, shown.id):
            yield Rating(
                participant=person.name,
                group=manifest.arm(person.group, shown.id),
                problem=shown.id,
                item=item.id,
                dimension=item.dimension,
                reversed=item.reversed,
                rating=int(answer.values[item.id]),
                checks_passed=passed,
                duration=answer.seconds,
                simulated=False,
                times_away=answer.times_away,
                seconds_away=answer.seconds_away,
            )


def _checks_passed(manifest: Manifest, person: Participant) -> float | None:
    checks = manifest.questionnaire.checks
    passed = [person.answers[check.id].values[check.id] == check.expected for check in checks]
    return sum(passed) / len(passed) if passed else None


def _comment(manifest: Manifest, person: Participant) -> Iterable[tuple[str, str, str]]:
    name = manifest.questionnaire.comment.id
    text = str(person.answers[name].values[name]).strip() if name in person.answers else ""
    if text:
        # A spreadsheet would run such a text as a formula.
        yield person.name, person.group, f"'{text}" if text[0] in "=+-@" else text


def _personal(about: Demographics, person: Participant) -> Iterable[PersonalAnswer]:
    """A row for each question, blank where nothing was chosen."""
    given = person.answers.get(DEMOGRAPHICS)
    for question in about.questions:
        number = given.values.get(question.id) if given else None
        yield PersonalAnswer(
            participant=person.name,
            question=question.id,
            option=None if number is None else int(number),
            answer="" if number is None else about.options(question)[int(number) - 1],
        )


def _guesses(manifest: Manifest, person: Participant) -> Iterable[Guess]:
    for trial, shown in manifest.guessed(person.group).items():
        given = person.answers[trial]
        ticked = [str(number) in given.values for number in range(1, len(shown.choices) + 1)]
        chosen = [it.text for it, tick in zip(shown.choices, ticked, strict=True) if tick]
        yield Guess(
            participant=person.name,
            group=manifest.arm(person.group, shown.id),
            problem=shown.id,
            choices=len(shown.choices),
            chosen="; ".join(chosen),
            right=ticked == [choice.right for choice in shown.choices],
            seconds=given.seconds,
            simulated=False,
        )


def _progress(manifest: Manifest, person: Participant) -> tuple[str | int | float, ...]:
    rated = [shown.id for shown in manifest.problems if shown.id in person.answers]
    seconds = round(sum(answer.seconds for answer in person.answers.values()), 3)
    return person.name, person.group, person.state, len(person.answers), len(rated), seconds


def _states(sessions: Sessions) -> dict[str, dict[State, int]]:
    states: dict[str, dict[State, int]] = {
        group: {"finished": 0, "unfinished": 0, "left": 0} for group in sessions.manifest.groups
    }
    for person in sessions.participants:
        states[person.group][person.state] += 1
    return states


def _check_ratings(rows: Sequence[Rating], path: Path, *, within: bool) -> None:
    """Read back, the file must give the same ratings; a file without any cannot be read."""
    if rows and not read_ratings(path, within=within).frame.equals(as_ratings(rows).frame):
        raise CheckError(f"{path}: the ratings read back are not those collected")


def _write(
    path: Path,
    head: Sequence[str],
    rows: Iterable[Sequence[str | int | float]],
    *,
    remarks: Sequence[str] = (),
) -> None:
    text = io.StringIO()
    text.writelines(f"# {remark}\n" for remark in remarks)
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    write_atomically(path, text.getvalue())
