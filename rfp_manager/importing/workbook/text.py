"""Text as workbooks store it."""

import re

from rfp_manager.importing.workbook import xml

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def rich_text(element: xml.Element) -> str:
    """The text of an <si> or <is>: its runs joined, phonetic hints left out."""
    pieces: list[str] = []
    for child in element:
        name = xml.local(child)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "r":
            pieces.extend(t.text or "" for t in child if xml.local(t) == "t")
    return unescape("".join(pieces))


def unescape(text: str) -> str:
    """Undo the format's own escapes: "_x000D_" is a carriage return."""
    if "_x" not in text:
        return text
    decoded = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    # Characters beyond the basic plane may be written as two escapes, one for each half.
    return decoded.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
