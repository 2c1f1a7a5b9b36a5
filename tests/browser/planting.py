"""Fills a running installation with texts that would act in a browser if any page let them: run
as a program, in the environment of the product's own processes."""

from __future__ import annotations

import os
import sys
from datetime import date, timedelta
from typing import Any

#: Each sets the canary or asks another host, in its own way. The first one is long enough for all.
PAYLOADS = (
    "\"'><img src=http://off.test/1 onerror=__ran()><script>__ran()</script>",
    "</textarea></title></style></script><svg/onload=__ran()>",
    "<b hx-get=http://off.test/2 hx-trigger=load hx-on:click=__ran()>x</b><template>y</template>",
    "[a](javascript:__ran()) ![b](http://off.test/3) <a href=javascript:__ran()>c</a>",
    "' onfocus='__ran()' autofocus x='\" onmouseover=\"__ran()",
    "{{7*7}}{% now 'Y' %}${7*7}<iframe srcdoc='<script>parent.__ran()</script>'>",
    "<base href=http://off.test/><link rel=stylesheet href=http://off.test/4>",
    "<meta http-equiv=refresh content='0;url=http://off.test/5'><object data=http://off.test/6>",
    "<style>@import 'http://off.test/7';*{background:url(http://off.test/8)}</style>",
    "\u202e<details open ontoggle=__ran()>\u2028\\u003cscript\\u003e__ran()//",
)
APPS = ("accounts", "audit", "jobs", "llm_manager", "solution_library", "rfp_manager", "api")
#: Words of the program's own, which decide what is done with a row.
OWN_WORDS = (
    "kind", "queue", "status", "state", "task", "dedup", "sha", "hash", "digest", "format", "media_type",
    "currency", "period", "zone", "language", "config", "outcome", "purpose", "verdict", "role",
    "fingerprint", "etag", "key", "token", "secret", "subject", "action", "mapping", "engine", "code",
    "worker", "location", "url", "ip", "path", "prompt", "model_id", "revision", "ref", "phase",
)  # fmt: skip


def free_texts(model: Any) -> list[Any]:
    from django.db import models

    return [
        field for field in model._meta.local_concrete_fields
        if type(field) in (models.CharField, models.TextField) and not field.choices
        and not field.primary_key and not any(word in field.name for word in OWN_WORDS)
    ]  # fmt: skip


def poison() -> int:
    """Every free text of every row. How many texts there are now."""
    from django.apps import apps
    from django.db import DatabaseError, transaction

    done = 0
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            if not model._meta.managed:
                continue
            for field in free_texts(model):
                for pk in list(model._base_manager.values_list("pk", flat=True)[:40]):
                    text = PAYLOADS[done % len(PAYLOADS)]
                    value = f"{text} {done}"[: field.max_length or None]
                    try:
                        with transaction.atomic():
                            model._base_manager.filter(pk=pk).update(**{field.attname: value})
                        done += 1
                    except DatabaseError:
                        continue  # the database itself allows no such text there
    return done


def world() -> None:
    """One of everything that people fill in."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from audit.recording import record
    from jobs.models import Job, JobLog, Notification
    from llm_manager.models import Budget, LLMApi, LLMModel
    from rfp_manager.models import (
        Assignment,
        Contradiction,
        ExportJob,
        QuestionComment,
        QuestionSet,
        UnsavedEdit,
    )
    from solution_library.models import Collection, DocumentationSource, Tag
    from tests.rfp_manager.view_world import (
        cite,
        make_answer,
        make_passage,
        make_rfp,
        question,
        review,
    )

    user = get_user_model().objects.filter(is_superuser=True).first()
    rfp = make_rfp(user, name=PAYLOADS[0])
    asked = question(rfp, 1)
    answer = make_answer(asked, PAYLOADS[1])
    passage = make_passage("x")
    cite(answer, passage)
    review(answer)
    other = make_answer(question(rfp, 2), PAYLOADS[3])
    Contradiction.objects.create(
        rfp=rfp, answer=answer, other=other, answer_version=1, other_version=1, topic="x",
        words="x", other_words="x",
    )  # fmt: skip
    Assignment.objects.create(question=asked, assignee=user, note="x")
    QuestionComment.objects.create(question=asked, author=user, text="x")
    UnsavedEdit.objects.create(question=question(rfp, 3), user=user, text="x", base_version=1)
    QuestionSet.objects.create(name="x", owner=user, rfp=rfp)
    api = LLMApi.objects.create(name="x", kind="openai", base_url="http://127.0.0.1:9")
    LLMModel.objects.create(api=api, model_id=PAYLOADS[0][:200], kind="chat", name="x")
    Budget.objects.create(name="x", limit=5)
    document = passage.version.document
    document.collections.add(Collection.objects.create(name="x"))
    document.tags.add(Tag.objects.create(name="x"))
    DocumentationSource.objects.create(
        name="x", kind="website", location="https://off.invalid/", is_active=False
    )
    job = ExportJob.objects.create(
        rfp=rfp,
        started_by=user,
        status="failed",
        title="x",
        last_error="x",
        completed_at=timezone.now(),
    )
    JobLog.objects.create(job=job, at=timezone.now(), message="x")
    Notification.objects.create(user=user, job=job, event="failed", text="x")
    Job.objects.filter(pk=job.pk).update(errors=[{"key": "1", "error": PAYLOADS[0]}])
    rfp.customer, rfp.instructions, rfp.due_date = "x", "x", date.today() + timedelta(days=3)
    rfp.save()
    get_user_model().objects.create_user(PAYLOADS[0][:140], first_name=PAYLOADS[0][:140])
    for text in PAYLOADS:
        record("rfp.deleted", actor=text, target=text, details={"x": text, text: text})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spelunker.settings")
    from spelunker.embedded.bootstrap import prepare_environment

    prepare_environment(["manage.py", "shell"])
    import django

    django.setup()
    world()
    print(poison())


if __name__ == "__main__":
    sys.exit(main())
