from solution_library.models.documents import (
    EMBEDDING_DIMENSIONS,
    Chunk,
    Collection,
    Document,
    DocumentVersion,
    EmbeddingStatus,
    ReviewStatus,
)
from solution_library.models.sources import (
    DocumentationSource,
    EmbeddingJob,
    SourceKind,
    SyncJob,
)

__all__ = [
    "EMBEDDING_DIMENSIONS",
    "Chunk",
    "Collection",
    "Document",
    "DocumentVersion",
    "DocumentationSource",
    "EmbeddingJob",
    "EmbeddingStatus",
    "ReviewStatus",
    "SourceKind",
    "SyncJob",
]
