"""The rule builder as it is drawn: groups and conditions, with what can be chosen in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segments.columns import Column, ColumnType
from segments.forms.rule import SEGMENT
from segments.models import Segment
from segments.problems import describe_problem
from segments.rules.decimals import as_written
from segments.rules.operators import MEMBERSHIPS, Operator, Takes, operators_of
from segments.rules.suggestions import Hints, Suggestion
from segments.rules.tree import MAX_DEPTH, Place, Problem


@dataclass(frozen=True)
class ConditionRow:
    """A condition as it is drawn."""

    place: str
    data: Mapping[str, Any]
    columns: Sequence[Column]
    segments: Sequence[Segment]
    operators: Sequence[Operator]
    operator: Operator | None
    kind: str
    error: str
    is_new: bool
    suggestions: Sequence[Suggestion]
    # The smallest and the largest value that the data hold, in words.
    hint: str

    @property
    def name(self) -> str:
        return f"rule-{self.place}"

    @property
    def column(self) -> str:
        return SEGMENT if "segment" in self.data else str(self.data.get("column") or "")

    @property
    def segment(self) -> Any:
        return self.data.get("segment")

    @property
    def is_segment(self) -> bool:
        return "segment" in self.data

    @property
    def is_segment_gone(self) -> bool:
        return bool(self.segment) and self.segment not in {each.pk for each in self.segments}

    @property
    def is_gone(self) -> bool:
        return bool(self.column) and not self.kind and not self.is_segment

    @property
    def takes(self) -> str:
        return self.operator.takes.name if self.operator and self.kind else ""

    @property
    def input_type(self) -> str:
        return "date" if self.kind == ColumnType.DATE else "text"

    @property
    def values(self) -> list[str]:
        value = self.data.get("value")
        values = value if isinstance(value, list) else [value]
        return [str(each) for each in values if each not in (None, "")]

    @property
    def value(self) -> str:
        return self._shown(self.values[0]) if self.values else ""

    @property
    def high(self) -> str:
        return self._shown(self.values[1]) if len(self.values) > 1 else ""

    def _shown(self, value: str) -> str:
        return as_written(value) if self.kind == ColumnType.NUMBER else value

    @property
    def others(self) -> str:
        suggested = {suggestion.value for suggestion in self.suggestions}
        return "\n".join(value for value in self.values if value not in suggested)


@dataclass(frozen=True)
class GroupRow:
    """A group as it is drawn."""

    place: str
    name: str
    match: str
    parts: list["ConditionRow | GroupRow"]
    error: str
    can_nest: bool
    is_looked_at: bool
    is_group: bool = True


class Builder:
    """Draws a rule over the columns of a source, and over its segments but `own`."""

    def __init__(
        self,
        hints: Hints,
        segments: Sequence[Segment],
        errors: Mapping[Place, Problem],
        looked_at: Place | None = None,
    ) -> None:
        self.hints, self.segments = hints, segments
        self.columns = {column["name"]: column for column in hints.columns}
        self.errors = errors
        self.looked_at = looked_at

    def draw(self, rule: Mapping[str, Any]) -> GroupRow:
        """Return the rule as rows for the template."""
        return self._group(rule, ())

    def _group(self, data: Mapping[str, Any], place: Place) -> GroupRow:
        parts = [
            self._group(part, (*place, at))
            if "conditions" in part
            else self._condition(part, (*place, at))
            for at, part in enumerate(data.get("conditions", []))
        ]
        return GroupRow(
            place=_joined(place),
            name="-".join(["rule", *map(str, place)]),
            match=data.get("match", "all"),
            parts=parts,
            error=self._error(place),
            can_nest=len(place) + 1 < MAX_DEPTH,
            is_looked_at=place == self.looked_at,
        )

    def _condition(self, data: Mapping[str, Any], place: Place) -> ConditionRow:
        column = self.columns.get(str(data.get("column") or ""))
        operators: Mapping[str, Operator] = {}
        if "segment" in data:
            column, operators = None, MEMBERSHIPS
        elif column:
            operators = operators_of(column["type"])
        chosen = operators.get(str(data.get("operator") or ""))
        operator = chosen or next(iter(operators.values()), None)
        return ConditionRow(
            place=_joined(place),
            data=data,
            columns=self.hints.columns,
            segments=self.segments,
            operators=list(operators.values()),
            operator=operator,
            kind=column["type"] if column else "",
            error=self._error(place),
            is_new=place == self.looked_at,
            suggestions=self._suggestions(column, operator),
            hint=self.hints.span(column) if column and _takes_values(operator) else "",
        )

    def _suggestions(
        self, column: Column | None, operator: Operator | None
    ) -> Sequence[Suggestion]:
        if column is None or operator is None or operator.takes is Takes.NOTHING:
            return ()
        return self.hints.values(column, domains=operator.code.startswith("domain"))

    def _error(self, place: Place) -> str:
        return str(describe_problem(self.errors.get(place)) or "")


def _takes_values(operator: Operator | None) -> bool:
    return operator is not None and operator.takes not in (Takes.NOTHING, Takes.DAYS)


def _joined(place: Place) -> str:
    return "-".join(map(str, place))
