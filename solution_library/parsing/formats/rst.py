"""reStructuredText as readers see it: directives opened up or dropped, nothing executed."""

import re
from collections import deque
from dataclasses import dataclass, field

from solution_library.parsing.builder import Builder
from solution_library.parsing.readable import Readable
from solution_library.parsing.rst_tables import grid_table, list_table, simple_table
from solution_library.parsing.text import decode
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument
from solution_library.parsing.words import words

_UNDERLINE = re.compile(r"([!-/:-@\[-`{-~])\1{1,}\s*$")
_DIRECTIVE = re.compile(r"(\s*)\.\. (?:\|[^|\n]{1,80}\| )?([\w:.-]{1,60})::(?:\s+(.*))?$")
_EXPLICIT = re.compile(r"(\s*)\.\.(?:\s|$)")
_CITATION = re.compile(r"\s*\.\. \[[^\[\]]{1,60}\]\s+(\S.*)")
_OPTION = re.compile(r"\s*:[\w -]{1,60}:(?:\s|$)")
_ITEM = re.compile(r"(\s*)([-*+•]|#\.|\(?\d{1,4}[.)]|\(?[a-zA-Z]\))\s+(\S.*)")
_FIELD = re.compile(r"\s*:([\w][^:`\n]{0,80}):(?:\s+(.*))?$")
_GRID = re.compile(r"\s*\+[-=+]{3,}\+\s*$")
_SIMPLE = re.compile(r"\s*={2,}(?: +={2,})+\s*$")
_CODE_DIRECTIVES = words(
    "code code-block sourcecode parsed-literal prompt console highlight-block math",
)
_DROPPED = words(
    "toctree image figure contents index include literalinclude raw highlight meta sectnum",
    "default-role role automodule autoclass autofunction graphviz default-domain currentmodule",
    "replace unicode target-notes support_matrix oslo.config show-options",
)
_ROLE = re.compile(r"(?::[\w.+-]{1,40}){1,3}:(?=`)")
_ROLE_TEXT = re.compile(r"`([^`<>\n]{1,500}?)\s*<[^`<>\n]{1,1000}>`_{0,2}")
_LITERAL = re.compile(r"``([^\n]{1,1000}?)``")
_INTERPRETED = re.compile(r"`([^`\n]{1,1000})`_{0,2}")
_STRONG = re.compile(r"(?<![\w*])(\*{1,2})(?=[^\s*])([^*\n]{1,1000})(?<=\S)\1(?!\w)")
_FOOTNOTE = re.compile(r"\s?\[(?:#\w{0,40}|\d{1,4}|\*)\]_(?!\w)")
_SUBSTITUTION = re.compile(r"\|([\w][\w .-]{0,80})\|_{0,2}")
_REFERENCE = re.compile(r"\b([A-Za-z][\w.-]{0,80})_{1,2}(?=[\s.,;:)]|$)")
_DIRECTIVE_DEPTH = 6


def parse(path: Readable, filename: str) -> ParsedDocument:
    decoded = decode(path.read_bytes())
    blocks = _Reader(deque(decoded.text.split("\n"))).read()
    return ParsedDocument(
        title=title_of(blocks, filename),
        media_type="text/x-rst",
        blocks=blocks,
        warnings=decoded.warnings,
    )


def plain(text: str) -> str:
    """Inline marks removed; code and link texts stay."""
    pieces = _LITERAL.split(text)
    for place in range(0, len(pieces), 2):
        pieces[place] = _unmarked(pieces[place])
    return "".join(pieces)


def _unmarked(text: str) -> str:
    if "`" in text:
        text = _ROLE_TEXT.sub(r"\1", _ROLE.sub("", text))
        text = _INTERPRETED.sub(lambda found: found[1].removeprefix("~"), text)
    text = _STRONG.sub(r"\2", text) if "*" in text else text
    if "_" in text:
        text = _REFERENCE.sub(r"\1", _FOOTNOTE.sub("", text))
    text = _SUBSTITUTION.sub(r"\1", text) if "|" in text else text
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text


@dataclass
class _Reader:
    lines: deque[str]
    builder: Builder = field(default_factory=lambda: Builder(plain))
    marks: dict[str, int] = field(default_factory=dict)
    directives: int = 0

    def read(self) -> list[Block]:
        while self.lines:
            line = self.lines.popleft().expandtabs(8).rstrip()
            if line:
                self._line(line)
            else:
                self.builder.flush()
        self.builder.flush()
        return self.builder.blocks

    def _line(self, line: str) -> None:
        steps = (self._table, self._title, self._explicit, self._field, self._item)
        if not any(step(line) for step in steps):
            self._text(line)

    def _table(self, line: str) -> bool:
        if _GRID.match(line):
            rows = grid_table(self._until_blank(line))
        elif _SIMPLE.match(line) and not self.builder.is_open:
            rows = simple_table(line, self.lines)
        else:
            return False
        self._add_rows(rows, has_header=True)
        return True

    def _add_rows(self, rows: list[list[str]], *, has_header: bool) -> None:
        cells = [[plain(cell) for cell in row] for row in rows]
        self.builder.table(cells, has_header=has_header)

    def _until_blank(self, first: str) -> list[str]:
        taken = [first]
        while self.lines and self.lines[0].strip():
            taken.append(self.lines.popleft().rstrip())
        return taken

    def _title(self, line: str) -> bool:
        found = _UNDERLINE.match(line)
        if not found:
            return False
        mark = found.group(1)
        if self.builder.is_open:
            return self._underline(line.rstrip(), mark)
        if len(self.lines) > 1 and self.lines[1].rstrip() == line and self.lines[0].strip():
            text = self.lines.popleft()
            self.lines.popleft()
            self._add_heading(text, mark + mark)
            return True
        # A row of marks alone divides; two dots or colons are another matter.
        return len(line) >= 4

    def _underline(self, line: str, mark: str) -> bool:
        lines = self.builder.peek_lines()
        if len(lines) != 1 or lines[0][:1] == " " or len(line) + 2 < min(len(lines[0]), 60):
            return False
        self._add_heading(self.builder.take_lines()[0], mark)
        return True

    def _add_heading(self, text: str, mark: str) -> None:
        level = self.marks.setdefault(mark, len(self.marks) + 1)
        self.builder.heading(plain(text), level)

    def _explicit(self, line: str) -> bool:
        if found := _DIRECTIVE.match(line):
            body = self._indented(len(found.group(1)))
            self._directive(found.group(2).rsplit(":", 1)[-1], found.group(3) or "", body)
            return True
        if note := _CITATION.match(line):
            self.builder.begin("paragraph", 0, note.group(1))
            return True
        if comment := _EXPLICIT.match(line):  # a comment, a target, a substitution
            self.builder.flush()
            self._indented(len(comment.group(1)))
            return True
        return False

    def _indented(self, indent: int) -> list[str]:
        """The lines below that are indented further, and blank lines between them."""
        body: list[str] = []
        while self.lines:
            line = self.lines[0].expandtabs(8).rstrip()
            if line and len(line) - len(line.lstrip()) <= indent:
                break
            body.append(line)
            self.lines.popleft()
        return _dedented(body)

    def _directive(self, name: str, argument: str, body: list[str]) -> None:
        self.builder.flush()
        if name in _DROPPED:
            return
        content = _without_options(body)
        if name in _CODE_DIRECTIVES:
            self.builder.verbatim("code", "\n".join(content))
        elif name == "list-table":
            self._captioned_table(argument, list_table(content), body)
        elif name == "csv-table":
            import csv

            self._captioned_table(argument, list(csv.reader(content)), body)
        else:
            self._open_up(argument, content)

    def _captioned_table(self, caption: str, rows: list[list[str]], body: list[str]) -> None:
        if caption:
            self.builder.begin("paragraph", 0, caption)
        header = [line for line in body if line.strip().startswith(":header:")]
        if header:
            import csv

            rows = [*csv.reader([header[0].strip().removeprefix(":header:").strip()]), *rows]
        has_header = bool(header) or any(":header-rows:" in line for line in body)
        self._add_rows(rows, has_header=has_header)

    def _open_up(self, argument: str, content: list[str]) -> None:
        """A note, a warning or anything unknown: what it says is text like any other."""
        if argument:
            content = [argument, *content]
        if self.directives < _DIRECTIVE_DEPTH * 1000:  # each level reads its lines once more
            self.directives += 1
            self.lines.extendleft(reversed([*content, ""]))
        else:
            self.builder.verbatim("code", "\n".join(content))

    def _field(self, line: str) -> bool:
        found = _FIELD.match(line)
        if not found or self.builder.is_open and self.builder.open_kind == "list_item":
            return False
        self.builder.begin("paragraph", 0, f"{found.group(1)}: {found.group(2) or ''}")
        return True

    def _item(self, line: str) -> bool:
        found = _ITEM.match(line)
        if not found:
            return False
        mark = found.group(2)
        label = f"{mark} " if mark[-1] in ".)" and mark != "#." else ""
        self.builder.begin("list_item", min(len(found.group(1)) // 2, 8), label + found.group(3))
        self._literal_block(line, len(found.group(1)))
        return True

    def _text(self, line: str) -> None:
        if self.builder.is_open:
            self.builder.extend(line)
        else:
            self.builder.begin("paragraph", 0, line)
        self._literal_block(line, len(line) - len(line.lstrip()))

    def _literal_block(self, line: str, indent: int) -> None:
        """A line that ends in "::" announces code, once a blank line follows."""
        if not line.endswith("::") or not self.lines or self.lines[0].strip():
            return
        self.builder.replace_last(line.removesuffix(":") if line.strip() != "::" else "")
        self.builder.flush()
        self.builder.verbatim("code", "\n".join(self._indented(indent)))


def _dedented(body: list[str]) -> list[str]:
    indents = [len(line) - len(line.lstrip()) for line in body if line]
    return [line[min(indents, default=0) :] for line in body]


def _without_options(body: list[str]) -> list[str]:
    for number, line in enumerate(body):
        if line.strip() and not _OPTION.match(line):
            return body[number:]
        if not line.strip():
            return body[number + 1 :]
    return []
