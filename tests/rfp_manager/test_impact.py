"""Which answers rest on passages that have changed since, and what is said about it."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jobs.models import Notification
from rfp_manager import impact
from rfp_manager.affected import rows_of, troubled_documents
from rfp_manager.batches import start_responder
from rfp_manager.exports import start_export
from rfp_manager.models import RFP, Citation, CitedPassage, ExportedCitation, ExportJob, Question
from rfp_manager.still_there import PresentText
from rfp_manager.submitting import mark_submitted
from rfp_manager.telling import reminders
from solution_library import embedding
from solution_library.chunking import chunk_document
from solution_library.models import Chunk, Document, ReviewStatus
from solution_library.parsing import ParsedDocument, reader
from solution_library.reading import ReadDocument, embed_drafts
from solution_library.versioning import add_new_version
from tests.rfp_manager.answer_world import LIBRARY, Commit, answers, fresh

pytestmark = pytest.mark.django_db
BACKUPS = LIBRARY["backups.md"]


@pytest.fixture(autouse=True)
def _by_hand(settings: Any) -> None:
    settings.AUTO_EMBED_DOCUMENTS = False


@pytest.fixture
def drafted(rfp: RFP, commit: Commit, alice: Any) -> RFP:
    with commit():
        start_responder(rfp, alice)
    return rfp


@pytest.fixture
def change(tmp_path: Path, commit: Commit, admin_user: Any, monkeypatch: Any) -> Any:
    """Bring a new version of a document of the library, read as a worker would."""
    monkeypatch.setattr("solution_library.versioning.read_newest", lambda *_: None)

    def to(name: str, text: str) -> Document:
        path = tmp_path / "new" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        document = Document.objects.get(path=name)
        with path.open("rb") as stream:
            add_new_version(document, stream, filename=name, user=admin_user)
        read_again(document, path, commit)
        document.refresh_from_db()
        return document

    return to


def read_again(document: Document, path: Path, commit: Commit) -> None:
    task = embedding.prepare(document.pk)
    parsed = ParsedDocument.from_dict(reader.read(path, filename=path.name))
    drafts = chunk_document(parsed)
    with commit():
        embedding.store(ReadDocument(task.version_id, parsed, drafts, embed_drafts(task, drafts)))


def export(rfp: RFP, commit: Commit) -> ExportJob:
    with commit():
        job = start_export(rfp, rfp.owner)
    found: ExportJob = fresh(job)
    assert found.status == "completed", found.last_error
    return found


def problems(rfp: RFP, number: str) -> list[str]:
    found = impact.problems_of(Citation.objects.filter(answer=answers(rfp)[number]))
    return [problem.reason.partition(":")[0] for problem in found.values()]


def test_words_that_are_gone_are_told_with_those_that_stand_there_now(
    drafted: RFP, change: Any
) -> None:
    document = change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    problem = next(
        iter(impact.problems_of(Citation.objects.filter(answer=answers(drafted)["1.1"])).values())
    )
    assert problem.reason == f"changed:{document.current_version_id}"
    assert "ChaCha20" in problem.now
    assert problems(drafted, "1.2") == []


@pytest.mark.parametrize(
    "text",
    [
        "# Introduction\n\nSomething new before it all.\n\n" + BACKUPS,
        BACKUPS + "\n\n# More\n\nAnd something after it.\n",
        BACKUPS.replace("35 days", "90 days"),
        BACKUPS.replace("# Backups", "# Backups and restores"),
        BACKUPS.replace(". Backup", ".\n\nBackup"),
        BACKUPS.replace("encrypted with", "encrypted   with"),
    ],
    ids=["before", "after", "the next sentence", "the heading", "cut anew", "spaces"],
)
def test_what_changes_elsewhere_in_the_document_is_no_false_alarm(
    drafted: RFP, change: Any, text: str
) -> None:
    change("backups.md", text)
    assert problems(drafted, "1.1") == []
    assert not troubled_documents(RFP.objects.all()).exists()


def test_a_second_change_back_to_the_old_words_takes_the_warning_away(
    drafted: RFP, change: Any
) -> None:
    change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    change("backups.md", BACKUPS + "\nOne line more.\n")
    assert problems(drafted, "1.1") == []


@pytest.mark.parametrize("status", [ReviewStatus.REJECTED, ReviewStatus.ARCHIVED])
def test_a_document_that_is_out_of_use_is_told_while_it_is(drafted: RFP, status: str) -> None:
    Document.objects.filter(path="backups.md").update(review_status=status)
    assert problems(drafted, "1.1") == [status]
    Document.objects.filter(path="backups.md").update(review_status=ReviewStatus.APPROVED)
    assert problems(drafted, "1.1") == []


def test_an_answer_that_was_exported_stays_watched_when_it_is_written_anew(
    drafted: RFP, change: Any, commit: Commit, alice: Any
) -> None:
    job = export(drafted, commit)
    mark_submitted(drafted, job, alice)
    Citation.objects.filter(answer__question__rfp=drafted).delete()
    document = change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    (row,) = rows_of([document.pk], RFP.objects.all())
    assert row.submitted and row.exported and not row.open_state
    assert row.question_id == drafted.questions.get(number="1.1").pk


def test_the_passages_of_an_export_outlive_a_new_reading(
    drafted: RFP, commit: Commit, tmp_path: Path
) -> None:
    export(drafted, commit)
    Citation.objects.filter(answer__question__rfp=drafted).delete()
    kept = set(ExportedCitation.objects.values_list("chunk", flat=True))
    path = tmp_path / "backups.md"
    path.write_text("# Other\n\nNothing of what was there before stands here.\n")
    read_again(Document.objects.get(path="backups.md"), path, commit)
    assert kept == set(Chunk.objects.filter(pk__in=kept).values_list("pk", flat=True))
    assert impact.troubled(ExportedCitation.objects.all()).count() == 1


def test_the_owner_is_told_once_for_each_version(
    drafted: RFP, change: Any, alice: Any, django_capture_on_commit_callbacks: Any
) -> None:
    document = change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    told = Notification.objects.filter(user=alice, topic__startswith="impact:")
    assert "has changed: 1 answer in 1 RFP to check" in told.get().text
    assert told.get().url == reverse("rfp_manager:changed_document", args=[document.pk])
    impact.look_again(document.pk)
    assert {r.topic for r in reminders(document.created_at.date())} == {told.get().topic}
    change("backups.md", BACKUPS.replace("AES-256", "Serpent"))
    assert told.count() == 2


def test_a_comparison_that_was_cut_short_is_made_up_for(drafted: RFP, change: Any) -> None:
    document = change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    CitedPassage.objects.all().delete()
    assert impact.not_looked_at() == [document.pk]
    impact.catch_up()
    assert problems(drafted, "1.1") == ["changed"] and impact.not_looked_at() == []


def test_what_somebody_lets_stand_is_asked_about_again_after_the_next_change(
    drafted: RFP, change: Any, alice: Any
) -> None:
    document = change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    question = drafted.questions.get(number="1.1")
    assert Question.objects.filter(impact.to_check()).get() == question
    assert impact.let_stand(question, alice, ["changed:0"]) == 0
    assert impact.let_stand(question, alice, [f"changed:{document.current_version_id}"]) == 1
    assert not Question.objects.filter(impact.to_check()).exists()
    assert not troubled_documents(RFP.objects.all()).exists()
    change("backups.md", BACKUPS.replace("AES-256", "Serpent"))
    assert Question.objects.filter(impact.to_check()).get() == question


def test_an_export_says_that_passages_have_changed(
    drafted: RFP, change: Any, commit: Commit
) -> None:
    change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    (warning,) = export(drafted, commit).report["warnings"]
    assert warning.startswith("Question 1.1: a passage")


# -- the words -----------------------------------------------------------------------------
QUOTE = "All backups are encrypted with AES-256. Keys are rotated every year."


def holds(quote: str, *passages: str) -> bool:
    return PresentText(enumerate(passages)).holds(quote)


@pytest.mark.parametrize(
    "passages",
    [
        [QUOTE], ["Before. " + QUOTE, "After."], [QUOTE.upper()], [QUOTE.replace(" ", "\n")],
        ["All backups are encrypted", "with AES-256. Keys are rotated every year."],
        ["**All backups** are encrypted with `AES-256`.", "Keys are rotated every year."],
        ["Keys are rotated every year.", "x", "All backups are encrypted with AES-256."],
    ],
)  # fmt: skip
def test_words_that_still_stand_there_are_found(passages: list[str]) -> None:
    assert holds(QUOTE, *passages)


@pytest.mark.parametrize(
    "text",
    [
        QUOTE.replace("are encrypted", "are not encrypted"), QUOTE.replace("256", "128"),
        QUOTE.replace("every year", "every two years"), QUOTE.replace("All", "Most"),
        "Keys are rotated every year.", "",
    ],
)  # fmt: skip
def test_one_word_or_figure_that_is_another_is_a_change(text: str) -> None:
    assert not holds(QUOTE, text)


@pytest.mark.parametrize(
    ("old", "new"),
    [("99.9 %", "99.95 %"), ("99.9 %", "99.9 ‰"), ("$5", "€5"), ("< 5 ms", "> 5 ms"),
     ("-5 °C", "5 °C"), ("TLS 1.2", "TLS 1.3")],
)  # fmt: skip
def test_a_figure_with_another_sign_is_another_figure(old: str, new: str) -> None:
    quote = f"The value for all regions is {old} at most."
    assert holds(quote, quote) and not holds(quote, quote.replace(old, new))


def test_what_stands_there_instead_is_the_most_similar_sentence() -> None:
    present = PresentText(
        [(1, "Nothing here. Keys never change."), (2, "Also: Keys are rotated every month.")]
    )
    instead = present.instead_of("Keys are rotated every year.")
    assert instead is not None and instead.chunk_id == 2
    assert instead.words.endswith("Keys are rotated every month.")
    assert present.instead_of("Giraffes eat leaves on Jupiter.") is None


# -- the pages -----------------------------------------------------------------------------
@pytest.fixture
def client(alice: Any) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


def test_the_pages_show_what_stood_there_and_what_stands_there_now(
    client: Client, drafted: RFP, change: Any
) -> None:
    document = change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    assert "1 open" in client.get(reverse("rfp_manager:changes")).text
    page = client.get(reverse("rfp_manager:changed_document", args=[document.pk])).text
    assert "ChaCha20" in page and "AES-256" in page and "<ins" in page


def test_a_check_on_the_page_takes_the_entry_off_and_can_be_taken_back(
    client: Client, drafted: RFP, change: Any
) -> None:
    document = change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    question = drafted.questions.get(number="1.1")
    url = reverse("rfp_manager:change_check", args=[question.pk])
    client.post(url, {"reason": f"changed:{document.current_version_id}"})
    assert "Nothing to check" in client.get(reverse("rfp_manager:changes")).text
    client.post(url, {"do": "again"})
    assert "Nothing to check" not in client.get(reverse("rfp_manager:changes")).text


def test_strangers_learn_nothing(charlie: Any, drafted: RFP, change: Any) -> None:
    document = change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    client = Client()
    client.force_login(charlie)
    assert "Nothing to check" in client.get(reverse("rfp_manager:changes")).text
    url = reverse("rfp_manager:changed_document", args=[document.pk])
    assert client.get(url).status_code == 404
    question = drafted.questions.get(number="1.1")
    assert client.post(reverse("rfp_manager:change_check", args=[question.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_the_pages_take_the_same_number_of_queries_for_any_number_of_answers(
    client: Client, drafted: RFP, change: Any, count: int, django_assert_max_num_queries: Any
) -> None:
    document = change("backups.md", BACKUPS.replace("AES-256", "ChaCha20"))
    citation = Citation.objects.get(answer=answers(drafted)["1.1"])
    from tests.rfp_manager.view_world import make_answer, make_rfp

    other = make_rfp(drafted.owner, questions=count)
    for question in other.questions.all():
        answer = make_answer(question)
        citation.pk, citation.answer = None, answer
        citation.save()
    impact.look_again(document.pk)
    with django_assert_max_num_queries(14):
        assert client.get(reverse("rfp_manager:changes")).status_code == 200
    with django_assert_max_num_queries(16):
        client.get(reverse("rfp_manager:changed_document", args=[document.pk]))
