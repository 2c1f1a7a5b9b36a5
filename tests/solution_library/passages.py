"""Documents with one passage that is found by its words: no model is needed to search them."""

import hashlib

from solution_library.models import Chunk, Document, DocumentVersion, EmbeddingStatus
from solution_library.wording.passages import write_words


def keyword_passage(title: str, text: str, **columns: object) -> Document:
    digest = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
    document = Document(title=title, path=title, sha256=digest, **columns)
    document.skip_embedding = True
    document.embedding_status = EmbeddingStatus.READY
    document.save()
    version = DocumentVersion.objects.create(
        document=document,
        number=1,
        filename=title,
        sha256=digest,
        size=len(text),
        is_complete=True,
    )
    chunk = Chunk.objects.create(version=version, ordinal=0, text=text, content_hash=digest)
    write_words([chunk])
    document.current_version = version
    document.save(update_fields=["current_version"])
    return document
