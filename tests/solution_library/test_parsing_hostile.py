"""One bad file hurts only itself: each ends in time, with text or with a reason."""

import gzip
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

from solution_library.parsing import (
    Limits,
    ParsedDocument,
    ParseError,
    ParseFailed,
    ParseRefused,
    parse_file,
)
from tests.solution_library import hostile


def read(tmp_path: Path, content: bytes, filename: str = "file.bin") -> ParsedDocument:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return parse_file(path, filename=filename)


def reason(tmp_path: Path, content: bytes, filename: str = "file.bin") -> str:
    with pytest.raises(ParseRefused) as caught:
        read(tmp_path, content, filename)
    return caught.value.reason


def text_of(document: ParsedDocument) -> str:
    return "\n".join(block.text for block in document.blocks)


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    assert "zip bomb" in reason(tmp_path, hostile.bomb_docx())


def test_a_part_that_claims_gigabytes_is_refused(tmp_path: Path) -> None:
    assert "at most 200 MB" in reason(tmp_path, hostile.boasting_docx())


def test_a_directory_that_lies_about_sizes_is_found_out(tmp_path: Path) -> None:
    assert "damaged" in reason(tmp_path, hostile.lying_docx())


def test_too_many_parts_are_refused_with_their_number(tmp_path: Path) -> None:
    assert "at most 10,000" in reason(tmp_path, hostile.crowded_docx())


def test_entities_are_refused_in_any_part_and_any_encoding(tmp_path: Path) -> None:
    assert "entities" in reason(tmp_path, hostile.laughs_docx())
    styles = '<?xml version="1.0"?><!-- > --><!DOCTYPE a [<!ENTITY b "c">]><a/>'
    for content in (styles.encode(), styles.encode("utf-16")):
        packed = hostile.docx(hostile.paragraph("x"), parts={"word/other.xml": content})
        assert "entities" in reason(tmp_path, packed)


def test_an_external_entity_never_brings_a_file_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary-4711")
    assert "canary" not in reason(tmp_path, hostile.xxe_docx(secret.as_uri()))


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "C:\\x", "a/../../b", "..\\x"])
def test_a_part_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    assert "outside" in reason(tmp_path, hostile.docx("", parts={name: b"x"}))


def test_a_symbolic_link_in_the_container_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("word/link")
    link.external_attr = 0o120777 << 16
    path = tmp_path / "link.docx"
    path.write_bytes(hostile.docx(hostile.paragraph("x")))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ParseRefused, match="symbolic link"):
        parse_file(path, filename="link.docx")


def test_external_relationships_are_not_followed(tmp_path: Path) -> None:
    relations = (
        f'<Relationships xmlns="{hostile.PACKAGE}">'
        f'<Relationship Id="r1" Type="{hostile.OFFICE}/officeDocument" '
        'Target="file:///etc/hostname" TargetMode="External"/>'
        f'<Relationship Id="r2" Type="{hostile.OFFICE}/attachedTemplate" '
        'Target="http://127.0.0.1:9/t.dotm" TargetMode="External"/></Relationships>'
    )
    content = hostile.docx(hostile.paragraph("only this"), parts={"_rels/.rels": relations})
    assert text_of(read(tmp_path, content)) == "only this"


@pytest.mark.parametrize("make", [hostile.prev_loop_pdf, hostile.outline_loop_pdf])
def test_a_pdf_that_loops_is_still_read(tmp_path: Path, make: object) -> None:
    assert callable(make)
    assert text_of(read(tmp_path, make())) == "Hello from a page"


def test_a_page_tree_that_loops_is_damaged(tmp_path: Path) -> None:
    assert "damaged" in reason(tmp_path, hostile.kids_loop_pdf())


def test_a_pdf_of_200_000_pages_is_refused_with_the_count(tmp_path: Path) -> None:
    assert "200,000 pages" in reason(tmp_path, hostile.many_pages_pdf())


def test_deeply_nested_arrays_end(tmp_path: Path) -> None:
    assert text_of(read(tmp_path, hostile.nested_array_pdf())) == "Hello from a page"


@pytest.mark.slow
@pytest.mark.parametrize("make", [hostile.double_flate_pdf, hostile.nested_forms_pdf])
def test_a_pdf_that_unfolds_without_end_fails_within_its_limits(
    tmp_path: Path, make: object
) -> None:
    assert callable(make)
    with pytest.raises(ParseFailed):
        read(tmp_path, make())


def test_a_picture_without_text_needs_ocr(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(hostile.picture_pdf())
    with pytest.raises(ParseRefused, match="holds only images.*OCR"):
        parse_file(path, filename="file.pdf", with_ocr=False)


def test_password_protected_files_say_so(tmp_path: Path) -> None:
    office = hostile.ole("EncryptionInfo", "EncryptedPackage")
    assert "password protected" in reason(tmp_path, office, "a.docx")
    objects = hostile.page_objects()
    objects[6] = (
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"28" * 32 + b"> /U <" + b"29" * 32 + b"> >>"
    )
    trailer = b"/Encrypt 6 0 R /ID [<00112233445566778899aabbccddeeff> <00>]"
    assert "password protected" in reason(tmp_path, hostile.pdf(objects, trailer=trailer))


@pytest.mark.parametrize("content", [b"", b"\0", b" \n\t ", b"\xef\xbb\xbf\n", b"\xff\xfe"])
def test_a_file_without_content_is_empty(tmp_path: Path, content: bytes) -> None:
    assert "empty" in reason(tmp_path, content, "a.txt")


@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_truncated_file_ends_with_a_reason_or_with_text(tmp_path: Path, tenth: int) -> None:
    pages = [[(f"Page {number} says a lot", 12.0, 700.0)] for number in range(5)]
    whole = hostile.docx(hostile.paragraph("words " * 200))
    for content in (whole, hostile.pdf_pages(pages)):
        try:
            read(tmp_path, content[: len(content) * tenth // 10])
        except ParseError as error:
            assert error.reason.endswith(".")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"MZ\x90\0\3\0\0\0" + b"\0" * 100, "Windows program"),
        (b"\x7fELF\2\1\1" + b"\0" * 100, "Linux program"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "picture is damaged"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "picture is damaged"),
        (b"<?xml version='1.0'?><catalog><item/></catalog>", "XML file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (hostile.ole("WordDocument"), r"Word \(.doc\)"),
        (hostile.ole("Workbook"), r"Excel \(.xls\)"),
        (hostile.ole("PowerPoint Document"), r"PowerPoint \(.ppt\) file.*Save it as .pptx"),
        (hostile.ole("__substg1.0"), r"Outlook message \(.msg\).*Save it as .eml"),
        (hostile.archive({"[Content_Types].xml": "", "xl/workbook.bin": ""}), r"\(.xlsb\)"),
        (
            hostile.archive({"mimetype": "application/vnd.oasis.opendocument.graphics"}),
            "without text",
        ),
        (hostile.archive({"mimetype": "application/epub+zip"}), "EPUB"),
        (hostile.archive({"a.txt": "text"}), "zip archive"),
        (bytes(range(256)) * 20, "binary data"),
    ],
)
def test_another_kind_of_file_is_refused_by_its_true_name(
    tmp_path: Path, content: bytes, kind: str
) -> None:
    for filename in ("a.pdf", "a.docx", "a.md"):
        with pytest.raises(ParseRefused, match=kind):
            read(tmp_path, content, filename)


def test_a_wrong_ending_does_not_matter_when_the_content_can_be_read(tmp_path: Path) -> None:
    page = hostile.pdf_pages([[("A page named wrongly", 12, 700)]])
    assert read(tmp_path, page, "page.docx").media_type == "application/pdf"
    web = b"<!DOCTYPE html><html><body><p>A web page</p></body></html>"
    assert read(tmp_path, web, "web.docx").media_type == "text/html"
    assert read(tmp_path, hostile.docx(hostile.paragraph("x")), "x.pdf").media_type.endswith(
        "wordprocessingml.document"
    )


def test_a_file_of_two_kinds_is_refused(tmp_path: Path) -> None:
    page = hostile.pdf_pages([[("text", 12, 700)]])
    assert "at once" in reason(tmp_path, b"<html><script>x</script></html>\n" + page)


@pytest.mark.parametrize("opening", [b"<div>", b"<table><tr><td>", b"<b>"])
def test_a_web_page_nested_without_end_is_refused(tmp_path: Path, opening: bytes) -> None:
    content = b"<html><body>" + opening * 100_000 + b"the bottom"
    assert "nested" in reason(tmp_path, content)


@pytest.mark.parametrize("name", hostile.HOSTILE_MARKDOWN)
@pytest.mark.parametrize("filename", ["a.md", "a.rst", "a.txt"])
def test_hostile_markup_is_read_in_linear_time(tmp_path: Path, name: str, filename: str) -> None:
    path = tmp_path / "upload"
    path.write_text(hostile.HOSTILE_MARKDOWN[name])
    parse_file(path, filename=filename, limits=Limits(cpu_seconds=3, wall_seconds=10))


@pytest.mark.slow
def test_one_line_of_50_megabytes_is_read(tmp_path: Path) -> None:
    document = read(tmp_path, b"word " * 10_000_000, "a.txt")
    assert len(document.blocks[0].text) == 49_999_999


def test_a_picture_bomb_in_a_document_is_never_opened(tmp_path: Path) -> None:
    header = struct.pack(">LL", 30_000, 30_000) + b"\x08\x02\0\0\0"
    picture = b"\x89PNG\r\n\x1a\n" + struct.pack(">L", 13) + b"IHDR" + header
    content = hostile.docx(hostile.paragraph("text"), parts={"word/media/image1.png": picture})
    assert text_of(read(tmp_path, content)) == "text"
    drawn = hostile.picture_pdf(30_000, text=hostile.text_content(("Beside it", 72, 700)))
    assert text_of(read(tmp_path, drawn, "file.pdf")) == "Beside it"


def test_a_pickle_that_a_pdf_names_as_its_encoding_is_not_loaded(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    (tmp_path / "evil.pickle.gz").write_bytes(hostile.touching_pickle(marker))
    read(tmp_path, hostile.evil_encoding_pdf(tmp_path / "evil"), "file.pdf")
    assert not marker.exists()
    pickle.loads(gzip.decompress((tmp_path / "evil.pickle.gz").read_bytes()))
    assert marker.exists(), "the pickle would not have done anything"


def test_a_file_bigger_than_the_cap_is_refused_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "big"
    with path.open("wb") as stream:
        stream.truncate(60 << 20)
    with pytest.raises(ParseRefused, match="60 MB; at most 50 MB"):
        parse_file(path, filename="big.txt")
