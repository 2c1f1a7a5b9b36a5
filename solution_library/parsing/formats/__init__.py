"""One module per format, each with `parse(path, filename) -> ParsedDocument`.

To add a format: a sister module, a line in `FORMATS`, and its signature in `sniff`. Own
modules are imported here, before the sandbox closes; foreign libraries inside `parse`, so a
Markdown file doesn't wait for a PDF library.
"""

from collections.abc import Callable
from pathlib import Path

from solution_library.parsing.formats import csv, docx, html, md, pdf, rst, txt
from solution_library.parsing.types import ParsedDocument

FORMATS: dict[str, Callable[[Path, str], ParsedDocument]] = {
    "csv": csv.parse,
    "docx": docx.parse,
    "html": html.parse,
    "md": md.parse,
    "pdf": pdf.parse,
    "rst": rst.parse,
    "txt": txt.parse,
}
