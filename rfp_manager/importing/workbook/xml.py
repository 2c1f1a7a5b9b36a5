"""Reading the XML parts of a workbook without entities, network or whole trees."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, TypeAlias

from lxml import etree

from rfp_manager.importing.types import QuestionnaireRefused

Element: TypeAlias = Any  # lxml ships no types


def elements(data: bytes, *names: str) -> Iterator[Element]:
    """Each finished element with one of the local `names`, in order, whatever its namespace.

    Elements are emptied once they have been used, so memory stays flat.
    """
    wanted = {f"{{*}}{name}" for name in names}
    parser = etree.iterparse(
        BytesIO(data),
        events=("end",),
        tag=tuple(wanted),
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
    )
    try:
        for _, element in parser:
            yield element
            element.clear(keep_tail=False)
            _forget_earlier(element)
    except etree.XMLSyntaxError as error:
        raise QuestionnaireRefused(
            "The workbook is damaged: one of its parts is not valid XML. Open it in your "
            "spreadsheet program, save it again as .xlsx and upload that copy."
        ) from error


def local(element: Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """An attribute by local name, with or without a namespace; "" when absent."""
    value = element.get(name)
    if value is not None:
        return str(value)
    return next((str(v) for k, v in element.items() if k.rpartition("}")[2] == name), "")


def is_true(value: str) -> bool:
    return value.strip().lower() in ("1", "true", "on")


def _forget_earlier(element: Element) -> None:
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
