"""The ledger as people look at it: by customer, kind, state, and what ends soon."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from rfp_manager.commitments.ledger import DECISIONS, given, is_over
from rfp_manager.models import RFP, Commitment, CommitmentKind, CommitmentState
from solution_library.answers.cells import harmless

PAGE_SIZE = 40
SOON = timedelta(days=90)
MAX_TEXT = 200
SHOWN = [
    ("", "All but dismissed"),
    ("soon", "Ends within 90 days"),
    ("over", "Over"),
    *((state.value, str(state.label)) for state in DECISIONS),
]
COLUMNS = (
    "Customer", "RFP", "Question", "Kind", "What", "Value", "Words", "Until", "State",
    "Submitted on",
)  # fmt: skip


class LedgerForm(forms.Form):
    """What of the ledger to show; what is not understood is left out."""

    q = forms.CharField(label="Words", required=False, max_length=MAX_TEXT)
    customer = forms.CharField(label="Customer", required=False, max_length=200)
    kind = forms.ChoiceField(
        label="Kind", required=False, choices=[("", "Every kind"), *CommitmentKind.choices]
    )
    show = forms.ChoiceField(label="Show", required=False, choices=SHOWN)

    def __init__(self, *args: Any, customers: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Every customer"), *((name, name) for name in customers)]
        self.fields["customer"] = forms.ChoiceField(
            label="Customer", required=False, choices=choices
        )

    @property
    def is_used(self) -> bool:
        return any(self.cleaned_data.values()) if self.is_valid() else bool(self.errors)


class DecisionForm(forms.Form):
    """What a promise is, and until when it holds."""

    state = forms.ChoiceField(choices=[(s.value, s.label) for s in DECISIONS])
    expires_on = forms.DateField(required=False)


def customers_of(user: Any) -> list[str]:
    names = of_user(user).exclude(customer="").order_by("customer")
    return list(names.values_list("customer", flat=True).distinct())


def of_user(user: Any) -> QuerySet[Commitment]:
    """What was promised in RFPs that this person may see."""
    return given(RFP.objects.for_user(user))


def chosen(user: Any, form: LedgerForm, today: date | None = None) -> QuerySet[Commitment]:
    """What the form asks for; what ends first comes first."""
    values = form.cleaned_data if form.is_valid() else {}
    found = of_user(user).filter(_shown(values.get("show", ""), today or timezone.localdate()))
    if values.get("customer"):
        found = found.filter(customer=values["customer"])
    if values.get("kind"):
        found = found.filter(kind=values["kind"])
    if text := values.get("q", "").replace("\x00", "").strip():
        found = found.filter(
            Q(words__icontains=text) | Q(subject__icontains=text) | Q(value__icontains=text)
        )
    related = found.select_related("rfp", "exported_answer__question", "decided_by")
    return related.order_by(F("expires_on").asc(nulls_last=True), "customer", "pk")


def _shown(show: str, today: date) -> Q:
    standing = ~Q(state=CommitmentState.DISMISSED)
    if show == "soon":
        return standing & ~is_over(today) & Q(expires_on__lte=today + SOON)
    if show == "over":
        return standing & is_over(today)
    return Q(state=show) if show else standing


def page_of(found: QuerySet[Commitment], number: str | None) -> "Page[Commitment]":
    return Paginator(found, PAGE_SIZE).get_page(number)


def lines(found: QuerySet[Commitment]) -> Iterator[list[str]]:
    """The ledger as rows of texts, its header first; none of them is a formula for a sheet."""
    yield list(COLUMNS)
    for row in found.iterator(chunk_size=500):
        yield [harmless(text) for text in _line(row)]


def _line(row: Commitment) -> list[str]:
    question, submitted = row.exported_answer.question, row.rfp.submitted_at
    return [
        row.customer,
        row.rfp.name,
        question.number or str(question.ordinal),
        CommitmentKind(row.kind).label,
        row.subject,
        row.value,
        row.words,
        row.expires_on.isoformat() if row.expires_on else "",
        CommitmentState(row.state).label,
        submitted.date().isoformat() if submitted else "",
    ]
