from typing import Any

from django.http import HttpRequest, HttpResponse


def documents(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("documents")


def upload(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("upload")


def document_row(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("document_row")


def search(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("search")


def sources(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("sources")


def source_new(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("source_new")


def source(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("source")


def source_sync(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("source_sync")


def document(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("document")


def document_file(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("document_file")


def document_delete(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("document_delete")


def document_retry(request: HttpRequest, **ids: Any) -> HttpResponse:
    return HttpResponse("document_retry")

