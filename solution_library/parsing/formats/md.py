"""Markdown by its own line reader: linear in the size of the file, whatever is in it."""

import re
from collections import deque
from dataclasses import dataclass, field

from solution_library.parsing.builder import Builder
from solution_library.parsing.markdown_inline import plain
from solution_library.parsing.readable import Readable
from solution_library.parsing.text import decode, join_lines, squeeze
from solution_library.parsing.titles import title_of
from solution_library.parsing.types import Block, ParsedDocument

_QUOTE = re.compile(r" {0,3}(?:> ?)+")
_FENCE = re.compile(r"( *)(`{3,}|~{3,}|:{3,})[ \t]*([^`\n]*)$")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_ATTRIBUTES = re.compile(r"\s*\{ {0,5}[#.:][^{}]{0,200}\}$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_ITEM = re.compile(r"([ ]*)([-*+]|\d{1,9}[.)])(?:[ ]+(.*))?$")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL_END = re.compile(r"(?<!\\)\|")
_DEFINITION = re.compile(r" {0,3}\[[^\[\]^][^\[\]]{0,200}\]:\s*\S")
# Possessive: words without an end could be divided in exponentially many ways.
_NOTE = re.compile(r" *(?:!!!|\?\?\?\+?|===)[ \t]++(?:[\w-]++[ \t]*+)*+(?:\"([^\"]*)\")?[ \t]*$")
_LABEL = re.compile(r"\([\w./:-]+\)=\s*$")
_SILENT = re.compile(r"[ ]*<(script|style|svg)\b", re.I)
_FRONT_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(.+)$", re.M)
_PROSE_DIRECTIVES = re.compile(
    r"\{?(note|tip|hint|important|warning|caution|danger|attention|admonition|seealso|error|"
    r"versionadded|versionchanged|deprecated|dropdown|card|grid|tab-set|tab-item|grid-item-card)\b\}?(.*)"
)
_DROPPED_DIRECTIVES = re.compile(r"\{(toctree|image|figure|contents|include|raw|eval-rst)\}")
_FRONT_MATTER_LINES = 300
_DIRECTIVE_DEPTH = 5


def parse(path: Readable, filename: str) -> ParsedDocument:
    decoded = decode(path.read_bytes())
    lines, title = _front_matter(decoded.text.split("\n"))
    blocks = read_lines(lines)
    return ParsedDocument(
        title=title or title_of(blocks, filename),
        media_type="text/markdown",
        blocks=blocks,
        warnings=decoded.warnings,
    )


def read_lines(lines: list[str]) -> list[Block]:
    return _Reader(deque(lines)).read()


def _front_matter(lines: list[str]) -> tuple[list[str], str]:
    """The lines after it, and the title it states ("" without one)."""
    fence = lines[0].rstrip()
    if fence not in ("---", "+++"):
        return lines, ""
    for number, line in enumerate(lines[1:_FRONT_MATTER_LINES], start=1):
        if line.rstrip() in (fence, "..."):
            found = _FRONT_TITLE.search("\n".join(lines[1:number]))
            title = found.group(1).strip().strip("\"'") if found else ""
            return lines[number + 1 :], squeeze(title)
    return lines, ""


@dataclass
class _Reader:
    lines: deque[str]
    builder: Builder = field(default_factory=lambda: Builder(plain))
    # Columns at which the items of the open list begin, outermost first.
    indents: list[int] = field(default_factory=list)
    after_blank: bool = True
    in_note: bool = False
    directives: int = 0
    # Ends that were looked for down to the last line: looking again would take for ever.
    missing_ends: set[str] = field(default_factory=set)

    def read(self) -> list[Block]:
        while self.lines:
            line = self.lines.popleft().expandtabs(4).rstrip()
            quoted = _QUOTE.match(line)
            if quoted:
                line = line[quoted.end() :]
            if not line:
                self._blank()
                continue
            self._line(line)
            self.after_blank = False
        self.builder.flush()
        return self.builder.blocks

    def _blank(self) -> None:
        self.builder.flush()
        self.after_blank = True

    def _line(self, line: str) -> None:
        if not line.startswith(" "):
            self.in_note = False
            if self.after_blank and not _ITEM.match(line):
                self.indents.clear()
        steps = (self._fence, self._table, self._heading, self._silent, self._note, self._item)
        if not any(step(line) for step in steps):
            self._text(line)

    def _fence(self, line: str) -> bool:
        found = _FENCE.match(line)
        if not found:
            return False
        self.builder.flush()
        mark, info = found.group(2), found.group(3).strip()
        if mark[0] == ":":  # a container: its lines are ordinary ones
            self._directive_title(info)
            return True
        body = self._until_fence(mark, indent=len(found.group(1)))
        directive = _PROSE_DIRECTIVES.fullmatch(info) if info.startswith("{") else None
        if directive and self.directives < _DIRECTIVE_DEPTH:
            self.directives += 1
            self._directive_title(info)
            self.lines.extendleft(reversed([line for line in body if not _is_option(line)]))
        elif not _DROPPED_DIRECTIVES.match(info):
            self.builder.verbatim("code", "\n".join(body))
        return True

    def _until_fence(self, mark: str, *, indent: int) -> list[str]:
        body: list[str] = []
        while self.lines:
            line = self.lines.popleft().rstrip()
            stripped = line.strip()
            if stripped.startswith(mark) and not stripped.strip(mark[0]):
                break
            body.append(line[indent:] if not line[:indent].strip() else line)
        return body

    def _directive_title(self, info: str) -> None:
        found = _PROSE_DIRECTIVES.fullmatch(info)
        if found and found.group(2).strip():
            self.builder.begin("paragraph", 0, found.group(2))
            self.builder.flush()

    def _table(self, line: str) -> bool:
        if "|" not in line or not self.lines:
            return False
        following = self.lines[0].strip().lstrip("> ")
        if "|" not in following or "-" not in following or not _TABLE_RULE.match(following):
            return False
        self.lines.popleft()
        rows = [_cells(line)]
        while self.lines and "|" in self.lines[0]:
            rows.append(_cells(self.lines.popleft()))
        self.builder.table(rows)
        return True

    def _heading(self, line: str) -> bool:
        if found := _HEADING.match(line):
            text = (found.group(2) or "").rstrip().rstrip("#").rstrip()
            self._add_heading(text, len(found.group(1)))
            return True
        underline = _UNDERLINE.match(line)
        if underline and self.builder.is_open and self.builder.open_kind == "paragraph":
            text = join_lines(self.builder.take_lines())
            self._add_heading(text, 1 if underline.group(1)[0] == "=" else 2)
            return True
        if _RULE.match(line):
            self.builder.flush()
            return True
        return False

    def _add_heading(self, text: str, level: int) -> None:
        self.indents.clear()
        self.builder.heading(plain(_ATTRIBUTES.sub("", text)), level)

    def _silent(self, line: str) -> bool:
        """Comments, scripts, link definitions and labels, which no reader sees."""
        found = _SILENT.match(line)
        end = ""
        if line.lstrip().startswith("<!--"):
            end = "-->"
        elif found:
            end = f"</{found.group(1).lower()}"
        if end and end not in self.missing_ends:
            self._skip_to(end, line)
            return True
        return bool(_DEFINITION.match(line) or _LABEL.match(line))

    def _skip_to(self, end: str, line: str) -> None:
        self.builder.flush()
        skipped = [line]
        while end not in skipped[-1].lower():
            if not self.lines:
                self.missing_ends.add(end)
                self.lines.extend(skipped)
                return
            skipped.append(self.lines.popleft())
        rest = skipped[-1][skipped[-1].lower().index(end) + len(end) :]
        if end == "-->" and rest.strip():
            self.lines.appendleft(rest)

    def _note(self, line: str) -> bool:
        found = _NOTE.match(line)
        if not found:
            return False
        self.builder.flush()
        self.in_note = True
        if found.group(1):
            self.builder.begin("paragraph", 0, found.group(1))
            self.builder.flush()
        return True

    def _item(self, line: str) -> bool:
        found = _ITEM.match(line)
        if not found or (not found.group(3) and self.builder.is_open):
            return False
        indent = len(found.group(1))
        if indent > 3 and not self.indents and not self.in_note:
            return False
        while self.indents and self.indents[-1] >= indent:
            self.indents.pop()
        self.indents.append(indent)
        number = f"{found.group(2)} " if found.group(2)[0].isdigit() else ""
        self.builder.begin("list_item", len(self.indents) - 1, number + (found.group(3) or ""))
        return True

    def _text(self, line: str) -> None:
        if line.startswith("    ") and not self.builder.is_open and self._may_be_code():
            self._indented_code(line)
        elif self.builder.is_open:
            self.builder.extend(line.removesuffix("\\"))
        else:
            self.builder.begin("paragraph", 0, line.removesuffix("\\"))

    def _may_be_code(self) -> bool:
        return self.after_blank and not self.indents and not self.in_note

    def _indented_code(self, line: str) -> None:
        body = [line[4:]]
        while self.lines and (
            self.lines[0].startswith(("    ", "\t")) or not self.lines[0].strip()
        ):
            body.append(self.lines.popleft().expandtabs(4)[4:])
        self.builder.verbatim("code", "\n".join(body))


def _is_option(line: str) -> bool:
    return bool(re.match(r":[\w-]+:(?:\s|$)", line))


def _cells(line: str) -> list[str]:
    line = line.strip().lstrip("> ").removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    return [plain(cell.replace("\\|", "|")) for cell in _CELL_END.split(line)]
