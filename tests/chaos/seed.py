"""Fills a fresh installation: a library, an RFP of N questions, and its responder batch.

Arguments: a folder, N, the address of the chat model and how many calls it takes at once.
"""

import json
import sys
from pathlib import Path

from spelunker.embedded.bootstrap import prepare_environment

TOPICS = [
    "encryption", "backups", "access control", "logging", "incident response", "training",
    "suppliers", "data retention", "network security", "penetration tests",
]  # fmt: skip
FACTS = "{Topic} is reviewed every {n} months by the security team. Records are kept {n} years."


def library(folder: Path) -> list[str]:
    folder.mkdir(exist_ok=True)
    for n, topic in enumerate(TOPICS, 3):
        text = f"# {topic}\n\n" + FACTS.format(Topic=topic.capitalize(), n=n)
        (folder / f"{topic.replace(' ', '-')}.md").write_text(text)
    return [str(folder)]


def questionnaire(path: Path, count: int) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Questions"
    sheet.append(["No.", "Question", "Answer"])
    for n in range(count):
        topic = TOPICS[n % len(TOPICS)]
        sheet.append([n + 1, f"How often is {topic} reviewed, and by whom? (case {n + 1})", None])
    book.save(path)
    return path


def slow_model(base_url: str, concurrency: int) -> object:
    """The chat model that the test serves."""
    from llm_manager.models import LLMApi, LLMModel

    api, _ = LLMApi.objects.update_or_create(
        name="slow",
        defaults={
            "kind": "openai", "base_url": base_url, "api_key": "sk-chaos",
            "max_concurrency": concurrency,
        },
    )  # fmt: skip
    return LLMModel.objects.get_or_create(api=api, model_id="small-chat", kind="chat")[0]


def main(folder: Path, count: int, base_url: str, concurrency: int) -> None:
    prepare_environment(["manage.py", "seed"])
    import django

    django.setup()
    from django.contrib.auth import get_user_model

    from jobs.terminal import wait_for
    from rfp_manager.batches import start_responder
    from rfp_manager.creating import create_rfp
    from solution_library.adding import add_paths

    alice, _ = get_user_model().objects.get_or_create(username="alice")
    added = add_paths(library(folder / "library"), user=alice)
    if added.job is not None:
        wait_for(added.job)
    rfp = create_rfp(
        questionnaire(folder / "questions.xlsx", count), filename="questions.xlsx", user=alice
    )
    job = start_responder(rfp, alice, model=slow_model(base_url, concurrency))
    print(json.dumps({"rfp": rfp.pk, "job": job.pk, "user": alice.pk}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
