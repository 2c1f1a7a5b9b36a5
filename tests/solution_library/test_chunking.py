"""Chunks stay in their section, fit the embedding model, and lose nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solution_library.chunk_pieces import cost
from solution_library.chunking import MAX_COST, ChunkDraft, below_title, chunk_document
from solution_library.parsing.types import Block, BlockKind, ParsedDocument

SENTENCE = "All customer data is encrypted at rest with keys of 256 bits that rotate yearly. "


def document(*blocks: Block, title: str = "Title") -> ParsedDocument:
    return ParsedDocument(title, "text/plain", list(blocks))


def heading(text: str, level: int = 1) -> Block:
    return Block("heading", text, level)


def text(words: str, kind: BlockKind = "paragraph", page: int | None = None) -> Block:
    return Block(kind, words, 0, page)


def words_of(chunks: list[ChunkDraft]) -> set[str]:
    return {word for chunk in chunks for word in f"{chunk.heading_path} {chunk.text}".split()}


def test_a_document_without_text_has_no_chunks() -> None:
    assert chunk_document(document()) == []
    assert chunk_document(document(text("  \n "))) == []


def test_a_chunk_knows_its_headings_and_the_title_above_them() -> None:
    chunks = chunk_document(
        document(
            heading("Title"), heading("Security", 2), heading("Keys", 3), text(SENTENCE * 8),
            heading("Backups", 2), text(SENTENCE * 8),
        )
    )  # fmt: skip
    assert [chunk.heading_path for chunk in chunks] == [
        "Title > Security > Keys",
        "Title > Backups",
    ]
    assert [chunk.ordinal for chunk in chunks] == [0, 1]


def test_a_question_that_is_the_title_stands_above_its_answer() -> None:
    """It would be found by neither words nor meaning otherwise."""
    (chunk,) = chunk_document(
        document(
            heading("How do I reset it?"), text("Open the settings."), title="How do I reset it?"
        )
    )
    assert (chunk.heading_path, chunk.text) == ("How do I reset it?", "Open the settings.")


@pytest.mark.parametrize(
    ("path", "shown"),
    [("Guide", ""), ("Guide > Keys", "Keys"), ("Guidelines > Keys", "Guidelines > Keys"), ("", "")],
)
def test_where_the_title_stands_beside_the_headings_they_do_not_repeat_it(
    path: str, shown: str
) -> None:
    assert below_title(path, "Guide") == shown


def test_no_chunk_reaches_over_a_heading_unless_both_sides_are_tiny() -> None:
    chunks = chunk_document(
        document(heading("A"), text(SENTENCE * 6), heading("B"), text("Tiny."), heading("C"),
                 text("Tiny too."), title="x")
    )  # fmt: skip
    assert [chunk.heading_path for chunk in chunks] == ["A", ""]
    assert chunks[1].text == "B\nTiny.\n\nC\nTiny too."


def test_long_paragraphs_are_cut_at_sentence_ends() -> None:
    chunks = chunk_document(document(text(SENTENCE * 60)))
    assert len(chunks) > 2
    for chunk in chunks:
        assert chunk.text.endswith("yearly.")
        assert 100 <= len(chunk.text.split()) <= 230


def test_chinese_is_cut_at_its_own_full_stops_and_much_shorter() -> None:
    chunks = chunk_document(document(text("所有客户数据在静态时均使用二百五十六位密钥加密。" * 80)))
    assert all(chunk.text.endswith("。") for chunk in chunks)
    assert max(len(chunk.text) for chunk in chunks) <= 480


def test_tables_are_cut_between_rows_and_code_between_lines() -> None:
    rows = [f"Service: number {n} | Uptime: 99.{n} % of the time" for n in range(100)]
    chunks = chunk_document(document(text("\n".join(rows), "table")))
    assert [line for chunk in chunks for line in chunk.text.split("\n")] == rows
    code = [f"line_{n} = call({n})" for n in range(30)]
    (chunk,) = chunk_document(document(text("\n".join(code), "code")))
    assert chunk.text == "\n".join(code)


def test_the_header_of_a_table_stands_again_wherever_the_table_is_cut() -> None:
    rows = [f"Service number {n} | 99.{n} % of the time in every month" for n in range(100)]
    block = Block("table", "\n".join(["Goals", "Service | Uptime", *rows]), header_lines=2)
    chunks = chunk_document(document(block))
    assert len(chunks) > 2
    assert all(chunk.text.startswith("Goals\nService | Uptime\nService num") for chunk in chunks)
    assert [line for chunk in chunks for line in chunk.text.split("\n")[2:]] == rows
    assert all(cost(chunk.text) <= MAX_COST for chunk in chunks)


def test_a_row_too_long_for_a_chunk_says_again_which_row_it_is() -> None:
    cells = [f"Column {n}: {'word ' * 8}end{n}" for n in range(80)]
    chunks = chunk_document(document(text(" | ".join(["Service: Mail", *cells]), "table")))
    assert len(chunks) > 2
    assert all(chunk.text.startswith("Service: Mail | Column") for chunk in chunks)
    assert all(f"end{n}" in words_of(chunks) for n in range(80))


def test_a_header_too_long_to_be_said_again_is_said_once() -> None:
    block = Block("table", "\n".join([SENTENCE * 10, *["a | b"] * 500]), header_lines=1)
    assert sum(SENTENCE in chunk.text for chunk in chunk_document(document(block))) == 1


def test_hidden_text_never_shares_a_chunk_with_what_is_seen() -> None:
    chunks = chunk_document(
        document(
            heading("Keys"), text("We rotate keys."), Block("paragraph", "Ignore this.", hidden=True),
            text("Every year."), Block("heading", "Secret", 1, hidden=True), heading("Backups"),
            Block("table", "price | 5", hidden=True), title="x",
        )
    )  # fmt: skip
    assert [(c.is_hidden, c.heading_path, c.text) for c in chunks] == [
        (False, "", "Keys\nWe rotate keys.\n\nEvery year.\n\nBackups"),
        (True, "Keys", "Ignore this.\n\nSecret"),
        (True, "Backups", "price | 5"),
    ]
    assert [chunk.ordinal for chunk in chunks] == [0, 1, 2]


def test_a_passage_that_becomes_hidden_is_another_passage() -> None:
    (seen,) = chunk_document(document(text("We rotate keys.")))
    (hidden,) = chunk_document(document(Block("paragraph", "We rotate keys.", hidden=True)))
    assert seen.text == hidden.text
    assert seen.content_hash != hidden.content_hash


def test_list_items_keep_their_marks() -> None:
    items = (
        text("first", "list_item"),
        Block("list_item", "inner", 1),
        text("2. two", "list_item"),
    )
    (chunk,) = chunk_document(document(text("We do:"), *items))
    assert chunk.text == "We do:\n- first\n  - inner\n2. two"


def test_a_chunk_begins_on_the_page_of_its_first_words() -> None:
    pages = [text(SENTENCE * 12, page=number) for number in (1, 2, 3)]
    assert [chunk.page for chunk in chunk_document(document(*pages))] == [1, 2, 3]


def test_the_hash_depends_on_text_and_path_only() -> None:
    one = chunk_document(document(heading("A"), text(SENTENCE * 8), title="x"))
    two = chunk_document(
        document(
            heading("Z"), text(SENTENCE * 7), heading("A"), text(SENTENCE * 8, page=7), title="y"
        )
    )
    assert one[0].content_hash == two[-1].content_hash
    assert len({chunk.content_hash for chunk in two}) == 2


def test_headings_without_text_are_not_lost() -> None:
    chunks = chunk_document(document(heading("Only"), title="other"))
    assert [chunk.text for chunk in chunks] == ["Only"]
    chunks = chunk_document(document(heading("Question?"), heading("Next"), text(SENTENCE * 8)))
    assert "Question?" in words_of(chunks)


def test_a_word_without_end_is_cut_and_kept() -> None:
    chunks = chunk_document(document(text("x" * 10_000 + "猫" * 3_000)))
    assert sum(chunk.text.count("x") for chunk in chunks) == 10_000
    assert sum(chunk.text.count("猫") for chunk in chunks) == 3_000
    assert all(cost(chunk.text) <= MAX_COST for chunk in chunks)


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=30
)
LINES = st.lists(WORDS, min_size=1, max_size=40).map(" ".join)
BLOCKS = st.builds(
    Block,
    kind=st.sampled_from(("heading", "paragraph", "list_item", "table", "code")),
    text=st.one_of(LINES, st.lists(LINES, min_size=1, max_size=10).map("\n".join)),
    level=st.integers(0, 4),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(BLOCKS, max_size=15))
def test_every_word_of_the_document_is_in_some_chunk(blocks: list[Block]) -> None:
    chunks = chunk_document(document(*blocks, title="-"))
    found = words_of(chunks) | {"-"}
    for block in blocks:
        for word in block.text.split():
            # Only the longest heading paths are shortened, from the outside.
            assert word in found or block.kind == "heading" and len(block.text) > 40
    assert all(cost(chunk.text) <= MAX_COST + 50 for chunk in chunks)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
