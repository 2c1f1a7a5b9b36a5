"""The workbench at a thousand questions: filters that add up, bulk actions, overview, versions."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from rfp_manager.models import (
    RFP,
    Answer,
    Assignment,
    Contradiction,
    LibraryAnswerUse,
    Question,
)
from rfp_manager.presenting.coverage import coverage
from rfp_manager.presenting.filters import QuestionFilter, select, selected
from rfp_manager.standing import standings_of
from rfp_manager.versions import record_version
from tests.rfp_manager.view_world import cite, make_answer, make_passage, make_rfp, question, review

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(alice: User) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


@pytest.fixture
def rfp(alice: User, bob: User) -> RFP:
    """Each question from the second on has one thing that a filter asks for."""
    found = make_rfp(alice, questions=8, sections=2)
    found.members.add(bob)
    make_answer(question(found, 2), unsupported=["AES-256"])
    make_answer(question(found, 3), edited_by=bob, state="in_review")
    older = make_answer(question(found, 4), "A sentence with a Zebra.")
    newer = review(make_answer(question(found, 5), choice="Zulu"), "partly").answer
    Contradiction.objects.create(
        rfp=found, answer=newer, other=older, answer_version=1, other_version=1, topic="t",
        words="a", other_words="b",
    )  # fmt: skip
    today = timezone.localdate()
    for number, person, day in ((6, alice, -1), (7, bob, 3), (8, alice, 30)):
        due = today + timedelta(days=day)
        Assignment.objects.create(question=question(found, number), assignee=person, due_date=due)
    make_answer(question(found, 8), state="approved", approved_by=bob, approved_at=timezone.now())
    return found


def numbers(rfp: RFP, user: Any, **query: Any) -> list[int]:
    chosen = QuestionFilter.from_query({k: str(v) for k, v in query.items()}, user)
    return [standing.ordinal for standing in selected(rfp.pk, chosen)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "in_review"}, [3]),
        ({"state": "approved"}, [8]),
        ({"verdict": "partly"}, [5]),
        ({"verdict": "none"}, [2, 3, 4, 8]),
        ({"has": "unsupported"}, [2]),
        ({"has": "edited"}, [3]),
        ({"has": "contradiction"}, [4, 5]),
        ({"who": "me"}, [6, 8]),
        ({"who": "nobody"}, [1, 2, 3, 4, 5]),
        ({"due": "overdue"}, [6]),
        ({"due": "soon"}, [7]),
        ({"who": "me", "state": "approved"}, [8]),
        ({"q": "zebra"}, [4]),
        ({"q": "zulu", "has": "contradiction"}, [5]),
        ({"has": "nonsense", "state": "lost", "who": "²", "due": "x"}, [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_each_filter_shows_its_questions_alone_and_with_others(
    rfp: RFP, alice: User, query: dict[str, str], expected: list[int]
) -> None:
    assert numbers(rfp, alice, **query) == expected


def test_a_persons_own_number_finds_what_they_hold(rfp: RFP, alice: User, bob: User) -> None:
    assert numbers(rfp, alice, who=bob.pk) == [7]
    assert numbers(rfp, alice, who="9" * 19) == []


def test_too_long_reused_and_reworded_can_be_asked_for(rfp: RFP, alice: User) -> None:
    Question.objects.filter(pk=question(rfp, 3).pk).update(max_characters=3)
    earlier = make_rfp(alice)
    Question.objects.filter(pk=question(rfp, 1).pk).update(
        earlier=question(earlier, 1), earlier_change="reworded"
    )
    assert numbers(rfp, alice, has="long") == [3]
    assert numbers(rfp, alice, has="reworded") == [1]
    assert numbers(rfp, alice, has="reused") == []
    assert not LibraryAnswerUse.objects.exists()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "show": st.sampled_from(["unanswered", "answered", "attention", "reviewed"]),
            "state": st.sampled_from(["draft", "in_review", "approved"]),
            "verdict": st.sampled_from(["partly", "none"]),
            "who": st.sampled_from(["me", "nobody"]),
            "due": st.sampled_from(["overdue", "soon", "none"]),
            "has": st.sampled_from(["unsupported", "edited", "contradiction"]),
        },
    )
)
def test_every_figure_at_a_choice_is_the_length_of_the_list_behind_it(
    rfp: RFP, alice: User, query: dict[str, str]
) -> None:
    chosen = QuestionFilter.from_query(query, alice)
    counts = select(rfp.pk, chosen).counts
    for name in ("state", "verdict", "who", "due"):
        for value, count in counts[name].items():
            assert count == len(numbers(rfp, alice, **{**query, name: value}))


def test_the_address_of_a_filter_gives_the_same_filter_back(client: Client, rfp: RFP) -> None:
    query = urlencode([("state", "draft"), ("has", "edited"), ("has", "unsupported"), ("q", "ä&b")])
    chosen = client.get(f"{rfp.get_absolute_url()}?{query}").context["bench"].chosen
    again = client.get(f"{rfp.get_absolute_url()}{chosen.query}").context["bench"].chosen
    assert again == chosen and chosen.has == {"edited", "unsupported"}


def test_chosen_filters_can_be_taken_off_one_by_one(client: Client, rfp: RFP) -> None:
    page = client.get(rfp.get_absolute_url(), {"who": "me", "due": "overdue"})
    chips = {chip.label: chip.query for chip in page.context["bench"].narrowing.chips}
    assert chips == {"Assigned to: Me": "?due=overdue", "Due: Overdue": "?who=me"}
    assert "Overdue (1)" in page.text and "Me (1)" in page.text


# -- a thousand --------------------------------------------------------------------------
@pytest.fixture
def thousand(alice: User, bob: User) -> RFP:
    found = make_rfp(alice, name="Long", questions=1000, sections=25)
    asked = list(found.questions.order_by("ordinal"))
    Answer.objects.bulk_create(Answer(question=q, text="Yes.", outcome="answered") for q in asked)
    Assignment.objects.bulk_create(
        Assignment(question=q, assignee=bob if q.ordinal % 3 else alice) for q in asked[:900]
    )
    return found


PAGES = {
    "the list": ("detail", 26), "the rows": ("questions", 16), "the overview": ("coverage", 12),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_a_thousand_questions_cost_no_more_queries_than_three(
    client: Client, alice: User, thousand: RFP, name: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    route, most = PAGES[name]
    for found in (make_rfp(alice), thousand):
        with django_assert_max_num_queries(most):
            url = reverse(f"rfp_manager:{route}", args=[found.pk])
            assert client.get(url, headers=HTMX if route == "questions" else {}).status_code == 200


def test_a_question_among_a_thousand_costs_no_more_queries(
    client: Client, thousand: RFP, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(25):
        page = client.get(question(thousand, 500).get_absolute_url(), {"who": "me"})
    near = page.context["shown"].neighbours
    assert (near.position, near.total) == (167, 300) and len(near.beside) == 25


def test_a_row_of_the_list_stays_small(client: Client, thousand: RFP) -> None:
    page = client.get(reverse("rfp_manager:questions", args=[thousand.pk]), headers=HTMX)
    assert page.text.count("<article") == 40
    assert len(page.content) < 40 * 2500


# -- bulk --------------------------------------------------------------------------------
def bulk_url(rfp: RFP, query: str = "") -> str:
    return reverse("rfp_manager:bulk", args=[rfp.pk]) + query


def test_the_ticked_ones_are_approved_and_the_others_named(client: Client, rfp: RFP) -> None:
    ids = [f"{question(rfp, n).pk}:{v}" for n, v in ((2, 1), (3, 1), (1, 0))]
    told = client.post(
        bulk_url(rfp, "?show=all&page=1"), {"ids": ids, "action": "approve"}, follow=True
    )
    for words in ("1 approved, 2 left", "Q1 (no answer yet)", "Q2 (words that the cited"):
        assert words in told.text
    assert Answer.objects.get(question=question(rfp, 3)).state == "approved"


def test_all_of_a_filter_are_shown_before_they_are_changed_and_then_counted(
    client: Client, thousand: RFP
) -> None:
    url = bulk_url(thousand, "?who=me")
    ask = client.post(url, {"all": "1", "action": "approve"})
    assert "300 answers will be approved" in ask.text
    assert not Answer.objects.filter(state="approved").exists()
    Answer.objects.filter(question=question(thousand, 3)).update(version=2)
    form = {"seen": ask.context["seen"], "action": "approve"}
    told = client.post(url, form, follow=True)
    assert "299 approved, 1 left: 1 changed meanwhile." in told.text
    assert Answer.objects.filter(state="approved").count() == 299


def test_htmx_gets_the_list_with_the_counts_as_a_message(client: Client, rfp: RFP) -> None:
    form = {"ids": [f"{question(rfp, 3).pk}:1"], "action": "draft"}
    told = client.post(bulk_url(rfp, "?state=draft"), form, headers=HTMX)
    assert told.text.strip().startswith('<div id="questions"')
    assert "1 back to draft." in told["HX-Trigger"]


@pytest.mark.parametrize(
    "form",
    [{}, {"action": "approve"}, {"action": "approve", "ids": ["x", "1", "1:x", "²:1", "9" * 40]},
     {"action": "burn", "ids": ["1:1"]}, {"action": "assign"}, {"action": "burn", "all": "1"}],
)  # fmt: skip
def test_odd_bulk_forms_change_nothing_and_say_why(
    client: Client, rfp: RFP, form: dict[str, Any]
) -> None:
    before = list(Answer.objects.order_by("pk").values_list("state", flat=True))
    told = client.post(bulk_url(rfp), form, follow=True)
    assert "nothing was changed" in told.text or "no such action" in told.text
    assert list(Answer.objects.order_by("pk").values_list("state", flat=True)) == before


# -- overview ----------------------------------------------------------------------------
def test_the_overview_tells_how_far_each_section_is_and_who_holds_the_rest(
    rfp: RFP, alice: User
) -> None:
    found = coverage(rfp, alice)
    odd, even = found.parts
    assert (odd.total, odd.drafted, odd.in_review, odd.approved) == (4, 2, 1, 0)
    assert (even.total, even.drafted, even.approved, even.open) == (4, 3, 1, 3)
    assert [(h.name, h.open, h.overdue) for h in even.holders] == [("alice", 1, 1)]
    assert [(h.name, h.open) for h in odd.holders] == [("bob", 1)]
    assert (found.whole.unassigned, found.whole.overdue) == (5, 1)
    assert found.whole.due == timezone.localdate() + timedelta(days=3)


def test_every_figure_of_the_overview_leads_to_its_questions(client: Client, rfp: RFP) -> None:
    page = client.get(reverse("rfp_manager:coverage", args=[rfp.pk]))
    part = page.context["coverage"].parts[1]
    listed = client.get(rfp.get_absolute_url() + part.holders[0].query).context["bench"]
    assert [row.question.ordinal for row in listed.rows] == [6, 8]
    assert part.holders[0].query.replace("&", "&amp;") in page.text


# -- one question ------------------------------------------------------------------------
def test_the_list_beside_a_question_shows_the_ones_around_it(client: Client, rfp: RFP) -> None:
    page = client.get(question(rfp, 3).get_absolute_url(), {"show": "answered"})
    beside = page.context["shown"].neighbours.beside
    assert [entry.question.ordinal for entry in beside] == [2, 3, 4, 5, 8]
    assert [entry.active for entry in beside] == [False, True, False, False, False]


def test_the_length_that_the_buyer_asked_for_is_counted(client: Client, rfp: RFP) -> None:
    asked = question(rfp, 4)
    Question.objects.filter(pk=asked.pk).update(max_characters=10, max_words=50)
    page = client.get(asked.get_absolute_url()).text
    assert 'data-max-characters="10"' in page and "of 50 words" in page
    assert "<span data-characters>24</span> of 10 characters" in page


def test_an_approved_answer_says_by_whom(client: Client, rfp: RFP) -> None:
    assert "Approved by bob" in client.get(question(rfp, 8).get_absolute_url()).text


def test_a_version_is_taken_back_from_the_page(client: Client, rfp: RFP) -> None:
    asked = question(rfp, 3)
    answer = asked.answer
    cite(answer, make_passage())
    Answer.objects.filter(pk=answer.pk).update(text="Newer.", version=2)
    answer.refresh_from_db()
    record_version(answer)
    versions = reverse("rfp_manager:versions", args=[rfp.pk, asked.pk])
    assert "Version 1" in client.get(versions).text
    assert "Compared with now" in client.get(versions, {"with": "present", "page": "x"}).text
    restore = reverse("rfp_manager:version_restore", args=[rfp.pk, asked.pk, 1])
    told = client.post(restore, {"version": 2}, follow=True)
    assert "what it said in version 1" in told.text
    assert Answer.objects.get(pk=answer.pk).text == "Yes, with AES-256."
    for version in ("2", "x", ""):
        assert "meanwhile" in client.post(restore, {"version": version}, follow=True).text


def test_how_questions_stand_is_told_of_the_rfp_that_is_asked_for(alice: User) -> None:
    """The query is put together once for all RFPs."""
    one, other = make_rfp(alice, questions=2), make_rfp(alice, questions=3)
    review(make_answer(question(other, 2)), "partly")
    for asked in (one, other, one):
        ids = list(asked.questions.order_by("ordinal").values_list("pk", flat=True))
        found = standings_of(asked.pk)
        assert [standing.pk for standing in found] == ids
        assert found == standings_of(asked.pk, ids)
    assert [standing.verdict for standing in standings_of(other.pk)] == ["", "partly", ""]


def test_a_row_says_all_that_speaks_against_its_answer(client: Client, rfp: RFP) -> None:
    first = make_answer(question(rfp, 1), unsupported=["AES-256", "TLS"], confidence=0.5)
    review(first, "partly", comment="<Half> of it.")
    row = client.get(rfp.get_absolute_url()).text.split('id="row-')[1]
    said = ("Answered", "2 unsupported", 'title="&lt;Half&gt; of it."', "Medium", "0.50")
    assert [words for words in said if words not in row] == []
