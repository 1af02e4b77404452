"""The sandbox as a program of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connections.activecampaign.answers import Accepted
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.endpoint import Endpoint
from tests.activecampaign.contacts import Contact, encode_batch
from tests.waiting import eventually

Start = Callable[..., tuple[subprocess.Popen[str], ActiveCampaignClient]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts the program and connects to it."""
    processes: list[subprocess.Popen[str]] = []
    clients: list[ActiveCampaignClient] = []

    def run(*options: str) -> tuple[subprocess.Popen[str], ActiveCampaignClient]:
        command = [sys.executable, "-m", "connections.activecampaign.sandbox", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--key", "a-key", "--processing-seconds", "0.01", *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout
        host = process.stdout.readline().partition("http://")[2].strip()
        clients.append(ActiveCampaignClient(Endpoint(host, (), frozenset({host})), "a-key"))
        return process, clients[-1]

    yield run
    for client in clients:
        client.close()
    for process in processes:
        process.kill()
        process.communicate()


def test_the_program_keeps_its_data_over_a_restart(start: Start, tmp_path: Path) -> None:
    options = ("--data", str(tmp_path / "sandbox.sqlite"), "--no-limits")
    options += ("--list", "Newsletter", "--field", "Loyalty tier:dropdown:Gold,Silver")
    process, client = start(*options, "--field", "Note")
    (newsletter,) = client.lists()
    answer = client.send(
        encode_batch([Contact("a@example.com")], list_id=newsletter.id, automations=False)
    )
    assert isinstance(answer, Accepted)
    batch_id = answer.batch_id
    eventually(lambda: client.import_result(batch_id).state == "completed")

    process.send_signal(signal.SIGTERM)
    code = process.wait(timeout=30)
    _, again = start(*options)

    assert code == 0
    assert again.lists() == [newsletter]
    assert [(field.title, field.options) for field in again.fields()] == [
        ("Loyalty tier", ("Gold", "Silver")),
        ("Note", ()),
    ]
    assert [contact.email for contact in again.contacts(list_id=newsletter.id)] == ["a@example.com"]


def test_a_key_is_required() -> None:
    command = [sys.executable, "-m", "connections.activecampaign.sandbox"]

    refused = subprocess.run(command, capture_output=True, text=True, check=False)

    assert refused.returncode == 2
    assert "--key" in refused.stderr
