"""What one side's answer to one question is worth, as far as code can tell."""

import re
from collections.abc import Sequence
from typing import Any

from llm_manager.calling import ModelAccess
from llm_manager.control.ledger import HIGHEST_COST
from llm_manager.providers.base import Spent
from llm_manager.providers.builtin.words import guess_language, terms
from rfp_manager.citing import held_of_claimed
from rfp_manager.drafting import Drafted
from rfp_manager.models import SetQuestion
from solution_library.search import Hit

#: Recall looks at so many passages.
FIRST = 5
MAX_QUOTE = 500


def scored(question: SetQuestion, drafted: Drafted, model: ModelAccess) -> dict[str, Any]:
    """The columns of an EvaluationResult."""
    found, call = drafted.draft, drafted.call
    held, claimed = held_of_claimed(call.data.get("citations"), drafted.hits) if call else (0, 0)
    spent = call.spent if call else Spent()
    return {
        "outcome": found.outcome,
        "text": found.text,
        "choice": found.choice[:300],
        "explanation": found.explanation,
        "error": "",
        "citations": [
            {"document": c.hit.document, "document_id": c.hit.document_id,
             "quote": c.quote[:MAX_QUOTE]} for c in found.citations
        ],
        "held": held,
        "claimed": claimed,
        "findings": [finding.to_dict() for finding in found.findings],
        "found": _first_documents(drafted.hits),
        "recall": recall(question.relevant, drafted.hits[:FIRST]),
        "choice_right": _choice_right(question, found.choice),
        "likeness": likeness(question.reference_text, found.text),
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cached_tokens": spent.cached_tokens,
        "cost": min(model.prices.of(spent), HIGHEST_COST),
        "latency_ms": call.latency_ms if call else 0,
    }  # fmt: skip


def _first_documents(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    first = {hit.document_id: hit.document for hit in hits[:FIRST]}
    return [{"id": pk, "name": name} for pk, name in first.items()]


def recall(relevant: Sequence[dict[str, Any]], hits: Sequence[Hit]) -> float | None:
    """The share of the relevant documents among the hits; None where none are named.

    Several names of one document (its chunks, say) count once.
    """
    wanted = {(entry.get("id"), plain_name(str(entry.get("name") or ""))) for entry in relevant}
    if not wanted:
        return None
    return sum(any(_is(pk, name, hit) for hit in hits) for pk, name in wanted) / len(wanted)


def _is(pk: int | None, name: str, hit: Hit) -> bool:
    if pk is not None and pk == hit.document_id:
        return True
    return is_named(name, hit.path, hit.document)


def is_named(name: str, path: str, title: str) -> bool:
    """Whether a plain name means the document with this path and title."""
    path = plain_name(path)
    return bool(name) and (name in (path, plain_name(title)) or path.endswith("/" + name))


def plain_name(name: str) -> str:
    """A path, address or title as it is compared: without the place within the document."""
    without_place = re.sub(r"(?<=\S)#\S*\Z", "", name.strip())
    return without_place.replace("\\", "/").removeprefix("./").rstrip("/").casefold()


def _choice_right(question: SetQuestion, choice: str) -> bool | None:
    wanted = question.reference_choice.strip().casefold()
    return choice.strip().casefold() == wanted if wanted else None


def likeness(reference: str, text: str) -> float | None:
    """How many of their telling words two texts share: twice the shared by all (Dice)."""
    if not reference.strip():
        return None
    language = guess_language(reference)
    ours, theirs = set(terms(text, language)), set(terms(reference, language))
    return 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours or theirs else None
