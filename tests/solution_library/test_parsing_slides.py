"""Presentations become a heading for each slide, with what it says in reading order."""

from pathlib import Path

import pytest

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.formats import pptx
from solution_library.parsing.types import ParsedDocument
from tests.solution_library import office_files as make
from tests.solution_library.office_files import relations, shape, slide, slide_cell


def read(
    tmp_path: Path, *slides: str, parts: dict[str, str | bytes] | None = None
) -> ParsedDocument:
    path = tmp_path / "deck.pptx"
    path.write_bytes(make.pptx(*slides, parts=parts))
    return pptx.parse(path, "our_deck.pptx")


def shown(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in document.blocks if not block.hidden]


def test_a_slide_is_a_page_with_its_title_as_heading(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        slide(shape("Security", role="ctrTitle"), shape("Our promise", role="subTitle")),
        slide(shape("Keys", role="title"), shape("Rotated yearly", "In two places", role="body")),
    )
    assert [(b.kind, b.text, b.page) for b in document.blocks] == [
        ("heading", "Slide 1: Security", 1), ("paragraph", "Our promise", 1),
        ("heading", "Slide 2: Keys", 2), ("list_item", "Rotated yearly", 2),
        ("list_item", "In two places", 2),
    ]  # fmt: skip
    assert (document.title, document.page_count) == ("Security", 2)


def test_shapes_are_read_from_the_top_and_then_from_the_left(tmp_path: Path) -> None:
    third, first = shape("third", at=(0, 4_000_000)), shape("first", at=(0, 90_000))
    second = shape("second", at=(6_000_000, 20_000))
    assert [text for _, text in shown(read(tmp_path, slide(third, second, first)))] == [
        "Slide 1", "first", "second", "third",
    ]  # fmt: skip


def test_the_shapes_of_a_group_stay_together_and_are_placed_by_it(tmp_path: Path) -> None:
    group = (
        '<p:grpSp><p:nvGrpSpPr/><p:grpSpPr><a:xfrm><a:off x="0" y="3000000"/>'
        '<a:ext cx="4000000" cy="2000000"/><a:chOff x="0" y="0"/><a:chExt cx="400" cy="200"/>'
        f"</a:xfrm></p:grpSpPr>{shape('b', at=(200, 0))}{shape('a', at=(0, 0))}</p:grpSp>"
    )
    below, above = shape("below", at=(0, 6_000_000)), shape("above", at=(0, 0))
    texts = [text for _, text in shown(read(tmp_path, slide(below, group, above)))]
    assert texts == ["Slide 1", "above", "a", "b", "below"]


def test_a_place_that_a_slide_does_not_state_comes_from_its_layout(tmp_path: Path) -> None:
    layout = slide(shape("", role="body", at=(0, 5_000_000))).replace("p:sld ", "p:sldLayout ")
    layout = layout.replace("</p:sld>", "</p:sldLayout>")
    parts: dict[str, str | bytes] = {
        "ppt/slideLayouts/l.xml": layout,
        "ppt/slides/_rels/slide1.xml.rels": relations(
            ("l", "slideLayout", "../slideLayouts/l.xml")
        ),
    }
    one = slide(shape("lower", role="body"), shape("upper", at=(0, 100)))
    assert [text for _, text in shown(read(tmp_path, one, parts=parts))][1:] == ["upper", "lower"]


def test_tables_name_their_columns_and_know_merged_cells(tmp_path: Path) -> None:
    table = make.slide_table(
        [slide_cell("Service"), slide_cell("Uptime"), slide_cell("Note")],
        [slide_cell("Mail", 'rowSpan="2"'), slide_cell("99.9 %", 'gridSpan="2"'),
         slide_cell("", 'hMerge="1"')],
        [slide_cell("", 'vMerge="1"'), slide_cell("99.5 %"), slide_cell("at night")],
    )  # fmt: skip
    assert shown(read(tmp_path, slide(table)))[1] == (
        "table",
        "Service: Mail | Uptime / Note: 99.9 %\nService: Mail | Uptime: 99.5 % | Note: at night",
    )


def test_speaker_notes_stand_under_a_heading_of_their_own(tmp_path: Path) -> None:
    notes = slide(shape("Say it slowly", role="body"), shape("7", role="sldNum"))
    parts: dict[str, str | bytes] = {
        "ppt/notesSlides/n1.xml": notes,
        "ppt/slides/_rels/slide1.xml.rels": relations(("n", "notesSlide", "../notesSlides/n1.xml")),
    }
    assert shown(read(tmp_path, slide(shape("Keys", role="title")), parts=parts)) == [
        ("heading", "Slide 1: Keys"), ("heading", "Speaker notes"), ("paragraph", "Say it slowly"),
    ]  # fmt: skip


def test_hidden_slides_shapes_and_places_beside_the_slide_are_marked(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        slide(shape("seen", at=(0, 0)), shape("off", at=(13_000_000, 0)), shape("no", hidden=True)),
        slide(shape("Secret", role="title"), shape("price list"), show='show="0"'),
    )
    assert [block.text for block in document.blocks if block.hidden] == [
        "no", "off", "Slide 2: Secret", "price list",
    ]  # fmt: skip
    assert document.title == "our deck"


def test_text_of_two_points_is_hidden(tmp_path: Path) -> None:
    tiny = shape("big").replace("</a:p>", '<a:r><a:rPr sz="100"/><a:t>tiny</a:t></a:r></a:p>')
    document = read(tmp_path, slide(tiny))
    assert [(b.text, b.hidden) for b in document.blocks[1:]] == [("big", False), ("tiny", True)]


def test_what_every_slide_repeats_is_left_out(tmp_path: Path) -> None:
    repeated = [shape("x", role=role) for role in ("dt", "sldNum", "ftr")]
    assert read(tmp_path, slide(*repeated)).blocks == []


def test_a_chart_is_a_table_of_its_series(tmp_path: Path) -> None:
    points = '<c:pt idx="0"><c:v>{}</c:v></c:pt><c:pt idx="1"><c:v>{}</c:v></c:pt>'
    chart = (
        '<c:chartSpace xmlns:c="urn:c" xmlns:a="urn:a"><c:chart><c:title><a:t>Uptime</a:t></c:title>'
        "<c:ser><c:tx><c:v>Mail</c:v></c:tx><c:cat>" + points.format("2025", "2026") + "</c:cat>"
        "<c:val><c:formatCode>0.0%</c:formatCode>" + points.format("0.99", "0.999") + "</c:val>"
        "</c:ser></c:chart></c:chartSpace>"
    )
    frame = (
        "<p:graphicFrame><a:graphic><a:graphicData>"
        '<c:chart xmlns:c="urn:c" r:id="c"/></a:graphicData></a:graphic></p:graphicFrame>'
    )
    parts: dict[str, str | bytes] = {
        "ppt/charts/c.xml": chart,
        "ppt/slides/_rels/slide1.xml.rels": relations(("c", "chart", "../charts/c.xml")),
    }
    assert shown(read(tmp_path, slide(frame), parts=parts))[1] == (
        "table", "Uptime\nCategory: 2025 | Mail: 99.0%\nCategory: 2026 | Mail: 99.9%",
    )  # fmt: skip


def test_a_damaged_slide_costs_only_itself(tmp_path: Path) -> None:
    document = read(tmp_path, slide(shape("fine")), "<broken")
    assert [text for _, text in shown(document)] == ["Slide 1", "fine"]
    assert document.warnings == ["Slides that are damaged and were not read: 2."]
    with pytest.raises(ParseRefused, match="none of its slides"):
        read(tmp_path, "<broken")


def test_slides_without_text_are_named(tmp_path: Path) -> None:
    document = read(tmp_path, slide(shape("text")), slide())
    assert document.warnings == ["Slides without text (pictures or empty): 2."]
