"""Makes the sheet of an expert: which questions, what it says of each, and what it will be
compared with when it comes back."""

from collections.abc import Collection, Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from accounts.roles import Role
from rfp_manager.access import held
from rfp_manager.membership import may_in
from rfp_manager.models import RFP, Answer, Assignment, Citation, ExpertPacket, Question
from rfp_manager.packets.columns import Column, key_of
from rfp_manager.packets.sheet import SheetRow, fitting, write
from rfp_manager.people import name_of

MAX_NAME = 200
#: So many quotes of one answer; each so many characters at most.
QUOTES, QUOTE = 8, 1500


class PacketRefused(Exception):
    """No sheet was made, or nothing was taken from one; the message says why."""


def make_packet(
    rfp: RFP, question_ids: Collection[int], *, user: Any, expert: Any = None, name: str = ""
) -> ExpertPacket:
    """A sheet of these questions for `expert`, or for somebody outside called `name`. The same
    sheet, while nothing came back of it, is made once. Raises PacketRefused."""
    questions = list(_questions(rfp, question_ids, user))
    if not questions:
        raise PacketRefused("None of these questions is left. Choose others.")
    with transaction.atomic():
        # A second click waits here, and finds what the first one has made.
        RFP.objects.select_for_update(no_key=True).get(pk=rfp.pk)
        contents = {str(question.pk): _content(question) for question in questions}
        values = {
            "expert": expert,
            "expert_name": (name_of(expert) if expert else name.replace("\x00", ""))[:MAX_NAME],
            "made_by": user,
        }
        known = ExpertPacket.objects.filter(rfp=rfp, returned_at=None, outcome={}, **values)
        same = known.filter(contents=contents).first()
        return same or ExpertPacket.objects.create(
            rfp=rfp, token=token_hex(16), contents=contents, **values
        )


def may_take(
    user: Any, rfp_id: int, question_ids: Collection[int], *, to_write: bool = False
) -> set[int]:
    """Which of these questions of the RFP the person may see, or `to_write`: answer, by their
    ids. All of them, or those that they hold."""
    found = Question.objects.filter(rfp=rfp_id, pk__in=question_ids)
    if not may_in(user, rfp_id, Role.CONTRIBUTOR if to_write else Role.READER):
        found = found.filter(held(user))
    return set(found.values_list("pk", flat=True))


def _questions(rfp: RFP, ids: Collection[int], user: Any) -> QuerySet[Question]:
    cited = Citation.objects.select_related("chunk__version__document").defer("chunk__lexemes")
    found = Question.objects.filter(rfp=rfp, pk__in=may_take(user, rfp.pk, ids))
    related = found.select_related("section", "answer", "assignment")
    return related.prefetch_related(Prefetch("answer__citations", cited)).order_by("ordinal")


def _content(question: Question) -> dict[str, Any]:
    """What the sheet says of a question. Answers are compared with it when it comes back."""
    answer: Answer | None = getattr(question, "answer", None)
    return {
        "version": answer.version if answer else 0,
        "asked": fitting(question.text),
        "number": question.number,
        "text": fitting(answer.text) if answer else "",
        "choice": answer.choice if answer else "",
    }


def write_packet(packet: ExpertPacket, path: Path, user: Any) -> None:
    """The packet's workbook at `path`, with those of its questions that the person may see.
    Raises PacketRefused."""
    ids = [int(pk) for pk in packet.contents]
    questions = _questions(packet.rfp, ids, user)
    rows = [_row(packet, question, packet.contents[str(question.pk)]) for question in questions]
    if not rows:
        raise PacketRefused("The questions of this sheet are gone, or not yours any more.")
    write(path, rows, _guide(packet, len(rows)))


def file_name(packet: ExpertPacket) -> str:
    whom = packet.expert_name or "expert"
    return f"{packet.rfp.name[:80]} – questions for {whom[:60]}.xlsx"


def _row(packet: ExpertPacket, question: Question, content: Mapping[str, Any]) -> SheetRow:
    texts = {
        Column.NUMBER: question.number,
        Column.SECTION: str(question.section),
        Column.QUESTION: content["asked"],
        Column.NOTE: _note(question, packet.expert_id),
        Column.DRAFT_CHOICE: content["choice"],
        Column.DRAFT: content["text"],
        Column.EVIDENCE: _evidence(question, content["version"]),
        Column.KEY: key_of(packet.token, question.pk),
    }
    return SheetRow(texts, tuple(map(str, question.allowed_choices)))


def _note(question: Question, expert_id: int | None) -> str:
    """What whoever assigned the question said, and what the buyer limits."""
    lines = []
    assigned: Assignment | None = getattr(question, "assignment", None)
    if assigned and expert_id and assigned.assignee_id == expert_id:
        lines.append(assigned.note)
        if assigned.due_date:
            lines.append(f"Due on {assigned.due_date:%-d %b %Y}.")
    if question.max_characters:
        lines.append(f"At most {question.max_characters:,} characters.")
    if question.max_words:
        lines.append(f"At most {question.max_words:,} words.")
    return "\n".join(line for line in lines if line)


def _evidence(question: Question, version: int) -> str:
    """The quotes that the draft cites, unless it is another draft by now."""
    answer: Answer | None = getattr(question, "answer", None)
    if answer is None or answer.version != version:
        return ""
    told = []
    for citation in list(answer.citations.all())[:QUOTES]:
        document = citation.chunk.version.document
        page = f", page {citation.chunk.page}" if citation.chunk.page else ""
        told.append(f"[{citation.ordinal}] “{citation.quote[:QUOTE]}” ({document.title}{page})")
    return "\n".join(told)


def _guide(packet: ExpertPacket, count: int) -> list[str]:
    whom = f" for {packet.expert_name}" if packet.expert_name else ""
    return [
        f"{packet.rfp.name}: {count} question{'' if count == 1 else 's'}{whom}",
        f"If the draft is right, put an x under “{Column.RIGHT}”.",
        f"If it is not, write the whole answer under “{Column.ANSWER}”; where the questionnaire "
        f"offers choices, choose under “{Column.CHOICE}”, too. Leave the draft as it is.",
        f"If you are not the one to ask, say under “{Column.DECLINED}” why, or who knows.",
        "Rows in which you write nothing stay as they are. You may sort, filter and delete rows, "
        "and bring the sheet back more than once.",
        "Save it as .xlsx or .csv and bring it back in Spelunker (RFPs › Sheets for experts, or My "
        "questions), or send it to whoever sent it to you. Nothing is changed there before "
        "somebody has seen what the sheet says.",
    ]
