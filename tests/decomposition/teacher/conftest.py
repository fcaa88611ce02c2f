"""An endpoint of the OpenAI chat-completions shape on loopback, with scripted answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from artifact import datasets
from artifact.datasets.problem import Problem

if TYPE_CHECKING:
    from conftest import Command

KEY = "sk-Invented-0123456789"
TRACE = "Let me compare the dates. They meet."
SUMMARY = "The dates were compared; they meet."
EXPLANATION = "The dates meet, so this is the answer."
N, SEED = 8, 3


@dataclass(frozen=True)
class Reply:
    """What the server answers: a status, a body and how long it takes over it."""

    body: Any
    status: int = 200
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


PROBLEMS = tuple(datasets.get("cotempqa").lookalikes.generate(N, SEED))


class Server:
    """A running endpoint.

    Attributes:
        url: its base address.
        key: the key that the client has.
        problems: what it can solve: `N` look-alikes of `SEED`.
        script: what it answers to a request, given its number from 0 and its JSON.
        requests: what it was asked.
        keys: the keys it was shown.
    """

    key = KEY
    problems: tuple[Problem, ...] = PROBLEMS
    trace, summary, explanation = TRACE, SUMMARY, EXPLANATION

    def __init__(self) -> None:
        self.script: Callable[[int, dict[str, Any]], Reply] = lambda _, asked: self.teaches(asked)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                server.keys.append(self.headers["authorization"])
                number, request = len(server.requests), json.loads(body)
                server.requests.append(request)
                reply = server.script(number, request)
                time.sleep(reply.seconds)
                text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
                self.send_response(reply.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text.encode())))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on the console."""

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """A killed client breaks its connection; that is what is tested."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @staticmethod
    def says(text: Any, finish: str = "stop", **fields: Any) -> Reply:
        """A chat completion."""
        message = {"role": "assistant", "content": text} | fields
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return Reply({"object": "chat.completion", "choices": [choice], "usage": usage})

    @staticmethod
    def refuses(status: int, message: str = "no", **fields: Any) -> Reply:
        """An error, after which a client may try again at once."""
        body = {"error": {"message": message} | fields}
        return Reply(body, status, headers={"retry-after-ms": "1"})

    @staticmethod
    def replies(body: str) -> Reply:
        """Any text, called JSON."""
        return Reply(body)

    def teaches(self, request: dict[str, Any], seconds: float = 0.0) -> Reply:
        """Every problem is solved."""
        match self.kind_of(request):
            case "traces":
                answers = ", ".join(self.problem_in(request).answers)
                reply = self.says(f"**{answers}**", reasoning_content=TRACE)
            case "summaries":
                reply = self.says(SUMMARY)
            case _:
                reply = self.says(EXPLANATION, reasoning_content="Okay.")
        return Reply(reply.body, seconds=seconds)

    @staticmethod
    def kind_of(request: dict[str, Any]) -> str:
        messages = request["messages"]
        if messages[-1]["content"].startswith("You have answered"):
            return "explanations"
        return "summaries" if messages[0]["content"].startswith("Summarize") else "traces"

    def problem_in(self, request: dict[str, Any]) -> Problem:
        text = request["messages"][0]["content"]
        asked = [problem for problem in self.problems if problem.question in text]
        return max(asked, key=lambda problem: "\n".join(problem.context) in text)

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A teacher that solves everything; give `script` for another one."""
    for name in ("OPENAI_BASE_URL", "OPENAI_LOG", "SUMMARY_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def run(command_line: Command) -> Command:
    """`artifact data teach` on look-alikes of CoTemp QA, in this process."""
    asked = ("data", "teach", "--dataset", "cotempqa", "--n", N, "--seed", SEED)
    return partial(command_line, *asked)
