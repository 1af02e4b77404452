"""Where an e-mail address stands: as a value of its own, or in the middle of a text.

An address in the middle of another one is somebody else's: ana@example.com is neither in
susana@example.com nor in ana@example.com.br.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from segments.parquet import quote
from segments.rules.typed import BLANKS

# What is around an address as people paste it, and what may be before and behind it in a name.
_BLANKS = " \t\r\n\v\f\u00a0\u200b\ufeff"
_BEFORE, _BEHIND = r"\pL\pN_.%+", r"\pL\pN_-"
TAKEN_OUT = "…"


def normal(address: str) -> str:
    """Return an address as it is compared: without outer blanks, in small letters."""
    return address.strip(_BLANKS).lower()


@dataclass(frozen=True)
class Mentioned:
    """An address that is looked for; in small letters, and never part of what is logged."""

    address: str

    def __repr__(self) -> str:
        return "Mentioned(…)"

    @property
    def parameters(self) -> dict[str, str]:
        """Return what the SQL expressions here need to be executed with."""
        name = re.escape(self.address)
        around = (
            f"(^|[^{_BEFORE}'-])('?)",
            rf"($|\.$|\.[^{_BEHIND}]|[^.{_BEHIND}])",
        )
        return {"address": self.address, "pattern": f"(?i){around[0]}{name}{around[1]}"}

    def is_in(self, text: str) -> bool:
        return bool(self._pattern.search(text))

    def taken_out_of(self, value: Any) -> Any:
        """Return a value of JSON without the address, in whatever text of it that stands."""
        match value:
            case str():
                return self._pattern.sub(TAKEN_OUT, value)
            case list():
                return [self.taken_out_of(each) for each in value]
            case dict():
                pairs = value.items()
                return {self.taken_out_of(name): self.taken_out_of(each) for name, each in pairs}
        return value

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        before, behind = (r"\w.%+-", r"\w-")
        return re.compile(
            rf"(?<![{before}])(?<![{before}]'){re.escape(self.address)}(?![{behind}]|\.[{behind}])",
            re.IGNORECASE,
        )


def mentions_sql(column: str) -> str:
    """Return the SQL condition that a text column mentions $address; $pattern says how."""
    name = quote(column)
    return f"(contains(lower({name}), $address) AND regexp_matches({name}, $pattern))"


def any_mentions_sql(columns: Iterable[str]) -> str:
    """Return the SQL condition that one of these columns mentions the address."""
    return " OR ".join(map(mentions_sql, columns)) or "false"


def without_mention_sql(column: str) -> str:
    """Return the SQL expression of a text column without the address; NULL when it was all."""
    name = quote(column)
    # Twice: what is between two of them is part of the first match, and then not of the second.
    once = f"regexp_replace({name}, $pattern, '\\1\\2{TAKEN_OUT}\\3', 'g')"
    taken = once.replace(name, once, 1)
    return (
        f"CASE WHEN NOT contains(lower({name}), $address) THEN {name}"
        f" WHEN trim(lower({name}), {BLANKS}) = $address THEN NULL ELSE {taken} END"
    )
