"""Language, time zone and theme, as each person likes them."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.time_zones import time_zone_choices, zone_named


@pytest.fixture
def browser(client: Client, viewer: User) -> Client:
    """Return a French browser in which a viewer without preferences is signed in."""
    client.force_login(viewer)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    return client


def save_profile(browser: Client, **fields: str):
    return browser.post("/profile/", {"full_name": "Vera", "language": "", **fields})


def test_without_a_preference_the_browser_decides(browser: Client):
    assert browser.get("/profile/").headers["Content-Language"] == "fr"


def test_a_preference_goes_before_the_browser(browser: Client):
    save_profile(browser, language="en")

    assert browser.get("/profile/").headers["Content-Language"] == "en"


def test_the_switch_changes_the_preference_too(browser: Client, viewer: User):
    save_profile(browser, language="en")

    response = browser.post("/appearance/language/", {"language": "fr", "next": "/profile/"})

    viewer.refresh_from_db()
    assert response.url == "/profile/"
    assert viewer.language == "fr"
    assert browser.get("/profile/").headers["Content-Language"] == "fr"


def test_going_back_to_the_browser_forgets_the_switch(browser: Client):
    browser.post("/appearance/language/", {"language": "en", "next": "/"})

    save_profile(browser, language="")

    assert browser.get("/profile/").headers["Content-Language"] == "fr"


def test_times_are_shown_where_people_are(browser: Client, viewer: User):
    save_profile(browser, language="en", time_zone="Pacific/Kiritimati")

    page = browser.get("/profile/")

    assert page.context["form"].initial["time_zone"] == "Pacific/Kiritimati"
    assert timezone.get_current_timezone_name() != "Pacific/Kiritimati"


def test_an_unknown_time_zone_is_refused(browser: Client, viewer: User):
    page = save_profile(browser, time_zone="Moon/Base")

    viewer.refresh_from_db()
    assert "time_zone" in page.context["form"].errors
    assert viewer.time_zone == ""


@pytest.mark.parametrize("name", ["", "Moon/Base", "../etc", "Europe"])
def test_what_is_no_zone_falls_back_to_that_of_the_installation(name: str):
    assert zone_named(name) is None


def test_zones_are_grouped_by_continent():
    groups = dict(time_zone_choices())

    assert ("Europe/Paris", "Paris") in groups["Europe"]
    assert groups["UTC"] == "UTC"


def test_nobody_gives_themself_a_role(browser: Client, viewer: User):
    save_profile(browser, role="administrator", is_active="")

    viewer.refresh_from_db()
    assert (viewer.role, viewer.is_active) == ("viewer", True)


def test_administrators_turn_alerts_off_for_themselves(browser: Client, administrator: User):
    browser.force_login(administrator)

    shown = browser.get("/profile/").context["form"]
    save_profile(browser, language="en")

    assert shown.initial["wants_alerts"] is True
    assert administrator not in User.objects.alerted()


def test_whoever_gets_no_alerts_is_not_asked(browser: Client, viewer: User):
    assert "wants_alerts" not in browser.get("/profile/").context["form"].fields

    save_profile(browser, language="en")

    viewer.refresh_from_db()
    assert viewer.wants_alerts
