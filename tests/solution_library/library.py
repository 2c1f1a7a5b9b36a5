"""A small library for tests: documents with text, made without reading any file."""

import hashlib
import io
import zipfile
from typing import Any

from django.core.files.base import ContentFile
from django.test import Client

from solution_library import duplicates
from solution_library.models import Chunk, Document, DocumentVersion
from solution_library.similarity import fingerprint_of_texts

WORDS = [
    "customer",
    "data",
    "is",
    "encrypted",
    "at",
    "rest",
    "with",
    "keys",
    "that",
    "the",
    "security",
    "team",
    "rotates",
    "every",
    "year",
    "backups",
    "are",
    "kept",
    "in",
    "two",
    "regions",
    "and",
    "restored",
    "in",
    "a",
    "drill",
    "each",
    "quarter",
    "access",
    "to",
    "production",
    "needs",
    "a",
    "second",
    "factor",
    "and",
    "is",
    "logged",
    "the",
    "log",
    "is",
    "kept",
    "for",
    "one",
    "year",
    "and",
    "reviewed",
    "monthly",
    "suppliers",
    "sign",
    "the",
    "same",
    "terms",
    "incidents",
    "are",
    "reported",
    "to",
    "customers",
    "within",
    "one",
    "day",
    "of",
    "being",
    "found",
    "every",
    "change",
    "is",
    "reviewed",
    "by",
    "a",
    "colleague",
    "before",
    "it",
    "is",
    "released",
    "to",
    "the",
    "first",
    "region",
    "laptops",
    "are",
    "managed",
    "and",
    "wiped",
    "when",
    "they",
    "are",
    "lost",
    "employees",
    "are",
    "trained",
    "once",
    "a",
    "year",
    "and",
    "leave",
    "with",
    "their",
    "accounts",
    "closed",
    "on",
    "the",
    "same",
    "day",
    "penetration",
    "tests",
    "happen",
    "twice",
    "a",
    "year",
]


def text_of(seed: int, count: int = 120) -> str:
    """`count` words in an order of its own for each seed, so that no two texts are alike."""
    words = []
    for n in range(count):
        digest = hashlib.sha256(f"{seed}:{n}".encode()).digest()
        words.append(WORDS[int.from_bytes(digest[:4]) % len(WORDS)])
    return " ".join(words)


def add_text(document: Document, *passages: str, number: int = 1, **fields: Any) -> DocumentVersion:
    """Store passages as a version that has been read, and make it the current one."""
    # As if each came in a format of its own: equal texts are seldom equal files.
    body = "\n\n".join([*passages, f"<!-- {document.pk}.{number} -->"]).encode()
    version = DocumentVersion(
        document=document, number=number, filename=document.path, size=len(body),
        sha256=hashlib.sha256(body).hexdigest(), is_complete=True,
        **fields,
    )  # fmt: skip
    version.file.save("x", ContentFile(body))
    for ordinal, passage in enumerate(passages):
        Chunk.objects.create(
            version=version, ordinal=ordinal, text=passage, content_hash=f"{ordinal}"
        )
    document.current_version = version
    document.sha256 = version.sha256
    document.save()
    duplicates.record(version, fingerprint_of_texts(passages))
    duplicates.compare(version.pk)
    return version


def a_text(*passages: str, owner: Any = None, **fields: Any) -> Document:
    """A document with these passages, searchable but for its vectors."""
    number = Document.objects.count()
    given = {"title": f"Paper {number}", "path": f"paper-{number}.md", "embedding_status": "ready"}
    document = Document.objects.create(owner=owner, sha256=f"{number:064}", **{**given, **fields})
    add_text(document, *(passages or (text_of(document.pk),)))
    document.refresh_from_db()
    return document


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def a_zip(files: dict[str, bytes | str], **options: Any) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    target.seek(0)
    target.name = "papers.zip"
    return target
