"""What the forms of a page let a person choose from, read once for all of them."""

from functools import cached_property
from typing import Any

from django import forms

from solution_library.document_forms import active_people, person
from solution_library.models import Collection, Tag

Choices = list[tuple[str, str]]


class Offered:
    """Collections that `user` may see, all tags, and the people who may own documents."""

    def __init__(self, user: Any) -> None:
        self.user = user

    @cached_property
    def collections(self) -> Choices:
        seen = Collection.objects.for_user(self.user)
        return [(str(pk), name) for pk, name in seen.values_list("pk", "name")]

    @cached_property
    def tags(self) -> Choices:
        return [(str(tag.pk), str(tag)) for tag in Tag.objects.all()]

    @cached_property
    def people(self) -> Choices:
        rows = active_people().only("username", "first_name", "last_name")
        return [(str(one.pk), person(one)) for one in rows]

    def for_filter(self, form: forms.Form) -> None:
        _fill(form, collection=self.collections, tag=self.tags)

    def for_bulk(self, form: forms.Form) -> None:
        _fill(form, collection=self.collections, tag=self.tags, owner=self.people)

    def for_upload(self, form: forms.Form) -> None:
        _fill(form, collections=self.collections, tags=self.tags)

    def for_description(self, form: forms.Form) -> None:
        _fill(form, collections=self.collections, tags=self.tags, owner=self.people)


def _fill(form: forms.Form, **names: Choices) -> None:
    """Give fields their choices. What is sent is still checked against the database."""
    for name, choices in names.items():
        field: Any = form.fields[name]
        empty = getattr(field, "empty_label", None)
        field.choices = choices if empty is None else [("", empty), *choices]
