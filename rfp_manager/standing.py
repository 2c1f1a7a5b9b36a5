"""How every question of an RFP stands: what filters, counts, overviews and bulk actions go by.

One query tells it for the whole RFP, however long that is. Whatever is asked about it after that
(how many are open per section, say) is counted here and costs no further query.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from rfp_manager.impact import troubled, unchecked
from rfp_manager.lengths import Limit
from rfp_manager.models import (
    Answer,
    AnswerOutcome,
    AnswerState,
    Citation,
    UseKind,
    Verdict,
)

# Written out, because every page of the workbench asks it: as six queries of the ORM it took half
# of the page's time. The columns are those of a Standing, but for what tells whether an answer is
# too long: that is counted as everywhere else, and only texts that may be are read. What stands in
# other tables is looked up once each (MATERIALIZED, IN), also where the database does not know yet
# how many rows have just come: joined, it was looked up for each question.
STANDINGS = """
WITH verdicts AS MATERIALIZED ({verdicts})
SELECT q.id, q.ordinal, q.section_id,
       coalesce(a.version, 0), coalesce(a.outcome, ''), coalesce(a.state, ''),
       a.id IS NULL OR (a.text = '' AND a.choice = ''),
       coalesce(a.unsupported <> '[]', false),
       q.max_characters, q.max_words,
       CASE WHEN q.max_words IS NOT NULL OR q.max_characters < length(a.text) * 2 THEN a.text END,
       a.edited_by_id IS NOT NULL, q.earlier_change = 'reworded', a.id,
       coalesce(r.verdict, ''), coalesce(a.id IN ({contradicted}), false),
       coalesce(a.id IN ({reused}), false), s.assignee_id, s.due_date
FROM rfp_manager_question q
LEFT JOIN rfp_manager_answer a ON a.question_id = q.id
LEFT JOIN rfp_manager_assignment s ON s.question_id = q.id AND s.declined_at IS NULL
LEFT JOIN verdicts r ON r.answer_id = a.id
WHERE q.rfp_id = %(rfp)s {which}
ORDER BY q.ordinal
"""
# Of the present versions; the newest word counts.
VERDICTS = """
    SELECT DISTINCT ON (r.answer_id) r.answer_id, r.verdict
    FROM rfp_manager_review r
    JOIN rfp_manager_answer a ON a.id = r.answer_id AND a.version = r.answer_version
    JOIN rfp_manager_question q ON q.id = a.question_id
    WHERE q.rfp_id = %(rfp)s
    ORDER BY r.answer_id, r.id DESC
"""
# Answers that cannot be true beside another, as both stand today, unless dismissed. The other may
# be one of another RFP.
CONTRADICTED = """
    SELECT unnest(ARRAY[c.answer_id, c.other_id])
    FROM rfp_manager_contradiction c
    JOIN rfp_manager_answer a ON a.id = c.answer_id AND a.version = c.answer_version
    JOIN rfp_manager_answer o ON o.id = c.other_id AND o.version = c.other_version
    JOIN rfp_manager_question q ON q.id = o.question_id
    WHERE c.dismissed_at IS NULL AND (c.rfp_id = %(rfp)s OR q.rfp_id = %(rfp)s)
"""
REUSED = """
    SELECT u.answer_id
    FROM rfp_manager_libraryansweruse u
    JOIN rfp_manager_answer a ON a.id = u.answer_id
    JOIN rfp_manager_question q ON q.id = a.question_id
    WHERE q.rfp_id = %(rfp)s AND u.kind = %(reused)s
"""
THESE = "AND q.id = ANY(%(ids)s)"


class Standing(NamedTuple):
    """One question; a tuple because a page makes a thousand of them. `version` is 0 and `outcome`
    and `state` are empty where there is no answer; `verdict` is the newest one about the present
    version; `is_outdated`, a cited passage has changed or is out of use, is only told where it
    was asked for."""

    pk: int
    ordinal: int
    section_id: int
    version: int
    outcome: str
    state: str
    is_empty: bool
    has_unsupported: bool
    is_too_long: bool
    is_edited: bool
    is_reworded: bool
    answer_id: int | None
    verdict: str = ""
    is_contradicted: bool = False
    is_reused: bool = False
    assignee_id: int | None = None
    due: date | None = None
    is_outdated: bool = False

    @property
    def is_open(self) -> bool:
        return self.state != AnswerState.APPROVED

    @property
    def is_doubted(self) -> bool:
        return self.verdict not in ("", Verdict.SUPPORTED)


def standings_of(
    rfp_id: int, ids: Iterable[int] | None = None, *, with_changes: bool = False
) -> list[Standing]:
    """All questions of an RFP, or those with these ids, in the order of the file. `with_changes`:
    also whether what they cite still stands, which takes as long as all the rest."""
    outdated = _outdated(rfp_id) if with_changes else set()
    given: dict[str, Any] = {"rfp": rfp_id, "reused": UseKind.REUSED.value}
    if ids is not None:
        given["ids"] = list(ids)
    with connection.cursor() as cursor:
        cursor.execute(_sql(some=ids is not None), given)
        return list(_standings(cursor.fetchall(), outdated))


def _sql(*, some: bool) -> str:
    return STANDINGS.format(
        verdicts=VERDICTS,
        contradicted=CONTRADICTED,
        reused=REUSED,
        which=THESE if some else "",
    )


def _standings(rows: Iterable[tuple[Any, ...]], outdated: set[int]) -> Iterator[Standing]:
    for row in rows:
        characters, words, text = row[8:11]
        is_too_long = text is not None and not Limit(characters or None, words or None).holds(text)
        yield Standing._make((*row[:8], is_too_long, *row[11:], row[0] in outdated))


def _outdated(rfp_id: int) -> set[int]:
    cited = Citation.objects.filter(answer__question__rfp=rfp_id).order_by()
    rows = unchecked(troubled(cited), "answer__question")
    return set(rows.values_list("answer__question", flat=True))


def why_not_unseen(standing: Standing) -> str:
    """Why this answer has to be read before it is approved, in a few words; empty if it need not
    be. The one place for that, whatever approves answers without showing them."""
    tests = (
        (not standing.version, "no answer yet"),
        (standing.is_empty, "empty"),
        (standing.outcome == AnswerOutcome.NO_EVIDENCE, "no evidence"),
        (standing.has_unsupported, "words that the cited passages do not hold"),
        (standing.is_contradicted, "contradicted by another answer"),
        (standing.is_doubted, "doubted by the reviewer"),
        (standing.is_too_long, "longer than asked"),
        (standing.is_outdated, "a cited passage has changed"),
    )
    return next((reason for found, reason in tests if found), "")


def lock_answers(ids: Iterable[int]) -> None:
    """Hold the answers to these questions until the transaction ends, in one order for all."""
    held = Answer.objects.filter(question__in=list(ids)).order_by("pk")
    list(held.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
