"""A source's collection and tags, on the documents that it has brought already."""

from collections.abc import Iterable

from solution_library.models import Document, DocumentationSource


def pass_on(source: DocumentationSource, old_collection: int | None, old_tags: set[int]) -> None:
    """After a change of the source: what it no longer says is taken away, what is new is added.
    What people have given to single documents stays."""
    documents = Document.objects.filter(source=source)
    ids = list(documents.values_list("pk", flat=True))
    if source.collection_id != old_collection:
        _replace(Document.collections.through, "collection_id", ids, {old_collection},
                 {source.collection_id})  # fmt: skip
    tags = set(source.tags.values_list("pk", flat=True))
    _replace(Document.tags.through, "tag_id", ids, old_tags - tags, tags - old_tags)


def _replace(
    table: type,
    column: str,
    documents: list[int],
    old: Iterable[int | None],
    new: Iterable[int | None],
) -> None:
    rows = table._default_manager  # type: ignore[attr-defined]
    gone, come = set(old) - {*new, None}, set(new) - {*old, None}
    if gone:
        rows.filter(**{f"{column}__in": gone}, document_id__in=documents).delete()
    for label in come:
        rows.bulk_create(
            (table(**{"document_id": pk, column: label}) for pk in documents),
            ignore_conflicts=True, batch_size=1000,
        )  # fmt: skip
