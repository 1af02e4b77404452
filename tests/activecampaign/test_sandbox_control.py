"""The sandbox's own controls and faults."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
import requests

from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import ActiveCampaignError
from connections.activecampaign.sandbox import Sandbox
from tests.activecampaign.contacts import Contact, encode_batch


@pytest.fixture
def control(sandbox: Sandbox) -> Callable[..., requests.Response]:
    def ask(method: str, name: str, body: Any = None, **headers: str) -> requests.Response:
        address = f"{sandbox.url}/sandbox/{name}"
        return requests.request(method, address, json=body, headers=headers, timeout=10)

    return ask


def statuses(client: ActiveCampaignClient, times: int) -> list[int | None]:
    """Return the status of so many requests; None for those that were cut off."""
    found: list[int | None] = []
    for _ in range(times):
        try:
            client.me()
        except ActiveCampaignError as error:
            found.append(error.status)
        else:
            found.append(200)
    return found


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"times": 2}, [403, 403, 200, 200, 200, 200]),
        ({"first": 3}, [200, 200, 403, 403, 403, 403]),
        ({"first": 2, "last": 4}, [200, 403, 403, 403, 200, 200]),
        ({"every": 3}, [403, 200, 200, 403, 200, 200]),
        ({"every": 2, "first": 2, "times": 2}, [200, 403, 200, 403, 200, 200]),
        ({"on": "GET /users/*"}, [403] * 6),
        ({"on": "/users/me"}, [403] * 6),
        ({"on": "POST /import/*"}, [200] * 6),
        ({"probability": 0.0}, [200] * 6),
    ],
)
def test_a_fault_strikes_the_requests_it_names(
    sandbox: Sandbox, client: ActiveCampaignClient, details: dict[str, Any], expected: list[int]
) -> None:
    fault = sandbox.faults.add("forbidden", **details)

    assert statuses(client, 6) == expected
    assert fault.struck == expected.count(403)


def test_faults_follow_one_another(sandbox: Sandbox, client: ActiveCampaignClient) -> None:
    sandbox.faults.add("too_many", times=1)
    sandbox.faults.add("reset", times=1)
    sandbox.faults.add("slow", seconds=0.001)
    sandbox.faults.add("html_500", times=1)

    assert statuses(client, 5) == [429, None, 500, 200, 200]


def test_the_same_seed_gives_the_same_misfortune(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    sandbox.faults.add("forbidden", probability=0.5)

    histories = []
    for seed in (1, 1, 2):
        sandbox.faults.reseed(seed)
        histories.append(statuses(client, 30))

    assert histories[0] == histories[1] != histories[2]


def test_faults_are_set_seen_and_cleared_over_http(
    client: ActiveCampaignClient, control: Callable[..., requests.Response]
) -> None:
    answer = control("PUT", "faults", {"seed": 5, "faults": [{"kind": "forbidden", "times": 1}]})

    assert answer.status_code == 200
    assert statuses(client, 2) == [403, 200]
    assert control("GET", "faults").json()["faults"][0]["struck"] == 1
    assert control("DELETE", "faults").json() == {"faults": []}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("faults", []),
        ("faults", {"faults": [{"kind": "earthquake"}]}),
        ("faults", {"faults": [{"kind": "forbidden", "colour": "red"}]}),
        ("switches", {"no_such_switch": True}),
        ("switches", {"limits": "yes"}),
        ("switches", {"latency": 1, "numbering_from": 7}),
        ("switches", {"retry_after": True}),
    ],
)
def test_a_control_that_is_not_understood_changes_nothing(
    control: Callable[..., requests.Response], name: str, body: Any
) -> None:
    before = control("GET", name).json()

    assert control("PUT", name, body).status_code == 400
    assert control("GET", name).json() == before


def test_switches_are_set_over_http(
    sandbox: Sandbox, control: Callable[..., requests.Response]
) -> None:
    wanted = {"latency": 0, "contact_limit": 7, "results_kept_seconds": None, "limits": True}

    answer = control("PUT", "switches", wanted)

    assert answer.status_code == 200
    assert answer.json().items() >= wanted.items()
    assert sandbox.switches.contact_limit == 7


def test_requests_are_counted_by_endpoint_and_minute(
    client: ActiveCampaignClient, control: Callable[..., requests.Response]
) -> None:
    statuses(client, 3)

    counts = control("GET", "requests").json()

    assert counts["total"] == 3
    assert sum(minute["GET /users/me"] for minute in counts["by_minute"].values()) == 3


def test_requests_that_came_too_fast_are_counted(
    sandbox: Sandbox, client: ActiveCampaignClient, control: Callable[..., requests.Response]
) -> None:
    control("PUT", "switches", {"limits": True, "requests_per_second": 2})

    answers = statuses(client, 5)

    assert control("GET", "requests").json()["too_fast"] == answers.count(429)


def test_reset_empties_the_account_but_for_lists_and_fields(
    sandbox: Sandbox, client: ActiveCampaignClient, control: Callable[..., requests.Response]
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    sandbox.add_contact("anna@example.com", lists=[newsletter])
    sandbox.exclude("ben@example.com")
    sandbox.faults.add("forbidden")
    sandbox.switches.contact_limit = 7

    assert control("POST", "reset").status_code == 200

    assert client.list(newsletter).name == "Newsletter"
    assert sandbox.contact("anna@example.com") is None
    assert sandbox.contacts_on(newsletter) == {}
    assert sandbox.switches.contact_limit == 2_000_000
    assert sandbox.switches.limits is False
    assert sandbox.log.count() == 1


def test_a_sandbox_survives_a_refused_change(sandbox: Sandbox) -> None:
    newsletter = sandbox.add_list("Newsletter")
    with pytest.raises(sqlite3.IntegrityError):
        sandbox.add_list("Another", id=newsletter)

    sandbox.remove_list(newsletter)
    assert sandbox.ensure_list("Another") == sandbox.ensure_list("Another")
    sandbox.add_contact("anna@example.com", fields={sandbox.add_field("Note"): "Hello"})
    sandbox.reset()
    assert sandbox.contact("anna@example.com") is None


def test_waiting_for_imports_ends(sandbox: Sandbox, client: ActiveCampaignClient) -> None:
    newsletter = sandbox.add_list("Newsletter")
    sandbox.switches.processing_seconds = 600.0
    client.send(encode_batch([Contact("a@b.example")], list_id=newsletter, automations=False))

    with pytest.raises(TimeoutError):
        sandbox.wait_until_imported(timeout=0.0)


def test_unknown_controls_are_not_found(control: Callable[..., requests.Response]) -> None:
    assert control("GET", "nothing").status_code == 404


def test_pages_of_other_sites_may_not_use_the_controls(
    sandbox: Sandbox, control: Callable[..., requests.Response]
) -> None:
    sandbox.add_contact("anna@example.com")

    assert control("POST", "reset", Origin="https://evil.example").status_code == 403
    assert sandbox.contact("anna@example.com")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: many", 400),
        (b"Content-Length: -1", 400),
        (b"Content-Length: 99999999", 413),
        (b"Transfer-Encoding: chunked", 411),
    ],
)
def test_a_request_without_a_readable_length_is_refused(
    sandbox: Sandbox, head: bytes, status: int
) -> None:
    host, _, port = sandbox.host.partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST /api/3/contacts HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")

        assert connection.recv(1000).startswith(b"HTTP/1.1 %d " % status)
