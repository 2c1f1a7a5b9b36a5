"""The endings of the files that can be read. What a file is, its content says in the end."""

SUPPORTED = frozenset(
    (
        ".pdf", ".docx", ".pptx", ".xlsx", ".csv", ".tsv", ".odt", ".rtf", ".html", ".htm",
        ".xhtml", ".md", ".markdown", ".mdx", ".rst", ".txt", ".text", ".eml",
    )
)
ACCEPT = ",".join(sorted(SUPPORTED))
