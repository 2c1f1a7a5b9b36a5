"""Two answers to one question become one, and can be told apart again."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from solution_library.answers.errors import AnswerRefused
from solution_library.answers.filling import start_filling
from solution_library.answers.texts import MAX_VARIANTS, Content, digest_of
from solution_library.answers.writing import content_now, edit_answer
from solution_library.models import (
    AnswerMerge,
    AnswerPair,
    AnswerVariant,
    Document,
    DocumentReview,
    LibraryAnswer,
    ReviewStatus,
)
from solution_library.reviewing import may_review


def merge_answers(kept: LibraryAnswer, other: LibraryAnswer, *, user: Any) -> AnswerMerge:
    """`kept` keeps its words and gets the other's questions as variants, and its uses; the other
    is archived. Raises AnswerRefused."""
    with transaction.atomic():
        _one_at_a_time()
        kept, other = _locked(kept.pk, other.pk)
        _check(kept, other, user)
        content = _with_questions_of(kept, other)
        moved = {
            "status": other.document.review_status,
            "variants": _new_variants(kept, content),
            "uses": _move_uses(other, kept),
            "merged": _repoint(other, kept),
        }
        edit_answer(
            kept, content, user=user, version=kept.version, approving=False,
            reason=f"Merged with “{other.question[:200]}”",
        )  # fmt: skip
        LibraryAnswer.objects.filter(pk=other.pk).update(merged_into=kept)
        other.vectors.all().delete()
        _set_status(other, ReviewStatus.ARCHIVED, user, "Merged into another answer")
        return AnswerMerge.objects.create(kept=kept, merged=other, moved=moved, merged_by=user)


def _one_at_a_time() -> None:
    """A merge also moves what was merged into the two before, so that merges in a ring would wait
    for each other for ever; people do not merge so often that it matters."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('solution_library.merge_answers'))")


def _locked(one: int, two: int) -> tuple[LibraryAnswer, LibraryAnswer]:
    """Both rows in one order, as whoever else holds several of them."""
    rows = LibraryAnswer.objects.select_for_update(of=("self",)).select_related("document")
    found = {row.pk: row for row in rows.filter(pk__in=(one, two)).order_by("pk")}
    if one not in found or two not in found or one == two:
        raise AnswerRefused("Choose two different answers to merge.")
    return found[one], found[two]


def _check(kept: LibraryAnswer, other: LibraryAnswer, user: Any) -> None:
    if kept.merged_into_id or other.merged_into_id:
        raise AnswerRefused("One of them has been merged already. Look at the list again.")
    for answer in (kept, other):
        if not may_review(user, answer.document):
            raise AnswerRefused(
                f"“{answer.question[:80]}” belongs to somebody else. Ask its owner to merge them."
            )
    closed = other.document.collections.filter(is_restricted=True)
    if closed.exclude(pk__in=kept.document.collections.all()).exists():
        raise AnswerRefused(
            f"“{other.question[:80]}” is in a restricted collection that the other is not in, so "
            "its question would become readable for more people. Keep that one instead."
        )


def _with_questions_of(kept: LibraryAnswer, other: LibraryAnswer) -> Content:
    mine, theirs = content_now(kept), content_now(other)
    known = {digest_of(question) for question in mine.questions}
    added = [q for q in theirs.questions if digest_of(q) not in known]
    if len(mine.variants) + len(added) > MAX_VARIANTS:
        raise AnswerRefused(
            f"Together they would have more than {MAX_VARIANTS} wordings of the question. Remove "
            "some first."
        )
    return Content(mine.question, mine.text, mine.choice, (*mine.variants, *added))


def _new_variants(kept: LibraryAnswer, content: Content) -> list[str]:
    held = set(kept.variants.values_list("digest", flat=True))
    return [d for d in map(digest_of, content.variants) if d not in held]


def _move_uses(source: LibraryAnswer, target: LibraryAnswer) -> list[int]:
    """Those that the target has not itself. Returns their ids."""
    held = set(target.uses.values_list("answer_id", "kind"))
    rows = source.uses.values_list("pk", "answer_id", "kind")
    ids = [pk for pk, answer_id, kind in rows if (answer_id, kind) not in held]
    source.uses.filter(pk__in=ids).update(library_answer=target)
    return ids


def _repoint(source: LibraryAnswer, target: LibraryAnswer) -> list[int]:
    ids = list(source.merged.values_list("pk", flat=True))
    LibraryAnswer.objects.filter(pk__in=ids).update(merged_into=target)
    return ids


def _set_status(answer: LibraryAnswer, status: str, user: Any, comment: str) -> None:
    document = answer.document
    DocumentReview.objects.create(
        document=document, version=document.current_version, reviewer=user,
        before=document.review_status, after=status, comment=comment,
    )  # fmt: skip
    Document.objects.filter(pk=document.pk).update(review_status=status, updated_at=timezone.now())


def undo_merge(merge: AnswerMerge, *, user: Any) -> LibraryAnswer:
    """Bring the merged answer back as it was, with the uses it had. What has happened to the kept
    one since stays. Raises AnswerRefused."""
    with transaction.atomic():
        _one_at_a_time()
        merge = AnswerMerge.objects.select_for_update().get(pk=merge.pk)
        kept, other = _locked(merge.kept_id, merge.merged_id)
        _check_undo(merge, kept, other, user)
        moved = merge.moved
        kept.uses.filter(pk__in=moved.get("uses", [])).update(library_answer=other)
        merged = LibraryAnswer.objects.filter(pk__in=moved.get("merged", []), merged_into=kept)
        merged.update(merged_into=other)
        content = _without(content_now(kept), moved.get("variants", []))
        edit_answer(
            kept, content, user=user, version=kept.version, approving=False,
            reason=f"Told apart from “{other.question[:200]}”",
        )  # fmt: skip
        LibraryAnswer.objects.filter(pk=other.pk).update(merged_into=None)
        status = moved.get("status", ReviewStatus.PENDING)
        _set_status(other, status, user, "The merge was undone")
        AnswerMerge.objects.filter(pk=merge.pk).update(undone_at=timezone.now())
        transaction.on_commit(start_filling)
    return LibraryAnswer.objects.get(pk=other.pk)


def _check_undo(merge: AnswerMerge, kept: LibraryAnswer, other: LibraryAnswer, user: Any) -> None:
    if merge.undone_at is not None:
        raise AnswerRefused("This merge has been undone already.")
    if other.merged_into_id != kept.pk:
        raise AnswerRefused("The kept answer was merged itself since. Undo that one first.")
    if not (may_review(user, kept.document) and may_review(user, other.document)):
        raise AnswerRefused("Only the owner of both answers, or an administrator, may undo this.")


def _without(content: Content, digests: list[str]) -> Content:
    variants = tuple(v for v in content.variants if digest_of(v) not in digests)
    return Content(content.question, content.text, content.choice, variants)


def keep_apart(one: LibraryAnswer, two: LibraryAnswer, *, user: Any) -> None:
    """Do not offer to merge these two again."""
    first, second = sorted((one.pk, two.pk))
    AnswerPair.objects.get_or_create(
        first_id=first, second_id=second, defaults={"decided_by": user}
    )


def add_variant(answer: LibraryAnswer, question: str, *, user: Any) -> bool:
    """Let the answer be found by this wording too. False if it is known already. Raises
    AnswerRefused, and AnswerConflict when somebody edits it at this moment."""
    content = content_now(answer)
    digest = digest_of(question)
    if not digest or digest in {digest_of(known) for known in content.questions}:
        return False
    if len(content.variants) >= MAX_VARIANTS:
        raise AnswerRefused(
            f"“{answer.question[:80]}” has {MAX_VARIANTS} wordings already. Remove some first."
        )
    more = Content(content.question, content.text, content.choice, (*content.variants, question))
    edit_answer(
        answer, more, user=user, version=answer.version, approving=False,
        reason="Another wording of the question",
    )  # fmt: skip
    return AnswerVariant.objects.filter(answer=answer, digest=digest).exists()
