"""Summaries of the documents that came with an RFP: of each part, and of these the whole.

Each call of a model is an item of the job: what was written is written, whatever dies, and a
summary of a hundred parts that is interrupted goes on with the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from jobs.batch import Steps, add_items, work_items
from jobs.dispatch import enqueue
from jobs.errors import JobFailed
from jobs.models import ItemState, JobItem
from jobs.run import JobRun
from llm_manager.calling import Call, ModelAccess, default_access, write
from llm_manager.control.ledger import Booking
from llm_manager.errors import BadResponse
from llm_manager.models import LLMModel, ModelKind
from llm_manager.providers.base import Passage, Spent, SummaryInputs
from rfp_manager.citing import find_quote
from rfp_manager.information.findings import save_findings
from rfp_manager.information.parts import Part, parts_of
from rfp_manager.models import InformationDocument, SummaryJob
from solution_library.models import Chunk, Document

SUMMARIZE = "rfp_manager.summarize_information_document"
#: Characters of a part; a model whose window is smaller gets smaller parts.
PART_CHARACTERS = 24_000
LEAST_CHARACTERS = 2_000
#: What of a model's window a part may fill; the rest is for the rules and the reply.
SHARE_OF_WINDOW = 0.5
SUMMARY_CHARACTERS = 1500
PART_SUMMARY_CHARACTERS = 600
MOST_CITATIONS = 12


def key_of(document: InformationDocument) -> str:
    """Of the summaries with one key only one may be unfinished."""
    return f"information:{document.pk}"


def start_summary(document: InformationDocument, user: Any) -> SummaryJob:
    """Queue a summary. Raises AlreadyRunning."""
    job = SummaryJob(
        information_document=document, started_by=user, title=f"Summarise “{document.title}”"[:200]
    )
    return enqueue(SUMMARIZE, job=job, dedup_key=key_of(document))


@dataclass(frozen=True)
class Text:
    """Something to be summarised, or its summary: words, with the passages that they rest on."""

    heading: str
    summary: str
    citations: list[dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """One call: what it reads, under the key of its item."""

    inputs: SummaryInputs
    booking: Booking


def summarize(run: JobRun, information_document_id: int) -> dict[str, Any]:
    """Summarise one information document with the default chat model, and list what it demands,
    which takes no model."""
    began = timezone.now()
    document = InformationDocument.objects.select_related("document").get(
        pk=information_document_id
    )
    version_id = document.document.current_version_id
    chunks = _chunks(version_id)
    if not chunks:
        raise JobFailed(f"“{document.title}” has not been read yet, so there is nothing to say.")
    with run.write():
        found = save_findings(document, chunks)
    summariser = Summariser(run, document)
    texts, failed = summariser.of_parts(parts_of(chunks, document.document.title, summariser.most))
    whole = summariser.fold(texts)
    with run.write():
        _save(document, version_id, whole, [*texts, *failed], began)
    return {
        "information_document_id": document.pk, "characters": len(whole.summary),
        "parts": len(texts), "findings": found,
    }  # fmt: skip


def _chunks(version_id: int | None) -> list[Chunk]:
    shown = Chunk.objects.filter(version=version_id, is_hidden=False).defer("lexemes")
    return list(shown.order_by("ordinal")) if version_id else []


def _save(
    document: InformationDocument,
    version_id: int | None,
    whole: Text,
    parts: Sequence[Text],
    began: datetime,
) -> None:
    """Raises JobFailed where the document reads differently by now: what was cited may be gone."""
    held = Document.objects.select_for_update(no_key=True).get(pk=document.document_id)
    if held.current_version_id != version_id:
        raise JobFailed(f"“{document.title}” was replaced meanwhile. Summarise the new version.")
    InformationDocument.objects.filter(pk=document.pk).update(
        summary=whole.summary,
        summary_citations=whole.citations,
        sections=[asdict(part) for part in parts] if len(parts) > 1 else [],
        summarized_at=began,
    )


class Summariser:
    """The calls of one job. `most`: how many characters a call may read."""

    def __init__(self, run: JobRun, document: InformationDocument) -> None:
        self.run, self.title = run, document.title
        self.model = default_access(ModelKind.CHAT)
        self.most = room_of(self.model)
        self.booking = Booking(
            "summary", run.job.pk, run.job.started_by_id, f"rfp:{document.rfp_id}"
        )

    def of_parts(self, parts: Sequence[Part]) -> tuple[list[Text], list[Text]]:
        """The summaries of the parts, and the parts that have none, with the reason. Raises
        JobFailed if none has one."""
        room = SUMMARY_CHARACTERS if len(parts) == 1 else PART_SUMMARY_CHARACTERS
        by_key = {part.key: part for part in parts}
        asked = {key: self._of_part(part, room) for key, part in by_key.items()}
        self._work(asked, {key: list(part.chunks) for key, part in by_key.items()})
        rows = self._ended(by_key)
        texts = [
            _text(by_key[row.key].heading, row.result) for row in rows if _is_done(row)
        ]  # fmt: skip
        if not texts:
            raise JobFailed(next((row.error for row in rows), "No part could be summarised."))
        left = [
            Text(by_key[row.key].heading, f"This part was not summarised: {row.error}", [])
            for row in rows
            if not _is_done(row)
        ]
        return texts, left

    def fold(self, texts: Sequence[Text], level: int = 1) -> Text:
        """One text made of all; of very many in several steps."""
        if len(texts) == 1:
            return texts[0]
        groups = list(_grouped(texts, self.most))
        by_key = {f"fold:{level}:{n}": group for n, group in enumerate(groups)}
        asked = {key: self._of_texts(group) for key, group in by_key.items()}
        self._work(asked, by_key)
        rows = self._ended(by_key)
        if bad := next((row for row in rows if not _is_done(row)), None):
            raise JobFailed(bad.error)
        return self.fold([_text("", row.result) for row in rows], level + 1)

    def _work(self, asked: dict[str, Asked], sources: dict[str, Any]) -> None:
        """Do the calls that are not done yet. What is left of another version of the document is
        not asked for: its key is none of these."""
        model = self.model

        def record(item: JobItem, call: Call) -> dict[str, Any]:
            summary = str(call.data.get("summary") or "").replace("\x00", "").strip()
            if not summary:
                raise BadResponse("The model wrote no summary. Try again, or with another model.")
            claims = list(_claims(call.data.get("citations")))
            return {"summary": summary, "citations": _held(claims, sources[item.key])}

        def prepare(item: JobItem) -> Asked:
            if item.key not in asked:
                raise JobFailed("The document was replaced meanwhile. Summarise the new version.")
            return asked[item.key]

        def load(item: JobItem, kept: Any) -> Call:
            return Call(**{**kept, "spent": Spent(**kept["spent"])})

        add_items(self.run, list(asked))
        steps = Steps(
            prepare,
            lambda each: write(model, each.inputs, each.booking),
            record,
            lambda item: f"Summarising part {item.ordinal} of “{self.title}”",
            dump=asdict,
            load=load,
        )
        work_items(self.run, steps, concurrency=model.max_concurrency)

    def _ended(self, keys: dict[str, Any]) -> list[JobItem]:
        return list(self.run.job.items.filter(key__in=keys).order_by("ordinal"))

    def _of_part(self, part: Part, room: int) -> Asked:
        passages = tuple(
            Passage(n, chunk.text, chunk.heading_path) for n, chunk in enumerate(part.chunks, 1)
        )
        title = f"{self.title}: {part.heading}" if part.heading else self.title
        return Asked(SummaryInputs(title, passages, room), self.booking)

    def _of_texts(self, texts: Sequence[Text]) -> Asked:
        passages = tuple(Passage(n, text.summary, text.heading) for n, text in enumerate(texts, 1))
        return Asked(SummaryInputs(self.title, passages, SUMMARY_CHARACTERS), self.booking)


def room_of(model: ModelAccess) -> int:
    """How many characters one call may read: what the model's window has room for."""
    window = LLMModel.objects.filter(pk=model.pk).values_list("context_window", flat=True).first()
    if not window:
        return PART_CHARACTERS
    fitting = int(window * model.characters_per_token * SHARE_OF_WINDOW)
    return max(LEAST_CHARACTERS, min(PART_CHARACTERS, fitting))


def _is_done(row: JobItem) -> bool:
    return row.state == ItemState.DONE


def _text(heading: str, result: Any) -> Text:
    return Text(heading, result["summary"], result["citations"])


def _grouped(texts: Sequence[Text], most: int) -> Iterator[list[Text]]:
    """Neighbours whose words together are few enough for a call, at least two of them."""
    held: list[Text] = []
    for text in texts:
        if len(held) > 1 and sum(len(each.summary) for each in held) + len(text.summary) > most:
            yield held
            held = []
        held.append(text)
    yield held


def _claims(claims: Any) -> Iterator[tuple[int, str]]:
    """The passages that a model names, by number, with the words it quotes."""
    for claim in claims if isinstance(claims, list) else []:
        if isinstance(claim, dict) and isinstance(claim.get("passage"), int):
            yield claim["passage"], str(claim.get("quote") or "")


def _held(claims: list[tuple[int, str]], sources: Sequence[Any]) -> list[dict[str, Any]]:
    """The quotes that really stand in the passages they name. A summary of summaries is cited by
    what those rest on."""
    held: list[dict[str, Any]] = []
    for number, quote in claims:
        if not 1 <= number <= len(sources):
            continue
        source = sources[number - 1]
        found = _quoted(quote, source) if isinstance(source, Chunk) else _below(quote, source)
        held += [cited for cited in found if cited not in held]
    if not claims and sources and isinstance(sources[0], Text):
        held = [cited for source in sources for cited in source.citations[:1]]
    return held[:MOST_CITATIONS]


def _below(quote: str, text: Text) -> list[dict[str, Any]]:
    """What a summary of a part rests on: the passage with these very words, else its first."""
    same = [cited for cited in text.citations if quote and find_quote(quote, cited["quote"])]
    return (same or text.citations)[:1]


def _quoted(quote: str, chunk: Chunk) -> list[dict[str, Any]]:
    place = find_quote(quote, chunk.text) if quote else None
    return [{"chunk": chunk.pk, "quote": chunk.text[place[0] : place[1]]}] if place else []
