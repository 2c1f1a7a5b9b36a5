"""Sharing an RFP: who may, with which role, and what is left when it ends."""

from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Profile
from accounts.roles import Role
from audit.models import AuditEntry
from jobs.models import Job, JobArtifact, Notification, Status
from jobs.notifying import notify
from rfp_manager.information.attaching import attach
from rfp_manager.membership import (
    MembershipRefused,
    add_member,
    change_member,
    may,
    remove_member,
    role_in,
)
from rfp_manager.models import RFP, Assignment, ExportJob, RFPMember
from tests.api.api_world import program_of
from tests.people import make_person
from tests.rfp_manager.view_world import make_answer, make_rfp, question

pytestmark = pytest.mark.django_db


@pytest.fixture
def rfp(alice: User) -> RFP:
    return make_rfp(alice)


def url(rfp: RFP, name: str = "members", *args: Any) -> str:
    return reverse(f"rfp_manager:{name}", args=[rfp.pk, *args])


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_owner_shares_it_and_who_was_added_is_told_once(rfp: RFP, alice: Any, bob: Any) -> None:
    answer = as_(alice).post(
        url(rfp, "member_add"), {"person": bob.pk, "role": "reader"}, follow=True
    )
    assert "bob is a reader of this RFP now." in answer.text
    assert role_in(bob, rfp) is Role.READER
    [told] = Notification.objects.filter(user=bob)
    assert "alice shared “Tender” with you, as a reader." in told.text
    assert AuditEntry.objects.filter(action="member.added", actor_id=alice.pk).count() == 1


def test_a_second_press_says_that_they_are_a_member_already(rfp: RFP, alice: Any, bob: Any) -> None:
    add_member(rfp, bob, "reader", user=alice)
    with pytest.raises(MembershipRefused, match="a member already"):
        add_member(rfp, bob, "manager", user=alice)
    assert role_in(bob, rfp) is Role.READER


@pytest.mark.parametrize("role", ["reader", "contributor", "reviewer"])
def test_only_managers_decide_who_is_a_member(role: str, rfp: RFP, bob: Any, charlie: Any) -> None:
    mine = RFPMember.objects.create(rfp=rfp, user=bob, role=role)
    refused = as_(bob).post(url(rfp, "member_add"), {"person": charlie.pk, "role": "reader"})
    assert refused.status_code == 403 and "managers may do this" in refused.text
    assert as_(bob).post(url(rfp, "member_change", mine.pk), {"role": "manager"}).status_code == 403
    assert "Share it with somebody" not in as_(bob).get(url(rfp)).text
    assert role_in(bob, rfp) == role and role_in(charlie, rfp) is None


def test_nobody_is_made_an_administrator_of_one_rfp(rfp: RFP, alice: Any, bob: Any) -> None:
    member = add_member(rfp, bob, "reader", user=alice)
    with pytest.raises(MembershipRefused, match="no such role"):
        change_member(rfp, member.pk, "admin", user=alice)


def test_a_member_may_leave_whatever_their_role(rfp: RFP, alice: Any, bob: Any) -> None:
    member = add_member(rfp, bob, "reader", user=alice)
    left = as_(bob).post(url(rfp, "member_change", member.pk), {"do": "remove"})
    assert left["Location"] == reverse("rfp_manager:list")
    assert as_(bob).get(url(rfp)).status_code == 404


def test_whoever_is_removed_loses_the_files_of_their_own_exports(
    rfp: RFP, alice: Any, bob: Any
) -> None:
    member = add_member(rfp, bob, "contributor", user=alice)
    job = ExportJob.objects.create(
        rfp=rfp, started_by=bob, task_name="x", status="completed", completed_at=timezone.now()
    )
    file = JobArtifact.objects.create(
        job=job, name="tender.csv", file=ContentFile(b"secret", name="x"), owner=bob,
        sha256="0" * 64, size=6,
    )  # fmt: skip
    fetch, page = reverse("jobs:artifact", args=[file.pk]), reverse("jobs:detail", args=[job.pk])
    client = as_(bob)
    assert (client.get(fetch).status_code, client.get(page).status_code) == (200, 200)
    remove_member(rfp, member.pk, user=alice)
    assert (client.get(fetch).status_code, client.get(page).status_code) == (404, 404)


def test_whoever_is_removed_learns_no_more_of_the_work_that_they_have_started(
    rfp: RFP, alice: Any, bob: Any
) -> None:
    member = add_member(rfp, bob, "contributor", user=alice)
    job = ExportJob.objects.create(
        rfp=rfp, started_by=bob, task_name="x", title="Export", last_error="Zanzibar has failed"
    )
    Notification.objects.all().delete()

    def told() -> list[bool]:
        texts = (as_(bob).get(reverse("jobs:list")).text, program_of(bob).get("/jobs").text)
        return [f"/jobs/{job.pk}/" in text for text in texts]

    assert told() == [True, True]
    remove_member(rfp, member.pk, user=alice)
    assert told() == [False, False]
    notify(job, Status.FAILED)
    assert not Notification.objects.filter(job=job).exists()
    RFP.objects.filter(pk=rfp.pk).update(owner=bob)
    notify(job, Status.FAILED)
    assert Notification.objects.filter(job=job).count() == 1


def test_whoever_brought_a_document_in_learns_no_more_of_its_reading_once_removed(
    rfp: RFP, alice: Any, bob: Any, charlie: Any
) -> None:
    member = add_member(rfp, bob, "contributor", user=alice)
    attach(rfp, BytesIO(b"# Terms\n\nAll of them."), filename="Zanzibar.md", user=bob)
    pages = [reverse("jobs:list"), *(job.get_absolute_url() for job in Job.objects.all())]
    assert all("Zanzibar" in as_(bob).get(page).text for page in pages)
    assert len(pages) == 3
    remove_member(rfp, member.pk, user=alice)
    assert not [page for page in pages if "Zanzibar" in as_(bob).get(page).text]
    # The members see the work on it, whoever brought it, and the RFP's managers may stop it.
    assert all("Zanzibar" in as_(alice).get(page).text for page in pages[1:])
    reading = Job.objects.earliest("pk")
    add_member(rfp, charlie, "contributor", user=alice)
    stops = [as_(who).post(reverse("jobs:cancel", args=[reading.pk])) for who in (charlie, alice)]
    assert [stop.status_code < 400 for stop in stops] == [False, True]


def test_the_page_says_which_questions_somebody_still_sees(rfp: RFP, alice: Any, bob: Any) -> None:
    member = add_member(rfp, bob, "reader", user=alice)
    Assignment.objects.create(question=question(rfp, 1), assignee=bob)
    change = url(rfp, "member_change", member.pk)
    page = as_(alice).post(change, {"do": "remove"}, follow=True).text
    assert "They still hold 1 question, which they see until you take them back." in page


def test_a_contributor_writes_and_a_reviewer_approves(rfp: RFP, alice: Any, bob: Any) -> None:
    answer = make_answer(question(rfp, 1))
    member = add_member(rfp, bob, "contributor", user=alice)
    state = url(rfp, "answer_state", answer.question_id)
    approve = {"state": "approved", "version": "1"}
    page = as_(bob).get(url(rfp, "question", answer.question_id)).text
    assert "Save" in page and ">Approve<" not in page.replace("</svg>", "")
    refused = as_(bob).post(state, approve)
    assert refused.status_code == 409 and "reviewers and managers approve" in refused.text
    change_member(rfp, member.pk, "reviewer", user=alice)
    assert as_(bob).post(state, approve).status_code == 303
    answer.refresh_from_db()
    assert (answer.state, answer.approved_by) == ("approved", bob)


def test_a_reader_is_shown_everything_and_no_button_that_would_say_no(
    rfp: RFP, alice: Any, bob: Any
) -> None:
    asked = make_answer(question(rfp, 1)).question
    add_member(rfp, bob, "reader", user=alice)
    for page in (url(rfp, "detail"), url(rfp, "question", asked.pk), url(rfp, "exports"),
                 url(rfp, "information"), url(rfp, "reviewer_test"), url(rfp)):  # fmt: skip
        text = as_(bob).get(page).text
        forms = [part.split(">")[0] for part in text.split("<form")[1:]]
        sending = [form for form in forms if "post" in form.lower()]
        own = [form for form in sending if "logout" in form or "/members/" in form]
        assert sending == own, page


def test_a_reader_everywhere_writes_in_the_rfp_that_made_them_a_contributor(
    rfp: RFP, alice: Any
) -> None:
    reader = make_person("ruth", Role.READER)
    add_member(rfp, reader, "contributor", user=alice)
    assert may(reader, rfp, Role.CONTRIBUTOR) and not may(reader, rfp, Role.REVIEWER)
    assert as_(reader).get(reverse("rfp_manager:new")).status_code == 403


def test_an_owner_who_became_a_reader_only_looks_on(rfp: RFP, alice: User) -> None:
    Profile.objects.update_or_create(user=alice, defaults={"role": Role.READER})
    again = type(alice).objects.get(pk=alice.pk)
    assert role_in(again, rfp) is Role.READER
    assert as_(again).get(url(rfp, "edit")).status_code == 403


def test_managers_see_every_rfp_and_reviewers_do_not(rfp: RFP) -> None:
    manager, reviewer = make_person("m", Role.MANAGER), make_person("r", Role.REVIEWER)
    assert role_in(manager, rfp) is Role.MANAGER and role_in(reviewer, rfp) is None
    assert as_(manager).get(url(rfp, "edit")).status_code == 200
    assert list(RFP.objects.for_user(reviewer)) == []


def test_a_program_of_the_version_before_still_adds_members(rfp: RFP, bob: Any) -> None:
    """It knows of no roles: the database gives what members could do then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rfp_manager_rfp_members (rfp_id, user_id) VALUES (%s, %s)",
            [rfp.pk, bob.pk],
        )
    assert role_in(bob, rfp) is Role.REVIEWER
    assert RFPMember.objects.get().added_at is not None


def test_the_list_of_members_costs_the_same_queries_for_any_number(rfp: RFP, alice: Any) -> None:
    client, costs = as_(alice), []
    client.get(url(rfp))
    for number in range(12):
        RFPMember.objects.create(rfp=rfp, user=make_person(f"p{number}"))
        if number in (1, 11):
            with CaptureQueriesContext(connection) as caught:
                client.get(url(rfp))
            costs.append(len(caught))
    assert costs[0] == costs[1]
