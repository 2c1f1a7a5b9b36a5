"""Recognises forms that were seen before, and reads them as a person has corrected them.

A layout is known by its header rows: sheets may be renamed, rows and columns moved. What is
kept of a correction is therefore told by texts, not by numbers, and found again by them.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from accounts.formats import number_text
from rfp_manager.importing.words import normalise
from rfp_manager.models import RFP, QuestionnaireLayout

#: Share of the header's titles that another row must hold to be the same header.
NEAR_HEADER = 0.75
#: A header of one title stands above too many different columns.
FEWEST_TITLES = 2
MAX_TITLE = 120
HEADER_ROWS = 60
MAX_LAYOUTS = 200
SEEN_SHEETS = 6
Rows = list[tuple[int, dict[int, str]]]
Moves = dict[int, int]  # a column of the known form: where it stands in another


@dataclass(frozen=True)
class Recognised:
    """A form that was corrected before. `overrides` are for the new file; `exact`: nothing of
    the layout has changed."""

    layout: QuestionnaireLayout
    overrides: dict[str, Any]
    exact: bool
    name: str
    by: str

    @property
    def mapping(self) -> dict[str, Any]:
        """As it is stored with the RFP."""
        origin = {"layout": self.layout.pk, "name": self.name, "by": self.by, "exact": self.exact}
        return {"sheets": self.overrides, "origin": origin}


def fingerprint(preview: dict[str, Any]) -> str:
    """Of the sheets' names and titles; neither the questions nor a mapping change it."""
    structure = [
        [normalise(sheet["name"]), sheet["hidden"], sorted(_header(sheet).items())]
        for sheet in preview["sheets"]
    ]
    return hashlib.sha256(json.dumps(structure).encode("utf-8", "replace")).hexdigest()


def _header(sheet: dict[str, Any]) -> dict[int, str]:
    """The first row that has the most short texts: what names the columns in nearly any form."""
    best: dict[int, str] = {}
    for _, cells in _rows(sheet, HEADER_ROWS):
        titles = _titles(cells)
        if len(titles) > len(best) and len(titles) == len(cells):
            best = titles
    return best


def _titles(cells: dict[int, str]) -> dict[int, str]:
    short = {column: normalise(text) for column, text in cells.items() if len(text) <= MAX_TITLE}
    return {c: text for c, text in short.items() if any(sign.isalpha() for sign in text)}


def _rows(sheet: dict[str, Any], most: int | None = None) -> Rows:
    found: Rows = []
    for page in sheet["pages"]:
        for number, cells, _ in page["rows"]:
            if cells:
                found.append((number, {int(column): text for column, text in cells.items()}))
            if most is not None and len(found) >= most:
                return found
    return found


def seen_in_words(preview: dict[str, Any]) -> list[str]:
    """What the sheets hold, for somebody who is told that none of it asks anything."""
    said = []
    for sheet in preview["sheets"]:
        if not sheet["filled_rows"]:
            continue
        titles = " | ".join(list(dict.fromkeys(_header(sheet).values()))[:6])
        count = sheet["filled_rows"]
        rows = f"{number_text(count)} row{'' if count == 1 else 's'}"
        name = f"“{sheet['name'][:60]}” with {rows}" if sheet["name"] else rows
        said.append(f"{name} ({titles[:160]})" if titles else name)
    more = len(said) - SEEN_SHEETS
    return said[:SEEN_SHEETS] + ([f"{more} more sheets"] if more > 0 else [])


# -- keeping a correction ---------------------------------------------------------------
def remember(rfp: RFP, preview: dict[str, Any], user: Any) -> QuestionnaireLayout | None:
    """Keep how `user` has corrected the reading of an RFP, for the next file of this layout.
    Where nothing is corrected any more, what was kept is forgotten."""
    key = hashlib.sha256(f"{rfp.layout}:{user.pk}".encode()).hexdigest()
    overrides = rfp.mapping.get("sheets") or {}
    kept = [
        _told(sheet, overrides[sheet["name"]])
        for sheet in preview["sheets"]
        if sheet["name"] in overrides
    ]
    if not kept:
        QuestionnaireLayout.objects.filter(fingerprint=key).delete()
        return None
    features = {"structure": rfp.layout, "rfp": rfp.pk}
    values = {"name": rfp.name, "mapping": {"sheets": kept}, "features": features}
    layout, _ = QuestionnaireLayout.objects.update_or_create(
        fingerprint=key, defaults={**values, "made_by": user}
    )
    return layout


def _told(sheet: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    """One sheet's correction with the texts that it can be found again by."""
    rows, keys = dict(_rows(sheet)), _row_keys(sheet)
    header = override.get("header_row")
    titles = _titles(rows.get(header, {})) if header else _header(sheet)
    return {
        "name": sheet["name"],
        "titles": {str(column): text for column, text in titles.items()},
        "override": override,
        "rows": {
            keys[int(row)]: role
            for row, role in (override.get("rows") or {}).items()
            if int(row) in keys
        },
    }


def _row_keys(sheet: dict[str, Any]) -> dict[int, str]:
    """By what each row is found again: its texts, and which of several such rows it is."""
    seen: Counter[str] = Counter()
    keys = {}
    for number, cells in _rows(sheet):
        flat = "\n".join(normalise(text) for _, text in sorted(cells.items()))
        digest = hashlib.sha256(flat.encode("utf-8", "replace")).hexdigest()[:32]
        seen[digest] += 1
        keys[number] = f"{digest}#{seen[digest]}"
    return keys


# -- finding it again -------------------------------------------------------------------
def recognise(preview: dict[str, Any], user: Any) -> Recognised | None:
    """How somebody has corrected such a form before, as far as `user` may know of it."""
    if user is None:
        return None
    own = fingerprint(preview)
    found = [
        (exact, _share(overrides, preview), layout, overrides)
        for layout in _known_to(user)
        if (overrides := _overrides(layout, preview, exact := layout.features["structure"] == own))
    ]
    if not found:
        return None
    exact, _, layout, overrides = max(found, key=lambda entry: entry[:2])
    by = layout.made_by.get_username() if layout.made_by else ""
    return Recognised(layout, overrides, exact, layout.name, by)


def _known_to(user: Any) -> Iterator[QuestionnaireLayout]:
    """The newest first: a person's own, and those of RFPs that they may see."""
    seen = RFP.objects.for_user(user).values("pk")
    made_on = Cast(KeyTextTransform("rfp", "features"), BigIntegerField())
    layouts = QuestionnaireLayout.objects.annotate(made_on=made_on)
    layouts = layouts.filter(Q(made_by=user) | Q(made_on__in=seen))
    for layout in layouts.select_related("made_by").order_by("-updated_at")[:MAX_LAYOUTS]:
        if layout.features.get("structure") and layout.mapping.get("sheets"):
            yield layout


def _share(overrides: dict[str, Any], preview: dict[str, Any]) -> float:
    return len(overrides) / max(len(preview["sheets"]), 1)


def _overrides(layout: QuestionnaireLayout, preview: dict[str, Any], exact: bool) -> dict[str, Any]:
    """The kept correction for the sheets of another file; empty if none of them is in it."""
    found: dict[str, Any] = {}
    for kept in layout.mapping["sheets"]:
        free = [sheet for sheet in preview["sheets"] if sheet["name"] not in found]
        for sheet in sorted(free, key=lambda s: s["name"] != kept["name"]):
            override = _moved(kept, sheet, exact)
            if override is not None:
                found[sheet["name"]] = override
                break
    return found


def _moved(kept: dict[str, Any], sheet: dict[str, Any], exact: bool) -> dict[str, Any] | None:
    """One sheet's correction with the rows and columns as they stand in `sheet`."""
    titles = {int(column): text for column, text in kept["titles"].items()}
    same_name = sheet["name"] == kept["name"]
    row, columns = _find_header(titles, sheet)
    if row is None and not (same_name and (exact or not kept["override"].get("columns"))):
        return None
    override = {k: v for k, v in kept["override"].items() if k not in ("rows", "columns")}
    if "header_row" in override and override["header_row"] and row is not None:
        override["header_row"] = row
    if "columns" in kept["override"]:
        override["columns"] = _moved_columns(kept["override"]["columns"], columns)
    if rows := _moved_rows(kept["rows"], sheet):
        override["rows"] = rows
    return override


def _find_header(titles: dict[int, str], sheet: dict[str, Any]) -> tuple[int | None, Moves]:
    """The row whose titles are most like `titles`, and where each column stands in it."""
    best: tuple[float, int | None, Moves] = (0.0, None, {})
    for number, cells in _rows(sheet, HEADER_ROWS) if len(titles) >= FEWEST_TITLES else ():
        there = _titles(cells)
        columns = _paired(titles, there)
        share = len(columns) / max(len(titles), len(there), 1)
        if share > best[0]:
            best = share, number, columns
    if best[0] < NEAR_HEADER:
        return None, {}
    return best[1], best[2]


def _paired(titles: dict[int, str], there: dict[int, str]) -> Moves:
    """Old column to new, by the title; the first stays first where a title repeats itself."""
    left = dict(sorted(there.items()))
    pairs: Moves = {}
    for column, title in sorted(titles.items()):
        new = next((c for c, text in left.items() if text == title), None)
        if new is not None:
            pairs[column] = new
            del left[new]
    return pairs


def _moved_columns(columns: dict[str, Any], moved: Moves) -> dict[str, Any]:
    """A column without a title has moved as far as the nearest titled one before it."""

    def to(column: int) -> int:
        if column in moved:
            return moved[column]
        before = [old for old in moved if old < column]
        return column + (moved[max(before)] - max(before) if before else 0)

    return {
        role: [to(c) for c in value] if isinstance(value, list) else (value and to(value))
        for role, value in columns.items()
    }


def _moved_rows(kept: dict[str, str], sheet: dict[str, Any]) -> dict[str, str]:
    keys = _row_keys(sheet) if kept else {}
    return {str(number): kept[key] for number, key in keys.items() if key in kept}
