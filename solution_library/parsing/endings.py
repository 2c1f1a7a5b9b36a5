"""The endings of the files that can be read, each with the one that its kind is stored under.

An ending only decides what is worth looking at. What a file is, its content says in the end.
"""

CANONICAL = {
    ".pdf": ".pdf",
    ".docx": ".docx", ".docm": ".docx", ".dotx": ".docx",
    ".pptx": ".pptx", ".pptm": ".pptx", ".ppsx": ".pptx", ".potx": ".pptx",
    ".xlsx": ".xlsx", ".xlsm": ".xlsx", ".xltx": ".xlsx",
    ".odt": ".odt", ".ott": ".odt", ".ods": ".ods", ".ots": ".ods", ".odp": ".odp", ".otp": ".odp",
    ".rtf": ".rtf",
    ".csv": ".csv", ".tsv": ".csv",
    ".html": ".html", ".htm": ".html", ".xhtml": ".html",
    ".md": ".md", ".markdown": ".md", ".mdx": ".md", ".rst": ".rst",
    ".txt": ".txt", ".text": ".txt",
    ".eml": ".eml",
}  # fmt: skip
SUPPORTED = frozenset(CANONICAL)
#: Scans, which somebody chooses one by one. Not `SUPPORTED`: the pictures in a folder of
#: documents are its decoration.
PICTURES = frozenset((".png", ".jpg", ".jpeg", ".tif", ".tiff"))
#: For the file chooser of a browser.
ACCEPT = ",".join(sorted(SUPPORTED | PICTURES))
