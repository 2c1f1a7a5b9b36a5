"""Fields of choices that are written in one go say the same as Django's own."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms

from solution_library.widgets import PlainBoxes, PlainSelect

CHOICES = [("", "Any <one>"), ("a\"b'", "A & b"), ("2", "Two")]


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[Any] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, sorted(attrs, key=str)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.seen.append(data.strip())


@pytest.mark.parametrize("value", [None, "", "2", 2, "a\"b'", "unknown"])
@pytest.mark.parametrize("attrs", [{"id": "f"}, {"id": "f", "form": "x", "required": True}])
def test_a_plain_select_is_djangos_select(value: Any, attrs: dict[str, Any]) -> None:
    drawn, own = (
        Tags(kind(choices=CHOICES).render("f", value, attrs)).seen
        for kind in (forms.Select, PlainSelect)
    )
    assert own == drawn


@pytest.mark.parametrize("value", [None, [], ["2"], ["2", "a\"b'"]])
def test_plain_boxes_are_djangos_boxes(value: Any) -> None:
    drawn, own = (
        Tags(kind(choices=CHOICES[1:]).render("f", value, {"id": "f", "class": "c"})).seen
        for kind in (forms.CheckboxSelectMultiple, PlainBoxes)
    )
    assert own == drawn
