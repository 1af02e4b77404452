"""An authenticator app, from RFC 6238 and independent of the one under test."""

import base64
import hmac
import struct
import time


def current_code(secret: str) -> str:
    """Return the six digits that an authenticator with this secret shows now."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
