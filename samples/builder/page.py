"""Sources as a page of the vendor's website: the text sits amid navigation and a cookie notice."""

import re
from html import escape
from itertools import groupby

from samples.builder.model import Block, Source, Table

_NAVIGATION = (
    ("/product", "Product"),
    ("/trust", "Trust centre"),
    ("/resources", "Resources"),
    ("/careers", "Careers"),
    ("/contact", "Contact"),
)


def build_html(source: Source) -> bytes:
    page = "\n".join(
        [
            f'<!DOCTYPE html>\n<html lang="{source.language}">',
            _head(source),
            "<body>",
            _top(source),
            _main(source),
            _side(source),
            _foot(source),
            "</body>\n</html>\n",
        ]
    )
    return page.encode()


def _head(source: Source) -> str:
    return f"""<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(source.title)} | Harrowfen Systems</title>
<style>
body {{ font-family: sans-serif; line-height: 1.5; margin: auto; max-width: 64rem }}
header ul, footer ul {{ display: flex; gap: 1rem; list-style: none; padding: 0 }}
table {{ border-collapse: collapse }} th, td {{ border: 1px solid #999; padding: 4px }}
</style>
<script>window.pageName = "{source.name}"; document.documentElement.className += " js";</script>
</head>"""


def _top(source: Source) -> str:
    links = "".join(f'<li><a href="{href}">{text}</a></li>' for href, text in _NAVIGATION)
    return f"""<div class="cookie-notice" role="dialog" aria-label="Cookies">
<p>We use only the cookies this site needs to work.</p><button type="button">Close</button></div>
<header><a href="/" class="brand">Harrowfen Systems</a>
<nav aria-label="Main"><ul>{links}</ul></nav>
<form role="search" action="/find"><input type="search" name="q" aria-label="Find on this site">
<button>Find</button></form></header>
<nav aria-label="Breadcrumb"><a href="/">Home</a> / <a href="/trust">Trust centre</a> /
{escape(source.title)}</nav>"""


def _main(source: Source) -> str:
    control = "".join(
        f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>"
        for label, value in source.control_rows()
    )
    parts = [f"<main>\n<article>\n<h1>{escape(source.title)}</h1>\n<dl>{control}</dl>"]
    for kind, blocks in groupby(source.blocks, key=lambda block: block.kind):
        rendered = "\n".join(_block(block) for block in blocks)
        tag = {"bullet": "ul", "number": "ol"}.get(kind)
        parts.append(f"<{tag}>\n{rendered}\n</{tag}>" if tag else rendered)
    return "\n".join([*parts, "</article>\n</main>"])


def _side(source: Source) -> str:
    headings = [block.text for block in source.blocks if block.kind == "heading"]
    links = "".join(f'<li><a href="#{_slug(text)}">{escape(text)}</a></li>' for text in headings)
    return f"<aside><h2>On this page</h2><ul>{links}</ul><p>Was this page helpful?</p></aside>"


def _foot(source: Source) -> str:
    return f"""<footer><p>&copy; {source.effective.year} Harrowfen Systems Ltd</p>
<ul><li><a href="/imprint">Imprint</a></li><li><a href="/privacy">Privacy notice</a></li>
<li><a href="/sitemap">Site map</a></li></ul></footer>
<script>document.querySelectorAll("nav a").forEach((link) => {{ link.rel = "noopener"; }});
</script>"""


def _block(block: Block) -> str:
    match block.kind:
        case "heading":
            tag = f"h{block.level + 1}"
            return f'<{tag} id="{_slug(block.text)}">{_inline(block.text)}</{tag}>'
        case "bullet" | "number":
            return f"<li>{_inline(block.text)}</li>"
        case "table":
            return _table(block.table)
        case "code":
            return f"<pre><code>{escape(block.text)}</code></pre>"
        case "page_break":
            return ""
        case _:
            return f"<p>{_inline(block.text)}</p>"


def _table(table: Table) -> str:
    rows = [_row(table, index, "th" if index == 0 else "td") for index in range(len(table.rows))]
    body = "\n".join(rows[1:])
    return f"<table>\n<thead>\n{rows[0]}\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _row(table: Table, index: int, tag: str) -> str:
    cells = []
    for _, cell in table.anchors(index):
        span = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
        span += f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
        cells.append(f"<{tag}{span}>{_inline(cell.text)}</{tag}>")
    return "<tr>" + "".join(cells) + "</tr>"


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
