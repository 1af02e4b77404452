"""Two people give two segments the same name at the same time."""

import pytest

from accounts.models import User
from segments.models import Segment
from segments.rules.tree import EVERYBODY
from segments.services import NameTaken, save_segment
from tests.factories import NOW, make_segment, make_source

pytestmark = pytest.mark.django_db


def test_a_new_segment_whose_name_was_given_meanwhile_is_refused(contributor: User) -> None:
    source = make_source()
    first = make_segment(source, name="French")

    with pytest.raises(NameTaken):
        save_segment(
            segment=Segment(name="French", source=source, rule=EVERYBODY),
            version=None,
            user=contributor,
            now=NOW,
        )

    assert list(Segment.objects.all()) == [first]


def test_a_renamed_segment_whose_name_was_given_meanwhile_keeps_its_own(
    contributor: User,
) -> None:
    source = make_source()
    make_segment(source, name="French")
    other = make_segment(source, name="German")
    other.name = "French"

    with pytest.raises(NameTaken):
        save_segment(segment=other, version=other.version, user=contributor, now=NOW)

    assert Segment.objects.get(pk=other.pk).name == "German"
