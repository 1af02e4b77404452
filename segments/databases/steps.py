"""*Test*: can the database be read, step by step?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments import parquet
from segments.databases.addresses import Address, check_driver, parse_address
from segments.databases.opening import opened
from segments.databases.queries import as_query
from segments.databases.reaching import reach
from segments.databases.session import check_names
from segments.databases.sqlite import find_file
from segments.problems import BadDatabase, describe_problem

Facts = Mapping[str, Any]
# What each step is called, and what it says when it passed.
NAMES: dict[str, tuple[Promise, Promise]] = {
    "address": (_("Address"), _("It is an address of %(kind)s.")),
    "reach": (_("Server or file"), _("%(place)s answers.")),
    "sign_in": (_("Sign in"), _("%(version)s lets Facteur in, to read only.")),
    "query": (_("Query"), _("The database accepts it; columns: %(columns)s.")),
    "profiles": (_("First profile"), _("It can be read.")),
}


@dataclass(frozen=True)
class Step:
    """One named check: whether it passed, and what it found or why it failed.

    After a failed step the others are skipped.
    """

    name: str
    state: Literal["passed", "failed", "skipped"]
    facts: Facts = field(default_factory=dict)
    problem: Facts | None = None

    @property
    def label(self) -> str:
        return str(NAMES[self.name][0])

    @property
    def message(self) -> str:
        """Return what the step says, in the active language; nothing when it was skipped."""
        if self.state == "passed":
            return str(NAMES[self.name][1]) % self.facts
        return str(describe_problem(self.problem) or "")


def test_database(url: str, password: str, query: str, timeout_seconds: int) -> list[Step]:
    """Try to read the first profile of a query, and return what became of each step."""
    found: list[Facts] = []
    problem = None
    try:
        found.extend(_try(url, password, query, timeout_seconds))
    except BadDatabase as error:
        problem = error.problem
    states = [Step(name, "passed", facts) for name, facts in zip(NAMES, found, strict=False)]
    states += [Step(name, "failed", problem=problem) for name in [*NAMES][len(found) :][:1]]
    return states + [Step(name, "skipped") for name in [*NAMES][len(states) :]]


def _try(url: str, password: str, query: str, seconds: int) -> Iterator[Facts]:
    """Give what each step found, in the order of NAMES; raises BadDatabase in the one it fails."""
    address = parse_address(url)
    if address.kind == "other":
        check_driver(address)
    yield {"kind": address.title}
    yield {"place": _reached(address, seconds)}
    with opened(address, password, seconds) as session, parquet.scratch(".csv") as path:
        yield {"version": session.version}
        names = check_names(session.start(as_query(query), limit=1))
        yield {"columns": len(names)}
        with Path(path).open("wb") as file:
            session.write(file)
            if not file.tell():
                raise BadDatabase("database_no_profiles")
        yield {}


def _reached(address: Address, seconds: int) -> str:
    if address.kind == "sqlite":
        find_file(address)
        return address.database
    reach(address, max(1, seconds))
    return address.host
