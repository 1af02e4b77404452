"""Tags: under which headings people look for segments. A tag that nothing has is gone."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Lower

from accounts.models import User
from segments.models import Segment, Tag
from segments.problems import Refused

MAX_TAGS = 20
MAX_LENGTH = 40


class BadTags(Refused):
    """Tags that a segment can't have: too long, or too many."""


def all_tags() -> list[str]:
    """Return the names of all tags, in alphabetical order."""
    return list(Tag.objects.order_by(Lower("name")).values_list("name", flat=True))


def read_tags(text: str) -> list[str]:
    """Return the tags of a comma separated text, each once; raises BadTags.

    Capital letters make no difference; a tag is written as it was the first time.
    """
    names = [" ".join(part.replace("\0", "").split()) for part in text.split(",")]
    once = {name.casefold(): name for name in reversed(names) if name}
    found = list(reversed(once.values()))
    for name in found:
        if len(name) > MAX_LENGTH:
            raise BadTags("tag_too_long", tag=name, limit=MAX_LENGTH)
    if len(found) > MAX_TAGS:
        raise BadTags("tags_too_many", limit=MAX_TAGS)
    return found


@transaction.atomic
def set_tags(*, segment: Segment, names: Sequence[str], user: User, now: datetime) -> None:
    """Give a segment these tags and no others."""
    segment.tags.set(_existing_or_new(names))
    segment.author(user, now).save(update_fields=["updated_at", "updated_by"])
    forget_unused()


@transaction.atomic
def add_tags(
    *, segments: Iterable[Segment], names: Sequence[str], user: User, now: datetime
) -> None:
    """Give each of the segments these tags too; raises BadTags, and then none has got any."""
    tags = _existing_or_new(names)
    for segment in segments:
        if len({*segment.tags.all(), *tags}) > MAX_TAGS:
            raise BadTags("segment_full_of_tags", segment=segment.name, limit=MAX_TAGS)
        segment.tags.add(*tags)
        segment.author(user, now).save(update_fields=["updated_at", "updated_by"])


@transaction.atomic
def remove_tags(
    *, segments: Iterable[Segment], names: Sequence[str], user: User, now: datetime
) -> None:
    """Take these tags off each of the segments; who has none of them stays as it is."""
    wanted = {name.casefold() for name in names}
    for segment in segments:
        if gone := [tag for tag in segment.tags.all() if tag.name.casefold() in wanted]:
            segment.tags.remove(*gone)
            segment.author(user, now).save(update_fields=["updated_at", "updated_by"])
    forget_unused()


def forget_unused() -> None:
    """Delete the tags that no segment has any more."""
    Tag.objects.filter(segments=None).delete()


def _existing_or_new(names: Sequence[str]) -> list[Tag]:
    known = {tag.name.casefold(): tag for tag in Tag.objects.all()}
    return [known.get(name.casefold()) or _tag(name) for name in names]


def _tag(name: str) -> Tag:
    tag, _is_new = Tag.objects.get_or_create(name=name)
    return tag
