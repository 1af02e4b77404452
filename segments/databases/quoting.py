"""What databases say, as it may be shown: on one line, short, without anybody's address."""

import re

LONGEST = 300
_ADDRESS = re.compile(r"[^\s@'\"`]+@[^\s@'\"`]+")


def shortened(message: str) -> str:
    """Return a database's message on one line, its end left out when it is long."""
    line = _ADDRESS.sub("…@…", " ".join(message.split()))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
