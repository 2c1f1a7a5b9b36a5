"""What the reading of running text found, as questions and as a report on the sheet "Text"."""

from rfp_manager.importing.prose.lines import TEXT, TEXT_COLUMN, Asked
from rfp_manager.importing.prose.reading import Prose, counted
from rfp_manager.importing.types import FoundQuestion, SheetReport

SECTION_JOIN = " › "
_LEFT_OUT = ("in a part", "requires something", "about how to hand")


def question_of(asked: Asked) -> FoundQuestion:
    """Without an ordinal: that is given when all questions are together."""
    line = asked.line
    return FoundQuestion(
        ordinal=0,
        number=line.number,
        text=asked.text,
        section=SECTION_JOIN.join(dict.fromkeys(asked.section)),
        place=line.place,
        answer_place=asked.answer,
        comment_place=asked.comment,
        allowed_choices=list(asked.choices),
        existing_answer=asked.existing,
    )


def report_of(prose: Prose, *, otherwise: str) -> SheetReport:
    """`otherwise`: where an answer goes whose question has no room of its own."""
    report = SheetReport(TEXT, questions=len(prose.asked), skipped=list(prose.skipped))
    if prose.asked:
        report.question_column = TEXT_COLUMN
        many = (
            "1 paragraph asks or requires"
            if len(prose.asked) == 1
            else (f"{len(prose.asked)} paragraphs ask or require")
        )
        report.reasons.append(
            f"{many} something; each answer goes into the room left for it, or {otherwise}."
        )
    else:
        report.reasons.append("No questions were recognised in the text outside of tables.")
    return report


def warnings_of(prose: Prose) -> list[str]:
    """Parts of the text that may seem to ask, and were left out."""
    return [
        f"{count} paragraphs were left out: {reason}."
        for reason, count in counted(prose.skipped)
        if reason.startswith(_LEFT_OUT)
    ]
