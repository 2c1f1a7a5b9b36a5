"""Sources as Markdown and as plain text."""

import textwrap

from samples.builder.model import Block, Source, Table

WIDTH = 88


def build_md(source: Source) -> bytes:
    """Markdown knows no merged cells, so a merged text is repeated in each of its rows."""
    head = ["---", f"title: {source.title}"]
    head += [f"{label.lower()}: {value}" for label, value in source.control_rows()]
    parts = ["\n".join([*head, "---"]), f"# {source.title}"]
    previous = ""
    for block in source.blocks:
        text = _md_block(block)
        if block.kind in ("bullet", "number") and block.kind == previous:
            parts[-1] += "\n" + text
        elif text:
            parts.append(text)
        previous = block.kind
    return ("\n\n".join(parts) + "\n").encode()


def _md_block(block: Block) -> str:
    match block.kind:
        case "heading":
            return "#" * (block.level + 1) + " " + block.text
        case "bullet":
            return f"- {block.text}"
        case "number":
            return f"{block.number}. {block.text}"
        case "table":
            return _md_table(block.table)
        case "code":
            return f"```\n{block.text}\n```"
        case "page_break":
            return ""
        case _:
            return block.text


def _md_table(table: Table) -> str:
    lines = ["| " + " | ".join(_row_texts(table, index)) + " |" for index in range(len(table.rows))]
    lines.insert(1, "|" + "---|" * len(table.rows[0]))
    return "\n".join(lines)


def _row_texts(table: Table, index: int) -> list[str]:
    """Cells merged downwards are repeated, cells merged to the right are not."""
    row = table.rows[index]
    return ["" if i and row[i - 1] is cell else cell.text for i, cell in enumerate(row)]


def build_txt(source: Source) -> bytes:
    """Text as an office program saves it: underlined headings, CRLF, a BOM with UTF-8."""
    parts = [source.title + "\n" + "=" * len(source.title)]
    parts.append("\n".join(f"{label}: {value}" for label, value in source.control_rows()))
    previous = ""
    for block in source.blocks:
        text = _txt_block(block)
        if block.kind in ("bullet", "number") and block.kind == previous:
            parts[-1] += "\n" + text
        elif text:
            parts.append(text)
        previous = block.kind
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    return ("\n\n".join(parts) + "\n").replace("\n", "\r\n").encode(encoding)


def _txt_block(block: Block) -> str:
    text = block.text.replace("`", "")
    match block.kind:
        case "heading":
            return f"{text}\n{('-' if block.level == 1 else '~') * len(text)}"
        case "bullet":
            return textwrap.fill(text, WIDTH, initial_indent="- ", subsequent_indent="  ")
        case "number":
            lead = f"{block.number}. "
            return textwrap.fill(text, WIDTH, initial_indent=lead, subsequent_indent="   ")
        case "table":
            return _txt_table(block.table)
        case "code":
            return textwrap.indent(block.text, "    ")
        case "page_break":
            return ""
        case _:
            return textwrap.fill(text, WIDTH)


def _txt_table(table: Table) -> str:
    """Each row is one line of "cell | cell", whatever its width: nothing is cut or wrapped."""
    rows = [_row_texts(table, index) for index in range(len(table.rows))]
    unmerged = [row for row in rows if "" not in row[1:]]
    widths = [max(len(text) for text in column) for column in zip(*unmerged, strict=True)]
    lines = [
        " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip(" |")
        for row in rows
    ]
    lines.insert(1, "-+-".join("-" * width for width in widths))
    return "\n".join(lines)
