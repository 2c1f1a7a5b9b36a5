"""Puts a reviewer's suggestion on the answer to a question of a running installation: run as a
program, in the environment of the product's own processes."""

from __future__ import annotations

import os
import sys

SUGGESTED = "All customer data at rest is encrypted, always."


def suggest(question_id: int) -> None:
    from rfp_manager.models import Answer, Review, SuggestionState, Verdict

    answer = Answer.objects.get(question=question_id)
    Review.objects.create(
        answer=answer, answer_version=answer.version, verdict=Verdict.PARTLY, score=0.5,
        suggestion=SUGGESTED, suggestion_state=SuggestionState.OPEN,
    )  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spelunker.settings")
    from spelunker.embedded.bootstrap import prepare_environment

    prepare_environment(["manage.py", "shell"])
    import django

    django.setup()
    suggest(int(sys.argv[1]))


if __name__ == "__main__":
    main()
