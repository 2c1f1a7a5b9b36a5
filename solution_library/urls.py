from django.urls import path

from solution_library import views

app_name = "solution_library"
urlpatterns = [
    path("", views.documents, name="documents"),
    path("upload/", views.upload, name="upload"),
    path("rows/", views.document_row, name="document_row"),
    path("search/", views.search, name="search"),
    path("sources/", views.sources, name="sources"),
    path("sources/new/", views.source_new, name="source_new"),
    path("sources/<int:source_id>/", views.source, name="source"),
    path("sources/<int:source_id>/sync/", views.source_sync, name="source_sync"),
    path("<int:document_id>/", views.document, name="document"),
    path("<int:document_id>/file/", views.document_file, name="document_file"),
    path("<int:document_id>/delete/", views.document_delete, name="document_delete"),
    path("<int:document_id>/retry/", views.document_retry, name="document_retry"),
]
