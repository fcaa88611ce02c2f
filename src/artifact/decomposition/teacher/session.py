"""A lesson: problems put to a teacher one by one, and a record of each that it solves.

A trace is kept only if the final answer is right by the release's own scoring, as the release kept
R1's; its summary and explanation are asked for then. A problem whose texts can't be used is set
aside with the reason, and one that got no answer is left for the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artifact.common.errors import InputError
from artifact.datasets.problem import Problem, content_hash
from artifact.datasets.release_records import StoredOutput
from artifact.decomposition.teacher.endpoint import (
    Answer,
    Endpoint,
    UnansweredError,
    UnreachableError,
)
from artifact.decomposition.teacher.estimate import CHARACTERS_PER_TOKEN, Request, tokens
from artifact.decomposition.teacher.prompts import Kind, Prompts
from artifact.decomposition.teacher.records import Header, TeacherRecords
from artifact.decomposition.teacher.selection import Selection


@dataclass(frozen=True, slots=True)
class Task:
    """What a teacher is to be asked.

    Attributes:
        chosen: the problems.
        prompts: words and settings.
        kinds: what is asked for; traces are among them.
        model, summary_model: who is asked: the second for summaries.
        max_tokens: limit of an answer besides those of `prompts`.
        keep_wrong: keep the record of a wrong answer too, with its trace alone.
    """

    chosen: Selection
    prompts: Prompts
    kinds: tuple[Kind, ...]
    model: str
    summary_model: str
    max_tokens: int | None = None
    keep_wrong: bool = False

    def model_for(self, kind: Kind) -> str:
        """Who is asked for texts of this kind."""
        return self.summary_model if kind == "summaries" else self.model

    def asked(self, endpoint: str, summary_endpoint: str) -> dict[Kind, str]:
        """By kind, who is asked where; endpoints by their hosts."""
        hosts: dict[Kind, str] = {"summaries": summary_endpoint}
        return {
            kind: f"{self.model_for(kind)} at {hosts.get(kind, endpoint)}" for kind in self.kinds
        }

    def header(self, endpoint: str, summary_endpoint: str) -> Header:
        """What the file of this task says it was made with; endpoints by their hosts."""
        summarised = "summaries" in self.kinds
        return Header(
            dataset=self.chosen.dataset,
            source=self.chosen.source,
            source_sha256=content_hash(self.chosen.problems),
            model=self.model,
            endpoint=endpoint,
            summary_model=self.summary_model if summarised else None,
            summary_endpoint=summary_endpoint if summarised else None,
            prompts_sha256=self.prompts.sha256,
            kinds=self.kinds,
            max_tokens=self.max_tokens,
            keep_wrong=self.keep_wrong,
        )


@dataclass(slots=True)
class Outcome:
    """What became of the problems of a lesson, earlier starts of it included.

    Attributes:
        kept: ids of those with a record.
        wrong: ids of those that were answered wrongly.
        unusable: by id, why an answer can't be used (no reasoning, cut short, too long).
        failed: by id, why there is no answer; asked again at the next start.
        tokens_in, tokens_out: of all answers, as the endpoints count them.
    """

    kept: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unusable: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    tokens_in: int = 0
    tokens_out: int = 0

    def as_text(self) -> str:
        """The outcome as lines for a terminal."""
        lines = [
            f"kept {len(self.kept)}, answered wrongly {len(self.wrong)}, "
            f"unusable {len(self.unusable)}, failed {len(self.failed)}; "
            f"{self.tokens_in:,} tokens in and {self.tokens_out:,} out, as the endpoint counts",
            *(f"  wrong: {each}" for each in self.wrong),
            *(f"  unusable: {each}: {why}" for each, why in self.unusable.items()),
            *(f"  failed: {each}: {why}" for each, why in self.failed.items()),
        ]
        return "\n".join(lines)


class _UnusableError(Exception):
    """An answer of which no record can be made; the text says why."""


@contextmanager
def opened(
    task: Task, out: Path, endpoint: Endpoint, summary_endpoint: Endpoint
) -> Iterator[Session]:
    """The lesson whose records are in `out`, a new one or one to continue.

    Raises:
        InputError, CheckError: as `TeacherRecords`.
    """
    with TeacherRecords(out, task.header(endpoint.host, summary_endpoint.host)) as ledger:
        yield Session(task, ledger, endpoint, summary_endpoint)


class Session:
    """A task with its files and endpoints.

    Args:
        task: what is asked.
        ledger: what is there already, and where answers go.
        endpoint: where traces and explanations are asked for.
        summary_endpoint: where summaries are.
    """

    def __init__(
        self, task: Task, ledger: TeacherRecords, endpoint: Endpoint, summary_endpoint: Endpoint
    ) -> None:
        self._task, self._ledger = task, ledger
        self._endpoint, self._summary_endpoint = endpoint, summary_endpoint
        self._written: dict[str, dict[str, Any]] = {
            str(record.get("id")): record for record in ledger.records.records
        }

    def requests_left(self) -> Iterator[Request]:
        """The requests that are still to be made, at most, for the estimate."""
        for problem in self._task.chosen.problems:
            if problem.id not in self._written:
                yield from self._requests_for(problem)

    def run(self, say: Callable[[str], None]) -> Outcome:
        """Ask for what is missing, problem by problem, and write a record of each solved one.

        Args:
            say: called with a line after each problem.

        Raises:
            InputError: if an endpoint refuses the key or the model, or the first request finds
                nobody there.
        """
        outcome, total = Outcome(), len(self._task.chosen.problems)
        for number, problem in enumerate(self._task.chosen.problems, start=1):
            say(f"[{number}/{total}] {problem.id}: {self._teach(problem, outcome)}")
        order = {problem.id: place for place, problem in enumerate(self._task.chosen.problems)}
        self._ledger.records.sort(key=lambda record: order[str(record["id"])])
        for answer in self._ledger.answers.values():
            outcome.tokens_in += answer.tokens_in
            outcome.tokens_out += answer.tokens_out
        return outcome

    def _teach(self, problem: Problem, outcome: Outcome) -> str:
        """What became of `problem`, in a few words."""
        try:
            record = self._written.get(problem.id) or self._record(problem)
        except _UnusableError as error:
            outcome.unusable[problem.id] = str(error)
            return f"unusable: {error}"
        except UnansweredError as error:
            if isinstance(error, UnreachableError) and not self._ledger.answers:
                raise InputError(str(error), field="endpoint") from error
            outcome.failed[problem.id] = str(error)
            return f"failed: {error}"
        right = self._right(problem, record["prediction"])
        if not right:
            outcome.wrong.append(problem.id)
        if right or self._task.keep_wrong:
            outcome.kept.append(problem.id)
            if problem.id not in self._written:
                self._ledger.records.append(record)
                self._written[problem.id] = record
        return "kept" if right else "answered wrongly"

    def _record(self, problem: Problem) -> dict[str, Any]:
        """The release's record of `problem`; of a wrong answer, with the trace alone."""
        first = self._answer(problem, "traces", {})
        values = self._values(problem, first)
        record: dict[str, Any] = {
            "id": problem.id,
            "input": values["input"],
            "teacher": self._task.model,
            "prediction": first.text,
            "r1_trace": first.trace,
            **self._task.chosen.state(problem),
        }
        if not self._right(problem, first.text):
            return record
        if "summaries" in self._task.kinds:
            record["r1_trace_summary"] = self._answer(problem, "summaries", values).text
        if "explanations" in self._task.kinds:
            explanation = self._answer(problem, "explanations", values)
            record["r1_exp_ans"] = explanation.text
            record["r1_exp_trace"] = explanation.trace
        return record

    def _answer(self, problem: Problem, kind: Kind, values: Mapping[str, str]) -> Answer:
        """The answer that is there already, or asked for now.

        Raises:
            _UnusableError: if no record can be made of it.
            UnansweredError: as `Endpoint.ask`.
        """
        answer = self._ledger.answers.get((problem.id, kind))
        if answer is None:
            prompt = self._task.prompts.of(kind)
            endpoint = self._summary_endpoint if kind == "summaries" else self._endpoint
            answer = endpoint.ask(
                self._task.model_for(kind),
                prompt.filled(values or _asked(problem)),
                temperature=prompt.temperature,
                max_tokens=prompt.token_limit(self._task.max_tokens),
            )
            self._ledger.note(problem.id, kind, answer)
        if fault := self._fault(kind, answer):
            raise _UnusableError(fault)
        return answer

    def _fault(self, kind: Kind, answer: Answer) -> str | None:
        """Why no record can be made of an answer, or None."""
        words, limit = len(answer.text.split()), self._task.prompts.of(kind).words_below
        if answer.cut:
            return f"{kind}: cut short at the limit of tokens"
        if not answer.text:
            return f"{kind}: no final text"
        if kind == "traces" and answer.trace is None:
            return "traces: no reasoning, neither in a field of its own nor in <think>"
        if limit is not None and words >= limit:
            return f"{kind}: {words} words, where fewer than {limit} were asked for"
        return None

    def _right(self, problem: Problem, prediction: str) -> bool:
        """Whether an answer is right by the release's own scoring."""
        output = StoredOutput(problem, prediction, problem.answers, problem.id)
        return self._task.chosen.score(output).right

    def _values(self, problem: Problem, first: Answer) -> dict[str, str]:
        """What fills the places of the prompts that follow the trace."""
        asked = _asked(problem)
        question = self._task.prompts.traces.filled(asked)[-1].content
        return asked | {"input": question, "trace": first.trace or "", "prediction": first.text}

    def _requests_for(self, problem: Problem) -> Iterator[Request]:
        first = self._ledger.answers.get((problem.id, "traces"))
        if first is None:
            yield self._request("traces", _asked(problem))
            length = self._task.prompts.traces.expected_tokens * CHARACTERS_PER_TOKEN
            first = Answer(trace="." * length, text="", cut=False, tokens_in=0, tokens_out=0)
        elif self._fault("traces", first) or not self._right(problem, first.text):
            return
        for kind in self._task.kinds[1:]:
            answer = self._ledger.answers.get((problem.id, kind))
            if answer is None:
                yield self._request(kind, self._values(problem, first))
            elif self._fault(kind, answer):
                return

    def _request(self, kind: Kind, values: Mapping[str, str]) -> Request:
        prompt = self._task.prompts.of(kind)
        limit = prompt.token_limit(self._task.max_tokens) or prompt.expected_tokens
        characters = sum(len(message.content) for message in prompt.filled(values))
        return Request(kind, tokens(characters), min(prompt.expected_tokens, limit))


def _asked(problem: Problem) -> dict[str, str]:
    return {"facts": "\n".join(problem.context), "question": problem.question}
