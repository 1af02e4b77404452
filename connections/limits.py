"""How many requests an account gets: what ActiveCampaign documents, or what its contract says."""

from collections.abc import Collection, Sequence

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


def rates_by_host(hosts: Collection[str]) -> dict[str, Rates]:
    """Return the rates of the account of each host, asking the database once.

    Several connections may lead there. They share the windows, and so the smallest rate of each
    kind that any of them names.
    """
    smallest = [Min(name) for name in RATE_FIELDS]
    connections = Connection.objects.filter(host__in=hosts).values_list("host")
    named = {host: rates for host, *rates in connections.annotate(*smallest)}
    return {host: _rates(named.get(host, [])) for host in hosts}


def rates_of(host: str) -> Rates:
    """Return the rates of the account of one host, as `rates_by_host` does."""
    return rates_by_host([host])[host]


def _rates(named: Sequence[int | None]) -> Rates:
    rates = usual_rates()
    rates |= {name: rate for name, rate in zip(RATE_FIELDS, named, strict=False) if rate}
    return Rates(**rates)
