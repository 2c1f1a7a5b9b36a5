"""The form fields (AcroForm) of a PDF, with what they offer and where they stand."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rfp_manager.importing.pdf.model import FormField, Widget
from rfp_manager.importing.types import QuestionnaireRefused
from solution_library.parsing.pdf_lines import Box
from solution_library.parsing.pdf_words import turned_box

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_FIELDS = 5_000
MAX_DEPTH = 20
_READ_ONLY, _RADIO, _PUSH = 1, 1 << 15, 1 << 16
_HIDDEN_FLAGS = 0b100010  # hidden or never shown

_XFA_ONLY = (
    "This PDF is an XFA form: what is seen in it is made by Adobe's own program and is not in the "
    "file as text. Open it in Adobe Acrobat or Reader, print it to a new PDF (or ask the buyer "
    "for a Word or Excel version) and upload that."
)


def form_of(reader: "PdfReader") -> Any:
    """The AcroForm dictionary, or an empty one."""
    form = _get(_get(reader.trailer, "/Root"), "/AcroForm")
    return form if hasattr(form, "get") else {}


def refuse_xfa(reader: "PdfReader") -> None:
    """Raises QuestionnaireRefused for a form that is made by a script when it is opened."""
    form = form_of(reader)
    if _get(form, "/XFA") is not None and not _list(_get(form, "/Fields")):
        raise QuestionnaireRefused(_XFA_ONLY)


def fields_of(reader: "PdfReader", turned: dict[int, int]) -> list[FormField]:
    """All fields that can be filled in; `turned` are the quarters of each page's text."""
    places = _places(reader)
    found = []
    for name, node in leaves(reader):
        field = _field(name, node, places, turned)
        if field is not None and field.widgets:
            found.append(field)
    return found


def leaves(reader: "PdfReader") -> Iterator[tuple[str, Any]]:
    """(full name, dictionary) of each field; raises nothing, whatever the file holds."""
    seen: set[int] = set()
    stack = [(node, "", 0) for node in reversed(_list(_get(form_of(reader), "/Fields")))]
    count = 0
    while stack and count < MAX_FIELDS:
        raw, above, depth = stack.pop()
        node = _object(raw)
        if not hasattr(node, "get") or id(node) in seen or depth > MAX_DEPTH:
            continue
        seen.add(id(node))
        own = _text(_get(node, "/T"))
        name = ".".join(part for part in (above, own) if part)
        children = [kid for kid in _list(_get(node, "/Kids")) if "/T" in _keys(kid)]
        if children:
            stack += [(kid, name, depth + 1) for kid in reversed(children)]
            continue
        count += 1
        yield name, node


def widgets_of(node: Any) -> list[Any]:
    """The field's places on pages: its kids, or itself."""
    kids = [kid for raw in _list(_get(node, "/Kids")) if hasattr(kid := _object(raw), "get")]
    return kids or [node]


def inherited(node: Any, key: str) -> Any:
    """A value of the field or of the fields that it belongs to."""
    for _ in range(MAX_DEPTH):
        if not hasattr(node, "get"):
            return None
        found = _get(node, key)
        if found is not None:
            return found
        node = _get(node, "/Parent")
    return None


def kind_of(node: Any) -> str:
    """text, check, radio or choice; "" for buttons and signatures."""
    kind, flags = str(inherited(node, "/FT") or ""), flags_of(node)
    if kind == "/Btn":
        return "" if flags & _PUSH else "radio" if flags & _RADIO else "check"
    return {"/Tx": "text", "/Ch": "choice"}.get(kind, "")


def flags_of(node: Any) -> int:
    flags = inherited(node, "/Ff")
    return int(flags) if isinstance(flags, int) else 0


def state_of(widget: Any) -> str:
    """What a button's widget stores when it is on: the key of its appearance beside /Off."""
    shown = _get(_get(widget, "/AP"), "/N")
    names = [str(key) for key in _keys(shown) if str(key) != "/Off"]
    return names[0] if names else ""


def _field(
    name: str, node: Any, places: dict[int, int], turned: dict[int, int]
) -> FormField | None:
    kind = kind_of(node)
    if not kind:
        return None
    field = FormField(name=name, kind=kind, label=_label(node), value=_value(node, kind))
    field.read_only = bool(flags_of(node) & _READ_ONLY)
    longest = inherited(node, "/MaxLen")
    field.max_length = int(longest) if isinstance(longest, int) and longest > 0 else None
    field.options = _options(node) if kind == "choice" else []
    for widget in widgets_of(node):
        page = _page(widget, places)
        box = _box(widget)
        flags = _get(widget, "/F")
        if page and box and not (isinstance(flags, int) and flags & _HIDDEN_FLAGS):
            state = state_of(widget) if kind in ("check", "radio") else ""
            field.widgets.append(Widget(page, turned_box(box, turned.get(page, 0)), state))
    return field


def _label(node: Any) -> str:
    return " ".join(_text(_get(node, "/TU") or inherited(node, "/TU")).split())


def _value(node: Any, kind: str) -> str:
    value = inherited(node, "/V")
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    text = _text(value)
    return "" if kind in ("check", "radio") and text in ("/Off", "Off") else text


def _options(node: Any) -> list[tuple[str, str]]:
    found = []
    for option in _list(inherited(node, "/Opt"))[:500]:
        option = _object(option)
        if isinstance(option, list) and len(option) >= 2:
            found.append((_text(option[0]), _text(option[1])))
        else:
            found.append((_text(option), _text(option)))
    return [(stored, shown) for stored, shown in found if shown.strip()]


def _places(reader: "PdfReader") -> dict[int, int]:
    """Number of the object of a page or of a widget -> number of the page."""
    places: dict[int, int] = {}
    for number, page in enumerate(reader.pages, start=1):
        reference = getattr(page, "indirect_reference", None)
        if reference is not None:
            places[reference.idnum] = number
        for raw in _list(_get(page, "/Annots")):
            if hasattr(raw, "idnum"):
                places.setdefault(raw.idnum, number)
    return places


def _page(widget: Any, places: dict[int, int]) -> int:
    reference = getattr(widget, "indirect_reference", None)
    if reference is not None and reference.idnum in places:
        return places[reference.idnum]
    page = widget.raw_get("/P") if "/P" in _keys(widget) and hasattr(widget, "raw_get") else None
    return places.get(getattr(page, "idnum", -1), 0)


def _box(widget: Any) -> Box | None:
    try:
        left, bottom, right, top = (float(_object(edge)) for edge in _list(_get(widget, "/Rect")))
    except (TypeError, ValueError):
        return None
    box = min(left, right), max(left, right), max(top, bottom), min(top, bottom)
    return box if box[1] - box[0] > 2 and box[2] - box[3] > 2 else None


def _object(raw: Any) -> Any:
    try:
        return raw.get_object() if hasattr(raw, "get_object") else raw
    except Exception:  # noqa: BLE001 - a reference may lead anywhere
        return None


def _get(node: Any, key: str) -> Any:
    if not hasattr(node, "get"):
        return None
    try:
        return _object(node.get(key))
    except Exception:  # noqa: BLE001
        return None


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else []


def _keys(raw: Any) -> list[Any]:
    node = _object(raw)
    return list(node) if hasattr(node, "keys") else []


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return re.sub(r"[\x00-\x08\x0b-\x1f]", "", str(value))
