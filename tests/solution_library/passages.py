"""Documents with one passage that is found by its words: no model is needed to search them."""

import hashlib

from django.contrib.postgres.search import SearchVector
from django.db import connection
from django.db.models import Value

from solution_library.embedding import COUNT_LEXEMES
from solution_library.lexical import configuration_for, lexical_text
from solution_library.models import Chunk, Document, DocumentVersion, EmbeddingStatus


def keyword_passage(title: str, text: str, **columns: object) -> Document:
    digest = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
    document = Document(title=title, path=title, sha256=digest, **columns)
    document.skip_embedding = True
    document.embedding_status = EmbeddingStatus.READY
    document.save()
    version = DocumentVersion.objects.create(
        document=document, number=1, filename=title, sha256=digest, size=len(text),
        is_complete=True, chunk_count=1,
    )
    language = configuration_for(text)
    Chunk.objects.create(
        version=version, ordinal=0, text=text, content_hash=digest, language=language,
        lexemes=SearchVector(Value(lexical_text(text)), config=language),
    )
    with connection.cursor() as cursor:
        cursor.execute(COUNT_LEXEMES, [version.pk])
    Document.objects.filter(pk=document.pk).update(current_version=version)
    return document
