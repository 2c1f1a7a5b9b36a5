"""Pairs of documents with the same or nearly the same text: found, listed, decided."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from solution_library.gathering import AfterCommit
from solution_library.models import (
    Document,
    DocumentKind,
    DocumentVersion,
    DuplicatePair,
    PairState,
    ReviewStatus,
    SignatureBand,
)
from solution_library.similarity import NEAR, Fingerprint, band_keys, similarity_of

#: A place in the table of bands that is none: the version has not been compared yet. It is
#: written with the text and goes with the comparison, so a crash in between loses no pair.
NOT_COMPARED = 1000
#: Of a thousand pages with the same text each is told of the nearest, not of all.
MOST_COMPARED = 200
MOST_PAIRS = 20
ADD_BANDS = """
INSERT INTO solution_library_signatureband (version_id, band, key)
SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[])
"""
#: Of each version the others that share a band of its signature, the likeliest first.
MEETING = """
SELECT own.version_id, met.version_id
FROM unnest(%s::bigint[]) AS own(version_id)
CROSS JOIN LATERAL (
    SELECT b.version_id FROM solution_library_signatureband mine
    JOIN solution_library_signatureband b ON b.band = mine.band AND b.key = mine.key
    JOIN solution_library_document d ON d.current_version_id = b.version_id
    WHERE mine.version_id = own.version_id AND b.version_id <> own.version_id AND d.kind = 'file'
    GROUP BY b.version_id ORDER BY count(*) DESC, b.version_id LIMIT %s
) met
"""


def record(version: DocumentVersion, found: Fingerprint) -> None:
    """Keep the fingerprint of the version that has just become current, in the transaction that
    stores its text; what it is like is looked up when that has been committed: two documents
    that are stored at the same moment do not see each other before."""
    version.text_hash, version.signature = found.text_hash, found.signature
    version.save(update_fields=["text_hash", "signature"])
    keep_bands([version])


def keep_bands(versions: Sequence[DocumentVersion], *, are_first: bool = False) -> None:
    """Write the parts of the versions' signatures, and that they are to be compared after the
    commit. `are_first`: nothing of their documents was ever read."""
    if not are_first:
        own = [version.document_id for version in versions]
        SignatureBand.objects.filter(version__document_id__in=own).delete()
    places = [(version.pk, *place) for version in versions for place in _places(version)]
    if places:
        with connection.cursor() as cursor:
            cursor.execute(ADD_BANDS, [list(column) for column in zip(*places, strict=True)])
    for version in versions:
        _RECORDED.note(version.pk)


def _places(version: DocumentVersion) -> list[tuple[int, int]]:
    """What a version is found by, as bands and keys."""
    keys = band_keys(version.signature) if version.signature else []
    return [*enumerate(keys), (NOT_COMPARED, 0)]


def compare_rest(check: Callable[[], None] = lambda: None) -> int:
    """Compare what a crash has left uncompared. Returns how many versions that were. `check` is
    called before each, and raises what is to stop it."""
    left = SignatureBand.objects.filter(band=NOT_COMPARED).values_list("version_id", flat=True)
    for version_id in (waiting := list(left)):
        check()
        compare(version_id)
    return len(waiting)


@transaction.atomic
def compare(*version_ids: int) -> None:
    """Find the documents that current versions are like; pairs that hold no more are dropped,
    unless somebody has decided about them."""
    SignatureBand.objects.filter(version__in=version_ids, band=NOT_COMPARED).delete()
    versions = list(_current().filter(pk__in=version_ids))
    if not versions:
        return
    own = [version.document_id for version in versions]
    # Before looking: what another comparison finds from here on is not known to be wrong.
    open_ones = DuplicatePair.objects.filter(state=PairState.OPEN)
    before = list(open_ones.filter(Q(first__in=own) | Q(second__in=own)))
    found = _pairs(versions)
    gone = [pair.pk for pair in before if (pair.first_id, pair.second_id) not in found]
    if gone:
        open_ones.filter(pk__in=gone).delete()
    rows = [
        DuplicatePair(first_id=first, second_id=second, similarity=share)
        for (first, second), share in sorted(found.items())
    ]
    DuplicatePair.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["first", "second"],
        update_fields=["similarity"],
    )  # fmt: skip


_RECORDED = AfterCommit(lambda version_ids: compare(*version_ids))


def _current() -> QuerySet[DocumentVersion]:
    files = DocumentVersion.objects.filter(document__kind=DocumentKind.FILE)
    current = files.filter(document__current_version=F("pk"))
    return current.only("document_id", "text_hash", "signature")


def _pairs(versions: list[DocumentVersion]) -> dict[tuple[int, int], float]:
    """Pairs of document ids and the share of word sequences that both have in common; of each
    version those with its likest."""
    others = _candidates(versions)
    found: dict[tuple[int, int], float] = {}
    for version in versions:
        shares = _alike(version, others.get(version.pk, []))
        for other, share in sorted(shares, key=lambda pair: -pair[1])[:MOST_PAIRS]:
            own = version.document_id
            found[min(own, other), max(own, other)] = share
    return found


def _alike(
    version: DocumentVersion, others: Iterable[DocumentVersion]
) -> Iterator[tuple[int, float]]:
    """Ids of other documents and the share of word sequences that they have in common."""
    for other in others:
        same = other.text_hash == version.text_hash
        share = 1.0 if same else similarity_of(version.signature, other.signature)
        # Texts that differ are never said to be the same, however near their signatures are.
        share = share if same else min(share, 0.999)
        if share >= NEAR:
            yield other.document_id, share


def _candidates(versions: list[DocumentVersion]) -> dict[int, list[DocumentVersion]]:
    """For each version those of other documents that it may be like."""
    met: dict[int, set[int]] = {version.pk: set() for version in versions if version.text_hash}
    hashes = {version.text_hash for version in versions if version.text_hash}
    same: dict[str, list[int]] = {}
    with_text = _current().filter(text_hash__in=hashes).order_by("pk")
    for pk, text_hash in with_text.values_list("pk", "text_hash"):
        same.setdefault(text_hash, []).append(pk)
    for version in versions:
        if version.text_hash:
            met[version.pk].update(same.get(version.text_hash, [])[: MOST_PAIRS + 1])
    for pk, other in _meeting([v.pk for v in versions if v.text_hash and v.signature]):
        met[pk].add(other)
    found = {v.pk: v for v in _current().filter(pk__in={pk for ids in met.values() for pk in ids})}
    return {
        pk: [found[other] for other in sorted(others) if other in found and other != pk]
        for pk, others in met.items()
    }


def _meeting(version_ids: list[int]) -> list[tuple[int, int]]:
    if not version_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(MEETING, [version_ids, MOST_COMPARED])
        return [(own, other) for own, other in cursor]


# -- reading and deciding -------------------------------------------------------------------
def pairs_of(document_id: int) -> QuerySet[DuplicatePair]:
    return DuplicatePair.objects.filter(Q(first=document_id) | Q(second=document_id))


def visible_pairs(user: Any) -> QuerySet[DuplicatePair]:
    """Pairs of which `user` may open both documents: the other's title is not for everybody."""
    readable = Document.objects.for_user(user).values("pk")
    return DuplicatePair.objects.filter(first__in=readable, second__in=readable)


def open_pairs(user: Any) -> QuerySet[DuplicatePair]:
    """Visible pairs to be decided: both documents are in use. One that is put away stays a pair,
    and is open again when it comes back."""
    away = (ReviewStatus.ARCHIVED, ReviewStatus.REJECTED)
    pairs = visible_pairs(user).filter(state=PairState.OPEN)
    return pairs.exclude(first__review_status__in=away).exclude(second__review_status__in=away)


def with_duplicates(document_ids: list[int], user: Any) -> set[int]:
    """Those of the documents that are part of an open pair; one query."""
    pairs = open_pairs(user).filter(Q(first__in=document_ids) | Q(second__in=document_ids))
    found = {pk for pair in pairs.values_list("first", "second") for pk in pair}
    return found.intersection(document_ids)


def keep_both(pair: DuplicatePair, user: Any) -> bool:
    """Both documents are wanted. False if somebody has said so before."""
    open_one = DuplicatePair.objects.filter(pk=pair.pk, state=PairState.OPEN)
    return bool(open_one.update(state=PairState.KEPT, decided_by=user))


def ask_again(pair: DuplicatePair) -> bool:
    """Take back that both are wanted."""
    kept = DuplicatePair.objects.filter(pk=pair.pk, state=PairState.KEPT)
    return bool(kept.update(state=PairState.OPEN, decided_by=None))
