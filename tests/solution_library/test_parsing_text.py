"""Markdown, reStructuredText, plain text and tables of values become blocks with clean text."""

from pathlib import Path

import pytest

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.formats import csv, md, rst, txt
from solution_library.parsing.sniff import sniff
from solution_library.parsing.types import Block, ParsedDocument


def parsed(tmp_path: Path, text: str, form: object) -> ParsedDocument:
    path = tmp_path / "file"
    path.write_text(text)
    return form.parse(path, "some_file.ext")  # type: ignore[attr-defined,no-any-return]


def kinds(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in document.blocks]


def test_markdown_headings_of_both_styles_have_levels(tmp_path: Path) -> None:
    document = parsed(tmp_path, "Title\n=====\n\nPart\n---\n### Third ###\n## Anchor {#a}\n", md)
    assert [(b.text, b.level) for b in document.blocks] == [
        ("Title", 1), ("Part", 2), ("Third", 3), ("Anchor", 2),
    ]  # fmt: skip
    assert document.title == "Title"


def test_markdown_paragraphs_are_unwrapped_and_freed_of_marks(tmp_path: Path) -> None:
    text = (
        "We **encrypt** data *at rest* with `AES_256` and [our\nkeys](https://x.y/z_(a)) "
        "![logo](a.png) are <b>safe</b> &amp; sound; see <https://a.b>.[^1] snake_case stays.\n"
    )
    assert kinds(parsed(tmp_path, text, md)) == [
        (
            "paragraph",
            "We encrypt data at rest with AES_256 and our keys are safe & sound; "
            "see https://a.b. snake_case stays.",
        )
    ]


def test_code_inside_links_and_emphasis_keeps_its_own_marks(tmp_path: Path) -> None:
    text = "See [`MAX_SIZE`](../a.md) and **`__init__`** and {ref}`the guide <guide>`."
    assert kinds(parsed(tmp_path, text, md))[0][1] == ("See MAX_SIZE and __init__ and the guide.")


def test_markdown_lists_know_their_depth_and_number(tmp_path: Path) -> None:
    text = "- one\n  continued\n  - inner\n1. first\n2) second\n\n   more on it\n"
    assert [(b.kind, b.level, b.text) for b in parsed(tmp_path, text, md).blocks] == [
        ("list_item", 0, "one continued"),
        ("list_item", 1, "inner"),
        ("list_item", 0, "1. first"),
        ("list_item", 0, "2) second"),
        ("paragraph", 0, "more on it"),
    ]


def test_every_table_row_names_its_columns(tmp_path: Path) -> None:
    text = "| Service | Uptime |\n|---|:-:|\n| Mail | 99.9 % |\n| a\\|b | |\n"
    assert kinds(parsed(tmp_path, text, md)) == [
        ("table", "Service: Mail | Uptime: 99.9 %\nService: a|b")
    ]


def test_markdown_code_keeps_its_lines_and_is_never_read_as_markup(tmp_path: Path) -> None:
    text = "```sh\n# no heading\n  - no item\n```\n\n    indented\n\n    more\n"
    assert kinds(parsed(tmp_path, text, md)) == [
        ("code", "# no heading\n  - no item"),
        ("code", "indented\n\nmore"),
    ]


def test_front_matter_gives_the_title_and_is_not_text(tmp_path: Path) -> None:
    document = parsed(tmp_path, '---\ntitle: "Our policy"\ntags: [a]\n---\nText.\n', md)
    assert document.title == "Our policy"
    assert kinds(document) == [("paragraph", "Text.")]


def test_what_a_reader_does_not_see_is_left_out(tmp_path: Path) -> None:
    text = (
        "<!-- a\ncomment --> shown\n\n<script>\nalert(1)\n</script>\n\n[ref]: http://x\n\n"
        "(label)=\n\nText [with][ref].\n\n<!-- never closed\n"
    )
    assert [text for _, text in kinds(parsed(tmp_path, text, md))] == [
        "shown", "Text with.", "<!-- never closed",
    ]  # fmt: skip


def test_notes_are_text_not_code(tmp_path: Path) -> None:
    text = (
        '!!! note "Mind this"\n    Backups are kept.\n\n```{warning} Careful\nKeys expire.\n```\n'
    )
    assert kinds(parsed(tmp_path, text, md)) == [
        ("paragraph", "Mind this"),
        ("paragraph", "Backups are kept."),
        ("paragraph", "Careful"),
        ("paragraph", "Keys expire."),
    ]


def test_rst_sections_take_their_level_from_the_order_of_marks(tmp_path: Path) -> None:
    text = "=====\nTitle\n=====\n\nPart\n----\n\nDeep\n~~~~\n\nNext part\n---------\n"
    assert [(b.text, b.level) for b in parsed(tmp_path, text, rst).blocks] == [
        ("Title", 1), ("Part", 2), ("Deep", 3), ("Next part", 2),
    ]  # fmt: skip


def test_rst_directives_are_opened_up_or_dropped(tmp_path: Path) -> None:
    text = (
        ".. toctree::\n\n   a\n   b\n\n.. note:: Read :ref:`the guide <g>` and ``x_y``.\n\n"
        ".. code-block:: sh\n   :linenos:\n\n   ls -l\n\n.. a comment\n   going on\n\n"
        "Run this::\n\n   make it\n\nA `link <http://x>`_ and **bold** text [1]_.\n\n"
        ".. [1] The note.\n"
    )
    assert kinds(parsed(tmp_path, text, rst)) == [
        ("paragraph", "Read the guide and x_y."),
        ("code", "ls -l"),
        ("paragraph", "Run this:"),
        ("code", "make it"),
        ("paragraph", "A link and bold text."),
        ("paragraph", "The note."),
    ]


def test_rst_tables_of_all_kinds_name_their_columns(tmp_path: Path) -> None:
    grid = (
        "+------+-----+\n| Name | Use |\n+======+=====+\n"
        "| a    | for |\n|      | b   |\n+------+-----+\n"
    )
    simple = "==== ====\nName Use\n==== ====\nc    d\n==== ====\n"
    listed = ".. list-table::\n   :header-rows: 1\n\n   * - Name\n     - Use\n   * - e\n     - f\n"
    blocks = parsed(tmp_path, f"{grid}\n{simple}\n{listed}", rst).blocks
    assert [block.text for block in blocks] == [
        "Name: a | Use: for b", "Name: c | Use: d", "Name: e | Use: f",
    ]  # fmt: skip


def test_plain_text_has_paragraphs_items_and_underlined_headings(tmp_path: Path) -> None:
    text = "POLICY\n======\n\nFirst line\nsecond line.\n\n* item\n1) numbered\n\n-----\n"
    assert kinds(parsed(tmp_path, text, txt)) == [
        ("heading", "POLICY"),
        ("paragraph", "First line second line."),
        ("list_item", "item"),
        ("list_item", "1) numbered"),
    ]


def test_wrapped_chinese_is_joined_without_spaces(tmp_path: Path) -> None:
    assert kinds(parsed(tmp_path, "数据在静态时\n加密。\n", txt)) == [
        ("paragraph", "数据在静态时加密。")
    ]


def test_separated_values_become_rows_that_name_their_columns(tmp_path: Path) -> None:
    text = 'Control;Answer\nAC-1;"Yes;\nalways"\nAC-2;No, never, or, rarely\n'
    assert kinds(parsed(tmp_path, text, csv)) == [
        (
            "table",
            "Control: AC-1 | Answer: Yes; always\nControl: AC-2 | Answer: No, never, or, rarely",
        )
    ]


@pytest.mark.parametrize(
    ("encoding", "guessed"),
    [
        ("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("utf-32", False),
        ("utf-16-le", True), ("utf-16-be", True), ("utf-32-le", True), ("cp1252", True),
    ],
)  # fmt: skip
def test_every_common_encoding_is_read_and_every_guess_is_told(
    tmp_path: Path, encoding: str, guessed: bool
) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes("Größe – “quoted” naïve text for everybody".encode(encoding))
    document = txt.parse(path, "file.txt")
    assert document.blocks == [Block("paragraph", "Größe – “quoted” naïve text for everybody")]
    assert bool(document.warnings) is guessed


def test_cyrillic_of_an_old_encoding_is_recognised(tmp_path: Path) -> None:
    text = "Все данные клиентов шифруются при хранении и при передаче. " * 5
    path = tmp_path / "file.txt"
    path.write_bytes(text.encode("cp1251"))
    assert txt.parse(path, "file.txt").blocks[0].text == text.strip()


def test_nuls_and_broken_characters_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes("Schlüssel, größer als größte Größe: ".encode() + b"\xed\xa0\x80 a\0b ende")
    document = txt.parse(path, "file.txt")
    assert document.blocks[0].text.endswith("ab ende")
    assert "\0" not in document.blocks[0].text
    assert "replaced" in document.warnings[0]


@pytest.mark.parametrize(
    ("text", "filename", "kind"),
    [
        ("# Heading\n\n- item\n\n```\ncode\n```\n", "notes", "md"),
        ("# only a comment\nkey = value\n", "a.txt", "txt"),
        ("Title\n=====\n\n.. note:: This\n", "notes", "rst"),
        ("Just words.\n", "words", "txt"),
        ("Just words.\n", "words.md", "md"),
        ("a,b\n1,2\n", "a.csv", "csv"),
        ('<p align="center">Logo</p>\n\n# Read me\n', "README.md", "md"),
        ("<p>A fragment</p>", "page", "html"),
        ("<!-- x --><!-- y -->\n<!doctype html><p>a", "a.md", "html"),
        ("<?xml version='1.0'?><html><body/></html>", "a.xhtml", "html"),
        ("not <html> at all", "a.html", "txt"),
    ],
)
def test_the_kind_of_text_is_seen_from_its_content(
    tmp_path: Path, text: str, filename: str, kind: str
) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    assert sniff(path, filename) == kind


def test_many_comments_are_sniffed_in_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("<!-- -->" * 8000 + "x")
    assert sniff(path, "a.txt") == "txt"


def test_an_endless_quoted_field_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParseRefused, match="table cannot be read"):
        parsed(tmp_path, 'a,"' + "x" * 2_000_000, csv)


def test_a_document_survives_its_own_json(tmp_path: Path) -> None:
    document = parsed(tmp_path, "# A\n\ntext\n\n- item\n", md)
    assert ParsedDocument.from_dict(document.to_dict()) == document
    with pytest.raises(ValueError, match="kind of block"):
        ParsedDocument.from_dict(
            {**document.to_dict(), "blocks": [{"kind": "x", "text": "", "level": 0, "page": None}]}
        )
    with pytest.raises(ValueError, match="not a parsed document"):
        ParsedDocument.from_dict({"title": "only"})
