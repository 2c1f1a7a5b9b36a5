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

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import ApiToken, Invitation, SignIn
from accounts.scopes import ALL
from api.models import Webhook, WebhookDelivery
from api.v1 import described
from jobs.models import Job, JobArtifact
from llm_manager.models import Budget, LLMApi, LLMModel
from rfp_manager.models import (
    RFP,
    Commitment,
    Contradiction,
    Evaluation,
    ExpertPacket,
    InformationDocument,
    InformationFinding,
    Question,
    QuestionComment,
    QuestionSet,
    RFPMember,
)
from solution_library.models import (
    AnswerMerge,
    Chunk,
    Collection,
    Document,
    DocumentationSource,
    DuplicatePair,
    LibraryAnswer,
    Tag,
)
from tests.accounts.test_tokens import a_token
from tests.people import make_person
from tests.route_matrix import body_of
from tests.spelunker.two_users_rights import Rights, closed_to

#: Long enough that no random token of a page looks like it.
SECRET = re.compile(r"hidden(\d+)q")
#: Statements that change nothing but what every request writes down.
HARMLESS = re.compile(
    r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|SHOW)\b"
    r"|\s*(INSERT INTO|UPDATE|DELETE FROM) \"?(audit_|django_session)"
    r"|\s*(INSERT INTO|UPDATE) \"?accounts_signin\b"
)
NAMES = ("alice", "bob")
SEARCHED = ("rfp_manager:list", "rfp_manager:mine", "rfp_manager:commitments",
            "rfp_manager:commitments_csv", "rfp_manager:changes", "rfp_manager:question_sets",
            "rfp_manager:evaluations", "rfp_manager:new", "rfp_manager:evaluation_new",
            "solution_library:documents", "solution_library:search", "solution_library:answers",
            "solution_library:answer_export", "solution_library:answer_near",
            "solution_library:answer_pairs", "solution_library:reviews",
            "solution_library:collections", "solution_library:duplicates",
            "solution_library:sources", "solution_library:tags", "jobs:list", "jobs:files",
            "jobs:notifications", "llm_manager:usage", "llm_manager:usage_csv",
            "llm_manager:budgets", "accounts:tokens", "accounts:people", "webhooks:list", "home",
            "audit", "audit_csv", "operations")  # fmt: skip
APPS = ("rfp_manager", "solution_library", "jobs", "accounts", "llm_manager", "webhooks")
#: The first puts words before everybody, on purpose; the others end the session of who asks.
LEFT_OUT = ("rfp_manager:feed", "accounts:sessions_end", "accounts:join")
#: What the arguments of an address name.
NAMED: dict[str, type[Model]] = {
    "rfp_id": RFP, "question_id": Question, "document_id": Document, "job_id": Job,
    "collection_id": Collection, "member_id": RFPMember, "comment_id": QuestionComment,
    "artifact_id": JobArtifact, "export_id": Job, "answer_id": LibraryAnswer,
    "information_id": InformationDocument, "finding_id": InformationFinding,
    "contradiction_id": Contradiction, "packet_id": ExpertPacket, "commitment_id": Commitment,
    "set_id": QuestionSet, "evaluation_id": Evaluation, "tag_id": Tag, "pair_id": DuplicatePair,
    "merge_id": AnswerMerge, "chunk_id": Chunk, "source_id": DocumentationSource,
    "token_id": ApiToken, "sign_in_id": SignIn, "invitation_id": Invitation,
    "user_id": get_user_model(), "webhook_id": Webhook, "delivery_id": WebhookDelivery,
    "api_id": LLMApi, "budget_id": Budget, "file_id": JobArtifact,
    "model_pk": LLMModel,
}  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """In an RFP, at a question of it, in a document, in a collection, or somebody's own; whoever
    may read one of these may read the mark, and of an RFP `besides` it must be both. A `name` is
    read wherever the RFP is named to an expert."""

    rfp: int = 0
    besides: int = 0
    question: int = 0
    document: int = 0
    collection: int = 0
    owner: str = ""
    name: bool = False


@dataclass
class World:
    """`known`: for each person the numbers of the marks that they may have read."""

    marks: dict[int, Mark] = field(default_factory=dict)
    known: dict[str, set[int]] = field(default_factory=lambda: {name: set() for name in NAMES})
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    steps: int = 0
    #: What each may not change, as long as nothing has been written since.
    closed: dict[str, dict[str, Any]] = field(default_factory=dict)
    has_learned: bool = False
    #: Set when a request has shown or changed what it must not.
    noticed: bool = False

    def __post_init__(self) -> None:
        self.people = {name: make_person(name) for name in NAMES}
        self.clients = {name: Client(raise_request_exception=False) for name in NAMES}
        self.tokens = {name: a_token(person, scopes=ALL)[1] for name, person in self.people.items()}
        for name, person in self.people.items():
            person.email = f"{self.mark(owner=name).split()[1]}@example.org"
            person.save()
            self.sign_in(name)

    def sign_in(self, name: str) -> None:
        self.clients[name].force_login(self.people[name])

    def other(self, name: str) -> str:
        return NAMES[name == NAMES[0]]

    def mark(self, **place: Any) -> str:
        number = next(self.numbers)
        self.marks[number] = Mark(**place)
        return f"k{number}q hidden{number}q"

    def typed(self, name: str, **place: Any) -> str:
        """A mark that somebody writes themselves."""
        text = self.mark(**place)
        self.known[name].add(max(self.marks))
        return text

    def rights(self, name: str) -> Rights:
        return Rights(get_user_model().objects.select_related("profile").get(username=name))

    def saw(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Stands around every statement (connection.execute_wrapper): what was known of the rows
        is known no more."""
        if not HARMLESS.match(sql):
            self.closed.clear()
            self.has_learned = False
        return execute(sql, params, many, context)

    def learn(self) -> None:
        if self.has_learned:
            return
        self.has_learned = True
        for name in NAMES:
            rights, known = self.rights(name), self.known[name]
            fresh = [(n, mark) for n, mark in self.marks.items() if n not in known]
            known |= {number for number, mark in fresh if self.may_read(name, rights, mark)}

    def may_read(self, name: str, rights: Rights, mark: Mark) -> bool:
        return (
            (mark.rfp in rights.roles and (not mark.besides or mark.besides in rights.roles))
            or mark.question in rights.held
            or mark.document in rights.documents
            or mark.collection in rights.collections
            # Removed: what it held is everybody's. It may not be, while others have things in it.
            or bool(mark.collection and mark.collection not in rights.all_collections)
            or mark.owner == name
            or (mark.name and mark.rfp in rights.named)
        )

    # -- asking ----------------------------------------------------------------------------
    def ask(self, name: str, url: str, data: dict[str, Any] | None = None, **headers: str) -> Any:
        """The page, after it was looked at: no foreign mark, no foreign row changed."""
        client = self.clients[name]
        if data is None:
            answer = self._watched(name, url, None, lambda: client.get(url, headers=headers))
        else:
            answer = self._watched(name, url, data, lambda: client.post(url, data, headers=headers))
        if answer.status_code == 302 and answer["Location"].startswith(settings.LOGIN_URL):
            self.sign_in(name)  # who has changed their own rights
        return answer

    def call(self, name: str, method: str, url: str, data: dict[str, Any] | None) -> Any:
        """The same of a program with somebody's token."""
        headers = {"Authorization": f"Bearer {self.tokens[name]}"}
        ask = getattr(Client(raise_request_exception=False), method.lower())
        sent: dict[str, Any] = {"headers": headers}
        if method != "GET":
            sent |= {"data": data or {}, "content_type": "application/json"}
        changes = None if method == "GET" else {"method": method, **(data or {})}
        return self._watched(name, url, changes, lambda: ask(url, **sent))

    def _watched(self, name: str, url: str, data: dict[str, Any] | None, asking: Any) -> Any:
        self.steps += 1
        self.learn()  # what was made besides, and may be taken away by this very request
        # Whoever only reads changes nothing: no route that is read does, see the matrices.
        before = None if data is None else self.closed_to(name)
        self.noticed = True  # until it is seen that there was nothing
        answer = asking()
        assert answer.status_code < 500, f"{name} {url} {data}: {answer.status_code}"
        if before is not None:
            lost = _lost(before, self.closed_to(name))
            assert not lost, f"{name} changed by {url} {data}: {lost}"
        self.learn()
        text = body_of(answer) + str(dict(answer.headers)).lower()
        told = {int(number) for number in SECRET.findall(text)} & set(self.marks)
        foreign = {number: self.marks[number] for number in told - self.known[name]}
        assert not foreign, f"{name} read {foreign} at {url} {data}"
        self.noticed = False
        return answer

    def closed_to(self, name: str) -> dict[str, Any]:
        if name not in self.closed:
            self.closed[name] = closed_to(self.rights(name))
        return self.closed[name]

    def guess(self, argument: str, number: int) -> Any:
        """One of the numbers that are in use for what an address names."""
        model = NAMED.get(argument)
        if model is None:
            return number % 2 + 1
        found = list(model._default_manager.order_by("pk").values_list("pk", flat=True)) or [1]
        return found[number % len(found)]


def _lost(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What was closed before and is another now. Who has just left sees less, and more is closed
    to them."""
    return [f"{name}: {row}" for name, rows in before.items()
            for row in sorted(set(map(repr, rows)) - set(map(repr, after[name])))]  # fmt: skip


def addresses() -> list[tuple[str, list[str]]]:
    """(name, arguments) of all routes of the pages."""
    return [
        (f"{app.namespace}:{one.name}", list(one.pattern.converters))
        for app, one in _routes()
        if app.namespace in APPS and f"{app.namespace}:{one.name}" not in LEFT_OUT
    ]


def endpoints() -> list[tuple[str, str, list[str]]]:
    """(method, path, arguments) of the API; the path has its arguments in braces."""
    return [
        (method.upper(), path, re.findall(r"{(\w+)}", path))
        for path, methods in sorted(described()["paths"].items())
        for method in sorted(methods)
    ]


def _routes() -> list[tuple[URLResolver, URLPattern]]:
    apps = [app for app in get_resolver().url_patterns if isinstance(app, URLResolver)]
    found = [(app, one) for app in apps for one in app.url_patterns if isinstance(one, URLPattern)]
    return sorted(found, key=lambda pair: (str(pair[0].namespace), str(pair[1].name)))


def url(name: str, *args: Any) -> str:
    return reverse(name, args=args)
