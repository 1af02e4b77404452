"""A stored rule, made ready to be evaluated on the profile table of a source."""

from datetime import datetime
from typing import Any

from segments.models import Source
from segments.rules.sql import Compiled, compile_rule
from segments.rules.tree import parse_rule


def compile_for(source: Source, rule: Any, *, now: datetime) -> Compiled:
    """Return a rule as SQL over the source's current table, as of `now`; raises InvalidRule."""
    return compile_rule(parse_rule(rule, source.columns), source.columns)
