"""The steps of *Set up connection* say how they stand, and a summary what is entered."""

import pytest
from django.test import Client

from tests.connections.browsing import visit

pytestmark = pytest.mark.django_db


def test_nothing_is_done_before_something_is_entered(client: Client, administrator) -> None:
    client.force_login(administrator)

    page = visit(client)

    assert page.html.count('class="stepper-step"') == 5
    assert page.html.count('<li class="is-done">') == 0
    assert 'href="#entry-name" aria-current="step"' in page.html


def test_what_is_entered_is_done_and_summarized_but_never_the_key(
    client: Client, administrator
) -> None:
    client.force_login(administrator)
    entered = visit(client).entries | {
        "name": "Newsletter",
        "api_key": "a-secret-key",
        "host": "acme.api-us1.com",
        "action": "draft",
    }

    client.post("/connections/add/", entered)
    page = visit(client)

    assert page.html.count('<li class="is-done">') == 2
    assert "API key entered, and hidden Host acme.api-us1.com" in page.words
    assert "a-secret-key" not in page.html
