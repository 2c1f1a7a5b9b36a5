"""The sample library and questionnaire, answered once so that a newcomer sees the whole job."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model

from jobs.errors import AlreadyRunning
from jobs.models import ACTIVE
from jobs.terminal import wait_for
from rfp_manager.batches import start_responder
from rfp_manager.creating import create_rfp
from rfp_manager.models import RFP, Question, RFPBatchJob
from solution_library.adding import add_paths
from solution_library.models import Collection
from spelunker.embedded.paths import BASE_DIR, ensure_var_dir

SAMPLES = BASE_DIR / "samples"
COLLECTION = "Sample library"
CUSTOMER = "Wexmoor Water Authority (sample)"


def run_demo(say: Callable[[str], None], beat: Callable[[], None]) -> None:
    """Ingest, import and answer the samples. A killed run goes on where it was; a finished
    one is never repeated, not even when somebody has deleted the samples."""
    done = ensure_var_dir() / "demo.done"
    if done.exists():
        return
    owner = get_user_model().objects.filter(is_superuser=True).first()
    say("Adding the sample library")
    library = [str(SAMPLES / "library")]
    added = add_paths(library, user=owner, collection=COLLECTION, base=BASE_DIR)
    if added.job is not None:
        wait_for(added.job, beat=beat)
    rfp = _questionnaire(owner)
    say(f"Answering the sample questionnaire: {rfp.questions.count()} questions")
    _answer(rfp, owner, beat)
    done.touch()


def _questionnaire(owner: Any) -> RFP:
    path = next((SAMPLES / "questionnaire").glob("*.xlsx"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    found = RFP.objects.filter(sha256=digest).first()
    return found or _import(path, owner)


def _import(path: Path, owner: Any) -> RFP:
    return create_rfp(
        path,
        filename=path.name,
        name="Supplier assurance questionnaire (sample)",
        customer=CUSTOMER,
        user=owner,
        collections=Collection.objects.filter(name=COLLECTION),
    )


def _answer(rfp: RFP, owner: Any, beat: Callable[[], None]) -> None:
    if not Question.objects.filter(rfp=rfp, answer=None).exists():
        return
    try:
        job: Any = start_responder(rfp, owner)
    except AlreadyRunning:
        job = RFPBatchJob.objects.get(rfp=rfp, status__in=ACTIVE)
    wait_for(job, beat=beat)
