"""Collections and tags. Alice owns the documents, Bob is a member, Charlie is not, and nobody
else gets in."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from solution_library.models import Chunk, Collection, Document, DocumentationSource, Tag
from tests.solution_library.library import a_text, signed_in, text_of

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _by_hand(settings: Any) -> None:
    settings.AUTO_EMBED_DOCUMENTS = False


@pytest.fixture
def legal(bob: User) -> Collection:
    collection = Collection.objects.create(name="Legal only", is_restricted=True)
    collection.members.add(bob)
    return collection


@pytest.fixture
def secret(alice: User, legal: Collection) -> Document:
    document = a_text("The indemnity is capped at ten million. " + text_of(1), owner=alice,
                      title="Secret terms")  # fmt: skip
    document.collections.add(legal)
    return document


def url(name: str, *args: Any) -> str:
    return reverse(f"solution_library:{name}", args=args)


# -- who sees what -------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["document", "document_file", "document_versions"])
def test_a_restricted_document_is_a_404_for_who_is_no_member(
    name: str, secret: Document, alice: User, bob: User, charlie: User
) -> None:
    for user, status in ((alice, 200), (bob, 200), (charlie, 404)):
        assert signed_in(user).get(url(name, secret.pk)).status_code == status
    assert "/login/" in Client().get(url(name, secret.pk))["Location"]


def test_tags_collections_and_sources_count_only_what_one_may_see(
    secret: Document, alice: User, bob: User, charlie: User
) -> None:
    tag, group = Tag.objects.create(name="Keys"), Collection.objects.create(name="Everybody’s")
    source = DocumentationSource.objects.create(name="Share", kind="folder", location="/srv/x")
    for document in (secret, a_text("Text.", owner=alice)):
        document.tags.add(tag)
        document.collections.add(group)
        Document.objects.filter(pk=document.pk).update(source=source)
    for user, count in ((alice, 2), (bob, 2), (charlie, 1)):
        for name, rows in (("tags", "rows"), ("collections", "rows"), ("sources", "page")):
            listed = signed_in(user).get(url(name)).context[rows]
            counted = {row.name: row.document_count for row in listed if row.name != "Legal only"}
            assert list(counted.values()) == [count], (name, user)
        page = signed_in(user).get(url("source", source.pk))
        assert page.context["document_count"] == count


def test_who_may_not_change_something_is_told_why(alice: User, charlie: User) -> None:
    tag = Tag.objects.create(name="Keys")
    a_text("Text.", owner=alice).tags.add(tag)
    answer = signed_in(charlie).get(url("tag", tag.pk))
    assert answer.status_code == 403
    assert "other people&#x27;s documents: only managers may change it" in answer.text


def test_an_owner_who_is_no_member_sees_the_document_but_not_the_name_of_the_collection(
    secret: Document, alice: User, bob: User
) -> None:
    """An administrator has put Alice's document into it."""
    for page in (url("documents"), url("document_row") + f"?ids={secret.pk}",
                 url("document", secret.pk)):  # fmt: skip
        shown = signed_in(alice).get(page).text
        assert "Secret terms" in shown and "Legal only" not in shown
        assert "Legal only" in signed_in(bob).get(page).text


def test_lists_counts_rows_and_reviews_do_not_name_it_to_others(
    secret: Document, alice: User, bob: User, charlie: User
) -> None:
    chunk = Chunk.objects.filter(version__document=secret).first()
    assert chunk is not None
    pages = [
        url("documents"),
        url("documents") + "?q=secret",
        url("document_row") + f"?ids={secret.pk}",
        url("reviews") + "?show=pending&whose=all",
    ]
    for user, sees in ((alice, True), (bob, True), (charlie, False)):
        for page in pages:
            text = signed_in(user).get(page).content.decode()
            assert ("Secret terms" in text) is sees, page
    assert "1 document" not in signed_in(charlie).get(url("documents")).content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "document_retry",
        "document_review",
        "document_delete",
        "document_describe",
        "document_upload",
    ],
)
def test_nobody_changes_what_they_cannot_see(name: str, secret: Document, charlie: User) -> None:
    assert signed_in(charlie).post(url(name, secret.pk)).status_code == 404


def test_bulk_actions_do_not_reach_what_one_cannot_see(secret: Document, charlie: User) -> None:
    client = signed_in(charlie)
    client.post(url("documents_bulk"), {"action": "archived", "ids": [secret.pk]})
    page = client.get(url("documents")).content.decode()
    assert "Secret terms" not in page
    secret.refresh_from_db()
    assert secret.review_status == "pending"


def test_the_name_of_a_restricted_collection_is_in_no_choice_of_others(
    legal: Collection, bob: User, charlie: User
) -> None:
    a_text()
    pages = [url("documents"), url("search"), url("collections"), reverse("rfp_manager:new")]
    for user, sees in ((bob, True), (charlie, False)):
        for page in pages:
            text = signed_in(user).get(page).content.decode()
            assert ("Legal only" in text) is sees, page
    assert signed_in(charlie).get(url("collection", legal.pk)).status_code == 404


def test_staff_sees_everything(secret: Document, admin_client: Client) -> None:
    assert admin_client.get(secret.get_absolute_url()).status_code == 200


# -- the same file again ---------------------------------------------------------------------------
def upload(client: Client, body: bytes, **given: Any) -> Any:
    file = SimpleUploadedFile("copy.md", body)
    return client.post(url("upload"), {"files": [file], **given}, headers=JSON)


def body_of(document: Document) -> bytes:
    assert document.current_version is not None
    with document.current_version.file.open("rb") as stream:
        return bytes(stream.read())


def test_who_uploads_a_hidden_file_learns_that_it_is_there_but_not_its_title(
    secret: Document, bob: User, charlie: User
) -> None:
    answer = upload(signed_in(charlie), body_of(secret))
    assert answer.status_code == 422
    assert "in a collection that you cannot see" in answer.json()["error"]
    assert "Secret" not in answer.content.decode()
    assert "Secret terms" in upload(signed_in(bob), body_of(secret)).json()["message"]


def test_uploading_somebodys_file_again_cannot_hide_it_from_the_others(
    alice: User, bob: User, legal: Collection
) -> None:
    public, open_group = a_text(owner=alice), Collection.objects.create(name="Open")
    given = {"collections": [legal.pk, open_group.pk]}
    assert upload(signed_in(bob), body_of(public), **given).status_code == 200
    assert list(public.collections.all()) == [open_group]


def test_nobody_puts_a_file_into_a_collection_they_cannot_see(
    legal: Collection, charlie: User
) -> None:
    client = signed_in(charlie)
    assert upload(client, b"# A", collections=[legal.pk]).status_code == 400
    answer = upload(client, b"# A", new_collection="Legal only")
    assert answer.status_code == 400
    assert "that you cannot see" in answer.json()["error"]
    assert not Document.objects.exists()


def test_tags_are_given_with_an_upload(alice: User) -> None:
    tag = Tag.objects.create(name="Keys")
    upload(signed_in(alice), b"# A", tags=[tag.pk])
    assert list(Document.objects.get().tags.all()) == [tag]


# -- collections -----------------------------------------------------------------------------------
def test_a_collection_is_made_changed_and_removed(alice: User, bob: User) -> None:
    client = signed_in(alice)
    given = {"name": " Secu  rity ", "description": "Policies", "is_restricted": "on",
             "members": [bob.pk]}  # fmt: skip
    client.post(url("collection_new"), given)
    made = Collection.objects.get()
    assert made.name == "Secu rity"
    assert set(made.members.all()) == {alice, bob}, "nobody locks themselves out"
    client.post(url("collection", made.pk), {"name": "Security"})
    made.refresh_from_db()
    assert (made.name, made.is_restricted) == ("Security", False)
    client.post(url("collection_delete", made.pk))
    assert not Collection.objects.exists()


def test_two_collections_cannot_have_one_name(alice: User) -> None:
    Collection.objects.create(name="Security")
    answer = signed_in(alice).post(url("collection_new"), {"name": "Security"})
    assert answer.status_code == 422
    assert "already exists" in answer.content.decode()


def test_nobody_restricts_a_collection_with_other_peoples_documents(alice: User, bob: User) -> None:
    group = Collection.objects.create(name="Security")
    a_text(owner=alice).collections.add(group)
    answer = signed_in(bob).post(url("collection", group.pk), {"name": "x", "is_restricted": "on"})
    assert answer.status_code == 403
    assert signed_in(bob).get(url("collection", group.pk)).status_code == 200
    assert signed_in(bob).post(url("collection_delete", group.pk)).status_code == 403
    assert signed_in(alice).post(url("collection", group.pk), {"name": "y"}).status_code == 303


def test_a_member_cannot_open_or_remove_a_collection_with_other_peoples_documents(
    bob: User, legal: Collection, secret: Document, admin_client: Client
) -> None:
    mine = signed_in(bob)
    opened = mine.post(url("collection", legal.pk), {"name": "Legal", "members": [bob.pk]})
    assert opened.status_code == 422 and "Only an administrator may" in opened.content.decode()
    mine.post(url("collection_delete", legal.pk))
    legal.refresh_from_db()
    assert legal.is_restricted and secret in legal.documents.all()
    assert admin_client.post(url("collection", legal.pk), {"name": "Legal"}).status_code == 303


def test_a_collection_that_limits_an_rfp_is_not_removed(alice: User) -> None:
    from rfp_manager.models import RFP

    group = Collection.objects.create(name="Security")
    RFP.objects.create(name="Tender", owner=alice).collections.add(group)
    client = signed_in(alice)
    client.post(url("collection_delete", group.pk))
    assert "answered only from" in client.get(url("collections")).content.decode()
    assert Collection.objects.exists()


# -- tags --------------------------------------------------------------------------------------------
def test_tags_are_made_renamed_and_said_to_exist_already(alice: User) -> None:
    client = signed_in(alice)
    client.post(url("tags"), {"name": "Encryption", "kind": "topic"})
    tag = Tag.objects.get()
    assert client.post(url("tags"), {"name": "Encryption", "kind": "topic"}).status_code == 422
    client.post(url("tag", tag.pk), {"name": "Cryptography", "kind": "topic"})
    assert Tag.objects.get().name == "Cryptography"


def test_a_merged_tag_loses_no_document_and_no_limit_of_an_rfp(alice: User) -> None:
    from rfp_manager.models import RFP

    one, two = Tag.objects.create(name="Crypto"), Tag.objects.create(name="Encryption")
    both, only = a_text(owner=alice), a_text(owner=alice)
    both.tags.add(one, two)
    only.tags.add(one)
    rfp = RFP.objects.create(name="Tender", owner=alice)
    rfp.tags.add(one)
    signed_in(alice).post(url("tag_merge", one.pk), {"into": two.pk})
    assert list(Tag.objects.all()) == [two]
    assert set(two.documents.all()) == {both, only}
    assert list(rfp.tags.all()) == [two]


def test_a_tag_on_other_peoples_documents_is_for_staff(alice: User, bob: User) -> None:
    tag = Tag.objects.create(name="Keys")
    a_text(owner=alice).tags.add(tag)
    for name in ("tag", "tag_merge", "tag_delete"):
        assert signed_in(bob).post(url(name, tag.pk)).status_code == 403
    assert Tag.objects.exists()


# -- filters -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "found"),
    [("tag={tag}", True), ("tag=0", True), ("owner=me", True), ("owner=none", False),
     ("owner={bob}", False), ("due=none", True), ("due=overdue", False), ("due=soon", False),
     ("format=pdf", False), ("format=text", True), ("format=x", True), ("duplicates=open", False),
     ("order=due", True), ("order=changed", True), ("order=title", True)],
)  # fmt: skip
def test_the_list_is_narrowed_by_what_is_known(
    query: str, found: bool, alice: User, bob: User
) -> None:
    document, tag = a_text(owner=alice, media_type="text/markdown"), Tag.objects.create(name="Keys")
    document.tags.add(tag)
    a_text(owner=bob, title="Other", media_type="application/pdf")
    answer = signed_in(alice).get(f"{url('documents')}?{query.format(tag=tag.pk, bob=bob.pk)}")
    assert answer.status_code == 200
    assert (document.title in answer.content.decode()) is found


def test_an_rfp_takes_tags_and_only_approved_documents(alice: User) -> None:
    from rfp_manager.models import RFP

    tag = Tag.objects.create(name="Keys")
    sheet = SimpleUploadedFile(
        "q.csv", b"Question,Answer\nAre keys rotated?,\nAre backups kept?,\n"
    )
    given = {"file": sheet, "tags": [tag.pk], "only_approved": "on"}
    answer = signed_in(alice).post(reverse("rfp_manager:new"), given)
    assert answer.status_code == 303
    rfp = RFP.objects.get()
    assert rfp.only_approved and list(rfp.tags.all()) == [tag]
