"""Icons and badges. They stand on every row of every list, so they are written here: as templates
that include each other they took most of the time of a long page."""

from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.http import QueryDict
from django.template import Context
from django.template.defaultfilters import stringfilter
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.badges import look_of, words_of

register = template.Library()


@register.simple_tag
def icon(
    name: str, *, size: str = "", spin: bool = False, extra: str = "", label: str = ""
) -> SafeString:
    """An icon of the sprite; see components/icon.html. `extra`: more classes."""
    return _icon(name, size, spin, extra) if not label else _drawn(name, size, spin, extra, label)


# Not the labelled ones: a label may be anybody's words.
@lru_cache(maxsize=512)
def _icon(name: str, size: str, spin: bool, extra: str) -> SafeString:
    return _drawn(name, size, spin, extra, "")


def _drawn(name: str, size: str, spin: bool, extra: str, label: str) -> SafeString:
    classes = "icon" + (f" icon-{size}" if size else "") + (" icon-spin" if spin else "")
    said = format_html('role="img" aria-label="{}"', label) if label else HIDDEN
    return format_html(
        '<svg class="{}{}" {} focusable="false"><use href="{}#{}"></use></svg>',
        classes, f" {extra}" if extra else "", said, static("spelunker/icons.svg"), name,
    )  # fmt: skip


HIDDEN = SafeString('aria-hidden="true"')


@register.simple_tag
def badge(status: Any, text: Any = "", title: Any = "") -> SafeString:
    """A status in words with its colour and icon; see components/badge.html."""
    look = look_of(str(status or ""))
    return format_html(
        '<span class="pill tone-{}"{}>{}{}</span>',
        look.tone,
        format_html(' title="{}"', title) if title else "",
        _icon(look.icon, "", look.spins, ""),
        text or words_of(str(status or "")),
    )


#: From so much on a confidence is called that, the highest first.
_LEVELS = ((0.75, "high"), (0.45, "medium"), (0.0, "low"))
_TONES = {"high": "success", "medium": "warning"}
_NAMES = {"high": "High", "medium": "Medium", "low": "Low", "none": "No evidence"}


@register.simple_tag
def confidence(value: Any, level: str = "", why: str = "") -> SafeString:
    """A meter with words; see components/confidence.html."""
    if value is None or value == "":
        return format_html('<span class="confidence muted">{}Not measured</span>', icon("circle"))
    known = level or next((name for least, name in _LEVELS if value >= least), "low")
    return _meter(f"{value:.2f}", known) if not why else _measured(f"{value:.2f}", known, why)


@lru_cache(maxsize=512)
def _meter(value: str, level: str) -> SafeString:
    return _measured(value, level, "")


def _measured(value: str, level: str, why: str) -> SafeString:
    return format_html(
        '<span class="confidence tone-{}"{}><meter min="0" max="1" value="{}" '
        'aria-label="Confidence">{}</meter><span class="words">{}</span> '
        '<span class="muted tabular">{}</span>{}</span>',
        _TONES.get(level, "error"),
        format_html(' title="{}"', why) if why else "",
        *(value,) * 2,
        _NAMES.get(level, "Low"),
        value,
        format_html('<span class="sr-only">{}</span>', why) if why else "",
    )


@register.simple_tag(takes_context=True)
def page_links(context: Context, page: Page[Any]) -> list[tuple[int | None, str]]:
    """The pages that a pager names, each with its address: the first, the last and those around
    this one. (None, "") stands for those between."""
    last = page.paginator.num_pages
    request = context.get("request")  # the style guide shows pages without one
    query = request.GET.copy() if request else QueryDict(mutable=True)
    shown: list[tuple[int | None, str]] = []
    for number in (1, *range(max(2, page.number - 1), min(last, page.number + 2)), last):
        if shown and number > (shown[-1][0] or 0) + 1:
            shown.append((None, ""))
        query["page"] = number
        shown.append((number, f"?{query.urlencode()}"))
    return shown


@register.simple_tag(takes_context=True)
def rendered(context: Context, template_name: str) -> str:
    """What a template prints, for a page that shows it in two places: {% rendered "…" as x %}."""
    assert context.template is not None
    found = context.template.engine.get_template(template_name)
    with context.push():
        return found.render(context)


@register.filter
@stringfilter
def clip(text: str, most: int) -> str:
    """At most so many characters, the last of them an ellipsis where something is left out.
    Django's `truncatechars` looks at each character of a text even if it is short enough."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
