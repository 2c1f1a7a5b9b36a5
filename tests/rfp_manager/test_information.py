"""Documents that came with an RFP: they inform the answers of that RFP, and nobody else knows of
them."""

import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Job, JobItem
from llm_manager.models import LLMApi
from rfp_manager import summaries
from rfp_manager.batches import start_responder
from rfp_manager.information.attaching import DetachRefused, attach, detach, replace_file
from rfp_manager.information.parts import parts_of
from rfp_manager.library_scope import scope_of_rfp
from rfp_manager.models import RFP, FindingKind, InformationDocument, Question, SummaryJob
from rfp_manager.presenting.information import information_of
from rfp_manager.summaries import start_summary
from rfp_manager.tasks import summarize_information_document
from solution_library import duplicates
from solution_library.ingest import UploadRefused, receive
from solution_library.models import Chunk, Document, DocumentKind, DuplicatePair
from solution_library.search import search
from tests.llm_manager.fake_llm import FakeLLM, follows_the_prompt
from tests.rfp_manager.answer_world import Commit, add_document
from tests.rfp_manager.view_world import cite, make_answer
from tests.solution_library.passages import keyword_passage

pytestmark = pytest.mark.django_db
TERMS = (
    "# Terms\n\nThe walrus pool must hold ninety walruses at all times of the year.\n\n"
    "Offers are due on 12 March 2027 at 14:00 CET.\n\n"
    "## Award criteria\n\nPrice: 40 %\n\nQuality: 60 %\n"
)


def owner_of(rfp: RFP) -> User:
    assert rfp.owner is not None
    return rfp.owner


def came_with(rfp: RFP, title: str, text: str) -> Document:
    document = keyword_passage(title, text)
    Document.objects.filter(pk=document.pk).update(kind=DocumentKind.INFORMATION, owner=rfp.owner)
    InformationDocument.objects.create(rfp=rfp, document=document, title=title)
    return document


def titles(hits: Any) -> set[str]:
    return {hit.document for hit in hits}


@pytest.fixture
def two(alice: User, bob: User) -> tuple[RFP, RFP]:
    keyword_passage("Ours", "Walruses are fed at the pier.")
    made = []
    for owner, name in ((alice, "Arctic"), (bob, "Antarctic")):
        rfp = RFP.objects.create(name=name, owner=owner)
        came_with(rfp, f"{name} terms", f"Walruses are fed in the {name} pool.")
        made.append(rfp)
    return made[0], made[1]


QUERY = "Where are the walruses fed?"


def test_a_search_of_the_library_never_finds_what_came_with_an_rfp(
    two: tuple[RFP, RFP], alice: User, admin_user: User
) -> None:
    for user in (None, alice, admin_user):
        assert titles(search(QUERY, user=user)) == {"Ours"}


def test_drafts_of_an_rfp_look_into_its_own_documents_and_into_no_other_rfps(
    two: tuple[RFP, RFP], alice: User, bob: User, admin_user: User
) -> None:
    arctic, antarctic = two
    assert titles(scope_of_rfp(arctic, alice).search(QUERY)) == {"Ours", "Arctic terms"}
    assert titles(scope_of_rfp(arctic, admin_user).search(QUERY)) == {"Ours", "Arctic terms"}
    assert titles(scope_of_rfp(antarctic, None).search(QUERY)) == {"Ours", "Antarctic terms"}
    # Who may not see the RFP gets nothing of it, whoever names it.
    assert titles(scope_of_rfp(arctic, bob).search(QUERY)) == {"Ours"}


def test_limits_of_the_library_do_not_hold_for_the_buyers_own_documents(
    two: tuple[RFP, RFP], alice: User
) -> None:
    RFP.objects.filter(pk=two[0].pk).update(only_approved=True)
    two[0].refresh_from_db()
    assert titles(scope_of_rfp(two[0], alice).search(QUERY)) == {"Arctic terms"}


def test_only_those_who_may_see_the_rfp_may_see_its_documents(
    two: tuple[RFP, RFP], alice: User, bob: User, charlie: User, admin_user: User
) -> None:
    def seen(user: User) -> set[str]:
        return set(Document.objects.for_user(user).values_list("title", flat=True))

    two[0].members.add(bob)
    assert seen(alice) == {"Ours", "Arctic terms"}
    assert seen(bob) == {"Ours", "Arctic terms", "Antarctic terms"} == seen(admin_user)
    assert seen(charlie) == {"Ours"}
    # Who brought it and is no member any more does not see it either.
    two[0].members.remove(bob)
    Document.objects.filter(title="Arctic terms").update(owner=bob)
    assert "Arctic terms" not in seen(bob)


def test_pages_of_the_library_do_not_list_them(two: tuple[RFP, RFP], client: Client) -> None:
    client.force_login(owner_of(two[0]))
    for page in ("documents", "reviews", "duplicates", "search"):
        url = reverse(f"solution_library:{page}")
        for query in ("", "?show=waiting&whose=all", "?show=overdue&whose=all", f"?q={QUERY}"):
            assert "Arctic terms" not in client.get(url + query).content.decode(), page


def test_their_decisions_are_not_taken_on_the_librarys_pages(
    two: tuple[RFP, RFP], client: Client
) -> None:
    client.force_login(owner_of(two[0]))
    document = Document.objects.get(title="Arctic terms")
    assert client.get(document.get_absolute_url()).status_code == 200
    url = reverse("solution_library:document_delete", args=[document.pk])
    assert client.post(url).status_code == 403
    assert Document.objects.filter(pk=document.pk).exists()


# -- taking files in ------------------------------------------------------------------------
def file(text: str = TERMS) -> BytesIO:
    return BytesIO(text.encode())


def test_the_same_file_may_come_with_two_rfps_and_be_in_the_library(
    rfp: RFP, bob: User, tmp_path: Path
) -> None:
    other = RFP.objects.create(name="Other", owner=bob)
    kept = receive(file(), filename="terms.md", user=None, embed=False).document
    first = attach(rfp, file(), filename="terms.md", user=rfp.owner)
    second = attach(other, file(), filename="terms.md", user=bob)
    assert first.created and second.created
    assert len({kept.pk, first.information.document_id, second.information.document_id}) == 3
    again = attach(rfp, file(), filename="again.md", user=rfp.owner)
    assert not again.created and again.information == first.information
    assert receive(file(), filename="x.md", user=bob, embed=False).document == kept


def test_a_file_that_only_an_rfp_has_is_new_to_the_library(rfp: RFP, charlie: User) -> None:
    attach(rfp, file(), filename="terms.md", user=rfp.owner)
    received = receive(file(), filename="terms.md", user=charlie, embed=False)
    assert received.created and received.document.kind == DocumentKind.FILE


def test_a_document_is_like_none_of_the_library(rfp: RFP, tmp_path: Path) -> None:
    words = " ".join(f"walrus number {n} is fed at the pier" for n in range(60))
    ours = add_document(tmp_path, "ours.md", words)
    theirs = add_document(tmp_path, "theirs.md", words + " indeed")
    Document.objects.filter(pk=theirs.pk).update(kind=DocumentKind.INFORMATION)
    for document in Document.objects.filter(pk__in=[ours.pk, theirs.pk]):
        assert document.current_version_id
        duplicates.compare(document.current_version_id)
    assert not DuplicatePair.objects.filter(first=ours, second=theirs).exists()


def test_archives_and_empty_files_are_refused_in_a_sentence(rfp: RFP) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(UploadRefused, match="archive"):
        attach(rfp, packed, filename="a.zip", user=rfp.owner)
    with pytest.raises(UploadRefused, match="empty"):
        attach(rfp, BytesIO(), filename="a.md", user=rfp.owner)
    assert not rfp.information_documents.exists()


def test_uploads_are_read_then_summarised(rfp: RFP, client: Client) -> None:
    client.force_login(owner_of(rfp))
    url = reverse("rfp_manager:information_upload", args=[rfp.pk])
    sent = [file(), file("# More\n\nOther words.\n")]
    for n, each in enumerate(sent):
        each.name = f"{n}.md"
    assert client.post(url, {"files": sent}).status_code == 303
    jobs = SummaryJob.objects.order_by("pk")
    assert [type(job.depends_on.concrete()).__name__ for job in jobs if job.depends_on] == [
        "EmbeddingJob"
    ] * 2
    answer = client.post(url, {"files": [BytesIO(b"")]}, headers={"Accept": "application/json"})
    assert answer.status_code == 422 and "error" in answer.json()


# -- summaries ------------------------------------------------------------------------------
def attached(rfp: RFP, folder: Path, text: str = TERMS) -> InformationDocument:
    """As an upload and its reading leave it."""
    document = add_document(folder, f"terms-{rfp.pk}-{len(text)}.md", text)
    Document.objects.filter(pk=document.pk).update(kind=DocumentKind.INFORMATION)
    document.refresh_from_db()
    return InformationDocument.objects.create(rfp=rfp, document=document, title="Terms")


def summary_of(prompt: str) -> dict[str, Any]:
    return {"summary": "About walruses.", "citations": [
        {"passage": 1, "quote": "must hold ninety walruses"}, {"passage": 1, "quote": "invented"},
    ]}  # fmt: skip


@pytest.fixture
def writes(llm: FakeLLM) -> FakeLLM:
    LLMApi.objects.filter(kind="builtin").update(is_active=False)
    llm.answer = summary_of
    return llm


def long_text(parts: int) -> str:
    chapters = [
        f"## Chapter {n}\n\n" + "The pool must hold ninety walruses. " * 100 for n in range(parts)
    ]
    return "# Terms\n\n" + "\n\n".join(chapters)


def done(information: InformationDocument, commit: Commit) -> SummaryJob:
    with commit():
        job = start_summary(information, information.rfp.owner)
    return SummaryJob.objects.get(pk=job.pk)


def test_a_short_document_is_summarised_in_one_call_with_quotes_that_hold(
    rfp: RFP, writes: FakeLLM, commit: Commit, tmp_path: Path
) -> None:
    information = attached(rfp, tmp_path)
    job = done(information, commit)
    information.refresh_from_db()
    assert (job.status, job.total_items, information.sections) == ("completed", 1, [])
    assert information.summary == "About walruses."
    assert [c["quote"] for c in information.summary_citations] == ["must hold ninety walruses"]


def test_a_long_one_is_summarised_part_by_part_and_then_as_a_whole(
    rfp: RFP, writes: FakeLLM, commit: Commit, tmp_path: Path
) -> None:
    information = attached(rfp, tmp_path, long_text(4))
    job = done(information, commit)
    information.refresh_from_db()
    assert job.status == "completed", job.last_error
    assert [part["heading"] for part in information.sections] == [f"Chapter {n}" for n in range(4)]
    assert job.total_items == 5
    # The whole is cited by what its parts rest on, verbatim.
    texts = Chunk.objects.in_bulk([c["chunk"] for c in information.summary_citations])
    assert texts and all(
        c["quote"] in texts[c["chunk"]].text for c in information.summary_citations
    )


def test_a_summary_that_is_interrupted_asks_for_no_part_twice(
    rfp: RFP, writes: FakeLLM, commit: Commit, tmp_path: Path, settings: Any
) -> None:
    information = attached(rfp, tmp_path, long_text(3))
    chunks = summaries._chunks(information.document.current_version_id)
    first = parts_of(chunks, "Terms", summaries.PART_CHARACTERS)[0]
    job = start_summary(information, rfp.owner)
    JobItem.objects.create(
        job_id=job.pk, key=first.key, ordinal=1, state="done",
        result={"summary": "Kept.", "citations": []},
    )  # fmt: skip
    before = len(writes.requests)
    summarize_information_document.apply(kwargs=job.task_kwargs(), task_id=job.celery_task_id)
    information.refresh_from_db()
    assert information.sections[0]["summary"] == "Kept."
    assert len(writes.requests) - before == len(information.sections) - 1 + 1


def test_what_it_demands_is_listed_even_where_no_model_can_be_asked(
    rfp: RFP, commit: Commit, tmp_path: Path, llm: FakeLLM
) -> None:
    information = attached(rfp, tmp_path)
    LLMApi.objects.update(is_active=False)
    job = done(information, commit)
    assert job.status == "failed"
    found = {row.kind: row for row in information.findings.all()}
    assert found[FindingKind.DATE].day == date(2027, 3, 12)
    assert sum(row.kind == FindingKind.CRITERION for row in information.findings.all()) == 2
    assert all(row.quote in row.chunk.text for row in information.findings.all())


def test_the_due_date_is_offered_and_never_set_unasked(
    rfp: RFP, writes: FakeLLM, commit: Commit, tmp_path: Path, client: Client, bob: User
) -> None:
    information = attached(rfp, tmp_path)
    done(information, commit)
    rfp.refresh_from_db()
    assert rfp.due_date is None
    rfp.members.add(bob)
    finding = information.findings.get(kind=FindingKind.DATE)
    url = reverse("rfp_manager:information_due", args=[rfp.pk, finding.pk])
    client.force_login(bob)
    assert client.post(url).status_code == 403
    client.force_login(owner_of(rfp))
    page = reverse("rfp_manager:information", args=[rfp.pk])
    assert url in client.get(page).content.decode()
    assert client.post(url).status_code == 303
    rfp.refresh_from_db()
    assert rfp.due_date == finding.day
    assert url not in client.get(page).content.decode()


def test_a_newer_file_makes_the_summary_stale_until_it_is_written_anew(
    rfp: RFP, writes: FakeLLM, commit: Commit, tmp_path: Path
) -> None:
    information = attached(rfp, tmp_path)
    done(information, commit)
    today = timezone.localdate()
    assert not information_of(rfp, today).documents[0].is_stale
    assert replace_file(information, file(TERMS + "\nMore.\n"), filename="t.md", user=rfp.owner)
    assert not replace_file(information, file(TERMS + "\nMore.\n"), filename="t", user=rfp.owner)
    document = information.document
    newest = document.versions.order_by("-number").first()
    Document.objects.filter(pk=document.pk).update(current_version=newest)
    assert information_of(rfp, today).documents[0].is_stale


def test_one_that_answers_cite_stays_and_others_go_with_all_they_have(
    rfp: RFP, writes: FakeLLM, commit: Commit, tmp_path: Path
) -> None:
    information = attached(rfp, tmp_path)
    done(information, commit)
    chunk = Chunk.objects.filter(version__document=information.document).first()
    assert chunk is not None
    answer = make_answer(rfp.questions.get(ordinal=1))
    cite(answer, chunk)
    with pytest.raises(DetachRefused, match="Answers cite"):
        detach(InformationDocument.objects.get(pk=information.pk))
    assert information.findings.exists()
    answer.citations.all().delete()
    detach(InformationDocument.objects.get(pk=information.pk))
    assert not Document.objects.filter(pk=information.document_id).exists()


def test_an_answer_that_rests_on_the_buyers_words_alone_is_partly_one(
    rfp: RFP, writes: FakeLLM, commit: Commit, tmp_path: Path
) -> None:
    attached(rfp, tmp_path, "# Terms\n\nThe walrus pool must hold ninety walruses in summer.\n")
    Question.objects.filter(rfp=rfp).exclude(ordinal=1).delete()
    Question.objects.filter(rfp=rfp).update(text="How many walruses must the walrus pool hold?")
    writes.answer = follows_the_prompt
    with commit():
        job = start_responder(rfp, rfp.owner)
    answer = rfp.questions.get().answer
    assert Job.objects.get(pk=job.pk).status == "completed"
    assert (answer.outcome, "only on documents that came with the RFP" in answer.explanation) == (
        "partly", True,
    )  # fmt: skip
    assert any("(from the buyer)" in str(request) for request in writes.requests)


def test_the_page_takes_the_same_number_of_queries_for_many_documents(
    rfp: RFP, writes: FakeLLM, commit: Commit, tmp_path: Path, client: Client,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for n in range(4):
        done(attached(rfp, tmp_path, TERMS + "More. " * n), commit)
    client.force_login(owner_of(rfp))
    with django_assert_max_num_queries(20):
        assert client.get(reverse("rfp_manager:information", args=[rfp.pk])).status_code == 200
