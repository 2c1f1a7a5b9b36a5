"""A large RFP in all its states, made up: what its pages have to show on a bad day."""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from benchmarks.pages_parts.papers import add_papers
from benchmarks.pages_parts.years import add_years

SUBJECTS = (
    "encryption at rest", "backups", "access control", "logging", "incident response",
    "training of staff", "sub-processors", "secure development",
)  # fmt: skip
SENTENCES = (
    "Customer data at rest is encrypted with AES-256, and keys are rotated every 90 days.",
    "Backups are kept for 35 days in a second region, and a restore is rehearsed each quarter.",
    "Multi-factor authentication with a hardware key is enforced for every employee.",
    "Security incidents are reported to the customer within 24 hours of detection.",
)
PER_SHEET = 10


@dataclass(frozen=True)
class World:
    """Who looks, and at what."""

    user: Any
    rfp: Any
    question: Any
    document: Any


def make_world(questions: int, sections: int, *, years: bool = False) -> World:
    """An RFP of so many questions with its previous edition, both with answers, people, reviews
    and an export; every document that is cited has changed since. `years`: among all that comes
    together in years."""
    from django.contrib.auth.models import User

    user = User.objects.create_superuser("reader", password="not used")
    passages = _library()
    earlier = _imported(user, questions, sections, "Assessment 2026", reworded=0)
    _answer(earlier, user, passages)
    rfp = _imported(user, questions, sections, "Assessment 2027", reworded=10)
    _link(rfp, earlier)
    answers = _answer(rfp, user, passages)
    _people(rfp, user)
    _doubts(rfp, answers)
    _export(rfp, user, answers)
    _change(passages)
    add_papers(rfp, user)
    if years:
        add_years(user)
    _settle()
    asked = rfp.questions.order_by("ordinal")[questions // 2]
    return World(user, rfp, asked, passages[0].version.document)


def _imported(user: Any, questions: int, sections: int, name: str, *, reworded: int) -> Any:
    from rfp_manager.creating import create_rfp

    file = io.BytesIO(_workbook(questions, sections, reworded))
    return create_rfp(
        file, filename="assessment.xlsx", user=user, name=name, customer="Northwind Bank"
    )


def _workbook(questions: int, sections: int, reworded: int) -> bytes:
    """A sheet for each ten sections; each tenth question in other words, if that is asked for."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    sheet: Any = None
    for number in range(questions):
        section = number * sections // questions
        if not number or section != (number - 1) * sections // questions:
            if section % PER_SHEET == 0:
                sheet = book.create_sheet(f"Part {section // PER_SHEET + 1}")
                sheet.append(("No", "Question", "Vendor response", "Remarks"))
            sheet.append((f"Section {section + 1}: {SUBJECTS[section % len(SUBJECTS)]}",))
        sheet.append((f"{section + 1}.{number + 1}", _asked(number, reworded)))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _asked(number: int, reworded: int) -> str:
    subject = SUBJECTS[number % len(SUBJECTS)]
    manner = "who answers for" if reworded and number % reworded == 0 else "who approves"
    return (
        f"Do you have a documented process for {subject} in area {number}, and {manner} its "
        f"changes every {number % 12 + 1} months?"
    )


def _link(rfp: Any, earlier: Any) -> None:
    from rfp_manager.editions import choose_previous

    rfp.refresh_from_db()
    if rfp.previous_edition_id != earlier.pk:
        choose_previous(rfp, earlier)


def _library() -> list[Any]:
    """Ten documents of five passages each."""
    from solution_library.models import Chunk, Document, DocumentVersion

    passages = []
    for number in range(10):
        sha256 = f"{number:064}"
        document = Document.objects.create(title=f"Policy {number}", path="p.md", sha256=sha256)
        version = DocumentVersion.objects.create(
            document=document, number=1, file="p.md", filename="p.md", sha256=sha256, size=9
        )
        document.current_version = version
        document.save()
        for place in range(5):
            text = " ".join(SENTENCES) + f" Policy {number}, part {place}."
            heading = f"Security > Part {place}"
            passages.append(
                Chunk.objects.create(
                    version=version, ordinal=place, text=text, heading_path=heading,
                    page=place + 1, content_hash=f"{number}-{place}",
                )
            )  # fmt: skip
    return passages


def _answer(rfp: Any, user: Any, passages: list[Any]) -> list[Any]:
    """Nine of ten questions, with three citations each, two versions, and reviews of a third."""
    from rfp_manager.models import Answer, AnswerVersion, Review

    asked = [q for n, q in enumerate(rfp.questions.order_by("ordinal")) if n % 10]
    answers = Answer.objects.bulk_create(_drafted(n, q, user) for n, q in enumerate(asked))
    AnswerVersion.objects.bulk_create(
        AnswerVersion(
            answer=answer, number=number, text=answer.text, outcome=answer.outcome, made_by=user
        )
        for answer in answers
        for number in (1, 2)
    )
    _cite(answers, passages)
    verdicts = ("supported", "supported", "partly")
    Review.objects.bulk_create(
        Review(
            answer=answer, answer_version=2, verdict=verdicts[n % 3], score=0.8, comment="Read.",
            reviewer=user,
        )
        for n, answer in enumerate(answers[::3])
    )  # fmt: skip
    return list(answers)


def _drafted(number: int, question: Any, user: Any) -> Any:
    from rfp_manager.models import Answer

    text = " ".join(SENTENCES[: number % 4 + 1])
    start = text.find("90 days")
    doubted = {"kind": "number", "words": "90", "start": start, "end": start + 2}
    state = ("draft", "draft", "in_review", "approved")[number % 4]
    return Answer(
        question=question, text=text, version=2, state=state,
        outcome="partly" if number % 9 == 0 else "answered", confidence=0.4 + number % 50 / 100,
        explanation="Nothing is said of one part." if number % 9 == 0 else "",
        unsupported=[doubted] if number % 8 == 0 else [],
        edited_by=user if number % 5 == 0 else None,
    )  # fmt: skip


def _cite(answers: list[Any], passages: list[Any]) -> None:
    from rfp_manager.models import Citation

    rows = []
    for number, answer in enumerate(answers):
        for place in range(3):
            passage = passages[(number * 3 + place) % len(passages)]
            quote = SENTENCES[(number + place) % len(SENTENCES)]
            start = passage.text.index(quote)
            rows.append(
                Citation(
                    answer=answer, ordinal=place + 1, chunk=passage, quote=quote, start=start,
                    end=start + len(quote), document_sha256=passage.version.sha256,
                )
            )  # fmt: skip
    Citation.objects.bulk_create(rows)


def _people(rfp: Any, user: Any) -> None:
    """Half of the questions are held by one of eight people, a quarter has comments."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from rfp_manager.models import Assignment, QuestionComment

    people = [
        User.objects.create_user(f"expert{n}", first_name=f"Expert{n}", last_name="Marsh")
        for n in range(8)
    ]
    today = timezone.localdate()
    asked = list(rfp.questions.order_by("ordinal"))
    Assignment.objects.bulk_create(
        Assignment(question=q, assignee=people[n % 8], due_date=today + timedelta(days=n % 20 - 3))
        for n, q in enumerate(asked[::2])
    )
    QuestionComment.objects.bulk_create(
        QuestionComment(question=q, author=user, text="Is this still so?") for q in asked[::4]
    )


def _doubts(rfp: Any, answers: list[Any]) -> None:
    from rfp_manager.models import Contradiction

    pairs = zip(answers[::20], answers[1::20], strict=False)
    Contradiction.objects.bulk_create(
        Contradiction(
            rfp=rfp, answer=one, other=other, answer_version=2, other_version=2,
            topic="How long backups are kept", words="for 35 days", other_words="for 30 days",
        )
        for one, other in pairs
    )  # fmt: skip


def _export(rfp: Any, user: Any, answers: list[Any]) -> None:
    """What an export keeps, with a promise in each third answer; the buyer was given it."""
    from django.utils import timezone

    from rfp_manager.models import ExportedAnswer, ExportedCitation, ExportJob

    now = timezone.now()
    job = ExportJob.objects.create(
        rfp=rfp, started_by=user, status="completed", started_at=now, completed_at=now
    )
    exported = ExportedAnswer.objects.bulk_create(
        ExportedAnswer(
            export=job, question_id=a.question_id, answer_version=2, text=a.text,
            outcome=a.outcome, state=a.state,
        )
        for a in answers
    )  # fmt: skip
    by_answer = {a.pk: e for a, e in zip(answers, exported, strict=True)}
    ExportedCitation.objects.bulk_create(
        ExportedCitation(
            exported_answer=by_answer[c.answer_id], ordinal=c.ordinal, chunk_id=c.chunk_id,
            quote=c.quote,
        )
        for c in _citations(answers)
    )  # fmt: skip
    _promise(rfp, list(exported))
    rfp.submitted_at, rfp.submitted_by, rfp.submitted_export = now, user, job
    rfp.save()


def _citations(answers: list[Any]) -> Any:
    from rfp_manager.models import Citation

    return Citation.objects.filter(answer__in=answers)


def _promise(rfp: Any, exported: list[Any]) -> None:
    from rfp_manager.models import Commitment

    Commitment.objects.bulk_create(
        Commitment(
            rfp=rfp, exported_answer=one, customer=rfp.customer, kind="retention",
            words=SENTENCES[0], start=0, end=len(SENTENCES[0]), subject="Keys", value="90 days",
            expires_on=date(2030, 1, 1),
        )
        for one in exported[::3]
    )  # fmt: skip


def _change(passages: list[Any]) -> None:
    """Each document has a new version in which the first sentence reads otherwise."""
    from rfp_manager.impact import look_again
    from solution_library.models import Chunk, DocumentVersion

    for document in {passage.version.document for passage in passages}:
        sha256 = f"{document.pk + 1000:064}"
        version = DocumentVersion.objects.create(
            document=document, number=2, file="p.md", filename="p.md", sha256=sha256, size=9
        )
        text = " ".join(SENTENCES).replace("90 days", "180 days")
        Chunk.objects.create(version=version, ordinal=0, text=text, heading_path="Security")
        document.current_version = version
        document.save()
        look_again(document.pk)


def _settle() -> None:
    """What the server does by itself a minute after so many rows have come."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
