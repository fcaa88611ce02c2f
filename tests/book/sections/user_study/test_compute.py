"""The user study's section: blanks stay blank, and what is simulated says so everywhere."""

from __future__ import annotations

from typing import get_args

import pytest

from artifact.book.sections.user_study import compute, figures, tables, values
from artifact.claims.published import published
from artifact.common.errors import InputError
from artifact.study.instrument.ratings import GROUPS, Design
from artifact.study.simulation.false_positives import committed
from artifact.study.simulation.power import power
from artifact.study.simulation.simulated_guesses import simulate_guesses
from artifact.study.simulation.synthetic_ratings import simulate_ratings
from artifact.study.simulation.within_study import simulate_within
from artifact.workflow.results import SectionResult, glue_values
from artifact.workflow.sections import UserStudyParameters


@pytest.fixture(scope="module")
def simulated():
    return compute.report(ratings="", per_group=12, problems=3, power_studies=3, seed=1)


@pytest.fixture(scope="module")
def within():
    return compute.report(
        ratings="", design="within", per_group=8, problems=4, power_studies=3, seed=1
    )


def test_what_is_not_public_stays_blank():
    rows = {row[0]: row[2:] for row in tables.published_table().rows}
    assert rows["summary"] == [None, 4.53, None]
    assert rows["verbose"] == [3.39, 3.31, 4.59]


@pytest.mark.parametrize("design", ["simulated", "within"])
def test_everything_made_from_simulated_ratings_is_marked(request, design):
    shown = request.getfixturevalue(design)
    assert shown.mark == "SIMULATED: "
    assert "SIMULATED" in shown.source
    for key in ("exclusions", "groups", "tests", "pairs", "false_positives"):
        table = tables.all_tables(shown)[key]
        assert table.evidence == "simulated"
        assert "SIMULATED" in table.note + " ".join(table.columns)


def test_a_measure_of_one_group_has_no_rows_and_is_named(simulated):
    table = tables.tests_table(simulated)
    assert all(row[2] is not None for row in table.rows)
    assert "cognitive load" not in {row[0] for row in table.rows}
    assert table.note == "SIMULATED. Too few groups to compare: cognitive load"


def test_within_subjects_everyone_is_compared_with_themselves(within):
    assert {row[2] for row in tables.groups_table(within).rows} == {8 * len(GROUPS)}
    assert {row[1] for row in tables.tests_table(within).rows} == {"Friedman", "linear mixed"}
    pairs = tables.pairs_table(within)
    assert "signed-rank p (Holm)" in pairs.columns
    decomposed = [row for row in pairs.rows if row[0].startswith("decomposed")]
    assert len(decomposed) == len(GROUPS) - 1
    assert all(float(str(row[2]).split(" ")[0]) > 0.2 for row in decomposed)  # as was chosen
    assert {rate.test for rate in within.power.rates} == {"friedman"}


def test_ratings_of_ones_own_may_be_of_either_design(tmp_path, within):
    file = tmp_path / "ratings.csv"
    simulate_within(file, people=32, problems=4, seed=1)
    sizes = {"per_group": 1, "problems": 4, "power_studies": 3, "seed": 1}
    given = compute.report(ratings=str(file), design="within", **sizes)
    assert given.evidence == "file"
    assert tables.pairs_table(given).rows == tables.pairs_table(within).rows
    with pytest.raises(InputError, match=r"contradicts the participant.s .*-p design=within"):
        compute.report(ratings=str(file), **sizes)
    simulate_ratings(published().study.traces, file, per_group=12, problems=3, seed=1)
    with pytest.raises(InputError, match=r"a single trace type; use .*-p design=between"):
        compute.report(ratings=str(file), design="within", **sizes)


@pytest.mark.parametrize("design", get_args(Design))
def test_guesses_are_shown_where_they_are_given_and_say_that_they_are_simulated(tmp_path, design):
    file, guessed = tmp_path / "ratings.csv", tmp_path / "comprehension.csv"
    if design == "within":
        simulate_within(file, people=32, problems=4, seed=1)
    else:
        simulate_ratings(published().study.traces, file, per_group=8, problems=4, seed=1)
    simulate_guesses(file, guessed, seed=1, within=design == "within")
    sizes = {"per_group": 1, "problems": 4, "power_studies": 3, "seed": 1, "design": design}
    given = compute.report(ratings=str(file), comprehension=str(guessed), **sizes)
    table = tables.all_tables(given)["comprehension"]
    assert [row[0] for row in table.rows] == list(GROUPS)
    assert all(row[4] < row[3] < row[5] for row in table.rows)
    assert {row[2] for row in table.rows} == {32}
    assert table.note.startswith("SIMULATED: ")
    assert "Trace types compared: p " in table.note
    without = compute.report(ratings=str(file), **sizes)
    assert "comprehension" not in tables.all_tables(without)


def test_the_designs_of_the_section_are_those_of_the_study():
    assert get_args(UserStudyParameters.model_fields["design"].annotation) == get_args(Design)
    with pytest.raises(InputError, match="3 are too few for everyone to rate every trace type"):
        UserStudyParameters(design="within", problems=3)


def test_ratings_given_are_not_marked(tmp_path, simulated):
    file = tmp_path / "ratings.csv"
    simulate_ratings(published().study.traces, file, per_group=12, problems=3, seed=1)
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    file.write_text(
        "\n".join(line.removesuffix("true") + "false" * line.endswith("true") for line in lines)
        + "\n",
        encoding="utf-8",
    )
    given = compute.report(ratings=str(file), per_group=1, problems=1, power_studies=3, seed=1)
    assert (given.evidence, given.mark) == ("file", "")
    assert tables.groups_table(given).rows == tables.groups_table(simulated).rows


def test_the_power_curve_and_the_table_of_false_positives_tell_the_same():
    studies = UserStudyParameters.model_fields["power_studies"].default
    sized = {
        "per_group": compute.POWER_SIZES,
        "effects": (0.0,),
        "tests": (compute.POWER_TESTS["between"],),
    }
    drawn = power(**sized, studies=studies, seed=0).curve(compute.POWER_TESTS["between"], 0.0)
    (table, *_) = (
        rate for rate in committed().rates if rate.test == compute.POWER_TESTS["between"]
    )
    assert [rate.per_group for rate in drawn] == list(compute.POWER_SIZES)
    assert all(abs(rate.rate - table.rate) < 0.025 for rate in drawn)


def test_values_feed_the_prose(simulated):
    result = SectionResult.of(
        "user_study", parameters={}, source=simulated.source, values=values.all_values(simulated)
    )
    prose = glue_values(result)
    assert prose["verbose.mean"] == "3.39"
    assert prose["participants"] == "100"


def test_accuracy_of_traces_is_a_share_within_its_limits():
    for accuracy, low, high in figures.accuracy_of_traces().values():
        assert 0 <= low < accuracy < high <= 1
