"""How many requests an account gets: what ActiveCampaign documents, or what its contract says."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models import Min

from connections.activecampaign.limiter import Rates
from connections.models import Connection

# What ActiveCampaign documents for every account, by the field of a connection that differs.
DOCUMENTED = {"bulk_per_minute": 100, "single_per_minute": 20, "requests_per_second": 5}
RATE_FIELDS = tuple(DOCUMENTED)


def usual_rates() -> dict[str, int]:
    """Return how many requests Facteur makes where a connection says nothing else."""
    return {
        "bulk_per_minute": settings.ACTIVECAMPAIGN_BULK_PER_MINUTE,
        "single_per_minute": settings.ACTIVECAMPAIGN_SINGLE_PER_MINUTE,
        "requests_per_second": settings.ACTIVECAMPAIGN_REQUESTS_PER_SECOND,
    }


def rates_of(host: str) -> Rates:
    """Return the rates of the account of this host, asking the database once.

    Several connections may lead there. They share the windows, and so the smallest rate of each
    kind that any of them names.
    """
    named: Mapping[str, int | None] = Connection.objects.filter(host=host).aggregate(
        **{name: Min(name) for name in RATE_FIELDS}
    )
    return Rates(**(usual_rates() | {name: rate for name, rate in named.items() if rate}))
