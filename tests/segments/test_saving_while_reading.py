"""What people save or delete while a worker reads and evaluates: neither loses the other's work."""

from __future__ import annotations

import pytest

from accounts.models import User
from segments.models import Refresh, Segment, Source
from segments.problems import BadFile, describe_problem
from segments.refreshes.starting import start_refresh
from segments.services import save_segment
from segments.snapshots import NotRefreshed, refresh_segment, refresh_segments
from segments.sources.reading import put_in_place, read_anew, read_source
from segments.sources.saving import change_source, give_file
from tests.factories import NOW, make_segment, make_source, make_upload

pytestmark = pytest.mark.django_db
FRANCE = {
    "version": 1,
    "match": "all",
    "conditions": [{"column": "country", "operator": "equals", "value": "France"}],
}
NEWER = ({"id": "7", "email": "gil@example.com", "country": "Peru", "town": "Lima"},)


def opened(source: Source) -> Source:
    """Return the source as somebody has it open in a form."""
    return Source.objects.get(pk=source.pk)


def read_newer(source: Source) -> Source:
    """Have the worker put a newer table in place, as it does while a form is open."""
    worker = opened(source)
    worker.upload = make_upload(NEWER)
    worker.save(update_fields=["upload"])
    read_source(source=worker, now=NOW)
    return opened(source)


def test_saving_a_source_keeps_the_table_that_was_read_meanwhile(contributor: User) -> None:
    source = make_source()
    form = opened(source)
    newer = read_newer(source)

    form.name = "Renamed"
    form.columns = [{**column, "description": "Said so"} for column in form.columns]
    change_source(source=form, version=form.version, user=contributor, now=NOW)

    saved = opened(source)
    assert saved.name == "Renamed"
    assert saved.table == newer.table
    assert saved.upload is None
    described = {column["name"]: column.get("description") for column in saved.columns}
    assert described == {"id": "Said so", "email": "Said so", "country": "Said so", "town": None}


def test_a_new_file_leaves_the_table_that_was_read_meanwhile(contributor: User) -> None:
    source = make_source()
    form = opened(source)
    newer = read_newer(source)

    give_file(source=form, upload=make_upload(), reading={}, user=contributor, now=NOW)

    assert opened(source).table == newer.table


def test_a_source_that_is_being_refreshed_can_be_changed_and_is_read_once_more(
    contributor: User,
) -> None:
    source = make_source(kind=Source.Kind.FILES, pattern="people.csv")
    start_refresh(trigger=Refresh.Trigger.ON_DEMAND, source=source, now=NOW)
    form = opened(source)

    form.pattern = "others.csv"
    change_source(source=form, version=form.version, user=contributor, now=NOW)

    assert opened(source).pattern == "others.csv"
    assert source.refreshes.count() == 2


def test_saving_a_segment_keeps_the_members_that_were_found_meanwhile(contributor: User) -> None:
    segment = make_segment()
    form = Segment.objects.get(pk=segment.pk)
    newer = refresh_segment(segment=segment, now=NOW)

    form.rule = {"version": 1, "match": "all", "conditions": [{"column": "gone"}]}
    save_segment(segment=form, version=form.version, user=contributor, now=NOW)

    form.refresh_from_db()
    assert form.problem is not None
    assert form.snapshot == newer


def test_a_segment_deleted_while_it_is_evaluated_stops_no_other() -> None:
    source = make_source()
    kept, gone = (make_segment(source, refreshed=False) for _ in range(2))
    Segment.objects.filter(pk=gone.pk).delete()

    outcomes = refresh_segments(source=source, segments=[gone, kept], now=NOW)

    kept.refresh_from_db()
    assert kept.snapshot is not None
    assert isinstance(outcomes[gone.pk], NotRefreshed)


def test_a_key_that_was_chosen_meanwhile_is_checked_on_the_new_table(contributor: User) -> None:
    source = make_source(key_column="")
    worker = opened(source)
    worker.upload = make_upload([{**NEWER[0], "town": "x"}, {**NEWER[0], "town": "y"}])
    worker.save(update_fields=["upload"])
    fresh = read_anew(worker)
    form = opened(source)
    form.key_column = "id"
    change_source(source=form, version=form.version, user=contributor, now=NOW)

    with pytest.raises(BadFile):
        put_in_place(source=worker, fresh=fresh, now=NOW)

    kept = opened(source)
    assert kept.table == source.table
    assert "rows 2 and 3 both have “7”" in str(describe_problem(kept.problem))


def test_a_column_that_a_segment_began_to_use_meanwhile_must_be_there(contributor: User) -> None:
    source = make_source()
    worker = opened(source)
    worker.upload = make_upload([{"id": "7", "email": "gil@example.com"}])
    worker.save(update_fields=["upload"])
    fresh = read_anew(worker)
    make_segment(source, name="French", rule=FRANCE)

    with pytest.raises(BadFile):
        put_in_place(source=worker, fresh=fresh, now=NOW)

    assert "“French” uses “country”" in str(describe_problem(opened(source).problem))
