"""Pages of evaluations: those who may see the questions see the answers, those who manage the
models decide, and a decision is on record."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from llm_manager.defaults import record_trial
from llm_manager.models import DefaultChange, LLMModel, PromptVersion
from rfp_manager.evaluating import comparing
from rfp_manager.evaluating.running import option_of
from rfp_manager.evaluating.sets import set_from_rfp
from rfp_manager.models import (
    RFP,
    Evaluation,
    EvaluationJob,
    EvaluationResult,
    QuestionSet,
    SetQuestion,
    Side,
)
from tests.rfp_manager.view_world import make_rfp

pytestmark = pytest.mark.django_db
REASON = "The provider retires the old model on Monday."


def client_of(user: Any, *, manages: bool = False) -> Client:
    if manages:
        user.user_permissions.add(Permission.objects.get(codename="change_llmapi"))
    client = Client()
    client.force_login(user)
    return client


def models() -> tuple[LLMModel, LLMModel]:
    default = LLMModel.objects.get(kind="chat", is_system_default=True)
    other = LLMModel.objects.create(api=default.api, model_id="other", kind="chat")
    return default, other


def make_set(owner: Any, questions: int = 3, **values: Any) -> QuestionSet:
    made = QuestionSet.objects.create(name="Basics", owner=owner, filename="basics.csv", **values)
    SetQuestion.objects.bulk_create(
        SetQuestion(question_set=made, ordinal=n, text=f"Question {n}?", reference_text="Yes.")
        for n in range(1, questions + 1)
    )
    return made


def finished(question_set: QuestionSet, *, worse: bool = False) -> Evaluation:
    """An evaluation as its job leaves it."""
    default, other = models()
    evaluation = Evaluation.objects.create(
        question_set=question_set, kind="prompt", created_by=question_set.owner,
        baseline_chat=default, candidate_chat=default,
        candidate_prompt=PromptVersion.objects.create(name="Terse", text="Be brief."),
    )  # fmt: skip
    for question in question_set.questions.all():
        for side in Side.values:
            bad = worse and side == "candidate"
            EvaluationResult.objects.create(
                evaluation=evaluation, question=question, side=side, outcome="answered",
                text=f"{side} says <b>yes</b>", claimed=2, held=0 if bad else 2, likeness=0.5,
                citations=[{"document": "Policy", "quote": "Yes & no"}],
            )  # fmt: skip
    summary = comparing.summarize(comparing.paired(evaluation))
    against = comparing.objections(evaluation.kind, summary)
    Evaluation.objects.filter(pk=evaluation.pk).update(
        finished_at="2026-11-01T10:00Z", summary=summary | {"objections": against}
    )
    record_trial(
        evaluation.ref, option_of(evaluation, "baseline"), option_of(evaluation, "candidate"),
        questions=summary["questions"], objections=against,
    )  # fmt: skip
    evaluation.refresh_from_db()
    return evaluation


def url(name: str, *args: int) -> str:
    return reverse(f"rfp_manager:{name}", args=args)


@pytest.mark.parametrize("name", ["evaluations", "evaluation_new", "question_sets",
                                  "question_set_new", "prompts", "default_changes"])  # fmt: skip
def test_every_page_stands_when_there_is_nothing_yet(alice: Any, name: str) -> None:
    assert client_of(alice).get(url(name)).status_code == 200
    assert Client().get(url(name)).status_code == 302


def test_an_evaluation_shows_figures_answers_and_who_ran_it(alice: Any) -> None:
    evaluation = finished(make_set(alice, 20))
    page = client_of(alice).get(evaluation.get_absolute_url()).content.decode()
    assert "Not worse than the default" in page and "Citations that hold" in page
    assert "candidate says &lt;b&gt;yes&lt;/b&gt;" in page and "Yes &amp; no" in page
    assert "alice" in page and "Terse (version" in page
    assert "the same for every question" in page


def test_a_stranger_finds_neither_the_set_nor_its_evaluation(alice: Any, charlie: Any) -> None:
    evaluation = finished(make_set(alice))
    client = client_of(charlie, manages=True)
    places = [evaluation.get_absolute_url(), evaluation.question_set.get_absolute_url()]
    assert [client.get(place).status_code for place in places] == [404, 404]
    assert client.post(url("decide", evaluation.pk), {"reason": REASON}).status_code == 404
    assert "Terse" not in client.get(url("evaluations")).content.decode()


def test_a_colleague_who_sees_the_rfp_sees_what_was_made_of_it(alice: Any, bob: Any) -> None:
    rfp = make_rfp(alice)
    question_set = set_from_rfp(rfp, alice)
    assert client_of(bob).get(question_set.get_absolute_url()).status_code == 404
    rfp.members.add(bob)
    assert client_of(bob).get(question_set.get_absolute_url()).status_code == 200


def test_an_evaluation_that_went_well_lets_a_manager_move_the_default(alice: Any) -> None:
    evaluation = finished(make_set(alice, 20))
    client = client_of(alice, manages=True)
    response = client.post(url("decide", evaluation.pk))
    assert response.status_code == 303
    change = DefaultChange.objects.get()
    assert (change.user, change.evaluation_ref, change.reason) == (alice, evaluation.ref, "")
    assert evaluation.candidate_name in client.get(url("default_changes")).content.decode()
    assert "is the default at present" in client.get(evaluation.get_absolute_url()).content.decode()


def test_one_that_went_badly_asks_for_a_reason_and_keeps_it(alice: Any) -> None:
    evaluation = finished(make_set(alice, 20), worse=True)
    client = client_of(alice, manages=True)
    refused = client.post(url("decide", evaluation.pk), {"reason": "short"})
    assert refused.status_code == 422
    assert "Citations that hold: 0\u00a0% instead of 100\u00a0%." in refused.content.decode()
    assert client.post(url("decide", evaluation.pk), {"reason": REASON}).status_code == 303
    assert DefaultChange.objects.get().reason == REASON


def test_who_does_not_manage_the_models_decides_nothing(alice: Any) -> None:
    evaluation = finished(make_set(alice, 20))
    client = client_of(alice)
    assert client.post(url("decide", evaluation.pk), {"reason": REASON}).status_code == 403
    assert client.post(url("prompt_new"), {"name": "a", "text": "b"}).status_code == 403
    assert client.get(url("prompt_default", 0)).status_code == 403
    assert "Make it the default" not in client.get(evaluation.get_absolute_url()).content.decode()


def test_the_answers_can_be_narrowed_to_what_matters(alice: Any) -> None:
    evaluation = finished(make_set(alice))
    first = evaluation.results.filter(side="candidate").order_by("pk")[0]
    EvaluationResult.objects.filter(pk=first.pk).update(outcome="no_evidence", text="", claimed=0)
    client, place = client_of(alice), evaluation.get_absolute_url()

    def shown(show: str) -> int:
        headers = {"HX-Request": "true"}
        page = client.get(place, {"show": show}, headers=headers).content.decode()
        assert "<html" not in page
        return page.count("data-row ")

    assert [shown(s) for s in ("all", "differs", "refused", "errors", "x'--")] == [3, 3, 1, 0, 3]


def test_a_new_evaluation_says_what_it_will_take_and_starts(alice: Any) -> None:
    question_set = make_set(alice)
    _, other = models()
    client, chosen = client_of(alice), {"question_set": question_set.pk}
    chosen["candidate"] = f"model:{other.pk}"
    estimate = client.get(url("evaluation_estimate"), chosen).content.decode()
    assert "nothing" in estimate and "is compared with" in estimate
    assert "is compared with" in client.get(url("evaluation_new"), chosen).content.decode()
    response = client.post(url("evaluation_new"), chosen)
    job = EvaluationJob.objects.get()
    assert response.status_code == 303 and response["Location"] == job.subject_url()
    assert client.post(url("evaluation_new"), chosen).status_code == 400, "it is running already"
    assert client.get(job.subject_url()).status_code == 200


def test_a_link_to_try_what_cannot_be_tried_says_why(alice: Any) -> None:
    api = models()[0].api
    vectors = LLMModel.objects.create(api=api, model_id="vectors", kind="embedding")
    page = client_of(alice).get(url("evaluation_new"), {"candidate": f"model:{vectors.pk}"})
    assert "no vectors of “vectors” yet" in page.content.decode()


@pytest.mark.parametrize("candidate", ["", "model:0", "prompt:x", "prompt:built-in", "nonsense"])
def test_a_candidate_that_cannot_be_tried_is_refused_on_the_form(
    alice: Any, candidate: str
) -> None:
    data = {"question_set": make_set(alice).pk, "candidate": candidate}
    client = client_of(alice)
    assert client.post(url("evaluation_new"), data).status_code == 422
    assert client.get(url("evaluation_estimate"), data).status_code == 200


def test_nobody_evaluates_with_the_questions_of_strangers(alice: Any, charlie: Any) -> None:
    data = {"question_set": make_set(alice).pk, "candidate": f"model:{models()[1].pk}"}
    assert client_of(charlie).post(url("evaluation_new"), data).status_code == 422
    assert not Evaluation.objects.exists()


def test_a_set_is_uploaded_shown_and_removed_by_its_owner(alice: Any, bob: Any) -> None:
    client = client_of(alice)
    file = SimpleUploadedFile("basics.csv", b"question,relevant documents\nA?,gone.md\nB?,\n")
    place = client.post(url("question_set_new"), {"file": file})["Location"]
    page = client.get(place).content.decode()
    assert "gone.md" in page and "not in the library" in page
    made = QuestionSet.objects.get()
    assert made.name == "basics.csv" and made.questions.count() == 2
    assert client_of(bob).post(url("set_remove", made.pk)).status_code == 404
    assert client.post(url("set_remove", made.pk)).status_code == 303
    assert not QuestionSet.objects.exists()


def test_what_is_no_set_comes_back_with_a_sentence(alice: Any) -> None:
    client = client_of(alice)
    file = SimpleUploadedFile("x.csv", b"a,b\n1,2\n")
    for data, words in [({}, "either an RFP or a file"), ({"file": file}, "No questions")]:
        response = client.post(url("question_set_new"), data)
        assert response.status_code == 422 and words in response.content.decode()


def test_a_set_is_made_of_an_rfp_that_the_person_may_see(alice: Any, charlie: Any) -> None:
    rfp: RFP = make_rfp(alice)
    refused = client_of(charlie).post(url("question_set_new"), {"rfp": rfp.pk})
    assert refused.status_code == 422
    assert client_of(alice).post(url("question_set_new"), {"rfp": rfp.pk}).status_code == 303
    assert QuestionSet.objects.get().questions.count() == 3


def test_a_manager_writes_a_prompt_and_needs_grounds_to_make_it_the_default(alice: Any) -> None:
    client = client_of(alice, manages=True)
    assert client.post(url("prompt_new"), {"name": "Terse", "text": ""}).status_code == 422
    client.post(url("prompt_new"), {"name": "Terse", "text": "Be\r\nbrief."})
    prompt = PromptVersion.objects.get()
    assert (prompt.text, prompt.created_by, prompt.is_default) == ("Be\nbrief.", alice, False)
    place = url("prompt_default", prompt.pk)
    assert "has not been compared" in client.get(place).content.decode()
    assert client.post(place).status_code == 422
    assert client.post(place, {"reason": REASON}).status_code == 303
    prompt.refresh_from_db()
    assert prompt.is_default
    assert client.post(url("prompt_default", 0)).status_code == 303, "the way back is free"


@pytest.mark.parametrize("questions, most", [(3, 32), (60, 32)])
def test_a_page_of_answers_takes_no_more_queries_for_more_of_them(
    alice: Any, django_assert_max_num_queries: Any, questions: int, most: int
) -> None:
    evaluation = finished(make_set(alice, questions))
    client = client_of(alice)
    with django_assert_max_num_queries(most):
        client.get(evaluation.get_absolute_url())


@pytest.mark.parametrize("number", [1, 6])
def test_the_lists_take_no_more_queries_for_more_entries(
    alice: Any, django_assert_max_num_queries: Any, number: int
) -> None:
    question_set = make_set(alice, 1)
    default, other = models()
    for _ in range(number):
        Evaluation.objects.create(
            question_set=question_set, kind="chat", baseline_chat=default, candidate_chat=other
        )
        DefaultChange.objects.create(kind="chat", before="a", after="b", user=alice,
                                     evaluation_ref=f"evaluation:{question_set.pk}")  # fmt: skip
    client = client_of(alice)
    for name in ("evaluations", "question_sets", "default_changes"):
        with django_assert_max_num_queries(10):
            client.get(url(name))
