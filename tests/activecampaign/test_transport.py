"""Where requests may go: over TLS, to public addresses, whatever a name resolves to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from urllib3.connection import HTTPSConnection

from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.endpoint import Endpoint
from connections.activecampaign.errors import ConfigError, TemporaryError
from connections.activecampaign.transport import (
    ExactErrors,
    PublicConnection,
    check_tls,
    is_public,
    resolve,
)
from tests.waiting import eventually

Serve = Callable[[Callable[[socket.socket], None]], int]


class TLSAnywhere(ExactErrors, HTTPSConnection):
    """TLS to our own machine, for what happens after the peer was looked at."""


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that treats one connection in a thread, and returns the port."""
    threads: list[threading.Thread] = []
    listeners: list[socket.socket] = []

    def start(treat: Callable[[socket.socket], None]) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                treat(connection)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return int(listener.getsockname()[1])

    yield start
    for thread in threads:
        thread.join()
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.1.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
    ],
)
def test_addresses_are_public_or_not_whatever_wraps_them(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_private_peer_is_refused_before_a_byte_is_sent(serve: Serve) -> None:
    received: list[bytes] = []
    port = serve(lambda connection: received.append(connection.recv(100)))

    with pytest.raises(ConfigError) as caught:
        check_tls("127.0.0.1", port, timeout=5)

    assert caught.value.code == "private_address"
    eventually(lambda: received)
    assert received == [b""]


def test_a_pooled_request_refuses_a_private_peer_too(serve: Serve) -> None:
    port = serve(lambda connection: None)
    connection = PublicConnection("127.0.0.1", port, timeout=5)

    with pytest.raises(ConfigError, match="private_address"):
        connection.request("GET", "/api/3/users/me", headers={"Api-Token": "secret"})


def test_a_name_that_resolves_to_a_private_address_is_refused() -> None:
    with pytest.raises(ConfigError, match="private_address"):
        resolve(Endpoint("localhost", ("localhost",)))


@pytest.mark.parametrize("host", ["sandbox.invalid", f"{'x' * 64}.invalid"])
def test_a_name_that_does_not_resolve_is_temporary(host: str) -> None:
    with pytest.raises(TemporaryError, match="unresolvable"):
        resolve(Endpoint(host, ("invalid",)))


def test_the_certificate_is_asked_for_at_the_accounts_own_name() -> None:
    endpoint = Endpoint("sandbox.invalid", ("invalid",))
    with (
        ActiveCampaignClient(endpoint, "key") as client,
        pytest.raises(TemporaryError, match="unresolvable"),
    ):
        client.check_tls()


def test_a_request_to_an_unknown_name_says_so() -> None:
    endpoint = Endpoint("sandbox.invalid:80", (), frozenset({"sandbox.invalid:80"}))
    with (
        ActiveCampaignClient(endpoint, "key") as client,
        pytest.raises(TemporaryError, match="unresolvable"),
    ):
        client.me()


def test_a_refused_connection_was_never_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
    with (
        ActiveCampaignClient(Endpoint(host, (), frozenset({host})), "key") as client,
        pytest.raises(TemporaryError) as caught,
    ):
        client.send(b"{}")

    assert type(caught.value) is TemporaryError
    assert caught.value.code == "no_connection"


def test_a_server_without_tls_gives_no_tls(serve: Serve) -> None:
    port = serve(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    connection = TLSAnywhere("127.0.0.1", port, timeout=5)

    with pytest.raises(TemporaryError, match="no_tls"):
        connection.connect()

    connection.close()


def test_a_certificate_nobody_vouches_for_gives_no_tls_and_its_reason(
    serve: Serve, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))

    def shake_hands(connection: socket.socket) -> None:
        with pytest.raises(OSError, match=r"alert|reset"):
            context.wrap_socket(connection, server_side=True).recv(1)

    connection = TLSAnywhere("127.0.0.1", serve(shake_hands), timeout=5, cert_reqs="CERT_REQUIRED")

    with pytest.raises(TemporaryError) as caught:
        connection.connect()

    connection.close()
    assert caught.value.code == "no_tls"
    assert "self-signed" in caught.value.detail


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acme.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
