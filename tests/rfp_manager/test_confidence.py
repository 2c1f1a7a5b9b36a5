"""A confidence is how often drafts with such signals were accepted, or it is not there."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from llm_manager.logistic import fit, probabilities
from rfp_manager.confidence import FEATURES, coverage, signals_of
from rfp_manager.drafts import Draft
from rfp_manager.editing import edit_answer, set_state
from rfp_manager.fitting import (
    FEWEST,
    Measured,
    bins_of,
    calibration_error,
    cross_validated,
    decisions,
    load_measured,
    refit,
)
from rfp_manager.models import RFP, Answer, AnswerVersion, ConfidenceFit, Question
from rfp_manager.tasks import measure_confidence
from tests.rfp_manager.test_citing import HITS
from tests.rfp_manager.view_world import make_rfp

GOOD = {"own": None, "coverage": 0.9, "findings": 0.0, "citations": 2.0, "length": 2.0}
POOR = {"own": None, "coverage": 0.1, "findings": 4.0, "citations": 1.0, "length": 1.0}
MODEL: Any = SimpleNamespace(pk=None, is_remote=True)


def drafts(rfp: RFP, count: int, signals: dict[str, Any]) -> list[Answer]:
    """So many more questions with a draft each."""
    last = rfp.questions.order_by("ordinal").last()
    assert last is not None
    asked = Question.objects.bulk_create(
        Question(
            rfp=rfp, section=last.section, ordinal=n, text=f"Question {n}?", row=n + 1000,
            column=1, answer_row=n + 1000, answer_column=2,
        )
        for n in range(last.ordinal + 1, last.ordinal + 1 + count)
    )  # fmt: skip
    said = {"text": "As drafted.", "outcome": "answered"}
    made = Answer.objects.bulk_create(Answer(question=q, signals=signals, **said) for q in asked)
    AnswerVersion.objects.bulk_create(AnswerVersion(answer=a, number=1, **said) for a in made)
    return made


def approve(answers: list[Answer]) -> None:
    Answer.objects.filter(pk__in=[answer.pk for answer in answers]).update(state="approved")


@pytest.mark.django_db
def test_without_enough_decisions_there_is_no_confidence(alice: Any) -> None:
    rfp = make_rfp(alice)
    approve(drafts(rfp, FEWEST - 1, GOOD))
    assert refit() == []
    assert load_measured(MODEL).confidence(Draft("x", "", "answered", "", 0.9)) is None


@pytest.mark.django_db
def test_what_people_decided_is_what_a_confidence_says(alice: Any) -> None:
    rfp = make_rfp(alice)
    approve(drafts(rfp, 40, GOOD))
    changed = [answer.pk for answer in drafts(rfp, 30, POOR)]
    Answer.objects.filter(pk__in=changed).update(text="Ours.", edited_by=alice, version=2)
    [open_draft] = drafts(rfp, 1, POOR)
    [made] = refit()
    assert (made.answers, made.accepted) == (70, 40)
    assert sum(entry[2] for entry in made.bins) == 70
    assert made.error < 0.1
    measured = load_measured(MODEL)
    good, poor = (
        measured.confidence(Draft("x", "", "answered", "", None, signals=signals))
        for signals in (GOOD, POOR)
    )
    assert good is not None and poor is not None and good > 0.8 > 0.2 > poor
    open_draft.refresh_from_db()
    assert open_draft.confidence == poor and open_draft.version == 1


@pytest.mark.django_db
def test_the_nightly_job_fits_anew_and_is_scheduled(alice: Any, client: Client) -> None:
    approve(drafts(make_rfp(alice), FEWEST, GOOD))
    assert measure_confidence.apply().get()["answers"] == FEWEST
    assert PeriodicTask.objects.get(task="rfp_manager.measure_confidence").enabled
    client.force_login(alice)
    page = client.get(reverse("rfp_manager:confidence")).content.decode()
    assert "All models" in page and "50 drafts that people decided on" in page


@pytest.mark.django_db
def test_the_page_says_how_many_decisions_are_missing(alice: Any, client: Client) -> None:
    client.force_login(alice)
    page = client.get(reverse("rfp_manager:confidence")).content.decode()
    assert "decided on 0 drafts so far; after 50" in page


@pytest.mark.django_db
def test_only_what_was_approved_or_changed_is_a_decision(alice: Any) -> None:
    rfp = make_rfp(alice)
    accepted, changed, untouched, commented, moved = drafts(rfp, 5, GOOD)
    set_state(accepted, "approved", alice)
    edit_answer(changed, text="Ours.", user=alice, version=1)
    set_state(untouched, "in_review", alice)
    edit_answer(commented, text="As drafted.", comment="See annex.", user=alice, version=1)
    edit_answer(moved, text="As  drafted.\n", user=alice, version=1)
    set_state(moved, "approved", alice)
    assert sorted(decision.accepted for decision in decisions()) == [False, True, True]


@pytest.mark.django_db
def test_all_accepted_does_not_make_it_certain(alice: Any) -> None:
    approve(drafts(make_rfp(alice), FEWEST, GOOD))
    refit()
    value = load_measured(MODEL).confidence(Draft("x", "", "answered", "", None, signals=GOOD))
    assert value is not None and 0.9 < value < 1
    assert ConfidenceFit.objects.get().error < 0.05


def test_the_built_in_responders_own_number_is_measured_and_a_models_word_is_not() -> None:
    found = Draft("x", "", "answered", "", 0.7)
    assert Measured(None, own_is_measured=True).confidence(found) == 0.7
    assert Measured(None, own_is_measured=False).confidence(found) is None


def test_the_fit_is_calibrated_on_cases_it_has_not_seen() -> None:
    source = np.random.default_rng(3)
    x = source.normal(size=(2000, len(FEATURES)))
    chance = 1 / (1 + np.exp(-(x[:, 0] * 1.5 - x[:, 1])))
    y = (source.random(2000) < chance).astype(float)
    x[source.random(x.shape) < 0.1] = np.nan
    bins = bins_of(cross_validated(x, y), y)
    assert calibration_error(bins) < 0.05
    assert sum(entry[2] for entry in bins) == 2000


def test_what_is_not_known_counts_as_the_mean() -> None:
    x = np.array([[0.0], [1.0], [np.nan], [1.0]])
    model = fit(["a"], x, np.array([0.0, 1.0, 1.0, 1.0]), np.ones(4))
    assert model.probability({}) == model.probability({"a": model.means[0]})
    assert probabilities(model, x).shape == (4,)


def test_signals_are_numbers_of_the_draft_and_its_evidence() -> None:
    draft = Draft("Yes. It is.", "", "partly", "", 0.4)
    found = signals_of(draft, "Are backups encrypted?", HITS)
    assert set(FEATURES) <= set(found)
    assert (found["own"], found["partly"], found["length"]) == (0.4, 1.0, 2.0)
    assert coverage("Are backups encrypted?", "Backups are encrypted nightly.") == 1.0
    assert coverage("Are backups encrypted?", "") == 0.0
