"""The XML inside office containers: parsed without entities, network or trust in its size."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from solution_library.parsing import zip_checks
from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.text import clean, squeeze
from solution_library.parsing.words import words

if TYPE_CHECKING:
    from zipfile import ZipFile

    from lxml.etree import _Element

_SAFE: dict[str, Any] = {
    "resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False,
}  # fmt: skip
_ON = words("1 true on")
# What programs write when nobody has named the document.
_EMPTY_TITLES = frozenset(
    ("word document", "powerpoint presentation", "presentation", "untitled", "title", "workbook")
)


@dataclass(frozen=True, slots=True)
class Relation:
    """`kind`: the last word of its type, such as "slide"; `target`: the part's name."""

    kind: str
    target: str


def root_of(archive: "ZipFile", name: str) -> "_Element | None":
    """A part's root element; None when the part is missing. Raises ParseRefused."""
    try:
        content = zip_checks.read_part(archive, name)
    except KeyError:
        return None
    return parsed(content, name)


def parsed(content: bytes, name: str) -> "_Element":
    """The root element of XML; raises ParseRefused naming the part when it is damaged."""
    from lxml import etree

    parser = etree.XMLParser(**_SAFE, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _damaged(error, name) from error


def elements(content: bytes, name: str, *tags: str) -> "Iterator[_Element]":
    """Each finished element with one of these local names, in order. It is emptied once it has
    been used, so that memory stays flat whatever the size of the part. Raises ParseRefused."""
    from lxml import etree

    wanted = tuple(f"{{*}}{tag}" for tag in tags)
    try:
        for _, element in etree.iterparse(BytesIO(content), events=("end",), tag=wanted, **_SAFE):
            yield element
            element.clear(keep_tail=False)
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        raise _damaged(error, name) from error


def _damaged(error: Exception, name: str) -> Exception:
    if "memory" in str(error).lower():
        return MemoryError()
    return ParseRefused(f"The file is damaged: {name!r} is not valid XML.")


@lru_cache(maxsize=2048)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def local(element: "_Element") -> str:
    """The tag without its namespace: strict and transitional files differ in it."""
    return _local(element.tag) if isinstance(element.tag, str) else ""


def children(element: "_Element") -> "Iterator[tuple[str, _Element]]":
    for child in element:
        if isinstance(child.tag, str):
            yield _local(child.tag), child


def attribute(element: "_Element | None", name: str) -> str | None:
    """An attribute whatever its namespace."""
    if element is None:
        return None
    if (plain := element.get(name)) is not None:
        return str(plain)
    for key, value in element.attrib.items():
        if _local(str(key)) == name:
            return str(value)
    return None


def number(value: str | None, default: int = 0) -> int:
    """A whole number of up to twelve digits; anything else is the default."""
    digits = (value or "").removeprefix("-")
    is_number = digits.isdecimal() and digits.isascii() and len(digits) <= 12
    return int(value or "") if is_number else default


def is_true(value: str | None) -> bool:
    return (value or "").strip().lower() in _ON


def relations(archive: "ZipFile", member: str) -> dict[str, Relation]:
    """What a part refers to, by id; whatever lies outside the container is left out."""
    folder, name = posixpath.split(member)
    root = root_of(archive, posixpath.join(folder, "_rels", f"{name}.rels"))
    found: dict[str, Relation] = {}
    # Names of parts differ in nothing but their case for the programs that write them.
    stored: dict[str, str] = {}
    for relation in root if root is not None else ():
        if attribute(relation, "TargetMode") == "External":
            continue
        target = (attribute(relation, "Target") or "").replace("\\", "/")
        full = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        kind = (attribute(relation, "Type") or "").rpartition("/")[2]
        if full not in archive.NameToInfo:
            stored = stored or {name.lower(): name for name in archive.namelist()}
            full = stored.get(full.lower(), full)
        found[attribute(relation, "Id") or ""] = Relation(kind, full)
    return found


def main_part(archive: "ZipFile", default: str) -> str:
    """Named by the package's relationships; nearly always the default."""
    for relation in relations(archive, "").values():
        if relation.kind == "officeDocument" and relation.target in archive.NameToInfo:
            return relation.target
    return default


def stated_title(archive: "ZipFile") -> str:
    try:
        properties = root_of(archive, "docProps/core.xml")
    except ParseRefused:  # the text matters, its label does not
        return ""
    found = properties.findtext("{*}title") if properties is not None else None
    title = squeeze(clean(found or ""))
    return "" if title.lower() in _EMPTY_TITLES else title
