"""Where an ActiveCampaign account is reached: the host name a person typed, made safe."""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass

API_PATH = "/api/3"

_SCHEME = re.compile(r"^https?://")
_API_TAIL = re.compile(r"/api/3(?:[/?#].*)?$", re.DOTALL)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Resolvers read a name whose last label is a number ("127.1", "0x7f000001") as an address.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_LONGEST_NAME = 253


class HostError(ValueError):
    """The text is no host name of an account; `code` says what is wrong with it.

    Codes: empty, port, path, userinfo, ip_address, malformed, suffix.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean_host(text: str, sandbox_hosts: Collection[str] = frozenset()) -> str:
    """Return the bare host name in `text`, without touching the network.

    A scheme, a trailing slash and a trailing `/api/3/...` are taken off, since people paste
    the API URL as ActiveCampaign shows it. The "host:port" names in `sandbox_hosts` are
    returned as they are.

    Raises HostError.
    """
    host = _API_TAIL.sub("", _SCHEME.sub("", text.strip().lower())).rstrip("/")
    if host in sandbox_hosts:
        return host
    _refuse_what_is_not_a_name(host)
    labels = host.split(".")
    if len(labels) < 2 or len(host) > _LONGEST_NAME:
        raise HostError("malformed")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise HostError("malformed")
    return host


def _refuse_what_is_not_a_name(host: str) -> None:
    if not host:
        raise HostError("empty")
    if "://" in host:
        raise HostError("malformed")
    authority = re.split(r"[/?#]", host, maxsplit=1)[0]
    if "@" in authority:
        raise HostError("userinfo")
    if _is_ip_address(authority):
        raise HostError("ip_address")
    if authority != host:
        raise HostError("path" if authority else "malformed")
    if ":" in host:
        raise HostError("port" if re.fullmatch(r"[^:]+:\d*", host) else "malformed")


def _is_ip_address(authority: str) -> bool:
    if authority.startswith("["):
        return True
    try:
        ipaddress.ip_address(authority)
    except ValueError:
        name = authority.partition(":")[0]
        return _NUMBER.fullmatch(name.rpartition(".")[2]) is not None
    return True


@dataclass(frozen=True)
class Endpoint:
    """One account's API: a clean host name, and what the settings allow."""

    host: str
    suffixes: tuple[str, ...]
    sandbox_hosts: frozenset[str] = frozenset()

    def validate(self) -> None:
        """Raise HostError("suffix") unless the settings allow this host."""
        if self.is_sandbox:
            return
        allowed = (suffix.lower().strip(".") for suffix in self.suffixes)
        if not any(self.host == name or self.host.endswith(f".{name}") for name in allowed):
            raise HostError("suffix")

    @property
    def is_sandbox(self) -> bool:
        """Whether the settings name this host as a sandbox: plain http, any address."""
        return self.host in self.sandbox_hosts

    @property
    def name(self) -> str:
        """The host without a sandbox's port."""
        return self.host.rpartition(":")[0] if self._has_port else self.host

    @property
    def port(self) -> int:
        if self._has_port:
            return int(self.host.rpartition(":")[2])
        return 80 if self.is_sandbox else 443

    @property
    def _has_port(self) -> bool:
        return self.is_sandbox and ":" in self.host
