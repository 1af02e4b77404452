"""Segments that are built on other segments: which ones, and whether they go round in a circle."""

from collections.abc import Mapping, Sequence
from typing import Any

from config.problems import problem
from segments.models import Segment, Source
from segments.rules.tree import (
    Group,
    InvalidRule,
    Problem,
    memberships_of,
    parse_rule,
    segments_of,
)

# How many segments can stand on one another.
MAX_CHAIN = 10


def check_rule(source: Source, rule: Any, *, segment: Segment | None = None) -> Group:
    """Return a rule as a tree, checked against the columns and the segments of its source.

    `segment` is the one whose rule this is or will be, if it is stored already. Raises
    InvalidRule.
    """
    tree = parse_rule(rule, source.columns)
    check_references(tree, segments_named_by(source, tree), segment)
    return tree


def segments_named_by(source: Source, tree: Group) -> dict[int, Segment]:
    """Return the segments of a source by id, when a rule names any: they may name others."""
    if next(memberships_of(tree), None) is None:
        return {}
    return source.segments.select_related("snapshot__table").in_bulk()


def check_references(
    tree: Group, known: Mapping[int, Segment], segment: Segment | None = None
) -> None:
    """Raise InvalidRule where a named segment is gone, or is built on the one with this rule."""
    walk = _Walk(known)
    path = [segment] if segment else []
    errors = {
        place: fault
        for place, membership in memberships_of(tree)
        if (fault := walk.fault(membership.segment, path))
    }
    if errors:
        raise InvalidRule(errors)


def segments_using(segment: Segment) -> list[Segment]:
    """Return the segments whose rules name this one, by name."""
    return users_of([segment])[segment.pk]


def users_of(segments: Sequence[Segment]) -> dict[int, list[Segment]]:
    """Return for each segment, by its id, the other segments whose rules name it, by name."""
    numbers = [segment.pk for segment in segments]
    others = Segment.objects.filter(source__in={segment.source_id for segment in segments})
    found: dict[int, list[Segment]] = {number: [] for number in numbers}
    for other in others.exclude(pk__in=numbers).order_by("name"):
        for number in dict.fromkeys(segments_of(other.rule)):
            if number in found:
                found[number].append(other)
    return found


class _Walk:
    """Follows the names from segment to segment, each segment once."""

    def __init__(self, known: Mapping[int, Segment]) -> None:
        self.known = known
        # How many segments stand on one another below each one that is fine.
        self.heights: dict[int, int] = {}

    def fault(self, number: int, path: list[Segment]) -> Problem | None:
        """Return what is wrong with a segment that the last one of the path names."""
        if any(number == each.pk for each in path):
            return _circle(number, path)
        segment = self.known.get(number)
        if segment is None:
            return problem("rule_segment_gone")
        if len(path) + self.heights.get(number, 0) >= MAX_CHAIN:
            return problem("rule_long_chain", limit=MAX_CHAIN)
        return None if number in self.heights else self._look_into(segment, path)

    def _look_into(self, segment: Segment, path: list[Segment]) -> Problem | None:
        inner = dict.fromkeys(segments_of(segment.rule))
        for each in inner:
            if fault := self.fault(each, [*path, segment]):
                is_gone = fault["code"] == "rule_segment_gone"
                return problem("rule_segment_broken", segment=segment.name) if is_gone else fault
        self.heights[segment.pk] = 1 + max((self.heights[each] for each in inner), default=0)
        return None


def _circle(number: int, path: list[Segment]) -> Problem:
    start = next(at for at, each in enumerate(path) if each.pk == number)
    names = [each.name for each in [*path[start:], path[start]]]
    return problem("rule_circle", circle=" → ".join(names))
