"""A library made without reading files, and BM25 computed the long way to compare with."""

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import connection

from solution_library.models import Chunk, Document, DocumentVersion
from solution_library.wording import upkeep
from solution_library.wording.passages import write_words


def document(title: str, *texts: str, **columns: Any) -> Document:
    """A document whose passages are `texts`, current and in no segment yet."""
    digest = hashlib.sha256(title.encode()).hexdigest()
    made = Document(title=title, path=title, sha256=digest, source_key=title, **columns)
    made.skip_embedding = True
    made.save()
    read(made, *texts)
    return made


def read(made: Document, *texts: str) -> DocumentVersion:
    """A new version of it, which is the current one now."""
    version = DocumentVersion.objects.create(
        document=made, number=made.versions.count() + 1, filename=made.title,
        sha256=made.sha256, size=1, is_complete=True,
    )  # fmt: skip
    write(version, *texts)
    Document.objects.filter(pk=made.pk).update(current_version=version)
    return version


def write(version: DocumentVersion, *texts: str) -> None:
    """Its passages, as the reading of a document writes them."""
    Chunk.objects.filter(version=version).delete()
    chunks = [
        Chunk(version=version, ordinal=n, text=text, content_hash=str(n))
        for n, text in enumerate(texts)
    ]
    write_words(Chunk.objects.bulk_create(chunks))
    upkeep.stored(version)


@dataclass
class Passage:
    id: int
    version_id: int
    language: str
    length: int
    counts: Counter[str]


def passages() -> list[Passage]:
    """All passages of current versions."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT c.id, c.version_id, c.language, c.length,
                   array(SELECT u.lexeme FROM unnest(c.lexemes) u),
                   array(SELECT cardinality(u.positions) FROM unnest(c.lexemes) u)
            FROM solution_library_chunk c
            JOIN solution_library_document d ON d.current_version_id = c.version_id
            WHERE NOT c.is_hidden ORDER BY c.id""")
        return [
            Passage(pk, version, language, length, Counter(dict(zip(words, counts, strict=True))))
            for pk, version, language, length, words, counts in cursor.fetchall()
        ]


def bm25(
    terms: list[set[tuple[str, str]]], found: list[Passage], corpus: list[Passage]
) -> dict[int, float]:
    """The score of each of `found` that has a term, by the textbook."""
    mean = max(sum(p.length for p in corpus) / max(len(corpus), 1), 1.0)
    scores: Counter[int] = Counter()
    for term in terms:
        holders = min(
            sum((p.language, word) in term for p in corpus for word in p.counts), len(corpus)
        )
        idf = math.log(1 + (len(corpus) - holders + 0.5) / (holders + 0.5))
        for p in found:
            for word, count in p.counts.items():
                if (p.language, word) in term:
                    norm = 1.2 * (1 - 0.75 + 0.75 * p.length / mean)
                    scores[p.id] += idf * count * 2.2 / (count + norm)
    return dict(scores)
