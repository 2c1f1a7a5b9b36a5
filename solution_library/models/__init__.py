from solution_library.models.documents import (
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
from solution_library.models.vectors import ChunkVector, EmbeddingIndex, IndexState, ReindexJob

__all__ = [
    "Chunk",
    "ChunkVector",
    "Collection",
    "Document",
    "DocumentVersion",
    "DocumentationSource",
    "EmbeddingIndex",
    "EmbeddingJob",
    "EmbeddingStatus",
    "IndexState",
    "ReindexJob",
    "ReviewStatus",
    "SourceKind",
    "SyncJob",
]
