"""Comparisons in SQL: identifiers quoted and known, values always parameters.

A test is an operand, which depends on the profile alone, and a comparison with values: rules
that are evaluated together compute an operand that several of their tests share only once.
A comparison may be NULL where there is no value, which is a no: groups are never negated with
NOT but with IS NOT TRUE.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class File:
    """A stored file as a parameter: whoever runs the query puts its path there."""

    name: str


Value = str | int | File


@dataclass(frozen=True)
class Operand:
    """What is compared: an expression over the columns of a profile table.

    Where it reads stored files, their names are in `files`, one for each `?` in it.
    """

    sql: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Test:
    """One comparison: of the operand, which is {x} in it, with values, one for each `?`."""

    operand: Operand
    comparison: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Compiled:
    """Tests of which all or any must hold for a profile, or must not when `negated`."""

    match: str
    parts: tuple["Test | Compiled", ...]
    negated: bool = False

    def tests(self) -> Iterator[Test]:
        """Give each test, as often as it is in it."""
        for part in self.parts:
            if isinstance(part, Test):
                yield part
            else:
                yield from part.tests()


@dataclass(frozen=True)
class Sql:
    """An expression, and one parameter for each `?` in it."""

    text: str
    values: list[Value] = field(default_factory=list)


def where(rule: Compiled, names: Mapping[Operand, str] = MappingProxyType({})) -> Sql:
    """Return a rule as a condition; `names` are the columns that hold operands already."""
    parts = [
        where(part, names) if isinstance(part, Compiled) else _test(part, names)
        for part in rule.parts
    ]
    word = " AND " if rule.match == "all" else " OR "
    text = word.join(f"({part.text})" for part in parts) or "true"
    values = [value for part in parts for value in part.values]
    return Sql(f"({text}) IS NOT TRUE" if rule.negated else text, values)


def shared_operands(rules: Iterable[Compiled]) -> list[Operand]:
    """Return the operands worth computing once: in several tests, or with files to be read."""
    counts: dict[Operand, int] = {}
    for rule in rules:
        for test in rule.tests():
            counts[test.operand] = counts.get(test.operand, 0) + 1
    return [operand for operand, count in counts.items() if count > 1 or operand.files]


def _test(test: Test, names: Mapping[Operand, str]) -> Sql:
    name = names.get(test.operand)
    text = test.comparison.replace("{x}", name or test.operand.sql)
    if name:
        return Sql(text, list(test.values))
    return Sql(text, [*map(File, test.operand.files), *test.values])
