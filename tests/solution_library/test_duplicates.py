"""Documents that say the same are found when they come in, and only shown to who may see both."""

import random
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from solution_library import duplicates
from solution_library.models import (
    Collection,
    Document,
    DuplicatePair,
    PairState,
    ReviewStatus,
    SignatureBand,
)
from solution_library.parsing.types import Block, ParsedDocument
from solution_library.similarity import (
    Fingerprint,
    fingerprint_of,
    fingerprint_of_texts,
    similarity_of,
)
from tests.solution_library.library import a_text, add_text, signed_in, text_of

db = pytest.mark.django_db


def edited(text: str, share: float, seed: int = 1) -> str:
    """`text` with this share of its words replaced."""
    chance = random.Random(seed)
    return " ".join("changed" if chance.random() < share else w for w in text.split())


# -- fingerprints ------------------------------------------------------------------------------
def test_the_same_words_in_another_format_have_the_same_hash() -> None:
    one = "The keys — all 256 of them — are “rotated” EVERY year, and kept in a safe near the door."
    other = "the keys all 256 of them\nare rotated every year and kept in a safe near the door"
    assert fingerprint_of_texts([one]) == fingerprint_of_texts(other.split("\n"))
    assert fingerprint_of_texts([one]).text_hash


def test_a_title_that_is_repeated_as_a_heading_and_hidden_text_make_no_difference() -> None:
    text = Block("paragraph", text_of(1))
    plain = ParsedDocument("Key policy", "text/plain", [text])
    heading = Block("heading", "Key Policy", 1)
    hidden = Block("paragraph", text_of(2), hidden=True)
    dressed = ParsedDocument("Key policy", "application/pdf", [heading, text, hidden])
    assert fingerprint_of(plain) == fingerprint_of(dressed)


def test_a_text_of_a_few_words_is_compared_with_nothing() -> None:
    assert fingerprint_of_texts(["Page 1", "Confidential"]) == Fingerprint()
    short = fingerprint_of_texts([text_of(1, 20)])
    assert short.text_hash and short.signature is None


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05])
def test_the_estimate_is_near_the_true_share_of_word_sequences(share: float) -> None:
    text = text_of(3, 2000)
    other = edited(text, share)
    estimate = similarity_of(*(fingerprint_of_texts([t]).signature for t in (text, other)))
    sequences = [
        {tuple(w[i : i + 5]) for i in range(len(w) - 4)} for w in (text.split(), other.split())
    ]
    true = len(sequences[0] & sequences[1]) / len(sequences[0] | sequences[1])
    assert estimate == pytest.approx(true, abs=0.12)


def test_texts_without_spaces_between_words_are_compared_too() -> None:
    text = "客户数据在静态时使用密钥加密安全团队每年轮换密钥备份保存在两个地区并且每个季度进行恢复演练访问生产环境需要第二个因素并且记录日志"
    one = fingerprint_of_texts([text]).signature
    other = fingerprint_of_texts([text.replace("每个季度", "每个月份")]).signature
    assert similarity_of(one, other) > 0.6
    assert similarity_of(one, fingerprint_of_texts([text[::-1]]).signature) < 0.2


def test_a_damaged_signature_is_like_nothing() -> None:
    assert similarity_of(b"xx", fingerprint_of_texts([text_of(1)]).signature) == 0.0


# -- pairs ---------------------------------------------------------------------------------------
@db
def test_the_same_text_and_a_nearly_equal_one_are_found_and_another_is_not() -> None:
    text = text_of(1, 500)
    first = a_text(text)
    same = a_text(text.upper())
    near = a_text(edited(text, 0.02))
    a_text(text_of(2, 500))
    pairs = {(p.first_id, p.second_id): p.similarity for p in DuplicatePair.objects.all()}
    assert pairs[first.pk, same.pk] == 1.0
    assert 0.6 <= pairs[first.pk, near.pk] < 1.0
    assert set(pairs) == {(first.pk, same.pk), (first.pk, near.pk), (same.pk, near.pk)}


@db
def test_comparing_again_doubles_nothing_and_keeps_what_was_decided(alice: User) -> None:
    first, second = a_text(text_of(1)), a_text(text_of(1))
    pair = DuplicatePair.objects.get()
    assert duplicates.keep_both(pair, alice)
    assert not duplicates.keep_both(pair, alice)
    for document in (first, second):
        duplicates.compare(document.current_version_id or 0)
    assert DuplicatePair.objects.get().state == PairState.KEPT
    assert duplicates.ask_again(pair)


@db
def test_a_new_version_with_another_text_ends_an_open_pair() -> None:
    first, second = a_text(text_of(1)), a_text(text_of(1))
    add_text(second, text_of(9), number=2)
    assert not DuplicatePair.objects.exists()
    assert not SignatureBand.objects.filter(version__number=1, version__document=second).exists()
    assert SignatureBand.objects.filter(version__document=first).exists()


@db
def test_what_a_crash_left_uncompared_is_compared_later() -> None:
    first, second = a_text(text_of(1)), a_text(text_of(2))
    version = second.current_version
    assert version is not None
    # Stored and committed, but the comparison after it never came.
    duplicates.record(version, fingerprint_of_texts([text_of(1)]))
    assert not DuplicatePair.objects.exists()
    assert duplicates.compare_rest() == 1
    assert DuplicatePair.objects.get().first_id == first.pk
    assert duplicates.compare_rest() == 0


@db
def test_of_very_many_equal_texts_each_is_told_of_some() -> None:
    for _ in range(duplicates.MOST_PAIRS + 4):
        document = a_text(text_of(1))
    assert 1 <= duplicates.pairs_of(document.pk).count() <= duplicates.MOST_PAIRS


# -- pages: Alice owns, Bob is a member, Charlie is none ----------------------------------------
@pytest.fixture
def restricted(bob: User) -> Collection:
    collection = Collection.objects.create(name="Legal", is_restricted=True)
    collection.members.add(bob)
    return collection


@db
def test_a_pair_is_only_for_who_may_open_both(
    alice: User, bob: User, charlie: User, restricted: Collection
) -> None:
    secret = a_text(text_of(1), owner=alice, title="Secret terms")
    secret.collections.add(restricted)
    public = a_text(text_of(1), title="Public terms")
    pair = DuplicatePair.objects.get()
    for user, sees in ((alice, True), (bob, True), (charlie, False)):
        client = signed_in(user)
        assert (client.get(url("duplicate", pair.pk)).status_code == 200) is sees
        for page in (url("duplicates"), public.get_absolute_url(), url("documents")):
            assert ("Secret terms" in client.get(page).content.decode()) is sees
        listed = client.get(url("documents")).content.decode()
        assert ("Like another" in listed) is sees
    assert signed_in(charlie).post(url("duplicate_decide", pair.pk)).status_code == 404


@db
def test_one_of_two_is_archived_and_the_pair_is_gone_until_it_comes_back(alice: User) -> None:
    first, second = a_text(text_of(1), owner=alice), a_text(text_of(1))
    client, pair = signed_in(alice), DuplicatePair.objects.get()
    client.post(url("duplicate_decide", pair.pk), {"choice": "second"})
    second.refresh_from_db()
    assert second.review_status == ReviewStatus.PENDING, "it is nobody's: only staff may"
    client.post(url("duplicate_decide", pair.pk), {"choice": "first"})
    first.refresh_from_db()
    assert first.review_status == ReviewStatus.ARCHIVED
    assert first.reviews.get().comment.startswith("Duplicate of")
    assert not duplicates.open_pairs(alice).exists()
    Document.objects.filter(pk=first.pk).update(review_status=ReviewStatus.PENDING)
    assert duplicates.open_pairs(alice).exists()


@db
def test_the_history_of_the_archived_one_does_not_name_a_restricted_other(
    alice: User, charlie: User, restricted: Collection
) -> None:
    secret = a_text(text_of(1), owner=alice, title="Secret terms")
    secret.collections.add(restricted)
    public = a_text(text_of(1), owner=alice, title="Public terms")
    signed_in(alice).post(
        url("duplicate_decide", DuplicatePair.objects.get().pk), {"choice": "second"}
    )
    public.refresh_from_db()
    assert public.review_status == ReviewStatus.ARCHIVED
    page = signed_in(charlie).get(public.get_absolute_url()).content.decode()
    assert "Duplicate of a document in a restricted collection" in page
    assert "Secret terms" not in page


@db
def test_both_are_kept_by_who_may_decide_about_one(alice: User, charlie: User) -> None:
    a_text(text_of(1), owner=alice)
    a_text(edited(text_of(1), 0.02))
    pair = DuplicatePair.objects.get()
    signed_in(charlie).post(url("duplicate_decide", pair.pk), {"choice": "keep"})
    assert DuplicatePair.objects.get().state == PairState.OPEN
    client = signed_in(alice)
    client.post(url("duplicate_decide", pair.pk), {"choice": "keep"})
    assert DuplicatePair.objects.get().decided_by == alice
    kept = client.get(url("duplicates") + "?show=kept").content.decode()
    assert "Kept by alice" in kept
    client.post(url("duplicate_decide", pair.pk), {"choice": "ask"})
    assert DuplicatePair.objects.get().state == PairState.OPEN


@db
def test_who_may_decide_about_neither_is_offered_no_button_but_told_who_decides(
    alice: User, charlie: User
) -> None:
    a_text(text_of(1), owner=alice)
    a_text(edited(text_of(1), 0.02))
    address = url("duplicate", DuplicatePair.objects.get().pk)
    offered, told = (signed_in(user).get(address).text for user in (alice, charlie))
    assert 'value="keep"' in offered and 'name="choice"' not in told
    assert "or an administrator, decides" in told


@db
def test_side_by_side_the_words_that_differ_are_marked(alice: User) -> None:
    a_text(text_of(1) + " twelve months of logs")
    a_text(text_of(1) + " eighteen months of logs")
    page = signed_in(alice).get(url("duplicate", DuplicatePair.objects.get().pk)).content.decode()
    assert '<del class="diff-del">twelve</del>' in page
    assert '<ins class="diff-ins">eighteen</ins>' in page


@db
def test_a_longer_list_of_pairs_asks_no_more_queries(
    alice: User, django_assert_max_num_queries: Any
) -> None:
    for seed in range(6):
        a_text(text_of(seed), owner=alice)
        a_text(text_of(seed))
    client = signed_in(alice)
    with django_assert_max_num_queries(16):
        client.get(url("duplicates"))


def url(name: str, *args: Any) -> str:
    return reverse(f"solution_library:{name}", args=args)
