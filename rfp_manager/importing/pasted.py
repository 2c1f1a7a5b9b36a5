"""Questions that a person pasted: a text of its own, or a table if they come from a spreadsheet."""

import csv
import io

from rfp_manager.importing.csv_text import tokenize

NAME = "Pasted questions"
TABLE_SHARE = 0.6


def as_file(text: str) -> tuple[str, bytes]:
    """(file name, content): cells copied out of a spreadsheet become CSV, all else plain text."""
    flat = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n") + "\n"
    rows = [[field.value for field in record.fields] for record in tokenize(flat, "\t")]
    filled = [row for row in rows if any(value.strip() for value in row)]
    wide = sum(len(row) > 1 for row in filled)
    if wide < max(2, TABLE_SHARE * len(filled)):
        return f"{NAME}.txt", flat.encode()
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    # With the mark, spreadsheets read the copy with the answers as UTF-8.
    return f"{NAME}.csv", b"\xef\xbb\xbf" + out.getvalue().encode()
