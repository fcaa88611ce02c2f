"""What a reviewer can check in half an hour: numbers as shipped beside the same numbers made anew.

Everything runs in a copy of the checkout, so the reader's own results and runs stay as they are.
A number that is not made anew is called not checked.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import yaml

from artifact.claims import ledger
from artifact.claims.evidence import Evidence
from artifact.claims.ledger import Entry
from artifact.claims.snapshot import compute, load_snapshot
from artifact.common import paths
from artifact.common.errors import CheckError, InputError
from artifact.common.files import read_record
from artifact.evaluation.scored_runs import ScoredRun, reference_runs, score_run
from artifact.sft.run_folder import PREDICTIONS, Run
from artifact.workflow import processes, results, section_inputs
from artifact.workflow.results import Value
from artifact.workflow.sections import SECTIONS

Scope = Literal["quick", "rerun", "full"]

ANNOUNCED: dict[Scope, str] = {
    "quick": "every step once on tiny models (profile smoke), the reference runs rescored and "
    "every number of the claims beside the shipped one; about 5 minutes on two free cores, "
    "2 GB of memory, 200 MB of disk",
    "rerun": "one section re-executed with the parameters of its last run, and each of its numbers "
    "beside the one shown; minutes, 2 GB of memory, 200 MB of disk; runs in runs/ are not "
    "retrained",
    "full": "what --quick does, then the quickest reference run trained again and its "
    "answers compared; at most 30 minutes on two free cores, 4 GB of memory, 1 GB of disk",
}
"""What each scope does, and what it takes."""

STEPS: dict[Scope, int] = {"quick": 3, "rerun": 1, "full": 5}
"""How many steps are announced as they begin."""

LEDGER = "claims.json"
"""In the folder of reference runs: every number of the claims as shipped. Made again by
``artifact claims --json reference/claims.json``."""

COPIED = ("notebooks", "book", "reference", "_config.yml", "_toc.yml", "requirements.lock")
PROGRAM = "from artifact.cli.main import main; main()"

Measured = Evidence | Value
"""A number with its n and interval."""

TOLERANCE = 1e-9
"""Between two numbers that should be the same but for rounding."""


class Progress:
    """Says which step begins, of how many, and how long the others took."""

    def __init__(self, steps: int) -> None:
        self._steps, self._begun, self._start = steps, 0, time.monotonic()

    def begin(self, step: str) -> None:
        """Name the step that begins."""
        self._begun += 1
        so_far = f", {time.monotonic() - self._start:.0f} s so far" if self._begun > 1 else ""
        print(f"step {self._begun} of {self._steps}{so_far}: {step}", flush=True)


@dataclass(frozen=True, slots=True)
class Check:
    """One number, or one thing that works or does not.

    Attributes:
        claim: which claim, run or section it belongs to.
        what: in words.
        shipped, recomputed: as it came, and as it was made here; None where there is none.
        agrees: None where it was not checked or, with a number that was made here, where it need
            not be the same.
    """

    claim: str
    what: str
    shipped: float | None
    recomputed: float | None
    agrees: bool | None

    @classmethod
    def of(
        cls,
        claim: str,
        what: str,
        before: Measured | None,
        again: Measured | None,
        *,
        made: bool = True,
    ) -> Check:
        """Two figures that should be the same in number, n and interval.

        Args:
            before, again: as shipped, and as it is here; None where it is in one of them alone.
            made: whether `again` was made anew; else it can only disagree.
        """
        same = before is not None and again is not None and _same(before, again)
        shipped, recomputed = (
            None if it is None else _as_number(it.value) for it in (before, again)
        )
        if same and not made:
            return cls(claim, what, shipped, None, None)
        return cls(claim, what, shipped, recomputed, same)


def _same(before: Measured, again: Measured) -> bool:
    limits = ((it.interval or ()) for it in (before, again))
    pairs = [(before.value, again.value), *zip_longest(*limits)]
    return before.n == again.n and all(
        one == other
        or (
            isinstance(one, int | float)
            and isinstance(other, int | float)
            and abs(one - other) <= TOLERANCE
        )
        for one, other in pairs
    )


def _as_number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None


def verify(scope: Scope, section: str | None = None) -> list[Check]:
    """All checks of `scope`; says beforehand what it does, and each step as it starts.

    Raises:
        InputError: if `section` is unknown, or has not been executed yet.
    """
    if section is not None and section not in SECTIONS:
        known = ", ".join(SECTIONS)
        raise InputError(f"is not a section (choose one of: {known})", field="rerun")
    print(f"verify --{scope}: {ANNOUNCED[scope]}", flush=True)
    progress = Progress(STEPS[scope])
    if scope == "rerun":
        assert section is not None
        return list(_section_again(section, progress))
    found = list(_claims_again(progress))
    with _copy() as root:
        found += [_works(root, progress, *command) for command in SMOKE]
        if scope == "full":
            found += _trained_again(root, progress)
    return found


SMOKE = (("run", "--profile", "smoke"), ("book",))
"""Commands that show that every step works."""


NEEDS_RELEASE = "the paper's release (`artifact data fetch release`, or ARTIFACT_RELEASE=DIR)"
"""What the numbers that are not checked rest on."""


def as_text(checks: Sequence[Check]) -> str:
    """The table and a summary; the words come last, where they may be long."""
    said = {True: "yes", False: "NO", None: "not checked"}
    rows = [["claim", "shipped", "recomputed", "difference", "agrees", "what"]]
    for it in checks:
        difference = None
        if it.shipped is not None and it.recomputed is not None:
            difference = it.recomputed - it.shipped
        numbers = (it.shipped, it.recomputed, difference)
        free = it.agrees is None and it.recomputed is not None
        word = "may differ" if free else said[it.agrees]
        rows.append([it.claim, *map(_number, numbers), word, it.what])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    agree, wrong = (sum(it.agrees is value for it in checks) for value in (True, False))
    left = sum(it.agrees is None and it.recomputed is None for it in checks)
    end = f"{agree} agree, {wrong} do not, {left} were not checked"
    if left:
        end += f": they need {NEEDS_RELEASE}"
    return "\n".join([*(line.rstrip() for line in lines), end])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _claims_again(progress: Progress) -> Iterator[Check]:
    """Every claim, number by number and what follows from them; those from the release only where
    it is at hand, else they are compared with its committed numbers."""
    release = paths.release_root()
    progress.begin("score the reference runs" + (" and the release's outputs" if release else ""))
    snapshot = compute(release) if release else load_snapshot()
    shipped = {it.id: it for it in _shipped_ledger()}
    made = {it.id: it for it in ledger.entries(snapshot, reference_runs())}
    for claim in dict.fromkeys([*shipped, *made]):
        before, again = (_evidence_of(it.get(claim)) for it in (shipped, made))
        for key in dict.fromkeys([*before, *again]):
            tier, what = key
            anew = release is not None or tier in ("C", "D", "R")
            yield Check.of(claim, what, before.get(key), again.get(key), made=anew)
        said = "what is claimed, the verdict with its counts, and on which numbers they rest"
        same = _conclusion(shipped.get(claim)) == _conclusion(made.get(claim))
        yield Check(claim, said, None, None, same)


def _shipped_ledger() -> list[Entry]:
    cure = f"`git checkout reference/{LEDGER}`, or `artifact claims --json reference/{LEDGER}`"
    return read_record(paths.REFERENCE / LEDGER, list[Entry], cure=cure)


def _evidence_of(entry: Entry | None) -> dict[tuple[str, str], Evidence]:
    """Tier and words -> evidence."""
    evidence = entry.evidence if entry else ()
    return {(e.tier or "file", f"{e.model}, {e.dataset}: {e.what}"): e for e in evidence}


def _conclusion(entry: Entry | None) -> tuple[object, ...]:
    """All that an entry says except the numbers themselves."""
    if entry is None:
        return ()
    rows = _evidence_of(entry)
    signs = {key: (e.unit, e.holds, e.decides) for key, e in rows.items()}
    return (entry.model_dump(exclude={"evidence"}), signs)


def _section_again(section: str, progress: Progress) -> Iterator[Check]:
    """A section executed in a copy, number by number against its last run here."""
    before = results.read(section_inputs.results_path(section))
    given = [f"-p{name}={_argument(value)}" for name, value in before.parameters.items()]
    with _copy() as root:
        (root / "runs").symlink_to(paths.RUNS)
        ran = _works(root, progress, "run", "--section", section, *given)
        yield ran
        if not ran.agrees:
            return
        after = results.read(root / "results" / f"{section}.json")
    for key in dict.fromkeys([*before.values, *after.values]):
        yield Check.of(section, key, before.values.get(key), after.values.get(key))
    for key in dict.fromkeys([*before.tables, *after.tables]):
        tables = (it.tables.get(key) for it in (before, after))
        one, other = (it and it.rows for it in tables)
        yield Check(section, f"table {key}", None, None, one == other)


def _argument(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _trained_again(root: Path, progress: Progress) -> Iterator[Check]:
    """The cheapest reference run, trained and answered anew: whether its file is the same byte for
    byte, or else whether its accuracy is within the shipped one's 95 % interval."""
    shipped = min(
        (it for it in reference_runs() if it.spec.variant == "correct" and it.kept is None),
        key=lambda it: it.record.training.seconds if it.record.training else float("inf"),
    )
    name = shipped.record.run
    spec = root / "spec.yaml"
    spec.write_text(yaml.safe_dump(shipped.spec.model_dump(mode="json", exclude_none=True)))
    before = set((root / "runs").iterdir())
    yield _works(root, progress, "train", str(spec))
    made = sorted(set((root / "runs").iterdir()) - before)
    if not made:
        return
    yield _works(root, progress, "generate", str(made[0]))
    again = score_run(Run(made[0]), "here")
    answers, ours = _predictions(shipped), _predictions(again)
    equal = sum(one == other for one, other in zip(answers, ours, strict=False))
    yield Check(
        f"run {name}",
        "answers, and how many are byte-identical here (rounding depends on the processor)",
        len(answers),
        equal,
        answers == ours or None,
    )
    low, high = shipped.accuracy.interval
    within = low <= again.accuracy.value <= high
    yield Check(
        f"run {name}",
        "accuracy, within the shipped one's 95 % interval",
        shipped.accuracy.value,
        again.accuracy.value,
        within,
    )


def _predictions(run: ScoredRun) -> list[bytes]:
    return (run.run.folder / PREDICTIONS).read_bytes().splitlines()


def _works(root: Path, progress: Progress, *command: str) -> Check:
    """Whether a command of this artifact succeeds in the copy at `root`."""
    words = " ".join(command)
    progress.begin(f"artifact {words}")
    log = root / "verify.log"
    os.environ["ARTIFACT_ROOT"], before = str(root), os.environ.get("ARTIFACT_ROOT")
    try:
        with log.open("a") as stream:
            program = [sys.executable, "-c", PROGRAM, *command]
            code = processes.run(program, stdout=stream, stderr=stream)
    finally:
        os.environ.pop("ARTIFACT_ROOT")
        if before is not None:
            os.environ["ARTIFACT_ROOT"] = before
    if code:
        print(log.read_text(encoding="utf-8", errors="replace")[-2000:], file=sys.stderr)
    if code < 0:
        print(
            f"artifact {words} was killed by {signal.Signals(-code).name}; free "
            "some memory and run verify again",
            file=sys.stderr,
        )
    return Check("every step", f"artifact {words}", None, None, code == 0)


@contextmanager
def _copy() -> Iterator[Path]:
    """A copy of the checkout without anything made in it; data are shared."""
    with tempfile.TemporaryDirectory(prefix="artifact-verify-") as folder:
        root = Path(folder)
        for name in COPIED:
            source = paths.ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("sections"))
            elif source.is_file():
                shutil.copy2(source, root / name)
        paths.DATA.mkdir(exist_ok=True)
        (root / "data").symlink_to(paths.DATA)
        yield root


def refuse_for(checks: Sequence[Check]) -> None:
    """Raises CheckError if a check failed."""
    if wrong := sum(it.agrees is False for it in checks):
        raise CheckError(f"{wrong} of {len(checks)} checks failed")
