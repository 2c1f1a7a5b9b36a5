from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Render = Callable[..., str]
SPRITE = Path(__file__).resolve().parents[2] / "static/spelunker/icons.svg"
ERRORS = ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html", "503.html"]


def request(path: str = "/", **attributes: Any) -> Any:
    made = RequestFactory().get(path)
    made.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.seen


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_needs_no_request_no_context_and_no_url(render: Render, name: str) -> None:
    html = render(name)
    assert "<h1>" in html
    assert "csrf" not in html.replace("403_csrf", "")


def test_an_error_page_shows_the_reference_to_quote(render: Render) -> None:
    assert "8f3a-22" in render("500.html", request_id="8f3a-22")


def test_the_base_page_stands_before_any_url_exists(render: Render) -> None:
    html = render("base.html", request())
    assert 'id="main"' in html
    assert 'class="nav-link"' not in html


def test_the_sign_in_page_says_why_it_refused(render: Render) -> None:
    class Refusing(forms.Form):
        username = forms.CharField()

        def clean(self) -> None:
            raise forms.ValidationError("Wrong name or password.")

    html = render("registration/login.html", request(), form=Refusing({"username": "a"}), next="/x")
    assert "Wrong name or password." in html
    assert 'name="next" value="/x"' in html


def test_htmx_is_told_never_to_evaluate_nor_to_leave_this_host(render: Render) -> None:
    html = render("components/htmx_config.html")
    config = json.loads(str(dict(tags(html))["meta"]["content"]))
    assert config["allowEval"] is False
    assert config["selfRequestsOnly"] is True
    assert config["includeIndicatorStyles"] is False
    assert config["historyCacheSize"] == 0


@pytest.mark.parametrize(
    ("status", "swap", "error"),
    [(200, True, False), (204, False, False), (286, True, False), (304, False, False)]
    + [(400, True, False), (422, True, False), (404, False, True), (500, False, True)],
)
def test_htmx_shows_messages_and_leaves_the_page_on_errors(
    render: Render, status: int, swap: bool, error: bool
) -> None:
    html = render("components/htmx_config.html")
    rules = json.loads(str(dict(tags(html))["meta"]["content"]))["responseHandling"]
    rule = next(rule for rule in rules if re.search(rule["code"], str(status)))
    assert rule["swap"] is swap
    assert rule.get("error", False) is error


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        ("pending", "neutral"),
        ("processing", "info"),
        ("completed", "success"),
        ("failed", "error"),
        ("cancelled", "neutral"),
        ("no_evidence", "error"),
        ("never heard of", "neutral"),
        ("fail", "neutral"),
    ],
)
def test_a_status_has_a_tone_an_icon_and_words(render: Render, status: str, tone: str) -> None:
    html = render("components/badge.html", status=status)
    assert f"tone-{tone}" in html
    assert "<use " in html
    assert status.replace("_", " ").capitalize() in html


def test_a_badge_without_a_status_says_unknown(render: Render) -> None:
    assert "Unknown" in render("components/badge.html", status="")


def test_progress_of_unknown_size_shows_no_number(render: Render) -> None:
    html = render("components/progress.html", id="p", label="Reading", percent=None)
    assert "%" not in html
    assert "value" not in dict(tags(html))["progress"]


def test_progress_at_zero_is_a_number_and_not_unknown(render: Render) -> None:
    html = render("components/progress.html", id="p", label="Reading", percent=0)
    assert dict(tags(html))["progress"]["value"] == "0"


def test_progress_tells_what_failed(render: Render) -> None:
    html = render("components/progress.html", id="p", label="x", percent=40, total=60, done=24)
    assert "24 of 60" in html and "failed" not in html
    html = render("components/progress.html", id="p", label="x", percent=40, total=60, failed=1)
    assert "1 failed" in html


@pytest.mark.parametrize(
    ("value", "level", "words"),
    [
        (0.75, None, "High"),
        (0.74, None, "Medium"),
        (0.44, None, "Low"),
        (0.99, "low", "Low"),
        (0.0, "none", "No evidence"),
        (None, None, "Not measured"),
    ],
)
def test_confidence_is_said_in_words_and_the_callers_level_wins(
    render: Render, value: float | None, level: str | None, words: str
) -> None:
    html = render("components/confidence.html", value=value, level=level)
    assert words in html
    assert sum(word in html for word in ("High", "Medium", "Low")) <= 1


def page_of(number: int, count: int = 195) -> Any:
    return Paginator(range(count), 10).page(number)


def test_pages_keep_the_filter_and_mark_where_one_is(render: Render) -> None:
    made = request("/?q=keys&page=7")
    html = render("components/pagination.html", made, page=page_of(7), unit="documents")
    assert "61–70 of 195 documents" in html
    assert 'href="?q=keys&amp;page=8"' in html
    assert re.findall(r'aria-label="Page (\d+)"', html) == ["1", "6", "8", "20"]


@pytest.mark.parametrize("number", [1, 2, 3, 10, 18, 19, 20])
def test_the_first_and_last_page_are_always_in_reach(render: Render, number: int) -> None:
    html = render("components/pagination.html", request(), page=page_of(number))
    shown = {int(n) for n in re.findall(r'aria-label="Page (\d+)"', html)} | {number}
    assert {1, 20} <= shown


def test_one_page_needs_no_pages(render: Render) -> None:
    assert render("components/pagination.html", request(), page=page_of(1, 9)).strip() == ""


class Sample(forms.Form):
    title = forms.CharField(help_text="As the buyer names it.")
    secret = forms.CharField(widget=forms.PasswordInput, required=False)
    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "A"), ("b", "B")])
    agree = forms.BooleanField()
    token = forms.CharField(widget=forms.HiddenInput)


def test_every_id_that_an_input_points_to_is_on_the_page(render: Render) -> None:
    html = render("components/form.html", form=Sample({}))
    present = {attrs.get("id") for _, attrs in tags(html)}
    wanted = re.findall(r'aria-describedby="([^"]+)"', html)
    assert wanted
    assert {name for value in wanted for name in value.split()} <= present


def test_an_error_of_a_hidden_field_is_not_swallowed(render: Render) -> None:
    html = render("components/form.html", form=Sample({}))
    assert html.count("This field is required.") == 4


def test_the_confirming_form_carries_the_csrf_token(render: Render) -> None:
    html = render("components/confirm.html", request(), id="c", url="/x", label="Delete")
    assert "csrfmiddlewaretoken" in html
    assert 'popovertarget="c"' in html


def test_an_upload_zone_is_a_plain_file_input_without_script(render: Render) -> None:
    html = render("components/upload_zone.html", accept=".pdf", max_bytes=50_000_000)
    box = dict(tags(html))["input"]
    assert box["type"] == "file" and "multiple" in box
    assert box["data-max-bytes"] == "50000000"


TEXT = st.text(min_size=1, max_size=60) | st.sampled_from(
    ["<script>x</script>", '"><img src=x onerror=1>', "' hx-get=/x '", "{{ 7 }}", "&lt;"]
)
TEXT_SLOTS = {
    "components/alert.html": ("title", "text"),
    "components/badge.html": ("status", "title"),
    "components/citation.html": ("document", "heading_path", "quote", "problem"),
    "components/copy.html": ("text", "label"),
    "components/empty.html": ("title", "text"),
    "components/progress.html": ("label", "now", "rate"),
    "components/stat.html": ("label", "value", "note"),
    "components/toast.html": ("text",),
}


@pytest.mark.parametrize("name", sorted(TEXT_SLOTS))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=TEXT)
def test_no_text_can_add_a_tag_or_an_attribute(render: Render, name: str, text: str) -> None:
    slots = TEXT_SLOTS[name]
    calm = tags(render(name, **dict.fromkeys(slots, "calm")))
    wild = tags(render(name, **dict.fromkeys(slots, text)))
    assert [(tag, sorted(attrs)) for tag, attrs in calm] == [
        (tag, sorted(attrs)) for tag, attrs in wild
    ]


def test_the_style_guide_shows_every_component(render: Render) -> None:
    html = render("styleguide.html", request(), form=Sample({}), page=page_of(2))
    for mark in ("dropzone", "citation-number", "<meter", "bar", "pager", "notice", "kbd-own"):
        assert mark in html


@pytest.mark.parametrize("status", ["processing", '"><script>', "", "no_evidence"])
def test_a_badge_is_the_same_as_a_tag_and_as_a_component(render: Render, status: str) -> None:
    from jobs.templatetags.look_tags import badge

    title = 'A "long" <title>'
    html = render("components/badge.html", status=status, text="", title=title)
    assert html.strip() == badge(status, "", title)
    assert "<script>" not in html and "<title>" not in html


def test_every_status_has_an_icon_that_is_drawn() -> None:
    from jobs.badges import LOOKS, UNKNOWN

    drawn = set(re.findall(r'id="([\w-]+)"', SPRITE.read_text()))
    assert {look.icon for look in [*LOOKS.values(), UNKNOWN]} <= drawn
