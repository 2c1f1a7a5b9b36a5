"""Two people at the same installation, each with things that the other must not learn of.

All that is written carries a mark of two words, "k12q hidden12q". Whoever may look at it, by the rows
of the database as they are, knows the mark from then on; no answer to anybody may ever hold the
second word of a mark that they do not know, whatever they ask. The first word is what strangers
search for, so that a page that repeats what was typed tells nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.roles import Role
from jobs.models import Job, JobArtifact
from rfp_manager.models import RFP, Answer, Assignment, Question, QuestionComment, RFPMember
from solution_library.models import Collection, Document, LibraryAnswer
from solution_library.wording.passages import write_words
from tests.people import make_person
from tests.rfp_manager.view_world import make_answer, make_rfp, question
from tests.route_matrix import body_of
from tests.solution_library.library import a_text

#: Long enough that no random token of a page looks like it.
SECRET = re.compile(r"hidden(\d+)q")
NAMES = ("alice", "bob")
SEARCHED = ("rfp_manager:list", "rfp_manager:mine", "rfp_manager:commitments",
            "rfp_manager:commitments_csv", "rfp_manager:changes", "rfp_manager:question_sets",
            "solution_library:documents", "solution_library:search", "solution_library:answers",
            "solution_library:answer_export", "solution_library:reviews",
            "solution_library:collections", "solution_library:duplicates", "jobs:list",
            "jobs:files", "jobs:notifications", "llm_manager:usage", "home")  # fmt: skip
APPS = ("rfp_manager", "solution_library", "jobs")
#: It puts words before everybody, on purpose.
PUBLISHING = ("rfp_manager:feed",)
READER, WRITER, JUDGE, KEEPER = (role.value for role in list(Role)[:4])
WRITERS = (WRITER, JUDGE, KEEPER)


@dataclass(frozen=True)
class Mark:
    """In an RFP, at a question of it, or in a collection. A `name` is read wherever the RFP is
    named to an expert."""

    rfp: int = 0
    question: int = 0
    collection: int = 0
    name: bool = False


@dataclass
class World:
    """`known`: for each person the numbers of the marks that they may have read."""

    marks: dict[int, Mark] = field(default_factory=dict)
    known: dict[str, set[int]] = field(default_factory=lambda: {name: set() for name in NAMES})
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    steps: int = 0
    is_new: bool = False

    def __post_init__(self) -> None:
        self.people = {name: make_person(name) for name in NAMES}
        self.clients = {name: Client(raise_request_exception=False) for name in NAMES}
        for name, person in self.people.items():
            self.clients[name].force_login(person)

    # -- making ----------------------------------------------------------------------------
    def mark(self, **place: Any) -> str:
        number = next(self.numbers)
        self.marks[number], self.is_new = Mark(**place), True
        return f"k{number}q hidden{number}q"

    def new_rfp(self, name: str) -> int:
        rfp = make_rfp(self.people[name], questions=2)
        rfp.name = f"Tender {self.mark(rfp=rfp.pk, name=True)}"
        rfp.instructions = self.mark(rfp=rfp.pk)
        rfp.save()
        for number in (1, 2):
            asked = question(rfp, number)
            asked.text = f"Do you {self.mark(rfp=rfp.pk, question=asked.pk)}?"
            asked.save()
            make_answer(asked, f"Yes, {self.mark(rfp=rfp.pk, question=asked.pk)}.")
        return rfp.pk

    def new_document(self, name: str) -> int:
        """A document in a collection that only its owner may look into."""
        closed = Collection.objects.create(name=f"Deal {next(self.numbers)}", is_restricted=True)
        closed.members.add(self.people[name])
        text = self.mark(collection=closed.pk)
        document = a_text(f"Our backups {text}.", owner=self.people[name], title=f"Paper {text}")
        document.collections.add(closed)
        write_words(list(document.current_version.chunks.all()))
        return closed.pk

    def file_of(self, job: Job) -> None:
        """What an export has made."""
        text = self.mark(rfp=job.concrete().rfp_id)  # type: ignore[attr-defined]
        JobArtifact.objects.create(
            job=job, name="tender.csv", file=ContentFile(text.encode(), name="x"),
            owner=job.started_by, sha256="0" * 64, size=len(text),
        )  # fmt: skip

    # -- what the rows say -----------------------------------------------------------------
    def roles(self, name: str) -> dict[int, str]:
        """Somebody's role in each RFP, told by the rows alone."""
        person = self.people[name]
        found = dict(RFPMember.objects.filter(user=person).values_list("rfp", "role"))
        return found | dict.fromkeys(RFP.objects.filter(owner=person).values_list("pk", flat=True),
                                     KEEPER)  # fmt: skip

    def held(self, name: str) -> dict[int, int]:
        given = Assignment.objects.filter(assignee=self.people[name], declined_at=None)
        return dict(given.values_list("question", "question__rfp"))

    def learn(self) -> None:
        self.is_new = False
        for name, person in self.people.items():
            roles, held = self.roles(name), self.held(name)
            mine = set(person.library_collections.values_list("pk", flat=True))
            named = set(held.values())
            self.known[name] |= {
                number
                for number, mark in self.marks.items()
                if mark.rfp in roles or mark.question in held or mark.collection in mine
                or (mark.name and mark.rfp in named)
            }  # fmt: skip

    def closed_to(self, name: str) -> Any:
        """All rows that this person may not change."""
        roles, held = self.roles(name), self.held(name)
        shut = set(RFP.objects.values_list("pk", flat=True)) - {
            pk for pk, role in roles.items() if role in WRITERS
        }
        person = self.people[name]
        members = RFPMember.objects.filter(rfp__in=shut).exclude(user=person)
        kept = {pk for pk, role in roles.items() if role == KEEPER}
        others = RFPMember.objects.exclude(rfp__in=kept).exclude(user=person)
        answers = Answer.objects.filter(question__rfp__in=shut).exclude(question__in=held)
        rfps = RFP.objects.exclude(pk__in=kept).order_by("pk")
        documents = Document.objects.exclude(owner=person).order_by("pk")
        return [
            list(rfps.values_list("pk", "name", "instructions", "owner", "due_date", "mapping")),
            list(members.order_by("pk").values_list("pk", "role")),
            list(others.order_by("pk").values_list("pk", "role")),
            list(answers.order_by("pk").values_list("pk", "text", "state", "version")),
            list(documents.values_list("pk", "title", "review_status", "current_version")),
            list(QuestionComment.objects.filter(question__rfp__in=shut)
                 .exclude(question__in=held).order_by("pk").values_list("pk", "text")),
            list(Collection.objects.exclude(members=person).order_by("pk")
                 .values_list("pk", "name", "is_restricted")),
        ]  # fmt: skip

    # -- asking ----------------------------------------------------------------------------
    def ask(self, name: str, url: str, data: dict[str, Any] | None = None, **headers: str) -> Any:
        """The answer, after it was looked at: no foreign mark, no foreign row changed."""
        self.steps += 1
        if self.is_new:  # what was made besides, and may be taken away by this very request
            self.learn()
        # Whoever only reads changes nothing: no route that is read does, see the matrices.
        before = None if data is None else self.closed_to(name)
        client = self.clients[name]
        given = {"headers": headers}
        answer = client.get(url, **given) if data is None else client.post(url, data, **given)
        assert answer.status_code < 500, f"{name} {url} {data}: {answer.status_code}"
        if before is not None:
            after = self.closed_to(name)
            assert before == after or _same(before, after), f"{name} changed by {url} {data}"
        text = body_of(answer) + str(dict(answer.headers)).lower()
        self.learn()
        told = {int(number) for number in SECRET.findall(text)} & set(self.marks)
        assert told <= self.known[name], f"{name} read {told - self.known[name]} at {url} {data}"
        return answer

    def pool(self, argument: str) -> list[int]:
        """The numbers that are in use for what an address names."""
        models: dict[str, Any] = {
            "rfp_id": RFP, "question_id": Question, "document_id": Document, "job_id": Job,
            "collection_id": Collection, "member_id": RFPMember, "comment_id": QuestionComment,
            "artifact_id": JobArtifact, "export_id": Job, "answer_id": LibraryAnswer,
        }  # fmt: skip
        model = models.get(argument)
        return list(model.objects.order_by("pk").values_list("pk", flat=True)) if model else [1, 2]


def _same(before: list[Any], after: list[Any]) -> bool:
    """Nothing that was closed before is another now; who has just left sees less, and more is
    closed to them."""
    return all(set(map(repr, old)) <= set(map(repr, new)) for old, new in zip(before, after,
               strict=True))  # fmt: skip


def addresses() -> list[tuple[str, list[str]]]:
    """(name, arguments) of all routes about something with a number."""
    found = []
    for app in get_resolver().url_patterns:
        if isinstance(app, URLResolver) and app.namespace in APPS:
            for one in app.url_patterns:
                if isinstance(one, URLPattern):
                    place = f"{app.namespace}:{one.name}"
                    if place not in PUBLISHING:
                        found.append((place, list(one.pattern.converters)))
    return sorted(found)


def url(name: str, *args: Any) -> str:
    return reverse(name, args=args)
