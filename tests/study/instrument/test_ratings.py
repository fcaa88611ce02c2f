"""Reading ratings: what is accepted, what is refused, and where the fault is said to be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.study.instrument.items import DIMENSIONS
from artifact.study.instrument.ratings import (
    COLUMNS,
    GROUPS,
    MissingAnswer,
    Rating,
    as_ratings,
)
from artifact.study.instrument.ratings_file import read_ratings, write_ratings

ROW = Rating("ava", "verbose", "q1", "clear", "understandability", False, 4, 1.0, 31.5, False)
ROWS = (
    ROW,
    replace(ROW, item="muddled", reversed=True, rating=2),
    replace(ROW, participant="bo", group="summary", rating=5, checks_passed=0.5, duration=None),
    replace(
        ROW,
        participant="bo",
        group="summary",
        item="muddled",
        reversed=True,
        rating=1,
        checks_passed=0.5,
        duration=None,
    ),
)
HEADER = ",".join(COLUMNS)


def saved(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ratings.csv"
    write_ratings(ROWS, path, remarks=("first remark", "second remark"))
    assert path.read_text(encoding="utf-8").startswith("# first remark\n# second remark\nparti")
    ratings = read_ratings(path)
    assert ratings.frame.equals(as_ratings(ROWS).frame)
    assert not ratings.simulated


def test_reversed_items_are_re_coded_once(tmp_path: Path) -> None:
    write_ratings(ROWS, tmp_path / "ratings.csv")
    frame = read_ratings(tmp_path / "ratings.csv").frame
    # ava: clear 4 stays 4, muddled 2 becomes 4; bo: clear 5 stays 5, muddled 1 becomes 5.
    assert frame["rating"].tolist() == [4, 2, 5, 1]
    assert frame["score"].tolist() == [4, 4, 5, 5]


def test_groups_come_in_a_fixed_order() -> None:
    assert as_ratings(ROWS).groups == ("verbose", "summary")


def test_missing_answers_are_those_that_others_of_the_group_gave() -> None:
    cy = replace(ROW, participant="cy")
    ratings = as_ratings((*ROWS, cy, replace(ROW, problem="q2")))
    # In the verbose group q1 and q2, clear and muddled occur: four answers a person.
    assert ratings.missing == (
        MissingAnswer("ava", "verbose", "q2", "muddled"),
        MissingAnswer("cy", "verbose", "q1", "muddled"),
        MissingAnswer("cy", "verbose", "q2", "clear"),
        MissingAnswer("cy", "verbose", "q2", "muddled"),
    )
    assert {gap.participant for gap in ratings.without(["ava"]).missing} == {"cy"}


def test_leaving_people_out_keeps_the_rest() -> None:
    rest = as_ratings(ROWS).without(["ava"])
    assert rest.frame["participant"].tolist() == ["bo", "bo"]
    assert rest.groups == ("summary",)


FRESH = "ava,verbose,q1,clear,understandability,false,4,0.5,30.25,false"
SEMICOLONS = "ava;verbose;q1;clear;understandability;false;4;0,5;30,25;false"


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{FRESH}\n",
        f"{HEADER.replace(',', ';')}\n{SEMICOLONS}\n",
        f"\ufeffsep=;\r\n{HEADER.replace(',', ';')}\r\n{SEMICOLONS}\r\n;;;;;;;;;\r\n",
        f"# remark, with; all\n{HEADER.replace(',', ';')}\n{SEMICOLONS.replace(',', '.')}\n",
        f"{HEADER.replace(',', chr(9))}\n{SEMICOLONS.replace(';', chr(9))}\n",
        f"{HEADER.replace(',', ' ,')}\n{FRESH.replace(',', ', ')}\n",
        f"{HEADER}\n{FRESH.replace(',4,', ',4.0,')}\n",
        f"{HEADER.replace(',', ';')}\n{SEMICOLONS.replace(';4;', ';4,0;')}\n",
        f"{HEADER}\n\n{FRESH}\n,,,,,,,,,\n\n",
        f'"# remark, with all",,,,,,,,,\n{HEADER}\n{FRESH}\n',
        f"# remark;;;;;;;;;\n{HEADER.replace(',', ';')}\n{SEMICOLONS}\n",
        f"  # remark\n\n{HEADER}\n{FRESH}\n",
        f"\n{HEADER}\n{FRESH}\n",
        f"\r\n,,,,,,,,,\r\n{HEADER}\r\n{FRESH}\r\n",
        f'\ufeff"sep=;"\r\n{HEADER.replace(",", ";")}\r\n{SEMICOLONS}\r\n',
        f"{HEADER.replace(',', '|')}\n{FRESH.replace(',', '|')}\n",
        f"# a | b\n{HEADER.replace(',', ' | ')}\n{SEMICOLONS.replace(';', ' | ')}\n",
        f"{HEADER},,\n{FRESH},,\n",
        f"{HEADER}\r{FRESH}\r",
        f"{HEADER}\n# remark\n{FRESH}\n# end\n",
        f'{HEADER}\n"# remark, with all",,,,,,,,,\n{FRESH}\n',
        f"{HEADER}\n{FRESH},,, \n",
        f"SEP=;\n{HEADER.replace(',', ';')}\n{SEMICOLONS}\n",
        f"\ufeff\ufeff{HEADER}\n{FRESH}\n",
        "\n".join(",".join(f'"{cell}"' for cell in row.split(",")) for row in (HEADER, FRESH)),
    ],
    ids=[
        "plain",
        "semicolons",
        "spreadsheet",
        "points",
        "tabs",
        "blanks",
        "4.0",
        "4,0",
        "blank rows",
        "quoted and padded remark",
        "padded remark",
        "remark after blanks",
        "blank first line",
        "blank first rows",
        "quoted sep",
        "bars",
        "bars and a decimal comma",
        "columns without a name",
        "old line ends",
        "remarks between",
        "padded remark between",
        "padded row",
        "SEP in capitals",
        "two byte-order marks",
        "all quoted",
    ],
)
def test_tables_as_spreadsheets_write_them_are_read_alike(content: str, tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(content, encoding="utf-8", newline="")
    expected = as_ratings([replace(ROW, checks_passed=0.5, duration=30.25)])
    assert read_ratings(path).frame.equals(expected.frame)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            FRESH.replace("30.25", '"30,25"'),
            "'30,25' is not a number; use a point as the decimal mark",
        ),
        (FRESH.replace("30.25", '"1,234"'), "field 'duration': '1,234' is not a number"),
        (SEMICOLONS.replace("30,25", "1.234,5"), "field 'duration': '1.234,5' is not a number"),
        (SEMICOLONS.replace("0,5", "1,5"), "field 'checks_passed': '1,5' is not between 0 and 1"),
    ],
)
def test_a_number_that_could_mean_two_things_is_refused(
    row: str, said: str, tmp_path: Path
) -> None:
    header = HEADER.replace(",", ";") if ";" in row else HEADER
    (tmp_path / "ratings.csv").write_text(f"{header}\n{row}\n")
    with pytest.raises(InputError) as caught:
        read_ratings(tmp_path / "ratings.csv")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("column", "written", "cure"),
    [
        ("participant", "participant_id", "is it 'participant_id'?"),
        ("participant", "Participant", "is it 'Participant'?"),
        ("rating", "ratings", "is it 'ratings'?"),
        ("checks_passed", "Checks Passed", "is it 'Checks Passed'?"),
        ("simulated", "Simulatd", "is it 'Simulatd'?"),
        ("duration", "ms", "the columns are participant, group, problem"),
    ],
)
def test_a_missing_column_is_named_with_the_nearest_header(
    column: str, written: str, cure: str, tmp_path: Path
) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(f"{HEADER.replace(column, written)}\n{FRESH}\n")
    with pytest.raises(InputError) as caught:
        read_ratings(path)
    assert str(caught.value).startswith(f"{path}, field '{column}': is missing; {cure}")


def test_a_participant_whose_name_starts_with_a_hash_is_one(tmp_path: Path) -> None:
    frame = read_ratings(saved(tmp_path, FRESH.replace("ava", "#1"))).frame
    assert frame["participant"].tolist() == ["#1"]


def test_bad_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    bad = {
        FRESH.replace(",4,", ",9,"): "row 2, field 'rating': '9' is not a whole",
        FRESH: "row 3, field 'item': 'ava' already answered",
        FRESH.replace("q1", "q2").replace("verbose", "summary"): "row 4, field 'group': 'summary'",
        "cy,verbose": "row 5, field 'problem': the row ends",
        FRESH.replace("ava", "di").replace("false,4", "true,4"): "row 6, field 'reversed': 'true'",
    }
    intake = Intake(skip_bad=True)
    ratings = read_ratings(saved(tmp_path, FRESH, *bad, FRESH.replace("ava", "bo")), intake)
    assert ratings.frame["participant"].tolist() == ["ava", "bo"]
    assert len(intake.left_out) == len(bad)
    for left_out, said in zip(intake.left_out, bad.values(), strict=True):
        assert said in left_out.reason


def test_where_no_row_is_usable_the_count_and_the_first_reasons_are_told(tmp_path: Path) -> None:
    path = saved(tmp_path, *[FRESH.replace("verbose", "r1")] * 9)
    with pytest.raises(InputError, match=r"no usable ratings: 9 left out \(.*row 1, .*6 more\)"):
        read_ratings(path, Intake(skip_bad=True))


def test_a_value_that_r_calls_na_is_not_recorded(tmp_path: Path) -> None:
    frame = read_ratings(saved(tmp_path, FRESH.replace("0.5,30.25", "NA,NA"))).frame
    assert frame[["checks_passed", "duration"]].isna().all(axis=None)


def test_further_columns_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(
        f"\ufeff{HEADER},note\nava,verbose,q1,clear,understandability,FALSE, 4 ,,,false,x\n",
        encoding="utf-8",
    )
    frame = read_ratings(path).frame
    assert frame["score"].tolist() == [4]
    assert frame[["checks_passed", "duration"]].isna().all(axis=None)


GOOD = "ava,verbose,q1,clear,understandability,false,4,1,30,false"
BAD_CELLS = {
    "participant": ("", "'' is empty"),
    "group": ("r1", "'r1' is not one of decomposed, verbose, summary, explanation, answer_only"),
    "problem": (" ", "'' is empty"),
    "item": ("", "'' is empty"),
    "dimension": ("beauty", "'beauty' is not one of predictability"),
    "reversed": ("maybe", "'maybe' is neither true nor false"),
    "rating": ("6", "'6' is not a whole number from 1 to 5"),
    "checks_passed": ("1.5", "'1.5' is not between 0 and 1"),
    "duration": ("-2", "'-2' is a negative time"),
    "simulated": ("", "'' is neither true nor false"),
}


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [(column, *case) for column, case in BAD_CELLS.items()]
    + [
        ("rating", "0", "'0' is not a whole number"),
        ("rating", "4.5", "'4.5' is not a whole number"),
        ("rating", "6.0", "'6.0' is not a whole number"),
        ("rating", "4e0", "'4e0' is not a whole number"),
        ("rating", "", "'' is not a whole number"),
        ("duration", "inf", "'inf' is not a finite number"),
        ("duration", "fast", "'fast' is not a number"),
        ("checks_passed", "nan", "'nan' is not a finite number"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(
    tmp_path: Path, column: str, cell: str, said: str
) -> None:
    cells = GOOD.replace("ava", "bo").split(",")
    cells[COLUMNS.index(column)] = cell
    path = saved(tmp_path, GOOD, ",".join(cells))
    with pytest.raises(InputError) as caught:
        read_ratings(path)
    assert str(caught.value).startswith(f"{path}, row 2, field '{column}': {said}")
    assert caught.value.exit_code == 2


CONTRADICTIONS = {
    "answered twice": (
        "ava,verbose,q1,clear,understandability,false,5,1,30,false",
        "row 2, field 'item': 'ava' already answered this item of problem 'q1' in row 1",
    ),
    "in two groups": (
        "ava,summary,q2,clear,understandability,false,5,1,30,false",
        "row 2, field 'group': 'summary' contradicts the participant's 'verbose' of row 1",
    ),
    "two shares of checks": (
        "ava,verbose,q2,clear,understandability,false,5,,30,false",
        "row 2, field 'checks_passed': '' contradicts the participant's '1.0' of row 1",
    ),
    "two times on one page": (
        "ava,verbose,q1,muddled,understandability,true,5,1,31,false",
        "row 2, field 'duration': '31.0' contradicts the page's '30.0' of row 1",
    ),
    "item in two dimensions": (
        "bo,verbose,q1,clear,faithfulness,false,5,1,31,false",
        "row 2, field 'dimension': 'faithfulness' contradicts the item's 'understandability'",
    ),
    "item both ways round": (
        "bo,verbose,q1,clear,understandability,true,5,1,31,false",
        "row 2, field 'reversed': 'true' contradicts the item's 'false' of row 1",
    ),
    "simulated among collected": (
        "bo,verbose,q1,clear,understandability,false,5,1,31,true",
        "row 2, field 'simulated': 'true' contradicts the file's 'false' of row 1",
    ),
}


@pytest.mark.parametrize(("line", "said"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_rows_that_contradict_each_other(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(InputError, match=r"contradicts|already") as caught:
        read_ratings(saved(tmp_path, GOOD, line))
    assert said in str(caught.value)


@pytest.mark.parametrize("unseen", ["\x00", "\x1b", "\x7f", "\t", "\u200b", "\u202e", "\u2028"])
@pytest.mark.parametrize("name", ["ava", "q1", "clear"])
def test_names_that_look_the_same_are_not_two(tmp_path: Path, name: str, unseen: str) -> None:
    line = GOOD.replace(name, f"{name[0]}{unseen}{name[1:]}")
    with pytest.raises(InputError, match=rf"holds an invisible character \(U\+{ord(unseen):04X}\)"):
        read_ratings(saved(tmp_path, line))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "field 'participant': is missing"),
        ("# only a remark\n", "field 'participant': is missing"),
        (HEADER + "\n", "holds no ratings"),
        (HEADER.replace("item", "question") + "\n", "field 'item': is missing"),
        (HEADER + ",item\n", "field 'item': is used twice in the header"),
        (HEADER + "\nava,verbose\n", "row 1, field 'problem': the row ends before it"),
        (HEADER + "\n" + GOOD + ",,x\n", "row 1: has more cells than the header"),
        ("# r\n" + HEADER + '\n"ava"x,verbose\n', "line 3: is not CSV"),
    ],
)
def test_a_file_that_is_no_table_of_ratings(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_ratings(path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x" * 10**6, "field 'participant': is missing"),
        (",".join(f"c{n}" for n in range(10**5)), "is missing; the columns are c0, c1, c2"),
        (",".join(f"participan{n}" for n in range(10**5)), "is it 'participan"),
        ("," * 10**6, "is missing"),
        (f'{HEADER}\n"{GOOD}\n' + f"{GOOD}\n" * 10**4, "is not CSV"),
        (HEADER + "\n" + '"' * 10**6, "the row ends before it"),
        ("\0" * 10**6, "is UTF-32"),
        (f"{HEADER}\n{GOOD.replace('verbose', chr(0) * 10**6)}", "is not one of"),
        (f"{HEADER}\n{GOOD.replace('verbose', 'x' * 10**6)}", "…' is not one of"),
        (f"{HEADER}\n{GOOD.replace(',4,', ',' + '4' * 10**6 + ',')}", "…' is not a whole number"),
        (f"{HEADER}\n{GOOD.replace(',30,', ',' + '9' * 10**6 + ',')}", "is not a finite number"),
        (HEADER + f"\n{GOOD.replace('ava', 'a' * 10**6)}" * 2, "…' already answered"),
        ("#\n" * 10**5, "is missing"),
        (HEADER + "\n" + GOOD.replace("verbose", '"ver\nbose"'), "'ver bose' is not one of"),
    ],
)
def test_what_no_program_means_is_refused_in_a_short_line(
    content: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_ratings(path)
    assert said in str(caught.value)
    assert len(str(caught.value).removeprefix(str(path))) < 2000


def test_a_million_columns_beside_the_right_ones_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(f"{HEADER},{','.join(f'c{n}' for n in range(10**5))}\n{GOOD}\n")
    assert len(read_ratings(path).frame) == 1


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-16", "is UTF-16, not UTF-8; save it as UTF-8"),
        ("utf-16-le", "is UTF-16, not UTF-8"),
        ("utf-16-be", "is UTF-16, not UTF-8"),
        ("utf-32", "is UTF-32, not UTF-8"),
        ("utf-32-le", "is UTF-32, not UTF-8"),
        ("utf-32-be", "is UTF-32, not UTF-8"),
    ],
)
def test_another_encoding_is_named(encoding: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n".encode(encoding))
    with pytest.raises(InputError, match=said):
        read_ratings(path)


def test_a_missing_and_a_binary_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_ratings(tmp_path / "none.csv")
    (tmp_path / "ratings.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="UTF-8"):
        read_ratings(tmp_path / "ratings.csv")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(f"{HEADER}\n{text}", encoding="utf-8", newline="")
    with pytest.raises(InputError) as caught:
        read_ratings(path)
    assert "\n" not in str(caught.value)


cells = st.builds(
    Rating,
    participant=st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=8),
    group=st.sampled_from(GROUPS),
    problem=st.just('a "quoted", id'),
    item=st.just("clear"),
    dimension=st.sampled_from(DIMENSIONS[:1]),
    reversed=st.just(False),
    rating=st.integers(1, 5),
    checks_passed=st.none() | st.floats(0, 1),
    duration=st.none() | st.floats(0, 1e6),
    simulated=st.just(True),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(cells, min_size=1, max_size=6, unique_by=lambda row: row.participant))
def test_writing_then_reading_changes_nothing(tmp_path: Path, rows: list[Rating]) -> None:
    path = tmp_path / "ratings.csv"
    write_ratings(rows, path)
    assert read_ratings(path).frame.equals(as_ratings(rows).frame)
    assert read_ratings(path).simulated


def test_times_away_are_written_where_they_are_recorded_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    write_ratings([ROW], path)
    assert "away" not in path.read_text(encoding="utf-8")
    assert read_ratings(path).frame["times_away"].isna().all()
    counted = replace(ROW, times_away=2, seconds_away=31.5)
    write_ratings([counted], path)
    (read,) = read_ratings(path).frame.to_dict("records")
    assert (read["times_away"], read["seconds_away"]) == (2, 31.5)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("1.5,3", "'1.5' is not a whole number of times"),
        ("-1,3", "'-1' is not a whole number of times"),
        ("1,-3", "is a negative time"),
        ("often,3", "is not a number"),
    ],
)
def test_times_away_that_cannot_be_are_refused(tmp_path: Path, cells: str, said: str) -> None:
    path = tmp_path / "ratings.csv"
    write_ratings([replace(ROW, times_away=1, seconds_away=3.0)], path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("false,1,3.0", f"false,{cells}"), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_ratings(path)
