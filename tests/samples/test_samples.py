"""Promises about the sample library and the sample questionnaire."""

import hashlib
import json
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import docx
import lxml.html
import openpyxl
import pypdfium2
import pytest

from samples.build import BUILDERS, HERE, WORKBOOK, build_library, build_questionnaire
from samples.builder.model import Block, SourceInvalid, parse_blocks, parse_table, read_sources
from samples.builder.questions import read_form
from samples.builder.zips import parts

LIBRARY = HERE / "library"
FORM = read_form(HERE / "sources" / "questionnaire.toml")
QUESTIONS = [question for sheet in FORM.sheets for question in sheet.questions]
MANIFEST: list[dict[str, Any]] = json.loads((HERE / "manifest.json").read_text("utf-8"))
EXPECTED: dict[str, Any] = json.loads((HERE / "questionnaire" / "expected.json").read_text("utf-8"))
FACTS = tomllib.loads((HERE / "sources" / "facts.toml").read_text("utf-8"))["fact"]
FILES = [entry["file"].removeprefix("library/") for entry in MANIFEST]


def squeeze(text: str) -> str:
    return " ".join(text.split())


@cache
def source_text(filename: str) -> str:
    """The source behind a built document, without markup for merges and code."""
    raw = (HERE / "sources" / f"{Path(filename).stem}.md").read_text("utf-8")
    return squeeze(raw.replace("<!-- page break -->", "").replace("`", ""))


@cache
def built_text(filename: str) -> str:
    path = LIBRARY / filename
    match path.suffix:
        case ".docx":
            body = docx.Document(str(path)).element.body
            text = "\n".join(run.text for run in body.xpath(".//w:t"))
        case ".pdf":
            pages = pypdfium2.PdfDocument(path)
            text = "\n".join(page.get_textpage().get_text_range() for page in pages)
        case ".html":
            article = lxml.html.fromstring(path.read_bytes()).find(".//article")
            text = "\n".join(article.itertext())
        case _:
            encoding = next(one["encoding"] for one in MANIFEST if one["file"].endswith(filename))
            text = path.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
    return squeeze(text.replace("`", ""))


def words_of_blocks(blocks: list[Block]) -> Counter[str]:
    texts = [block.text for block in blocks if block.kind != "page_break"]
    for block in blocks:
        for index in range(len(block.table.rows)):
            texts += [cell.text for _, cell in block.table.anchors(index)]
    return Counter(re.findall(r"\w+", " ".join(texts)))


# The files


def test_the_library_holds_exactly_the_documents_of_the_manifest() -> None:
    assert sorted(path.name for path in LIBRARY.iterdir()) == sorted(FILES)
    sources = {path.stem for path in (HERE / "sources").glob("*.md")}
    assert {Path(name).stem for name in FILES} == sources


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_each_document_is_the_one_built_from_its_present_source(entry: dict[str, Any]) -> None:
    for path, key in ((entry["file"], "sha256"), (entry["source"], "source_sha256")):
        found = hashlib.sha256((HERE / path).read_bytes()).hexdigest()
        assert found == entry[key], f"{path} changed: run python -m samples.build"


def test_there_are_at_least_three_documents_of_every_format() -> None:
    counts = Counter(entry["format"] for entry in MANIFEST)
    assert set(counts) == set(BUILDERS)
    assert min(counts.values()) >= 3


@pytest.mark.parametrize("name", FILES)
def test_each_document_has_between_600_and_1500_words(name: str) -> None:
    assert 600 <= len(re.findall(r"\w+", built_text(name))) <= 1500


def test_one_document_is_german_and_one_is_not_in_unicode() -> None:
    assert [one["file"] for one in MANIFEST if one["language"] == "de"] == [
        "library/technische-und-organisatorische-massnahmen.pdf"
    ]
    assert [one["encoding"] for one in MANIFEST].count("cp1252") == 1


def test_building_again_gives_the_committed_bytes() -> None:
    for name, data in build_library({"md", "txt", "html"}).items():
        assert (HERE / name).read_bytes() == data, name


def test_building_again_gives_the_committed_word_documents_and_questionnaire() -> None:
    for name, data in (build_library({"docx"}) | build_questionnaire()).items():
        committed = (HERE / name).read_bytes()
        if name.endswith(".json"):
            assert committed == data
        else:
            assert parts(committed) == parts(data), name


@pytest.mark.parametrize("source", read_sources(HERE / "sources"), ids=lambda one: one.filename)
def test_no_word_of_a_source_is_missing_from_its_document(source: Any) -> None:
    found = Counter(re.findall(r"\w+", built_text(source.filename)))
    missing = words_of_blocks(source.blocks) - found
    assert not missing


def test_every_pdf_has_several_pages_with_text_on_each() -> None:
    for path in LIBRARY.glob("*.pdf"):
        pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)]
        assert len(pages) >= 2, path.name
        assert all(len(text) > 400 for text in pages), path.name


def test_word_documents_have_headings_repeated_header_rows_and_merged_cells() -> None:
    bodies = [docx.Document(str(path)).element.body for path in LIBRARY.glob("*.docx")]
    assert all(body.xpath(".//w:pStyle[@w:val='Heading1']") for body in bodies)
    assert all(body.xpath(".//w:trPr/w:tblHeader") for body in bodies)
    assert sum(bool(body.xpath(".//w:gridSpan")) for body in bodies) >= 3


def test_web_pages_carry_navigation_noise_around_the_article() -> None:
    for path in LIBRARY.glob("*.html"):
        page = lxml.html.fromstring(path.read_bytes())
        for tag in ("nav", "header", "footer", "aside", "script"):
            assert page.find(f".//{tag}") is not None, (path.name, tag)
        assert "Cookies" not in built_text(path.name)


# The texts


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["name"])
def test_documents_agree_on(fact: dict[str, Any]) -> None:
    found: dict[str, set[str]] = {}
    for name in FILES:
        for match in re.finditer(fact["pattern"], source_text(name)):
            value = next(group for group in match.groups() if group).replace(",", ".")
            found.setdefault(name, set()).add(value)
    values = set().union(*found.values())
    assert values <= {fact["value"], *fact.get("same", [])}, found
    assert len(found) >= fact["documents"], found


def test_a_person_has_the_same_role_in_every_document() -> None:
    roles: dict[str, set[str]] = {}
    for source in read_sources(HERE / "sources"):
        name, comma, role = source.meta["owner"].partition(", ")
        if comma and source.language == "en":
            roles.setdefault(name, set()).add(role)
    assert {name: found for name, found in roles.items() if len(found) > 1} == {}


def test_document_numbers_are_unique_and_named_policies_exist() -> None:
    numbers = Counter(entry["number"] for entry in MANIFEST)
    assert max(numbers.values()) == 1
    named = set(re.findall(r"HF-[A-Z]{3}-\d{3}", " ".join(source_text(name) for name in FILES)))
    assert named <= set(numbers)


def test_addresses_lead_nowhere_real() -> None:
    for name in FILES:
        hosts = re.findall(r"(?:@|\bstatus\.)[\w.-]+\.[a-z]+", source_text(name))
        assert all(host.endswith(".example") for host in hosts), (name, hosts)


def _rows(filename: str, first_header: str) -> list[list[str]]:
    sources = {source.filename: source for source in read_sources(HERE / "sources")}
    tables = [block.table for block in sources[filename].blocks if block.kind == "table"]
    table = next(one for one in tables if one.rows[0][0].text == first_header)
    return [[cell.text for cell in row] for row in table.rows[1:]]


@pytest.mark.parametrize(
    ("filename", "first_header"),
    [
        ("company-profile-and-insurance.docx", "Office"),
        ("penetration-test-summary-2026.pdf", "Severity"),
    ],
)
def test_totals_of_a_table_are_the_sums_of_their_columns(filename: str, first_header: str) -> None:
    *rows, total = [[int(text) for text in row[1:]] for row in _rows(filename, first_header)]
    assert [sum(column) for column in zip(*rows, strict=True)] == total


def test_staff_of_each_office_add_up() -> None:
    for row in _rows("company-profile-and-insurance.docx", "Office"):
        assert sum(map(int, row[1:-1])) == int(row[-1])


# The questionnaire


def test_there_are_about_sixty_questions_with_unique_ids_and_texts() -> None:
    assert 55 <= len(QUESTIONS) <= 70
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)
    assert len({question.text for question in QUESTIONS}) == len(QUESTIONS)


def test_between_six_and_nine_questions_have_no_answer_in_the_library() -> None:
    unanswerable = [question for question in QUESTIONS if not question.answerable]
    assert 6 <= len(unanswerable) <= 9
    assert all(question.absent and not question.documents for question in unanswerable)


@pytest.mark.parametrize(
    "question", [one for one in QUESTIONS if one.answerable], ids=lambda q: q.id
)
def test_key_facts_stand_in_the_named_documents(question: Any) -> None:
    assert question.facts and question.documents
    for text_of in (source_text, built_text):
        texts = {name: text_of(name) for name in question.documents}
        for fact in question.facts:
            assert any(fact in text for text in texts.values()), fact
        for name, text in texts.items():
            assert any(fact in text for fact in question.facts), name


@pytest.mark.parametrize(
    "question", [one for one in QUESTIONS if not one.answerable], ids=lambda q: q.id
)
def test_what_cannot_be_answered_is_mentioned_nowhere(question: Any) -> None:
    for name in FILES:
        text = built_text(name).lower()
        assert not [term for term in question.absent if term.lower() in text], name


def test_every_document_answers_a_question_or_supports_other_documents() -> None:
    answering = {name for question in QUESTIONS for name in question.documents}
    assert answering <= set(FILES)
    assert len(set(FILES) - answering) <= 2


def test_expected_choices_are_offered_and_several_kinds_occur() -> None:
    choices = Counter(question.choice for question in QUESTIONS if question.choice)
    assert set(choices) <= set(FORM.choices)
    assert {"Yes", "No", "Partially"} <= set(choices)


# The workbook


@pytest.fixture(scope="module")
def workbook() -> Any:
    return openpyxl.load_workbook(HERE / "questionnaire" / WORKBOOK)


def test_expected_json_points_at_the_cells_of_the_workbook(workbook: Any) -> None:
    assert [one["id"] for one in EXPECTED["questions"]] == [one.id for one in QUESTIONS]
    for one in EXPECTED["questions"]:
        sheet = workbook[one["sheet"]]
        assert sheet[one["question_cell"]].value == one["question"]
        assert sheet[one["response_cell"]].value is None
        assert sheet[one["comment_cell"]].value is None


def test_the_workbook_asks_nothing_that_is_not_expected(workbook: Any) -> None:
    marked = {
        (sheet.title, cell.row)
        for sheet in workbook.worksheets[1:-1]
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == "00FFFBE6"
    }
    rows = {
        (one["sheet"], workbook[one["sheet"]][one["question_cell"]].row)
        for one in EXPECTED["questions"]
    }
    assert marked == rows


def test_drop_downs_offer_the_choices_and_only_where_they_should(workbook: Any) -> None:
    for sheet in workbook.worksheets[1:-1]:
        (rule,) = sheet.data_validations.dataValidation
        with_list = {
            one["response_cell"]
            for one in EXPECTED["questions"]
            if one["sheet"] == sheet.title and one["choices"]
        }
        listed = {str(reference) for reference in rule.sqref.ranges}
        cells = {c.coordinate for area in listed for c in _cells(sheet, area)}
        assert cells == with_list
        assert rule.formula1 in ("=AnswerOptions", "=Lists!$A$2:$A$5")
    assert [row[0] for row in workbook["Lists"].iter_rows(min_row=2, values_only=True)] == [
        "Yes",
        "No",
        "Partially",
        "N/A",
    ]


def _cells(sheet: Any, area: str) -> list[Any]:
    found = sheet[area]
    return [cell for row in found for cell in row] if isinstance(found, tuple) else [found]


def test_the_workbook_looks_like_one_of_a_buyer(workbook: Any) -> None:
    assert workbook.sheetnames[0] == "Instructions"
    assert workbook["Lists"].sheet_state == "hidden"
    assert workbook.defined_names["AnswerOptions"].attr_text == "Lists!$A$2:$A$5"
    for sheet in workbook.worksheets[1:-1]:
        assert sheet.freeze_panes and sheet.print_area and sheet.print_title_rows
        banners = [area for area in sheet.merged_cells.ranges if area.min_row > 6]
        assert len(banners) >= 2
        assert sheet.page_setup.orientation == "landscape"


# The small source format


def test_a_source_table_with_rows_of_different_width_is_refused() -> None:
    with pytest.raises(SourceInvalid, match="different width"):
        parse_table(["| a | b |", "|---|---|", "| c |"], "x.md")


def test_merged_cells_are_one_cell_with_its_extent() -> None:
    (block,) = parse_blocks("| a | b |\n|---|---|\n| c | < |\n| d | e |\n| ^ | f |", "x.md")
    anchors = [[c.text for _, c in block.table.anchors(row)] for row in range(4)]
    assert anchors == [["a", "b"], ["c"], ["d", "e"], ["f"]]
    assert block.table.rows[1][0].columns == 2
    assert block.table.rows[2][0].rows == 2
