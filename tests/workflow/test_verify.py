"""Numbers as shipped beside those made anew: what agrees, what does not, what was not checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifact.claims import ledger
from artifact.common import paths
from artifact.common.errors import CheckError, InputError
from artifact.workflow import verify as module
from artifact.workflow.results import Value
from artifact.workflow.verify import Check, as_text, refuse_for, verify

REAL = Path(__file__).parents[2] / "reference"


def measured(value: float, **fields: Any) -> Value:
    return Value(value=value, unit="share", evidence="lookalike", **fields)


@pytest.mark.parametrize(
    ("shipped", "recomputed", "agrees"),
    [
        (measured(0.5), measured(0.5), True),
        (measured(0.5), measured(0.5 + 1e-12), True),
        (measured(0.5), measured(0.51), False),
        (measured(0.5), None, False),
        (None, measured(0.5), False),
        (measured(0.5, n=8), measured(0.5, n=9), False),
        (measured(0.5, interval=(0.1, 0.9)), measured(0.5, interval=(0.1, 0.9 + 1e-12)), True),
        (measured(0.5, interval=(0.1, 0.9)), measured(0.5, interval=(0.1, 0.8)), False),
        (measured(0.5, interval=(0.1, 0.9)), measured(0.5), False),
    ],
)
def test_two_numbers_agree_if_only_rounding_differs(
    shipped: Value | None, recomputed: Value | None, agrees: bool
) -> None:
    assert Check.of("C1", "share", shipped, recomputed).agrees is agrees
    said = Check.of("C1", "share", shipped, recomputed, made=False)
    assert (said.agrees, said.recomputed) == (None, None) or not agrees


def test_the_table_shows_both_numbers_and_what_it_comes_to() -> None:
    checks = [
        Check.of("C1", "share", measured(0.25), measured(0.5)),
        Check("C2", "points", 0.1, None, None),
        Check("run 1", "answers", 110, 78, None),
        Check("every step", "artifact book", None, None, True),
    ]
    head, first, second, free, third, end = as_text(checks).splitlines()
    assert head.split() == ["claim", "shipped", "recomputed", "difference", "agrees", "what"]
    assert first.split() == ["C1", "0.2500", "0.5000", "0.2500", "NO", "share"]
    assert second.split()[-3:] == ["not", "checked", "points"]
    assert free.split()[-3:] == ["may", "differ", "answers"]
    assert third.split()[-3:] == ["yes", "artifact", "book"]
    assert end.startswith("1 agree, 1 do not, 1 were not checked: they need the paper's release")
    assert as_text(checks[3:]).endswith("1 agree, 0 do not, 0 were not checked")
    with pytest.raises(CheckError, match="1 of 4 checks failed"):
        refuse_for(checks)
    refuse_for(checks[1:])


def test_a_step_that_is_ended_from_outside_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    monkeypatch.setattr(module, "PROGRAM", kill)
    assert module._works(tmp_path, module.Progress(5), "train", "spec.yaml").agrees is False
    said = capsys.readouterr()
    assert said.out == "step 1 of 5: artifact train spec.yaml\n"
    assert "artifact train spec.yaml was killed by SIGKILL" in said.err


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A checkout whose steps are not run, with a shipped ledger of its own."""
    monkeypatch.setattr(paths, "REFERENCE", tmp_path)
    monkeypatch.setattr(paths, "release_root", lambda: None)
    monkeypatch.setattr(module, "SMOKE", ())
    ledger.write(ledger.current(), tmp_path / module.LEDGER)
    return tmp_path / module.LEDGER


def test_what_the_release_is_needed_for_is_not_claimed(quick: Path) -> None:
    checks = verify("quick")
    assert {it.agrees for it in checks} == {True, None}
    evidence = [e for entry in ledger.current() for e in entry.evidence]
    ours = sum(e.tier in ("C", "D", "R") for e in evidence)
    assert sum(it.agrees is True for it in checks) == ours + len(ledger.current())
    assert len(checks) == len(evidence) + len(ledger.current())


def test_a_wrong_shipped_number_is_named(quick: Path) -> None:
    text = quick.read_text()
    right = min(e.value for e in ledger.current()[0].evidence if e.tier == "C")
    assert 0 < right < 1
    holders = {entry.id for entry in ledger.current() for e in entry.evidence if e.value == right}
    quick.write_text(text.replace(str(right), "0.123"))
    wrong = [it for it in verify("quick") if it.agrees is False]
    assert {it.shipped for it in wrong} == {0.123}
    assert "C1" in {it.claim for it in wrong} == holders


def _of_tier(entry: dict[str, Any], tier: str) -> dict[str, Any]:
    return next(it for it in entry["evidence"] if it["tier"] == tier)


@pytest.mark.parametrize(
    "plant",
    [
        lambda entry: _of_tier(entry, "C").update(n=1),
        lambda entry: _of_tier(entry, "C").update(interval=[0.0, 0.1]),
        lambda entry: _of_tier(entry, "C").update(holds=None),
        lambda entry: _of_tier(entry, "A").update(value=0.9),
        lambda entry: entry["evidence"].remove(_of_tier(entry, "B")),
        lambda entry: entry.update(published="99 %"),
        lambda entry: entry["counts"].update(strict=[9, 9]),
    ],
    ids=["n", "interval", "holds", "of the release", "left out", "published", "counts"],
)
def test_whatever_else_was_changed_is_named(quick: Path, plant: Callable[[Any], object]) -> None:
    entries = json.loads(quick.read_text())
    plant(entries[0])
    quick.write_text(json.dumps(entries))
    wrong = [it for it in verify("quick") if it.agrees is False]
    assert {it.claim for it in wrong} == {"C1"}


@pytest.mark.parametrize("damage", [b"", b"{not json", b"{}", b"\xff\xfe[]", b'[{"id": 1}]'])
def test_a_damaged_ledger_is_one_line_with_its_cure(quick: Path, damage: bytes) -> None:
    quick.write_bytes(damage)
    with pytest.raises(InputError, match=r"claims\.json.*(git checkout|save it as UTF-8)"):
        verify("quick")


def test_without_shipped_numbers_the_cure_is_said(quick: Path) -> None:
    quick.unlink()
    with pytest.raises(InputError, match=r"artifact claims --json reference/claims\.json"):
        verify("quick")


def test_an_unknown_section_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match="step_evaluation"):
        verify("rerun", "step")
