"""What cutting does: the same model and traces, trained whole or cut, stopped early or not.

The release trains on examples cut from the right and stops answers at a number of tokens. Here runs
that differ in these limits alone stand side by side, under the release's rule and under the strict
one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from artifact.book.sections.sft_variants.cells import NOT_RUN, percent_cells
from artifact.book.sections.sft_variants.compute import Experiment, evidence_of
from artifact.evaluation.scored_runs import ScoredRun
from artifact.evaluation.statistics import pooled
from artifact.evaluation.statistics.paired import Contrast
from artifact.evaluation.statistics.proportions import Share, share
from artifact.sft.spec import Spec
from artifact.workflow.results import Scalar, Table, Value

SCORINGS = {"released": "as released", "exact_set": "strictly"}

WAYS = {
    (False, False): "whole",
    (False, True): "whole_stopped",
    (True, False): "cut",
    (True, True): "cut_stopped",
}
"""(trained on cut examples, stopped earlier than another run) -> name of the figures."""


@dataclass(frozen=True)
class Limited:
    """One run under its two limits.

    Attributes:
        run: one whose answers the release has a rule for.
    """

    run: ScoredRun

    @property
    def trained(self) -> str:
        """Whole examples, or cut ones with their share."""
        limits, training = self.run.spec.optimisation, self.run.record.training
        if not limits.cut or training is None:
            return "whole"
        return f"cut at {limits.max_length} tokens ({100 * training.cut / training.examples:.0f} %)"

    @property
    def most_tokens(self) -> int:
        """Tokens after which an answer is stopped."""
        return self.run.spec.decoding.max_new_tokens

    @property
    def finished(self) -> Share:
        """Outputs that close their answer."""
        texts = [it.prediction for it in self.run.run.predictions]
        return share(sum("</answer>" in text for text in texts), len(texts))

    def right(self, scoring: str) -> dict[str, bool]:
        """Problem id -> whether it is right, by a key of `SCORINGS`."""
        return self.run.released if scoring == "released" else self.run.rights


def limited(experiment: Experiment) -> list[list[Limited]]:
    """Runs that differ in their limits alone, the one without cuts first; only where one was cut
    or stopped earlier."""
    families: dict[tuple[Spec, str], list[ScoredRun]] = {}
    for run in (run for group in experiment.groups for run in group.runs):
        if run.released and run.kept is None:
            families.setdefault((_without_limits(run.spec), run.test_sha256), []).append(run)
    return [
        [Limited(run) for run in sorted(runs, key=_by_limits)]
        for runs in families.values()
        if len({_by_limits(run) for run in runs}) > 1
    ]


def _by_limits(run: ScoredRun) -> tuple[bool, int, int]:
    training, answers = run.spec.optimisation, run.spec.decoding.max_new_tokens
    return training.cut, -training.max_length if training.cut else 0, -answers


def _without_limits(spec: Spec) -> Spec:
    whole = spec.optimisation.model_copy(update={"cut": False, "max_length": 0})
    endless = spec.decoding.model_copy(update={"max_new_tokens": 0})
    return spec.model_copy(update={"optimisation": whole, "decoding": endless})


def against_whole(runs: Sequence[Limited], scoring: str) -> dict[int, Contrast]:
    """Place of a run -> that run minus the first one, on the same problems."""
    rights = {str(place): [it.right(scoring)] for place, it in enumerate(runs)}
    pairs = [(str(place), "0") for place in range(1, len(runs))]
    return {int(it.first): it for it in pooled.contrasts(rights, pairs)}


def cutting_table(experiment: Experiment) -> Table:
    """Each run's limits, how many answers are finished, and how many are right by either rule."""
    families = limited(experiment)
    rows: list[list[Scalar]] = []
    for runs in families:
        contrasts = {scoring: against_whole(runs, scoring) for scoring in SCORINGS}
        for place, it in enumerate(runs):
            spec = it.run.spec
            cells: list[Scalar] = [
                it.run.kind,
                spec.seed,
                it.trained,
                it.most_tokens,
                it.finished.n,
                100 * it.finished.value,
            ]
            for scoring in SCORINGS:
                right = it.right(scoring).values()
                cells += percent_cells(share(sum(right), len(right)))
                cells.append(_change(contrasts[scoring].get(place)))
            rows.append(cells)
    shown = {it.run.record.run for runs in families for it in runs}
    return Table(
        columns=[
            "trained on",
            "seed",
            "examples",
            "tokens an answer",
            "n",
            "finished",
            *_columns("as released"),
            *_columns("strictly"),
        ],
        rows=rows,
        evidence=evidence_of(
            group
            for group in experiment.groups
            if any(run.record.run in shown for run in group.runs)
        ),
        note="Percent, Wilson intervals; finished: outputs that close their answer. Change: "
        "percentage points against the first row of the same traces and seed, on the same "
        "problems, with a 95 % bootstrap interval.",
    )


def _columns(scoring: str) -> Iterable[str]:
    return (
        *(f"right {scoring}", f"95 % low, {scoring}", f"95 % high, {scoring}"),
        f"change, {scoring}",
    )


def _change(it: Contrast | None) -> str | None:
    if it is None:
        return None
    low, high = (100 * limit for limit in it.interval)
    return f"{100 * it.difference:+.1f} [{low:+.1f}, {high:+.1f}]"


def cutting_values(experiment: Experiment) -> dict[str, Value]:
    """What the prose says about the first runs that differ only in their limits."""
    runs = next(iter(limited(experiment)), [])
    most = max((it.most_tokens for it in runs), default=0)
    by_way = {WAYS[it.run.spec.optimisation.cut, it.most_tokens < most]: it for it in runs}
    cut = by_way.get("cut") or by_way.get("cut_stopped")
    stopped = by_way.get("cut_stopped") or by_way.get("whole_stopped")
    limit = cut.run.spec.optimisation.max_length if cut else None
    shown = {
        "cutting.limit": _count(limit),
        "cutting.stop": _count(stopped.most_tokens if stopped else None),
        "cutting.examples": _share(_examples_cut(cut)),
    }
    for way in WAYS.values():
        found = by_way.get(way)
        shown[f"cutting.{way}.finished"] = _share(found.finished if found else None)
        for scoring in SCORINGS:
            right = found.right(scoring).values() if found else ()
            shown[f"cutting.{way}.{scoring}"] = _share(
                share(sum(right), len(right)) if right else None
            )
    return shown


def _examples_cut(it: Limited | None) -> Share | None:
    training = it.run.record.training if it else None
    return share(training.cut, training.examples) if training else None


def _count(value: int | None) -> Value:
    return Value(value=value, unit="count", evidence="reference run", note=NOT_RUN)


def _share(it: Share | None) -> Value:
    if it is None:
        return Value(value=None, unit="share", evidence="reference run", note=NOT_RUN)
    low, high = it.interval
    return Value(
        value=it.value, unit="share", evidence="reference run", n=it.n, interval=(low, high)
    )
