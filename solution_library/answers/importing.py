"""The job that takes a sheet of questions and answers in: each row is an item, done once."""

import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.core.files.temp import NamedTemporaryFile
from django.db import transaction

from jobs.artifacts import input_of, keep_input
from jobs.batch import Steps, add_items, work_items
from jobs.dispatch import enqueue
from jobs.errors import AlreadyRunning, JobFailed
from jobs.models import Job, JobItem
from jobs.run import JobRun
from solution_library.answers.errors import AnswerConflict, AnswerRefused
from solution_library.answers.filling import start_filling
from solution_library.answers.texts import Content, content_of, digest_of
from solution_library.answers.writing import (
    Details,
    content_now,
    create_answer,
    edit_answer,
    set_validity,
)
from solution_library.ingest import UploadRefused, clean_name, room_for_files, start_batch
from solution_library.ingest import digest_of as file_digest
from solution_library.models import Collection, Document, EmbeddingStatus, LibraryAnswer, Tag
from solution_library.parsing.sandbox import ChildError, run_in_child
from solution_library.reviewing import may_review

IMPORT = "solution_library.import_answers"
READER = "solution_library.answers.sheets:read"
MAX_TAGS = 20
Row = dict[str, str]


def start_import(
    stream: IO[bytes],
    *,
    filename: str,
    user: Any,
    details: Details,
    approve: bool,
) -> Job:
    """Queue the import of a .csv or .xlsx file. Raises AnswerRefused if it holds no answers."""
    name = clean_name(filename)
    options = {
        "collections": [c.pk for c in details.collections],
        "tags": [t.pk for t in details.tags],
        "valid_until": details.valid_until.isoformat() if details.valid_until else "",
        "approve": approve,
        "filename": name,
    }
    try:
        file_digest(stream, name)
        count = len(_read(stream, name)["rows"])
        job = Job(started_by=user, title=f"Import {count} answers of “{name}”"[:200])
        with transaction.atomic(), room_for_files():
            enqueue(IMPORT, job=job, overrides={"options": options, "user_id": user.pk})
            stream.seek(0)
            keep_input(job, name, stream)
    except (UploadRefused, JobFailed) as refusal:
        raise AnswerRefused(str(refusal)) from refusal
    return job


def _read(stream: IO[bytes], name: str) -> dict[str, Any]:
    """The rows, read in the sandbox. Raises JobFailed with a sentence."""
    stream.seek(0)
    with NamedTemporaryFile(suffix=Path(name).suffix[:10]) as copy:
        for block in iter(lambda: stream.read(1 << 20), b""):
            copy.write(block)
        copy.flush()
        try:
            return run_in_child(READER, path=Path(copy.name), arguments={"filename": name})
        except ChildError as error:
            raise JobFailed(error.reason) from error


def import_all(run: JobRun, options: dict[str, Any]) -> dict[str, Any]:
    """Take every row of the job's file in, then queue the reading of what is new."""
    gone = "The imported file is not stored any more. Import it again."
    kept = input_of(run.job, options.get("artifact"), gone)
    with kept.file.open("rb") as stream:
        found = _read(stream, kept.name)
    rows = {row["place"]: row for row in found["rows"]}
    for sheet in found["skipped_sheets"]:
        run.log(f"The sheet “{sheet}” has no columns named Question and Answer.")
    add_items(run, rows)
    work_items(run, _steps(run, rows, options))
    _read_the_new(run, options)
    outcomes = [item.result.get("outcome") for item in run.job.items.all() if item.result]
    return {name: outcomes.count(name) for name in ("created", "updated", "unchanged")}


def _steps(run: JobRun, rows: dict[str, Row], options: dict[str, Any]) -> Steps[Row, Row]:
    user = run.job.started_by
    fixed = _fixed(options)

    def prepare(item: JobItem) -> Row:
        if item.key not in rows:
            raise JobFailed("The file has no such row.")
        return rows[item.key]

    def record(item: JobItem, row: Row) -> dict[str, Any]:
        try:
            return take_row(row, user, fixed, approve=bool(options.get("approve")))
        except AnswerRefused as refusal:
            raise JobFailed(str(refusal)) from refusal
        except AnswerConflict as conflict:
            raise JobFailed(f"{conflict} Import this row again.") from conflict

    return Steps(prepare, _as_it_is, record, lambda item: f"Taking {item.key}")


def _as_it_is(row: Row) -> Row:
    return row


def _fixed(options: dict[str, Any]) -> Details:
    """What the person chose for all rows."""
    until = str(options.get("valid_until") or "")
    return Details(
        valid_until=date.fromisoformat(until) if until else None,
        collections=tuple(Collection.objects.filter(pk__in=options.get("collections") or [])),
        tags=tuple(Tag.objects.filter(pk__in=options.get("tags") or [])),
        origin=f"Import of {options.get('filename', '')}"[:300],
    )


def take_row(row: Row, user: Any, fixed: Details, *, approve: bool) -> dict[str, Any]:
    """One row: a new answer, new words for one to the same question, or nothing new. Raises
    AnswerRefused and AnswerConflict."""
    if row.get("problem"):
        raise AnswerRefused(row["problem"])
    content = content_of(
        row.get("question", ""), row.get("answer", ""), row.get("choice", ""),
        row.get("variants", "").split("\n"),
    )  # fmt: skip
    details = Details(
        owner=user,
        valid_until=_date(row.get("valid_until", "")) or fixed.valid_until,
        collections=fixed.collections,
        tags=[*fixed.tags, *_tags(row.get("tags", ""))],
        origin=fixed.origin,
    )
    known = _known(content, user)
    if known is None:
        answer = create_answer(content, user=user, details=details, approve=approve, embed=False)
        return _outcome(answer, "created")
    with transaction.atomic():
        return _outcome(known, _update(known, content, user, row))


def _outcome(answer: LibraryAnswer, outcome: str) -> dict[str, Any]:
    return {"document_id": answer.document_id, "answer_id": answer.pk, "outcome": outcome}


def _known(content: Content, user: Any) -> LibraryAnswer | None:
    """The answer to the same question that this person may see, the newest if there are more."""
    found = LibraryAnswer.objects.for_user(user).current().select_related("document__owner")
    return found.filter(digest=digest_of(content.question)).order_by("-pk").first()


def _update(answer: LibraryAnswer, content: Content, user: Any, row: Row) -> str:
    now = content_now(answer)
    merged = content_of(
        now.question, content.text, content.choice, (*now.variants, *content.variants)
    )
    until = _date(row.get("valid_until", "")) or answer.valid_until
    held = set(answer.document.tags.values_list("pk", flat=True))
    tags = [tag for tag in _tags(row.get("tags", "")) if tag.pk not in held]
    if merged == now and until == answer.valid_until and not tags:
        return "unchanged"
    if not may_review(user, answer.document):
        raise AnswerRefused(
            f"The library has another answer to “{answer.question[:80]}” that belongs to somebody "
            "else. Ask its owner to change it."
        )
    edit_answer(answer, merged, user=user, version=answer.version, reason="Imported", embed=False)
    if until is not None:
        set_validity(answer, until)
    answer.document.tags.add(*tags)
    return "updated"


def _date(text: str) -> date | None:
    if not text.strip():
        return None
    german = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text.strip())
    parts = (german[3], german[2], german[1]) if german else text.strip()[:10].split("-")
    try:
        year, month, day = map(int, parts)
        return date(year, month, day)
    except ValueError as error:
        raise AnswerRefused(
            f"“{text[:40]}” is no date that is understood. Write it as 2027-12-31."
        ) from error


_NAME = re.compile(r'"((?:[^"]|"")*)"|([^,;\n]+)')


def _tags(text: str) -> list[Tag]:
    """Those of these names, whatever they are about; new ones are topics."""
    found = [quoted.replace('""', '"') or bare for quoted, bare in _NAME.findall(text)]
    names = dict.fromkeys(" ".join(name.split())[:100] for name in found)
    names.pop("", None)
    if len(names) > MAX_TAGS:
        raise AnswerRefused(f"There are {len(names)} tags, at most {MAX_TAGS} fit.")
    return [tag for name in names for tag in _named(name)]


def _named(name: str) -> list[Tag]:
    return list(Tag.objects.filter(name=name)) or [Tag.objects.get_or_create(name=name)[0]]


def _read_the_new(run: JobRun, options: dict[str, Any]) -> None:
    """One job reads all that is new; those it reads already it does not read again."""
    taken = run.job.items.values_list("result__document_id", flat=True)
    waiting = Document.objects.filter(
        pk__in=[pk for pk in taken if pk], embedding_status=EmbeddingStatus.WAITING
    )
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    title = f"Read {len(ids)} answers of “{options.get('filename', '')}”"[:200]
    with suppress(AlreadyRunning):
        if ids:
            with run.write():
                start_batch(ids, run.job.started_by, title=title, once=f"imported:{run.job.pk}")
                start_filling()
