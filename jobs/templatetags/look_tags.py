"""Icons and badges. They stand on every row of every list, so they are written here: as templates
that include each other they took most of the time of a long page."""

from typing import Any

from django import template
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
        icon(look.icon, spin=look.spins),
        text or words_of(str(status or "")),
    )
