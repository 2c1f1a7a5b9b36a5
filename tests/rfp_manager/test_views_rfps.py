"""The list of RFPs, a new RFP, the workbench, and the buyer's own file."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rfp_manager.models import RFP, RFPBatchJob
from solution_library.models import Collection
from tests.rfp_manager.view_world import FILE, make_answer, make_rfp, question, review

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("rfp_manager:list"), reverse("rfp_manager:new")
CSV = b"No,Question,Vendor response\n" + b"".join(
    b"%d,Do you have a documented process for topic %d?,\n" % (n, n) for n in range(1, 9)
)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


# -- who sees what -----------------------------------------------------------------------
PAGES = ("detail", "questions", "original")


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_gets_404_for_every_page_of_an_rfp(
    page: str, alice: User, charlie: User
) -> None:
    url = reverse(f"rfp_manager:{page}", args=[make_rfp(alice).pk])
    assert signed_in(charlie).get(url).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_nobody_sees_an_rfp_without_signing_in(page: str, alice: User) -> None:
    url = reverse(f"rfp_manager:{page}", args=[make_rfp(alice).pk])
    assert Client().get(url)["Location"].startswith(reverse("login"))


def test_a_member_sees_the_rfp_and_a_stranger_does_not_find_it_in_the_list(
    alice: User, bob: User, charlie: User
) -> None:
    rfp = make_rfp(alice, name="Tender of the city")
    rfp.members.add(bob)
    assert "Tender of the city" in signed_in(bob).get(LIST).text
    assert signed_in(bob).get(rfp.get_absolute_url()).status_code == 200
    assert "Tender of the city" not in signed_in(charlie).get(LIST).text


@pytest.mark.parametrize("number", ["99999999999999999999999", "0"])
def test_an_id_that_cannot_exist_is_a_404(number: str, alice: User) -> None:
    assert signed_in(alice).get(f"/rfps/{number}/").status_code == 404


# -- the list ----------------------------------------------------------------------------
def test_the_empty_list_says_what_to_do_first(alice: User) -> None:
    page = signed_in(alice).get(LIST).text
    assert "No RFPs yet" in page and NEW in page


def test_the_list_shows_how_far_each_rfp_is(alice: User) -> None:
    rfp = make_rfp(alice, questions=4)
    review(make_answer(question(rfp, 1), state="approved"))
    make_answer(question(rfp, 2), "", outcome="no_evidence", confidence=None)
    page = signed_in(alice).get(LIST).text
    assert "1 answered, 1 no evidence, 2 unanswered" in page
    assert page.count("25&nbsp;%") == 2


def test_a_review_of_an_older_version_does_not_count(alice: User) -> None:
    rfp = make_rfp(alice, questions=1)
    review(make_answer(question(rfp, 1), version=2), answer_version=1)
    assert "100&nbsp;%" not in signed_in(alice).get(LIST).text


def test_an_overdue_rfp_says_so(alice: User) -> None:
    rfp = make_rfp(alice)
    RFP.objects.filter(pk=rfp.pk).update(due_date=timezone.localdate() - timedelta(days=1))
    assert "overdue" in signed_in(alice).get(LIST).text


def test_the_list_asks_for_news_only_while_work_goes_on(alice: User) -> None:
    rfp = make_rfp(alice)
    assert "every 5s" not in signed_in(alice).get(LIST).text
    RFPBatchJob.objects.create(rfp=rfp, job_type="responder", started_by=alice, title="Drafting")
    page = signed_in(alice).get(LIST).text
    assert "every 5s" in page and "Drafting" in page


def test_the_list_costs_the_same_queries_for_three_rfps_and_for_twenty(
    alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        rfp = make_rfp(alice)
        review(make_answer(question(rfp, 1)))
    client = signed_in(alice)
    with django_assert_max_num_queries(11):
        client.get(LIST)


def test_the_list_finds_by_customer_and_survives_odd_words(alice: User) -> None:
    rfp = make_rfp(alice, name="Cloud tender")
    RFP.objects.filter(pk=rfp.pk).update(customer="Bank of Æbeltoft")
    client = signed_in(alice)
    assert "Cloud tender" in client.get(LIST, {"q": "æbeltoft"}).text
    assert "No RFP fits" in client.get(LIST, {"q": "nobody"}).text
    for odd in ("\x00", "%", "'", "_" * 5000):
        assert client.get(LIST, {"q": odd, "page": "x"}).status_code == 200


# -- a new one ---------------------------------------------------------------------------
def test_uploading_a_questionnaire_makes_an_rfp_named_after_its_file(alice: User) -> None:
    answer = signed_in(alice).post(NEW, {"file": upload("City_tender 2026.csv", CSV)})
    rfp = RFP.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/rfps/{rfp.pk}/imported/")
    assert rfp.name == "City tender 2026"
    assert rfp.owner == alice
    assert rfp.questions.count() == 8


def test_the_form_keeps_what_was_typed_when_the_file_is_no_questionnaire(alice: User) -> None:
    Collection.objects.create(name="Policies")
    fields = {"name": "My tender", "customer": "City", "instructions": "Be brief."}
    answer = signed_in(alice).post(NEW, {"file": upload("photo.xlsx", b"\x89PNG\r\n"), **fields})
    page = answer.text
    assert answer.status_code == 422
    assert 'class="field-errors"' in page and "id_file_error" in page
    assert all(text in page for text in fields.values())
    assert not RFP.objects.exists()


def test_every_missing_or_wrong_field_has_its_own_sentence(alice: User) -> None:
    client = signed_in(alice)
    assert "Choose the buyer’s questionnaire" in client.post(NEW, {}).text
    assert "This file is empty" in client.post(NEW, {"file": upload("a.csv", b"")}).text
    late = client.post(NEW, {"file": upload("a.csv", CSV), "due_date": "soon"})
    assert "id_due_date_error" in late.text
    assert not RFP.objects.exists()


def test_a_file_over_the_limit_is_refused(alice: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.MAX_UPLOAD_BYTES = 10
    answer = signed_in(alice).post(NEW, {"file": upload("a.csv", CSV)})
    assert "larger than" in answer.text and not RFP.objects.exists()


def test_htmx_gets_the_form_alone_and_the_chosen_file_stays_chosen(alice: User) -> None:
    answer = signed_in(alice).post(NEW, {"name": "X"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "<html" not in answer.text and "hx-preserve" in answer.text


def test_htmx_is_sent_to_the_new_rfp(alice: User) -> None:
    form = {"file": upload("a.csv", CSV)}
    answer = signed_in(alice).post(NEW, form, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"/rfps/{RFP.objects.get().pk}/imported/"


# -- the workbench -----------------------------------------------------------------------
def test_the_workbench_tells_how_the_file_was_read(alice: User) -> None:
    rfp = make_rfp(alice)
    page = signed_in(alice).get(rfp.get_absolute_url()).text
    assert "Two sheets look alike." in page
    assert "Questions in column B · Answers in column C · Header in row 4" in page
    assert "20 rows left out: a banner" in page
    assert "Banner 12" in page and "Banner 13" not in page and "and 8 more rows" in page
    assert "Banner 20" in signed_in(alice).get(rfp.get_absolute_url(), {"report": "all"}).text


def test_an_rfp_whose_report_is_missing_or_odd_still_has_its_page(alice: User) -> None:
    rfp = make_rfp(alice)
    for report in ({}, {"sheets": None, "warnings": "x"}, {"sheets": [{"skipped": [{}]}]}):
        RFP.objects.filter(pk=rfp.pk).update(import_report=report)
        assert signed_in(alice).get(rfp.get_absolute_url()).status_code == 200


def test_names_are_text_and_never_markup(alice: User) -> None:
    rfp = make_rfp(alice, name="<script>alert(1)</script>")
    RFP.objects.filter(pk=rfp.pk).update(customer="<img src=x>", filename="<b>.xlsx")
    for url in (LIST, rfp.get_absolute_url(), question(rfp, 1).get_absolute_url()):
        page = signed_in(alice).get(url).text
        assert "<script>alert" not in page and "<img src=x" not in page and "<b>.xlsx" not in page


# -- the buyer's file --------------------------------------------------------------------
def test_the_original_comes_back_byte_for_byte_as_a_download(alice: User) -> None:
    rfp = make_rfp(alice)
    RFP.objects.filter(pk=rfp.pk).update(filename='Fragen "Ä"\n.csv')
    answer = signed_in(alice).get(reverse("rfp_manager:original", args=[rfp.pk]))
    assert b"".join(answer) == FILE  # type: ignore[arg-type]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_an_original_that_is_gone_from_the_storage_says_so(alice: User) -> None:
    rfp = make_rfp(alice)
    rfp.questionnaire.delete(save=False)
    answer = signed_in(alice).get(reverse("rfp_manager:original", args=[rfp.pk]))
    assert answer.status_code == 410 and "is not stored any more" in answer.text
