"""What a person may read and change, told by the rows of the database alone: none of the functions
that the pages ask is asked here, so that one that is wrong is seen."""

from collections import Counter
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from accounts.models import ApiToken, Invitation, Profile, SignIn
from accounts.roles import Role
from api.models import Webhook, WebhookDelivery
from jobs.models import Job, JobArtifact, Notification
from llm_manager.models import Budget, DefaultChange, LLMApi, LLMModel, PromptVersion
from rfp_manager.models import (
    RFP,
    Answer,
    Assignment,
    Commitment,
    Contradiction,
    Evaluation,
    EvaluationJob,
    ExpertPacket,
    ExportJob,
    InformationDocument,
    Question,
    QuestionComment,
    QuestionSet,
    RFPBatchJob,
    RFPMember,
    UnsavedEdit,
)
from solution_library.models import (
    AnswerMerge,
    Collection,
    Document,
    DocumentationSource,
    DuplicatePair,
    EmbeddingJob,
    Tag,
)

#: Only administrators make them.
ADMINISTERED = (LLMApi, LLMModel, PromptVersion, DefaultChange, Budget, Invitation)
READER, WRITER, JUDGE, KEEPER = (role.value for role in list(Role)[:4])
WRITERS, JUDGES = (WRITER, JUDGE, KEEPER), (JUDGE, KEEPER)


class Rights:
    """Of somebody who is no manager everywhere, at this moment."""

    def __init__(self, person: Any) -> None:
        self.person = person

    @cached_property
    def is_reader(self) -> bool:
        return Profile.objects.get(user=self.person).role == READER

    @cached_property
    def is_judge(self) -> bool:
        return Profile.objects.get(user=self.person).role == JUDGE

    @cached_property
    def roles(self) -> dict[int, str]:
        """The role in each RFP, by its number."""
        found = dict(RFPMember.objects.filter(user=self.person).values_list("rfp", "role"))
        own = RFP.objects.filter(owner=self.person).values_list("pk", flat=True)
        return found | dict.fromkeys(own, READER if self.is_reader else KEEPER)

    def with_role(self, *roles: str) -> set[int]:
        return {pk for pk, role in self.roles.items() if role in roles}

    @cached_property
    def held(self) -> set[int]:
        """The questions that they were given."""
        return set(self._given.values_list("question", flat=True))

    @cached_property
    def named(self) -> set[int]:
        """The RFPs whose names they are told."""
        given = self._given.values_list("question__rfp", flat=True)
        sheets = ExpertPacket.objects.filter(expert=self.person).values_list("rfp", flat=True)
        return {*given, *sheets}

    @property
    def _given(self) -> Any:
        return Assignment.objects.filter(assignee=self.person, declined_at=None)

    @cached_property
    def collections(self) -> set[int]:
        seen = Collection.objects.filter(Q(is_restricted=False) | Q(members=self.person))
        return set(seen.values_list("pk", flat=True))

    @cached_property
    def all_collections(self) -> set[int]:
        return set(Collection.objects.values_list("pk", flat=True))

    @cached_property
    def sent(self) -> set[int]:
        """The documents that buyers sent and this person may replace and remove: they are their
        RFP's, not of who brought them in."""
        found = Document.objects.filter(kind="rfp")
        found = found.filter(information_for__rfp__in=self.with_role(*WRITERS))
        return set(found.values_list("pk", flat=True))

    @cached_property
    def documents(self) -> set[int]:
        through = Document.collections.through.objects.filter(collection__is_restricted=True)
        barred: dict[int, set[int]] = {}
        for document, collection in through.values_list("document", "collection"):
            barred.setdefault(document, set()).add(collection)
        of_rfp = dict(InformationDocument.objects.values_list("document", "rfp"))
        return {
            pk
            for pk, owner, kind in Document.objects.values_list("pk", "owner", "kind")
            if (of_rfp.get(pk) in self.roles if kind == "rfp" else True)
            and (owner == self.person.pk or pk not in barred or barred[pk] & self.collections)
        }


def closed_to(rights: Rights) -> dict[str, list[Any]]:
    """All rows that this person may not change, with what they say."""
    return _of_rfps(rights) | _of_the_library(rights) | _of_work(rights) | _of_people(rights)


def _of_rfps(rights: Rights) -> dict[str, list[Any]]:
    person, held = rights.person, rights.held
    written, kept = rights.with_role(*WRITERS), rights.with_role(KEEPER)
    judged = rights.with_role(*JUDGES)
    shut = ~Q(question__rfp__in=written) & ~Q(question__in=held)
    members = RFPMember.objects.exclude(rfp__in=kept).exclude(user=person)
    rfps = RFP.objects.exclude(pk__in=kept)
    clashes = Contradiction.objects.exclude(rfp__in=written & set(rights.roles))
    set_aside = UnsavedEdit.objects.exclude(user=person)
    sheets = ExpertPacket.objects.exclude(rfp__in=written).exclude(expert=person)
    approved = Answer.objects.exclude(question__rfp__in=judged)
    return {
        "rfp": _rows(rfps, "pk", "name", "instructions", "owner", "due_date", "mapping"),
        "submission": _rows(RFP.objects.exclude(pk__in=judged), "pk", "submitted_export"),
        "questions": _rows(Question.objects.exclude(rfp__in=kept), "pk", "text"),
        "member": _rows(members, "pk", "role"),
        "answer": _rows(Answer.objects.filter(shut), "pk", "text", "state", "version"),
        "approval": _rows(approved.filter(state="approved").filter(shut), "pk", "version"),
        "comment": _rows(QuestionComment.objects.filter(shut), "pk", "text", "resolved_at"),
        "words": _rows(QuestionComment.objects.exclude(author=person), "pk", "text"),
        "holder": _rows(Assignment.objects.filter(shut), "pk", "assignee", "declined_at"),
        "promise": _rows(Commitment.objects.exclude(rfp__in=judged), "pk", "state", "expires_on"),
        "contradiction": _rows(clashes, "pk", "dismissed_at"),
        "information": _rows(InformationDocument.objects.exclude(rfp__in=written), "pk", "document"),
        "unsaved": _rows(set_aside, "pk", "text"),
        "sheet": _rows(sheets, "pk", "outcome"),
        "set": _rows(QuestionSet.objects.exclude(owner=person), "pk", "name"),
        "evaluation": _rows(Evaluation.objects.all(), "pk", "candidate_chat"),
        "what is in an RFP": _in_rfps(rights, set(rfps.values_list("pk", flat=True)) - written),
    }  # fmt: skip


def _in_rfps(rights: Rights, shut: set[int]) -> list[tuple[Any, ...]]:
    """How many rows hang on RFPs where this person adds none."""
    person, held = rights.person, rights.held
    counted = [
        RFPMember.objects.exclude(user=person).values_list("rfp", flat=True),
        Assignment.objects.exclude(question__in=held).values_list("question__rfp", flat=True),
        QuestionComment.objects.exclude(question__in=held).values_list("question__rfp", flat=True),
        InformationDocument.objects.values_list("rfp", flat=True),
        ExpertPacket.objects.exclude(expert=person).values_list("rfp", flat=True),
        RFPBatchJob.objects.values_list("rfp", flat=True),
        ExportJob.objects.values_list("rfp", flat=True),
    ]
    counts = [Counter(rows) for rows in counted]
    return [(pk, *(count[pk] for count in counts)) for pk in sorted(shut)]


def _of_the_library(rights: Rights) -> dict[str, list[Any]]:
    person = rights.person
    mine_alone = Q(pk=0) if rights.is_reader else Q(owner=person) & ~Q(kind="rfp")
    own = Document.objects.filter(mine_alone)
    others = Document.objects.exclude(pk__in=own).exclude(pk__in=rights.sent)
    judged = rights.documents if rights.is_judge else set()
    mine = {"created_by": person} if not rights.is_reader else {"pk": 0}
    seen = rights.documents if not rights.is_reader else set()
    pairs = DuplicatePair.objects.exclude(first__in=seen, second__in=seen)
    merges = AnswerMerge.objects.exclude(kept__document__in=own, merged__document__in=own)
    foreign = Document.objects.filter(~Q(owner=person) | Q(owner=None))
    tags = Tag.objects.filter(documents__in=foreign).distinct()
    shut = Collection.objects.exclude(pk__in=rights.collections)
    return {
        "document": _rows(others, "pk", "title", "owner", "current_version", "review_due"),
        "review": _rows(others.exclude(pk__in=judged), "pk", "review_status"),
        "collection": _rows(shut, "pk", "name", "is_restricted"),
        "collection, for readers": _rows(Collection.objects.filter(
            pk__gt=0 if rights.is_reader else 2**62), "pk", "name", "is_restricted"),
        "source": _rows(DocumentationSource.objects.exclude(**mine), "pk", "name", "is_active"),
        "tag": _rows(Tag.objects.all() if rights.is_reader else tags, "pk", "name"),
        "pair": _rows(pairs, "pk", "state"),
        "merge": _rows(merges, "pk", "undone_at"),
    }  # fmt: skip


def _of_work(rights: Rights) -> dict[str, list[Any]]:
    person, kept = rights.person, rights.with_role(KEEPER)
    written = rights.with_role(*WRITERS)
    started = Q(pk=0) if rights.is_reader else Q(started_by=person)
    mine = Q(started_by=person, rfp__in=written) | Q(rfp__in=kept)
    of_rfps = [kind.objects for kind in (RFPBatchJob, ExportJob)]
    shared = [pk for jobs in of_rfps for pk in jobs.values_list("pk", flat=True)]
    open_ones = [pk for jobs in of_rfps for pk in jobs.filter(mine).values_list("pk", flat=True)]
    trials = EvaluationJob.objects.values("pk")
    # It goes with the document, which whoever writes in the RFP may remove.
    readings = EmbeddingJob.objects.filter(document__in=rights.sent)
    jobs = Job.objects.exclude(pk__in=open_ones).exclude(started & ~Q(pk__in=shared))
    jobs = jobs.exclude(Q(webhookdelivery__owner=person)).exclude(started & Q(pk__in=trials))
    jobs = jobs.exclude(pk__in=readings.values("pk"))
    notices = Notification.objects.exclude(user=person)
    return {
        "job": _rows(jobs, "pk", "cancel_requested_at", "status"),
        "file": _rows(JobArtifact.objects.exclude(owner=person), "pk", "name"),
        "notice": _rows(notices, "pk", "read_at"),
    }


def _of_people(rights: Rights) -> dict[str, list[Any]]:
    person, people = rights.person, get_user_model().objects
    hooks = Webhook.objects.all() if rights.is_reader else Webhook.objects.exclude(owner=person)
    told = WebhookDelivery.objects.exclude(owner=person)
    rights_of = ("pk", "is_active", "is_staff", "profile__role", "password")
    return {
        "person": _rows(people.all(), *rights_of[:-1]),
        "password": _rows(people.exclude(pk=person.pk), "pk", "password"),
        "token": _rows(ApiToken.objects.exclude(user=person), "pk", "revoked_at"),
        "sign-in": _rows(SignIn.objects.exclude(user=person), "pk"),
        "invitation": _rows(Invitation.objects.all(), "pk", "revoked_at"),
        "webhook": _rows(hooks, "pk", "name", "url", "is_active"),
        "delivery": _rows(told, "pk", "status"),
        "sent again": [told.exclude(retry_of=None).count()],
        "api": _rows(LLMApi.objects.all(), "pk", "name", "is_active"),
        "model": _rows(LLMModel.objects.all(), "pk", "model_id", "input_price"),
        "budget": _rows(Budget.objects.all(), "pk", "name", "is_active"),
        # Which only administrators add to.
        "how many": [(kind.__name__, kind._default_manager.count()) for kind in ADMINISTERED],
    }


def _rows(found: Any, *columns: str) -> list[Any]:
    return list(found.order_by("pk").values_list(*columns))
