"""Every route of the API and of webhooks times every kind of person. A route that is new must be
added to its table, with what it answers each of them: else a test fails."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from api.models import Webhook, WebhookDelivery
from api.v1 import described
from jobs.models import Job, JobArtifact
from rfp_manager.models import ExportJob
from solution_library.ingest import receive
from tests.api.api_world import Program, program_of
from tests.people import ANONYMOUS, STRANGERS, SUSPENDED, People
from tests.rfp_manager.view_world import make_answer, make_rfp, question
from tests.route_matrix import Row, answered, changes_for, expected, undone, unnamed_methods

pytestmark = pytest.mark.django_db
PEOPLE = ("owner", "member", "looker", *STRANGERS)
INSIDE = ("owner", "member", "looker", "reader", "contributor", "reviewer", "manager", "admin")
SECRET = "zanzibar"


@dataclass(frozen=True)
class Call:
    """What an endpoint answers each person to a request with `data`. Who has no account, or none
    that is active, is answered 401."""

    codes: dict[str, int]
    method: str = "GET"
    args: tuple[str, ...] = ()
    data: Any = None
    query: str = ""


def everybody(code: int, **others: int) -> dict[str, int]:
    return dict.fromkeys(INSIDE, code) | others


def changing(code: int) -> dict[str, int]:
    """For all but readers."""
    return everybody(code, reader=403)


def of_rfp(code: int) -> dict[str, int]:
    """For those with whom the RFP is shared, and for those who see every RFP."""
    return everybody(404, owner=code, member=code, looker=code, manager=code, admin=code)


def in_rfp(code: int) -> dict[str, int]:
    """A change: not for those who may only read it."""
    return of_rfp(code) | {"looker": 403}


def own(code: int, admin: int = 404) -> dict[str, int]:
    return everybody(404, owner=code, admin=admin)


RFP, ASKED, EXPORT = ("rfp",), ("rfp", "question"), ("rfp", "export")
API: dict[str, Call] = {
    "me": Call(everybody(200)),
    "list_documents": Call(everybody(200)),
    "upload_document": Call(everybody(422), "POST"),
    "get_document": Call(everybody(200), args=("document",)),
    "download_document": Call(everybody(200), args=("document",)),
    "delete_document": Call(
        everybody(403, owner=204, manager=204, admin=204), "DELETE", ("document",)
    ),
    "search": Call(everybody(200), query="?q=zanzibar"),
    "list_rfps": Call(everybody(200)),
    "create_rfp_from_file": Call(everybody(422), "POST"),
    "get_rfp": Call(of_rfp(200), args=RFP),
    "download_original": Call(of_rfp(200), args=RFP),
    "start_responder": Call(in_rfp(202), "POST", RFP, {}),
    "start_reviewer": Call(in_rfp(202), "POST", RFP),
    "start_export": Call(in_rfp(202), "POST", RFP, {}),
    "list_exports": Call(of_rfp(200), args=RFP),
    "get_export": Call(of_rfp(200), args=EXPORT),
    "download_export": Call(of_rfp(200), args=(*EXPORT, "file")),
    "list_questions": Call(of_rfp(200), args=RFP),
    "get_question": Call(of_rfp(200), args=ASKED),
    "get_answer": Call(of_rfp(200), args=ASKED),
    "edit_answer": Call(in_rfp(200), "PUT", ASKED, {"version": 1, "text": "No."}),
    "change_answer_state": Call(
        in_rfp(200) | {"member": 422}, "POST", ASKED, {"version": 1, "state": "approved"}
    ),
    "list_jobs": Call(everybody(200)),
    "get_job": Call(own(200, admin=200), args=("job",)),
    "cancel_job": Call(own(202, admin=202), "POST", ("job",)),
    "retry_job": Call(own(202, admin=202), "POST", ("ended",)),
    "list_webhooks": Call(everybody(200)),
    "make_webhook": Call(
        changing(422), "POST", data={"name": "x", "url": "", "events": ["job.failed"]}
    ),
    "get_webhook": Call(own(200), args=("webhook",)),
    "change_webhook": Call(own(200) | {"reader": 403}, "PATCH", ("webhook",), {"name": "y"}),
    "delete_webhook": Call(own(204) | {"reader": 403}, "DELETE", ("webhook",)),
    "rotate_webhook_secret": Call(own(200) | {"reader": 403}, "POST", ("webhook",)),
    "ping_webhook": Call(own(202) | {"reader": 403}, "POST", ("webhook",)),
    "list_deliveries": Call(own(200), args=("webhook",)),
    "retry_delivery": Call(own(202) | {"reader": 403}, "POST", ("webhook", "delivery")),
}  # fmt: skip
ONE = ("webhook",)
PAGES: dict[str, Row] = {
    "list": Row(everybody(200)),
    "new": Row(changing(200)),
    "new POST": Row(changing(422)),
    "detail": Row(own(200), ONE),
    "edit": Row(own(200), ONE),
    "edit POST": Row(own(422) | {"reader": 403}, ONE),
    "switch": Row(own(303) | {"reader": 403}, ONE, post=True),
    "rotate": Row(own(200) | {"reader": 403}, ONE, post=True),
    "ping": Row(own(303) | {"reader": 403}, ONE, post=True),
    "remove": Row(own(303) | {"reader": 403}, ONE, post=True),
    "retry": Row(own(303) | {"reader": 403}, ("webhook", "delivery"), post=True),
}
#: Open to all: they hold nothing of anybody's. The page is for who is signed in.
OPEN: dict[str, Any] = {"openapi": 200, "docs": 200, "unknown": 404}
MATRICES: dict[str, Any] = {"api": {**API, **OPEN}, "webhooks": PAGES}


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def world(people: People) -> dict[str, Any]:
    """One of everything; all but the document is shared with nobody outside."""
    owner = people["owner"]
    rfp = make_rfp(owner, name="Zanzibar")
    rfp.members.add(people["member"], through_defaults={"role": Role.CONTRIBUTOR})
    rfp.members.add(people["looker"], through_defaults={"role": Role.READER})
    answer = make_answer(question(rfp, 1), "Zanzibar")
    text = ContentFile(b"# Policy\n\nBackups are kept.\n", "policy.md")
    document = receive(text, filename="policy.md", user=owner).document
    now = timezone.now()
    over = {"status": "completed", "completed_at": now, "task_name": "jobs.canary"}
    export = ExportJob.objects.create(rfp=rfp, started_by=owner, title="Zanzibar", **over)
    file = JobArtifact.objects.create(
        job=export, name="zanzibar.csv", file=ContentFile(b"zanzibar", name="x"), owner=owner,
        sha256="0" * 64, size=8,
    )  # fmt: skip
    job = Job.objects.create(task_name="jobs.canary", started_by=owner, title="Zanzibar")
    ended = Job.objects.create(started_by=owner, title="Zanzibar", **over)
    hook = Webhook.objects.create(owner=owner, name="Zanzibar", url="https://h.example/", secret="s",
                                  events=["job.failed"])  # fmt: skip
    over["task_name"] = "api.deliver_webhook"
    told = WebhookDelivery.objects.create(
        webhook=hook, owner=owner, event="ping", kwargs={"webhook_id": hook.pk}, **over
    )
    return {"rfp": rfp.pk, "question": answer.question_id, "document": document.pk,
            "export": export.pk, "file": file.pk, "job": job.pk, "ended": ended.pk,
            "webhook": hook.pk, "delivery": told.pk}  # fmt: skip


def program(person: str, people: People) -> Program:
    """Who is suspended had made a token before."""
    if person == ANONYMOUS:
        return Program("")
    user = people[person]
    made = program_of(user)
    if person == SUSPENDED:
        get_user_model().objects.filter(pk=user.pk).update(is_active=False)
    return made


def ask(asking: Program, name: str, world: dict[str, Any]) -> Any:
    call = API[name]
    url = reverse(f"api:{name}", args=[world[one] for one in call.args]) + call.query
    return asking.ask(call.method, url, call.data)


@pytest.mark.parametrize("person", PEOPLE)
def test_each_program_gets_what_the_matrix_says(
    person: str, world: dict[str, Any], people: People
) -> None:
    found, outside = {}, person in (ANONYMOUS, SUSPENDED)
    asking = program(person, people)
    for name in API:
        with undone():
            found[name] = ask(asking, name, world).status_code
    assert found == {name: 401 if outside else call.codes[person] for name, call in API.items()}


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_what_the_matrix_says(
    person: str, world: dict[str, Any], people: People
) -> None:
    assert answered(PAGES, "webhooks", person, people, world) == expected(PAGES, person)


def test_every_way_to_ask_a_page_has_its_row(world: dict[str, Any], people: People) -> None:
    assert unnamed_methods(PAGES, "webhooks", people.client("owner"), world) == []


def test_every_endpoint_has_its_row() -> None:
    methods = {
        endpoint["operationId"]: method.upper()
        for path in described()["paths"].values()
        for method, endpoint in path.items()
    }
    assert methods == {name: call.method for name, call in API.items()}


def test_readers_change_nothing() -> None:
    assert changes_for(PAGES, "reader") == []
    changes = {n: c.codes["reader"] for n, c in API.items() if c.method != "GET"}
    assert {n for n, code in changes.items() if code not in (403, 404)} == {
        "upload_document", "create_rfp_from_file"  # nothing was sent: see test_who_may
    }  # fmt: skip


@pytest.mark.parametrize("person", ["contributor", "reviewer"])
def test_no_endpoint_tells_a_stranger_a_word_of_foreign_work(
    person: str, world: dict[str, Any], people: People
) -> None:
    asking = program(person, people)
    for name in API:
        answer = ask(asking, name, world)
        whole = answer.content if not answer.streaming else b"".join(answer.streaming_content)
        assert SECRET.encode() not in whole.lower(), name


@pytest.mark.parametrize("name", OPEN)
def test_what_is_open_to_all(name: str, people: People) -> None:
    url = "/api/nowhere" if name == "unknown" else reverse(f"api:{name}")
    client = people.client(ANONYMOUS)
    assert client.get(url).status_code == (302 if name == "docs" else OPEN[name])
    assert people.client("reader").get(url).status_code == OPEN[name]
