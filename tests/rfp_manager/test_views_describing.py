"""Changing what is known about an RFP: who may, what is kept, and two people at once."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from rfp_manager.models import RFP
from solution_library.models import Collection, Tag
from tests.rfp_manager.view_world import make_answer, make_rfp, question

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(rfp: RFP) -> str:
    return reverse("rfp_manager:edit", args=[rfp.pk])


def filled(client: Client, rfp: RFP) -> dict[str, Any]:
    """The form as its page shows it."""
    values = client.get(address(rfp)).context["form"].initial
    return {key: value for key, value in values.items() if value not in (None, False)}


def save(client: Client, rfp: RFP, **changes: Any) -> Any:
    return client.post(address(rfp), filled(client, rfp) | changes)


def test_the_owner_changes_everything_that_is_known(alice: User) -> None:
    rfp, client = make_rfp(alice), signed_in(alice)
    policies, vault = Collection.objects.create(name="Policies"), Tag.objects.create(name="Vault")
    answer = save(
        client, rfp, name="City tender", customer="City", due_date="2027-01-31",
        instructions="Be brief.\r\nBe kind.", collections=[policies.pk], tags=[vault.pk],
        only_approved="on",
    )  # fmt: skip
    assert (answer.status_code, answer["Location"]) == (303, rfp.get_absolute_url())
    rfp.refresh_from_db()
    assert (rfp.name, rfp.customer, str(rfp.due_date)) == ("City tender", "City", "2027-01-31")
    assert rfp.instructions == "Be brief.\nBe kind." and rfp.only_approved
    assert [*rfp.collections.all(), *rfp.tags.all()] == [policies, vault]


def test_saving_without_a_change_changes_nothing(alice: User) -> None:
    rfp, client = make_rfp(alice), signed_in(alice)
    RFP.objects.filter(pk=rfp.pk).update(instructions="One\nTwo", due_date="2027-01-31")
    rfp.tags.add(Tag.objects.create(name="Vault"))
    before = filled(client, rfp)
    assert save(client, rfp).status_code == 303
    assert filled(client, rfp) == before


def test_staff_may_edit_a_member_may_not_and_a_stranger_finds_nothing(
    alice: User, bob: User, charlie: User
) -> None:
    rfp = make_rfp(alice)
    rfp.members.add(bob)
    admin = User.objects.create_user("admin", is_staff=True)
    found = {user: signed_in(user).get(address(rfp)).status_code
             for user in (alice, admin, bob, charlie)}  # fmt: skip
    assert found == {alice: 200, admin: 200, bob: 403, charlie: 404}
    posted = [signed_in(user).post(address(rfp), {"name": "Mine"}).status_code
              for user in (bob, charlie)]  # fmt: skip
    assert posted == [403, 404]
    assert Client().get(address(rfp))["Location"].startswith(reverse("login"))
    rfp.refresh_from_db()
    assert rfp.name == "Tender"


def test_only_those_who_may_edit_are_offered_it(alice: User, bob: User) -> None:
    rfp = make_rfp(alice)
    rfp.members.add(bob)
    pages = [signed_in(user).get(rfp.get_absolute_url()).text for user in (alice, bob)]
    assert [address(rfp) in page for page in pages] == [True, False]


def test_a_collection_that_the_editor_may_not_see_is_neither_shown_nor_dropped(
    alice: User,
) -> None:
    rfp, client = make_rfp(alice), signed_in(alice)
    secret = Collection.objects.create(name="Board papers", is_restricted=True)
    open_one = Collection.objects.create(name="Policies")
    rfp.collections.add(secret, open_one)
    page = client.get(address(rfp)).text
    assert "Board papers" not in page and "They stay as they are" in page
    assert save(client, rfp, collections=[]).status_code == 303
    assert list(rfp.collections.all()) == [secret]


def test_a_collection_that_the_editor_may_not_see_cannot_be_added(alice: User) -> None:
    rfp, client = make_rfp(alice), signed_in(alice)
    secret = Collection.objects.create(name="Board papers", is_restricted=True)
    answer = save(client, rfp, collections=[secret.pk])
    assert answer.status_code == 422 and "Board papers" not in answer.text
    assert not rfp.collections.exists()


def test_what_another_tab_has_saved_meanwhile_is_not_overwritten_unasked(alice: User) -> None:
    rfp, client = make_rfp(alice), signed_in(alice)
    opened = filled(client, rfp)
    assert save(client, rfp, customer="City").status_code == 303
    late = client.post(address(rfp), opened | {"name": "Late"})
    assert late.status_code == 409 and "has been changed since" in late.text
    rfp.refresh_from_db()
    assert (rfp.name, rfp.customer) == ("Tender", "City")
    form = late.context["form"]
    assert form["name"].value() == "Late"
    again = client.post(address(rfp), opened | {"name": "Late", "seen": form["seen"].value()})
    assert again.status_code == 303


def test_the_workbench_says_what_the_answers_are_limited_to_and_names_nothing_hidden(
    alice: User,
) -> None:
    rfp, client = make_rfp(alice), signed_in(alice)
    assert "Answers are drafted" not in client.get(rfp.get_absolute_url()).text
    rfp.collections.add(Collection.objects.create(name="Policies"))
    rfp.collections.add(Collection.objects.create(name="Board papers", is_restricted=True))
    rfp.tags.add(Tag.objects.create(name="Vault"))
    RFP.objects.filter(pk=rfp.pk).update(only_approved=True)
    page = client.get(rfp.get_absolute_url()).text
    assert "only from Policies, parts that you cannot see; only about Vault; only from " in page
    assert "Board papers" not in page


def test_a_name_is_needed_and_what_was_typed_stays(alice: User) -> None:
    rfp, client = make_rfp(alice), signed_in(alice)
    answer = save(client, rfp, name=" ", customer="City of Mages")
    assert answer.status_code == 422
    assert "Give the RFP a name." in answer.text and "City of Mages" in answer.text


def test_drafts_made_before_are_not_passed_off_as_limited(alice: User) -> None:
    rfp, client = make_rfp(alice), signed_in(alice)
    make_answer(question(rfp, 1))
    save(client, rfp, only_approved="on")
    page = client.get(rfp.get_absolute_url()).text
    assert "The answers that are there stay" in page
