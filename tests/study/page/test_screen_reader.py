"""What the browser hands to a screen reader: roles, names, states and their order, as spoken.

Read from Chromium's accessibility tree, from which screen readers take all that they say. It shows
that everything is there to be said, in the right order; not how a given reader says it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from artifact.study.instrument.items import load_items
from tests.study.page import browser

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

ASKED = load_items()
SPOKEN = ("required", "checked", "invalid", "focused", "level", "modal")
"""Properties that a screen reader says, or acts upon."""


def spoken(driver: Chrome) -> list[dict[str, Any]]:
    """What is said of each node, from the top of the page to its end."""
    nodes = driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    known = {node["nodeId"]: node for node in nodes}

    def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not node["ignored"]:
            said = {part["name"]: part["value"].get("value") for part in node.get("properties", [])}
            yield {
                "role": node["role"]["value"],
                "name": node.get("name", {}).get("value", ""),
                "description": node.get("description", {}).get("value", ""),
            } | {name: said.get(name) for name in SPOKEN}
        for child in node.get("childIds", []):
            if child in known:
                yield from walk(known[child])

    return list(walk(nodes[0]))


def of_role(said: list[dict[str, Any]], *roles: str) -> list[dict[str, Any]]:
    return [node for node in said if node["role"] in roles]


def test_a_problem_is_told_in_order_and_every_choice_has_its_question(fresh: Chrome) -> None:
    browser.to_practice(fresh)
    said = spoken(fresh)
    headings = [(node["level"], node["name"]) for node in of_role(said, "heading")]
    assert headings == [
        (1, "Practice"),
        (2, "Question"),
        (2, "Facts that the system was given"),
        (2, "Reasoning text"),
        (2, "Answer"),
        (2, "Your view"),
    ]
    assert next(node for node in said if node["focused"])["name"] in ("Practice", fresh.title)
    groups = of_role(said, "radiogroup")
    assert [group["name"] for group in groups] == [item.text for item in ASKED.items]
    assert all(group["required"] for group in groups)
    points = [node["name"] for node in of_role(said, "radio")]
    assert points == [anchor for item in ASKED.items for anchor in ASKED.scales[item.scale]]
    assert not any(node["name"] == "" for node in of_role(said, "button", "radio", "progressbar"))
    (bar,) = of_role(said, "progressbar")
    assert bar["name"].startswith("Step 3 of ")


def test_what_is_missing_is_told_where_it_is_missing(fresh: Chrome) -> None:
    browser.to_practice(fresh)
    browser.rate(fresh, [3], send=False)
    fresh.execute_script("document.querySelector('form').requestSubmit()")
    first, *others = of_role(spoken(fresh), "radiogroup")
    assert (first["invalid"], first["description"]) == ("false", "")
    for group in others:
        assert (group["invalid"], group["description"]) == ("true", "Please choose one.")
    chosen = [node["name"] for node in of_role(spoken(fresh), "radio") if node["checked"] == "true"]
    assert chosen == ["neither agree nor disagree"]


def test_a_question_over_the_page_is_told_by_its_name(fresh: Chrome) -> None:
    browser.to_first_problem(fresh)
    fresh.back()
    browser.until(fresh.find_element("id", "back").is_displayed)
    (dialog,) = of_role(spoken(fresh), "dialog")
    assert dialog["name"] == "Leave this page?"
    buttons = [node["name"] for node in of_role(spoken(fresh), "button")]
    assert buttons == ["Stay on this page", "Leave this page"]  # the page behind is not told
    browser.look(fresh, browser.DESKTOP, dark=False)
