"""Verdicts follow from the figures by the claims' rules, and each says how to get it again."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from artifact.claims import ledger
from artifact.claims.evidence import Verdict, verdict
from artifact.claims.ledger import Entry, current, entries
from artifact.claims.published import published
from artifact.claims.rules import RULES
from artifact.claims.snapshot import load_snapshot
from artifact.claims.text import as_text, row_text
from artifact.cli.main import app
from artifact.common.errors import InputError
from artifact.evaluation.scored_runs import reference_runs

REPRODUCED: Verdict = "reproduced"
AS_RELEASED: Verdict = "reproduced only as released"
NOT_TESTABLE: Verdict = "not testable here"


# Our own runs


@pytest.fixture
def of_ours(tmp_path: Path, make_run: Any) -> list[Entry]:
    """The ledger with a run of each kind."""
    for variant, right in {"vanilla": 2, "correct": 4, "incorrect": 8, "verbose": 8}.items():
        answers = {"correct": lambda place: True, "misleading": lambda place: False}
        make_run(
            tmp_path,
            lambda place, right=right: place < right,
            variant=variant,
            astray=lambda place: place == 0,
            forced=answers if variant == "correct" else {},
        )
    return entries(load_snapshot(), reference_runs(tmp_path))


def test_our_runs_speak_to_the_claims_that_they_are_about(of_ours: list[Entry]) -> None:
    spoken = {
        e.id: sorted({str(f.tier) for f in e.evidence if f.tier in ("C", "D")}) for e in of_ours
    }
    assert spoken == {
        "C1": ["C"],
        "C2": ["C"],
        "C3": ["C", "D"],
        "C4": ["C"],
        "C5": [],
        "C6": ["C"],
        "C7": [],
    }


def test_our_runs_leave_the_verdicts_as_they_are_and_say_so(of_ours: list[Entry]) -> None:
    without = {entry.id: entry for entry in entries(load_snapshot())}
    for entry in of_ours:
        assert entry.verdict == without[entry.id].verdict
        assert entry.counts == without[entry.id].counts
        ours = [e for e in entry.evidence if e.tier in ("C", "D")]
        assert entry.because.startswith(without[entry.id].because)
        agree = sum(e.holds is True for e in ours) or "none"
        said = f"{agree} of their {len(ours)} results agree"
        assert (said in entry.because) is bool(ours)


# The ledger of the committed figures


def test_every_claim_has_its_verdict_and_counts() -> None:
    assert {
        entry.id: (entry.verdict, entry.counts.as_released, entry.counts.strict)
        for entry in current()
    } == {
        "C1": (AS_RELEASED, (1, 3), (0, 3)),
        "C2": (REPRODUCED, (2, 6), (1, 6)),
        "C3": (AS_RELEASED, (3, 7), (0, 5)),
        "C4": (AS_RELEASED, (2, 4), (0, 2)),
        "C5": (NOT_TESTABLE, (0, 0), (0, 0)),
        "C6": (NOT_TESTABLE, (2, 4), (0, 0)),
        "C7": (NOT_TESTABLE, (0, 0), (0, 0)),
    }
    assert [entry.id for entry in current()] == [claim.id for claim in published().claims]


def test_the_json_has_the_fields_that_were_promised(tmp_path: Path) -> None:
    path = tmp_path / "new" / "claims.json"
    ledger.write(current(), path)
    assert ledger.read(path) == current()
    written = json.loads(path.read_text(encoding="utf-8"))
    assert [entry["id"] for entry in written] == [f"C{number}" for number in range(1, 8)]
    for entry in written:
        assert {*("id", "claim", "published", "evidence", "verdict", "counts", "because")} == set(
            entry
        )
        assert set(entry["counts"]) == {"as_released", "strict"}
        assert all(entry[name] for name in ("claim", "published", "verdict", "because"))
        for figure in entry["evidence"]:
            assert {
                *("tier", "model", "dataset", "what", "value", "n", "interval"),
                *("holds", "decides", "command"),
            } <= set(figure)
            assert isinstance(figure["value"], float)
            assert figure["n"] > 0
            if figure["interval"] is not None:
                low, high = figure["interval"]
                assert low <= figure["value"] <= high


def commands() -> list[str]:
    return sorted({e.command for entry in current() for e in entry.evidence})


@pytest.mark.parametrize("command", commands())
def test_every_command_is_one_that_the_command_line_takes(command: str) -> None:
    name, *words = shlex.split(command)
    assert name == "artifact"
    group: Any = typer.main.get_command(app)
    chosen, taken, rest = group.resolve_command(group.make_context(name, list(words)), words)
    assert taken.make_context(chosen, rest).params


@pytest.mark.parametrize("entry", current(), ids=lambda entry: entry.id)
def test_every_row_has_a_command_of_its_own(entry: Entry) -> None:
    named = [e.row for e in entry.evidence]
    assert named == [f"{entry.id}.{number}" for number in range(1, len(named) + 1)]
    for e in entry.evidence:
        alone = f"artifact claims --only {e.row}"
        assert e.command.startswith(("artifact evaluate --", alone))
        if e.command.startswith("artifact claims"):
            assert e.command in (alone, f"{alone} --release data/release")
    commands = [e.command for e in entry.evidence]
    assert len(set(commands)) == len(commands)


def test_a_row_is_printed_alone(command_line: Any) -> None:
    for entry in current():
        for e in entry.evidence:
            printed = command_line("claims", "--only", e.row.lower())
            assert printed.code == 0
            assert printed.out == f"{entry.id}: {entry.claim}\n{row_text(e)}\n"
    c2 = next(entry for entry in current() if entry.id == "C2")
    assert command_line("claims", "--only", "C2").out == f"{as_text([c2])}\n"


def test_a_row_is_the_one_that_the_book_numbers_in_a_ledger_with_other_rows() -> None:
    found = current()
    c1 = found[0]
    first, second, *_ = c1.evidence
    again = second.model_copy(update={"value": 0.5, "row": "C1.1"})
    other = [c1.model_copy(update={"evidence": (again,)}), *found[1:]]
    assert ledger.only("C1.2", other, found)[0].evidence == (
        again.model_copy(update={"row": "C1.2"}),
    )
    with pytest.raises(InputError, match=r"row C1\.1 is not .* `--only C1` prints the rows"):
        ledger.only("C1.1", other, found)
    assert first.what == second.what  # only the model tells them apart


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("C8", "no claim is called 'C8'; choose one of C1, C2"),
        ("", "field '--only': is empty; give it a value"),
        ("C2.99", "there is no row 'C2.99'; C2 has rows 1 to "),
        ("C2.x", "field 'only': 'X' is not the number of a row"),
        ("C5.1", "there is no row 'C5.1'; C5 has none"),
    ],
)
def test_a_row_that_is_not_there_is_named(name: str, said: str, command_line: Any) -> None:
    done = command_line("claims", "--only", name)
    assert done.code == 2
    assert said in done.err


def test_every_verdict_is_the_rules_own() -> None:
    for entry in current():
        rule = RULES[entry.id]
        if not rule.not_testable:
            assert entry.verdict == verdict(entry.evidence, rule.speaks, first=rule.first)
