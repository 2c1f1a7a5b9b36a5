"""Pages of the library. Included at "library/"."""

from django.urls import path

from solution_library.views import document, documents, indexing, search, sources

app_name = "solution_library"
urlpatterns = [
    path("", documents.documents, name="documents"),
    path("upload/", documents.upload, name="upload"),
    path("rows/", documents.document_row, name="document_row"),
    path("search/", search.search, name="search"),
    path("indexes/", indexing.indexing, name="indexing"),
    path("indexes/build/", indexing.indexing_build, name="indexing_build"),
    path("indexes/<int:index_id>/switch/", indexing.indexing_switch, name="indexing_switch"),
    path("indexes/<int:index_id>/drop/", indexing.indexing_drop, name="indexing_drop"),
    path("sources/", sources.sources, name="sources"),
    path("sources/new/", sources.source_new, name="source_new"),
    path("sources/preview/", sources.source_preview, name="source_preview"),
    path("sources/<int:source_id>/", sources.source, name="source"),
    path("sources/<int:source_id>/sync/", sources.source_sync, name="source_sync"),
    path("<int:document_id>/", document.document, name="document"),
    path("<int:document_id>/file/", document.document_file, name="document_file"),
    path("<int:document_id>/review/", document.document_review, name="document_review"),
    path("<int:document_id>/delete/", document.document_delete, name="document_delete"),
    path("<int:document_id>/retry/", document.document_retry, name="document_retry"),
]
