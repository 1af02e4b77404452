"""The rule builder in a browser: nothing that is typed is lost, whatever the server is doing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import Visit
from tests.e2e.house import CONTRIBUTOR
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
WIDE, NARROW = 1280, 360


class Gate:
    """Holds back what the browser asks of the builder until it is let through."""

    def __init__(self, page: Page) -> None:
        self.held: list[Route] = []
        page.route(
            re.compile(r"/segments/add/"),
            lambda route: self.held.append(route) if _redraws(route) else route.continue_(),
        )
        self.page = page

    def wait(self, count: int = 1) -> None:
        for _ in range(500):
            if len(self.held) >= count:
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"{len(self.held)} requests instead of {count}")

    def open(self) -> None:
        for route in self.held:
            route.continue_()
        self.held.clear()


def _redraws(route: Route) -> bool:
    return route.request.headers.get("hx-target") == "rule"


def builder(visit: Visit, width: int = WIDE) -> Visitor:
    visitor = visit(CONTRIBUTOR, width=width)
    visitor.page.goto(f"{visitor.house.address}/segments/add/")
    source = visitor.page.locator("#id_source")
    with visitor.page.expect_response(lambda answer: answer.request.method == "POST"):
        source.select_option(index=1)
    visitor.page.get_by_role("button", name="Add condition").wait_for()
    return visitor


def test_what_is_typed_while_the_rule_is_redrawn_stays(visit: Visit) -> None:
    page = builder(visit).page
    page.get_by_role("button", name="Add condition").click()
    page.locator("#rule-0-column").select_option("country")
    value = page.locator("#rule-0-value")
    value.wait_for()
    gate = Gate(page)

    page.locator("#rule-0-operator").select_option("contains")
    gate.wait()
    value.press_sequentially("Fra")
    gate.open()
    gate.wait()  # the answer knew nothing of it, so the same is asked again
    value.press_sequentially("nce")
    gate.open()
    gate.wait()
    gate.open()

    expect(page.locator("#rule-0-operator")).to_have_value("contains")
    page.wait_for_timeout(300)
    expect(page.locator("#rule-0-value")).to_have_value("France")
    expect(page.locator("#rule-0-value")).to_be_focused()
    assert not gate.held


def test_a_button_pressed_while_the_rule_is_redrawn_counts(visit: Visit) -> None:
    page = builder(visit).page
    page.get_by_role("button", name="Add condition").click()
    page.locator("#rule-0-column").wait_for()
    gate = Gate(page)

    page.locator("#rule-0-column").select_option("country")
    gate.wait()
    page.get_by_role("button", name="Add condition").click()
    gate.wait(2)
    gate.open()

    expect(page.locator("#rule-1-column")).to_be_visible()
    expect(page.locator("#rule-0-column")).to_have_value("country")
    expect(page.locator("#rule-0-value")).to_be_visible()


def test_a_second_choice_while_the_first_is_drawn_is_drawn_too(visit: Visit) -> None:
    page = builder(visit).page
    for at in (0, 1):
        page.get_by_role("button", name="Add condition").click()
        page.locator(f"#rule-{at}-column").wait_for()
    gate = Gate(page)

    page.locator("#rule-0-column").select_option("country")
    gate.wait()
    page.locator("#rule-1-column").select_option("country")
    gate.wait(2)
    gate.open()

    expect(page.locator("#rule-0-value")).to_be_visible()
    expect(page.locator("#rule-1-value")).to_be_visible()


def test_typing_at_human_speed_loses_no_letter(visit: Visit) -> None:
    page = builder(visit).page
    page.get_by_role("button", name="Add condition").click()
    page.locator("#rule-0-column").select_option("country")
    page.locator("#rule-0-value").wait_for()

    for operator in ("contains", "starts_with", "equals"):
        page.locator("#rule-0-operator").select_option(operator)
        page.locator("#rule-0-value").fill("")
        page.locator("#rule-0-value").press_sequentially("United Kingdom", delay=40)
        expect(page.locator("#rule-0-value")).to_have_value("United Kingdom")
        expect(page.locator("#rule-0-operator")).to_have_value(operator)


def test_the_text_of_the_rule_follows_what_is_typed(visit: Visit) -> None:
    page = builder(visit).page
    page.get_by_role("button", name="Add condition").click()
    page.locator("#rule-0-column").select_option("country")
    page.locator("#rule-0-value").press_sequentially("Chile")

    expect(page.locator("#rule-as-text")).to_have_value(re.compile(r'"value": "Chile"'))


def test_groups_five_deep_fit_a_telephone(visit: Visit) -> None:
    page = builder(visit, NARROW).page
    for depth in range(4):
        page.locator(f"[value='add_group:{'-'.join('0' * depth)}']").click()
        page.locator(f"#rule-{'-'.join('0' * (depth + 2))}-column").wait_for()
        page.locator(f"[value='remove:{'-'.join('0' * (depth + 2))}']").click()
        page.locator(f"#rule-{'-'.join('0' * (depth + 2))}-column").wait_for(state="detached")
    page.locator("[value='add_condition:0-0-0-0']").click()

    column = page.locator("#rule-0-0-0-0-0-column")
    expect(column).to_be_visible()
    box = column.bounding_box()
    assert box is not None
    assert box["width"] >= 120
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
