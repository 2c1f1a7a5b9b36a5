"""What must be true of a batch when it is over, whatever happened to the containers."""

from dataclasses import dataclass
from typing import Any

from tests.compose.stack import Compose, DrillFailed

TEXTS = """
SELECT coalesce(json_agg(json_build_array(q.ordinal, a.outcome, a.choice, a.text)
                         ORDER BY q.ordinal), '[]')
FROM rfp_manager_question q LEFT JOIN rfp_manager_answer a ON a.question_id = q.id
WHERE q.rfp_id = {rfp}
"""
BATCH = """
SELECT json_build_object(
  'status', j.status, 'total', j.total_items, 'processed', j.processed_items,
  'failed', j.failed_items, 'attempts', j.attempt, 'leased', j.lease_token IS NOT NULL,
  'items', (SELECT count(*) FROM jobs_jobitem i WHERE i.job_id = j.id AND i.state = 'done'),
  'unended', (SELECT count(*) FROM jobs_jobattempt t WHERE t.job_id = j.id AND t.ended_at IS NULL),
  'told', (SELECT count(*) FROM jobs_notification n WHERE n.job_id = j.id),
  'versions_twice', (SELECT count(*) FROM (SELECT answer_id FROM rfp_manager_answerversion v
      WHERE v.job_id = j.id GROUP BY 1 HAVING count(*) > 1) x),
  'workers', (SELECT count(DISTINCT worker) FROM jobs_jobattempt t WHERE t.job_id = j.id))
FROM jobs_job j WHERE j.id = {job}
"""
LEFT = """
SELECT count(*) FROM jobs_job WHERE status IN ('pending', 'processing')
AND kind <> 'canary' AND created_at < now() - interval '2 minutes'
"""
CELLS = """
SELECT coalesce(json_agg(json_build_array(q.sheet, q.answer_row, q.answer_column, a.choice, a.text)),
                '[]')
FROM rfp_manager_question q JOIN rfp_manager_answer a ON a.question_id = q.id
WHERE q.rfp_id = {rfp} AND a.outcome = 'answered'
"""


@dataclass(frozen=True)
class Batch:
    rfp: int
    job: int


def batch_is_well(stack: Compose, batch: Batch, like: Any) -> dict[str, Any]:
    """Over once, told once, each item done once, every question of `like` answered. Returns the
    counts, and how many answers are not word for word as in `like`; raises DrillFailed."""
    found: dict[str, Any] = stack.data(BATCH.format(job=batch.job))
    expected = {
        "status": "completed", "failed": 0, "leased": False, "unended": 0, "told": 1,
        "versions_twice": 0, "processed": found["total"], "items": found["total"],
    }  # fmt: skip
    wrong = {name: found[name] for name, value in expected.items() if found[name] != value}
    if wrong:
        raise DrillFailed(f"batch {batch} is not as it should be: {wrong} of {found}")
    answers = texts(stack, batch.rfp)
    lost = [one[0] for one in answers if one[1] is None]
    if lost or len(answers) != len(like):
        raise DrillFailed(f"batch {batch} lost answers to questions {lost} ({len(answers)})")
    # Which passages are found can depend on what else was embedded in the same call.
    found["otherwise"] = sum(one != was for one, was in zip(answers, like, strict=True))
    return found


def texts(stack: Compose, rfp: int) -> list[list[Any]]:
    """Number, outcome, choice and text of each question of an RFP."""
    found: list[list[Any]] = stack.data(TEXTS.format(rfp=rfp))
    return found


def workbook_is_filled(stack: Compose, rfp: int, workbook: Any) -> int:
    """Every answered question's cell holds its answer. Returns how many; raises DrillFailed."""
    cells = stack.data(CELLS.format(rfp=rfp))
    for sheet, row, column, choice, text in cells:
        value = str(workbook[sheet].cell(row, column).value or "")
        if not value or (value not in (choice, text) and not value.startswith(text[:40])):
            raise DrillFailed(f"{sheet} row {row} holds {value[:60]!r} and not {text[:60]!r}")
    if not cells:
        raise DrillFailed(f"RFP {rfp} has no answered question")
    return len(cells)


def nothing_is_left(stack: Compose) -> bool:
    return bool(stack.data(LEFT) == 0)
