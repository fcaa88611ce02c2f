"""A run's scores without its texts: what is shipped for runs on data that may not be passed on.

``scores.json`` lies beside the run's record in place of its outputs. `scored_runs.score_run` reads
it if it exists, so tables and claims need not know the difference.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from artifact.common.errors import CheckError
from artifact.common.files import RESTORE, read_record, write_atomically
from artifact.evaluation.evaluation import Evaluation
from artifact.evaluation.forced_traces import ForcedAnswer, Margin
from artifact.evaluation.statistics.proportions import Share
from artifact.sft.forced_traces import Forced
from artifact.sft.run_folder import Record, Run

SCORES = "scores.json"


class KeptScores(BaseModel):
    """``scores.json``.

    Attributes:
        run: hash of the run.
        test_sha256: of the problems that were scored.
        released, exact_set: problem id -> whether the answer is right by that rule.
        evaluation: under strict semantics.
        forced, margins: trace -> problem id -> the answer after it, and its margins.
        shortcuts: what rules that skip the reasoning get right on the same problems.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str
    test_sha256: str
    released: dict[str, bool]
    exact_set: dict[str, bool]
    evaluation: Evaluation
    forced: dict[Forced, dict[str, ForcedAnswer]]
    margins: dict[Forced, dict[str, Margin]]
    shortcuts: dict[str, Share]


def read(run: Run) -> KeptScores:
    """The scores that were kept for a run.

    Raises:
        InputError: if the file can't be read.
        CheckError: if it is not the one that was kept.
    """
    record = run.check(SCORES)
    scores = read_record(run.folder / SCORES, KeptScores, cure=RESTORE)
    if scores.run != record.run or record.test_sha256 not in (None, scores.test_sha256):
        raise CheckError(
            f"{run.folder / SCORES}: belongs to a run other than {record.run}; {RESTORE}"
        )
    return scores


def write(scores: KeptScores, record: Record, folder: Path) -> Run:
    """Keep a run's record and scores in a folder of its own."""
    write_atomically(folder / SCORES, scores.model_dump_json(indent=1) + "\n")
    kept = Run(folder)
    kept.write(record, finished=[SCORES])
    return kept
