"""A lesson: problems put to a teacher one by one, and a record of each that it solves.

A trace is kept only if the final answer is right; its summary and explanation are asked for then.
Each text is in the record as soon as it comes, whatever becomes of the others. One that can't be
used is set aside with the reason; one that got no answer is left for the next start; and a kind of
request that the endpoint refuses is no longer made, while the other kinds go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artifact.common.errors import InputError
from artifact.datasets.problem import Problem, content_hash
from artifact.decomposition.teacher.completion import Answer
from artifact.decomposition.teacher.endpoint import Endpoint
from artifact.decomposition.teacher.estimate import CHARACTERS_PER_TOKEN, Request, tokens
from artifact.decomposition.teacher.failures import RefusedError, UnansweredError, UnreachableError
from artifact.decomposition.teacher.prompts import KINDS, Kind, Prompts
from artifact.decomposition.teacher.records import TEXT_FIELDS, Header, TeacherRecords
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
            prompts_sha256={kind: self.prompts.of(kind).sha256 for kind in self.kinds},
            kinds=self.kinds,
            max_tokens=self.max_tokens,
            keep_wrong=self.keep_wrong,
        )


@dataclass(slots=True)
class Outcome:
    """What became of the problems of a lesson, including its earlier starts.

    Attributes:
        kept: ids of those whose record holds every text that was asked for.
        in_part: ids of those whose record lacks a text.
        wrong: ids of those that were answered wrongly.
        unusable: by id, why an answer can't be used (no reasoning, cut short, too long).
        failed: by id, why there is no answer; asked again at the next start.
        refused: by kind, why its requests are no longer made.
        tokens_in, tokens_out: of all answers, as the endpoints count them.
    """

    kept: list[str] = field(default_factory=list)
    in_part: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unusable: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    refused: dict[Kind, InputError] = field(default_factory=dict)
    tokens_in: int = 0
    tokens_out: int = 0

    def as_text(self) -> str:
        """The outcome as lines for a terminal."""
        lines = [
            f"kept {len(self.kept)}, answered wrongly {len(self.wrong)}, "
            f"unusable {len(self.unusable)}, failed {len(self.failed)}; "
            f"{self.tokens_in:,} tokens in and {self.tokens_out:,} out, as counted by the endpoint",
            *(f"  in part, without a text: {each}" for each in self.in_part),
            *(f"  wrong: {each}" for each in self.wrong),
            *(f"  unusable: {each}: {why}" for each, why in self.unusable.items()),
            *(f"  failed: {each}: {why}" for each, why in self.failed.items()),
            *(f"  refused: {kind}: {why}" for kind, why in self.refused.items()),
        ]
        return "\n".join(lines)

    def refusal(self) -> InputError | None:
        """Why requests are no longer made, in one line, or None."""
        kinds_of: dict[str, list[Kind]] = {}
        for kind, why in self.refused.items():
            kinds_of.setdefault(str(why), []).append(kind)
        if list(self.refused) == ["traces"]:
            return self.refused["traces"]
        lines = (f"{', '.join(kinds)}: {why}" for why, kinds in kinds_of.items())
        return InputError("; ".join(lines)) if self.refused else None


class _UnusableError(Exception):
    """An answer from which no record can be made; the text says why."""


class _NotAskedError(Exception):
    """A request of a kind that the endpoint refuses."""


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
        self._refused: dict[Kind, InputError] = {}

    def requests_left(self) -> Iterator[Request]:
        """The requests that are still to be made, at most, for the estimate."""
        for problem in self._task.chosen.problems:
            yield from self._requests_for(problem)

    def run(self, say: Callable[[str], None]) -> Outcome:
        """Ask for what is missing, problem by problem, and write each text into its record.

        Args:
            say: called with a line after each problem.
        """
        outcome, total = Outcome(refused=self._refused), len(self._task.chosen.problems)
        try:
            for number, problem in enumerate(self._task.chosen.problems, start=1):
                if became := self._teach(problem, outcome):
                    say(f"[{number}/{total}] {problem.id}: {became}")
        finally:
            ids = [problem.id for problem in self._task.chosen.problems]
            in_order = [self._written[each] for each in ids if each in self._written]
            self._ledger.records.replace(in_order)
        for answer in self._ledger.answers.values():
            outcome.tokens_in += answer.tokens_in
            outcome.tokens_out += answer.tokens_out
        return outcome

    def _teach(self, problem: Problem, outcome: Outcome) -> str | None:
        """What became of `problem`, in a few words; None if it was not asked."""
        texts: dict[Kind, Answer] = {}
        faults: list[str] = []
        wrong = False
        for kind in self._task.kinds:
            if wrong or (kind != "traces" and "traces" not in texts):
                break
            try:
                texts[kind] = self._answer(problem, kind, self._values(problem, texts))
            except _UnusableError as error:
                outcome.unusable.setdefault(problem.id, str(error))
                faults.append(f"unusable: {error}")
            except UnansweredError as error:
                outcome.failed.setdefault(problem.id, str(error))
                faults.append(f"failed: {error}")
            except _NotAskedError:
                continue
            else:
                wrong = not self._task.chosen.is_right(problem, texts["traces"].text)
                if self._task.keep_wrong or not wrong:
                    self._write(problem, texts)
        if wrong:
            outcome.wrong.append(problem.id)
        if problem.id in self._written:
            whole = wrong or len(texts) == len(self._task.kinds)
            (outcome.kept if whole else outcome.in_part).append(problem.id)
            faults = faults or ["kept" if whole else "kept in part"]
        return "answered wrongly" if wrong else "; ".join(faults) or None

    def _write(self, problem: Problem, texts: Mapping[Kind, Answer]) -> None:
        """Put what there is into the record of `problem`."""
        record: dict[str, Any] = {
            "id": problem.id,
            "input": self._values(problem, texts)["input"],
            "teacher": self._task.model,
        }
        for kind, answer in texts.items():
            final, reasoning = TEXT_FIELDS[kind]
            record[final] = answer.text
            if reasoning is not None:
                record[reasoning] = answer.trace
            if kind == "traces":
                record |= self._task.chosen.state(problem)
        known = self._written.get(problem.id, {})
        if not record.keys() <= known.keys():
            self._ledger.records.append(record)
            self._written[problem.id] = record

    def _known(self, problem: Problem, kind: Kind) -> Answer | None:
        """The answer that is there already, in the record or in what was paid for."""
        record, (final, reasoning) = self._written.get(problem.id, {}), TEXT_FIELDS[kind]
        if final not in record:
            return self._ledger.answers.get((problem.id, kind))
        trace = record.get(reasoning) if reasoning else None
        return Answer(trace=trace, text=record[final], cut=False, tokens_in=0, tokens_out=0)

    def _answer(self, problem: Problem, kind: Kind, values: Mapping[str, str]) -> Answer:
        """The answer that is there already, or asked for now.

        Raises:
            _UnusableError: if no record can be made of it.
            UnansweredError: as `Endpoint.ask`.
            _NotAskedError: if the endpoint refuses requests of this kind.
        """
        answer = self._known(problem, kind)
        if answer is None:
            answer = self._ask(kind, values)
            self._ledger.note(problem.id, kind, answer)
        if fault := self._fault(kind, answer):
            raise _UnusableError(fault)
        return answer

    def _ask(self, kind: Kind, values: Mapping[str, str]) -> Answer:
        """An answer of the endpoint; a refusal that meets every request of `kind` is noted."""
        prompt = self._task.prompts.of(kind)
        endpoint = self._endpoint_of(kind)
        if kind not in self._refused:
            try:
                return endpoint.ask(
                    self._task.model_for(kind),
                    prompt.filled(values),
                    temperature=prompt.temperature,
                    max_tokens=prompt.token_limit(self._task.max_tokens),
                )
            except InputError as error:
                self._refused[kind] = error
            except UnreachableError as error:
                # One that has answered before will do so again; one that never has is not there.
                here = {each for each in KINDS if self._endpoint_of(each) is endpoint}
                if any(answered in here for _, answered in self._ledger.answers):
                    raise
                option = "endpoint" if endpoint is self._endpoint else "summary_endpoint"
                self._refused[kind] = InputError(str(error), field=option)
            except RefusedError as error:
                if any(kind == answered for _, answered in self._ledger.answers):
                    raise
                self._refused[kind] = InputError(
                    f"{endpoint.host} refuses the first request ({error})",
                    cure="--prompts FILE changes what is sent; the same --out continues",
                )
        raise _NotAskedError

    def _endpoint_of(self, kind: Kind) -> Endpoint:
        return self._summary_endpoint if kind == "summaries" else self._endpoint

    def _fault(self, kind: Kind, answer: Answer) -> str | None:
        """Why no record can be made of an answer, or None."""
        words, limit = len(answer.text.split()), self._task.prompts.of(kind).words_below
        if answer.stopped is not None:
            return f"{kind}: ended by {answer.stopped}"
        if answer.cut:
            return f"{kind}: cut short at the token limit"
        if not answer.text:
            return f"{kind}: no final text"
        if kind == "traces" and answer.trace is None:
            return "traces: no reasoning, neither in a field of its own nor in <think>"
        if limit is not None and words >= limit:
            return f"{kind}: {words} words, where fewer than {limit} were asked for"
        return None

    def _values(self, problem: Problem, texts: Mapping[Kind, Answer]) -> dict[str, str]:
        """What fills the places of the prompts; trace and prediction once they are there."""
        asked = {"facts": "\n".join(problem.context), "question": problem.question}
        asked["input"] = self._task.prompts.traces.filled(asked)[-1].content
        first = texts.get("traces")
        if first is not None:
            asked |= {"trace": first.trace or "", "prediction": first.text}
        return asked

    def _requests_for(self, problem: Problem) -> Iterator[Request]:
        first = self._known(problem, "traces")
        if first is None:
            yield self._request("traces", self._values(problem, {}))
            length = self._task.prompts.traces.expected_tokens * CHARACTERS_PER_TOKEN
            first = Answer(trace="." * length, text="", cut=False, tokens_in=0, tokens_out=0)
        elif self._fault("traces", first) or not self._task.chosen.is_right(problem, first.text):
            return
        values = self._values(problem, {"traces": first})
        for kind in self._task.kinds[1:]:
            if self._known(problem, kind) is None:
                yield self._request(kind, values)

    def _request(self, kind: Kind, values: Mapping[str, str]) -> Request:
        prompt = self._task.prompts.of(kind)
        limit = prompt.token_limit(self._task.max_tokens) or prompt.expected_tokens
        characters = sum(len(message.content) for message in prompt.filled(values))
        return Request(kind, tokens(characters), min(prompt.expected_tokens, limit))
