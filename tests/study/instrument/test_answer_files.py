"""Files of answers beside the ratings: written, read back, and refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.study.instrument.answer_files import (
    Guess,
    PersonalAnswer,
    read_guesses,
    read_personal_answers,
    write_guesses,
    write_personal_answers,
)

ROWS = [
    PersonalAnswer(participant="a1", question="age", option=2, answer='25 to 34, "or so"'),
    PersonalAnswer(participant="a1", question="gender", option=None, answer=""),
]
HEAD = "participant,question,option,answer\n"


def test_what_is_written_is_read_and_says_how_to_treat_it(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    write_personal_answers(ROWS, path)
    assert path.read_text(encoding="utf-8").startswith("# POSSIBLY PERSONAL")
    assert read_personal_answers(path) == ROWS


@pytest.mark.parametrize("separator", [";", "\t"])
def test_cells_may_be_separated_as_a_spreadsheet_does(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "answers.csv"
    text = f'{HEAD}a1,age,2,"25 to 34, ""or so"""\na1,gender,,\n'
    cells = [line.split(",", 3) for line in text.splitlines()]
    path.write_text("\n".join(map(separator.join, cells)), encoding="utf-8")
    assert read_personal_answers(path) == ROWS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("participant,question,option\na1,age,1\n", "has other columns; the columns are"),
        (HEAD, "holds no answers"),
        (HEAD + "a1,age,0,x\n", "row 1, field 'option'"),
        (HEAD + "a1,age,1,x\na2,age,first,x\n", "row 2, field 'option'"),
        (HEAD + ",age,1,x\n", "row 1, field 'participant'"),
        (HEAD + "a1,age,1\n", "row 1: does not have as many cells"),
        (HEAD + "a1,age,1,x,y\n", "row 1: does not have as many cells"),
        (
            HEAD + "a1,age,1,x\na1,age,2,y\n",
            "row 2, field 'question': 'a1' already answered 'age' in row 1; keep one of the two",
        ),
        (HEAD + 'a1,age,1,"x\n', "is not CSV"),
    ],
)
def test_a_faulty_file_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_personal_answers(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


GUESS = Guess(
    participant="a1",
    group="verbose",
    problem="q1",
    choices=4,
    chosen="Ada; Ben",
    right=True,
    seconds=None,
    simulated=False,
)


def test_guesses_are_read_as_written_and_once_each(tmp_path: Path) -> None:
    path = tmp_path / "guesses.csv"
    other = GUESS.model_copy(update={"problem": "q2", "right": False, "seconds": 2.5})
    write_guesses([GUESS, other], path, ["a remark"])
    assert path.read_text(encoding="utf-8").startswith("# a remark\nparticipant,group,problem")
    assert read_guesses(path) == [GUESS, other]
    write_guesses([GUESS, other, GUESS], path)
    with pytest.raises(InputError, match=r"row 3, .*'a1' already answered 'q1' in row 1;"):
        read_guesses(path)


def test_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes((HEAD + "a1,age,1,\xe4\n").encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8"):
        read_personal_answers(path)
