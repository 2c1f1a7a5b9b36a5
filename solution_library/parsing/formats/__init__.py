"""One module per format, each with `parse(path, filename) -> ParsedDocument`.

To add a format: a sister module, a line in `FORMATS`, and its signature in `sniff`. Own
modules are imported here, before the sandbox closes; foreign libraries inside `parse`, so a
Markdown file doesn't wait for a PDF library.
"""

from collections.abc import Callable, Iterator
from typing import Any

from solution_library.parsing.formats import (
    csv,
    docx,
    eml,
    html,
    image,
    md,
    odf,
    pdf,
    pptx,
    rst,
    rtf,
    txt,
    xlsx,
)
from solution_library.parsing.readable import Readable
from solution_library.parsing.types import ParsedDocument

FORMATS: dict[str, Callable[[Readable, str], ParsedDocument]] = {
    "csv": csv.parse,
    "docx": docx.parse,
    "eml": eml.parse,
    "html": html.parse,
    "image": image.parse,
    "md": md.parse,
    "odf": odf.parse,
    "pdf": pdf.parse,
    "pptx": pptx.parse,
    "rst": rst.parse,
    "rtf": rtf.parse,
    "txt": txt.parse,
    "xlsx": xlsx.parse,
}

#: Those that are read page by page, each with `parts`; see `formats.pdf.parts`.
PAGED: dict[str, Callable[..., Iterator[dict[str, Any]]]] = {"image": image.parts, "pdf": pdf.parts}
