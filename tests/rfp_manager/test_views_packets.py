"""The pages on which sheets for experts are made and brought back."""

import io
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rfp_manager.assigning import assign_questions
from rfp_manager.editing import edit_answer
from rfp_manager.models import RFP, Answer, ExpertPacket
from rfp_manager.packets.columns import COLUMNS, Column
from rfp_manager.packets.making import make_packet
from tests.rfp_manager.view_world import make_answer, make_rfp, question

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('hers')</script>"


@pytest.fixture
def rfp(alice: User) -> RFP:
    made = make_rfp(alice)
    for number in (1, 2, 3):
        make_answer(question(made, number), f"Draft {number}.")
    return made


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"rfp_manager:{name}", args=args)


def content_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def filled(content: bytes, **answers: str) -> SimpleUploadedFile:
    """`answers`: q1="..." for the first row, and so on."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for name, text in answers.items():
        place = COLUMNS.index(Column.ANSWER) + 1
        book["Questions"].cell(int(name[1:]) + 1, place).value = text
    saved = io.BytesIO()
    book.save(saved)
    return SimpleUploadedFile("back.xlsx", saved.getvalue())


def made(client: Client, rfp: RFP, query: str = "", **data: str) -> bytes:
    response = client.post(url("packets", rfp.pk) + query, {"which": "open"} | data, follow=True)
    assert response["Content-Disposition"].startswith("attachment")
    return content_of(response)


def test_a_sheet_is_made_answered_brought_back_and_merged(client: Client, rfp: RFP) -> None:
    sheet = made(client, rfp, name="Carol of the data centre")
    page = client.post(url("packet_bring"), {"file": filled(sheet, q2="In Cork.")}, follow=True)
    assert "Cork" in page.content.decode() and "Merge 1 row" in page.content.decode()
    there = page.redirect_chain[-1][0]
    page = client.post(there, {"return": "0"}, follow=True)
    assert "Nothing is left to do." in page.content.decode()
    assert Answer.objects.get(question=question(rfp, 2)).text == "In Cork."


def test_the_filters_of_the_list_say_which_questions_a_sheet_holds(
    client: Client, rfp: RFP
) -> None:
    made(client, rfp, f"?q={question(rfp, 2).text[:17]}", which="all")
    assert ExpertPacket.objects.get().contents.keys() == {str(question(rfp, 2).pk)}


def test_both_texts_of_a_conflict_are_shown_and_the_choice_is_kept(
    client: Client, rfp: RFP, alice: User
) -> None:
    sheet = filled(made(client, rfp), q1=f"In Cork. {HOSTILE}")
    answer = Answer.objects.get(question=question(rfp, 1))
    edit_answer(answer, text="In Galway.", user=alice, version=1)
    page = client.post(url("packet_bring"), {"file": sheet}, follow=True)
    text = page.content.decode()
    assert "In Galway." in text and "Cork" in text and HOSTILE not in text
    choice = {"return": "0", f"decide-{answer.question_id}": "sheet:2"}
    client.post(page.redirect_chain[-1][0], choice)
    answer.refresh_from_db()
    assert answer.text == f"In Cork. {HOSTILE}"


def test_what_cannot_be_read_is_refused_on_the_page(client: Client) -> None:
    file = SimpleUploadedFile("x.xlsx", b"a;b\n1;2\n")
    page = client.post(url("packet_bring"), {"file": file})
    assert page.status_code == 422 and "row of heads" in page.content.decode()
    assert client.post(url("packet_bring")).status_code == 422


@pytest.mark.parametrize("value", ["", "x", "-1", "7", "9" * 30, "²", "\x00"])
def test_a_return_that_never_came_is_told(
    client: Client, rfp: RFP, alice: User, value: str
) -> None:
    packet = make_packet(rfp, [question(rfp, 1).pk], user=alice)
    page = client.post(url("packet", packet.pk), {"return": value, "decide-²": "sheet:1"})
    assert page.status_code == 303
    assert client.get(url("packet", packet.pk), {"return": value}).status_code == 200


def test_an_expert_downloads_and_brings_back_what_they_hold(
    rfp: RFP, alice: User, charlie: User
) -> None:
    assign_questions(rfp, [question(rfp, 2).pk], assignee=charlie, user=alice)
    client = Client()
    client.force_login(charlie)
    page = client.get(url("packets", rfp.pk)).content.decode()
    assert "1 question of" in page and "Tender" in page
    sheet = content_of(client.post(url("packets", rfp.pk), follow=True))
    cells = openpyxl.load_workbook(io.BytesIO(sheet))["Questions"]
    assert cells.max_row == 2
    back = client.post(url("packet_bring"), {"file": filled(sheet, q1="In Cork.")}, follow=True)
    client.post(back.redirect_chain[-1][0], {"return": "0"})
    answer = Answer.objects.get(question=question(rfp, 2))
    assert (answer.text, answer.state) == ("In Cork.", "in_review")


def test_theirs_without_a_person_is_asked_for(client: Client, rfp: RFP) -> None:
    page = client.post(url("packets", rfp.pk), {"which": "theirs"})
    assert page.status_code == 422 and "Choose the person" in page.content.decode()


def test_the_list_of_sheets_costs_the_same_queries_however_many_there_are(
    client: Client, rfp: RFP, alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in (1, 2, 3):
        make_packet(rfp, [question(rfp, number).pk], user=alice)
    with django_assert_max_num_queries(18):
        page = client.get(url("packets", rfp.pk))
    assert page.content.decode().count("Download again") == 3
