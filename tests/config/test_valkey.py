from __future__ import annotations

from pathlib import Path

import pytest
from redis import AuthenticationError, Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded.processes import NotReady, accepts_connections
from config.embedded.valkey import ValkeyServer


def test_it_serves_whoever_has_its_address() -> None:
    with ValkeyServer() as server, Redis.from_url(server.url) as client:
        client.set("greeting", "bonjour")

        assert client.get("greeting") == b"bonjour"


def test_it_refuses_whoever_has_no_password() -> None:
    once = Retry(NoBackoff(), 0)
    with ValkeyServer() as server, Redis(port=server.port, retry=once) as stranger:
        refused = pytest.raises(AuthenticationError)

        with refused:
            stranger.ping()


def test_it_keeps_what_it_holds_in_its_folder_across_a_restart(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path) as server, Redis.from_url(server.url) as client:
        client.set("task", "run 7")

    with ValkeyServer(tmp_path) as server, Redis.from_url(server.url) as client:
        assert client.get("task") == b"run 7"


def test_without_a_folder_it_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with ValkeyServer() as server:
        assert any(tmp_path.iterdir())

    assert not any(tmp_path.iterdir())
    assert not accepts_connections(server.port)


def test_only_its_owner_can_read_the_password(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path):
        assert (tmp_path / "valkey.conf").stat().st_mode & 0o077 == 0


def test_a_taken_port_is_reported_with_the_log_of_the_server(tmp_path: Path) -> None:
    with ValkeyServer() as first, pytest.raises(NotReady, match="Address already in use"):
        ValkeyServer(tmp_path, port=first.port).start()
