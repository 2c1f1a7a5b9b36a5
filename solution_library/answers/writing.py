"""Puts questions with their answers into the library, and changes them: each change is a new
version of the answer's document, and nobody overwrites what they have not seen."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from solution_library.answers.errors import AnswerConflict, AnswerRefused
from solution_library.answers.filling import start_filling
from solution_library.answers.passages import title_of
from solution_library.answers.texts import Content, content_of, digest_of, to_file
from solution_library.ingest import UploadRefused, add_version, read_newest, within_quota
from solution_library.models import (
    AnswerRevision,
    AnswerVariant,
    Collection,
    Document,
    DocumentKind,
    DocumentReview,
    DocumentVersion,
    LibraryAnswer,
    ReviewStatus,
    Tag,
)
from solution_library.reviewing import may_approve

KEY = "answer:"


@dataclass(frozen=True)
class Details:
    """What is known about an answer beside its words."""

    owner: Any = None
    valid_until: date | None = None
    collections: Iterable[Collection] = field(default_factory=tuple)
    tags: Iterable[Tag] = field(default_factory=tuple)
    origin: str = ""


def create_answer(
    content: Content, *, user: Any, details: Details, approve: bool, embed: bool = True
) -> LibraryAnswer:
    """Add an answer. It can be found as soon as its document has been read, and may answer when
    it is approved. Without `embed` the caller sees to it that the document is read. Raises
    AnswerRefused."""
    with transaction.atomic():
        document = _new_document(content, user, details)
        answer = LibraryAnswer.objects.create(
            document=document,
            question=content.question,
            digest=digest_of(content.question),
            text=content.text,
            choice=content.choice,
            valid_until=details.valid_until,
            origin=details.origin[:300],
        )
        _write_variants(answer, content)
        reason = f"From {details.origin}" if details.origin else ""
        _note(answer, content, _store_file(document, content, user, reason), user, reason)
        if approve:
            _approve(answer, user)
        if embed:
            read_newest(document, user)
            transaction.on_commit(start_filling)
    return answer


def _new_document(content: Content, user: Any, details: Details) -> Document:
    key = uuid4().hex
    document = Document(
        kind=DocumentKind.ANSWER,
        title=title_of(content.question),
        path=f"answers/{key}.md",
        source_key=KEY + key,
        sha256=key.ljust(64, "0"),  # until its file is stored, in this transaction
        owner=details.owner or user,
        review_status=ReviewStatus.PENDING,
        review_due=details.valid_until,
    )
    document.skip_embedding = True  # type: ignore[attr-defined]
    document.save()
    document.collections.set(details.collections)
    document.tags.set(details.tags)
    return document


def _store_file(document: Document, content: Content, user: Any, note: str) -> DocumentVersion:
    """Raises AnswerRefused where the disk is full, or the quota of the person used up."""
    key = document.source_key.removeprefix(KEY)
    written = to_file(content, key)  # our own: neither size nor scanner has a say in it
    digest = hashlib.sha256(written).hexdigest()
    filename = f"answer-{key[:8]}.md"
    try:
        with within_quota():
            return add_version(document, BytesIO(written), filename, digest, user=user, note=note)
    except UploadRefused as refusal:
        raise AnswerRefused(str(refusal)) from refusal


def _write_variants(answer: LibraryAnswer, content: Content, asked_before: str = "") -> None:
    wanted = {digest_of(variant): variant for variant in content.variants}
    before = dict(answer.variants.values_list("digest", "question"))
    answer.variants.exclude(digest__in=wanted).delete()
    rows = [AnswerVariant(answer=answer, question=q, digest=d) for d, q in wanted.items()]
    AnswerVariant.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["answer", "digest"], update_fields=["question"]
    )
    # Vectors of questions that it answers no more would still find it; and a model reads "SOC" and
    # "Soc" as two words, though a digest does not.
    same = [digest for digest, question in wanted.items() if before.get(digest) == question]
    main = [] if asked_before != content.question else [answer.digest]
    answer.vectors.exclude(digest__in=[*main, *same]).delete()


def _note(
    answer: LibraryAnswer, content: Content, version: DocumentVersion, user: Any, reason: str
) -> None:
    AnswerRevision.objects.create(
        answer=answer, number=answer.version, document_version=version, question=content.question,
        variants=list(content.variants), text=content.text, choice=content.choice,
        reason=reason[:300], made_by=user,
    )  # fmt: skip


def content_now(answer: LibraryAnswer) -> Content:
    """What the answer says now."""
    variants = tuple(answer.variants.values_list("question", flat=True))
    return Content(answer.question, answer.text, answer.choice, variants)


def edit_answer(
    answer: LibraryAnswer,
    content: Content,
    *,
    user: Any,
    version: int,
    reason: str = "",
    approving: bool = True,
    embed: bool = True,
) -> LibraryAnswer:
    """Save a person's words over `version`. An approved answer stays approved only if the person
    may approve it. Without `approving` its words are the same and so is its approval. Without
    `embed` the caller sees to it that the document is read. Raises AnswerConflict, and
    AnswerRefused."""
    asked_before = answer.question
    with transaction.atomic():
        if answer.version == version and content == content_now(answer):
            return answer
        current = LibraryAnswer.objects.filter(pk=answer.pk, version=version, merged_into=None)
        changed = current.update(
            question=content.question, digest=digest_of(content.question), text=content.text,
            choice=content.choice, version=F("version") + 1, updated_at=timezone.now(),
        )  # fmt: skip
        if not changed:
            newest = LibraryAnswer.objects.get(pk=answer.pk)
            _check_current(newest)
            raise AnswerConflict(newest)
        answer.refresh_from_db()
        document = answer.document
        Document.objects.filter(pk=document.pk).update(title=title_of(content.question))
        _write_variants(answer, content, asked_before)
        _note(answer, content, _store_file(document, content, user, reason), user, reason)
        if approving:
            _settle_approval(answer, user)
        if embed:
            read_newest(document, user)
            transaction.on_commit(start_filling)
    return answer


def _settle_approval(answer: LibraryAnswer, user: Any) -> None:
    """The words are other ones now: whoever may approve stands by theirs, all others ask."""
    status = answer.document.review_status
    if status != ReviewStatus.APPROVED:
        return
    if may_approve(user, answer.document):
        _approve(answer, user)
    else:
        _move(answer, ReviewStatus.PENDING, user, "Edited; the new words are not approved yet.")


def revert_answer(answer: LibraryAnswer, number: int, *, user: Any, version: int) -> LibraryAnswer:
    """Say again what revision `number` said, as a new version. Raises AnswerConflict, and
    AnswerRefused where there is no such revision."""
    old = answer.revisions.filter(number=number).first()
    if old is None:
        raise AnswerRefused(f"This answer has no version {number}.")
    content = content_of(old.question, old.text, old.choice, old.variants)
    reason = f"Back to version {number}"
    return edit_answer(answer, content, user=user, version=version, reason=reason)


# -- whether it may be used ---------------------------------------------------------------
def approve_answer(answer: LibraryAnswer, *, user: Any, version: int) -> None:
    """Stand by what `version` says. Raises AnswerConflict or AnswerRefused."""
    with transaction.atomic():
        current = _held(answer, user)
        if current.version != version:
            raise AnswerConflict(current)
        _approve(answer, user)


def renew_answer(answer: LibraryAnswer, *, user: Any, version: int, until: date) -> None:
    """Stand by `version` once more: one that has an end is valid until the later day. Raises
    AnswerConflict or AnswerRefused."""
    with transaction.atomic():
        approve_answer(answer, user=user, version=version)
        if answer.valid_until is not None:
            set_validity(answer, until)


def set_validity(answer: LibraryAnswer, until: date | None) -> None:
    """The last day on which it is used, in the caller's transaction. First the answer, then its
    document, as everywhere: so nobody waits for somebody who waits for them."""
    LibraryAnswer.objects.filter(pk=answer.pk).update(valid_until=until)
    Document.objects.filter(pk=answer.document_id).update(review_due=until)


def retire_answer(answer: LibraryAnswer, *, user: Any) -> None:
    """Take it out of use; it stays, with all that refers to it. Raises AnswerRefused."""
    with transaction.atomic():
        _held(answer, user)
        _move(answer, ReviewStatus.ARCHIVED, user, "Retired")


def restore_answer(answer: LibraryAnswer, *, user: Any) -> None:
    """Bring a retired answer back: it waits for approval. Raises AnswerRefused."""
    with transaction.atomic():
        _held(answer, user)
        _move(answer, ReviewStatus.PENDING, user, "Brought back")


def _may_decide(answer: LibraryAnswer, user: Any) -> None:
    if not may_approve(user, answer.document):
        owner = answer.document.owner
        whom = f"{owner.get_username()}, its owner," if owner else "an administrator"
        raise AnswerRefused(f"Only {whom} may decide about this answer. Ask for it.")
    _check_current(answer)


def _check_current(answer: LibraryAnswer) -> None:
    if answer.merged_into_id is not None:
        raise AnswerRefused("This answer was merged into another one. Undo that first.")


def _held(answer: LibraryAnswer, user: Any) -> LibraryAnswer:
    """What it is now, and stays until the end of the transaction: it may have been merged since
    it was loaded. Raises AnswerRefused."""
    rows = LibraryAnswer.objects.select_for_update(of=("self",)).select_related("document__owner")
    current = rows.get(pk=answer.pk)
    _may_decide(current, user)
    return current


def _approve(answer: LibraryAnswer, user: Any) -> None:
    now = timezone.now()
    LibraryAnswer.objects.filter(pk=answer.pk).update(approved_by=user, approved_at=now)
    answer.approved_by, answer.approved_at = user, now
    _move(answer, ReviewStatus.APPROVED, user, "")


def _move(answer: LibraryAnswer, status: ReviewStatus, user: Any, comment: str) -> None:
    with transaction.atomic():
        document = Document.objects.select_for_update().get(pk=answer.document_id)
        DocumentReview.objects.create(
            document=document, version=document.versions.order_by("-number").first(),
            reviewer=user, before=document.review_status, after=status, comment=comment,
        )  # fmt: skip
        Document.objects.filter(pk=document.pk).update(
            review_status=status, updated_at=timezone.now()
        )
        answer.document.review_status = status


# -- what is known beside the words -------------------------------------------------------
def set_details(answer: LibraryAnswer, details: Details, *, user: Any) -> None:
    """Owner, end of validity, collections and tags. Collections that the person cannot see stay
    as they are, so that nobody opens a restricted answer by saving it. Raises AnswerRefused."""
    document = answer.document
    if details.owner != document.owner:
        _may_decide(answer, user)
    with transaction.atomic():
        set_validity(answer, details.valid_until)
        Document.objects.filter(pk=document.pk).update(
            owner=details.owner, updated_at=timezone.now()
        )
        unseen = document.collections.exclude(pk__in=Collection.objects.for_user(user))
        document.collections.set([*unseen, *details.collections])
        document.tags.set(details.tags)
