"""E-mails: what they say, from whom, and what is attached."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from solution_library.parsing.errors import ParseRefused
from solution_library.parsing.formats import eml
from solution_library.parsing.sniff import sniff
from solution_library.parsing.types import ParsedDocument
from tests.solution_library import hostile


def message(subject: str = "Keys", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = subject
    made["From"] = "Ada <ada@example.com>"
    for name, value in headers.items():
        made[name] = value
    return made


def read(tmp_path: Path, content: EmailMessage | bytes) -> ParsedDocument:
    path = tmp_path / "mail.eml"
    path.write_bytes(content if isinstance(content, bytes) else content.as_bytes())
    assert sniff(path, "mail.eml") == "eml"
    return eml.parse(path, "mail.eml")


def texts(document: ParsedDocument) -> list[str]:
    return [block.text for block in document.blocks]


def test_a_message_says_from_whom_it_is_and_what_about(tmp_path: Path) -> None:
    mail = message("Schlüssel", To="bob@example.com", Date="Thu, 5 Mar 2026 10:00:00 +0000")
    mail.set_content("We rotate keys.\n\n- yearly\n- in two places\n")
    document = read(tmp_path, mail)
    assert document.title == "Schlüssel"
    assert texts(document) == [
        "Schlüssel",
        "From: Ada <ada@example.com>\nTo: bob@example.com\nDate: Thu, 05 Mar 2026 10:00:00 +0000",
        "We rotate keys.", "yearly", "in two places",
    ]  # fmt: skip


def test_of_the_same_text_in_two_kinds_the_richer_one_is_read(tmp_path: Path) -> None:
    mail = message()
    mail.set_content("plain")
    mail.add_alternative("<h2>Rich</h2><p>text<span hidden>canary</span></p>", subtype="html")
    document = read(tmp_path, mail)
    assert texts(document)[2:] == ["Rich", "text", "canary"]
    assert [block.hidden for block in document.blocks[2:]] == [False, False, True]


def test_attachments_that_can_be_read_are_read_and_the_others_are_named(tmp_path: Path) -> None:
    mail = message()
    mail.set_content("See below.")
    word = hostile.docx(hostile.paragraph("We encrypt."))
    mail.add_attachment(
        word, maintype="application", subtype="octet-stream", filename="policy.docx"
    )
    mail.add_attachment(
        b"MZ\x90" + b"\0" * 50, maintype="application", subtype="x", filename="a.exe"
    )
    document = read(tmp_path, mail)
    assert texts(document)[2:] == ["See below.", "Attachment: policy.docx", "We encrypt."]
    assert document.warnings == [
        "Attachments: “policy.docx” (read), “a.exe” (not read: This is a Windows program, which "
        "cannot be read as a document)."
    ]


def test_a_hostile_attachment_costs_only_itself(tmp_path: Path) -> None:
    mail = message()
    mail.set_content("Harmless.")
    mail.add_attachment(hostile.laughs_docx(), maintype="a", subtype="b", filename="x.docx")
    document = read(tmp_path, mail)
    assert texts(document)[2:] == ["Harmless."]
    assert "entities" in document.warnings[0]


def test_an_attached_message_is_read_but_what_it_carries_is_only_named(tmp_path: Path) -> None:
    inner = message("Inner")
    inner.set_content("Inner text.")
    inner.add_attachment("deep", filename="deep.txt")
    mail = message()
    mail.set_content("Outer text.")
    mail.add_attachment(inner)
    document = read(tmp_path, mail)
    assert "Inner text." in texts(document)
    assert "deep" not in texts(document)
    assert "“deep.txt” (not read: it is inside an attached message)" in document.warnings[0]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-8-sig", "latin-1"])
def test_a_message_saved_in_any_encoding_is_read(tmp_path: Path, codec: str) -> None:
    raw = "Subject: Keys\nFrom: a@b.c\nMIME-Version: 1.0\n\nWe rotate them.\n".encode(codec)
    assert "We rotate them." in texts(read(tmp_path, raw))


def test_a_charset_that_does_not_exist_is_guessed_and_told(tmp_path: Path) -> None:
    raw = (
        b"Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=klingon\n\nGr\xfc\xdfe\n"
    )
    document = read(tmp_path, raw)
    assert texts(document)[-1] == "Grüße"
    assert "guessed as cp1252" in document.warnings[0]


@pytest.mark.parametrize(
    "kind", ["multipart/encrypted; boundary=x", "application/pkcs7-mime; smime-type=enveloped-data"]
)
def test_an_encrypted_message_says_so(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ParseRefused, match="encrypted"):
        read(tmp_path, f"Subject: x\nFrom: a@b.c\nContent-Type: {kind}\n\nabc\n".encode())


def test_damaged_headers_and_parts_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    raw = (
        b"Subject: =?utf-8?B?4pi?= =?klingon?Q?x?=\nFrom: \xff\xfe\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n!!!!\n"
        b"--b\nContent-Type: text/plain\n\nstill here\n--b\nContent-Disposition: attachment; filename*=x''%zz\n\nq\n"
    )
    assert "still here" in texts(read(tmp_path, raw))


def test_a_message_of_parts_without_end_is_refused(tmp_path: Path) -> None:
    opening = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(40)
    )
    with pytest.raises(ParseRefused, match="nested"):
        read(tmp_path, f"Subject: x\nFrom: a@b.c\n{opening}\nend\n".encode())
    many = "--b\nContent-Type: text/plain\n\nx\n" * 1_100
    with pytest.raises(ParseRefused, match="more than 1,000 parts"):
        read(tmp_path, f"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n{many}".encode())
