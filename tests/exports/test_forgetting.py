"""The pages on which somebody is forgotten."""

from __future__ import annotations

import json

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from config.fields import cipher
from exports.corrections.reading import Correction
from exports.corrections.storing import take_corrections, write_corrections
from exports.models import Erasure
from tests.exports.pages import text_of
from tests.factories import make_export, make_segment, make_source
from tests.pipeline.conftest import MAPPING, Delivery
from tests.pipeline.erasures import ANA, go_on, somebody

PASSWORD = "correct horse battery staple"


@pytest.fixture
def proven(as_administrator, administrator):
    """The browser of an administrator who has just proven who they are."""
    administrator.set_password(PASSWORD)
    administrator.save()
    as_administrator.force_login(administrator)
    as_administrator.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return as_administrator


@pytest.fixture
def delivery(shared, sandbox) -> Delivery:
    source = make_source([somebody(), somebody("bea@example.com")], name="Customers")
    export = make_export(
        [make_segment(source)], name="Newsletter", connection=shared, list_id=19, mapping=MAPPING
    )
    delivery = Delivery(export, sandbox, 19)
    delivery.run()
    return delivery


def ask(client, **chosen: str) -> Erasure:
    form = {"email": ANA, "confirmed": "on", **chosen}
    response = client.post("/person/forget/", form)
    return Erasure.objects.get(pk=int(response.url.split("/")[-2]))


def test_a_page_says_what_happens_and_what_stays_before_anything_does(proven, delivery):
    text = text_of(proven.post("/person/forget/", {"email": f" {ANA.upper()}"}))

    assert f"Forget this person? {ANA} This can’t be undone." in text
    assert "1 profile of “Customers”, and of its earlier tables" in text
    assert "what “Newsletter” knows of them on list 19" in text
    assert "What is in ActiveCampaign stays there, unless you have it deleted below." in text
    assert not Erasure.objects.exists()


def test_who_is_known_by_a_corrected_address_is_found_and_counted(proven, shared, sandbox):
    source = make_source([somebody("ana at example.com", id="c1")], name="Old", key_column="id")
    export = make_export(
        [make_segment(source)], name="Newsletter", connection=shared, list_id=19, mapping=MAPPING
    )
    correction = Correction(source.pk, 0, "id", "c1", "email", "ana at example.com", ANA)
    take_corrections(export=export, file=write_corrections([correction]))

    found = text_of(proven.post("/person/", {"email": ANA}))
    asked = text_of(proven.post("/person/forget/", {"email": ANA}))

    assert "In sources Old 1 profile has another address there, which was corrected" in found
    assert "No source has a profile with this address." not in found
    assert "1 profile of “Old” whose address was corrected to this one by hand" in asked


def test_many_profiles_with_one_address_are_warned_of(proven, db):
    make_source([somebody(id=str(number)) for number in range(21)], name="Customers")

    text = text_of(proven.post("/person/forget/", {"email": ANA}))

    assert "21 profiles of “Customers” have this address in a column of type E-mail" in text


def test_a_person_is_forgotten_and_the_page_says_what_was_erased(proven, delivery):
    erasure = ask(proven, keep_suppressed="on")
    running = text_of(proven.get(f"/erasures/{erasure.pk}/"))
    go_on(erasure)
    response = proven.get(f"/erasures/{erasure.pk}/progress/")

    assert "Facteur looks into everything that it keeps." in running
    assert response.status_code == 286
    text = text_of(response)
    assert "Finished asked for by Ada Admin" in text
    assert "Profiles of sources 1" in text
    assert "Rows of plans 1 Entries of delivered states 1" in text
    assert "On the suppression lists: that is how Facteur knows not to send it." in text
    assert ANA not in response.content.decode()
    assert "Finished" in text_of(proven.get("/erasures/"))


@pytest.fixture
def unproven(as_administrator, administrator):
    """The browser of an administrator who has to prove who they are."""
    administrator.set_password(PASSWORD)
    administrator.save()
    as_administrator.force_login(administrator)
    return as_administrator


def test_whoever_has_to_prove_themself_goes_on_with_the_address_and_no_session_shows_it(
    unproven, delivery
):
    form = {"email": ANA, "keep_suppressed": "on", "confirmed": "on"}
    posted = unproven.post("/person/forget/", form, follow=True)
    sessions = [session.get_decoded() for session in Session.objects.all()]
    asking = posted.redirect_chain[-1][0]
    page = unproven.post(asking, {"password": PASSWORD}, follow=True)

    assert [url for url, _status in posted.redirect_chain] == [
        "/person/forget/",
        "/accounts/reauthenticate/?next=%2Fperson%2Fforget%2F",
    ]
    assert ANA not in repr(sessions)
    assert f"Forget this person? {ANA}" in text_of(page)
    assert page.context["form"]["keep_suppressed"].value()
    assert not Erasure.objects.exists()


def test_what_was_carried_is_shown_once(unproven, delivery):
    asking = unproven.post("/person/forget/", {"email": ANA}, follow=True).redirect_chain[-1][0]
    unproven.post(asking, {"password": PASSWORD}, follow=True)

    again = unproven.get("/person/forget/")

    assert ANA not in again.content.decode()
    assert "forget_whom" not in unproven.session


def test_what_was_carried_for_too_long_is_asked_for_again(unproven, delivery):
    asking = unproven.post("/person/forget/", {"email": ANA}, follow=True).redirect_chain[-1][0]
    session = unproven.session
    an_hour_ago = int(timezone.now().timestamp()) - 3600
    sealed = cipher().encrypt_at_time(json.dumps({"email": ANA}).encode(), an_hour_ago)
    session["forget_whom"] = sealed.decode()
    session.save()

    page = unproven.post(asking, {"password": PASSWORD}, follow=True)

    assert "Show what happens" in text_of(page)
    assert ANA not in page.content.decode()


def test_the_same_person_is_not_forgotten_twice_at_once(proven, db):
    first = ask(proven)
    again = proven.post("/person/forget/", {"email": ANA, "confirmed": "on"}, follow=True)

    assert again.redirect_chain[-1][0] == f"/erasures/{first.pk}/"
    assert "This person is being forgotten already" in text_of(again)
    assert Erasure.objects.count() == 1


def test_what_is_no_address_is_refused(proven, db):
    assert "This is not an e-mail address." in text_of(
        proven.post("/person/forget/", {"email": "ana"})
    )


def test_what_failed_can_be_tried_again_or_left(proven, db):
    erasure = ask(proven, delete_contact="on")
    failed = Erasure.objects.filter(pk=erasure.pk)
    failed.update(status=Erasure.Status.FAILED, problem={"code": "internal"})

    assert "Something went wrong in Facteur, again and again." in text_of(
        proven.get(f"/erasures/{erasure.pk}/")
    )
    proven.post(f"/erasures/{erasure.pk}/retry/")
    assert failed.get().status == Erasure.Status.RUNNING
    failed.update(status=Erasure.Status.FAILED)
    proven.post(f"/erasures/{erasure.pk}/end/")

    erasure.refresh_from_db()
    assert (erasure.status, erasure.email) == (Erasure.Status.FAILED, "")
    assert erasure.finished_at <= timezone.now()
    again = proven.post(f"/erasures/{erasure.pk}/retry/", follow=True)
    assert "There is nothing to try again." in text_of(again)


def test_where_the_address_still_is_is_said_with_what_to_do(proven, delivery):
    source = delivery.export.segments.get().source
    erasure = Erasure.objects.create(
        requested_at=timezone.now(),
        status=Erasure.Status.FINISHED,
        remains={
            "sources": [source.pk],
            "written": [["segments.source", source.pk], ["segments.segment", 0]],
            "hosts": ["acme.api-us1.com"],
        },
    )

    text = text_of(proven.get(f"/erasures/{erasure.pk}/"))

    assert "The person is still in what “Customers” is read from" in text
    assert "The address is part of what people wrote of source “Customers”." in text
    assert "has been removed since" in text
    assert "could not be deleted in acme.api-us1.com" in text


def test_only_administrators_see_the_button(as_contributor, proven, delivery):
    page = proven.post("/person/", {"email": ANA}).content.decode()
    theirs = as_contributor.post("/person/", {"email": ANA}).content.decode()

    assert "/person/forget/" in page
    assert "/person/forget/" not in theirs
