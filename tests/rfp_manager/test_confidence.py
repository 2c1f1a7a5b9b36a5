"""A confidence is how often drafts with such signals were accepted, or it is not there."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from llm_manager.logistic import fit, probabilities
from rfp_manager.confidence import FEATURES, coverage, signals_of
from rfp_manager.drafting import Draft
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
from rfp_manager.models import RFP, Answer, ConfidenceFit
from rfp_manager.versions import record_version
from tests.rfp_manager.test_citing import HITS
from tests.rfp_manager.view_world import make_rfp

GOOD = {"own": None, "coverage": 0.9, "findings": 0.0, "citations": 2.0, "length": 2.0}
POOR = {"own": None, "coverage": 0.1, "findings": 4.0, "citations": 1.0, "length": 1.0}
MODEL: Any = SimpleNamespace(pk=None, is_remote=True)


def drafts(rfp: RFP, count: int, signals: dict[str, Any]) -> list[Answer]:
    first = rfp.questions.order_by("ordinal").last()
    assert first is not None
    made = []
    for number in range(count):
        ordinal = first.ordinal + 1 + number
        question = type(first).objects.create(
            rfp=rfp, section=first.section, ordinal=ordinal, text=f"Question {ordinal}?",
            row=ordinal + 1000, column=1, answer_row=ordinal + 1000, answer_column=2,
        )  # fmt: skip
        answer = Answer.objects.create(
            question=question, text="As drafted.", outcome="answered", signals=signals
        )
        record_version(answer)
        made.append(answer)
    return made


@pytest.mark.django_db
def test_without_enough_decisions_there_is_no_confidence(alice: Any) -> None:
    rfp = make_rfp(alice)
    for answer in drafts(rfp, FEWEST - 1, GOOD):
        set_state(answer, "approved", alice)
    assert refit() == []
    assert load_measured(MODEL).confidence(Draft("x", "", "answered", "", 0.9)) is None


@pytest.mark.django_db
def test_what_people_decided_is_what_a_confidence_says(alice: Any) -> None:
    rfp = make_rfp(alice)
    for answer in drafts(rfp, 40, GOOD):
        set_state(answer, "approved", alice)
    for answer in drafts(rfp, 30, POOR):
        edit_answer(answer, text="Ours.", user=alice, version=1)
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
    for answer in drafts(make_rfp(alice), FEWEST, GOOD):
        set_state(answer, "approved", alice)
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
