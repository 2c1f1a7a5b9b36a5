"""A reviewer's own recall is measured with planted errors, none of which reaches an answer."""

import random
from typing import Any

import pytest

from jobs.models import Status
from llm_manager.models import LLMModel, LLMUsage
from rfp_manager.batches import start_responder
from rfp_manager.measuring_reviewers import counted, keys_of, start_reviewer_test
from rfp_manager.models import RFP, Answer, AnswerVersion, Review, ReviewerMeasure
from rfp_manager.planting import KINDS, plant, plants
from tests.llm_manager.fake_llm import FakeLLM
from tests.rfp_manager.answer_world import Commit, fresh

pytestmark = pytest.mark.django_db
SENTENCE = (
    "All backups are not kept for more than 35 days, and the customer must ask for them before "
    "12 March 2026 in Frankfurt; they are tested annually with TLS 1.2 and ISO 27001."
)


@pytest.fixture
def drafted(rfp: RFP, commit: Commit, llm: FakeLLM) -> RFP:
    with commit():
        start_responder(rfp, rfp.owner)
    llm.requests.clear()
    return rfp


def measure(rfp: RFP, commit: Commit) -> Any:
    with commit():
        job = start_reviewer_test(rfp, rfp.owner)
    return fresh(job)


# -- planting ------------------------------------------------------------------------------
def test_every_kind_of_error_finds_room_and_changes_one_place() -> None:
    found = {planted.kind: planted for planted in plants(SENTENCE, random.Random(1), "en")}
    assert set(found) == set(KINDS)
    for planted in found.values():
        assert planted.text != SENTENCE
        rest = planted.text[: planted.start] + planted.was + planted.text[planted.end :]
        assert rest == SENTENCE


@pytest.mark.parametrize(
    ("kind", "text", "changed"),
    [
        ("number", "Uptime is 99.95% a month.", "99.9%"),
        ("version", "It uses TLS 1.2 only.", "TLS 1.3"),
        ("certificate", "We hold ISO 27001 since May.", "27017"),
        ("unit", "It is kept for 24 hours.", "days"),
        ("not removed", "Data are not shared with others.", "are shared"),
        ("responsibility", "The customer deletes the data.", "The provider deletes"),
        ("not removed", "Daten werden nicht geteilt.", "werden geteilt"),
        ("frequency", "Les plans sont testés chaque année.", "chaque mois"),
    ],
)
def test_a_planted_error_is_the_one_that_was_asked_for(kind: str, text: str, changed: str) -> None:
    planted = plant(text, kind, random.Random(3))
    assert planted is not None and changed in planted.text


def test_a_text_without_room_is_left_alone() -> None:
    assert plant("Yes.", "date", random.Random(1)) is None
    assert list(plants("", random.Random(1))) == []


# -- measuring -----------------------------------------------------------------------------
def test_each_answer_is_reviewed_with_an_error_and_without(drafted: RFP, commit: Commit) -> None:
    job = measure(drafted, commit)
    assert (job.status, job.total_items, job.failed_items) == (Status.COMPLETED, 4, 0)
    found = ReviewerMeasure.objects.get()
    assert (found.planted, found.sound) == (2, 2)
    assert found.model == LLMModel.objects.get(kind="chat", is_system_default=True)
    assert job.result == {"planted": 2, "caught": 2, "sound": 2, "false_alarms": 0}
    assert LLMUsage.objects.filter(job_id=job.pk, purpose="review").count() == 4


def test_nothing_planted_reaches_an_answer(drafted: RFP, commit: Commit) -> None:
    def stored() -> list[Any]:
        texts = Answer.objects.order_by("pk").values_list("text", "version", "unsupported")
        return [*texts, AnswerVersion.objects.count(), Review.objects.count()]

    before = stored()
    measure(drafted, commit)
    assert stored() == before


def test_a_blind_model_is_told_from_the_checks_in_code(
    drafted: RFP, commit: Commit, llm: FakeLLM
) -> None:
    llm.answer = lambda prompt: {"verdict": "supported", "score": 1.0, "comment": ""}
    measure(drafted, commit)
    found = ReviewerMeasure.objects.get()
    assert found.caught_by_model == 0 and found.false_alarms == 0
    assert found.caught == 2


def test_a_model_that_doubts_everything_has_as_many_false_alarms(
    drafted: RFP, commit: Commit, llm: FakeLLM
) -> None:
    llm.answer = lambda prompt: {"verdict": "unsupported", "score": 0.0, "comment": ""}
    measure(drafted, commit)
    found = ReviewerMeasure.objects.get()
    assert (found.caught_by_model, found.false_alarms) == (2, 2)


def test_a_new_measure_takes_the_place_of_the_old_one(drafted: RFP, commit: Commit) -> None:
    first, second = measure(drafted, commit), measure(drafted, commit)
    assert ReviewerMeasure.objects.get().job == second != first


def test_without_sound_answers_there_is_nothing_to_measure(
    rfp: RFP, commit: Commit, llm: FakeLLM
) -> None:
    job = measure(rfp, commit)
    assert job.status == Status.FAILED and "Draft answers first" in job.last_error
    assert not ReviewerMeasure.objects.exists()


def test_the_errors_are_of_as_many_kinds_as_there_is_room_for(drafted: RFP) -> None:
    keys = keys_of(drafted)
    kinds = [key.partition(":")[2] for key in keys]
    assert kinds.count("sound") == 2 and len(set(kinds)) == 3
    assert keys == keys_of(drafted)


def test_the_figures_add_up_by_kind() -> None:
    results = [
        {"kind": "number", "caught": True, "by_model": False},
        {"kind": "number", "caught": True, "by_model": True},
        {"kind": "date", "caught": False, "by_model": False},
        {"kind": "sound", "caught": True, "by_model": True},
    ]
    assert counted(results) == {
        "planted": 3, "caught": 2, "caught_by_model": 1, "sound": 1, "false_alarms": 1,
        "by_kind": {"number": [2, 2, 1], "date": [1, 0, 0]},
    }  # fmt: skip
