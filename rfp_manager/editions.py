"""The same form in another year: which of its questions were asked before."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from rfp_manager.models import RFP, EarlierChange, Question
from rfp_manager.rewording import Asked, Same, compare, words_in

#: An RFP that asks less than this of the questions is another form.
FEWEST_SHARED = 0.3
#: From here on it is worth looking for questions in other words.
SOME_SHARED = 0.08
#: So many of each kind (most questions in the same letters, same layout, same customer).
CANDIDATES = 4
MAX_CHOICES = 50
MAX_TEXTS = 3000


class EditionRefused(Exception):
    """This RFP cannot be the previous edition; the message says why."""


@dataclass(frozen=True)
class Nearness:
    """How much of an RFP another one asks; the larger, the likelier it is its edition."""

    same_customer: bool
    share: float
    newest: int


def find_and_link(rfp: RFP, user: Any) -> None:
    """Find the edition that came before, among the RFPs that `user` may see, and link it."""
    if user is None or not rfp.questions.exists():
        return
    found = nearest(rfp, user)
    if found is not None:
        RFP.objects.filter(pk=rfp.pk).update(previous_edition=found)
        rfp.previous_edition = found
        link(rfp)


def nearest(rfp: RFP, user: Any) -> RFP | None:
    """The RFP whose questions are most of this one's; of the same customer before any other."""
    asked = asked_by(rfp)
    rated = []
    for other in _candidates(rfp, user):
        earlier = asked_by(other)
        share = _share(asked, earlier)
        if share < FEWEST_SHARED and (share >= SOME_SHARED or _is_related(rfp, other)):
            share = len(compare(asked, earlier)) / len(asked)
        if share >= FEWEST_SHARED:
            rated.append(((_same_customer(rfp, other), round(share, 2), other.pk), other))
    return max(rated, key=lambda entry: entry[0])[1] if rated else None


def _share(asked: Sequence[Asked], earlier: Sequence[Asked]) -> float:
    left = Counter(one.words for one in earlier)
    kept = Counter(one.words for one in asked) & left
    return kept.total() / max(len(asked), 1)


def _is_related(rfp: RFP, other: RFP) -> bool:
    return _same_customer(rfp, other) or bool(rfp.layout and rfp.layout == other.layout)


def _same_customer(rfp: RFP, other: RFP) -> bool:
    own = " ".join(rfp.customer.split()).casefold()
    return bool(own) and own == " ".join(other.customer.split()).casefold()


def earlier_rfps(rfp: RFP, user: Any) -> QuerySet[RFP]:
    """What `user` may choose from: RFPs with questions that were there before this one."""
    seen = RFP.objects.for_user(user).values("pk")
    asking = Exists(Question.objects.filter(rfp=OuterRef("pk")))
    return RFP.objects.filter(asking, pk__in=seen, created_at__lte=rfp.created_at).exclude(
        pk=rfp.pk
    )


def _candidates(rfp: RFP, user: Any) -> list[RFP]:
    others = earlier_rfps(rfp, user)
    texts = list(rfp.questions.values_list("text", flat=True)[:MAX_TEXTS])
    same = Question.objects.filter(rfp__in=others.values("pk"), text__in=texts).order_by()
    counted = same.values("rfp").annotate(n=Count("text", distinct=True)).order_by("-n", "-rfp")
    likely = [row["rfp"] for row in counted[:CANDIDATES]]
    newest = others.order_by("-pk")
    if rfp.layout:
        likely += newest.filter(layout=rfp.layout).values_list("pk", flat=True)[:CANDIDATES]
    if rfp.customer.strip():
        customers = newest.filter(customer__iexact=rfp.customer.strip())
        likely += customers.values_list("pk", flat=True)[:CANDIDATES]
    return list(others.filter(pk__in=likely))


def asked_by(rfp: RFP) -> list[Asked]:
    """The questions of an RFP as they are compared, in their order."""
    rows = rfp.questions.order_by("ordinal").values_list(
        "pk", "text", "number", "section__title", "parent"
    )
    asked: list[Asked] = []
    for pk, text, number, section, parent in rows:
        before = asked[-1].words if asked else ""
        asked.append(Asked(pk, words_in(text), number.strip(), section, before, parent))
    return asked


def link(rfp: RFP) -> None:
    """Say of each question whether the previous edition asked it, and in which words."""
    found: Same = {}
    if rfp.previous_edition is not None:
        found = compare(asked_by(rfp), asked_by(rfp.previous_edition))
    changed = []
    for question in rfp.questions.only("rfp", "earlier", "earlier_change"):
        earlier, change = found.get(question.pk, (None, ""))
        if (question.earlier_id, question.earlier_change) != (earlier, change):
            question.earlier_id, question.earlier_change = earlier, change
            changed.append(question)
    Question.objects.bulk_update(changed, ["earlier", "earlier_change"], batch_size=500)


def choose_previous(rfp: RFP, other: RFP | None) -> None:
    """Take `other` for the previous edition, or none. Raises EditionRefused."""
    if other is not None and other.pk == rfp.pk:
        raise EditionRefused("An RFP is no edition of itself. Choose another one.")
    if other is not None and rfp.pk in _line_of(other):
        raise EditionRefused(
            f"“{other.name}” is a later edition of this RFP. Take this one off it first."
        )
    rfp.previous_edition = other
    rfp.save(update_fields=["previous_edition", "updated_at"])
    link(rfp)


def _line_of(rfp: RFP) -> set[int]:
    """The RFPs before this one, however long the line is."""
    line: set[int] = set()
    at = rfp.previous_edition_id
    while at is not None and at not in line:
        line.add(at)
        at = RFP.objects.filter(pk=at).values_list("previous_edition", flat=True).first()
    return line


def gone(rfp: RFP) -> QuerySet[Question]:
    """What the previous edition asked and this one does not."""
    taken = rfp.questions.filter(earlier__isnull=False).values("earlier")
    asked = Question.objects.filter(rfp=rfp.previous_edition_id).exclude(pk__in=taken)
    return asked.order_by("ordinal")


def counts(rfp: RFP) -> dict[str, int]:
    """How many questions are kept, reworded, new and gone."""
    rows = rfp.questions.order_by().values_list("earlier_change").annotate(Count("pk"))
    by_change = dict(rows)
    return {
        "kept": by_change.get(EarlierChange.KEPT, 0),
        "reworded": by_change.get(EarlierChange.REWORDED, 0),
        "new": by_change.get("", 0),
        "gone": gone(rfp).count() if rfp.previous_edition_id else 0,
    }
