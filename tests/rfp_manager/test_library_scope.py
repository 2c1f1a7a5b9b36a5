"""What an RFP's drafts may rest on: the collections, tags and review states it allows, and only
what the person who asks for the drafts may read."""

import pytest
from django.contrib.auth import get_user_model

from rfp_manager.library_scope import scope_of_batch, scope_of_rfp
from rfp_manager.models import RFP, RFPBatchJob
from solution_library.models import Collection, Document, ReviewStatus, Tag
from tests.solution_library.passages import keyword_passage

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return get_user_model().objects.create_user("alice")


@pytest.fixture
def bob():
    return get_user_model().objects.create_user("bob")


def found(scope) -> set[str]:
    return {hit.document for hit in scope.search("Where are the walruses fed?")}


def test_a_member_who_starts_a_batch_gets_nothing_drafted_that_they_may_not_read(alice, bob):
    secret = Collection.objects.create(name="Board papers", is_restricted=True)
    secret.members.add(alice)
    keyword_passage("Open", "Walruses are fed at the pier.")
    keyword_passage("Secret", "Walruses are fed in the vault.").collections.add(secret)
    rfp = RFP.objects.create(name="Arctic", owner=alice)
    assert found(scope_of_batch(RFPBatchJob(rfp=rfp, started_by=alice))) == {"Open", "Secret"}
    assert found(scope_of_batch(RFPBatchJob(rfp=rfp, started_by=bob))) == {"Open"}


def test_tags_of_the_rfp_leave_out_other_products(alice):
    product = Tag.objects.create(kind="product", name="Pier")
    keyword_passage("Pier", "Walruses are fed at the pier.").tags.add(product)
    keyword_passage("Vault", "Walruses are fed in the vault.")
    rfp = RFP.objects.create(name="Arctic", owner=alice)
    rfp.tags.add(product)
    assert found(scope_of_rfp(rfp, alice)) == {"Pier"}


def test_an_rfp_that_wants_approved_documents_gets_no_others(alice):
    keyword_passage("Pending", "Walruses are fed at the pier.")
    approved = keyword_passage("Approved", "Walruses are fed in the vault.")
    Document.objects.filter(pk=approved.pk).update(review_status=ReviewStatus.APPROVED)
    rfp = RFP.objects.create(name="Arctic", owner=alice, only_approved=True)
    assert found(scope_of_rfp(rfp, alice)) == {"Approved"}
