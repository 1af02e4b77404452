"""Pages of a collection: `limit`, `offset` and `meta.total`."""

from typing import Any

from connections.activecampaign.sandbox.account import Account
from connections.activecampaign.sandbox.messages import Call

LARGEST = 100


def bounds(call: Call, default: int = 20) -> tuple[int, int]:
    """Return (limit, offset)."""
    limit = min(max(call.number("limit", default), 1), LARGEST)
    return limit, max(call.number("offset", 0), 0)


def meta(account: Account, total: int, **more: Any) -> dict[str, Any]:
    """Return the total as most collections give it: as a string."""
    return {"total": total if account.switches.totals_as_numbers else str(total), **more}
