"""Every route of background work times every kind of person. A route that is new must be added to
MATRIX, with what it answers each of them: else a test fails."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from accounts.roles import Role
from jobs.models import JobArtifact
from tests.jobs.page_world import finish, running
from tests.people import STRANGERS, People, make_person
from tests.route_matrix import (
    Row,
    answered,
    ask,
    body_of,
    changes_for,
    expected,
    unnamed_methods,
)

pytestmark = pytest.mark.django_db
NAMESPACE = "jobs"
UNKNOWN = ("reader", "contributor", "reviewer", "manager")
PEOPLE = ("owner", "former", *STRANGERS)
SECRET = "zanzibar"


def codes(code: int, **others: int) -> dict[str, int]:
    return dict.fromkeys(["owner", "former", *UNKNOWN, "admin"], code) | others


def own(code: int, *args: str, former: int = 0, admin: int = 0, **more: Any) -> Row:
    """`former`: who started it and has become a reader since."""
    strangers = dict.fromkeys(UNKNOWN, 404)
    return Row(codes(code, former=former or code, admin=admin or code) | strangers, args, **more)


def public(code: int = 200, **more: Any) -> Row:
    return Row(codes(code), **more)


MATRIX: dict[str, Row] = {
    "list": public(),
    "progress_many": public(302, query="?ids={of_owner},{of_former}"),
    "queues": Row(codes(404, admin=200)),
    "files": public(),
    "notifications": public(),
    "notifications POST": public(303),
    "notification_choices": public(),
    "notification_choices POST": public(303),
    "artifact": own(200, "file", former=404),
    "artifact_delete": own(303, "file", former=404, admin=404, post=True),
    "detail": own(200, "of_owner", former=404),
    "progress": own(302, "of_owner", former=404),
    "cancel": own(303, "of_owner", former=404, post=True),
    "retry": own(303, "done", former=404, post=True),
    "retry_failed": own(303, "done", former=404, post=True),
    "resume": own(303, "done", former=404, post=True),
}


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def world(people: People) -> dict[str, Any]:
    job = running(people["owner"], title="Zanzibar", now_doing="Zanzibar 7")
    done = running(people["owner"], title="Zanzibar, done")
    finish(done)
    file = JobArtifact.objects.create(
        job=job, name="zanzibar.csv", file=ContentFile(b"zanzibar", name="x"),
        owner=people["owner"], sha256="0" * 64, size=8,
    )  # fmt: skip
    other = running(people["former"], title="Of theirs")
    return {"of_owner": job.pk, "done": done.pk, "file": file.pk, "of_former": other.pk}


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_gets_what_the_matrix_says(
    person: str, world: dict[str, Any], people: People
) -> None:
    assert answered(MATRIX, NAMESPACE, person, people, world) == expected(MATRIX, person)


def test_every_way_to_ask_a_route_has_its_row(world: dict[str, Any], people: People) -> None:
    assert unnamed_methods(MATRIX, NAMESPACE, people.client("root"), world) == []


def test_readers_change_only_what_they_are_told() -> None:
    assert changes_for(MATRIX, "reader") == ["notifications POST", "notification_choices POST"]


def test_who_has_become_a_reader_watches_their_work_and_neither_stops_nor_repeats_it() -> None:
    people = People()
    people.known["former"] = make_person("former", Role.READER)
    job = running(people["former"])
    client = people.client("former")
    assert client.get(reverse("jobs:detail", args=[job.pk])).status_code == 200
    for name in ("cancel", "retry", "retry_failed", "resume"):
        refused = client.post(reverse(f"jobs:{name}", args=[job.pk]))
        assert refused.status_code == 403 and "not stop it" in refused.text


@pytest.mark.parametrize("person", UNKNOWN)
def test_no_route_tells_a_stranger_a_word_of_foreign_work(
    person: str, world: dict[str, Any], people: People
) -> None:
    client = people.client(person)
    for name, row in MATRIX.items():
        answer = ask(client, NAMESPACE, name, row, world)
        assert SECRET not in body_of(answer) + str(dict(answer.headers)).lower(), name
