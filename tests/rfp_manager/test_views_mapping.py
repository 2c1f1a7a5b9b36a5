"""The page that shows how a file was read, and corrects it."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rfp_manager.models import RFP, Answer
from tests.rfp_manager.mapping_world import HEADER, form, imported, rows, workbook
from tests.rfp_manager.view_world import make_answer, make_rfp

pytestmark = pytest.mark.django_db
NEW = reverse("rfp_manager:new")
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
SELECTED = re.compile(r'<select[^>]* name="((?:column|row)-\d+)"[^>]*>(.*?)</select>', re.DOTALL)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url_of(rfp: RFP, page: str = "mapping") -> str:
    return reverse(f"rfp_manager:{page}", args=[rfp.pk])


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send back for the form of the page."""
    found = {name: unescape(value) for name, value in HIDDEN.findall(page)}
    for name, options in SELECTED.findall(page):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    header = re.search(r'name="header"[^>]* value="(\d*)"', page)
    if header:
        found["header"] = header[1]
    if re.search(r'name="read" checked', page):
        found["read"] = "on"
    return found


# -- what is shown ---------------------------------------------------------------------------
def test_the_page_names_what_every_column_and_row_is(alice: User) -> None:
    rfp = imported(form(), alice)
    page = signed_in(alice).get(url_of(rfp)).text
    assert 'value="question" selected' in page and 'value="answer" selected' in page
    assert "Question 1" in page and "Header" in page and "Left out" in page
    assert 'data-role="answer"><span class="text-xs">Answer</span>' in page
    assert "Acme supplier form" in page


def test_merged_cells_stay_merged(alice: User) -> None:
    import io

    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(form()))
    book.active.merge_cells("A1:E1")
    stream = io.BytesIO()
    book.save(stream)
    rfp = imported(stream.getvalue(), alice)
    assert (
        '<td colspan="5" data-role="skip">Acme supplier form</td>'
        in signed_in(alice).get(url_of(rfp)).text
    )


def test_members_look_and_only_the_owner_corrects(alice: User, bob: User, charlie: User) -> None:
    rfp = imported(form(), alice)
    rfp.members.add(bob)
    page = signed_in(bob).get(url_of(rfp))
    assert page.status_code == 200 and "<select" not in page.text
    assert signed_in(bob).post(url_of(rfp)).status_code == 403
    assert signed_in(charlie).get(url_of(rfp)).status_code == 404
    assert signed_in(charlie).post(url_of(rfp)).status_code == 404


def test_cells_are_text_and_never_markup(alice: User) -> None:
    header = ("No", "<script>alert(1)</script>", "Question", "Response", "<b>Remarks</b>")
    rfp = imported(form(header=header, name="<i>S"), alice)
    page = signed_in(alice).get(url_of(rfp)).text
    assert "<script>alert" not in page and "<b>Remarks" not in page and "<i>S" not in page


# -- trying and applying ---------------------------------------------------------------------
def test_a_change_is_shown_before_it_is_applied(alice: User) -> None:
    rfp = imported(form(), alice)
    client = signed_in(alice)
    fields = fields_of(client.get(url_of(rfp)).text)
    row = rfp.questions.get(ordinal=2).row
    tried = client.post(url_of(rfp), fields | {f"row-{row}": "skip"})
    assert tried.status_code == 200
    assert "With this: 5 questions, 1 fewer" in tried.text and "No longer found: 1" in tried.text
    assert rfp.questions.count() == 6
    applied = client.post(url_of(rfp), fields_of(tried.text) | {"apply": "1"}, follow=True)
    assert "Applied: 5 questions now, 1 gone." in unescape(applied.text)
    assert rfp.questions.count() == 5
    assert RFP.objects.get(pk=rfp.pk).mapping == {
        "sheets": {"Security": {"rows": {str(row): "skip"}}}
    }


def test_corrections_of_one_sheet_last_while_another_is_looked_at(alice: User) -> None:
    rfp = imported(
        workbook(("One", [HEADER, *rows(4)]), ("Two", [HEADER, *rows(4, start=10)])), alice
    )
    client = signed_in(alice)
    fields = fields_of(client.get(url_of(rfp)).text)
    fields.pop("read")
    other = client.post(url_of(rfp), fields | {"go": "1.0"})
    assert "With this: 4 questions, 4 fewer" in other.text and 'aria-label="Two"' in other.text
    again = client.post(url_of(rfp), fields_of(other.text) | {"go": "0.0"})
    assert "With this: 4 questions" in again.text and "left out" in again.text
    client.post(url_of(rfp), fields_of(again.text) | {"apply": "1"})
    assert rfp.questions.count() == 4


def test_giving_the_answers_another_column_takes_one_menu(alice: User) -> None:
    rfp = imported(form(), alice)
    client = signed_in(alice)
    fields = fields_of(client.get(url_of(rfp)).text)
    client.post(url_of(rfp), fields | {"column-5": "answer", "apply": "1"})
    assert set(rfp.questions.values_list("answer_column", flat=True)) == {5}


def test_reading_afresh_drops_every_correction(alice: User) -> None:
    rfp = imported(form(), alice)
    client = signed_in(alice)
    fields = fields_of(client.get(url_of(rfp)).text)
    client.post(url_of(rfp), fields | {"column-5": "answer", "apply": "1"})
    page = client.get(url_of(rfp)).text
    client.post(url_of(rfp), fields_of(page) | {"afresh": "1"})
    assert set(rfp.questions.values_list("answer_column", flat=True)) == {4}
    assert RFP.objects.get(pk=rfp.pk).mapping == {}


def test_the_page_asks_before_it_lets_a_persons_answer_go(alice: User) -> None:
    rfp = imported(form(), alice)
    asked = rfp.questions.get(ordinal=2)
    make_answer(asked, edited_by=alice)
    client = signed_in(alice)
    fields = fields_of(client.get(url_of(rfp)).text) | {f"row-{asked.row}": "skip"}
    tried = client.post(url_of(rfp), fields)
    assert "a person has written its answer" in tried.text and f'value="{asked.pk}"' in tried.text
    client.post(url_of(rfp), fields_of(tried.text) | {"apply": "1"})
    assert Answer.objects.count() == 1
    kept = client.get(url_of(rfp)).text
    assert "kept for what people did on it" in kept
    fields = fields_of(kept) | {"drop": str(asked.pk), "apply": "1"}
    client.post(url_of(rfp), fields)
    assert Answer.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"draft": "{"},
        {"draft": "[1]"},
        {"draft": '{"Security": 5}'},
        {"draft": '{"Security": {"columns": {"section": 5}}}'},
        {"shown": "nothing"},
        {"shown": '[true, "x", {}, []]'},
        {"header": "many"},
        {"header": "99999999"},
        {"column-0": "answer"},
        {"column-x": "answer"},
        {"column-3": "everything"},
        {"at": "x.y", "go": "-1.-1", "draft": "{"},
        {"draft": '{"Security": {"rows": {"12": "skip", "-1": "skip"}}}'},
    ],
)
def test_what_no_form_sends_is_refused_in_words(wrong: dict[str, str], alice: User) -> None:
    rfp = imported(form(), alice)
    client = signed_in(alice)
    fields = fields_of(client.get(url_of(rfp)).text)
    answer = client.post(url_of(rfp), fields | wrong | {"apply": "1"})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert rfp.questions.count() == 6


def test_two_corrections_at_once_are_not_mixed(alice: User) -> None:
    rfp = imported(form(), alice)
    client = signed_in(alice)
    fields = fields_of(client.get(url_of(rfp)).text)
    client.post(url_of(rfp), fields | {"column-5": "answer", "apply": "1"})
    late = client.post(url_of(rfp), fields | {"column-6": "answer", "apply": "1"})
    assert late.status_code == 422 and "Somebody else has corrected" in late.text


def test_htmx_gets_the_form_alone_and_is_sent_on_after_applying(alice: User) -> None:
    rfp = imported(form(), alice)
    client = signed_in(alice)
    fields = fields_of(client.get(url_of(rfp)).text) | {"column-5": "answer"}
    tried = client.post(url_of(rfp), fields, headers={"HX-Request": "true"})
    assert "<html" not in tried.text and 'id="mapping"' in tried.text
    fields = fields_of(tried.text) | {"apply": "1"}
    applied = client.post(url_of(rfp), fields, headers={"HX-Request": "true"})
    assert applied["HX-Redirect"] == f"{url_of(rfp)}?sheet=1"


@pytest.mark.parametrize("query", ["?sheet=99", "?page=99999", "?sheet=x&page=-1", "?sheet=0"])
def test_a_page_that_does_not_exist_becomes_the_nearest(query: str, alice: User) -> None:
    rfp = imported(form(), alice)
    assert signed_in(alice).get(url_of(rfp) + query).status_code == 200


def test_a_file_that_is_gone_has_a_page_that_says_so(alice: User) -> None:
    rfp = make_rfp(alice)
    rfp.questionnaire.delete(save=False)
    RFP.objects.filter(pk=rfp.pk).update(questionnaire="")
    answer = signed_in(alice).get(url_of(rfp))
    assert answer.status_code == 410 and "not stored any more" in answer.text


def test_a_thousand_questions_cost_no_more_queries(
    alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rfp = imported(form(1000), alice)
    client = signed_in(alice)
    with django_assert_max_num_queries(14):
        client.get(url_of(rfp), {"page": "9"})


# -- after the upload ------------------------------------------------------------------------
def test_the_page_after_an_upload_says_what_was_found_and_what_to_do(alice: User) -> None:
    rfp = imported(form(), alice)
    page = signed_in(alice).get(url_of(rfp, "imported")).text
    assert "6 questions found" in page and "Draft answers" in page
    assert url_of(rfp) in page and "left out" in page


def test_a_file_that_asks_nothing_can_be_kept_and_read_by_hand(alice: User) -> None:
    client = signed_in(alice)
    content = workbook(("Prices", [("Item", "Unit", "Price"), ("Bolt", "piece", "1.20")]))
    refused = client.post(NEW, {"file": SimpleUploadedFile("prices.xlsx", content)})
    assert refused.status_code == 422 and 'name="keep_anyway"' in refused.text
    assert not RFP.objects.exists()
    kept = client.post(
        NEW, {"file": SimpleUploadedFile("prices.xlsx", content), "keep_anyway": "1"}
    )
    rfp = RFP.objects.get()
    assert (kept.status_code, kept["Location"]) == (303, url_of(rfp))
    page = client.get(url_of(rfp)).text
    assert "does not look like a questionnaire" in page
    fields = fields_of(page) | {"header": "1", "column-1": "question", "column-4": "answer"}
    client.post(url_of(rfp), fields | {"apply": "1"})
    assert list(rfp.questions.values_list("text", flat=True)) == ["Bolt"]


def test_a_picture_cannot_be_kept_as_a_questionnaire(alice: User) -> None:
    picture = SimpleUploadedFile("photo.xlsx", b"\x89PNG\r\n")
    answer = signed_in(alice).post(NEW, {"file": picture, "keep_anyway": "1"})
    assert answer.status_code == 422 and 'name="keep_anyway"' not in answer.text
    assert not RFP.objects.exists()


def test_a_known_form_says_so_and_can_be_read_afresh(alice: User, bob: User) -> None:
    first = imported(form(), alice, name="CAIQ 2025")
    client = signed_in(alice)
    fields = fields_of(client.get(url_of(first)).text)
    client.post(url_of(first), fields | {"column-5": "answer", "apply": "1"})
    second = imported(form(8), alice, name="CAIQ 2026")
    assert set(second.questions.values_list("answer_column", flat=True)) == {5}
    page = unescape(client.get(url_of(second)).text)
    assert "as in" in page and "“CAIQ 2025”" in page and "corrected by alice" in page
    client.post(url_of(second), fields_of(client.get(url_of(second)).text) | {"afresh": "1"})
    assert set(second.questions.values_list("answer_column", flat=True)) == {4}
    foreign: Any = imported(form(8), bob)
    assert foreign.mapping == {}
