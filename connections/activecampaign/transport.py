"""The way to ActiveCampaign's servers: to public addresses only, and with exact errors.

A host name is checked when it is typed, but what it resolves to may change afterwards. So the
address that counts is that of the open socket, looked at before the first byte is sent.

Errors raised while connecting are ours and mean that nothing was sent; whatever urllib3 raises
besides can mean that the request arrived.
"""

import ipaddress
import logging
import socket

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import Timeout
from urllib3.util.ssl_match_hostname import CertificateError

from connections.activecampaign.endpoint import Endpoint
from connections.activecampaign.errors import ConfigError, TemporaryError

CONNECTIONS_KEPT = 16

# At DEBUG it writes every URL with its query, in which there are e-mail addresses.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Tell whether `address` is reached over the Internet, whatever IPv6 wraps it in."""
    parsed = _unwrap(ipaddress.ip_address(address))
    return parsed.is_global and not parsed.is_multicast


def _unwrap(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class ExactErrors(HTTPConnection):
    """Says exactly why no connection came about.

    Raises TemporaryError with the code unresolvable, no_connection or no_tls.
    """

    def connect(self) -> None:
        try:
            super().connect()
        except NameResolutionError:
            raise TemporaryError("unresolvable") from None
        except (NewConnectionError, ConnectTimeoutError):
            raise TemporaryError("no_connection") from None
        except (OSError, CertificateError) as error:
            reason = getattr(error, "verify_message", "") or getattr(error, "strerror", "")
            raise TemporaryError("no_tls", detail=reason or "") from None


class SandboxConnection(ExactErrors):
    """Plain http, to any address: only for hosts that the settings name."""


class PublicConnection(ExactErrors, HTTPSConnection):
    """TLS, and only to a peer that is public; raises ConfigError("private_address")."""

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        if not is_public(sock.getpeername()[0]):
            sock.close()
            raise ConfigError("private_address")
        return sock


class _SandboxPool(HTTPConnectionPool):
    ConnectionCls = SandboxConnection


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = PublicConnection


def open_pool(endpoint: Endpoint, timeout: tuple[float, float]) -> HTTPConnectionPool:
    """Return the connections to this endpoint alone, which several threads may use at once.

    A session of `requests` takes three times as long for a request as the pool beneath it, and what
    it does meanwhile is not wanted here: cookies, redirects, proxies and keys of the environment.
    """
    limits = Timeout(connect=timeout[0], read=timeout[1])
    if endpoint.is_sandbox:
        return _SandboxPool(endpoint.name, endpoint.port, timeout=limits, maxsize=CONNECTIONS_KEPT)
    return _PublicPool(
        endpoint.name,
        endpoint.port,
        timeout=limits,
        maxsize=CONNECTIONS_KEPT,
        cert_reqs="CERT_REQUIRED",
        ca_certs=DEFAULT_CA_BUNDLE_PATH,
    )


def resolve(endpoint: Endpoint) -> list[str]:
    """Return the addresses of the endpoint's host.

    Raises TemporaryError("unresolvable") and ConfigError("private_address").
    """
    try:
        found = socket.getaddrinfo(endpoint.name, endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise TemporaryError("unresolvable") from None
    addresses = sorted({str(entry[4][0]) for entry in found})
    if not endpoint.is_sandbox and not all(is_public(address) for address in addresses):
        raise ConfigError("private_address")
    return addresses


def check_tls(host: str, port: int, timeout: float) -> None:
    """Open TLS to `host`, verify its certificate, and close, sending nothing else.

    Raises what connecting raises: see PublicConnection.
    """
    connection = PublicConnection(
        host,
        port,
        timeout=timeout,
        cert_reqs="CERT_REQUIRED",
        ca_certs=DEFAULT_CA_BUNDLE_PATH,
    )
    try:
        connection.connect()
    finally:
        connection.close()
