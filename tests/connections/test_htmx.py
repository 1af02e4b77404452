"""With htmx, parts of the page are swapped in place."""

from __future__ import annotations

from typing import Any

from django.test import Client

from connections.models import ConnectionDraft
from tests.connections.browsing import ADD, visit


def send(client: Client, action: str, asking: str = "", **entries: str) -> Any:
    typed = visit(client).entries | entries | {"action": action}
    headers = {"HX-Request": "true"} | ({"HX-Trigger-Name": asking} if asking else {})
    return client.post(ADD, typed, headers=headers)


def test_connect_swaps_the_panel_and_the_fields_it_may_speak_about(ada, entries):
    response = send(ada, "connect", **entries | {"api_key": "wrong"})

    html = response.content.decode()
    assert html.lstrip().startswith('<div class="stack" id="connection-panel">')
    assert 'id="entry-api_key" hx-swap-oob="true"' in html
    assert 'id="entry-host" hx-swap-oob="true"' in html
    assert 'id="entry-name"' not in html
    assert "ActiveCampaign refused the API key." in html


def test_an_entry_that_was_left_is_kept_and_only_it_is_replaced(ada):
    response = send(ada, "draft", "host", host="https://acme.api-us1.com/api/3", name="Letters")

    html = response.content.decode()
    assert ConnectionDraft.objects.get().name == "Letters"
    assert 'value="acme.api-us1.com"' in html
    assert 'id="entry-host" hx-swap-oob="true"' in html
    assert 'id="entry-name"' not in html


def test_what_is_wrong_with_an_entry_is_said_at_it_and_not_summed_up_while_somebody_types(ada):
    html = send(ada, "draft", "host", host="10.0.0.1").content.decode()

    assert "This is an IP address." in html
    assert "Something needs your attention" not in html


def test_a_tick_replaces_no_entry(ada):
    response = send(ada, "draft", "agreed", agreed="on")

    assert 'id="entry-' not in response.content.decode()
    assert ConnectionDraft.objects.get().agreed_at is not None


def test_the_way_to_the_password_is_a_redirect_of_the_whole_page(ada, entries):
    send(ada, "connect", **entries)

    response = send(ada, "export_user")

    assert response.status_code == 200
    assert response["HX-Redirect"].startswith("/accounts/reauthenticate/?next=")


def test_cancel_leaves_the_page(ada):
    assert send(ada, "cancel")["HX-Redirect"] == "/connections/"
