"""Which text goes into which cell of the buyer's own file, and what has no cell."""

import hashlib
import mimetypes
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from jobs.errors import JobFailed
from rfp_manager.buyers_file import answer_place, file_name
from rfp_manager.continuing import write_continued
from rfp_manager.exporting import ExportRefused, Fill, Overflow, fill
from rfp_manager.importing.types import Place
from rfp_manager.models import RFP, Answer, AnswerState, Citation, ExportJob, Question
from rfp_manager.snapshots import Companion, Snapshot, Taken, Written
from solution_library.chunking import below_title

TICK = "X"
# What buyers leave in answer cells to be replaced.
PLACEHOLDER = re.compile(
    r"^\W*(?:(?:please |kindly )?(?:insert|enter|select|choose|type|provide|add|fill in|click)\b.*|"
    r"(?:vendor|your|supplier|bidder) (?:response|answer|reply)\b.*|"
    r"tbd|tbc|n\.?n\.?|x{2,}|\.{2,}|_+)\W*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass
class Plan:
    """What is to be written. `kept`: cells that keep the buyer's own text; `homeless`: questions
    with words for which the file has no cell."""

    fills: list[Fill] = field(default_factory=list)
    exported: list[Taken] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    homeless: list[str] = field(default_factory=list)


def fill_questionnaire(job: ExportJob, taken: Snapshot, folder: Path) -> Written:
    """A copy of the buyer's file with the answers in it. Raises JobFailed with a sentence."""
    rfp = job.rfp
    if not rfp.questionnaire.storage.exists(str(rfp.questionnaire.name)):
        raise JobFailed("The buyer's file is not stored any more. Import it again.")
    plan, out = plan_of(taken.taken), folder / "filled"
    try:
        report = fill(Path(rfp.questionnaire.path), fills=plan.fills, out=out)
    except ExportRefused as error:
        raise JobFailed(str(error)) from error
    name = file_name(rfp)
    written = "\n".join(f"{f.place}{f.text}" for f in plan.fills)
    return Written(
        path=out,
        name=name,
        media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        exported=plan.exported,
        answers_written=report.answers_written,
        revision=hashlib.sha256(written.encode("utf-8", "replace")).hexdigest(),
        report=report.to_dict() | {"kept": plan.kept, "homeless": plan.homeless},
        companions=_continued(rfp, plan, report.overflow, folder),
    )


def _continued(
    rfp: RFP, plan: Plan, overflow: Sequence[Overflow], folder: Path
) -> tuple[Companion, ...]:
    if not overflow:
        return ()
    asked = {answer_place(each.question): each.question for each in plan.exported}
    name = file_name(rfp, " - answers continued.docx")
    return (write_continued(overflow, asked, folder, name=name),)


def plan_of(taken: Iterable[Taken]) -> Plan:
    """What goes where, in the order of the questions."""
    plan = Plan()
    for each in taken:
        place = answer_place(each.question)
        if has_own_text(each.question) and not _stands_by_it(each.answer):
            plan.kept.append(f"{place.sheet or 'row'} {place.ref}")
            continue
        fills = fills_for(each.question, each.answer, each.citations)
        unwritten = _unwritten(each, fills)
        if unwritten:
            plan.homeless.append(each.question.number or str(each.question.ordinal))
        plan.fills += fills
        plan.exported.append(replace(each, unwritten=unwritten))
    return plan


def has_own_text(question: Question) -> bool:
    """The buyer's file holds a text in the answer cell that is no placeholder."""
    text = question.existing_answer.strip()
    return bool(text) and not PLACEHOLDER.match(text)


def _stands_by_it(answer: Answer) -> bool:
    return bool(answer.edited_by_id) or answer.state == AnswerState.APPROVED


def fills_for(question: Question, answer: Answer, citations: Sequence[Citation] = ()) -> list[Fill]:
    """What goes into the cells of one question: its answer's, its comment's, those to be ticked
    and the one for evidence."""
    comment_place = _comment_place(question)
    beside = "\n".join(t for t in (answer.text, answer.comment) if t)
    if ticks := tick_places(question):
        mark = _mark(question, answer.choice)
        texts = [(_ticked(ticks, answer.choice), mark), (comment_place, beside)]
    elif question.allowed_choices:
        texts = [(answer_place(question), answer.choice), (comment_place, beside)]
    else:
        texts = [(answer_place(question), answer.text), (comment_place, answer.comment)]
    texts.append((_place_of(question, "evidence"), evidence_words(citations)))
    return [Fill(where, text) for where, text in texts if where is not None and text]


def _unwritten(taken: Taken, fills: Sequence[Fill]) -> frozenset[str]:
    """The parts of the answer that stand in none of the cells."""
    answer, ticks = taken.answer, tick_places(taken.question)
    places = {f.place for f in fills}
    texts = [f.text for f in fills]
    found = {
        part
        for part in ("text", "comment", "choice")
        if (words := str(getattr(answer, part))) and not any(words in text for text in texts)
    }
    if ticks and _ticked(ticks, answer.choice) in places:
        found.discard("choice")
    return frozenset(found)


def _comment_place(question: Question) -> Place | None:
    if question.comment_row is None or question.comment_column is None:
        return None
    return Place(question.sheet, question.comment_row, question.comment_column)


def tick_places(question: Question) -> dict[str, Place]:
    """The cells to be ticked, by choice; empty where choices are written."""
    ticks = _further(question).get("ticks")
    found = ticks.items() if isinstance(ticks, Mapping) else ()
    places = {str(choice): _as_place(question, cell) for choice, cell in found}
    return {choice: place for choice, place in places.items() if place is not None}


def _ticked(ticks: Mapping[str, Place], choice: str) -> Place | None:
    wanted = choice.strip().casefold()
    return next((p for c, p in ticks.items() if wanted and c.strip().casefold() == wanted), None)


def _mark(question: Question, choice: str) -> str:
    """What is written to tick it: "☒ Yes" where its cell shows a box beside the word."""
    marks = _further(question).get("marks")
    return str(marks.get(choice, TICK)) if isinstance(marks, Mapping) else TICK


def _place_of(question: Question, name: str) -> Place | None:
    return _as_place(question, _further(question).get(name))


def _further(question: Question) -> Mapping[str, object]:
    found = question.further_places
    return found if isinstance(found, Mapping) else {}


def _as_place(question: Question, cell: object) -> Place | None:
    if not isinstance(cell, list | tuple) or len(cell) != 2:
        return None
    row, column = cell
    if not isinstance(row, int) or not isinstance(column, int) or min(row, column) < 1:
        return None
    return Place(question.sheet, row, column)


def evidence_words(citations: Iterable[Citation]) -> str:
    """The documents that an answer rests on, each place once: “Policy, page 7, Keys”."""
    return "\n".join(dict.fromkeys(_source_words(citation) for citation in citations))


def _source_words(citation: Citation) -> str:
    chunk, title = citation.chunk, citation.chunk.version.document.title
    page = f"page {chunk.page}" if chunk.page else ""
    headings = below_title(chunk.heading_path, title)
    return ", ".join(part for part in (title, page, headings) if part)
