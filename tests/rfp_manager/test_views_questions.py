"""The questions of an RFP: narrowing the list, and one question with what its answer rests on."""

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from jobs.models import JobItem
from rfp_manager.impact import look_again
from rfp_manager.models import Answer, AnswerVersion, Question, RFPBatchJob, Section
from rfp_manager.presenting.filters import conditions
from solution_library.models import Document, DocumentVersion
from tests.rfp_manager.view_world import (
    cite,
    make_answer,
    make_passage,
    make_rfp,
    question,
    review,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(alice: User) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


def listed(client: Client, url: str, **query: object) -> list[str]:
    """The numbers of the questions that are shown."""
    page = client.get(url, query).context["bench"]
    return [row.question.number for row in page.rows]


# -- the list ----------------------------------------------------------------------------
def test_every_filter_shows_just_its_questions(client: Client, alice: User) -> None:
    rfp = make_rfp(alice, questions=7)
    make_answer(question(rfp, 2))
    make_answer(question(rfp, 3), "", outcome="no_evidence", confidence=None)
    make_answer(question(rfp, 4), outcome="partly", unsupported=["AES-256"])
    review(make_answer(question(rfp, 5), state="approved", unsupported=["AES-256"]))
    review(make_answer(question(rfp, 6)), "unsupported")
    review(make_answer(question(rfp, 7), version=2), "unsupported", answer_version=1)
    expected = {
        "all": ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7"],
        "unanswered": ["Q1"],
        "answered": ["Q2", "Q5", "Q6", "Q7"],
        "partly": ["Q4"],
        "no_evidence": ["Q3"],
        "attention": ["Q4", "Q6"],
        "reviewed": ["Q5", "Q6"],
        "approved": ["Q5"],
    }
    url = rfp.get_absolute_url()
    assert {name: listed(client, url, show=name) for name in conditions()} == expected
    tabs = client.get(url).context["bench"].tabs
    assert [tab.count for tab in tabs] == [len(numbers) for numbers in expected.values()]


def test_words_are_found_in_questions_answers_and_numbers(client: Client, alice: User) -> None:
    rfp = make_rfp(alice)
    make_answer(question(rfp, 2), "We use a 100 % Vault_x.")
    url = rfp.get_absolute_url()
    assert listed(client, url, q="number 3") == ["Q3"]
    assert listed(client, url, q="100 % vault_X") == ["Q2"]
    assert listed(client, url, q="q1") == ["Q1"]
    assert "No question fits" in client.get(url, {"q": "nowhere"}).text


def test_a_section_can_be_chosen_and_keeps_the_other_filters(client: Client, alice: User) -> None:
    rfp = make_rfp(alice, questions=4, sections=2)
    make_answer(question(rfp, 2))
    second = rfp.sections.get(ordinal=2)
    url = rfp.get_absolute_url()
    assert listed(client, url, section=second.pk, show="unanswered") == ["Q4"]
    page = client.get(url, {"show": "unanswered"})
    assert f"?show=unanswered&amp;section={second.pk}" in page.text


def test_sections_stand_in_the_order_of_the_file(client: Client, alice: User) -> None:
    rfp = make_rfp(alice, questions=30, sections=15)
    Section.objects.filter(rfp=rfp, ordinal__lt=8).update(ordinal=F("ordinal") + 100)
    found = client.get(rfp.get_absolute_url()).context["bench"].sections
    assert [entry.title for entry in found] == [f"Part {n}" for n in [*range(8, 16), *range(1, 8)]]


@pytest.mark.parametrize(
    "query",
    [
        {"show": "nonsense", "section": "x", "page": "-1"},
        {"section": "9" * 40, "q": "\x00", "page": "9" * 40},
        {"section": "²", "q": "\\%_'\"<script>"},
    ],
)
def test_odd_queries_show_a_list_and_no_error(
    client: Client, alice: User, query: dict[str, str]
) -> None:
    answer = client.get(make_rfp(alice).get_absolute_url(), query)
    assert answer.status_code == 200 and "<script>'" not in answer.text


def test_the_list_costs_the_same_queries_for_three_questions_and_for_a_thousand(
    client: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rfp = make_rfp(alice, questions=1000, sections=10)
    passage = make_passage()
    for number in range(1, 50):
        answer = make_answer(question(rfp, number))
        cite(answer, passage)
        review(answer)
    with django_assert_max_num_queries(26):
        client.get(rfp.get_absolute_url())
    with django_assert_max_num_queries(16):
        client.get(reverse("rfp_manager:questions", args=[rfp.pk]), headers=HTMX)


def test_the_list_comes_in_pages(client: Client, alice: User) -> None:
    rfp = make_rfp(alice, questions=120)
    url = rfp.get_absolute_url()
    assert listed(client, url, page=3)[-1] == "Q120"
    assert len(listed(client, url)) == 40


def test_a_row_shows_place_outcome_citations_and_the_number_of_unsupported_words(
    client: Client, alice: User
) -> None:
    rfp = make_rfp(alice, questions=1)
    answer = make_answer(question(rfp, 1), unsupported=["AES-256"], state="in_review")
    cite(answer, make_passage())
    page = client.get(rfp.get_absolute_url()).text
    for shown in ("Sheet1!B12", "1 citation", "1 unsupported", "In review", "0.80"):
        assert shown in page


def test_a_failed_draft_says_why_at_its_question(client: Client, alice: User) -> None:
    rfp = make_rfp(alice)
    job = RFPBatchJob.objects.create(rfp=rfp, job_type="responder", started_by=alice)
    JobItem.objects.create(
        job=job, key=str(question(rfp, 2).pk), state="failed", error="The model was silent."
    )
    assert "Drafting failed: The model was silent." in client.get(rfp.get_absolute_url()).text


def test_htmx_gets_the_list_alone_and_a_browser_is_sent_to_the_page(
    client: Client, alice: User
) -> None:
    rfp = make_rfp(alice)
    url = reverse("rfp_manager:questions", args=[rfp.pk])
    assert client.get(url, headers=HTMX).text.strip().startswith('<div id="questions"')
    assert client.get(url, {"show": "partly"})["Location"].endswith("/?show=partly")
    target = {"HX-Target": "questions", **HTMX}
    assert "<html" not in client.get(rfp.get_absolute_url(), headers=target).text


def test_the_list_brings_the_figures_above_it_up_to_date(client: Client, alice: User) -> None:
    rfp = make_rfp(alice)
    make_answer(question(rfp, 1), "Yes.")
    html = client.get(reverse("rfp_manager:questions", args=[rfp.pk]), headers=HTMX).text
    assert 'id="shares" hx-swap-oob="true"' in html
    assert "1 of " in html.split('id="shares"')[1]
    assert "hx-swap-oob" not in client.get(rfp.get_absolute_url()).text


def test_the_list_asks_for_news_only_while_a_batch_runs(client: Client, alice: User) -> None:
    rfp = make_rfp(alice)
    url = reverse("rfp_manager:questions", args=[rfp.pk])
    assert "every 6s" not in client.get(url, headers=HTMX).text
    RFPBatchJob.objects.create(rfp=rfp, job_type="responder", started_by=alice)
    assert "every 6s" in client.get(url, headers=HTMX).text


def test_nothing_is_sent_again_until_an_answer_changes(client: Client, alice: User) -> None:
    rfp = make_rfp(alice)
    url = reverse("rfp_manager:questions", args=[rfp.pk])
    answer = make_answer(question(rfp, 1))

    def status() -> int:
        nonlocal tag
        found = client.get(url, headers={"If-None-Match": tag, **HTMX})
        tag = found.context["bench"].etag if found.status_code == 200 else tag
        return found.status_code

    tag = ""
    assert [status(), status()] == [200, 304]
    Answer.objects.update(version=2)
    assert [status(), status()] == [200, 304]
    review(answer)
    assert [status(), status()] == [200, 304]
    RFPBatchJob.objects.create(rfp=rfp, job_type="responder", started_by=alice)
    assert [status(), status()] == [200, 304]


# -- one question ------------------------------------------------------------------------
def test_a_stranger_or_a_wrong_rfp_gets_404_for_a_question(
    client: Client, alice: User, charlie: User
) -> None:
    rfp, other = make_rfp(alice), make_rfp(alice)
    asked = question(rfp, 1)
    wrong = reverse("rfp_manager:question", args=[other.pk, asked.pk])
    assert client.get(wrong).status_code == 404
    stranger = Client()
    stranger.force_login(charlie)
    assert stranger.get(asked.get_absolute_url()).status_code == 404
    assert client.get(f"/rfps/{rfp.pk}/questions/{'9' * 30}/").status_code == 404


def test_a_question_without_an_answer_can_be_answered_by_hand(client: Client, alice: User) -> None:
    page = client.get(question(make_rfp(alice), 1).get_absolute_url()).text
    assert "No answer yet" in page and 'name="version" value="0"' in page


def test_a_question_shows_its_places_and_choices(client: Client, alice: User) -> None:
    asked = question(make_rfp(alice), 1)
    Question.objects.filter(pk=asked.pk).update(
        allowed_choices=["Yes", "No"], comment_row=12, comment_column=28, existing_answer="tbd"
    )
    page = client.get(asked.get_absolute_url()).text
    for shown in ("Sheet1!B12", "Sheet1!C12", "Sheet1!AB12", "Yes", "tbd", "No choice yet"):
        assert shown in page


def test_places_in_a_csv_file_are_rows_and_columns(client: Client, alice: User) -> None:
    asked = question(make_rfp(alice), 1)
    Question.objects.filter(pk=asked.pk).update(sheet="")
    assert "row 12, column B" in client.get(asked.get_absolute_url()).text


def test_a_citation_shows_its_passage_and_opens_the_document_there(
    client: Client, alice: User
) -> None:
    asked = question(make_rfp(alice), 1)
    passage = make_passage()
    cite(make_answer(asked, "Yes [1]. See [2]."), passage)
    page = client.get(asked.get_absolute_url()).text
    document = reverse("solution_library:document", args=[passage.version.document_id])
    link = f"{document}?chunk={passage.pk}&amp;start=0&amp;end=38#chunk-{passage.pk}"
    for shown in (link, "Backup policy", "Backups &gt; Keys", "page 7", passage.text[:38]):
        assert shown in page
    assert '<a href="#cite-1">[1]</a>' in page and "#cite-2" not in page


def test_a_citation_of_a_changed_document_warns(client: Client, alice: User) -> None:
    asked, passage = question(make_rfp(alice), 1), make_passage()
    cite(make_answer(asked), passage)
    document = passage.version.document
    newer = DocumentVersion.objects.create(
        document=document, number=2, file="new.md", filename="new.md", sha256="f" * 64, size=9
    )
    Document.objects.filter(pk=document.pk).update(current_version=newer)
    look_again(document.pk)
    assert "The document has changed since" in client.get(asked.get_absolute_url()).text


def test_unsupported_words_are_marked_where_they_stand(client: Client, alice: User) -> None:
    asked = question(make_rfp(alice), 1)
    finding = {"kind": "number", "words": "256", "start": 14, "end": 17}
    make_answer(asked, "Yes, with AES-256, and 2560 more.", unsupported=[finding, "more"])
    page = client.get(asked.get_absolute_url()).text
    assert page.count("<mark") == 2
    assert ">256</mark>" in page and ">more</mark>" in page
    assert "Not in the cited passages (number)" in page


def test_the_history_shows_what_each_version_changed(client: Client, alice: User) -> None:
    asked = question(make_rfp(alice), 1)
    answer = make_answer(asked, "We encrypt backups daily.", version=2)
    AnswerVersion.objects.create(
        answer=answer, number=2, text="We encrypt backups hourly.", outcome="answered",
        made_by=alice,
    )  # fmt: skip
    page = client.get(asked.get_absolute_url()).text
    assert ">daily</del>" in page and ">hourly</ins>" in page and "Version 2" in page


def test_a_review_of_an_older_version_says_so(client: Client, alice: User) -> None:
    asked = question(make_rfp(alice), 1)
    answer = make_answer(asked, version=2)
    review(answer, "partly", answer_version=1, comment="Half of it.", findings=["“daily”"])
    page = client.get(asked.get_absolute_url()).text
    for shown in ("Half of it.", "“daily”", "on version 1, not the present one"):
        assert shown in page


def test_next_and_previous_stay_within_the_selection(client: Client, alice: User) -> None:
    rfp = make_rfp(alice, questions=5)
    for number in (1, 3, 5):
        make_answer(question(rfp, number), outcome="partly")
    page = client.get(question(rfp, 3).get_absolute_url(), {"show": "partly"})
    near = page.context["shown"].neighbours
    assert (near.previous.number, near.following.number) == ("Q1", "Q5")
    assert "2 of 3 in this selection" in page.text
    assert f"{question(rfp, 5).get_absolute_url()}?show=partly" in page.text


def test_a_question_costs_the_same_queries_however_much_it_has(
    client: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    asked = question(make_rfp(alice, questions=50), 25)
    answer = make_answer(asked)
    passage = make_passage()
    for number in range(2, 30):
        cite(answer, passage)
        review(answer, answer_version=number)
        AnswerVersion.objects.create(
            answer=answer, number=number, text=f"Text {number}", outcome="answered", made_by=alice
        )
    with django_assert_max_num_queries(25):
        page = client.get(asked.get_absolute_url())
    assert "All 29 versions" in page.text and "24 older" in page.text


def test_texts_of_documents_models_and_people_are_never_markup(client: Client, alice: User) -> None:
    evil = "<img src=x onerror=alert(1)>"
    rfp = make_rfp(alice)
    asked = question(rfp, 1)
    Question.objects.filter(pk=asked.pk).update(text=evil, existing_answer=evil, number=evil)
    passage = make_passage(evil)
    answer = make_answer(
        asked, evil, explanation=evil, comment=evil, unsupported=[evil, "img"], choice=evil
    )
    cite(answer, passage)
    review(answer, "partly", comment=evil, findings=[evil, {"words": evil}])
    for url in (asked.get_absolute_url(), rfp.get_absolute_url()):
        assert "<img src=x" not in client.get(url).text
