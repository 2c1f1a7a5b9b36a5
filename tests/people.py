"""One person of each kind, for tests of who may do what."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client

from accounts.models import Profile
from accounts.roles import Role

#: Account-wide, whatever is shared with them; the rest are contributors.
ROLES = {"reader": Role.READER, "contributor": Role.CONTRIBUTOR, "reviewer": Role.REVIEWER,
         "manager": Role.MANAGER}  # fmt: skip
ANONYMOUS, ADMIN, SUSPENDED = "anonymous", "admin", "suspended"
#: Everybody with an account of their own role, and with nothing shared with them.
STRANGERS = (ANONYMOUS, SUSPENDED, *ROLES, ADMIN)


@dataclass
class People:
    """Persons by name; who is asked for and not there yet is made, as a contributor."""

    known: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name not in self.known:
            self.known[name] = make_person(name)
        return self.known[name]

    def client(self, name: str) -> Client:
        """Who is suspended was signed in before."""
        client = Client()
        if name == ANONYMOUS:
            return client
        person = self[name]
        client.force_login(person)
        if name == SUSPENDED:
            type(person).objects.filter(pk=person.pk).update(is_active=False)
        return client


def make_person(name: str, role: Role | None = None) -> Any:
    made = get_user_model().objects.create_user(
        name, password="pw", is_staff=name in (ADMIN, "root"), is_superuser=name == "root"
    )
    given = role or ROLES.get(name)
    if given:
        Profile.objects.update_or_create(user=made, defaults={"role": given})
    return get_user_model().objects.get(pk=made.pk)
