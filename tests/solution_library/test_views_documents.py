"""The library's pages: Alice added the documents, Bob is a colleague, nobody else gets in."""

from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from jobs.models import Status
from solution_library.models import (
    Chunk,
    Collection,
    Document,
    DocumentVersion,
    EmbeddingJob,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}
LIST = "/library/"


@pytest.fixture(autouse=True)
def _by_hand(settings: Any) -> None:
    """These tests are about pages: nothing is read in the background."""
    settings.AUTO_EMBED_DOCUMENTS = False


@pytest.fixture
def pages(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def colleague(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


def a_document(owner: User | None = None, status: str = "ready", **fields: Any) -> Document:
    number = Document.objects.count()
    fields = {"title": f"Paper {number}", "path": f"paper-{number}.pdf"} | fields
    document = Document.objects.create(
        sha256=f"{number:064}", owner=owner, embedding_status=status, **fields
    )
    version = DocumentVersion(
        document=document, number=1, filename=document.path, sha256=document.sha256, size=3,
        is_complete=True,
    )  # fmt: skip
    version.file.save("x", ContentFile(b"abc"))
    document.current_version = version
    document.save()
    return document


def a_chunk(document: Document, ordinal: int = 0, text: str = "Keys are rotated yearly.") -> Chunk:
    return Chunk.objects.create(
        version=document.current_version, ordinal=ordinal, text=text, content_hash="x",
        heading_path="Keys › Rotation", page=3,
    )  # fmt: skip


def text(response: Any) -> str:
    return str(response.content.decode())


def upload(client: Client, *files: tuple[str, bytes], headers: Any = None, **data: Any) -> Any:
    sent = []
    for name, body in files:
        file = BytesIO(body)
        file.name = name
        sent.append(file)
    url = reverse("solution_library:upload")
    return client.post(url, {"files": sent, **data}, headers=headers or {})


# -- the list ----------------------------------------------------------------------------------
def test_an_empty_library_says_what_to_do(pages: Client) -> None:
    assert "The library is empty" in text(pages.get(LIST))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=crypto", True), ("q=payroll", False), ("status=failed", False),
        ("status=ready", True), ("review=archived", False), ("collection=1%27", True),
        ("status=nonsense&page=x&order=drop", True), ("q=%00", True),
    ],
)  # fmt: skip
def test_filters_narrow_the_list_and_nonsense_is_left_out(
    query: str, found: bool, pages: Client
) -> None:
    a_document(title="Crypto policy")
    answer = pages.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    assert ("Crypto policy" in text(answer)) is found


def test_a_longer_list_asks_no_more_queries(
    pages: Client, django_assert_max_num_queries: Any
) -> None:
    secure = Collection.objects.create(name="Security")
    for _ in range(30):
        a_document().collections.add(secure)
    with django_assert_max_num_queries(20):
        pages.get(LIST)


def test_one_poll_serves_all_unfinished_rows_and_none_when_all_are_ready(pages: Client) -> None:
    waiting = [a_document(status="waiting"), a_document(status="running"), a_document()]
    page = text(pages.get(LIST))
    assert page.count('hx-trigger="every') == 1
    ids = page.split("rows/?ids=")[1].split('"')[0]
    assert set(ids.split(",")) == {str(d.pk) for d in waiting[:2]}
    Document.objects.update(embedding_status="ready")
    assert 'hx-trigger="every' not in text(pages.get(LIST))


def test_the_poll_brings_changed_rows_goes_on_for_the_rest_and_stops(pages: Client) -> None:
    first, second = a_document(status="waiting"), a_document(status="waiting")
    url = f"{reverse('solution_library:document_row')}?ids={first.pk},{second.pk},x,,9{'9' * 30}"
    before = pages.get(url, headers=HTMX)
    tag = text(before).split('data-etag="&quot;')[1].split("&quot;")[0]
    headers = HTMX | {"If-None-Match": f'"{tag}"'}
    assert pages.get(url, headers=headers).status_code == 304
    Document.objects.filter(pk=first.pk).update(embedding_status="ready")
    after = pages.get(url, headers=headers)
    assert after.status_code == 200
    assert f"ids={second.pk}" in text(after)
    Document.objects.update(embedding_status="failed", embedding_error="A scan needs OCR.")
    last = pages.get(url, headers=headers)
    assert last.status_code == 286
    assert "A scan needs OCR." in text(last)


# -- uploading -----------------------------------------------------------------------------------
def test_a_file_sent_by_script_is_answered_202_with_its_page(pages: Client) -> None:
    answer = upload(pages, ("security.md", b"# Keys"), headers=JSON)
    assert answer.status_code == 202
    document = Document.objects.get()
    assert answer.json()["url"] == document.get_absolute_url()
    assert "being read" in answer.json()["message"]


def test_the_same_file_again_is_no_second_document(pages: Client) -> None:
    upload(pages, ("a.md", b"# Keys"), headers=JSON)
    answer = upload(pages, ("b.md", b"# Keys"), headers=JSON)
    assert answer.status_code == 200
    assert "already" in answer.json()["message"]
    assert Document.objects.count() == 1


def test_a_refused_file_says_why_and_stops_no_other(pages: Client) -> None:
    alone = upload(pages, ("empty.md", b""), headers=JSON)
    assert alone.status_code == 422
    assert "empty" in alone.json()["error"]
    both = upload(pages, ("empty.md", b""), ("good.md", b"# Keys"), headers=JSON)
    assert both.status_code == 202
    assert [file["taken"] for file in both.json()["files"]] == [False, True]


def test_without_script_the_page_comes_back_with_a_message_for_each_file(pages: Client) -> None:
    answer = upload(pages, ("a.md", b"# A"), ("empty.md", b""))
    assert (answer.status_code, answer["Location"]) == (303, LIST)
    page = text(pages.get(LIST))
    assert "a.md: Stored" in page
    assert "empty.md:" in page


def test_no_file_at_all_is_explained(pages: Client) -> None:
    assert upload(pages, headers=JSON).json() == {"error": "Choose at least one file."}
    assert upload(pages).status_code == 303


def test_files_go_into_old_and_new_collections(pages: Client) -> None:
    old = Collection.objects.create(name="Old")
    upload(pages, ("a.md", b"# A"), collections=[old.pk], new_collection="New")
    names = Document.objects.get().collections.values_list("name", flat=True)
    assert set(names) == {"Old", "New"}


# -- one document --------------------------------------------------------------------------------
def test_a_citation_link_marks_the_quote_and_nothing_in_a_document_is_html(
    pages: Client,
) -> None:
    document = a_document()
    chunk = a_chunk(document, text="<b>Keys</b> are rotated yearly.")
    start = chunk.text.index("rotated")
    url = f"{document.get_absolute_url()}?chunk={chunk.pk}&start={start}&end={start + 14}"
    page = text(pages.get(url))
    assert f'id="chunk-{chunk.pk}"' in page
    assert "&lt;b&gt;Keys&lt;/b&gt; are <mark>rotated yearly</mark>." in page


@pytest.mark.parametrize("span", ["start=9&end=3", "start=-1&end=x", "start=5&end=99999999999999"])
def test_an_odd_span_never_breaks_the_page(span: str, pages: Client) -> None:
    document = a_document()
    chunk = a_chunk(document)
    answer = pages.get(f"{document.get_absolute_url()}?chunk={chunk.pk}&{span}")
    assert answer.status_code == 200


def test_a_passage_far_down_is_shown_on_its_own_page_of_the_text(
    pages: Client, django_assert_max_num_queries: Any
) -> None:
    document = a_document()
    chunks = [a_chunk(document, n) for n in range(150)]
    with django_assert_max_num_queries(30):
        page = text(pages.get(f"{document.get_absolute_url()}?chunk={chunks[130].pk}"))
    assert f'id="chunk-{chunks[130].pk}"' in page
    assert f'id="chunk-{chunks[3].pk}"' not in page


def test_a_passage_of_an_older_version_is_shown_with_a_warning(pages: Client) -> None:
    document = a_document()
    chunk = a_chunk(document)
    document.current_version = DocumentVersion.objects.create(
        document=document, number=2, filename="b", sha256="1" * 64, size=1, is_complete=True
    )
    document.save()
    page = text(pages.get(f"{document.get_absolute_url()}?chunk={chunk.pk}"))
    assert "This is version 1" in page
    assert "Keys are rotated yearly." in page


def test_a_passage_of_another_document_is_not_shown_here(pages: Client) -> None:
    document, other = a_document(), a_document()
    chunk = a_chunk(other, text="Elsewhere.")
    page = text(pages.get(f"{document.get_absolute_url()}?chunk={chunk.pk}"))
    assert "Elsewhere." not in page
    assert "no longer stored" in page


def test_a_failed_document_says_why_and_offers_to_be_read_again(pages: Client) -> None:
    document = a_document(status="failed", embedding_error="No text was found.")
    page = text(pages.get(document.get_absolute_url()))
    assert "No text was found." in page
    assert reverse("solution_library:document_retry", args=[document.pk]) in page


def test_reading_it_again_twice_is_said_to_be_running_already(alice: User, pages: Client) -> None:
    document = a_document(status="failed")
    EmbeddingJob.objects.create(
        document=document, task_name="x.y", title="Read it", started_by=alice,
        dedup_key=f"document:{document.pk}", status=Status.PENDING,
    )  # fmt: skip
    url = reverse("solution_library:document_retry", args=[document.pk])
    for headers in ({}, HTMX, JSON):
        answer = pages.post(url, headers=headers)
        assert answer.status_code == 400
        assert "already running" in text(answer)


def test_the_original_is_always_saved_never_shown(pages: Client) -> None:
    document = a_document(path="Größe\r\n<b>.html")
    answer = pages.get(reverse("solution_library:document_file", args=[document.pk]))
    assert b"".join(answer.streaming_content) == b"abc"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Gr")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_missing_file_or_version_is_explained(pages: Client) -> None:
    document = a_document()
    url = reverse("solution_library:document_file", args=[document.pk])
    assert pages.get(f"{url}?version=7").status_code == 404
    assert pages.get(f"{url}?version={'9' * 40}").status_code == 404
    assert document.current_version
    document.current_version.file.storage.delete(document.current_version.file.name)
    assert pages.get(url).status_code == 410


def test_a_review_is_saved_and_nonsense_refused(alice: User, pages: Client) -> None:
    document = a_document(owner=alice)
    url = reverse("solution_library:document_review", args=[document.pk])
    pages.post(url, {"review_status": "archived"})
    pages.post(url, {"review_status": "nonsense"})
    document.refresh_from_db()
    assert document.review_status == "archived"


def test_only_who_added_a_document_may_remove_it(
    alice: User, pages: Client, colleague: Client
) -> None:
    document = a_document(owner=alice)
    a_chunk(document)
    url = reverse("solution_library:document_delete", args=[document.pk])
    assert colleague.get(document.get_absolute_url()).status_code == 200
    assert colleague.post(url).status_code == 403
    assert pages.post(url).status_code == 303
    assert not Document.objects.exists()


@pytest.mark.parametrize("name", ["documents", "search", "sources", "source_new"])
def test_nobody_sees_the_library_without_signing_in(name: str) -> None:
    answer = Client().get(reverse(f"solution_library:{name}"))
    assert "/login/" in answer["Location"]


@pytest.mark.parametrize("name", ["document", "document_file"])
def test_a_document_that_does_not_exist_is_a_404(name: str, pages: Client) -> None:
    assert pages.get(reverse(f"solution_library:{name}", args=[999])).status_code == 404
