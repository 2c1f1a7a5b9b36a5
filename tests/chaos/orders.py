"""What a stack can be told to do; runs inside the installation, Django being set up."""

import os
from pathlib import Path
from typing import Any

from tests.chaos.stack import PASSWORD

TOPICS = [
    "encryption", "backups", "access control", "logging", "incident response", "training",
    "suppliers", "data retention", "network security", "penetration tests",
]  # fmt: skip
FACTS = "{Topic} is reviewed every {n} months by the security team. Records are kept {n} years."
FOLDER = Path(os.environ["SPELUNKER_VAR_DIR"])


def alice() -> Any:
    """The person who starts everything. Asked anew: the connection may be a new one."""
    from django.contrib.auth import get_user_model

    user, new = get_user_model().objects.get_or_create(username="alice")
    if new:
        user.set_password(PASSWORD)
        user.save()
    return user


def library() -> int:
    """A small library. Returns the id of the job that reads it, or that has read it before a
    restore."""
    from solution_library.adding import add_paths
    from solution_library.models import EmbeddingJob

    folder = FOLDER / "library"
    folder.mkdir(exist_ok=True)
    for n, topic in enumerate(TOPICS, 3):
        text = f"# {topic}\n\n" + FACTS.format(Topic=topic.capitalize(), n=n)
        (folder / f"{topic.replace(' ', '-')}.md").write_text(text)
    added = add_paths([str(folder)], user=alice())
    return int(added.job.pk if added.job else EmbeddingJob.objects.latest("pk").pk)


def rfp(tag: str, questions: int) -> int:
    """An RFP whose questions say which they are: case TAG-1 and so on. Returns its id."""
    from openpyxl import Workbook

    from rfp_manager.creating import create_rfp

    book = Workbook()
    sheet = book.active
    sheet.append(["No.", "Question", "Answer"])
    for n in range(1, questions + 1):
        topic = TOPICS[n % len(TOPICS)]
        text = f"How often is {topic} reviewed, and by whom? (case {tag}-{n})"
        sheet.append([n, text, None])
    path = FOLDER / f"{tag}.xlsx"
    book.save(path)
    return int(create_rfp(path, filename=path.name, user=alice()).pk)


def draft(rfp: int, base_url: str, concurrency: int) -> int:
    """Queue the drafting of an RFP's answers. Returns the job's id."""
    from rfp_manager.batches import start_responder
    from rfp_manager.models import RFP

    model = chat_model(base_url, concurrency)
    job = start_responder(RFP.objects.get(pk=rfp), alice(), model=model)
    return int(job.pk)


def chat_model(base_url: str, concurrency: int) -> Any:
    """The model that the test serves, taking so many calls at once. It costs money, so that
    each call has an entry in the books before it is made."""
    from llm_manager.models import LLMApi, LLMModel

    values = {
        "kind": "openai", "base_url": base_url, "api_key": "sk-chaos",
        "max_concurrency": concurrency,
    }  # fmt: skip
    api, _ = LLMApi.objects.update_or_create(name=f"served-{concurrency}", defaults=values)
    prices = {"input_price": 1, "output_price": 4}
    return LLMModel.objects.get_or_create(
        api=api, model_id="small-chat", kind="chat", defaults=prices
    )[0]


def served_model(base_url: str, concurrency: int) -> int:
    """The id of a model that costs nothing, so that one click starts the work."""
    model = chat_model(base_url, concurrency)
    model.pk, model.model_id, model.input_price, model.output_price = None, "gift", 0, 0
    model.save()
    return int(model.pk)


def trial(task: str, **kwargs: Any) -> int:
    """Queue one of the tasks of tests/chaos/trials. Returns the job's id."""
    from jobs.dispatch import enqueue
    from jobs.models import Job

    job = Job(title=task, started_by=alice())
    return int(enqueue(f"trials.{task}", job=job, queue="batch", overrides=kwargs).pk)


def crawl(address: str) -> tuple[int, int]:
    """Queue a sync of the site. Returns the ids of the source and of the job."""
    from solution_library.models import DocumentationSource
    from solution_library.syncing import start_sync

    values = {"kind": "website", "location": f"{address}/",
              "config": {"delay": 0.05, "max_depth": 50}}  # fmt: skip
    source, _ = DocumentationSource.objects.get_or_create(name="Site", defaults=values)
    return int(source.pk), int(start_sync(source, alice()).pk)


def check_an_api() -> int:
    """Queue a short job of the default queue. Returns its id."""
    from jobs.dispatch import enqueue
    from llm_manager.models import LLMApi, ValidationJob

    job = ValidationJob(api=LLMApi.objects.get(kind="builtin"), title="Check")
    return int(enqueue("llm_manager.validate_single_api", job=job).pk)


def cancel(job: int) -> None:
    from jobs.models import Job
    from jobs.transitions import request_cancel

    request_cancel(Job.objects.get(pk=job))


def every(seconds: int, task: str) -> int:
    """Schedule a task. Returns the id of the periodic task."""
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    interval, _ = IntervalSchedule.objects.get_or_create(every=seconds, period="seconds")
    row = PeriodicTask.objects.create(name=os.urandom(8).hex(), task=task, interval=interval)
    return int(row.pk)


def never_again(row: int) -> None:
    from django_celery_beat.models import PeriodicTask

    PeriodicTask.objects.filter(pk=row).update(enabled=False)
