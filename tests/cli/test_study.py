"""The study's commands are there, say what they do, and fail in one line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from artifact.cli.study import app
from artifact.common.errors import InputError
from artifact.study.instrument.completion import Completion

COMMANDS = ["page", "serve", "export", "analyse", "simulate", "power"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_serving_takes_code_link_and_draft(monkeypatch):
    asked = {}
    monkeypatch.setattr(
        "artifact.study.collection.server.serve", lambda *where, **how: asked.update(how)
    )
    options = ["--completion-code", "C0DE", "--return-url", "https://example.org/?cc={code}"]
    assert CliRunner().invoke(app, ["serve", *options, "--draft"]).exit_code == 0
    assert asked["completion"] == Completion("C0DE", "https://example.org/?cc={code}")
    assert asked["draft"] is True


def test_simulated_ratings_can_be_analysed(tmp_path):
    ratings, figures = tmp_path / "ratings.csv", tmp_path / "analysis.json"
    guesses = ["--comprehension", str(tmp_path / "guesses.csv")]
    run = CliRunner()
    written = ["simulate", "--out", str(ratings), "--per-group", "10", "--problems", "2"]
    made = run.invoke(app, [*written, *guesses])
    assert made.exit_code == 0
    assert all(line.startswith("SIMULATED") for line in made.output.splitlines())
    read = run.invoke(app, ["analyse", str(ratings), "--json", str(figures), *guesses])
    assert read.exit_code == 0
    assert read.output.startswith("SIMULATED: no person gave these ratings.")
    assert "SIMULATED: comprehension (after exclusions)" in read.output
    assert '"mark": "SIMULATED"' in figures.read_text(encoding="utf-8")


def test_no_output_takes_the_place_of_what_the_command_needs(tmp_path):
    ratings, run = tmp_path / "ratings.csv", CliRunner()
    size = ["--per-group", "10", "--problems", "2"]
    twice = ["simulate", "--out", str(ratings), "--comprehension", str(ratings), *size]
    assert isinstance(run.invoke(app, twice).exception, InputError)
    assert not ratings.exists()
    assert run.invoke(app, ["simulate", "--out", str(ratings), *size]).exit_code == 0
    before, aside = ratings.read_bytes(), tmp_path / "folder" / ".." / "ratings.csv"
    lost = run.invoke(app, ["analyse", str(ratings), "--json", str(aside)]).exception
    assert isinstance(lost, InputError)
    assert "is also used by this command and would be overwritten; name another file" in str(lost)
    assert ratings.read_bytes() == before


def test_power_prints_a_line_for_each_cell():
    result = CliRunner().invoke(
        app, ["power", "--per-group", "10", "--effect", "0.5", "--studies", "2"]
    )
    assert result.exit_code == 0
    assert all(line.startswith("SIMULATED") for line in result.output.splitlines())


def test_bad_ratings_end_in_one_line_that_names_the_file(tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("participant,group\np1,verbose\n", encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from artifact.cli.main import main; main()",
            "study",
            "analyse",
            str(bad),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(bad) in done.stderr


def test_bad_rows_are_listed_where_they_are_skipped(tmp_path):
    ratings, figures = tmp_path / "ratings.csv", tmp_path / "figures.json"
    written = ["simulate", "--out", str(ratings), "--per-group", "10", "--problems", "2"]
    assert CliRunner().invoke(app, written).exit_code == 0
    with ratings.open("a", encoding="utf-8") as file:
        file.write("x,verbose\n")
    done = CliRunner().invoke(app, ["analyse", str(ratings), "--skip-bad", "--json", str(figures)])
    assert done.exit_code == 0
    assert "rows left out: 1\n" in done.output
    (reason,) = json.loads(figures.read_text())["meta"]["unusable_rows"]
    assert "field 'problem': the row ends before it" in reason
    assert reason in done.output
