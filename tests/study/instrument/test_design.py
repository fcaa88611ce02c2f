"""The design: the same problems for all, chosen by seed, and groups that fill evenly."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.errors import InputError
from artifact.study.instrument.design import Origin, Study, choose_stimuli, next_group, plan_study
from artifact.study.instrument.items import load_items
from artifact.study.instrument.ratings import ANSWER_ONLY, GROUPS
from artifact.study.instrument.stimuli import Stimulus

ORIGIN = Origin(dataset="cotempqa", source="lookalike", seed=0)


def a_stimulus(number: int, category: str = "during") -> Stimulus:
    return Stimulus(
        id=f"p-{number}",
        category=category,
        question="Who also worked for Dunmere Press?",
        context=("Ivo Brandt works for Dunmere Press in 1950.",),
        answers=("Ivo Brandt",),
        traces={group: f"{group} {number}" for group in GROUPS},
        made="rule",
    )


MANY = [
    a_stimulus(number, category)
    for number, category in enumerate(["during"] * 10 + ["equal"] * 3 + ["mix"] * 4)
]


def test_categories_take_turns_while_they_last() -> None:
    chosen = choose_stimuli(MANY, 12, seed=0)
    categories = [stimulus.category for stimulus in chosen]
    assert categories[:9] == ["during", "equal", "mix"] * 3
    assert categories[9:] == ["during", "mix", "during"]


def test_the_choice_depends_on_the_seed_alone() -> None:
    assert choose_stimuli(MANY, 6, seed=1) == choose_stimuli(list(reversed(MANY)), 6, seed=1)
    assert any(
        choose_stimuli(MANY, 6, seed=1) != choose_stimuli(MANY, 6, seed=seed)
        for seed in range(2, 5)
    )


def test_fewer_problems_grow_into_more() -> None:
    assert choose_stimuli(MANY, 4, seed=2) == choose_stimuli(MANY, 9, seed=2)[:4]


def test_too_few_problems_are_told_with_both_counts() -> None:
    with pytest.raises(InputError, match="gives 17 problems that can be shown, but 18 are"):
        choose_stimuli(MANY, 18, seed=0)


def test_all_groups_see_all_problems_and_the_last_one_is_for_practice() -> None:
    study = plan_study(MANY[:4], load_items(), ORIGIN)
    assert study.groups == GROUPS
    assert [problem.id for problem in study.problems] == ["p-0", "p-1", "p-2"]
    assert study.practice.id == "p-3"
    assert study.per_group == 25
    for group in GROUPS:
        assert {study.arm(group, problem.id) for problem in study.problems} == {group}


def test_the_answer_only_arm_is_one_more_group() -> None:
    study = plan_study(MANY[:4], load_items(), ORIGIN, answer_only=True)
    assert study.groups == (*GROUPS, ANSWER_ONLY)


def test_within_subjects_everyone_sees_every_trace_type_equally_often() -> None:
    study = plan_study(MANY[:9], load_items(), ORIGIN, design="within")
    for group in study.groups:
        seen = Counter(study.arm(group, problem.id) for problem in study.problems)
        assert set(seen.values()) == {2}
        assert set(seen) == set(GROUPS)
    for problem in study.problems:
        assert {study.arm(group, problem.id) for group in study.groups} == set(GROUPS)


@pytest.mark.parametrize(
    ("count", "design", "fewest"), [(1, "between", 1), (4, "within", 4), (5, "within", 5)]
)
def test_too_few_for_the_design(count: int, design: str, fewest: int) -> None:
    with pytest.raises(InputError, match=f"{count - 1} problems .* give at least {fewest}"):
        plan_study(
            MANY[:count],
            load_items(),
            ORIGIN,
            design=design,  # type: ignore[arg-type]
            answer_only=fewest == 5,
        )


@pytest.mark.parametrize(
    "name", ["consent", "practice", "verbose", "p-0", "mental_demand", "a b", "a\x07", "x" * 121]
)
@pytest.mark.parametrize("part", ["item", "check", "comment", "problem"])
def test_a_name_that_is_taken_or_that_no_server_takes_is_one_line(part: str, name: str) -> None:
    asked, stimuli = load_items(), list(MANY[:3])
    match part:
        case "item":
            asked = asked.model_copy(
                update={"items": (asked.items[0].model_copy(update={"id": name}), *asked.items[1:])}
            )
        case "check":
            first = asked.checks[0].model_copy(update={"id": name})
            asked = asked.model_copy(update={"checks": (first, *asked.checks[1:])})
        case "comment":
            asked = asked.model_copy(
                update={"comment": asked.comment.model_copy(update={"id": name})}
            )
        case _:
            stimuli[1] = stimuli[1].model_copy(update={"id": name})
    with pytest.raises(InputError, match=r"is used twice|should (match|have)") as caught:
        plan_study(stimuli, asked, ORIGIN)
    assert "give the item, check or problem another id" in str(caught.value)


def test_the_version_changes_with_anything_shown() -> None:
    def version(**change: object) -> str:
        changed = MANY[0].model_copy(update=change)
        return plan_study([changed, *MANY[1:3]], load_items(), ORIGIN).version

    assert version() == version()
    assert len({version(), version(question="Why?"), version(traces={"summary": "Short."})}) == 3
    assert plan_study(MANY[:3], load_items(), ORIGIN, per_group=3).version != version()


def test_a_study_is_read_back_as_written() -> None:
    study = plan_study(MANY[:3], load_items(), ORIGIN)
    assert Study.model_validate_json(study.model_dump_json()) == study


def spread(counts: Counter[str]) -> int:
    return max(counts.values()) - min(counts.values())


@given(
    groups=st.integers(1, 6),
    arrivals=st.integers(0, 120),
    seed=st.integers(0, 2**32),
)
def test_groups_never_differ_by_more_than_one_while_nobody_leaves(
    groups: int, arrivals: int, seed: int
) -> None:
    rng = Random(seed)
    counts = Counter({f"group {number}": 0 for number in range(groups)})
    for _ in range(arrivals):
        counts[next_group(counts, rng)] += 1
        assert spread(counts) <= 1


@given(data=st.data(), seed=st.integers(0, 2**32))
def test_who_leaves_frees_a_place_that_the_next_arrivals_take(
    data: st.DataObject, seed: int
) -> None:
    """Arrivals and leavers in any order, as they come when many are there at once."""
    rng = Random(seed)
    counts = Counter(dict.fromkeys(GROUPS, 0))
    free: Counter[str] = Counter()  # places left since, and not taken again
    for _ in range(data.draw(st.integers(0, 60))):
        here = [group for group, count in counts.items() if count]
        if here and data.draw(st.booleans()):
            leaver = data.draw(st.sampled_from(here))
            counts[leaver] -= 1
            free[leaver] += 1
        else:
            before = spread(counts)
            group = next_group(counts, rng)
            counts[group] += 1
            free[group] = max(0, free[group] - 1)
            assert spread(counts) <= max(1, before)
        assert spread(counts) <= 1 + free.total()
    for _ in range(sum(max(counts.values()) - count for count in counts.values())):
        counts[next_group(counts, rng)] += 1
    assert spread(counts) == 0


def test_equal_groups_are_drawn_at_random() -> None:
    rng = Random(0)
    first = Counter(next_group(dict.fromkeys(GROUPS, 7), rng) for _ in range(4000))
    assert all(abs(count - 1000) < 120 for count in first.values())


def test_no_group_at_all_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="empty"):
        next_group({}, Random(0))
