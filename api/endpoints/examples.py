"""Examples in the description of the API. A test holds them against their schemas."""

_ANA = {"id": 7, "username": "ana"}
_AT = "2026-11-22T09:30:00Z"

DOCUMENT = {
    "id": 12, "kind": "file", "title": "Backup policy", "path": "policies/backup.md",
    "media_type": "text/markdown", "sha256": "9f86d0" + "0" * 58, "state": "ready",
    "state_reason": "", "review": "approved", "review_due": "2027-06-30", "size": 5120,
    "pages": None, "version": 2, "owner": _ANA, "created_at": _AT, "updated_at": _AT,
    "url": "/library/12/",
}  # fmt: skip
PASSAGE = {
    "id": 311, "document_id": 12, "document": "Backup policy",
    "text": "All backups are encrypted with AES-256.", "page": None, "section": "Backups > Keys",
    "score": 0.83, "url": "/library/12/?chunk=311#chunk-311",
}  # fmt: skip
RFP = {
    "id": 3, "name": "Harbour tender", "customer": "Port of Aarhus", "due_date": "2027-01-15",
    "instructions": "", "only_approved": True, "approval_required": False,
    "filename": "questionnaire.xlsx", "format": "xlsx", "sha256": "2c26b4" + "0" * 58,
    "questions": 140, "owner": _ANA, "submitted_at": None, "created_at": _AT, "updated_at": _AT,
    "url": "/rfps/3/",
}  # fmt: skip
ANSWER = {
    "question_id": 41, "version": 3, "text": "Yes, with AES-256.", "choice": "Yes", "comment": "",
    "outcome": "answered", "explanation": "", "state": "in_review", "confidence": 0.91,
    "unsupported": [],
    "citations": [
        {"passage_id": 311, "document_id": 12, "document": "Backup policy", "page": None,
         "quote": "All backups are encrypted with AES-256."}
    ],
    "edited_by": None, "approved_by": None, "approved_at": None, "updated_at": _AT,
}  # fmt: skip
QUESTION = {
    "id": 41, "rfp_id": 3, "ordinal": 1, "number": "1.1", "text": "Do you encrypt backups?",
    "section": "Security", "sheet": "Questions", "row": 12, "allowed_choices": ["Yes", "No"],
    "max_characters": None, "max_words": 150, "answer": ANSWER, "url": "/rfps/3/questions/41/",
}  # fmt: skip
JOB = {
    "id": 88, "kind": "rfp_manager.RFPBatchJob", "title": "Draft answers for “Harbour tender”",
    "status": "processing", "progress": 42, "total_items": 140, "successful_items": 59,
    "failed_items": 0, "now_doing": "Question 1.60", "error": "", "started_by": _ANA,
    "retry_of": None, "cancel_requested": False, "created_at": _AT, "started_at": _AT,
    "completed_at": None, "url": "/jobs/88/",
}  # fmt: skip
EXPORT = {
    "id": 91, "rfp_id": 3, "output": "filled", "only_approved": True, "status": "completed",
    "error": "", "created_at": _AT, "completed_at": _AT,
    "files": [
        {"id": 17, "name": "questionnaire.xlsx", "size": 48211, "sha256": "fcde2b" + "0" * 58,
         "media_type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         "expires_at": "2026-12-22T09:30:00Z",
         "download": "/api/v1/rfps/3/exports/91/files/17"}
    ],
}  # fmt: skip
WEBHOOK = {
    "id": 5, "name": "Ticket system", "url": "https://hooks.example.com/spelunker",
    "events": ["job.failed", "rfp.exported"], "kinds": [], "others_too": False, "is_active": True,
    "off_reason": "", "failing_since": None, "created_at": _AT,
}  # fmt: skip
DELIVERY = {
    "id": 95, "message_id": "0b8f6a52-7a0f-4e6c-9a43-2f1f0a4c9a11", "event": "rfp.exported",
    "status": "completed", "tries": 1, "response_status": 204, "tried_at": _AT,
    "next_try_at": None, "error": "", "created_at": _AT,
}  # fmt: skip
ME = {"username": "ana", "role": "contributor", "scopes": ["documents:read", "search"]}
