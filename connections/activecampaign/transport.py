"""The way to ActiveCampaign's servers: to public addresses only, and with exact errors.

A host name is checked when it is typed, but what it resolves to may change afterwards. So the
address that counts is that of the open socket, looked at before the first byte is sent.

Errors raised while connecting are ours and mean that nothing was sent; whatever `requests`
raises besides can mean that the request arrived.
"""

import ipaddress
import logging
import socket
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_match_hostname import CertificateError

from connections.activecampaign.endpoint import Endpoint
from connections.activecampaign.errors import ConfigError, TemporaryError

USER_AGENT = "Facteur"
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


class ExactAdapter(HTTPAdapter):
    """Makes requests use the connections above."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _SandboxPool, "https": _PublicPool}


def open_session(endpoint: Endpoint) -> requests.Session:
    """Return a session that reaches this endpoint alone.

    It keeps no cookie, reads nothing from the environment (no proxy, no .netrc), and may be
    used by several threads at once.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
    session.adapters.clear()
    session.mount(endpoint.base_url, ExactAdapter(pool_maxsize=CONNECTIONS_KEPT))
    return session


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
