"""Comparisons in SQL: identifiers quoted and known, values always parameters.

A test is an operand, which depends on the profile alone, and a comparison with values: rules
that are evaluated together compute an operand that several of their tests share only once.
A comparison may be NULL where there is no value, which is a no: groups are never negated with
NOT but with IS NOT TRUE.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class File:
    """A stored file as a parameter: whoever runs the query puts its path there."""

    name: str


Value = str | int | File


@dataclass(frozen=True)
class Operand:
    """What is compared: an expression over the columns of a profile table.

    Where it reads stored files, their names are in `files`, one for each `?` in it. `work` says
    how much there is to do for a profile, a number being 1.
    """

    sql: str
    work: int
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


def where(rule: Compiled) -> Sql:
    """Return a rule as the condition of a query that evaluates it alone."""
    parts = [where(part) if isinstance(part, Compiled) else _test(part, {}) for part in rule.parts]
    word = " AND " if rule.match == "all" else " OR "
    return _negated(rule, word.join(f"({part.text})" for part in parts), parts)


def lazily(rule: Compiled, names: Mapping[Operand, str]) -> Sql:
    """Return a rule as an expression that looks no further once the answer is clear.

    `names` are the columns that hold shared operands already. DuckDB evaluates every part of an
    AND in a select list for every row, but a branch of a CASE only for the rows that come to it:
    hence the cheapest test comes first.
    """
    ordered = sorted(rule.parts, key=lambda part: _work(part, names))
    parts = [
        lazily(part, names) if isinstance(part, Compiled) else _test(part, names)
        for part in ordered
    ]
    branch = "WHEN ({}) IS NOT TRUE THEN false" if rule.match == "all" else "WHEN {} THEN true"
    *before, last = [part.text for part in parts] or ["true"]
    branches = " ".join(branch.replace("{}", part) for part in before)
    return _negated(rule, f"CASE {branches} ELSE {last} END" if before else last, parts)


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


def _work(part: Test | Compiled, names: Mapping[Operand, str]) -> int:
    if isinstance(part, Compiled):
        return sum(_work(inner, names) for inner in part.parts)
    looking = 1 if part.operand in names else part.operand.work
    return looking + len(part.comparison) // 40


def _negated(rule: Compiled, text: str, parts: Iterable[Sql]) -> Sql:
    text = text or "true"
    values = [value for part in parts for value in part.values]
    return Sql(f"({text}) IS NOT TRUE" if rule.negated else text, values)
