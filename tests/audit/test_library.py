"""What happens to the library is on record: what comes in and goes out, what it is good for, and
who may read it."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from audit.models import AuditEntry
from solution_library import bulk
from solution_library.ingest import receive
from solution_library.models import Collection, Document, DocumentReview
from solution_library.removal import remove
from solution_library.reviewing import decide, set_owner
from tests.solution_library.library import a_text, signed_in

pytestmark = pytest.mark.django_db


def acts(*actions: str) -> list[tuple[str, str, dict[str, Any]]]:
    found = AuditEntry.objects.filter(action__in=actions).order_by("pk")
    return list(found.values_list("action", "actor_name", "details"))


def test_who_brings_a_file_is_on_record_once_with_its_hash(alice: Any) -> None:
    for _ in range(2):  # the second is a duplicate
        text = ContentFile(b"# Policy\n\nBackups are kept.\n", "policy.md")
        document = receive(text, filename="policy.md", user=alice).document
    ((_, who, details),) = acts("document.uploaded")
    assert who == "alice" and details["filename"] == "policy.md"
    assert details["sha256"] == document.sha256 and details["version"] == 1


def test_every_decision_about_a_document_is_on_record_also_of_many_at_once(alice: Any) -> None:
    papers = [a_text(owner=alice) for _ in range(3)]
    before = len(acts("document.reviewed"))
    decide(papers[0], "approved", user=alice)
    decide(papers[0], "approved", user=alice, comment="Still so.")
    chosen = Document.objects.filter(pk__in=[paper.pk for paper in papers])
    bulk.decide_all(chosen, "archived", user=alice)
    one, many = acts("document.reviewed")[before:]
    assert one == ("document.reviewed", "alice", {"before": "pending", "after": "approved"})
    assert many[2] == {"documents": 3, "ids": [p.pk for p in papers], "after": "archived"}
    assert DocumentReview.objects.filter(after="archived").count() == 3


def test_who_owns_a_document_from_when_on_is_on_record(alice: Any, bob: Any) -> None:
    one, other = a_text(owner=alice), a_text(owner=alice)
    set_owner(one, bob, user=alice)
    bulk.set_owner(Document.objects.filter(pk__in=[one.pk, other.pk]), bob, user=alice)
    told = [details["ids"] for _, _, details in acts("document.owner_changed")]
    assert told == [[one.pk], [other.pk]]


def test_who_may_look_into_a_collection_is_on_record(alice: Any, bob: Any) -> None:
    client = signed_in(alice)
    form = {"name": "Deal", "is_restricted": "on", "members": [alice.pk, bob.pk]}
    client.post(reverse("solution_library:collection_new"), form)
    closed = Collection.objects.get()
    url = reverse("solution_library:collection", args=[closed.pk])
    client.post(url, {**form, "name": "Deal 2", "members": [alice.pk]})
    assert acts("collection.created", "collection.changed", "collection.members_changed") == [
        ("collection.created", "alice", {}),
        ("collection.members_changed", "alice", {"added": ["alice", "bob"], "ids": [alice.pk, bob.pk]}),
        ("collection.changed", "alice", {"fields": [{"name": "name", "from": "Deal", "to": "Deal 2"}]}),
        ("collection.members_changed", "alice", {"removed": ["bob"], "ids": [bob.pk]}),
    ]  # fmt: skip


def test_what_is_put_into_a_collection_and_taken_out_is_on_record(alice: Any) -> None:
    papers = [a_text(owner=alice) for _ in range(2)]
    group = Collection.objects.create(name="Deal")
    ids, url = [paper.pk for paper in papers], reverse("solution_library:documents_bulk")
    for what in ("collection", "uncollect"):
        data = {"action": what, "collection": group.pk, "ids": ids}
        assert signed_in(alice).post(url, data).status_code in (200, 303)
    told = [details for _, _, details in acts("collection.contents_changed")]
    assert told == [{"added": 2, "documents": ids}, {"removed": 2, "documents": ids}]


def test_what_is_removed_is_on_record(alice: Any) -> None:
    paper, group = a_text(owner=alice), Collection.objects.create(name="Deal")
    remove(paper)
    group.delete()
    assert [action for action, _, _ in acts("document.deleted", "collection.deleted")] == [
        "document.deleted", "collection.deleted",
    ]  # fmt: skip


def test_of_two_who_give_a_document_to_the_same_person_one_is_on_record(
    alice: Any, bob: Any
) -> None:
    one = a_text(owner=alice)
    seen_by_another = Document.objects.get(pk=one.pk)
    for document in (one, seen_by_another):
        set_owner(document, bob, user=alice)
    assert len(acts("document.owner_changed")) == 1
