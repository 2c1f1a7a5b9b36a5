"""Writes a receipt beside each version of an answer, in the same transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from llm_manager.calling import Call
from llm_manager.models import LLMUsage
from rfp_manager.models import Answer, AnswerReceipt, AnswerVersion, Question
from rfp_manager.receipts.canonical import digest, plain, text_digest
from solution_library.models import Chunk
from solution_library.search import Hit

FORMAT = "spelunker.answer-receipt/1"


@dataclass(frozen=True)
class Making:
    """How a draft was made: the call, None where there was nothing to ask a model, and the
    passages that it was given."""

    call: Call | None
    passages: Sequence[Hit] = ()


def record(version: AnswerVersion, making: Making | None = None) -> AnswerReceipt:
    """Write the receipt of a version that has just been written, in its transaction. `making`
    None: a person wrote it. The version's own citations are what it rests on."""
    body = _body(version, making, _previous(version), _passages(version, making))
    return AnswerReceipt.objects.create(version=version, body=body, sha256=digest(body))


def record_all(versions: Sequence[AnswerVersion]) -> None:
    """As `record`, for many versions that persons have written: a few queries for all of them."""
    before = _previous_of(versions)
    cited = [_cited_by(version) for version in versions]
    known = _known(pk for ids in cited for pk in ids)
    rows = []
    for version, ids in zip(versions, cited, strict=True):
        passages = [known[pk] for pk in ids if pk in known]
        body = _body(version, None, before.get(version.answer_id), passages)
        rows.append(AnswerReceipt(version=version, body=body, sha256=digest(body)))
    AnswerReceipt.objects.bulk_create(rows, batch_size=500)


def _body(
    version: AnswerVersion,
    making: Making | None,
    previous: str | None,
    passages: list[dict[str, Any]],
) -> dict[str, Any]:
    answer = version.answer
    return {
        "format": FORMAT,
        "question": _question(answer.question),
        "version": version.number,
        "previous": previous,
        "answer": {
            "text": version.text,
            "choice": version.choice,
            "comment": version.comment,
            "outcome": version.outcome,
        },
        "unsupported": plain(version.unsupported),
        "citations": plain(version.citations),
        "passages": passages,
        "call": _call(making.call) if making and making.call else None,
        "made": _made(version, making, answer),
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "id": question.pk,
        "rfp": question.rfp_id,
        "number": question.number,
        "text": question.text,
        "sha256": text_digest(question.text),
    }


def _previous(version: AnswerVersion) -> str | None:
    """The hash of the receipt before; None for the first, or where none was kept yet."""
    before = AnswerReceipt.objects.filter(
        version__answer=version.answer_id, version__number__lt=version.number
    )
    found = before.order_by("-version__number").values_list("sha256", flat=True).first()
    return str(found) if found else None


def _previous_of(versions: Sequence[AnswerVersion]) -> dict[int, str]:
    """By answer; the versions are the newest of their answers."""
    own = [version.pk for version in versions]
    answers = [version.answer_id for version in versions]
    before = AnswerReceipt.objects.filter(version__answer__in=answers).exclude(version__in=own)
    rows = before.order_by("version__number").values_list("version__answer", "sha256")
    return dict(rows)


def _made(version: AnswerVersion, making: Making | None, answer: Answer) -> dict[str, Any]:
    person = version.made_by
    by = "person" if person else "responder" if making or version.job_id else "system"
    model = answer.model if by == "responder" else None
    return {
        "by": by,
        "user": person.get_username() if person else None,
        "model": str(model) if model else None,
        "job": version.job_id,
        "restored_from": version.restored_from,
        "at": version.created_at.isoformat(),
    }


# -- passages ------------------------------------------------------------------------------
def _passages(version: AnswerVersion, making: Making | None) -> list[dict[str, Any]]:
    """Those that the model was given, in their order; then what else is cited."""
    given = {hit.chunk_id: _given(hit) for hit in (making.passages if making else ())}
    missing = [pk for pk in _cited_by(version) if pk not in given]
    return [*given.values(), *_known(missing).values()]


def _cited_by(version: AnswerVersion) -> list[int]:
    cited = [kept.get("chunk") for kept in version.citations if isinstance(kept, Mapping)]
    return list(dict.fromkeys(pk for pk in cited if isinstance(pk, int)))


def _given(hit: Hit) -> dict[str, Any]:
    return _passage(
        hit.chunk_id, hit.document_id, hit.document, hit.document_sha256,
        hit.heading_path, hit.page, hit.text,
    )  # fmt: skip


def _known(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    chunks = Chunk.objects.select_related("version__document").defer("lexemes").in_bulk(wanted)
    return {pk: _of_chunk(chunks[pk]) for pk in wanted if pk in chunks}


def _of_chunk(chunk: Chunk) -> dict[str, Any]:
    version = chunk.version
    return _passage(
        chunk.pk, version.document_id, version.document.title, version.sha256,
        chunk.heading_path, chunk.page, chunk.text,
    )  # fmt: skip


def _passage(
    chunk: int, document: int, title: str, sha256: str, headings: str, page: int | None, text: str
) -> dict[str, Any]:
    return {
        "chunk": chunk,
        "document": document,
        "title": title,
        "document_sha256": sha256,
        "headings": headings,
        "page": page,
        "text": text,
        "sha256": text_digest(text),
    }


# -- the call ------------------------------------------------------------------------------
def _call(call: Call) -> dict[str, Any]:
    sent = call.sent
    system, prompt = str(sent.get("system", "")), str(sent.get("prompt", ""))
    usage, spent = sent.get("usage"), call.spent
    return {
        "model": sent.get("model"),
        "model_id": sent.get("model_id"),
        "provider": sent.get("provider"),
        "settings": {
            "max_output_tokens": sent.get("max_output_tokens"),
            "reply_schema_sha256": sent.get("reply_schema_sha256"),
        },
        "system": system,
        "system_sha256": text_digest(system),
        "prompt": prompt,
        "prompt_sha256": text_digest(prompt),
        "reply": json.dumps(call.data, ensure_ascii=False, sort_keys=True),
        "tokens": {
            "input": spent.input_tokens,
            "output": spent.output_tokens,
            "cached": spent.cached_tokens,
            "guessed": spent.guessed,
        },
        "usage": usage,
        "cost_usd": str(_cost(usage)),
        "milliseconds": call.latency_ms,
    }


def _cost(usage: Any) -> Decimal:
    """As booked; a call without an entry of its own cost nothing."""
    found = LLMUsage.objects.filter(pk=usage).values_list("cost", flat=True).first()
    return found if found is not None else Decimal(0)
