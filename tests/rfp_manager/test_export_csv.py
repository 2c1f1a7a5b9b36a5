"""A text file comes back with the answers in it; every other byte stays as it was."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfp_manager.exporting import ExportRefused, Fill, UntouchedReport, fill
from rfp_manager.importing.csv_text import read_csv_text
from rfp_manager.importing.formats.csv import to_grid
from rfp_manager.importing.types import Place

ODD = (
    '\ufeffTitle;;\r\n\r\n"No";Question;Answer\n1;"Do you ""really"" encrypt?";"old"  \r\n'
    "2;Do you log?\r\n3;Do you test?;\r4;  spaced  ;x;beyond"
)


def filled(
    tmp_path: Path, data: bytes, *fills: tuple[int, int, str]
) -> tuple[bytes, UntouchedReport]:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(data)
    places = [Fill(Place("", row, column), text) for row, column, text in fills]
    report = fill(source, fills=places, out=out)
    return out.read_bytes(), report


def test_only_the_answer_fields_differ(tmp_path: Path) -> None:
    out, report = filled(
        tmp_path, ODD.encode(), (4, 3, "Yes"), (5, 3, "No; never"), (6, 3, 'a "b"\nc'), (7, 3, "y")
    )
    assert out.decode() == (
        '\ufeffTitle;;\r\n\r\n"No";Question;Answer\n1;"Do you ""really"" encrypt?";"Yes"\r\n'
        '2;Do you log?;"No; never"\r\n3;Do you test?;"a ""b""\nc"\r4;  spaced  ;y;beyond'
    )
    assert (report.untouched, report.answers_written) == (True, 4)


def test_short_and_blank_records_get_the_delimiters_they_lack(tmp_path: Path) -> None:
    out, _ = filled(tmp_path, b"a,b,c,d\n\nx\n", (2, 3, "blank"), (3, 4, "short"), (3, 2, "two"))
    assert out == b"a,b,c,d\n,,blank\nx,two,,short\n"


def test_without_answers_the_copy_is_the_same_file(tmp_path: Path) -> None:
    assert filled(tmp_path, ODD.encode())[0] == ODD.encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_files_encoding_and_mark_stay(encoding: str, tmp_path: Path) -> None:
    text = "Nr;Frage;Antwort\r\n1;Verschlüsselt?;\r\n2;Geprüft?;\r\n"
    out, _ = filled(tmp_path, text.encode(encoding), (2, 3, "Ja, täglich"))
    assert out == text.replace("elt?;", "elt?;Ja, täglich").encode(encoding)


def test_what_an_old_encoding_lacks_is_replaced_by_the_closest_and_reported(tmp_path: Path) -> None:
    data = "Nr;Frage;Antwort\r\n1;Verschlüsselt?;\r\n".encode("cp1252")
    out, report = filled(tmp_path, data, (2, 3, "A → B, ő, 中"))
    assert out.decode("cp1252").endswith(";A -> B, o, [U+4E2D]\r\n")
    assert [c.character for c in report.changed] == ["U+2192", "U+0151", "U+4E2D"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "'=1"])
def test_no_answer_can_be_computed_and_import_gives_it_back(text: str, tmp_path: Path) -> None:
    out, _ = filled(tmp_path, b"No,Question,Answer\n1,Do you?,\n", (2, 3, text))
    source = read_csv_text(tmp_path / "out.csv")
    assert source.records[1].fields[2].value.startswith("'")
    assert to_grid(source).cells[2, 3] == text
    assert out.startswith(b"No,Question,Answer\n1,Do you?,")


def test_a_record_that_does_not_exist_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="no record 9"):
        filled(tmp_path, b"a,b\n1,2\n", (9, 2, "x"))
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(), max_size=100), quoted=st.booleans())
def test_any_text_comes_back_as_it_was_or_its_changes_are_reported(
    tmp_path_factory: pytest.TempPathFactory, text: str, quoted: bool
) -> None:
    field = '""' if quoted else ""
    data = f"No,Question,Answer\n1,Größe?,{field}\n".encode()
    out, report = filled(tmp_path_factory.mktemp("csv"), data, (2, 3, text))
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    value = to_grid(read_csv_text_of(out, tmp_path_factory)).cells.get((2, 3), "")
    assert value == plain or report.changed
    assert report.untouched


def read_csv_text_of(data: bytes, factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    path = factory.mktemp("again") / "x.csv"
    path.write_bytes(data)
    return read_csv_text(path)
