"""Fields of choices that are written in one go. Django draws each choice as a template of its own,
which on a page with a dozen lists of choices took as long as its table."""

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

OPTION = '<option value="{}"{}>{}</option>'
BOX = '<div><label for="{}"><input type="checkbox" name="{}" value="{}"{}> {}</label></div>'


class PlainSelect(forms.Select):
    """A select without groups."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        options = (
            (_value(option), flatatt(option["attrs"]), option["label"])
            for _, group, _ in widget["optgroups"]
            for option in group
        )
        return format_html(
            '<select name="{}"{}>{}</select>',
            widget["name"], flatatt(widget["attrs"]), format_html_join("\n", OPTION, options),
        )  # fmt: skip


class PlainBoxes(forms.CheckboxSelectMultiple):
    """Boxes to tick, without groups."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        boxes = (
            (box["attrs"].get("id", ""), box["name"], _value(box), flatatt(box["attrs"]),
             box["label"])
            for _, group, _ in widget["optgroups"]
            for box in group
        )  # fmt: skip
        around = {key: widget["attrs"][key] for key in ("id", "class") if key in widget["attrs"]}
        return format_html("<div{}>{}</div>", flatatt(around), format_html_join("\n", BOX, boxes))


def _value(choice: dict[str, Any]) -> str:
    """As Django prints it: an empty choice of a model is None."""
    return "" if choice["value"] is None else str(choice["value"])
