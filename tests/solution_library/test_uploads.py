"""What an upload says of itself is not believed, and twenty of one file are one document."""

import io
import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.urls import reverse

from solution_library.ingest import UploadRefused, receive
from solution_library.models import Document, DocumentVersion
from tests.solution_library.library import signed_in

TIMES = 20


@pytest.mark.django_db(transaction=True)
def test_one_file_twenty_times_at_once_is_one_document_and_twenty_clear_answers(
    alice: User, settings: Any
) -> None:
    settings.AUTO_EMBED_DOCUMENTS, settings.CELERY_TASK_ALWAYS_EAGER = False, False
    start, answers = threading.Barrier(TIMES), []

    def upload() -> None:
        start.wait(20)
        try:
            received = receive(io.BytesIO(b"# Keys"), filename="keys.md", user=alice)
            answers.append("created" if received.created else "known")
        except UploadRefused as refusal:
            answers.append(str(refusal))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=upload) for _ in range(TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == TIMES and answers.count("created") == 1
    assert all(said in ("created", "known") or "at the same moment" in said for said in answers)
    assert Document.objects.count() == DocumentVersion.objects.count() == 1


@pytest.mark.django_db
def test_the_type_that_a_browser_claims_is_neither_kept_nor_given_back(alice: User) -> None:
    pages = signed_in(alice)
    script = b"<!DOCTYPE html><html><body><script>alert(1)</script><p>Keys</p></body></html>"
    file = SimpleUploadedFile("keys.pdf", script, content_type="application/pdf")
    pages.post(reverse("solution_library:upload"), {"files": file})
    document = Document.objects.get()
    answer = pages.get(reverse("solution_library:document_file", args=[document.pk]))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content) == script
